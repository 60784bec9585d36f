"""How far raters agree: which of their segments are the same thing, and coefficients over what they say of those.

A table of ratings is an array (units, raters) of float64: a label's position or a rating's value, NaN where a rater
said nothing. Whatever cannot be computed (no common unit, one category only) is None, never NaN.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .errors import HumpcatError

RatedSegment = tuple[Hashable, int, int, str | None]  # recording, start, end (not included) in samples, label
Unit = tuple[int | None, ...]  # for each rater the index of a segment, None where there is none
Table = npt.NDArray[np.float64]
Weights = Literal["none", "linear", "quadratic"]
Level = Literal["nominal", "ordinal", "interval"]

OVERLAP = 0.5  # decision: as object detection counts a hit (Everingham et al. 2010, PASCAL VOC)
RESAMPLES = 1000
_AT_ONCE = 100  # resamples, for the memory's sake
# Landis and Koch 1977, table on p. 165.
_WORDS = ((0.2, "slight"), (0.4, "fair"), (0.6, "moderate"), (0.8, "substantial"), (1.0, "almost perfect"))


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coefficient with its 95 % bootstrap interval.

    Attributes:
        value: None where it is undefined.
        low: lower end of the interval; None where that is undefined or was not asked for.
        high: upper end, likewise.
        units: how many units it rests on.
    """

    value: float | None
    low: float | None
    high: float | None
    units: int


@dataclass(frozen=True, slots=True)
class Dispute:
    """A unit whose labels differ: its row in the table, and the share of its pairs of labels that differ."""

    unit: int
    share: float


# Units


def match(raters: Sequence[Sequence[RatedSegment]], overlap: float = OVERLAP) -> list[Unit]:
    """Which segments of the raters are one unit, though each rater may have segmented apart.

    Segments are one unit when they lie in one recording, are of different raters, and each two of them overlap with
    an intersection over union of at least `overlap`. The pairs that overlap most are joined first, and a segment
    belongs to one unit only. Whoever fits nobody is a unit alone. Units come by recording (as first met), then start.

    Decision: each two, not only neighbours in a chain, lest a unit holds two segments that hardly touch. Time grows
    with n log n as long as the segments of one rater do not overlap each other.

    Raises:
        HumpcatError: `overlap` is not above 0 and at most 1.
    """
    if not 0 < overlap <= 1:
        raise HumpcatError(
            f"Segments cannot be matched from an overlap of {overlap}.", "Choose one above 0, at most 1."
        )
    numbers: dict[Hashable, int] = {}
    rows = [
        (numbers.setdefault(recording, len(numbers)), start, end, rater, index)
        for rater, segments in enumerate(raters)
        for index, (recording, start, end, _) in enumerate(segments)
    ]
    rows.sort()
    units = []
    for members in _joined(_pairs(np.array(rows, dtype=np.int64).reshape(-1, 5), overlap), len(rows)):
        indices = {rows[each][3]: rows[each][4] for each in members}
        units.append(tuple(indices.get(rater) for rater in range(len(raters))))
    return units


def _pairs(rows: npt.NDArray[np.int64], overlap: float) -> list[tuple[int, int]]:
    """Rows (recording, start, end, rater, index), sorted, that overlap enough, as (earlier, later), the best first."""
    recording, start, end, rater, _ = rows.T
    length = end - start
    # A later start than this leaves too little overlap: a sorted list then needs one look ahead for each row.
    latest = start + np.ceil((1 - overlap) * np.maximum(length, 0)).astype(np.int64)
    stride = max(end.max(initial=0), start.max(initial=0)) + 1
    until = np.searchsorted(recording * stride + start, recording * stride + latest, side="right")
    ahead = until - np.arange(len(rows)) - 1
    first = np.repeat(np.arange(len(rows)), ahead)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(ahead) - ahead, ahead)
    shared = np.minimum(end[first], end[second]) - start[second]
    ratio = shared / np.maximum(length[first] + length[second] - shared, 1)
    kept = np.flatnonzero((ratio >= overlap) & (rater[first] != rater[second]))
    kept = kept[np.argsort(-ratio[kept], kind="stable")]
    return list(zip(first[kept].tolist(), second[kept].tolist(), strict=True))


def _joined(pairs: list[tuple[int, int]], rows: int) -> list[list[int]]:
    """Rows grouped so that all pairs of a group are among `pairs`; by the first row of each group."""
    allowed = set(pairs)
    group = [[row] for row in range(rows)]
    for first, second in pairs:
        one, other = group[first], group[second]
        if one is not other and all((min(a, b), max(a, b)) in allowed for a in one for b in other):
            one.extend(other)
            for row in other:
                group[row] = one
    return [members for row, members in enumerate(group) if row == min(members)]


# Tables


