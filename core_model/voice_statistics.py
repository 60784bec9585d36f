"""What a voice does in a stretch of a recording, in figures: duration, F0, intensity, speaking rate, pauses.

The figures are made from a pitch track and samples, so that whoever has them already need not make them again.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .audio import Samples
from .features.intensity import SILENCE_DB, STEP_SECONDS, intensity

SEMITONES_FROM = (
    100.0  # Hz; one of Praat's references, near a low voice's F0, so that most values are above 0
)
# de Jong & Wempe 2009, "Praat script to detect syllable nuclei and measure speech rate automatically".
_NUCLEI_FLOOR = 50.0  # Hz, of their intensity curve
_SILENCE_BELOW = 25.0  # dB below the loudest (the 99th percentile): quieter is a pause
_DIP = 2.0  # dB between two nuclei
_PAUSE = 0.3  # s
_LEAST = 3  # stretches of a speaker from which a standard deviation says something

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class VoiceStatistics:
    """Figures of one stretch; NaN where there is nothing to measure (no voiced frame, only silence).

    Attributes:
        duration: s.
        f0_mean, f0_median, f0_min, f0_max: Hz, over the voiced frames.
        f0_range: semitones between the lowest and the highest F0.
        f0_deviation: standard deviation of F0 in semitones.
        voiced: share of the frames that are voiced, 0 to 1.
        intensity_mean: dB of the mean power (0 dB: a sine of full scale).
        intensity_range: dB between the 5th and the 95th percentile of the frames that are not silent.
        energy: integral of the squared samples, in s (full scale squared, times seconds).
        speaking_rate: syllable nuclei a second of the whole stretch.
        articulation_rate: syllable nuclei a second of the stretch without its pauses and silent ends.
        pauses: how many silences of at least 0.3 s lie between sounds.
        pause_time: s that they last together.
    """

    duration: float
    f0_mean: float
    f0_median: float
    f0_min: float
    f0_max: float
    f0_range: float
    f0_deviation: float
    voiced: float
    intensity_mean: float
    intensity_range: float
    energy: float
    speaking_rate: float
    articulation_rate: float
    pauses: int
    pause_time: float


@dataclass(frozen=True, slots=True)
class Reference:
    """How a speaker's other stretches are: mean and standard deviation of each figure by name, of `count` of them."""

    count: int
    mean: dict[str, float]
    deviation: dict[str, float]


def semitones(hertz: float | Floats) -> Floats:
    """Hz as semitones above 100 Hz."""
    return np.asarray(12 * np.log2(np.asarray(hertz, dtype=np.float64) / SEMITONES_FROM))


def voice_statistics(f0: Floats, samples: Samples, rate: int) -> VoiceStatistics:
    """Compute the figures of a stretch.

    Args:
        f0: (m,) Hz every 10 ms from the stretch's start, NaN or 0 where unvoiced (`features.pitch.track_pitch`).
        samples: (n,) mono, in [-1, 1].
        rate: of the samples, in Hz.
    """
    voiced = f0[np.nan_to_num(f0) > 0]
    tones = semitones(voiced)
    levels = intensity(samples, rate, _NUCLEI_FLOOR)
    sounding = sounding_frames(levels)
    pauses = _pauses(sounding)
    nuclei = len(syllable_nuclei(levels, f0))
    duration = len(samples) / rate
    spoken = float(np.count_nonzero(sounding)) * STEP_SECONDS
    power = float(np.square(samples, dtype=np.float64).sum()) / max(len(samples), 1)
    return VoiceStatistics(
        duration=duration,
        f0_mean=_of(np.mean, voiced),
        f0_median=_of(np.median, voiced),
        f0_min=_of(np.min, voiced),
        f0_max=_of(np.max, voiced),
        f0_range=_of(np.ptp, tones),
        f0_deviation=_of(np.std, tones),
        voiced=len(voiced) / max(len(f0), 1),
        intensity_mean=max(10 * math.log10(max(2 * power, 1e-30)), SILENCE_DB),
        intensity_range=_of(lambda found: np.subtract(*np.percentile(found, [95, 5])), levels[sounding]),
        energy=power * duration,
        speaking_rate=nuclei / duration if duration > 0 else math.nan,
        articulation_rate=nuclei / spoken if spoken > 0 else math.nan,
        pauses=len(pauses),
        pause_time=sum(end - start for start, end in pauses) * STEP_SECONDS,
    )


