"""Export: whose segments, of which recordings, in which format; what that writes is told before it is done."""

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core_model.errors import HumpcatError, Interrupted
from core_model.exchange.content import content_of
from core_model.exchange.exporting import (
    CUTS,
    PREDICTIONS,
    Exported,
    ExportOrder,
    Prepared,
    prepare_export,
    write_prepared,
)
from core_model.exchange.measures import measure
from core_model.exchange.outgoing import Scope
from core_model.folders import data_folder
from core_model.formats.registry import FORMATS
from core_model.formats.safe_names import safe_name
from core_model.project.edit import Edit
from core_model.project.rows import PredictionRow, RecordingRow

from ..compute_process import ComputeProcess
from ..editor import Editor
from ..tasks import Report, Task, TaskPool
from ..translation import counted, tr
from .dialog_parts import FaultLine, words
from .export_options import ExportOptions, TickBoxes
from .help_window import help_on
from .theme import SPACE

_FOLDER, _FORMAT = "export/folder", "export/format"
_RECORDING, _LISTED, _PROJECT = "recording", "listed", "project"
_PREDICTED = "predictions"  # in place of a rater's id
_PAUSE_MS = 150  # after a change: whoever types a name is not answered at every letter
_TOLD = 3  # files that are named
_KINDS = {
    **{each.name: each.words for each in FORMATS},
    PREDICTIONS: tr("Predictions alone (CSV)"),
    "wav": tr("Segments cut out, WAV"),
    "flac": tr("Segments cut out, FLAC"),
}
_READY = tr("Nothing is written until Export is pressed.")


