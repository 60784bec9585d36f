"""From a file's entries to the rows of a project, and one rater's segments of a recording while they are planned."""

import bisect
from dataclasses import replace
from typing import Any

from ..facts import WindowPrediction
from ..formats.entry import RATINGS, Entry
from ..project.rows import ACCEPTED, CORRECTED, IMPORTED, AnnotationRow, PredictionRow, RecordingRow


class Tier:
    """One rater's segments of a recording, by start; they do not overlap."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._rows: list[AnnotationRow] = []

    def add(self, row: AnnotationRow) -> None:
        """One more segment."""
        at = bisect.bisect_left(self._starts, row.start)
        self._starts.insert(at, row.start)
        self._rows.insert(at, row)

    def replace(self, old: AnnotationRow, new: AnnotationRow) -> None:
        """Other words for a segment."""
        self._rows[bisect.bisect_left(self._starts, old.start)] = new

    def alike(self, span: tuple[int, int], slack: int) -> AnnotationRow | None:
        """The segment of these bounds, the nearest within so many samples."""
        low = bisect.bisect_left(self._starts, span[0] - slack)
        high = bisect.bisect_right(self._starts, span[0] + slack)
        near = [row for row in self._rows[low:high] if abs(row.end - span[1]) <= slack]
        return min(near, key=lambda row: abs(row.start - span[0]) + abs(row.end - span[1]), default=None)

    def free(self, span: tuple[int, int], slack: int) -> tuple[int, int] | None:
        """The span off its neighbours, where no more than so many samples have to go on either side; else None."""
        start, end = span
        at = bisect.bisect_right(self._starts, start)
        before = self._rows[at - 1].end if at else 0
        if before - slack > start and at:
            return None
        start = max(start, before)
        after = self._starts[at] if at < len(self._starts) else end
        if after + slack < end:
            return None
        end = min(end, after)
        return (start, end) if start < end else None


def said_by(entry: Entry, label: str) -> dict[str, Any]:
    """What an entry says, without what it is silent about."""
    said: dict[str, Any] = {name: value for name in RATINGS if (value := getattr(entry, name)) is not None}
    if label:
        said["label"] = label
    if entry.note:
        said["note"] = entry.note
    if entry.unsure:
        said["unsure"] = True
    said["origin"] = entry.origin if entry.origin in (ACCEPTED, CORRECTED) else IMPORTED
    return said


def with_said(row: AnnotationRow, said: dict[str, Any], now: float) -> AnnotationRow:
    """A row with that in place of what was said; the same row where it says so already."""
    differing = {name for name, value in said.items() if getattr(row, name) != value}
    if row.id and not differing - {"origin"}:
        return row
    if row.id and "label" not in differing:
        said = {name: value for name, value in said.items() if name != "origin"}
    return replace(row, **said, changed=now)


def words_of(row: AnnotationRow) -> str:
    """What a rater says of a segment, in words."""
    parts = [row.label or "no label"]
    parts += [f"{name} {value}" for name in RATINGS if (value := getattr(row, name)) is not None]
    parts += ["unsure"] if row.unsure else []
    parts += [f"“{row.note}”"] if row.note else []
    return ", ".join(parts)


def prediction_row(entry: Entry, recording: RecordingRow, span: tuple[int, int], now: float) -> PredictionRow:
    """A prediction of a file. Decision: files tell no windows; it has one, which is all of it."""
    labels, probabilities = zip(*entry.probabilities, strict=True)
    window = WindowPrediction(span[0] / recording.rate, span[1] / recording.rate, probabilities)
    return PredictionRow(
        0, recording.id, *span, labels, probabilities, (window,), entry.model, "", changed=now
    )
