"""Import: files of other programs, whose their tiers are, what labels become; and what comes of it, told before."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core_model.errors import HumpcatError
from core_model.exchange.content import Content, content_of
from core_model.exchange.importing import (
    Choices,
    ImportPlan,
    What,
    import_edit,
    labels_of,
    plan_import,
    usual_choices,
)
from core_model.exchange.reading import Incoming, read_incoming
from core_model.formats.registry import FORMATS, Format
from core_model.project.project import Project
from training_jobs.corpora.label_maps import WORDS, built_in

from ..editor import Editor
from ..tasks import Report, Task, TaskPool
from ..translation import tr
from .dialog_parts import FaultLine, words
from .help_window import help_on
from .import_choices import NO, AnswerRows, label_answers, tier_answers
from .import_preview import ImportPreview
from .theme import SPACE

_FOLDER = "import/folder"
_NOTHING = tr("Choose files of annotations. Nothing changes before Import is pressed.")
_PAUSE_MS = 300
_TOLD = 3  # files that are named
_READ_ONLY = HumpcatError(
    tr("The project is open for reading only."), tr("Save it under another name to import into that one.")
)


class ImportDialog(QDialog):
    """Stays beside the window, and looks again when the project changes; one for the program's life."""

    imported = Signal(str)  # what it came to

    def __init__(self, editor: Editor, tasks: TaskPool, settings: QSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor, self._tasks, self._settings = editor, tasks, settings
        self._paths: list[Path] = []
        self._content: Content | None = None
        self._incoming: Incoming | None = None
        self._task: Task | None = None
        self.plan: ImportPlan | None = None
        self._again = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._again.timeout.connect(self._look_again)
        self.setWindowTitle(tr("Import annotations"))
        help_on(self, "files")
        self._make()
        self._lay_out()
        self._connect()
        self.resize(760, 620)

    def _make(self) -> None:
        self.chosen = words(_NOTHING)
        self.files, self.folder = QPushButton(tr("Files…")), QPushButton(tr("Folder…"))
        self.format = QComboBox()
        self.format.setAccessibleName(tr("Format"))
        self.format.addItem(tr("Format: as the content tells"), None)
        for kind in FORMATS:
            self.format.addItem(tr(kind.words), kind)
        self.tiers = AnswerRows(tr("Whose the tiers are"))
        self.labels = AnswerRows(tr("Labels that the scheme does not have"))
        self.recordings = QCheckBox(
            tr("Add recordings that the project does not have, where the files say they are")
        )
        self.recordings.setChecked(True)
        self.preview = ImportPreview()
        self.summary = words()
        self.fault = FaultLine()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.go = self.buttons.addButton(tr("Import"), QDialogButtonBox.ButtonRole.ActionRole)
        self.go.setObjectName("primary")
        self.go.setDefault(True)
        for part in (self.tiers, self.labels):
            part.hide()

    def _lay_out(self) -> None:
        top = QGridLayout()
        top.setColumnStretch(0, 1)
        buttons = QHBoxLayout()
        for part in (self.files, self.folder, self.format):
            buttons.addWidget(part)
        top.addWidget(self.chosen, 0, 0)
        top.addLayout(buttons, 0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(top)
        for choice in (self.tiers, self.labels, self.recordings):
            layout.addWidget(choice)
        layout.addWidget(self.preview, 1)
        for below in (self.summary, self.fault, self.buttons):
            layout.addWidget(below)

    def _connect(self) -> None:
        for button, ask in ((self.files, self.ask_for_files), (self.folder, self.ask_for_folder)):
            button.setAutoDefault(False)
            button.clicked.connect(lambda _, ask=ask: ask())
        self.format.activated.connect(lambda _: self._read())
        self.tiers.changed.connect(self._take_tiers)
        self.labels.changed.connect(self._plan)
        self.recordings.toggled.connect(lambda _: self._plan())
        self.go.clicked.connect(lambda _: self.do())
        self.buttons.rejected.connect(self.close)
        self._editor.changed.connect(lambda _: self._follow())
        self._editor.project_changed.connect(self._leave)
        self._editor.failed.connect(self._show_edit_fault)

    # Files

    def open_for(self, paths: Sequence[Path] = ()) -> None:
        """Begin, with these files if they are known already."""
        self.show()
        self.raise_()
        self.activateWindow()
        if paths:
            self.read(paths)
        elif self._paths:
            self._read(again=True)
        else:
            self._show()

    def ask_for_files(self) -> None:
        """Choose files."""
        endings = " ".join(f"*{end}" for end in dict.fromkeys(e for kind in FORMATS for e in kind.extensions))
        names, _ = QFileDialog.getOpenFileNames(
            self,
            tr("Import annotations"),
            self._folder(),
            tr("Annotations ({endings});;All files (*)").format(endings=endings),
        )
        self.read([Path(name) for name in names])

    def ask_for_folder(self) -> None:
        """Choose a folder: an audformat database, or one with files of one format below it."""
        name = QFileDialog.getExistingDirectory(
            self, tr("Import all annotations below a folder"), self._folder()
        )
        self.read([Path(name)] if name else [])

    def read(self, paths: Sequence[Path]) -> None:
        """Read files, and show what they would do."""
        if paths:
            self._settings.setValue(_FOLDER, str(paths[0].parent))
            self._paths = list(paths)
            self._read()

    def choose_format(self, name: str | None) -> None:
        """Take the files for ones of a format; None: as their content tells."""
        names = [kind.name if kind is not None else None for kind in self._kinds()]
        self.format.setCurrentIndex(names.index(name))
        self._read()

    def _kinds(self) -> list[Format | None]:
        return [self.format.itemData(at) for at in range(self.format.count())]

    def _folder(self) -> str:
        return str(self._settings.value(_FOLDER, str(Path.home())))

    def _read(self, *, again: bool = False) -> None:
        """Read; `again`: the same files, as the project has changed, with what was chosen for them."""
        project, rater = self._editor.project, self._editor.rater
        if project is None or not self._paths or not self.isVisible():
            return
        kept = again and self._incoming is not None
        choices = self.choices if kept else Choices({}, {}, self.recordings.isChecked())
        self._show_plan(None)
        try:
            content = content_of(project)
        except HumpcatError as error:
            self._show_fault(error)
            return
        tier = rater.name if rater is not None else "R1"
        work = partial(_read_and_plan, tuple(self._paths), content, self.format.currentData(), tier, choices)
        self._start(work)

    def _follow(self) -> None:
        """Predictions may come ten a second: the files are not read again for each."""
        if self.isVisible() and not self._again.isActive():
            self._again.start()

    def _look_again(self) -> None:
        if self._task is None:
            self._read(again=True)
        else:
            self._again.start()

    def _start(self, work: partial[tuple[Content, Incoming, Choices, ImportPlan]]) -> None:
        if self._task is not None:
            self._task.cancel()
        self.fault.show_fault(None)
        self.summary.setText(tr("Looking at the files…"))
        self._task = self._tasks.start(work, self._take, self._show_fault)

    def _take(self, found: tuple[Content, Incoming, Choices, ImportPlan]) -> None:
        self._task = None
        content, incoming, choices, plan = found
        asked = incoming is not self._incoming
        self._content, self._incoming = content, incoming
        if asked:
            formats = ", ".join(f"{words} ({count})" for words, count in incoming.formats.items())
            self.chosen.setText(f"{_named(self._paths)}: {formats}")
            self.tiers.show_names(
                incoming.tiers, tier_answers(incoming.tiers, content.raters), dict(choices.tiers)
            )
        self._ask_about_labels(choices)
        self._show_plan(plan)

    # Choices

    @property
    def choices(self) -> Choices:
        """What is chosen."""
        labels = {label: other or None for label, other in self.labels.answers.items()}
        return Choices(self.tiers.answers, labels, self.recordings.isChecked())

    def _ask_about_labels(self, choices: Choices) -> None:
        assert self._content is not None and self._incoming is not None  # noqa: PT018 - both come together
        scheme = self._content.scheme.names
        found = labels_of(self._incoming, choices)
        new = {label: count for label, count in found.items() if label not in scheme}
        self.labels.show_names(new, label_answers(new, scheme), _answers(choices))

    def _take_tiers(self) -> None:
        """Other tiers may have other labels."""
        if self._content is not None and self._incoming is not None:
            usual = usual_choices(self._content, self._incoming, _suggested)
            chosen = self.choices
            self._ask_about_labels(Choices(chosen.tiers, {**usual.labels, **chosen.labels}))
            self._plan()

    def _plan(self) -> None:
        if self._content is not None and self._incoming is not None:
            self._start(partial(_planned, self._content, self._incoming, self.choices))

    # What it would do

    def _show_plan(self, plan: ImportPlan | None) -> None:
        self.plan = plan
        self.preview.show_plan(plan)
        if plan is not None and plan.lines and not plan.count(self.preview.what):
            self.preview.choose(next(what for what in What if plan.count(what)))
        self._show()

    def _show(self) -> None:
        plan = self.plan
        if plan is not None:
            names = [tr("New labels: {labels}.").format(labels=", ".join(plan.labels))] if plan.labels else []
            self.summary.setText(" ".join([plan.summary, *names]))
        editable = self._editor.can_edit
        if not editable and self._editor.project is not None:
            self.fault.show_fault(_READ_ONLY)
        self.go.setEnabled(editable and plan is not None and not plan.empty)

    def _show_fault(self, error: Exception) -> None:
        self._task = None
        self.summary.setText("")
        told = error
        if not isinstance(told, HumpcatError):
            told = HumpcatError(
                tr("This cannot be imported ({error}).").format(error=error), tr("See the log.")
            )
        self.chosen.setText(_named(self._paths) if self._paths else _NOTHING)
        self._show_plan(None)
        self.fault.show_fault(told)

    def _show_edit_fault(self, error: HumpcatError) -> None:
        if self.isVisible():
            self.fault.show_fault(error)

    def _leave(self, _: Project | None) -> None:
        """What was read was for another project."""
        self._paths, self._content, self._incoming = [], None, None
        self.chosen.setText(_NOTHING)
        for part in (self.tiers, self.labels):
            part.show_names({}, {}, {})
        self.summary.setText("")
        self._show_plan(None)
        self.close()

    def do(self) -> None:
        """Make the edit; it can be undone as one."""
        project, plan = self._editor.project, self.plan
        if project is None or plan is None or plan.empty:
            return
        if self._editor.do(partial(import_edit, project, plan)):
            self.imported.emit(tr("Imported: {summary}").format(summary=plan.summary))
            self.close()


def _read_and_plan(
    paths: Sequence[Path],
    content: Content,
    of: Format | None,
    tier: str,
    before: Choices,
    report: Report,
) -> tuple[Content, Incoming, Choices, ImportPlan]:
    incoming = read_incoming(paths, content, of, tier)
    report.check()
    usual = usual_choices(content, incoming, _suggested)
    kept = {tier: rater for tier, rater in before.tiers.items() if tier in usual.tiers}
    choices = Choices({**usual.tiers, **kept}, {**usual.labels, **before.labels}, before.add_recordings)
    return content, incoming, choices, plan_import(content, incoming, choices)


def _planned(
    content: Content, incoming: Incoming, choices: Choices, _: Report
) -> tuple[Content, Incoming, Choices, ImportPlan]:
    return content, incoming, choices, plan_import(content, incoming, choices)


def _answers(choices: Choices) -> dict[str, str]:
    return {label: other or NO for label, other in choices.labels.items()}


def _suggested(label: str) -> str | None:
    """Our label for another corpus' word."""
    return built_in(WORDS).label_of(label)


def _named(paths: Sequence[Path]) -> str:
    more = tr(" and {value} more").format(value=len(paths) - _TOLD) if len(paths) > _TOLD else ""
    return f"{', '.join(path.name for path in paths[:_TOLD])}{more}"
