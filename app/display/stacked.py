"""Shares that add up to one, stacked over time: which label every pixel belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core_model.facts import WindowPrediction

from .time_view import Span

NOTHING = -1
_GAP_FROM = 4.0  # px a window: narrower ones stand side by side without a gap

Labels = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Windows in order of time as arrays: `starts` and `ends` (n,) in seconds, `tops` (n, labels) of the shares."""

    starts: npt.NDArray[np.float64]
    ends: npt.NDArray[np.float64]
    tops: npt.NDArray[np.float64]

    @classmethod
    def of(cls, windows: Sequence[WindowPrediction]) -> "Stack":
        """The windows' probabilities, stacked in the labels' order."""
        shares = np.array([window.probabilities for window in windows])
        starts, ends = (np.array(times) for times in zip(*((w.start, w.end) for w in windows), strict=True))
        return cls(starts, ends, np.cumsum(shares, axis=1))

    def pixels(self, view: Span, width: int, height: int) -> Labels:
        """The label's index at every pixel (height, width), row 0 at the top; NOTHING beside and between windows."""
        times = view.start + (np.arange(width + 1) + 0.5) / max(width, 1) * view.length
        window = np.searchsorted(self.starts, times, side="right") - 1
        last_of_one = np.diff(window) != 0
        window, times = window[:-1], times[:-1]
        inside = (window >= 0) & (times < self.ends[window])
        wide = (self.ends - self.starts)[window] / max(view.length, 1e-9) * width >= _GAP_FROM
        levels = 1 - (np.arange(height) + 0.5) / max(height, 1)
        labels = (self.tops[window][None, :, :-1] <= levels[:, None, None]).sum(axis=2, dtype=np.int8)
        return np.where(inside & ~(last_of_one & wide), labels, np.int8(NOTHING))
