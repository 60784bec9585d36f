"""Projects come and go: new, open, recent, save as. Recordings opened without one begin a project without a name."""

import logging
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core_model.errors import HumpcatError
from core_model.folders import data_folder
from core_model.project.project import Project
from core_model.project.project_file import SUFFIX

from ..editor import Editor
from ..tasks import TaskPool
from ..translation import tr

_log = logging.getLogger(__name__)
_RECENT, _FOLDER = "projects/recent", "projects/folder"
_KEPT = 10
_FILTER = tr("HuMP-CAT projects (*{SUFFIX})").format(SUFFIX=SUFFIX)
_NO_QUESTION = QFileDialog.Option.DontConfirmOverwrite  # a project that is there is never replaced
_READ_ONLY = (
    tr("Another window has it open, or its file or folder may not be written."),
    tr(
        "To change it here, close it there and open it again, or save it under another name "
        "(File, Save project as)."
    ),
)


class Projects(QObject):
    """Which project is in hand; a project is open in a moment and closed in one, since all of it is on disk."""

    failed = Signal(object)
    warned = Signal(str, str)
    done = Signal(str)
    recent_changed = Signal()

    def __init__(self, editor: Editor, tasks: TaskPool, settings: QSettings, window: QWidget) -> None:
        super().__init__(window)
        self._editor, self._tasks, self._settings, self._window = editor, tasks, settings, window
        self._opening: Path | None = None

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {
            "new_project": self.ask_for_new,
            "open_project": self.ask_for_project,
            "save_project_as": self.ask_where_to_save,
            "close_project": self.close,
        }

    @property
    def known(self) -> list[Path]:
        """The projects that were open, newest first, whether they are still there or not."""
        stored = self._settings.value(_RECENT, [])
        names = stored if isinstance(stored, list) else [stored]
        return [Path(name) for name in map(str, names) if name]

    @property
    def recent(self) -> list[Path]:
        """The projects that were open and are there, newest first."""
        return [path for path in self.known if path.is_file()]

    @property
    def has_name(self) -> bool:
        """Whether the project in hand lies where the user put it."""
        path = self._editor.path
        return path is not None and path.parent != _unnamed_folder()

    def unnamed(self, stem: str) -> Path:
        """Where a project without a place of its own lies."""
        return _unnamed_folder() / f"{stem}{SUFFIX}"

    def open(self, path: Path) -> None:
        """Open a project in the background, and take it in hand instead of the one before."""
        path = Path(os.path.realpath(path))
        if path in (self._editor.path, self._opening):
            return
        self._opening = path
        self._tasks.start(lambda _: Project.open(path), self._take, self._fail)

    def _fail(self, error: Exception) -> None:
        self._opening = None
        self.failed.emit(error)

    def begin(self) -> Project | None:
        """The project in hand, or a new one without a name; None where none can be made."""
        if self._editor.project is None:
            self._make(self.unnamed(datetime.now().strftime("%Y-%m-%d %H-%M-%S.%f")[:-3]))
        return self._editor.project

    def ask_for_new(self) -> None:
        """Choose a name and begin an empty project there."""
        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("New project"), self._folder(), _FILTER, options=_NO_QUESTION
        )
        if name:
            self.new(_with_suffix(Path(name)))

    def new(self, path: Path) -> None:
        """Begin an empty project."""
        if path.exists():
            self.failed.emit(_taken(path))
        else:
            self._make(path)

    def ask_for_project(self) -> None:
        """Choose a project and open it."""
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Open project"), self._folder(), _FILTER)
        if name:
            self.open(Path(name))

    def ask_where_to_save(self) -> None:
        """Choose where the project is to lie from now on."""
        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("Save project as"), self._folder(), _FILTER, options=_NO_QUESTION
        )
        if name:
            self.save_as(_with_suffix(Path(name)))

    def save_as(self, path: Path) -> None:
        """Write the project to another file and go on there; one without a name is moved."""
        project = self._editor.project
        if project is None:
            return
        if path.exists():  # its log would be taken for the new one's
            self.failed.emit(_taken(path))
            return
        self._editor.leaving.emit()  # what is half said is said in both
        unnamed = None if self.has_name else project.path
        try:
            project.save_as(path)
            again = Project.open(path)
        except HumpcatError as error:
            self.failed.emit(error)
            return
        self._take(again)
        if unnamed is not None:
            unnamed.unlink(missing_ok=True)
        self.done.emit(tr("The project is now {path}.").format(path=path))

    def close(self) -> None:
        """No project in hand; one without a name that says nothing is removed."""
        project = self._editor.project
        if project is None:
            return
        path, empty = project.path, not self.has_name and not (project.annotations or project.predictions)
        self._editor.take(None)
        if empty:
            path.unlink(missing_ok=True)
            self._remember(None, forget=path)

    def _make(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._take(Project.create(path))
        except (HumpcatError, OSError) as error:
            told = (
                error
                if isinstance(error, HumpcatError)
                else HumpcatError(tr("{path} cannot be written ({error}).").format(path=path, error=error))
            )
            self.failed.emit(told)

    def _take(self, project: Project) -> None:
        self._opening = None
        self.close()
        self._editor.take(project)
        self._remember(project.path)
        if project.read_only:
            self.warned.emit(
                tr("{name} is open for reading only. {value}").format(
                    name=project.path.name, value=_READ_ONLY[0]
                ),
                _READ_ONLY[1],
            )

    def _remember(self, path: Path | None, forget: Path | None = None) -> None:
        known = [each for each in self.known if each not in (path, forget)]
        self._settings.setValue(_RECENT, [str(each) for each in [*([path] if path else []), *known][:_KEPT]])
        if path is not None and path.parent != _unnamed_folder():
            self._settings.setValue(_FOLDER, str(path.parent))
        self.recent_changed.emit()

    def _folder(self) -> str:
        return str(self._settings.value(_FOLDER, str(Path.home())))


def project_name(path: Path) -> str:
    """What a project is called on screen."""
    if path.parent == _unnamed_folder():
        return tr("Project without a name, {replace}").format(
            replace=path.stem[:16].replace("-", ":").replace(":", "-", 2)
        )
    return path.stem


def _taken(path: Path) -> HumpcatError:
    return HumpcatError(
        tr("{name} is there already.").format(name=path.name), tr("Open it, or choose another name.")
    )


def _unnamed_folder() -> Path:
    return Path(os.path.realpath(data_folder())) / "projects"


def _with_suffix(path: Path) -> Path:
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
