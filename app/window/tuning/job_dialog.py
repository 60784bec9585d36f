"""A dialog that starts a job: fields at the left, what they come to at the right, planned anew after each change."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core_model.errors import HumpcatError
from core_model.folders import models_folder
from core_model.model_names import require_free
from training_jobs.jobs.cost import Cost
from training_jobs.jobs.options import FinetuneOptions, TrainOptions
from training_jobs.recipe import DEFAULT_RECIPE, Recipe
from training_jobs.standardisation_names import SPEAKER
from training_jobs.tuning_plan import TuningPlan

from ...tasks import Task, TaskPool
from ...translation import tr
from ..help_window import help_on
from ..theme import SPACE, Theme
from . import form
from .plan_view import PlanView

_SETTLE_MS = 200
_SIZE = (1000, 660)
JobOptions = FinetuneOptions | TrainOptions
Number = QSpinBox | QDoubleSpinBox | QSlider
# Waits; called on a thread. The second argument may raise to stop the waiting.
Plan = Callable[[JobOptions, Callable[[], None]], tuple[TuningPlan, Cost]]


class JobDialog(QDialog):
    """What both kinds of learning ask for; subclasses add their own fields and lay all of them out.

    They fill in `base`, the options without what the fields say, and call `changed` when a field of theirs changes.

    Args:
        plan: answers what options come to.
        learns: what the learning part does: "tune" or "train".
        recipe: the usual one of that.
    """

    started = Signal(str, object)  # the job's name, its options

    def __init__(
        self,
        title: str,
        learns: str,
        recipe: Recipe,
        plan: Plan,
        tasks: TaskPool,
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(*_SIZE)
        help_on(self, "finetune")
        self._plan, self._tasks = plan, tasks
        self._running: Task | None = None
        self.theme = theme
        self.form, self.view = form.Form(), PlanView(learns, theme)
        self.name = QLineEdit()
        self.epochs, self.seed = form.number(1, 500, recipe.epochs), form.number(0, 999_999, 0)
        self.standardisation = form.box(form.STANDARDISATIONS, SPEAKER)
        self.device = form.box(form.JOB_DEVICES, "auto")
        self.precision = form.box(form.PRECISION_CHOICES, "auto")
        self.copies, self.allow_leaks = QCheckBox(tr("Use altered copies")), QCheckBox(tr("Allow leaks"))
        self.copies.setChecked(bool(recipe.speeds))
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

    def add_epochs_seed_device(self) -> None:
        """The fields that everybody sees, in their order."""
        self.form.add(tr("Epochs"), self.epochs, form.EPOCHS)
        self.form.add(tr("Seed"), self.seed, form.SEED)
        self.form.add(tr("Device"), self.device, form.DEVICE)

    def add_copies_precision_leaks(self, more: form.Form) -> None:
        """The last fields behind the fold."""
        more.add("", self.copies, form.COPIES)
        more.add(tr("Precision"), self.precision, form.PRECISION)
        more.add("", self.allow_leaks, form.LEAKS)

    def watch_fields(
        self, boxes: Sequence[QComboBox], numbers: Sequence[Number], checks: Sequence[QCheckBox]
    ) -> None:
        """Plan anew when one of these changes, or one that both dialogs have."""
        for chosen in (*boxes, self.standardisation, self.device, self.precision):
            chosen.currentIndexChanged.connect(lambda _: self.changed())
        for counter in (*numbers, self.epochs, self.seed):
            counter.valueChanged.connect(lambda _: self.changed())
        for check in (*checks, self.copies, self.allow_leaks):
            check.toggled.connect(lambda _: self.changed())
        self.name.textChanged.connect(lambda _: self.changed())

    def recipe(self, base: Recipe) -> Recipe:
        """A recipe with what the fields say."""
        return replace(
            base,
            epochs=self.epochs.value(),
            seed=self.seed.value(),
            speeds=(base.speeds or DEFAULT_RECIPE.speeds) if self.copies.isChecked() else (),
        )

    def show_common(self, options: JobOptions) -> None:
        """Fill in what another job asked for, as far as both dialogs have it."""
        for chosen, value in (
            (self.standardisation, options.standardisation),
            (self.device, options.device),
            (self.precision, options.precision),
        ):
            form.choose(chosen, value)
        form.fill(self.epochs, options.recipe.epochs)
        form.fill(self.seed, options.recipe.seed)
        self.copies.setChecked(bool(options.recipe.speeds))
        self.allow_leaks.setChecked(options.allow_leaks)
        self.name.setText(free_name(options.install or self.name.text()))

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
        self._stop_planning()
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
        self._stop_planning()
        super().done(result)

    def _ask(self) -> None:
        self._stop_planning()
        try:
            require_free(self.name.text().strip())
            options = self.options()
        except HumpcatError as error:
            self.view.show_error(error)
            return
        self._running = self._tasks.start(
            lambda report: self._plan(options, report.check), self._take, self._refuse
        )

    def _stop_planning(self) -> None:
        if self._running is not None:
            self._running.cancel()
            self._running = None

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


def free_name(wanted: str) -> str:
    """A name that no model has: the one wanted, or that with a number."""
    plain = (
        "".join(letter if letter.isalnum() or letter in "-._" else "-" for letter in wanted).strip("-._")
        or "model"
    )
    numbered = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
    return next(name for name in numbered if not (models_folder() / name).exists())
