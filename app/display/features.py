"""Pitch and MFCC of a part of a recording, ready to draw.

What computes them is slow to import, so the functions that import it are named to `run`, which calls them in a process
of their own (see `app.compute_process`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core_model.audio import SAMPLE_RATE, Samples, read_waveform
from core_model.windows import WINDOW, WINDOW_SECONDS

from .time_view import Span

MFCC_STEP = 0.02  # seconds, core_model.features.mfcc's hop
PITCH_STEP = 0.01  # seconds, core_model.features.pitch's step
_SHOWN_DEVIATIONS = 3.0
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
    """`values` (frames, 39), frame i centred on start + i * 20 ms; `shown` the same standardised, for a colour map."""

    span: Span
    start: float
    names: tuple[str, ...]
    values: npt.NDArray[np.float32]
    shown: npt.NDArray[np.uint8]


def pitch_part(path: Path, rate: int, span: Span, run: Run = call) -> PitchPart:
    """Track the pitch of a part of a recording, piece by piece with what is around each piece.

    Between two pieces the work can be stopped.
    """
    begin = int(span.start / _GRID_SECONDS + 1e-6) * _GRID_SECONDS
    waveform = read_waveform(path, round(begin * rate), round(span.end * rate))
    samples, found = waveform.samples, []
    for start in range(0, len(samples), _PIECE):
        first = max(0, start - _AROUND)
        f0 = run(track_piece, samples[first : start + _PIECE + _AROUND])
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
    return MfccPart(Span(min(span.start, first), span.end), float(first), names, values, standardised(values))


def track_piece(samples: Samples) -> npt.NDArray[np.float64]:
    """F0 of a piece in Hz, 0 where unvoiced. Called in the compute process."""
    from core_model.features.pitch import track_pitch

    return track_pitch(samples, SAMPLE_RATE).f0


def mfcc_window(samples: Samples) -> npt.NDArray[np.float32]:
    """The MFCCs of one window. Called in the compute process."""
    from core_model.features.mfcc import mfcc

    return mfcc(samples)


def mfcc_names() -> tuple[str, ...]:
    """The coefficients' names. Called in the compute process."""
    from core_model.features.mfcc import NAMES

    return NAMES


def standardised(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Each coefficient's deviation from its mean in its standard deviations, -3 to 3 as 0 to 255."""
    deviation = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-6)
    return np.clip((deviation / _SHOWN_DEVIATIONS + 1) * 127.5, 0, 255).astype(np.uint8)