def label_table(
    units: Sequence[Unit], raters: Sequence[Sequence[RatedSegment]], labels: Sequence[str] = ()
) -> tuple[tuple[str, ...], Table]:
    """What the raters say of the units, as positions in the labels that come with it.

    Those are the ones given, in their order, then any others that were found, sorted. A rater who has no segment
    there and one who has not labelled it both count as having said nothing.
    """
    found = {label for segments in raters for *_, label in segments if label is not None}
    names = (*dict.fromkeys(labels), *sorted(found.difference(labels)))
    position = {name: number for number, name in enumerate(names)}
    said = [[None if label is None else position[label] for *_, label in segments] for segments in raters]
    return names, rating_table(units, said)


def rating_table(units: Sequence[Unit], ratings: Sequence[Sequence[float | None]]) -> Table:
    """The ratings of the units, from those of each rater's segments (None: not rated)."""
    table = np.full((len(units), len(ratings)), np.nan)
    for row, unit in enumerate(units):
        for rater, index in enumerate(unit):
            value = None if index is None else ratings[rater][index]
            if value is not None:
                table[row, rater] = value
    return table


def confusion(table: Table, labels: int) -> npt.NDArray[np.int64]:
    """How often the first rater said one label and the second another: (labels, labels) counts.

    The table has two columns of positions below `labels`; rows are the first rater's, columns the second's.
    """
    both = _complete(table).astype(np.int64)
    return np.bincount(both @ [labels, 1], minlength=labels**2).reshape(labels, labels)


def disputes(table: Table) -> list[Dispute]:
    """The units whose labels differ, most disputed first; among equals those with more labels, then by row."""
    _, counts = _counted(table)
    said = counts.sum(axis=1)
    share = 1 - _pairs_alike(counts)
    disputed = np.flatnonzero(share > 0)  # NaN, where fewer than two spoke, is not
    order = np.lexsort((disputed, -said[disputed], -share[disputed]))
    return [Dispute(int(unit), float(share[unit])) for unit in disputed[order]]


# Coefficients


def percentage_agreement(table: Table, resamples: int = RESAMPLES, seed: int = 0) -> Agreement:
    """Share (0 to 1) of pairs of ratings of a unit that are alike, averaged over units with at least two ratings.

    It does not correct for chance: two raters who call everything neutral agree wholly.
    """
    _, counts = _counted(table)
    alike, often = _distinct(_pairs_alike(counts[counts.sum(axis=1) >= 2])[:, None])
    return _with_interval(lambda drawn: drawn @ alike[:, 0] / drawn.sum(axis=1), often, resamples, seed)


def cohen_kappa(
    table: Table, weights: Weights = "none", resamples: int = RESAMPLES, seed: int = 0
) -> Agreement:
    """Cohen's kappa of two raters over the units that both rated: 1 - observed / expected disagreement.

    Unweighted, any difference counts alike (Cohen 1960, "A coefficient of agreement for nominal scales"). For
    ratings on a scale, differences count by their size or by its square (Cohen 1968, "Weighted kappa"); sizes are
    those of the values, whether or not all the values in between were used.

    Args:
        table: (units, 2).
        weights: how a difference counts.
        resamples: of the bootstrap; 0 for no interval.
        seed: of the bootstrap.
    """
    first, second = _complete(table).T
    values, places = np.unique([first, second], return_inverse=True)
    pairs, often = _distinct(places.reshape(2, -1).T)
    one_hot = np.eye(len(values))
    cost = _cost(values, weights)

    def kappa(drawn: Table) -> Table:
        observed = drawn @ cost[pairs[:, 0], pairs[:, 1]] * drawn.sum(axis=1)
        expected = np.sum((drawn @ one_hot[pairs[:, 0]] @ cost) * (drawn @ one_hot[pairs[:, 1]]), axis=1)
        found: Table = 1 - observed / expected
        return found

    return _with_interval(kappa, often, resamples, seed)


def fleiss_kappa(table: Table, resamples: int = RESAMPLES, seed: int = 0) -> Agreement:
    """Fleiss' kappa of two or more raters (Fleiss 1971, "Measuring nominal scale agreement among many raters").

    It needs as many ratings of each unit, so only the units that all raters labelled count; `krippendorff_alpha`
    uses the others, too.
    """
    _, counts = _counted(_complete(table))
    kinds, often = _distinct(counts)
    alike = _pairs_alike(kinds)

    def kappa(drawn: Table) -> Table:
        shares = drawn @ kinds
        shares = shares / shares.sum(axis=1, keepdims=True)
        by_chance = np.sum(shares**2, axis=1)
        found: Table = (drawn @ alike / drawn.sum(axis=1) - by_chance) / (1 - by_chance)
        return found

    return _with_interval(kappa, often, resamples, seed)


