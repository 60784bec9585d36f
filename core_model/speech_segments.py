"""From probabilities of speech to segments: the fast half of automatic segmentation, for trying thresholds at once.

`speech_activity` computes the probabilities, which takes a network and minutes for hours of sound.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real

import numpy as np
import numpy.typing as npt

from .audio import SAMPLE_RATE
from .errors import HumpcatError

FRAME = 512  # samples that one probability stands for
FRAME_SECONDS = FRAME / SAMPLE_RATE  # 32 ms
LEAST_LONGEST = 0.1  # s; three frames, so that there is one to cut at
# As the package's own functions have it: speech ends this far below the threshold, but not at nothing at all.
_HYSTERESIS, _LOWEST = 0.15, 0.01

Probabilities = npt.NDArray[np.float32]
_Places = npt.NDArray[np.intp]
_Times = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SpeechConfig:
    """What counts as a segment of speech (times in seconds).

    Attributes:
        threshold: probability from which a frame is speech; speech ends 0.15 below it.
        shortest: speech shorter than this is left out.
        pause: a pause shorter than this does not end a segment.
        margin: each segment is widened by this on both sides.
        longest: a segment, margins included, that is longer is split; None or 0 for no limit.

    Raises:
        HumpcatError: a value is no number, or makes no sense, alone or beside another.
    """

    threshold: float = 0.5
    shortest: float = 0.25
    pause: float = 0.3
    margin: float = 0.05
    longest: float | None = None

    def __post_init__(self) -> None:
        if not _is_number(self.threshold) or not 0 <= self.threshold <= 1:
            raise HumpcatError(
                f"The threshold of speech is {self.threshold}.", "It is a probability: choose it from 0 to 1."
            )
        for name, value in (
            ("shortest segment", self.shortest),
            ("shortest pause", self.pause),
            ("margin", self.margin),
            ("longest segment", self.longest or 0.0),
        ):
            if not _is_number(value) or value < 0:
                raise HumpcatError(f"The {name} is {value}.", "Choose a number of seconds, 0 or more.")
        if self.longest and self.longest < LEAST_LONGEST:
            raise HumpcatError(
                f"The longest segment is {self.longest} s.",
                f"Choose at least {LEAST_LONGEST} s, or 0 for no limit.",
            )
        if self.longest and self.shortest > self.longest:
            raise HumpcatError(
                f"The shortest segment, {self.shortest} s, is longer than the longest, {self.longest} s.",
                "Lower the one or raise the other.",
            )


def segments_of(
    probabilities: Probabilities, duration: float, config: SpeechConfig
) -> list[tuple[float, float]]:
    """Turn probabilities, (frames,) one every 32 ms, into (start, end) in seconds, in order; they never overlap.

    Speech begins at `threshold` and goes on until the probability has stayed 0.15 below it for `pause`. What is too
    short is left out, the rest is widened by `margin` (neighbours meet half-way at most) and kept within `duration`.
    What is then too long is split: from its start on, always at the least probable frame between half of `longest`
    and `longest`, the last of equals, and such that no piece is shorter than `shortest` where `longest` leaves room
    for two. (After "VAD cut and merge" of Bain et al. 2023, "WhisperX".)

    It is a pure function, and takes a few milliseconds for three hours.
    """
    starts, ends = _speech(np.asarray(probabilities), float(config.threshold))
    if not len(starts):
        return []
    apart = (starts[1:] - ends[:-1]) * FRAME_SECONDS >= config.pause
    starts, ends = starts[np.append(True, apart)], ends[np.append(apart, True)]
    kept = (ends - starts) * FRAME_SECONDS >= config.shortest
    first, last = _widened(starts[kept] * FRAME_SECONDS, ends[kept] * FRAME_SECONDS, duration, config.margin)
    spans = list(zip(first.tolist(), last.tolist(), strict=True))
    if not config.longest:
        return spans
    return [piece for span in spans for piece in _split(span, probabilities, config.longest, config.shortest)]


def _speech(probabilities: Probabilities, threshold: float) -> tuple[_Places, _Places]:
    """First frames of speech, and the frames after its last."""
    lower = min(threshold, max(threshold - _HYSTERESIS, _LOWEST))
    decided = (probabilities >= threshold) | (probabilities < lower)
    # A frame between the two thresholds is what the last decided one was; before all of them there is no speech.
    latest = np.maximum.accumulate(np.where(decided, np.arange(len(probabilities)), -1))
    speaking = (latest >= 0) & (probabilities[latest] >= threshold)
    edges = np.flatnonzero(np.diff(speaking, prepend=False, append=False))
    return edges[::2], edges[1::2]


def _widened(starts: _Times, ends: _Times, duration: float, margin: float) -> tuple[_Times, _Times]:
    # Pauses are longer than both margins together, unless somebody sets them otherwise: then they meet half-way.
    middles = (ends[:-1] + starts[1:]) / 2
    first = np.maximum(starts - margin, 0.0)
    last = np.minimum(ends + margin, duration)
    first[1:] = np.maximum(first[1:], middles)
    last[:-1] = np.minimum(last[:-1], middles)
    return first, last


def _split(
    span: tuple[float, float], probabilities: Probabilities, longest: float, shortest: float
) -> Iterator[tuple[float, float]]:
    start, end = span
    while end - start > longest:
        low = start + longest / 2
        high = max(low, min(start + longest, end - shortest))
        begin = math.ceil(low / FRAME_SECONDS - 0.5)  # frames are cut in their middles
        reach = probabilities[begin : math.floor(high / FRAME_SECONDS - 0.5) + 1]
        cut = high
        if len(reach):
            cut = (begin + len(reach) - 1 - int(reach[::-1].argmin()) + 0.5) * FRAME_SECONDS
        yield start, cut
        start = cut
    yield start, end


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and math.isfinite(value)
