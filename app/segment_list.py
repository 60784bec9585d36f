"""Every segment of a project with what a list of them shows: suggestion, doubt, who disagrees; and what filters ask.

Kept up to date from edits: what an edit does not touch is not looked at again.
"""

import bisect
import functools
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Generic, TypeVar

from core_model.project.edit import Edit, RowChange
from core_model.project.project import Project, overlap
from core_model.project.rows import HUMAN, AnnotationRow, PredictionRow, RaterRow, RecordingRow

UNLABELLED = ""  # a filter's label for segments that have none
_ALIKE = 0.5  # of the union; from here on two spans are of the same segment, as for Project.prediction_of
_OF_RECORDINGS = {"path", "rate"}  # what of a recording is shown with its segments

Placed = TypeVar("Placed", AnnotationRow, PredictionRow)


@dataclass(frozen=True, slots=True)
class SegmentItem:
    """A segment as a list shows it.

    Attributes:
        recording, rater: names.
        start, end: seconds.
        prediction: the suggestion, of the model in use if there is one, else the newest of any.
        stale: the suggestion is another model's than the one in use, or of other bounds.
        in_use: the suggestion is of the model in use.
        raters_differ: another person's segment of half the union or more has another label. The gold tier is no
            opinion beside the persons': it neither differs nor makes others differ.
    """

    row: AnnotationRow
    recording: str
    rater: str
    start: float
    end: float
    prediction: PredictionRow | None
    stale: bool
    in_use: bool
    raters_differ: bool

    @property
    def id(self) -> int:
        """The annotation's."""
        return self.row.id

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start

    @property
    def label(self) -> str | None:
        """What the rater says."""
        return self.row.label

    @property
    def suggestion(self) -> str | None:
        """What the model says."""
        return self.prediction.label if self.prediction is not None else None

    @property
    def confidence(self) -> float | None:
        """The suggested label's probability."""
        return self.prediction.confidence if self.prediction is not None else None

    @property
    def model_differs(self) -> bool:
        """Whether the model suggests another label than the rater gave."""
        return self.row.label is not None and self.prediction is not None and self.label != self.suggestion

    @property
    def uncertainty(self) -> float | None:
        """How near the model's two most probable labels are, 0 (sure) to 1 (a tie).

        Decision: 1 minus the margin (Settles 2009, Active Learning Literature Survey, 3.1) and not the entropy, because
        a label of the segment settles which of the two it is; the entropy also rises with many labels that are out of
        the question.
        """
        return uncertainty(self.prediction.probabilities) if self.prediction is not None else None

    @property
    def reviewed(self) -> bool:
        """Whether the rater answered the suggestion: labelled, and changed after the prediction was made."""
        made = self.prediction.changed if self.prediction is not None else None
        return made is not None and self.row.label is not None and self.row.changed > made


@dataclass(frozen=True, slots=True)
class ListChange:
    """Ids of the segments that an edit brought, altered and took away."""

    added: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


class _Places(Generic[Placed]):
    """Rows by recording and start, to find those of about the same bounds among thousands."""

    def __init__(self) -> None:
        self._starts: dict[int, list[tuple[int, int]]] = {}
        self.rows: dict[int, Placed] = {}

    def put(self, row: Placed) -> None:
        """Add a row, or replace the one of its id."""
        held = self.rows.get(row.id)
        if held is None or (held.recording, held.start) != (row.recording, row.start):
            self.drop(row.id)
            bisect.insort(self._starts.setdefault(row.recording, []), (row.start, row.id))
        self.rows[row.id] = row

    def drop(self, number: int) -> None:
        """Without this row."""
        row = self.rows.pop(number, None)
        if row is not None:
            starts = self._starts[row.recording]
            del starts[bisect.bisect_left(starts, (row.start, number))]

    def of(self, recording: int) -> list[int]:
        """The ids of a recording's rows."""
        return [number for _, number in self._starts.get(recording, ())]

    def alike(self, recording: int, span: tuple[int, int]) -> Iterator[tuple[float, Placed]]:
        """Rows that share half of the union or more with a span, each with the share.

        Their starts lie within the span's length of its own: the union is at most twice what is shared, and the starts
        are no farther apart than the union is longer than what is shared.
        """
        starts = self._starts.get(recording)
        if not starts:
            return
        length = span[1] - span[0]
        first = bisect.bisect_left(starts, (span[0] - length, -1))
        last = bisect.bisect_right(starts, (span[0] + length, math.inf))
        for _, number in starts[first:last]:
            row = self.rows[number]
            share = overlap(span, row.span)
            if share >= _ALIKE:
                yield share, row


