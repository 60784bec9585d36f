"""What stands under the cursor, in every plot at once."""

import math

import numpy as np

from .features import INTENSITY_STEP, MFCC_STEP, PITCH_STEP, IntensityPart, MfccPart, PitchPart
from .peaks import Detail, Peaks
from .plot_options import PlotOptions
from .spectra import Spectrogram, decibels
from .time_view import format_time

NOTHING = "–"


def amplitude_at(time: float, peaks: Peaks | None, detail: Detail | None) -> float | None:
    """The sample nearest to `time`, where samples are held, else the greater of its bucket's two ends."""
    if peaks is None:
        return None
    frame = round(time * peaks.rate)
    for held in (peaks.detail, detail):
        if held is not None and held.covers(frame, frame + 1):
            return float(held.samples[frame - held.first])
    bucket = frame * peaks.levels[0].shape[1] // max(peaks.frames, 1)
    if not 0 <= bucket < peaks.levels[0].shape[1]:
        return None
    low, high = (float(value) for value in peaks.levels[0][:, bucket])
    value = low if -low > high else high
    return None if math.isnan(value) else value


def level_at(time: float, frequency: float, shown: Spectrogram | None) -> float | None:
    """The spectrogram's level in dB at a time and frequency."""
    if shown is None or not len(shown.levels):
        return None
    column, row = round((time - shown.start) / shown.step), round(frequency / shown.bin_hz)
    if not (0 <= column < len(shown.levels) and 0 <= row < shown.levels.shape[1]):
        return None
    return float(decibels(shown.levels[column, row]))


def pitch_at(time: float, pitch: PitchPart | None) -> float | None:
    """F0 in Hz at a time; NaN where unvoiced, None where not computed."""
    if pitch is None or not len(pitch.times):
        return None
    index = round((time - pitch.times[0]) / PITCH_STEP)
    return float(pitch.f0[index]) if 0 <= index < len(pitch.f0) else None


def intensity_at(time: float, part: IntensityPart | None) -> float | None:
    """The intensity in dB at a time."""
    if part is None:
        return None
    index = round((time - part.start) / INTENSITY_STEP)
    return float(part.levels[index]) if 0 <= index < len(part.levels) else None


def mfcc_at(time: float, row: int, part: MfccPart | None) -> tuple[str, float] | None:
    """A coefficient's name and value at a time."""
    if part is None:
        return None
    frame = round((time - part.start) / MFCC_STEP)
    if not (0 <= frame < len(part.values) and 0 <= row < part.values.shape[1]):
        return None
    return part.names[row], float(part.values[frame, row])


def amplitude_text(value: float | None, with_level: bool = True) -> str:
    """An amplitude, with its level as in `-0.123 (-18.2 dB)`."""
    if value is None:
        return NOTHING
    level = f"{20 * math.log10(abs(value)):.1f} dB" if value else "-∞ dB"
    return (f"{value:+.3f} ({level})" if with_level else f"{value:+.3f}").replace("-", "−")


def pitch_text(value: float | None, options: PlotOptions) -> str:
    """F0 in its unit, or that there is none."""
    if value is None:
        return NOTHING
    if np.isnan(value):
        return "unvoiced"
    return (
        f"{options.pitch_value(value):.1f} st".replace("-", "−")
        if options.in_semitones
        else f"{value:.0f} Hz"
    )


def level_text(value: float | None) -> str:
    """A level in dB."""
    return NOTHING if value is None else f"{value:.1f} dB".replace("-", "−")


def frequency_text(frequency: float) -> str:
    """A frequency in Hz below 1 kHz, else in kHz."""
    return f"{frequency:.0f} Hz" if frequency < 1000 else f"{frequency / 1000:.2f} kHz"


def time_text(time: float | None) -> str:
    """The cursor's time."""
    return NOTHING if time is None else format_time(time)
