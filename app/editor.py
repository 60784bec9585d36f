"""The project in hand and what was done to it: every edit is in its file before anybody sees it, and can be undone.

What changed travels as the edit itself, so that views refresh only that.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from core_model.errors import HumpcatError
from core_model.label_schemes import AnnotationScheme, built_in_schemes
from core_model.project.edit import Edit
from core_model.project.editing import SCHEME
from core_model.project.project import Project
from core_model.project.rows import AnnotationRow, RaterRow, RecordingRow

from .tasks import TaskPool

_log = logging.getLogger(__name__)
_SYNC_MS = 300  # after the last of several edits
_PAUSE_S = 3.0  # what is typed after it is a step of its own


class Editor(QObject):
    """Made once; the project in it comes and goes."""

    leaving = Signal()  # the project in hand is about to go; what is half said is to be said now
    project_changed = Signal(object)  # Project or None; everything that was shown is of another one
    changed = Signal(object)  # the Edit that was made just now, or its reverse when it was undone
    went = Signal(object)  # the Edit that was undone or redone: where to look
    undo_changed = Signal()
    rater_changed = Signal(object)  # RaterRow or None
    failed = Signal(object)

    def __init__(self, tasks: TaskPool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self.project: Project | None = None
        self._rater: int | None = None
        self._scheme: AnnotationScheme | None = None
        self._done: list[Edit] = []
        self._undone: list[Edit] = []
        self._done_at = 0.0  # of the clock that never goes back
        self._syncing = QTimer(self, singleShot=True, interval=_SYNC_MS)
        self._syncing.timeout.connect(self._sync)

    # The project

    def take(self, project: Project | None) -> None:
        """Another project in hand; the one before is closed."""
        if self.project is not None:
            self.leaving.emit()
        before, self.project = self.project, project
        self._done, self._undone = [], []
        self._syncing.stop()
        if before is not None:
            before.close()
        self._scheme = None
        people = project.people() if project is not None else []
        wanted = project.setting("rater") if project is not None else None
        self._rater = (
            wanted if any(wanted == each.id for each in people) else next((p.id for p in people), None)
        )
        self.project_changed.emit(project)
        self.rater_changed.emit(self.rater)
        self.undo_changed.emit()

    @property
    def path(self) -> Path | None:
        """The project's file."""
        return self.project.path if self.project is not None else None

    @property
    def can_edit(self) -> bool:
        """Whether there is a project that takes edits."""
        return self.project is not None and not self.project.read_only

    # Raters and labels

    @property
    def rater(self) -> RaterRow | None:
        """Who annotates now."""
        if self.project is None or self._rater is None:
            return None
        return next((rater for rater in self.project.raters if rater.id == self._rater), None)

    def use_rater(self, number: int) -> None:
        """Somebody else annotates from now on; remembered with the project."""
        if self.project is None or number == self._rater:
            return
        self._rater = number
        if self.can_edit:
            self.make(Edit("rater", (self.project.setting_change("rater", number),)))
        self.rater_changed.emit(self.rater)

    @property
    def scheme(self) -> AnnotationScheme:
        """The project's label scheme."""
        if self._scheme is None:
            found = self.project.setting(SCHEME) if self.project is not None else None
            self._scheme = built_in_schemes()[0] if found is None else AnnotationScheme.from_json(found)
        return self._scheme

    # Edits

    def do(self, plan: Callable[[], Edit], *, typed: bool = False) -> bool:
        """Plan an edit and make it, undoable; what is refused is told. Whether it was made.

        Args:
            typed: it may be part of what is being typed; with the part before, if that is only seconds old, it is
                one step of undoing.
        """
        try:
            edit = plan()
            if edit.empty or not self._apply(edit):
                return False
        except HumpcatError as error:
            self.failed.emit(error)
            return False
        self._done.append(self._with_before(edit) if typed else edit)
        self._undone.clear()
        self._done_at = time.monotonic()
        self.changed.emit(edit)
        self.undo_changed.emit()
        return True

    def _with_before(self, edit: Edit) -> Edit:
        """The edit, or one of it and the step before, which is no longer one of its own."""
        recent = self._done and not self._undone and time.monotonic() - self._done_at < _PAUSE_S
        whole = self._done[-1].followed_by(edit) if recent else None
        if whole is None:
            return edit
        self._done.pop()
        return whole

    def make(self, edit: Edit) -> bool:
        """Make an edit that nobody undoes: predictions, new recordings, what the program remembers."""
        try:
            if edit.empty or not self._apply(edit):
                return False
        except HumpcatError as error:
            self.failed.emit(error)
            return False
        if self._comes_between(edit):
            self._done.append(edit)
            self._undone.clear()
            self.undo_changed.emit()
        self.changed.emit(edit)
        return True

    def _comes_between(self, edit: Edit) -> bool:
        """Whether an edit takes a path that undoing would give back to another recording: then it is undone first."""
        new = {
            c.after.path
            for c in edit.changes
            if isinstance(c.after, RecordingRow)
            and (not isinstance(c.before, RecordingRow) or c.before.path != c.after.path)
        }
        known = (c.before for each in (*self._done, *self._undone) for c in each.changes)
        return bool(new) and any(isinstance(row, RecordingRow) and row.path in new for row in known)

    @property
    def undo_text(self) -> str:
        """What would be undone, empty if nothing."""
        return self._done[-1].text if self._done else ""

    @property
    def redo_text(self) -> str:
        """What would be done again, empty if nothing."""
        return self._undone[-1].text if self._undone else ""

    def undo(self) -> None:
        """Take the last edit back."""
        self._step(self._done, self._undone, lambda edit: edit.reversed())

    def redo(self) -> None:
        """Make the edit again that was taken back last."""
        self._step(self._undone, self._done, lambda edit: edit)

    def _step(self, source: list[Edit], target: list[Edit], turned: Callable[[Edit], Edit]) -> None:
        if not source:
            return
        edit = turned(source[-1])
        self._use_rater_of(edit)
        try:
            self._apply(edit)
        except HumpcatError as error:  # it can be tried again
            self.failed.emit(error)
            return
        target.append(source.pop())
        self.changed.emit(edit)
        self.went.emit(edit)
        self.undo_changed.emit()

    def _use_rater_of(self, edit: Edit) -> None:
        """What is undone of somebody else's is done in that one's name, so that it is seen whose it is."""
        raters = {c.row.rater for c in edit.changes if isinstance(c.row, AnnotationRow)}
        if self.project is not None and len(raters) == 1 and self._rater not in raters:
            number = raters.pop()
            if any(number == rater.id for rater in self.project.raters):
                self.use_rater(number)

    def _apply(self, edit: Edit) -> bool:
        if self.project is None:
            return False
        self.project.apply(edit)
        if any(change.row.id == SCHEME for change in edit.changes):
            self._scheme = None
        self._syncing.start()
        if self.rater is None:  # whoever annotated is gone
            self._rater = self.project.people()[0].id
            self.rater_changed.emit(self.rater)
        return True

    def _sync(self) -> None:
        project = self.project
        if project is not None:
            self._tasks.start(lambda _: project.sync(), lambda _: None, self.failed.emit)
