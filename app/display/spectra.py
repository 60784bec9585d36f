"""Spectrograms for the screen, with the same rows at any rate of the recording.

The window (Hann, 32 ms unless asked otherwise) is taken at the recording's own rate, so nothing is resampled. Shorter
windows are filled with zeros to 32 ms, so that the rows are 31.25 Hz apart; longer ones to 64 ms. Levels are dB below a
full-scale sine, kept in a byte each.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core_model.audio import Samples

from .plot_options import PlotOptions

WINDOW_SECONDS = 0.032
BIN_HZ = 1 / WINDOW_SECONDS
TOP_HZ = 8000.0
FINEST_STEP = 0.002  # seconds between columns; finer ones show nothing more with a window of 32 ms
LOWEST_DB = -127.5
_AT_ONCE = 256  # columns transformed together; bounds the memory

Levels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Spectrogram:
    """`levels` (columns, rows) in half dB above -127.5 dB; column i is centred on start + i * step seconds, row k on
    k * bin_hz.
    """

    start: float
    step: float
    levels: Levels
    bin_hz: float = BIN_HZ

    @property
    def end(self) -> float:
        """The last column's centre in seconds."""
        return self.start + self.step * max(len(self.levels) - 1, 0)


def decibels(levels: Levels | int | np.uint8) -> npt.NDArray[np.float64]:
    """The levels in dB."""
    return np.asarray(levels, dtype=np.float64) / 2 + LOWEST_DB


class SpectrogramBuilder:
    """Takes mono blocks in order and fills the columns that they cover.

    Args:
        rate: of the blocks, in Hz.
        first: the frame with which the first block begins.
        start, step, columns: the columns wanted, in seconds.
        window: seconds.
        top: Hz of the highest row, which is lower where the rate does not reach so far.
    """

    def __init__(
        self,
        rate: int,
        first: int,
        start: float,
        step: float,
        columns: int,
        window: float = WINDOW_SECONDS,
        top: float = TOP_HZ,
    ) -> None:
        self._at = first
        self._length = max(16, round(window * rate))
        self._window = np.hanning(self._length + 2)[1:-1].astype(np.float32)
        filled = WINDOW_SECONDS
        while filled < window - 1e-9:
            filled *= 2
        self._n_fft = max(self._length, round(filled * rate))
        self._rows = min(self._n_fft // 2 + 1, round(top * filled) + 1)
        centres = np.round((start + step * np.arange(columns)) * rate).astype(np.int64)
        self._firsts = centres - self._length // 2
        levels = np.zeros((columns, self._rows), dtype=np.uint8)
        self._result = Spectrogram(start, step, levels, 1 / filled)
        self._done = 0
        self._held = np.zeros(self._length, dtype=np.float32)  # silence before the first frame
        self._at -= self._length

    def add(self, block: Samples) -> None:
        """Take the next mono block."""
        held = np.concatenate([self._held, block])
        ready = int(np.searchsorted(self._firsts, self._at + len(held) - self._length, side="right"))
        for low in range(self._done, ready, _AT_ONCE):
            self._fill(held, low, min(low + _AT_ONCE, ready))
        self._done = max(self._done, ready)
        keep = min(len(held), self._length)
        self._at += len(held) - keep
        self._held = held[len(held) - keep :]

    def so_far(self) -> Spectrogram:
        """The columns that are done; not a copy, since they are not written again."""
        return replace(self._result, levels=self._result.levels[: self._done])

    def finish(self) -> Spectrogram:
        """The spectrogram, silence following the last block."""
        if self._done < len(self._firsts):
            missing = int(self._firsts[-1]) + self._length - self._at - len(self._held)
            self.add(np.zeros(min(max(missing, 0), 2 * self._length), dtype=np.float32))
        return self._result

    def _fill(self, held: Samples, low: int, high: int) -> None:
        starts = np.maximum(self._firsts[low:high] - self._at, 0)
        frames = held[starts[:, None] + np.arange(self._length)]
        self._result.levels[low:high] = column_levels(frames, self._window, self._n_fft, self._rows)


def column_levels(
    frames: npt.NDArray[np.float32], window: npt.NDArray[np.float32], n_fft: int, rows: int
) -> Levels:
    """Levels (columns, rows) of the samples under each column's window, (columns, length)."""
    spectrum = np.abs(np.fft.rfft(frames * window, n_fft, axis=1)[:, :rows])
    level = 20 * np.log10(np.maximum(spectrum * (2 / window.sum()), 1e-7))
    return np.clip((level - LOWEST_DB) * 2, 0, 255).astype(np.uint8)


def spectrogram(
    blocks: Iterable[Samples],
    rate: int,
    first: int,
    start: float,
    step: float,
    columns: int,
    window: float = WINDOW_SECONDS,
    top: float = TOP_HZ,
) -> Spectrogram:
    """Compute `columns` columns from mono blocks that begin with frame `first`."""
    builder = SpectrogramBuilder(rate, first, start, step, columns, window, top)
    for block in blocks:
        builder.add(block)
    return builder.finish()


def brightness(peak: float, options: PlotOptions) -> tuple[float, float]:
    """The levels (in half dB, as stored) shown darkest and brightest, for a recording with this greatest magnitude."""
    top: float | None = options.top_db
    if top is None:  # a voice's strongest partial lies well below its waveform's peak
        top = 20 * np.log10(max(peak, 1e-4)) - 12
    return (top - options.dynamic_range - LOWEST_DB) * 2, (top - LOWEST_DB) * 2
