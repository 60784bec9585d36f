"""Spectrograms for the screen: 0 to 8 kHz in steps of 31.25 Hz, at any rate of the recording.

The window is 32 ms (Hann) at the recording's own rate, so nothing is resampled and the rows are the same for every
rate. Levels are dB below a full-scale sine, kept in a byte each.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core_model.audio import Samples

WINDOW_SECONDS = 0.032
BIN_HZ = 1 / WINDOW_SECONDS
TOP_HZ = 8000.0
FINEST_STEP = 0.002  # seconds between columns; finer ones show nothing more with a window of 32 ms
LOWEST_DB = -127.5
_AT_ONCE = 256  # columns transformed together; bounds the memory

Levels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Spectrogram:
    """`levels` (columns, rows) in half dB above -127.5 dB; column i is centred on start + i * step seconds."""

    start: float
    step: float
    levels: Levels

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
    """

    def __init__(self, rate: int, first: int, start: float, step: float, columns: int) -> None:
        self._rate, self._at = rate, first
        self._length = max(16, round(WINDOW_SECONDS * rate))
        self._window = np.hanning(self._length + 2)[1:-1].astype(np.float32)
        self._rows = min(self._length // 2 + 1, round(TOP_HZ / BIN_HZ) + 1)
        centres = np.round((start + step * np.arange(columns)) * rate).astype(np.int64)
        self._firsts = centres - self._length // 2
        self._result = Spectrogram(start, step, np.zeros((columns, self._rows), dtype=np.uint8))
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
        return Spectrogram(self._result.start, self._result.step, self._result.levels[: self._done])

    def finish(self) -> Spectrogram:
        """The spectrogram, silence following the last block."""
        if self._done < len(self._firsts):
            missing = int(self._firsts[-1]) + self._length - self._at - len(self._held)
            self.add(np.zeros(min(max(missing, 0), 2 * self._length), dtype=np.float32))
        return self._result

    def _fill(self, held: Samples, low: int, high: int) -> None:
        starts = np.maximum(self._firsts[low:high] - self._at, 0)
        frames = held[starts[:, None] + np.arange(self._length)]
        spectrum = np.abs(np.fft.rfft(frames * self._window, axis=1)[:, : self._rows])
        level = 20 * np.log10(np.maximum(spectrum * (2 / self._window.sum()), 1e-7))
        self._result.levels[low:high] = np.clip((level - LOWEST_DB) * 2, 0, 255)


def spectrogram(
    blocks: Iterable[Samples], rate: int, first: int, start: float, step: float, columns: int
) -> Spectrogram:
    """Compute `columns` columns from mono blocks that begin with frame `first`."""
    builder = SpectrogramBuilder(rate, first, start, step, columns)
    for block in blocks:
        builder.add(block)
    return builder.finish()


def brightness(peak: float) -> tuple[float, float]:
    """The levels (in half dB, as stored) shown darkest and brightest, for a recording with this greatest magnitude."""
    top = (
        20 * np.log10(max(peak, 1e-4)) - 12
    )  # a voice's strongest partial lies well below its waveform's peak
    return (top - 65 - LOWEST_DB) * 2, (top - LOWEST_DB) * 2