def krippendorff_alpha(
    table: Table, level: Level = "nominal", resamples: int = RESAMPLES, seed: int = 0
) -> Agreement:
    """Krippendorff's alpha of two or more raters over the units with at least two ratings; others may be missing.

    After Krippendorff 2011, "Computing Krippendorff's alpha-reliability": coincidences of values within
    units against those expected from all values. The ordinal difference of two values is that of their mid-ranks.

    Args:
        table: (units, raters).
        level: labels are nominal; ratings ordinal, or interval where their steps are taken to be equal.
        resamples: of the bootstrap; 0 for no interval.
        seed: of the bootstrap.
    """
    values, counts = _counted(table)
    kinds, often = _distinct(counts[counts.sum(axis=1) >= 2])
    within = kinds[:, :, None] * kinds[:, None, :] - kinds[:, :, None] * np.eye(len(values))
    within /= np.maximum(kinds.sum(axis=1) - 1, 1)[:, None, None]
    flat = within.reshape(len(kinds), len(values) ** 2)

    def alpha(drawn: Table) -> Table:
        totals = drawn @ kinds
        places = np.cumsum(totals, axis=1) - totals / 2 if level == "ordinal" else values[None, :]
        cost = _cost(places, "none" if level == "nominal" else "quadratic")
        observed = np.sum((drawn @ flat).reshape(-1, len(values), len(values)) * cost, axis=(1, 2))
        expected = np.sum(totals[:, :, None] * totals[:, None, :] * cost, axis=(1, 2))
        found: Table = 1 - (totals.sum(axis=1) - 1) * observed / expected
        return found

    return _with_interval(alpha, often, resamples, seed)


def in_words(value: float) -> str:
    """What a kappa is commonly called, from "poor" to "almost perfect" (Landis and Koch 1977).

    The bounds are conventions that their authors call arbitrary: kappa also depends on how many labels there are
    and how often each is used, so that the same word need not mean the same of two label schemes.
    """
    if value < 0:
        return "poor"
    return next((word for bound, word in _WORDS if value <= bound), _WORDS[-1][1])


def _complete(table: Table) -> Table:
    return table[~np.isnan(table).any(axis=1)]


def _counted(table: Table) -> tuple[Table, Table]:
    """The values there are, ascending, and how many raters gave each of them to each unit: (units, values)."""
    given = ~np.isnan(table)
    values, places = np.unique(table[given], return_inverse=True)
    cells = np.nonzero(given)[0] * len(values) + places
    counts = np.bincount(cells, minlength=len(table) * len(values)).reshape(len(table), len(values))
    return values, counts.astype(np.float64)


def _pairs_alike(counts: Table) -> Table:
    """Share of pairs of ratings of each unit that are alike; NaN where there are fewer than two."""
    said = counts.sum(axis=1)
    pairs = np.where(said >= 2, said * (said - 1), np.nan)
    alike: Table = np.sum(counts * (counts - 1), axis=1) / pairs
    return alike


def _cost(places: Table, weights: Weights) -> Table:
    """What each difference counts: (..., values) to (..., values, values)."""
    apart: Table = np.abs(places[..., :, None] - places[..., None, :])
    if weights == "none":
        return (apart > 0).astype(np.float64)
    cost: Table = apart if weights == "linear" else apart**2
    return cost


def _distinct(rows: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """The rows that there are, and how often each occurs: units alike in all that counts need no room each."""
    kinds, often = np.unique(rows, axis=0, return_counts=True)
    return kinds, often


def _with_interval(
    measure: Callable[[Table], Table], often: npt.NDArray[np.int64], resamples: int, seed: int
) -> Agreement:
    """A coefficient and the 2.5 and 97.5 percentiles of its values for resampled units (Efron 1979).

    `measure` takes how often each kind of unit was drawn, (draws, kinds), and gives a value for each draw. Draws for
    which it is undefined are left out. Units are drawn as if independent; those of one speaker are not quite, so the
    true interval is rather wider.
    """
    units = int(often.sum())
    values = _defined(measure, often[None, :])
    if not len(values):
        return Agreement(None, None, None, units)
    if units < 2:  # nothing to draw from
        return Agreement(float(values[0]), None, None, units)
    generator = np.random.default_rng(seed)
    sizes = [min(_AT_ONCE, resamples - first) for first in range(0, resamples, _AT_ONCE)]
    draws = [_defined(measure, generator.multinomial(units, often / units, size=size)) for size in sizes]
    found = np.concatenate([np.zeros(0), *draws])
    low, high = np.percentile(found, (2.5, 97.5)).tolist() if len(found) else (None, None)
    return Agreement(float(values[0]), low, high, units)


def _defined(measure: Callable[[Table], Table], drawn: npt.NDArray[np.int64]) -> Table:
    if not drawn.any():
        return np.zeros(0)
    with np.errstate(divide="ignore", invalid="ignore"):  # what that makes is left out here
        values = measure(drawn.astype(np.float64))
    return values[np.isfinite(values)]