class SegmentList:
    """The segments of all raters of a project.

    Args:
        model_id: of the model in use; None while there is none, when no suggestion is another model's.
    """

    def __init__(self, project: Project, model_id: str | None = None) -> None:
        self._project, self._model_id = project, model_id
        self._annotations: _Places[AnnotationRow] = _Places()
        self._predictions: _Places[PredictionRow] = _Places()
        for annotation in sorted(project.annotations, key=lambda row: row.start):
            self._annotations.put(annotation)
        for prediction in sorted(project.predictions, key=lambda row: row.start):
            self._predictions.put(prediction)
        self._people = {rater.id for rater in project.raters if rater.kind == HUMAN}
        self.items: dict[int, SegmentItem] = {
            number: self._item(row) for number, row in self._annotations.rows.items()
        }

    def use_model(self, model_id: str | None) -> ListChange:
        """Another model is in use."""
        self._model_id = model_id
        return self._refresh(self.items)

    def follow(self, edit: Edit) -> ListChange:
        """Take an edit over that the project has made."""
        touched: set[int] = set()
        for change in edit.changes:
            row = change.row
            if isinstance(row, AnnotationRow):
                touched |= self._place_annotation(row.id)
            elif isinstance(row, PredictionRow):
                touched |= self._place_prediction(row, change)
            elif isinstance(row, RecordingRow):
                touched |= self._follow_recording(row, change)
            elif isinstance(row, RaterRow):
                self._people = {rater.id for rater in self._project.raters if rater.kind == HUMAN}
                touched |= {item.id for item in self.items.values() if item.row.rater == row.id}
        return self._refresh(touched)

    def _place_annotation(self, number: int) -> set[int]:
        """Take over where an annotation is now; those that it may concern."""
        before, now = self._annotations.rows.get(number), self._project.annotation(number)
        touched = {number}
        if before is not None and (now is None or _differs(before, now)):
            touched.update(row.id for _, row in self._annotations.alike(before.recording, before.span))
        if now is None:
            self._annotations.drop(number)
            return touched
        self._annotations.put(now)
        if before is None or _differs(before, now):
            touched.update(row.id for _, row in self._annotations.alike(now.recording, now.span))
        return touched

    def _place_prediction(self, row: PredictionRow, change: RowChange) -> set[int]:
        held = self._predictions.rows.get(row.id)
        touched = self._at(held)
        if change.after is None:
            self._predictions.drop(row.id)
            return touched
        if held is not None:  # as the project does: only what differs
            row = replace(held, **{name: getattr(row, name) for name in change.columns})
        self._predictions.put(row)
        return touched | self._at(row)

    def _at(self, prediction: PredictionRow | None) -> set[int]:
        if prediction is None:
            return set()
        return {row.id for _, row in self._annotations.alike(prediction.recording, prediction.span)}

    def _follow_recording(self, row: RecordingRow, change: RowChange) -> set[int]:
        """A recording that goes takes with it what hangs on it, named in the edit or not."""
        touched = set(self._annotations.of(row.id))
        if change.after is None:
            for number in touched:
                self._annotations.drop(number)
            for number in self._predictions.of(row.id):
                self._predictions.drop(number)
        elif change.before is not None and not _OF_RECORDINGS.intersection(change.columns):
            return set()
        for each in (change.before, change.after):
            if isinstance(each, RecordingRow):
                touched |= self._renamed_beside(each)
        return touched

    def _renamed_beside(self, recording: RecordingRow) -> set[int]:
        """Segments of recordings that are told apart by more of their folders than before, or by less."""
        renamed: set[int] = set()
        for each in self._project.namesakes(recording):
            numbers = self._annotations.of(each.id)
            item = self.items.get(numbers[0]) if numbers else None
            if item is not None and item.recording != self._project.name_of(each):
                renamed.update(numbers)
        return renamed

    def _refresh(self, touched: Iterable[int]) -> ListChange:
        added: list[int] = []
        changed: list[int] = []
        removed: list[int] = []
        for number in sorted(touched):
            row, before = self._annotations.rows.get(number), self.items.get(number)
            if row is None:
                if self.items.pop(number, None) is not None:
                    removed.append(number)
                continue
            now = self._item(row)
            if now == before:
                continue
            self.items[number] = now
            (added if before is None else changed).append(number)
        return ListChange(tuple(added), tuple(changed), tuple(removed))

    def _item(self, row: AnnotationRow) -> SegmentItem:
        recording = self._project.recording(row.recording)
        prediction = self._suggestion(row)
        in_use = prediction is not None and self._model_id in (None, prediction.model_id)
        return SegmentItem(
            row,
            self._project.name_of(recording),
            self._project.rater(row.rater).name,
            row.start / recording.rate,
            row.end / recording.rate,
            prediction,
            prediction is not None and not (in_use and prediction.span == row.span),
            in_use,
            self._raters_differ(row),
        )

    def _suggestion(self, row: AnnotationRow) -> PredictionRow | None:
        """The model in use before all others; then the nearest bounds, the newest."""
        found = self._predictions.alike(row.recording, row.span)
        best = max(
            ((each.model_id == self._model_id, share, each.changed, each.id, each) for share, each in found),
            key=lambda ranked: ranked[:4],
            default=None,
        )
        return best[4] if best is not None else None

    def _raters_differ(self, row: AnnotationRow) -> bool:
        if row.label is None or row.rater not in self._people:
            return False
        return any(
            other.label not in (None, row.label) and other.rater != row.rater and other.rater in self._people
            for _, other in self._annotations.alike(row.recording, row.span)
        )


