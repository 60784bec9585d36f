"""Attention maps as images on the time axis: the side that is all time lies along x, the other one has named rows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..predictions import AttentionMap, TokenAxis


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """`weights` (rows, columns), columns evenly from `start` to `end` seconds; a name for each row."""

    weights: npt.NDArray[np.float32]
    start: float
    end: float
    rows: tuple[str, ...]


def columns_in_time(found: AttentionMap, head: int) -> HeatMap:
    """Lay a map out: head `head`, or the mean of all for -1.

    Keys are the columns when all of them have times, otherwise the queries; where neither side is all time, the keys
    are spread over a second and no column has a meaning in time.
    """
    weights = found.weights.mean(axis=0) if head < 0 else found.weights[head]
    if not found.keys.in_time and found.queries.in_time:
        return _laid_out(weights.T, found.queries, found.keys)
    return _laid_out(weights, found.keys, found.queries)


def _laid_out(weights: npt.NDArray[np.float32], columns: TokenAxis, rows: TokenAxis) -> HeatMap:
    start, end = _extent(columns)
    return HeatMap(np.ascontiguousarray(weights), start, end, rows.names)


def _extent(columns: TokenAxis) -> tuple[float, float]:
    """Where the first column begins and the last one ends; their times are their middles."""
    if not columns.in_time:
        return 0.0, 1.0
    times = columns.times
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    return float(times[0]) - step / 2, float(times[-1]) + step / 2


_SHORT = (
    ("unvoiced", "unv."),
    ("voiced", "voi."),
    ("energy", "E"),
    ("duration", "dur."),
    (" segment", ""),
    ("contour", "cont."),
)


def short_name(name: str) -> str:
    """A prosodic group's name as it fits beside a plot: `unvoiced energy first segment` as `unv. E first`."""
    for long, short in _SHORT:
        name = name.replace(long, short)
    return name


def token_text(found: HeatMap, time: float, row: float) -> str:
    """The weight under the pointer and the row that it belongs to."""
    column = int((time - found.start) / (found.end - found.start) * found.weights.shape[1])
    if not (0 <= row < found.weights.shape[0] and 0 <= column < found.weights.shape[1]):
        return ""
    return f"{found.weights[int(row), column]:.4f}, row {found.rows[int(row)]}"
