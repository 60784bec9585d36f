"""A project: everything in memory, every edit in the file before it is seen."""

import bisect
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, cast

from ..errors import HumpcatError
from .edit import Edit, RowChange
from .project_file import ProjectFile, write_new
from .recording_names import RecordingNames
from .rows import (
    GOLD,
    HUMAN,
    ROWS,
    AnnotationRow,
    PredictionRow,
    RaterRow,
    RecordingRow,
    Row,
    SettingRow,
    setting_value,
)

_OVERLAP = (
    0.5  # of the union; from here on a prediction of other bounds is one of the same segment, out of date
)
_PLACE = {"recording", "rater", "start", "end"}  # of an annotation

_PREDICTIONS = "predictions"  # beside the raters' ids


class Project:
    """Recordings, raters, annotations, predictions and settings; `apply` is the only way to change them.

    Rows are looked up by id, annotations and predictions by recording as well. Not safe for several threads at once;
    `sync` may run beside the others.
    """

    def __init__(self, file: ProjectFile) -> None:
        self._file = file
        self._rows: dict[str, dict[Any, Row]] = {kind.table: {} for kind in ROWS}
        self._of_recording: dict[str, dict[int, dict[int, Any]]] = {"annotations": {}, "predictions": {}}
        # What was sorted last, by recording, until one of its rows changes.
        self._sorted: dict[int, dict[Any, list[Any]]] = {}
        self._by_path: dict[Path, RecordingRow] = {}
        self._names = RecordingNames()
        self._next: dict[str, int] = {}
        for row in file.read():
            self._hold(row)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open a project that is there; for reading only where another program has it or nothing may be written.

        Raises:
            HumpcatError: it is missing, damaged, no project, or of a newer version.
        """
        return cls._of(ProjectFile(path, read_only=read_only))

    @classmethod
    def create(cls, path: Path, rater: str = "R1") -> Self:
        """Make a project with one rater and no recordings.

        Raises:
            HumpcatError: the file exists or cannot be written.
        """
        write_new(path, [RaterRow(1, rater)])
        return cls.open(path)

    @classmethod
    def _of(cls, file: ProjectFile) -> Self:
        try:
            return cls(file)
        except BaseException:
            file.close()
            raise

    @property
    def path(self) -> Path:
        """Its file."""
        return self._file.path

    @property
    def read_only(self) -> bool:
        """Whether edits are refused."""
        return self._file.read_only

    def apply(self, edit: Edit) -> None:
        """Make an edit: in the file first, then in memory.

        An update changes the fields that differ between before and after, and no others: what came in between, a file's
        hash or its new place, survives undoing what was done earlier.

        Raises:
            HumpcatError: segments of one rater would overlap, or the file could not be written; then nothing has
                changed.
        """
        if edit.empty:
            return
        self._check_tiers(edit.changes)
        self._file.write(edit.changes)
        for change in edit.changes:
            self._make(change)

    def sync(self) -> None:
        """Make what was written survive a power cut; on any thread.

        Raises:
            HumpcatError: the disk is full or fails.
        """
        self._file.sync()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def save_as(self, path: Path) -> None:
        """Write the whole project, as it is in memory, to another file; this one stays as it is.

        Raises:
            HumpcatError: there is a file of that name, or it cannot be written.
        """
        write_new(path, (row for kind in ROWS for row in self._rows[kind.table].values()))
        if path.absolute() == self.path:  # it was gone; whoever opens the new one needs its lock
            self._file.close()

    def new_id(self, kind: type[Row]) -> int:
        """A number that no row of this kind has or had since the project was opened."""
        number = self._next.get(kind.table, 1)
        self._next[kind.table] = number + 1
        return number

    # Looking things up

    @property
    def recordings(self) -> list[RecordingRow]:
        """In the order in which they were added."""
        return cast(list[RecordingRow], self._in_order("recordings"))

    @property
    def raters(self) -> list[RaterRow]:
        """In the order in which they were added."""
        return cast(list[RaterRow], self._in_order("raters"))

    @property
    def annotations(self) -> list[AnnotationRow]:
        """All of all raters, in no order."""
        return cast(list[AnnotationRow], list(self._rows["annotations"].values()))

    @property
    def predictions(self) -> list[PredictionRow]:
        """All of all models, in no order."""
        return cast(list[PredictionRow], list(self._rows["predictions"].values()))

    def has_recording(self, number: int) -> bool:
        """Whether there is a recording of this id."""
        return number in self._rows["recordings"]

    def recording(self, number: int) -> RecordingRow:
        """A recording by its id."""
        return cast(RecordingRow, self._rows["recordings"][number])

    def recording_at(self, path: Path) -> RecordingRow | None:
        """A recording by its absolute path."""
        return self._by_path.get(path)

    def name_of(self, recording: RecordingRow) -> str:
        """A recording's name, with as many folders as tell it from others."""
        return self._names.of(recording.path)

    def namesakes(self, recording: RecordingRow) -> list[RecordingRow]:
        """The recordings whose files have the name of this one's, itself among them."""
        return [self._by_path[path] for path in self._names.alike(recording.path)]

    def rater(self, number: int) -> RaterRow:
        """A rater by its id."""
        return cast(RaterRow, self._rows["raters"][number])

    def annotation(self, number: int) -> AnnotationRow | None:
        """An annotation by its id."""
        return cast("AnnotationRow | None", self._rows["annotations"].get(number))

    def annotations_of(self, recording: int, rater: int | None = None) -> list[AnnotationRow]:
        """A recording's annotations, of one rater or of all, by start."""
        known = self._sorted.setdefault(recording, {})
        if rater not in known:
            found = self._of_recording["annotations"].get(recording, {}).values()
            rows = (row for row in found if rater in (None, row.rater))
            known[rater] = sorted(rows, key=lambda row: (row.start, row.end, row.id))
        return list(known[rater])

    def predictions_of(self, recording: int) -> list[PredictionRow]:
        """A recording's predictions by start; of one span the newest comes last."""
        known = self._sorted.setdefault(recording, {})
        if _PREDICTIONS not in known:
            found = self._of_recording["predictions"].get(recording, {}).values()
            known[_PREDICTIONS] = sorted(found, key=lambda row: (row.start, row.end, row.changed, row.id))
        return list(known[_PREDICTIONS])

    def prediction_of(
        self, recording: int, span: tuple[int, int], model_id: str | None = None
    ) -> PredictionRow | None:
        """The newest prediction of exactly this span, of one model or of any; else the one that overlaps it most.

        The latter, if it covers half of what both cover, is one of the segment before its edges moved.
        """
        rows = self.predictions_of(recording)
        at = bisect.bisect_left(rows, span, key=lambda row: row.span)
        exact = itertools.takewhile(lambda row: row.span == span, rows[at:])
        best = max(
            (row for row in exact if model_id in (None, row.model_id)),
            key=lambda row: (row.changed, row.id),
            default=None,
        )
        if best is not None:
            return best
        # What covers half of what both cover is at most twice as long and at least half as long, and begins no farther
        # before.
        length = span[1] - span[0]
        first = bisect.bisect_left(rows, span[0] - 2 * length, key=lambda row: row.start)
        around = itertools.takewhile(lambda row: row.start < span[1], rows[first:])
        sized = (row for row in around if length <= 2 * (row.end - row.start) <= 4 * length)
        alike = (row for row in sized if model_id in (None, row.model_id))
        near = (row for row in alike if overlap(span, row.span) >= _OVERLAP)
        return max(near, key=lambda row: (overlap(span, row.span), row.changed, row.id), default=None)

    def gold(self) -> RaterRow | None:
        """The gold tier, if there is one."""
        return next((rater for rater in self.raters if rater.kind == GOLD), None)

    def people(self) -> list[RaterRow]:
        """The raters that are persons."""
        return [rater for rater in self.raters if rater.kind == HUMAN]

    def setting(self, name: str, default: Any = None) -> Any:
        """A setting's value."""
        return setting_value(cast(dict[str, SettingRow], self._rows["settings"]), name, default)

    def setting_change(self, name: str, value: Any) -> RowChange:
        """The change that gives a setting this value; part of an edit."""
        before = cast("SettingRow | None", self._rows["settings"].get(name))
        return RowChange(before, SettingRow(name, json.dumps(value, ensure_ascii=False)))

    def _in_order(self, table: str) -> list[Row]:
        """By id: what was removed and came back by undoing stands where it stood."""
        return sorted(self._rows[table].values(), key=lambda row: row.id)

    def _check_tiers(self, changes: Iterable[RowChange]) -> None:
        """No two segments of one rater overlap in a recording, wherever an edit comes from."""
        moved: dict[int, AnnotationRow | None] = {}
        for change in changes:
            row = change.row
            if isinstance(row, AnnotationRow) and (not change.columns or _PLACE.intersection(change.columns)):
                now = cast(AnnotationRow, self._changed(change, moved.get(row.id)))
                moved[row.id] = None if change.after is None else now
        for tier in {(row.recording, row.rater) for row in moved.values() if row is not None}:
            rows = [row for row in self.annotations_of(*tier) if row.id not in moved]
            rows += [row for row in moved.values() if row is not None and (row.recording, row.rater) == tier]
            rows.sort(key=lambda row: row.span)
            for first, second in itertools.pairwise(rows):
                if second.start < first.end and not moved.keys().isdisjoint((first.id, second.id)):
                    raise HumpcatError(
                        "Segments of one rater may not overlap; the change was not made.",
                        "Move or delete the one that is in the way first.",
                    )

    def _changed(self, change: RowChange, now: Row | None = None) -> Row:
        """The row as it is after a change; an update is made of what the row is now, at best `now`."""
        now = now or self._rows[change.row.table].get(change.row.id)
        if now is None or change.after is None or not change.columns:
            return change.row
        return replace(now, **{name: getattr(change.after, name) for name in change.columns})

    def _make(self, change: RowChange) -> None:
        if change.after is None:
            self._drop(change.row)
            return
        row = self._changed(change)
        if change.before is not None:
            self._forget_place(self._rows[row.table][row.id])
        self._hold(row)

    def _hold(self, row: Row) -> None:
        self._rows[row.table][row.id] = row
        if not isinstance(row, SettingRow):
            self._next[row.table] = max(self._next.get(row.table, 1), row.id + 1)
        if isinstance(row, AnnotationRow | PredictionRow):
            self._of_recording[row.table].setdefault(row.recording, {})[row.id] = row
            self._sorted.pop(row.recording, None)
        elif isinstance(row, RecordingRow):
            self._by_path[row.path] = row
            self._names.add(row.path)

    def _drop(self, row: Row) -> None:
        self._forget_place(self._rows[row.table].pop(row.id, row))
        if isinstance(row, RecordingRow):
            # As the file does: what hangs on it goes with it.
            for orphan in self._hanging_on(row.id):
                self._rows[orphan.table].pop(orphan.id, None)

    def _forget_place(self, row: Row) -> None:
        """Where a row was looked up until now."""
        if isinstance(row, AnnotationRow | PredictionRow):
            self._of_recording[row.table].get(row.recording, {}).pop(row.id, None)
            self._sorted.pop(row.recording, None)
        elif isinstance(row, RecordingRow) and self._by_path.get(row.path, row).id == row.id:
            self._by_path.pop(row.path, None)  # unless another one has moved there already
            self._names.discard(row.path)

    def _hanging_on(self, recording: int) -> Iterator[Row]:
        self._sorted.pop(recording, None)
        for table in self._of_recording.values():
            yield from table.pop(recording, {}).values()


def overlap(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Shared length of two spans over the length of their union, 0 to 1."""
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return 0.0 if shared <= 0 else shared / (max(a[1], b[1]) - min(a[0], b[0]))


def free_spans(rows: Iterable[AnnotationRow], start: int, end: int) -> list[tuple[int, int]]:
    """What of `start` to `end` no row of these (one tier's, by start) covers."""
    spans, at = [], start
    ordered = sorted(row.span for row in rows)
    for first, last in ordered[max(0, bisect.bisect_left(ordered, (start, start)) - 1) :]:
        if first >= end:
            break
        if first > at:
            spans.append((at, first))
        at = max(at, last)
    return [*spans, (at, end)] if at < end else spans
