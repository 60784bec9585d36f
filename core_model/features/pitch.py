"""The fundamental frequency over time, as the features and the pitch plot use it.

The tracker is SwiftF0 (https://github.com/lars76/swift-f0, MIT): wheels for every platform, about 1.4 % of
real time on one core. Its frames are 16 ms apart; DisVoice's values are defined on a step of 10 ms, so the
track is given on that step.
"""

import importlib.metadata
import threading
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from swift_f0 import SwiftF0

from ..errors import HumpcatError

STEP_SECONDS = 0.01
FMIN = 60.0
FMAX = 800.0
VOICED_CONFIDENCE = 0.5  # SwiftF0's confidence is calibrated so that a frame is voiced from here on

_STEPS_PER_SECOND = 100
_TRACKER = "swift-f0"
_TRACKER_FRAME = 256 / 16000  # seconds between two frames of SwiftF0
_LARGEST_GLIDE = 0.5  # octaves; a voice cannot glide further in one frame, the tracker changed its mind

Floats = NDArray[np.float64]


def tracker_version() -> str:
    """The installed version of the tracker, since another one may hear other frequencies."""
    return importlib.metadata.version(_TRACKER)


@dataclass(frozen=True, slots=True)
class PitchConfig:
    """All that decides what `track_pitch` answers; part of the feature configuration and of its hash."""

    fmin: float = FMIN
    fmax: float = FMAX
    threshold: float = VOICED_CONFIDENCE
    step: float = STEP_SECONDS
    tracker: str = _TRACKER
    version: str = field(default_factory=tracker_version)


@dataclass(frozen=True, slots=True, eq=False)
class PitchTrack:
    """F0 every 10 ms.

    `times` (m,) in s; `f0` (m,) in Hz, 0 where unvoiced; `confidence` (m,) that the voice sounds, 0 to 1.
    """

    times: Floats
    f0: Floats
    confidence: Floats


def track_pitch(
    samples: NDArray[np.floating],
    sample_rate: int = 16000,
    fmin: float = FMIN,
    fmax: float = FMAX,
    threshold: float = VOICED_CONFIDENCE,
) -> PitchTrack:
    """Track the fundamental frequency of a recording; safe to call from several threads.

    Decision: a value on the 10 ms step is voiced when the nearest frame of the tracker is, so that voicing
    is neither widened nor narrowed; its frequency lies between the frames beside it, in log frequency, when
    both are voiced and less than half an octave apart, and is the nearest frame's otherwise.

    Args:
        samples: (n,) one channel, in [-1, 1]. Silence is unvoiced, and so is what is shorter than 10 ms; no
            samples give no values.
        sample_rate: in Hz; other rates than 16000 are resampled for the tracker.
        fmin: lowest frequency in Hz that counts as voice, DisVoice's 60.
        fmax: highest one. Decision: 800 Hz, not DisVoice's 350: in acted emotional speech 7 % (EMO-DB) and
            12 % (RAVDESS) of the voiced frames lie above 350 Hz, and some screams above 600 Hz from end to
            end, which a lower bound turns into unvoiced speech; fewer than 0.03 % lie above 800 Hz (measured
            on 400 recordings of each).
        threshold: lowest confidence of a voiced frame, 0 to 1.

    Returns:
        ceil(n / sample_rate / 10 ms) values, the first at 0 s.

    Raises:
        HumpcatError: the samples are not one channel of finite numbers, or the band is empty.
    """
    signal = _checked(samples, sample_rate, fmin, fmax)
    times = np.arange(-(-len(signal) * _STEPS_PER_SECOND // sample_rate)) / _STEPS_PER_SECOND
    if len(signal) * _STEPS_PER_SECOND < sample_rate:  # less than one step holds no period to find
        return PitchTrack(times, np.zeros_like(times), np.zeros_like(times))
    try:
        found = _detector().detect(signal, sample_rate, fmin, fmax)
    except ValueError as error:  # a band outside the tracker's range, or narrower than one of its pitch steps
        raise HumpcatError(f"The pitch of this recording cannot be tracked: {error}.") from error
    return _on_step(times, found.pitch_hz, found.confidence, threshold)


def _checked(
    samples: NDArray[np.floating], sample_rate: int, fmin: float, fmax: float
) -> NDArray[np.float32]:
    signal = np.asarray(samples, dtype=np.float32)
    if signal.ndim != 1:
        raise HumpcatError("Pitch can be tracked in one channel only.", "Mix the channels down first.")
    if not np.isfinite(signal).all():
        raise HumpcatError("The recording holds samples that are not finite numbers.")
    if sample_rate <= 0:
        raise HumpcatError(f"{sample_rate} Hz is no sample rate.")
    if not 0 < fmin < fmax:
        raise HumpcatError(
            f"No pitch lies between {fmin:g} and {fmax:g} Hz.", "Choose a lowest frequency below the highest."
        )
    return signal


def _on_step(times: Floats, frequency: Floats, confidence: Floats, threshold: float) -> PitchTrack:
    """Bring the tracker's frames, frame i at i * 16 ms, to the times asked for."""
    last = len(frequency) - 1
    position = times / _TRACKER_FRAME
    nearest = np.minimum((position + 0.5).astype(np.intp), last)
    before = np.minimum(position.astype(np.intp), last)
    after = np.minimum(before + 1, last)
    share = np.minimum(position - before, 1.0)
    voiced = confidence >= threshold
    octaves = np.log2(np.where(frequency > 0, frequency, 1.0))
    glides = voiced[before] & voiced[after] & (np.abs(octaves[after] - octaves[before]) < _LARGEST_GLIDE)
    between = octaves[before] + share * (octaves[after] - octaves[before])
    f0 = np.where(voiced[nearest], np.exp2(np.where(glides, between, octaves[nearest])), 0.0)
    return PitchTrack(times, f0, confidence[nearest])


_lock = threading.Lock()
_shared: list[SwiftF0] = []


def _detector() -> SwiftF0:
    """The process's one detector: building it costs 20 ms, and several threads may use it at once."""
    with _lock:
        if not _shared:
            # One thread, asleep between calls: training and painting go on beside it and need the cores.
            _shared.append(SwiftF0(threads=1, spin=False))
        return _shared[0]
