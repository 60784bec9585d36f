"""What lies on the tiers of a recording, as bars: the current rater's, the others', and what the model says."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core_model.project.rows import GOLD, AnnotationRow, PredictionRow, RaterRow


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a lane, in samples: an annotation's or a prediction's."""

    start: int
    end: int
    label: str
    number: int  # the row's id
    unsure: bool = False
    suffix: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """One tier of a recording; only predictions overlap, the longer ones first.

    Attributes:
        rater: an id, None for predictions.
        edges: of shape (bars, 2), in samples.
        labels: those that there are, in no order.
        label_of: each bar's place in `labels`.
    """

    name: str
    rater: int | None
    bars: tuple[Bar, ...]
    edges: np.ndarray = field(init=False)
    labels: tuple[str, ...] = field(init=False)
    label_of: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        edges = np.array([(bar.start, bar.end) for bar in self.bars], dtype=np.float64)
        places = {label: place for place, label in enumerate(dict.fromkeys(bar.label for bar in self.bars))}
        object.__setattr__(self, "edges", edges.reshape(-1, 2))
        object.__setattr__(self, "labels", tuple(places))
        object.__setattr__(
            self, "label_of", np.array([places[bar.label] for bar in self.bars], dtype=np.intp)
        )

    def in_view(self, start: float, end: float) -> np.ndarray:
        """The places of the bars that reach into a stretch (samples)."""
        return np.flatnonzero((self.edges[:, 1] >= start) & (self.edges[:, 0] <= end))


class Lanes:
    """Makes the lanes of a recording; a tier on which nothing has changed keeps its lane, the very object."""

    def __init__(self) -> None:
        self._made: dict[int | None, tuple[Sequence[AnnotationRow | PredictionRow], Lane]] = {}

    def of(
        self,
        raters: Sequence[RaterRow],
        current: RaterRow | None,
        annotations: Sequence[AnnotationRow],
        predictions: Sequence[PredictionRow],
    ) -> list[Lane]:
        """The current rater's first, then the others' that have something here, gold among them, then predictions."""
        by_rater: dict[int, list[AnnotationRow]] = {}
        for row in annotations:
            by_rater.setdefault(row.rater, []).append(row)
        first = [current] if current is not None else []
        others = [rater for rater in raters if rater not in first and rater.id in by_rater]
        lanes = [self._rater_lane(rater, by_rater.get(rater.id, [])) for rater in [*first, *others]]
        if predictions:
            lanes.append(self._prediction_lane(predictions))
        return lanes

    def _rater_lane(self, rater: RaterRow, rows: Sequence[AnnotationRow]) -> Lane:
        name = "gold" if rater.kind == GOLD else rater.name
        known, lane = self._made.get(rater.id, ((), None))
        # Rows are compared by identity first: thousands of them in well under a millisecond.
        if lane is None or lane.name != name or known != rows:
            bars = (Bar(row.start, row.end, row.label or "", row.id, row.unsure) for row in rows)
            lane = Lane(name, rater.id, tuple(bars))
            self._made[rater.id] = (rows, lane)
        return lane

    def _prediction_lane(self, rows: Sequence[PredictionRow]) -> Lane:
        known, lane = self._made.get(None, ((), None))
        if lane is None or known != rows:
            ordered = sorted(rows, key=lambda row: (row.start - row.end, row.changed))
            newest = {row.span: row for row in ordered}.values()
            bars = (
                Bar(row.start, row.end, row.label, row.id, suffix=f" {row.confidence:.0%}") for row in newest
            )
            lane = Lane("model", None, tuple(bars))
            self._made[None] = (rows, lane)
        return lane
