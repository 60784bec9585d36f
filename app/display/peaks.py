"""Waveforms at every zoom: a pyramid of least and greatest values, built in one pass over the file.

Memory for an hour at 48 kHz is about 7 MB; a view costs two values a pixel, whatever its length.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core_model.audio import Samples

BUCKET = 256  # frames under one value of the lowest level
STEP = 4  # buckets of one level under one of the next
KEPT_FRAMES = (
    8_000_000  # recordings up to this length keep their samples (32 MB), so that zooming in never reads
)

Envelope = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Detail:
    """Mono samples of a part of a recording, from frame `first` on."""

    first: int
    samples: Samples

    def covers(self, start: int, end: int) -> bool:
        """Whether frames `start` to `end` are held."""
        return self.first <= start and end <= self.first + len(self.samples)


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """A recording's pyramid: `levels[i]` is (2, n), least and greatest of BUCKET * STEP**i frames each.

    Frames not read yet are NaN. `peak` is the greatest magnitude so far.
    """

    rate: int
    frames: int
    levels: tuple[Envelope, ...]
    peak: float
    detail: Detail | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A line to draw: times in seconds and amplitudes."""

    times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float32]


def mono(block: Samples) -> Samples:
    """The mean of a block's channels, as the model hears it: (n, channels) to (n,)."""
    return block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32)


class PeakBuilder:
    """Takes a recording's mono blocks in order and answers the pyramid so far at any time."""

    def __init__(self, rate: int, frames: int) -> None:
        self._rate, self._frames = rate, frames
        self._base = np.full((2, max(1, -(-frames // BUCKET))), np.nan, dtype=np.float32)
        self._kept: list[Samples] | None = [] if frames <= KEPT_FRAMES else None
        self._carry = np.zeros(0, dtype=np.float32)
        self._bucket = 0

    def add(self, block: Samples) -> None:
        """Take the next mono block."""
        if self._kept is not None:
            self._kept.append(block)
        block = np.concatenate([self._carry, block])
        full = len(block) // BUCKET
        self._write(block[: full * BUCKET].reshape(full, BUCKET))
        self._carry = block[full * BUCKET :].copy()

    def peaks(self, finished: bool = False) -> Peaks:
        """The pyramid so far; `finished` closes the last, shorter bucket."""
        if finished and len(self._carry):
            self._write(self._carry.reshape(1, -1))
            self._carry = self._carry[:0]
        base = self._base.copy()
        peak = float(np.abs(base[:, : self._bucket]).max(initial=0.0))
        detail = Detail(0, np.concatenate(self._kept)) if finished and self._kept else None
        return Peaks(self._rate, self._frames, _pyramid(base), peak, detail)

    def _write(self, buckets: Samples) -> None:
        stop = min(
            self._bucket + len(buckets), self._base.shape[1]
        )  # an MP3 may run past its announced length
        count = stop - self._bucket
        self._base[0, self._bucket : stop] = buckets[:count].min(axis=1)
        self._base[1, self._bucket : stop] = buckets[:count].max(axis=1)
        self._bucket = stop


def _pyramid(base: Envelope) -> tuple[Envelope, ...]:
    levels = [base]
    while levels[-1].shape[1] > 4 * STEP:
        below = levels[-1]
        edges = np.arange(0, below.shape[1], STEP)
        levels.append(np.stack([np.minimum.reduceat(below[0], edges), np.maximum.reduceat(below[1], edges)]))
    return tuple(levels)


def missing_detail(
    peaks: Peaks, start: float, end: float, width: int, detail: Detail | None
) -> tuple[int, int] | None:
    """Frames to read before the view can be drawn sharply, with half a view of margin; None when nothing is missing."""
    first, last = _frames(peaks, start, end)
    if (last - first) / max(width, 1) >= BUCKET:
        return None
    if any(held and held.covers(first, last) for held in (peaks.detail, detail)):
        return None
    margin = (last - first) // 2
    return max(0, first - margin), min(peaks.frames, last + margin)


def trace(peaks: Peaks, start: float, end: float, width: int, detail: Detail | None = None) -> Trace:
    """The line for the view from `start` to `end` seconds on `width` pixels.

    Up to two samples a pixel every sample is a point; above that each pixel has its least and greatest value.
    Pixels sit on a grid that begins at 0 s, so that the line does not shimmer while it is panned.
    """
    first, last = _frames(peaks, start, end)
    share = (last - first) / max(width, 1)
    held = next((h for h in (peaks.detail, detail) if h is not None and h.covers(first, last)), None)
    if held is not None and share <= 2:
        times = np.arange(first, last) / peaks.rate
        return Trace(times, held.samples[first - held.first : last - held.first])
    if held is not None and share < BUCKET:
        return _envelope((held.samples, held.samples), held.first, 1, (first, last, share), peaks.rate)
    index = min(int(np.log(max(share / BUCKET, 1)) / np.log(STEP) + 1e-9), len(peaks.levels) - 1)
    low, high = peaks.levels[index]
    return _envelope((low, high), 0, BUCKET * STEP**index, (first, last, max(share, BUCKET)), peaks.rate)


def _envelope(
    bounds: tuple[Envelope, Envelope], offset: int, bucket: int, part: tuple[int, int, float], rate: int
) -> Trace:
    """Least and greatest value of each pixel, interleaved into one zigzag line."""
    first, last, share = part
    columns = np.arange(np.floor(first / share), np.ceil(last / share) + 1) * share
    edges = np.clip(((columns - offset) / bucket).astype(np.int64), 0, len(bounds[0]))
    edges, kept = np.unique(edges, return_index=True)
    if len(edges) < 2:
        return Trace(np.zeros(0), np.zeros(0, dtype=np.float32))
    stop = int(edges[-1])
    low = np.minimum.reduceat(bounds[0][:stop], edges[:-1])
    high = np.maximum.reduceat(bounds[1][:stop], edges[:-1])
    times = np.repeat(columns[kept[:-1]] / rate, 2)
    return Trace(times, np.stack([low, high], axis=1).ravel())


def _frames(peaks: Peaks, start: float, end: float) -> tuple[int, int]:
    return max(0, int(start * peaks.rate)), min(peaks.frames, int(end * peaks.rate) + 1)
