"""Pitch, intensity and MFCC of a part of a recording, ready to draw, and the figures of a stretch.

What computes them is slow to import, so the functions that import it are named to `run`, which calls them in a process
of their own (see `app.compute_process`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core_model.audio import SAMPLE_RATE, Samples, mono, read_blocks, read_waveform
from core_model.errors import HumpcatError
from core_model.facts import Segment
from core_model.features.intensity import STEP_SECONDS, half_window, intensity
from core_model.voice_statistics import VoiceStatistics, voice_statistics
from core_model.windows import WINDOW, WINDOW_SECONDS

from .plot_options import PlotOptions
from .time_view import Span

MFCC_STEP = 0.02  # seconds, core_model.features.mfcc's hop
PITCH_STEP = 0.01  # seconds, core_model.features.pitch's step
INTENSITY_STEP = STEP_SECONDS
LONGEST_MEASURED = 600.0  # seconds of which figures are made; at 48 kHz that is 115 MB of samples
_SHOWN_DEVIATIONS = 3.0
_DEFAULTS = PlotOptions()
# Pieces of the pitch track begin on its grid: its frames are 16 ms apart, the track's values 10 ms.
_GRID = SAMPLE_RATE * 80 // 1000
_GRID_SECONDS = _GRID / SAMPLE_RATE
_PIECE = 64 * _GRID  # 5.12 s
_AROUND = 6 * _GRID  # 0.48 s, more than the tracker looks to either side

Run = Callable[..., Any]  # calls a function of this module with its arguments, somewhere


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call it here and now."""
    return function(*arguments)


@dataclass(frozen=True, slots=True, eq=False)
class PitchPart:
    """F0 in Hz, NaN where unvoiced, at `times` in seconds of the recording."""

    span: Span
    times: npt.NDArray[np.float64]
    f0: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MfccPart:
    """`values` (frames, 39), frame i centred on start + i * 20 ms."""

    span: Span
    start: float
    names: tuple[str, ...]
    values: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class IntensityPart:
    """`levels` in dB (0 dB: a sine of full scale), value i at start + i * 10 ms."""

    span: Span
    start: float
    levels: npt.NDArray[np.float64]


def pitch_part(
    path: Path, rate: int, span: Span, run: Run = call, options: PlotOptions = _DEFAULTS
) -> PitchPart:
    """Track the pitch of a part of a recording, piece by piece with what is around each piece.

    Between two pieces the work can be stopped.
    """
    band = float(options.floor), float(options.ceiling), options.threshold
    begin = int(span.start / _GRID_SECONDS + 1e-6) * _GRID_SECONDS
    waveform = read_waveform(path, round(begin * rate), round(span.end * rate))
    samples, found = waveform.samples, []
    for start in range(0, len(samples), _PIECE):
        first = max(0, start - _AROUND)
        f0 = run(track_piece, samples[first : start + _PIECE + _AROUND], *band)
        skipped = round((start - first) / SAMPLE_RATE / PITCH_STEP)
        found.append(f0[skipped : skipped + round(_PIECE / SAMPLE_RATE / PITCH_STEP)])
    f0 = np.concatenate(found)
    times = waveform.start + np.arange(len(f0)) * PITCH_STEP
    return PitchPart(span, times.astype(np.float64), np.where(f0 > 0, f0, np.nan))


def mfcc_part(path: Path, rate: int, span: Span, run: Run = call) -> MfccPart:
    """Compute MFCCs window by window, as the network gets them (each window of 7 s is normalised by itself)."""
    first = int(span.start // WINDOW_SECONDS) * WINDOW_SECONDS
    waveform = read_waveform(path, first * rate, round(span.end * rate))
    starts = range(0, len(waveform.samples), WINDOW)
    names: tuple[str, ...] = run(mfcc_names)
    parts = [run(mfcc_window, waveform.samples[start : start + WINDOW]) for start in starts]
    # A whole window's last frame is centred on the next one's first.
    values = np.concatenate([*(part[:-1] for part in parts[:-1]), parts[-1]])
    return MfccPart(Span(min(span.start, first), span.end), float(first), names, values)


def intensity_part(
    path: Path, rate: int, span: Span, check: Callable[[], None], options: PlotOptions = _DEFAULTS
) -> IntensityPart:
    """Measure the intensity of a part of a recording, with what is around it; `check` may raise to stop."""
    start = max(0, round((span.start - half_window(options.floor)) / INTENSITY_STEP)) * INTENSITY_STEP
    first, last = round(start * rate), round((span.end + half_window(options.floor)) * rate)
    levels = intensity(_mono(path, first, last, check), rate, options.floor)
    return IntensityPart(span, start, levels)


def segment_statistics(
    segment: Segment, run: Run = call, check: Callable[[], None] = lambda: None
) -> VoiceStatistics:
    """The figures of a stretch of a recording, whatever the plots show: pitch as the network's features have it.

    Args:
        segment: the stretch.
        run: calls the pitch tracker, piece by piece.
        check: called at every block; may raise to stop.

    Raises:
        HumpcatError: the stretch is longer than ten minutes, or cannot be read.
    """
    seconds = segment.end_seconds - segment.start_seconds
    if seconds > LONGEST_MEASURED:
        raise HumpcatError(
            f"Statistics are made of at most {LONGEST_MEASURED / 60:.0f} min; this is {seconds / 60:.0f} min.",
            "Select a shorter part, or draw segments.",
        )
    samples = _mono(segment.file, segment.start, segment.end, check)
    # Pitch is tracked on a grid of 80 ms, from which the stretch's own start may be off by less.
    pitch = pitch_part(segment.file, segment.rate, Span(segment.start_seconds, segment.end_seconds), run)
    first = round((segment.start_seconds - float(pitch.times[0])) / PITCH_STEP)
    frames = -(-len(samples) * round(1 / PITCH_STEP) // segment.rate)
    return voice_statistics(pitch.f0[first : first + frames], samples, segment.rate)


def _mono(path: Path, first: int, last: int, check: Callable[[], None]) -> Samples:
    blocks = []
    for block in read_blocks(path, first, last):
        check()
        blocks.append(mono(block))
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


def track_piece(samples: Samples, floor: float, ceiling: float, threshold: float) -> npt.NDArray[np.float64]:
    """F0 of a piece in Hz, 0 where unvoiced. Called in the compute process."""
    from core_model.features.pitch import track_pitch

    return track_pitch(samples, SAMPLE_RATE, floor, ceiling, threshold).f0


def mfcc_window(samples: Samples) -> npt.NDArray[np.float32]:
    """The MFCCs of one window. Called in the compute process."""
    from core_model.features.mfcc import mfcc

    return mfcc(samples)


def mfcc_names() -> tuple[str, ...]:
    """The coefficients' names. Called in the compute process."""
    from core_model.features.mfcc import NAMES

    return NAMES


def in_colours(values: npt.NDArray[np.float32], standardised: bool) -> npt.NDArray[np.uint8]:
    """MFCC values (frames, 39) as 0 to 255, the middle being no deviation.

    Standardised, each coefficient's deviation from its mean, -3 to 3 of its standard deviations; otherwise the values
    themselves, all on the one scale that holds 99 % of them, with 0 in the middle.
    """
    if standardised:
        deviation = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-6)
        scaled = deviation / _SHOWN_DEVIATIONS
    else:
        scaled = values / max(float(np.percentile(np.abs(values), 99)), 1e-6)
    return np.clip((scaled + 1) * 127.5, 0, 255).astype(np.uint8)