@dataclass(frozen=True, slots=True)
class SegmentFilter:
    """Which segments a list shows; what is not asked for passes.

    Attributes:
        text: part of the recording's name or of the note, in any case.
        label: a label, or UNLABELLED.
        rater: by id.
        below: the suggestion is less confident than this; segments without one do not pass.
        unsure, stale, raters_differ, model_differs: only those; of several of them each has to hold.
    """

    text: str = ""
    label: str | None = None
    rater: int | None = None
    below: float | None = None
    unsure: bool = False
    stale: bool = False
    raters_differ: bool = False
    model_differs: bool = False

    def passes(self, item: SegmentItem) -> bool:
        """Whether the list shows it."""
        row = item.row
        return (
            (self.rater is None or row.rater == self.rater)
            and (self.label is None or (row.label or UNLABELLED) == self.label)
            and (not self.unsure or row.unsure)
            and (not self.stale or item.stale)
            and (not self.raters_differ or item.raters_differ)
            and (not self.model_differs or item.model_differs)
            and (self.below is None or _below(item, self.below))
            and (not self.text or self._has_text(item))
        )

    def _has_text(self, item: SegmentItem) -> bool:
        wanted = self.text.casefold()
        return wanted in item.recording.casefold() or wanted in item.row.note.casefold()


