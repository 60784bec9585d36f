"""An edge of a segment on its way: nudged or dropped, snapped to what is near, then to a zero crossing of the sound.

Moves that come while the sound is read become one edit. Whatever else happens meanwhile, `settle_now` puts the edge
where it was to go, without the crossing, so that nothing that was done is lost or comes too late.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from core_model.project import editing
from core_model.project.rows import AnnotationRow, RecordingRow

from ..display.snapping import nearest, next_in_direction, zero_crossing_of
from ..editor import Editor
from ..tasks import TaskPool
from ..translation import tr

_NUDGE = 0.01  # s


@dataclass(frozen=True, slots=True)
class _Move:
    """Which edge of which annotation is to go where (samples)."""

    annotation: int
    edge: str
    target: int


class EdgeMoves(QObject):
    """One move at a time.

    Args:
        speech: answers the boundaries of speech in the recording in hand (samples).
    """

    moved = Signal(int)  # the annotation whose edge has moved

    def __init__(
        self, editor: Editor, tasks: TaskPool, speech: Callable[[], list[int]], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._editor, self._tasks, self._speech = editor, tasks, speech
        self.snap = True
        self._move: _Move | None = None
        self._reading = (
            0  # the number of the crossing that is waited for; an answer to another one is too late
        )
        self._waits = False
        editor.leaving.connect(self.settle_now)

    @property
    def moving(self) -> bool:
        """Whether an edge is on its way."""
        return self._move is not None

    def nudge(self, row: AnnotationRow, edge: str, direction: int) -> None:
        """Move an edge by 10 ms; with snapping no farther than the next place to snap to."""
        recording = self._recording(row)
        at = self._at(row, edge)
        step = round(_NUDGE * recording.rate)
        places = self._places(row) if self.snap else []
        self._go(row, edge, next_in_direction(at, direction, places, step))

    def drop(self, row: AnnotationRow, edge: str, target: int, reach: int) -> None:
        """An edge was dropped at a sample; with snapping it goes to what is within reach."""
        self._go(row, edge, nearest(target, self._places(row), reach) if self.snap else target)

    def settle_now(self) -> None:
        """Put an edge that is on its way where it is to go."""
        if self._move is not None:
            self._settle(self._move.target)

    def _at(self, row: AnnotationRow, edge: str) -> int:
        """Where the edge is, or is going to be."""
        move = self._move
        if move is not None and (move.annotation, move.edge) == (row.id, edge):
            return move.target
        self.settle_now()
        return int(getattr(row, edge))

    def _go(self, row: AnnotationRow, edge: str, target: int) -> None:
        if self._move is not None and (self._move.annotation, self._move.edge) != (row.id, edge):
            self.settle_now()
        recording = self._recording(row)
        target = min(max(target, 0), recording.frames)
        self._move = _Move(row.id, edge, target)
        if self._waits:
            return
        if not self.snap or target in self._places(row):
            self._settle(target)
            return
        self._waits = True
        self._reading += 1
        work = partial(zero_crossing_of, recording.path, target, recording.rate, recording.frames)
        take = partial(self._take, self._reading, target)
        self._tasks.start(lambda _: work(), take, lambda _: take(target))

    def _take(self, reading: int, target: int, found: int) -> None:
        if reading != self._reading:
            return
        self._waits = False
        move, row = self._move, self._row()
        if move is None or row is None:
            self._move = None
        elif move.target != target:  # it was moved on meanwhile
            self._go(row, move.edge, move.target)
        else:
            # A crossing on the near side of where it was would hold the edge for ever.
            at = getattr(row, move.edge)
            self._settle(target if (found - at) * (target - at) <= 0 else found)

    def _settle(self, target: int) -> None:
        move, row, project = self._move, self._row(), self._editor.project
        self._move, self._waits = None, False
        self._reading += 1
        if move is None or row is None or project is None:
            return
        start, end = (target, row.end) if move.edge == "start" else (row.start, target)
        self._editor.do(
            lambda: editing.move_edges(project, row, start, end, tr("move {edge}").format(edge=move.edge))
        )
        self.moved.emit(row.id)

    def _row(self) -> AnnotationRow | None:
        project = self._editor.project
        return (
            project.annotation(self._move.annotation)
            if project is not None and self._move is not None
            else None
        )

    def _recording(self, row: AnnotationRow) -> RecordingRow:
        assert self._editor.project is not None  # a row is of a project
        return self._editor.project.recording(row.recording)

    def _places(self, row: AnnotationRow) -> list[int]:
        project = self._editor.project
        others = project.annotations_of(row.recording) if project is not None else []
        return [*self._speech(), *(edge for each in others if each.id != row.id for edge in each.span)]
