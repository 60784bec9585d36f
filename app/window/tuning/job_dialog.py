"""A dialog that starts a job: fields at the left, what they come to at the right, planned anew after each change."""

from collections.abc import Callable
from itertools import count

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core_model.errors import HumpcatError
from core_model.folders import models_folder
from core_model.model_names import require_free
from training_jobs.jobs.cost import Cost
from training_jobs.jobs.options import FinetuneOptions, TrainOptions
from training_jobs.tuning_plan import TuningPlan

from ...tasks import Task, TaskPool
from ...translation import tr
from ..help_window import help_on
from ..theme import SPACE, Theme
from .form import Form
from .plan_view import PlanView

_SETTLE_MS = 200
_SIZE = (1000, 660)
JobOptions = FinetuneOptions | TrainOptions
Plan = Callable[[JobOptions], tuple[TuningPlan, Cost]]  # waits; called on a thread


class JobDialog(QDialog):
    """Subclasses add fields to `form`, say what they ask for in `options`, and call `changed` when a field changes.

    Args:
        plan: answers what options come to.
        learns: what the learning part does: "tune" or "train".
    """

    started = Signal(str, object)  # the job's name, its options

    def __init__(
        self, title: str, learns: str, plan: Plan, tasks: TaskPool, theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(*_SIZE)
        help_on(self, "finetune")
        self._plan, self._tasks = plan, tasks
        self._running: Task | None = None
        self.theme = theme
        self.form, self.view = Form(), PlanView(learns, theme)
        self.name = QLineEdit()
        self._settling = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settling.timeout.connect(self._ask)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.start_button = buttons.addButton(tr("Start"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.start_button.setObjectName("primary")
        buttons.accepted.connect(self.start)
        buttons.rejected.connect(self.reject)
        self.buttons = buttons
        self._lay_out()

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setObjectName("panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 3 * SPACE, 0)
        column.addWidget(self.form)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        row.addWidget(area, 5)
        row.addWidget(self.view, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addLayout(row, 1)
        layout.addWidget(self.buttons)

    def options(self) -> JobOptions:
        """What the fields ask for.

        Raises:
            HumpcatError: a field makes no sense.
        """
        raise NotImplementedError

    def changed(self) -> None:
        """A field has changed: what was planned is stale."""
        self.view.startable = False
        self.start_button.setEnabled(False)
        self._settling.start()

    def start(self) -> None:
        """Hand over the job, unless something stands in its way."""
        if self.start_button.isEnabled():
            self.started.emit(self.name.text().strip(), self.options())
            self.accept()

    def changeEvent(self, event: QEvent) -> None:
        """Whoever comes back may have removed what stood in the way, such as a full disk."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and not self.view.startable:
            self.changed()

    def done(self, result: int) -> None:
        """Whatever is planned is not wanted any more."""
        self._settling.stop()
        if self._running is not None:
            self._running.cancel()
            self._running = None
        super().done(result)

    def _ask(self) -> None:
        if self._running is not None:
            self._running.cancel()
        try:
            require_free(self.name.text().strip())
            options = self.options()
        except HumpcatError as error:
            self.view.show_error(error)
            return
        self._running = self._tasks.start(lambda _: self._plan(options), self._take, self._refuse)

    def _take(self, found: tuple[TuningPlan, Cost]) -> None:
        self._running = None
        self.view.show_plan(*found)
        self.start_button.setEnabled(self.view.startable)

    def _refuse(self, error: Exception) -> None:
        self._running = None
        if not isinstance(error, HumpcatError):
            error = HumpcatError(
                tr("This cannot be planned ({name}: {error}).").format(
                    name=type(error).__name__, error=error
                ),
                tr("Look at the log."),
            )
        self.view.show_error(error)


def watch(box: QComboBox, changed: Callable[[], None]) -> None:
    """Call when something else is chosen."""
    box.currentIndexChanged.connect(lambda _: changed())


def free_name(wanted: str) -> str:
    """A name that no model has: the one wanted, or that with a number."""
    plain = (
        "".join(letter if letter.isalnum() or letter in "-._" else "-" for letter in wanted).strip("-._")
        or "model"
    )
    numbered = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
    return next(name for name in numbered if not (models_folder() / name).exists())
