"""Waveforms at every zoom: a pyramid of least and greatest values, built in one pass over the file.

Memory for an hour at 48 kHz is about 7 MB; a view costs two values a pixel, whatever its length.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from core_model.audio import Samples

from .loading import VIEW_SECONDS

BUCKET = 256  # frames under one value of the lowest level
STEP = 4  # buckets of one level under one of the next
# Recordings up to this length keep their samples (32 MB), so that zooming in never reads.
KEPT_FRAMES = 8_000_000
_TOP = 4 * STEP  # buckets of the highest level, at most

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

    Frames from `read` on are not read yet: NaN, or being written. `peak` is the greatest magnitude so far.
    """

    rate: int
    frames: int
    levels: tuple[Envelope, ...]
    peak: float
    read: int
    detail: Detail | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A line to draw: times in seconds and amplitudes."""

    times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float32]


class PeakBuilder:
    """Takes a recording's mono blocks in order and answers the pyramid so far at any time.

    What it answers is not copied: it goes on writing behind `Peaks.read`, where nobody looks yet.
    """

    def __init__(self, rate: int, frames: int) -> None:
        self._rate, self._frames = rate, frames
        self._levels = _levels_over(np.full((2, _buckets(frames)), np.nan, dtype=np.float32))
        self._kept: list[Samples] | None = None if is_long(frames) else []
        self._carry = np.zeros(0, dtype=np.float32)
        self._bucket = self._summed = 0
        self._peak = 0.0

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
        _sum_up(self._levels, self._summed, None if finished else self._bucket)
        self._summed = self._bucket
        read = self._frames if finished else self._bucket * BUCKET
        detail = Detail(0, np.concatenate(self._kept)) if finished and self._kept else None
        return Peaks(self._rate, self._frames, _read_only(self._levels), self._peak, read, detail)

    def _write(self, buckets: Samples) -> None:
        base = self._levels[0]
        # An MP3 may run past its announced length.
        stop = min(self._bucket + len(buckets), base.shape[1])
        written = base[:, self._bucket : stop]
        buckets[: stop - self._bucket].min(axis=1, out=written[0])
        buckets[: stop - self._bucket].max(axis=1, out=written[1])
        self._peak = max(self._peak, float(written[1].max(initial=0.0)), -float(written[0].min(initial=0.0)))
        self._bucket = stop


def is_long(frames: int) -> bool:
    """Whether a recording is too long to keep its samples."""
    return frames > KEPT_FRAMES


def unread(rate: int, frames: int) -> Peaks:
    """The pyramid of a recording of which nothing is read yet; full scale until something is. It takes no memory."""
    nothing = np.broadcast_to(np.float32(np.nan), (2, _buckets(frames)))
    levels = [nothing]
    while levels[-1].shape[1] > _TOP:
        levels.append(nothing[:, : -(-levels[-1].shape[1] // STEP)])
    return Peaks(rate, frames, tuple(levels), 1.0, 0)


def from_base(rate: int, frames: int, base: npt.NDArray[np.generic]) -> Peaks | None:
    """The complete pyramid over its lowest level (2, n), or None when `base` is none of such a recording."""
    if base.shape != (2, _buckets(frames)) or base.dtype != np.float32:
        return None
    levels = _levels_over(base.astype(np.float32, copy=False))
    _sum_up(levels, 0, None)
    low, high = levels[0]
    peak = max(float(np.fmax.reduce(high, initial=0.0)), -float(np.fmin.reduce(low, initial=0.0)))
    return Peaks(rate, frames, _read_only(levels), peak, frames)


def _buckets(frames: int) -> int:
    return max(1, -(-frames // BUCKET))


def _levels_over(base: Envelope) -> list[Envelope]:
    levels = [base]
    while levels[-1].shape[1] > _TOP:
        levels.append(np.full((2, -(-levels[-1].shape[1] // STEP)), np.nan, dtype=np.float32))
    return levels


def _sum_up(levels: list[Envelope], first: int, stop: int | None) -> None:
    """Fill the higher levels over the buckets `first` to `stop`: whole ones only, unless `stop` is None, the end."""
    for power, (below, level) in enumerate(pairwise(levels), start=1):
        low = first // STEP**power
        high = level.shape[1] if stop is None else stop // STEP**power
        if low < high:
            edges = np.arange(low, high) * STEP
            np.minimum.reduceat(below[0, : high * STEP], edges, out=level[0, low:high])
            np.maximum.reduceat(below[1, : high * STEP], edges, out=level[1, low:high])


def _read_only(levels: list[Envelope]) -> tuple[Envelope, ...]:
    views = tuple(level.view() for level in levels)
    for view in views:
        view.flags.writeable = False
    return views


def missing_detail(
    peaks: Peaks, start: float, end: float, width: int, detail: Detail | None
) -> tuple[int, int] | None:
    """Frames to read before the view can be drawn sharply, with half a view of margin; None when nothing is missing.

    Samples are also wanted where the pyramid would do but has not come so far, unless the view is a long one.
    """
    first, last = _frames(peaks, start, end)
    ahead = last > peaks.read and end - start <= VIEW_SECONDS
    if not is_long(peaks.frames) or ((last - first) / max(width, 1) >= BUCKET and not ahead):
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
    if held is not None and (share < BUCKET or last > peaks.read):
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