def sounding_frames(levels: Floats) -> NDArray[np.bool_]:
    """Which frames of an intensity curve (m,) in dB belong to no pause: within 25 dB of the loudest, as de Jong & Wempe
    have it, or in a silence too short for a pause (0.3 s).
    """
    if not len(levels) or levels.max() <= SILENCE_DB:
        return np.zeros(len(levels), dtype=np.bool_)
    loud = levels >= float(np.percentile(levels, 99)) - _SILENCE_BELOW
    for start, end in _runs(~loud):
        inside = start > 0 and end < len(loud)
        if inside and (end - start) * STEP_SECONDS < _PAUSE:
            loud[start:end] = True
    return loud


def syllable_nuclei(levels: Floats, f0: Floats) -> NDArray[np.int64]:
    """The frames of the syllable nuclei after de Jong & Wempe 2009, Behavior Research Methods 41(2).

    A nucleus is a peak of the intensity curve within 25 dB of the loudest (99th percentile), followed by a dip of at
    least 2 dB before the next peak, and voiced. Decisions: the last peak needs no dip after it, since a segment often
    ends with the voice (their script never counts the last one); of peaks without a dip between them the highest is
    the nucleus.

    Args:
        levels: (m,) dB every 10 ms.
        f0: Hz at the same frames, NaN or 0 where unvoiced; what is missing at the end is unvoiced.
    """
    if len(levels) < 3 or levels.max() <= SILENCE_DB:
        return np.zeros(0, dtype=np.int64)
    threshold = float(np.percentile(levels, 99)) - _SILENCE_BELOW
    rises = (levels[1:-1] > levels[:-2]) & (levels[1:-1] >= levels[2:]) & (levels[1:-1] > threshold)
    kept: list[int] = []
    for peak in (np.flatnonzero(rises) + 1).tolist():
        if kept and levels[kept[-1]] - levels[kept[-1] : peak].min() < _DIP:
            kept[-1] = max(kept[-1], peak, key=lambda frame: float(levels[frame]))
        elif kept and levels[peak] - levels[kept[-1] : peak].min() < _DIP:
            continue  # a shoulder on the way down
        else:
            kept.append(peak)
    voiced = np.zeros(len(levels), dtype=np.bool_)
    voiced[: len(f0)] = np.nan_to_num(f0[: len(levels)]) > 0
    return np.array([frame for frame in kept if voiced[frame]], dtype=np.int64)


def reference_of(stretches: Sequence[VoiceStatistics]) -> Reference | None:
    """Mean and standard deviation (n - 1) of each figure over a speaker's stretches; None for fewer than three."""
    if len(stretches) < _LEAST:
        return None
    mean, deviation = {}, {}
    for field in fields(VoiceStatistics):
        values = np.array([getattr(each, field.name) for each in stretches], dtype=np.float64)
        values = values[np.isfinite(values)]
        if len(values) >= _LEAST:
            mean[field.name] = float(values.mean())
            deviation[field.name] = float(values.std(ddof=1))
    return Reference(len(stretches), mean, deviation)


def deviations(statistics: VoiceStatistics, reference: Reference) -> dict[str, float]:
    """By how many of the speaker's standard deviations each figure lies above the mean; those that have any."""
    found = {}
    for name, mean in reference.mean.items():
        value, deviation = float(getattr(statistics, name)), reference.deviation[name]
        if math.isfinite(value) and deviation > 1e-9 * max(1.0, abs(mean)):
            found[name] = (value - mean) / deviation
    return found


def _pauses(sounding: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The silences between sounds, as frames; the silent ends are none."""
    return [(start, end) for start, end in _runs(~sounding) if start > 0 and end < len(sounding)]


def _runs(marked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end of every run of marked frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _of(measure: Callable[[Floats], Any], values: Floats) -> float:
    return float(measure(values)) if len(values) else math.nan
