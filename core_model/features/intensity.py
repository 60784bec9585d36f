"""The intensity of a voice over time, measured as Praat does (its manual, "Sound: To Intensity...")."""

import numpy as np
from numpy.typing import NDArray

from ..audio import Samples

STEP_SECONDS = 0.01
SILENCE_DB = -120.0
_EFFECTIVE_PERIODS = (
    3.2  # of the lowest pitch, in a window's effective length; its whole length is twice that
)
_KAISER = 2 * np.pi**2 + 0.5  # Praat's bell, side lobes below -190 dB
_AT_ONCE = 256  # frames weighted together; bounds the memory


def half_window(floor: float) -> float:
    """Seconds that a frame's window reaches to either side."""
    return _EFFECTIVE_PERIODS / floor


def intensity(
    samples: Samples, rate: int, floor: float = 100.0, step: float = STEP_SECONDS
) -> NDArray[np.float64]:
    """Measure the intensity of mono samples.

    The squared samples are weighted with a Kaiser bell (beta 20.2) of 6.4 / `floor` seconds, an effective length of
    3.2 periods of the lowest pitch, so that a voice does not ripple with its periods; the window's mean is taken off
    before. At the ends the part of the window that lies inside the sound counts.

    Args:
        samples: (n,) in [-1, 1].
        rate: in Hz.
        floor: the lowest pitch in Hz.
        step: seconds between frames.

    Returns:
        (ceil(n / rate / step),) dB, frame i centred on i * step; 0 dB is a sine of full scale, as in the spectrogram
        (Praat's figures for the same file, as if 1 were 1 Pa, lie 90.97 dB higher). Silence is -120 dB.
    """
    half = max(1, round(half_window(floor) * rate))
    window = np.kaiser(2 * half + 1, _KAISER)
    centres = np.round(np.arange(np.ceil(len(samples) / rate / step - 1e-9)) * step * rate).astype(np.int64)
    centres = np.minimum(centres, max(len(samples) - 1, 0))
    sums = np.concatenate([[0.0], np.cumsum(window)])
    first = np.maximum(half - centres, 0)
    last = np.minimum(2 * half + 1, len(samples) - centres + half)
    weights = np.maximum(sums[last] - sums[first], 1e-12)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, (half, half + 1)), 2 * half + 1)
    power = np.empty(len(centres))
    for low in range(0, len(centres), _AT_ONCE):
        part = slice(low, low + _AT_ONCE)
        values = frames[centres[part]].astype(np.float64)
        mean = values @ window / weights[part]
        power[part] = np.square(values) @ window / weights[part] - np.square(mean)
    levels: NDArray[np.float64] = 10 * np.log10(np.maximum(2 * power, 1e-30))
    return np.maximum(levels, SILENCE_DB)