def uncertainty(probabilities: Sequence[float]) -> float:
    """1 minus the margin between the two largest probabilities; 0 where there is only one label."""
    ordered = sorted(probabilities)
    return 1.0 - (ordered[-1] - ordered[-2]) if len(ordered) > 1 else 0.0


Key = Callable[[SegmentItem], Any]  # None comes last whichever way a list is sorted


def place_key(item: SegmentItem) -> tuple[Any, ...]:
    """By recording's name, numbers in it by value, then by time and rater."""
    row = item.row
    return _natural(item.recording), row.recording, row.start, row.rater, row.id


def in_order(items: Iterable[SegmentItem], key: Key = place_key, *, descending: bool = False) -> list[int]:
    """The ids of items by `key`, those alike by their place."""
    ordered = sorted(items, key=place_key)
    if key is place_key:
        return [item.id for item in (reversed(ordered) if descending else ordered)]
    keyed = [(value, item.id) for item in ordered if (value := key(item)) is not None]
    without = [item.id for item in ordered if key(item) is None]
    keyed.sort(key=lambda pair: pair[0], reverse=descending)
    return [number for _, number in keyed] + without


def place_among(
    item: SegmentItem,
    ids: Sequence[int],
    items: Mapping[int, SegmentItem],
    key: Key = place_key,
    *,
    descending: bool = False,
) -> int:
    """Where in the order of `in_order` one more item belongs."""
    return bisect.bisect_right(
        ids, _rank(item, key, descending), key=lambda number: _rank(items[number], key, descending)
    )


def are_in_order(items: Sequence[SegmentItem], key: Key = place_key, *, descending: bool = False) -> bool:
    """Whether these could stand so in the order of `in_order`."""
    ranks = [_rank(item, key, descending) for item in items]
    return not any(second < first for first, second in itertools.pairwise(ranks))


def _rank(item: SegmentItem, key: Key, descending: bool) -> tuple[bool, Any]:
    value = key(item)
    if value is None:
        return True, 0
    return False, _Descending(value) if descending else value


class _Descending:
    """Turns an order round for values that have no negative."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: "_Descending") -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]


@functools.lru_cache(maxsize=16_384)
def _natural(name: str) -> tuple[str | int, ...]:
    """Digits at the odd places, so that a number is never compared with a word."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts))


def _below(item: SegmentItem, limit: float) -> bool:
    confidence = item.confidence
    return confidence is not None and confidence < limit


def _differs(before: AnnotationRow, now: AnnotationRow) -> bool:
    """Whether others may agree with it otherwise than before."""
    return (before.recording, before.rater, before.span, before.label) != (
        now.recording,
        now.rater,
        now.span,
        now.label,
    )


# The review queue


class ReviewOrder(Enum):
    """What a review is for: which segments are in it, and what comes first."""

    UNCERTAIN = "uncertain"  # all, the most uncertain first: a label there teaches the model most
    DIFFERING = "differing"  # labelled otherwise than suggested, the most confident suggestion first
    CONFIDENT = "confident"  # without a label, the most confident suggestion first: accepted at a glance

    def takes(self, item: SegmentItem) -> bool:
        """Whether a segment is to be reviewed; only what the model in use suggests is."""
        if not item.in_use:
            return False
        if self is ReviewOrder.DIFFERING:
            return item.model_differs
        return self is ReviewOrder.UNCERTAIN or item.label is None

    def score(self, item: SegmentItem) -> float:
        """What the order goes by, the highest first: uncertainty, or confidence."""
        return (item.uncertainty if self is ReviewOrder.UNCERTAIN else item.confidence) or 0.0


def review_queue(items: Iterable[SegmentItem], order: ReviewOrder, rater: int) -> list[int]:
    """The ids of a rater's segments to be reviewed; those that were reviewed already come after those that are left."""
    found = [item for item in items if item.row.rater == rater and order.takes(item)]
    return [item.id for item in sorted(found, key=lambda item: (item.reviewed, -order.score(item), item.id))]
