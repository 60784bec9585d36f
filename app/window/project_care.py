"""What happens to a project behind the user's back, for the user's good: backups, hashes, files that have moved."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core_model.project.backups import Salvaged, back_up, backups_folder, backups_of, restore, salvage
from core_model.project.project import Project
from core_model.project.project_file import SUFFIX
from core_model.project.relinking import Move, add_hashes, find_moved, hash_missing, missing, relink
from core_model.project.rows import RecordingRow

from ..editor import Editor
from ..tasks import Report, Task, TaskPool
from ..translation import counted, tr
from .projects import Projects

_BATCH = 16  # recordings hashed between two edits


class ProjectCare(QObject):
    """Begins with every project that is opened; stops with it."""

    failed = Signal(object)
    warned = Signal(str, str)
    done = Signal(str)
    progressed = Signal(str, int, int)
    missing_found = Signal(list)  # paths whose files are not there

    def __init__(self, editor: Editor, projects: Projects, tasks: TaskPool, window: QWidget) -> None:
        super().__init__(window)
        self._editor, self._projects, self._tasks, self._window = editor, projects, tasks, window
        self._running: list[Task] = []
        self._search: Task | None = None
        self._missing: list[RecordingRow] = []
        editor.project_changed.connect(self._begin)

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {
            "find_moved": self.ask_where_they_are,
            "open_backup": self.ask_for_backup,
            "salvage": self.ask_for_damaged,
        }

    def cancel(self) -> None:
        """Stop searching for moved files."""
        if self._search is not None:
            self._search.cancel()
            self._end_search()

    def ask_where_they_are(self) -> None:
        """Choose a folder and look there for the recordings whose files are gone."""
        if not self._missing:
            self.done.emit(tr("Every recording's file is where the project expects it."))
            return
        name = QFileDialog.getExistingDirectory(self._window, tr("Look for the missing recordings in"))
        if name:
            self.look_in([Path(name)])

    def look_in(self, folders: list[Path]) -> None:
        """Look for the missing recordings below folders, by content."""
        project = self._editor.project
        if project is None or self._search is not None:
            return
        rows, taken = (
            list(self._missing),
            {row.path for row in project.recordings} - {r.path for r in self._missing},
        )

        def work(report: Report) -> list[Move]:
            tell = partial(report.progress, text=tr("Looking for recordings"))
            return find_moved(rows, folders, report.check, lambda done, of: tell(done, of), taken)

        self.progressed.emit(tr("Looking for recordings"), -1, 1)
        self._search = self._tasks.start(
            work, partial(self._take_moves, project), self._fail_search, None, self._tell_search
        )

    def ask_for_backup(self) -> None:
        """Choose a backup; it is opened as a project of its own, and nothing is replaced."""
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            tr("Open backup"),
            str(backups_folder()),
            tr("Backups (*{SUFFIX})").format(SUFFIX=SUFFIX),
        )
        if name:
            self.open_backup(Path(name))

    def open_backup(self, backup: Path) -> None:
        """Copy a backup to a project without a name, and open that."""
        target = self._projects.unnamed(
            tr("{stem} of {strftime}").format(
                stem=backup.stem, strftime=datetime.now().strftime("%Y-%m-%d %H-%M-%S")
            )
        )
        # Where its recordings are is known as seen from the project that it is a copy of.
        of = next(
            (path for path in self._projects.known if backup in {b.path for b in backups_of(path)}), target
        )
        work = partial(restore, backup, of, target)
        self._tasks.start(lambda _: work(), lambda _: self._projects.open(target), self.failed.emit)

    def ask_for_damaged(self) -> None:
        """Choose a project that cannot be opened; what can be read of it is opened as another one."""
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            tr("Rescue a damaged project"),
            "",
            tr("Projects (*{SUFFIX});;All files (*)").format(SUFFIX=SUFFIX),
        )
        if name:
            self.salvage(Path(name))

    def salvage(self, damaged: Path) -> None:
        """Write what can be read of a damaged project to a new one, and open that."""
        target = self._projects.unnamed(
            tr("{stem} rescued {strftime}").format(
                stem=damaged.stem, strftime=datetime.now().strftime("%Y-%m-%d %H-%M-%S")
            )
        )

        def take(found: Salvaged) -> None:
            self._projects.open(target)
            self.done.emit(tr("{told} Give it a place with File, Save project as.").format(told=found.told))

        self._tasks.start(lambda _: salvage(damaged, target), take, self.failed.emit)

    # Behind the user's back

    def _begin(self, project: Project | None) -> None:
        for task in self._running:
            task.cancel()
        self.cancel()
        self._running, self._missing = [], []
        if project is None:
            return
        rows = project.recordings
        self._start(lambda _: missing(rows), partial(self._take_missing, project))
        if not project.read_only:
            path = project.path
            self._start(lambda _: back_up(path), lambda _: None)
            self.hash_new()

    def hash_new(self) -> None:
        """Compute the hashes by which recordings are found again when they have moved."""
        project = self._editor.project
        if project is None or project.read_only:
            return
        rows = [row for row in project.recordings if not row.content_hash]
        if rows:
            self._start(partial(_hash, rows), lambda _: None, partial(self._take_hashes, project))

    def _start(
        self,
        work: Callable[[Report], Any],
        take: Callable[[Any], None],
        part: Callable[[Any], None] | None = None,
    ) -> None:
        self._running.append(self._tasks.start(work, take, self.failed.emit, part))

    def _take_missing(self, project: Project, rows: list[RecordingRow]) -> None:
        if project is not self._editor.project:
            return
        self._missing = rows
        self.missing_found.emit([row.path for row in rows])
        if rows:
            self.warned.emit(
                tr("{files} of the project cannot be found; what was said of them is kept.").format(
                    files=counted(len(rows), "file")
                ),
                tr("If they have moved, choose File, Find moved recordings."),
            )

    def _take_hashes(self, project: Project, found: list[tuple[RecordingRow, str]]) -> None:
        if project is self._editor.project:
            self._editor.make(add_hashes(project, found))

    def _take_moves(self, project: Project, moves: list[Move]) -> None:
        self._end_search()
        if project is not self._editor.project:
            return
        if not moves:
            self.warned.emit(tr("None of the missing recordings is there."), tr("Look in another folder."))
            return
        if self._editor.do(lambda: relink(project, moves)):
            likely = sum(not move.sure for move in moves)
            doubt = (
                tr("; {likely} of them by name, size and length only").format(likely=likely) if likely else ""
            )
            self.done.emit(
                tr("Found {moves} of {missing_recordings}{doubt}.").format(
                    moves=len(moves),
                    missing_recordings=counted(len(self._missing), "missing recording"),
                    doubt=doubt,
                )
            )
            found = {move.recording.id for move in moves}
            self._missing = [row for row in self._missing if row.id not in found]
            self.missing_found.emit([row.path for row in self._missing])

    def _fail_search(self, error: Exception) -> None:
        self._end_search()
        self.failed.emit(error)

    def _tell_search(self, done: int, of: int, text: str) -> None:
        self.progressed.emit(tr("{text}: {done} of {of}").format(text=text, done=done, of=of), done, of)

    def _end_search(self) -> None:
        self._search = None
        self.progressed.emit("", 0, 0)


def _hash(rows: Iterable[RecordingRow], report: Report) -> None:
    batch: list[tuple[RecordingRow, str]] = []
    for found in hash_missing(rows, report.check):
        batch.append(found)
        if len(batch) >= _BATCH:
            report.partial(batch)
            batch = []
    if batch:
        report.partial(batch)