class ExportDialog(QDialog):
    """Stays beside the window, and follows what is edited there; one for the program's life."""

    def __init__(
        self, editor: Editor, tasks: TaskPool, compute: ComputeProcess, settings: QSettings, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._editor, self._tasks, self._compute, self._settings = editor, tasks, compute, settings
        self._recording: RecordingRow | None = None
        self._listed: frozenset[int] = frozenset()
        self._looking: Task | None = None
        self._writing: Task | None = None
        self._stopping = threading.Event()
        self.prepared: Prepared | None = None
        self._again = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._again.timeout.connect(self._look)
        self.setWindowTitle(tr("Export"))
        help_on(self, "files")
        self._make()
        self._lay_out()
        self._connect()
        self.resize(620, 560)

    def _make(self) -> None:
        self.scope, self.format = QComboBox(), QComboBox()
        self.scope.setAccessibleName(tr("What is exported"))
        self.format.setAccessibleName(tr("Format"))
        for name, text in _KINDS.items():
            self.format.addItem(tr(text), name)
        self.format.setCurrentIndex(max(0, self.format.findData(str(self._settings.value(_FORMAT, "csv")))))
        self.raters = TickBoxes(tr("Whose segments"), 4)
        self.options = ExportOptions(self._settings)
        self.target = QLineEdit()
        self.target.setAccessibleName(tr("Where to"))
        self.choose = QPushButton(tr("Choose…"))
        self.choose.setAutoDefault(False)
        self.told, self.outcome = words(_READY), words("", "done")
        self.question = QFrame()
        self.question.setObjectName("question")
        self.replace = QCheckBox()
        self.question.hide()
        self.fault = FaultLine()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.go = self.buttons.addButton(tr("Export"), QDialogButtonBox.ButtonRole.ActionRole)
        self.go.setObjectName("primary")
        self.go.setDefault(True)
        self.stop = self.buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.ActionRole)
        self.stop.hide()

    def _lay_out(self) -> None:
        where = QHBoxLayout()
        where.addWidget(self.target, 1)
        where.addWidget(self.choose)
        form = QGridLayout()
        form.setHorizontalSpacing(4 * SPACE)
        form.setVerticalSpacing(2 * SPACE)
        form.setColumnStretch(1, 1)
        rows = (
            (tr("What"), self.scope),
            (tr("Whose"), self.raters),
            (tr("Format"), self.format),
            ("", self.options),
        )
        for row, (name, field) in enumerate(rows):
            form.addWidget(words(name), row, 0)
            form.addWidget(field, row, 1)
        form.addWidget(words(tr("Where to")), len(rows), 0)
        form.addLayout(where, len(rows), 1)
        inside = QVBoxLayout(self.question)
        inside.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        inside.addWidget(self.replace)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(form)
        layout.addStretch(1)
        for part in (self.told, self.question, self.fault, self.outcome, self.progress, self.buttons):
            layout.addWidget(part)

    def _connect(self) -> None:
        self.scope.activated.connect(lambda _: self._suggest())
        self.format.activated.connect(lambda _: self._take_format())
        self.options.changed.connect(self.look_again)
        self.raters.changed.connect(self.look_again)
        self.target.textChanged.connect(self.look_again)
        self.choose.clicked.connect(lambda _: self.ask_where())
        self.replace.toggled.connect(lambda _: self._enable())
        self.go.clicked.connect(lambda _: self.export())
        self.stop.clicked.connect(lambda _: self.cancel())
        self.buttons.rejected.connect(self.close)
        self._editor.changed.connect(self._follow)
        self._editor.project_changed.connect(lambda _: self.close())

    # What is asked for

    def open_for(self, recording: RecordingRow | None, listed: Sequence[int] = ()) -> None:
        """Begin.

        Args:
            recording: the one in hand.
            listed: the ids of the segments that a list shows, where it is filtered.
        """
        if self._writing is None:
            self._recording, self._listed = recording, frozenset(listed)
            self.outcome.setText("")
            self._offer()
            self._take_format()
        self.show()
        self.raise_()
        self.activateWindow()

    def choose_format(self, name: str) -> None:
        """Choose a format by its name."""
        self.format.setCurrentIndex(self.format.findData(name))
        self._take_format()

    def choose_scope(self, name: str) -> None:
        """Choose "recording", "listed" or "project"."""
        self.scope.setCurrentIndex(self.scope.findData(name))
        self._suggest()

    @property
    def order(self) -> ExportOrder:
        """What is asked for.

        Raises:
            HumpcatError: it is not known where to.
        """
        target = self.target.text().strip()
        if not target:
            raise HumpcatError(tr("It is not said where to."), tr("Choose a file or a folder."))
        return ExportOrder(
            Path(target).expanduser().absolute(),
            self.format.currentData(),
            self._scope,
            self.options.options,
            self.options.probabilities.isChecked(),
            self.options.measured if self.format.currentData() == "csv" else (),
            self.options.pattern.text(),
        )

    @property
    def _scope(self) -> Scope:
        ticked, what = self.raters.ticked, self.scope.currentData()
        here = self._recording.id if self._recording is not None else -1
        return Scope(
            frozenset([here]) if what == _RECORDING else None,
            self._listed if what == _LISTED else None,
            frozenset(each for each in ticked if isinstance(each, int)),
            _PREDICTED in ticked,
        )

    def _offer(self) -> None:
        """The raters there are, and what can be exported."""
        project, before = self._editor.project, self.scope.currentData()
        assert project is not None  # the action is there with a project only
        self.scope.clear()
        if self._recording is not None:
            self.scope.addItem(
                tr("This recording: {name_of}").format(name_of=project.name_of(self._recording)), _RECORDING
            )
        if self._listed:
            self.scope.addItem(tr("The segments listed: {listed}").format(listed=len(self._listed)), _LISTED)
        self.scope.addItem(
            tr("The project: {recordings}").format(recordings=counted(len(project.recordings), "recording")),
            _PROJECT,
        )
        wanted = self.scope.findData(before)
        self.scope.setCurrentIndex(wanted if wanted >= 0 else self.scope.findData(_PROJECT))
        raters: list[tuple[object, str]] = [(rater.id, rater.name) for rater in project.raters]
        ticked = self.raters.ticked if self.raters.values else [number for number, _ in raters]
        self.raters.show_names([*raters, (_PREDICTED, "predictions")], ticked)

    def _take_format(self) -> None:
        name = self.format.currentData()
        self._settings.setValue(_FORMAT, name)
        self.raters.setEnabled(name != PREDICTIONS)
        self.options.show_format(name)
        self._suggest()

    def _suggest(self) -> None:
        """A name of the right kind, in the folder that was chosen last."""
        project = self._editor.project
        if project is None:
            return
        unnamed = project.path.parent == data_folder() / "projects"
        home = Path.home() if unnamed else project.path.parent
        folder = Path(str(self._settings.value(_FOLDER, str(home))))
        kind = next((each for each in FORMATS if each.name == self.format.currentData()), None)
        here = self._recording if self.scope.currentData() == _RECORDING else None
        stem = here.path.stem if here is not None else "annotations" if unnamed else project.path.stem
        if self.format.currentData() == PREDICTIONS:
            name = tr("{stem} predictions.csv").format(stem=stem)
        elif kind is not None and kind.extensions and (kind.holds == "project" or (here and kind.tiers)):
            name = f"{stem}{kind.extensions[0]}"
        else:
            name = f"{stem} {'segments' if kind is None else kind.name}"
        self.target.setText(str(folder / safe_name(name)))
        self.look_again()

    def ask_where(self) -> None:
        """Choose the file or the folder."""
        now = Path(self.target.text())
        if now.suffix:
            no_question = QFileDialog.Option.DontConfirmOverwrite  # it is asked here, with all else
            name, _ = QFileDialog.getSaveFileName(self, tr("Export to"), str(now), options=no_question)
        else:
            name = QFileDialog.getExistingDirectory(self, tr("Export into a folder"), str(now.parent))
        if name:
            self.target.setText(name)

    # What it would write

    def look_again(self) -> None:
        """Something else is asked for."""
        self.prepared = None
        self.replace.setChecked(False)
        self._enable()
        self._again.start()

    def _follow(self, edit: Edit) -> None:
        """Predictions that come while nobody asks for them change nothing."""
        predicted = all(isinstance(change.row, PredictionRow) for change in edit.changes)
        wanted = _PREDICTED in self.raters.ticked or self.options.probabilities.isChecked()
        if self.isVisible() and self._writing is None and (wanted or not predicted):
            self._offer()
            self.look_again()

    def _look(self) -> None:
        project = self._editor.project
        if project is None or not self.isVisible() or self._writing is not None:
            return
        if self._looking is not None:
            self._looking.cancel()
        try:
            content, order = content_of(project), self.order
        except HumpcatError as error:
            self._show_fault(error)
            return
        self._looking = self._tasks.start(
            lambda _: prepare_export(content, order), self._take_prepared, self._show_fault
        )

    def _take_prepared(self, prepared: Prepared) -> None:
        self._looking, self.prepared = None, prepared
        first = prepared.paths[0]
        if prepared.order.format in CUTS:
            name = first.relative_to(prepared.order.target).as_posix()
            self.options.example.setText(tr("For example {name}").format(name=name))
        self.fault.show_fault(None)
        self.told.setText("\n".join([_files_told(prepared), *prepared.lost]))
        count = len(prepared.in_the_way)
        self.question.setVisible(count > 0)
        self.replace.setText(
            tr("Replace {files}: {named}").format(
                files=counted(count, "file"), named=_named(prepared.in_the_way)
            )
        )
        self._enable()

    def _show_fault(self, error: Exception) -> None:
        self._looking = None
        self.told.setText(_READY)
        self.options.example.setText("")
        self.question.hide()
        if isinstance(error, HumpcatError):
            self.fault.show_fault(error)
        else:
            self.fault.show_fault(
                HumpcatError(tr("This cannot be exported ({error}).").format(error=error), tr("See the log."))
            )
        self._enable()

    def _enable(self) -> None:
        busy, prepared = self._writing is not None, self.prepared
        free = prepared is not None and (not prepared.in_the_way or self.replace.isChecked())
        self.go.setEnabled(free and not busy)
        self.stop.setVisible(busy)
        self.progress.setVisible(busy)
        for part in (self.scope, self.format, self.options, self.target, self.choose, self.replace):
            part.setEnabled(not busy)
        self.raters.setEnabled(not busy and self.format.currentData() != PREDICTIONS)

    # Writing it

    def export(self) -> None:
        """Write it."""
        prepared = self.prepared
        if prepared is None or self._writing is not None:
            return
        self._settings.setValue(_FOLDER, str(prepared.order.target.parent))
        self.outcome.setText("")
        self.progress.setRange(0, 0)
        self._stopping = threading.Event()
        work = partial(_write, prepared, self._compute, self._stopping)
        self._writing = self._tasks.start(work, self._take_done, self._fail, progressed=self._tell)
        self._enable()

    def cancel(self) -> None:
        """Stop; the work itself answers, as it may be done already."""
        self._stopping.set()

    def closeEvent(self, event: QCloseEvent) -> None:
        """What is being written goes on being written."""
        self._again.stop()
        super().closeEvent(event)

    def _tell(self, done: int, of: int, text: str) -> None:
        self.progress.setRange(0, of)
        self.progress.setValue(done)
        self.outcome.setText(tr("{text}: {done} of {of}").format(text=text, done=done, of=of))

    def _take_done(self, done: Exported) -> None:
        text = tr("Written: {segments} in {named}.").format(
            segments=counted(done.segments, "segment"), named=_named(done.paths)
        )
        if done.refused:
            told = "; ".join(f"{each.where}: {each.why}" for each in done.refused[:_TOLD])
            text += tr("\nLeft out: {segments}. {told}").format(
                segments=counted(len(done.refused), "segment"), told=told
            )
        self._end(text)

    def _fail(self, error: Exception) -> None:
        self._end(str(error) if isinstance(error, Interrupted) else "")
        if not isinstance(error, Interrupted):
            self._show_fault(error)

    def _end(self, text: str) -> None:
        self._writing = None
        self.outcome.setText(text)
        self.look_again()


def _write(
    prepared: Prepared, compute: ComputeProcess, stopping: threading.Event, report: Report
) -> Exported:
    """Features are computed in the process for that."""

    def check() -> None:
        report.check()
        if stopping.is_set():
            raise Interrupted(tr("Cancelled; nothing was written."))

    def tell(done: int, of: int, text: str) -> None:
        check()
        report.progress(done, of, text)

    def measured(path: Path, start: float, end: float, kinds: Sequence[str]) -> dict[str, float]:
        found: dict[str, float] = compute.run(measure, path, start, end, tuple(kinds), check=check)
        return found

    return write_prepared(prepared, tell, measured)


def _files_told(prepared: Prepared) -> str:
    return tr("{segments} in {named}.").format(
        segments=counted(prepared.segments, "segment"), named=_named(prepared.paths)
    )


def _named(paths: Sequence[Path]) -> str:
    more = tr(" and {value} more").format(value=len(paths) - _TOLD) if len(paths) > _TOLD else ""
    return f"{', '.join(path.name for path in paths[:_TOLD])}{more}"
