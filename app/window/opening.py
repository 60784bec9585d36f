"""Getting recordings into the project: by dialog, by dropping, from the command line."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core_model.audio import EXTENSIONS
from core_model.errors import HumpcatError
from core_model.folders import resources_folder
from core_model.project.edit import Edit
from core_model.project.editing import remove_recordings
from core_model.project.project_file import SUFFIX
from core_model.project.rows import RecordingRow

from ..editor import Editor
from ..recordings import OpenRecording, absolute, rows_for, scan, segments_beyond
from ..tasks import Report, TaskPool
from ..translation import counted, tr
from .projects import Projects
from .recordings_panel import RecordingsPanel

_LAST_FOLDER = "open/folder"

_READ_ONLY = HumpcatError(
    tr("The project is open for reading only; nothing was added."),
    tr("Save it under another name (File, Save project as), or open another project."),
)


class Opening(QObject):
    """Reads headers in the background; the first recording of an empty list is shown at once."""

    failed = Signal(object)
    warned = Signal(str, str)
    added = Signal()  # all of it

    def __init__(
        self,
        panel: RecordingsPanel,
        projects: Projects,
        editor: Editor,
        tasks: TaskPool,
        settings: QSettings,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._panel, self._projects, self._editor = panel, projects, editor
        self._tasks, self._settings, self._window = tasks, settings, parent

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {
            "open_files": self.ask_for_files,
            "open_folder": self.ask_for_folder,
            "open_demo": self.open_demo,
            "remove": self.remove,
            "filter": self._panel.filter.setFocus,
            "next_recording": lambda: self._panel.step(1),
            "previous_recording": lambda: self._panel.step(-1),
        }

    def open(self, paths: Sequence[Path]) -> None:
        """Open a project, or add files, and all audio files below folders, to the one in hand."""
        project = next((path for path in paths if path.suffix == SUFFIX), None)
        if project is not None:
            self._projects.open(absolute(project))
        elif paths and self._projects.begin() is not None:
            if not self._editor.can_edit:
                self.failed.emit(_READ_ONLY)
                return
            take = _Taking(self, self._panel, self._editor, paths)
            work = partial(_scan, [absolute(path) for path in paths])
            self._tasks.start(work, take.finish, self.failed.emit, take.add)

    def open_demo(self) -> None:
        """Add the recordings that come with the program."""
        folder = resources_folder() / "demo"
        if folder.is_dir():
            self.open([folder])
        else:
            self.warned.emit(tr("The demo recordings are not installed."), tr("Open recordings of your own."))

    def ask_for_files(self) -> None:
        """Choose files and add them."""
        patterns = " ".join(f"*{end} *{end.upper()}" for end in EXTENSIONS)
        names, _ = QFileDialog.getOpenFileNames(
            self._window,
            tr("Open recordings"),
            self._folder(_LAST_FOLDER),
            tr("Audio ({patterns});;All files (*)").format(patterns=patterns),
        )
        if names:
            self._settings.setValue(_LAST_FOLDER, str(Path(names[0]).parent))
            self.open([Path(name) for name in names])

    def ask_for_folder(self) -> None:
        """Choose a folder and add what is below it."""
        name = QFileDialog.getExistingDirectory(
            self._window, tr("Open all recordings below a folder"), self._folder(_LAST_FOLDER)
        )
        if name:
            self._settings.setValue(_LAST_FOLDER, name)
            self.open([Path(name)])

    def remove(self) -> None:
        """Take the recording in hand off the project; its file stays."""
        current, project = self._panel.current, self._editor.project
        row = project.recording_at(current.path) if current is not None and project is not None else None
        if row is not None:
            self._editor.do(lambda: remove_recordings(project, [row]))  # type: ignore[arg-type]
        elif current is not None:
            self._panel.model.remove(current.path)

    def _folder(self, key: str) -> str:
        return str(self._settings.value(key, str(Path.home())))


class _Taking:
    """Recordings arriving from one `open`."""

    def __init__(
        self, opening: Opening, panel: RecordingsPanel, editor: Editor, paths: Sequence[Path]
    ) -> None:
        self._opening, self._panel, self._editor, self._paths = opening, panel, editor, paths
        self._project = editor.project
        self._found: list[OpenRecording] = []
        self._changed: list[int] = []  # recordings whose files are others than when they were added

    def add(self, batch: list[OpenRecording]) -> None:
        """Show a batch; the first good recording is taken in hand when the list was empty or one file was opened."""
        project = self._project
        if project is None or self._editor.project is not project:  # another one is in hand by now
            return
        first = not self._found
        self._found += batch
        panel = self._panel
        panel.model.add(batch)  # those that cannot be read, too: the list tells why
        changes = rows_for(project, batch)
        self._editor.make(Edit(tr("add recordings"), tuple(changes)))
        self._changed += [c.before.id for c in changes if isinstance(c.before, RecordingRow)]
        if first and (panel.current is None or (len(self._paths) == 1 and not self._paths[0].is_dir())):
            good = next((recording for recording in batch if recording.error is None), batch[0])
            panel.go_to(good.path)

    def finish(self, _: Any) -> None:
        """Say what could not be read."""
        self._opening.added.emit()
        bad = [recording for recording in self._found if recording.error is not None]
        if not self._found:
            names = ", ".join(path.name for path in self._paths)
            self._opening.warned.emit(
                tr("No audio files were found in {names}.").format(names=names),
                tr("Open a folder that holds recordings."),
            )
        elif len(bad) == 1 and bad[0].error is not None:
            self._opening.failed.emit(bad[0].error)
        elif bad:
            message = tr("{bad} of {found} files cannot be read.").format(
                bad=len(bad), found=len(self._found)
            )
            self._opening.failed.emit(HumpcatError(message, tr("The list shows why for each of them.")))
        elif self._project is not None and (lost := segments_beyond(self._project, self._changed)):
            self._opening.warned.emit(
                tr("A file is shorter than it was: {segments} of it reaching beyond its end.").format(
                    segments=counted(lost, "segment")
                ),
                tr("Put the longer file back and open it again, or delete what reaches too far."),
            )


def _scan(paths: Sequence[Path], report: Report) -> None:
    for batch in scan(paths, report.check):
        report.partial(batch)
