"""The newest seconds of a sound that is coming in, as the live plots draw them: no sample is looked at twice.

All of them are steps of 10 ms, numbered from the sound's beginning; the newest ones lie in arrays that wrap around.
"""

import numpy as np
import numpy.typing as npt

from core_model.audio import Samples, mono

from .spectra import BIN_HZ, TOP_HZ, WINDOW_SECONDS, Levels, column_levels

STEPS_PER_SECOND = 100
SHOWN_SECONDS = 10.0
_SPARE = 50  # steps beyond what is shown, for what is at the edges

Floats = npt.NDArray[np.float32]


class Rolling:
    """Waveform, spectrogram and F0 of the last ten seconds.

    Args:
        rate: in Hz.
        begin: the first frame that will come.
    """

    def __init__(self, rate: int, begin: int) -> None:
        self.rate, self.frames = rate, begin
        self.kept = round(SHOWN_SECONDS * STEPS_PER_SECOND) + _SPARE
        self._first_step = self.step_of(begin) + 1
        self._next_step = self._first_step  # the first step that is not filled yet
        self._length = max(16, round(WINDOW_SECONDS * rate))
        self._window = np.hanning(self._length + 2)[1:-1].astype(np.float32)
        self._rows = min(self._length // 2 + 1, round(TOP_HZ / BIN_HZ) + 1)
        self._held: Samples = np.zeros(2 * self._length, dtype=np.float32)
        self._lows, self._highs = (np.zeros(self.kept, dtype=np.float32) for _ in range(2))
        self._f0 = np.full(self.kept, np.nan, dtype=np.float32)
        self._levels: Levels = np.zeros((self.kept, self._rows), dtype=np.uint8)

    @property
    def next_step(self) -> int:
        """The first step that is not there yet."""
        return self._next_step

    @property
    def oldest_step(self) -> int:
        """The first step that is still there."""
        return max(self._first_step, self._next_step - self.kept)

    @property
    def rows(self) -> int:
        """How many frequencies there are."""
        return self._rows

    def step_of(self, frame: int) -> int:
        """The step in which a frame lies."""
        return frame * STEPS_PER_SECOND // self.rate

    def add(self, block: Samples) -> None:
        """Take in what came, (n, channels)."""
        samples = mono(block)
        held = np.concatenate([self._held, samples])
        first = self.frames - len(self._held)  # the frame of held[0]
        self.frames += len(samples)
        # A step is complete when its sound is there and half a window of what follows.
        ready = self.step_of(self.frames - self._length // 2)
        steps = np.arange(max(self._next_step, ready - self.kept), ready)
        if len(steps):
            self._fill(held, first, steps)
            self._next_step = ready
        # Enough for the next steps: a window before the first of them.
        wanted = self._next_step * self.rate // STEPS_PER_SECOND - self._length
        self._held = held[max(0, min(wanted - first, len(held) - self._length)) :]

    def add_pitch(self, first_step: int, f0: Floats) -> None:
        """F0 in Hz (NaN where unvoiced) of consecutive steps, in place of what was there."""
        steps = np.arange(first_step, first_step + len(f0))
        shown = (steps >= self.oldest_step) & (steps < self._next_step)
        self._f0[steps[shown] % self.kept] = f0[shown]

    def waveform(self, steps: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
        """The lowest and the highest sample of each step."""
        return self._lows[steps % self.kept], self._highs[steps % self.kept]

    def f0(self, steps: npt.NDArray[np.int64]) -> Floats:
        """F0 in Hz of each step, NaN where unvoiced or not known yet."""
        return self._f0[steps % self.kept]

    def levels(self, steps: npt.NDArray[np.int64]) -> Levels:
        """The spectrogram's column of each step, as `spectra.Spectrogram.levels`."""
        return self._levels[steps % self.kept]

    def _fill(self, held: Samples, first: int, steps: npt.NDArray[np.int64]) -> None:
        at = steps % self.kept
        edges = np.append(steps, steps[-1] + 1) * self.rate // STEPS_PER_SECOND - first
        edges = np.clip(edges, 0, len(held))
        if edges[0] < edges[-1]:
            starts = np.minimum(edges[:-1], len(held) - 1)
            self._lows[at] = np.minimum.reduceat(held[: edges[-1]], starts)
            self._highs[at] = np.maximum.reduceat(held[: edges[-1]], starts)
        centres = (steps * self.rate + self.rate // 2) // STEPS_PER_SECOND - first
        begins = np.clip(centres - self._length // 2, 0, len(held) - self._length)
        frames = held[begins[:, None] + np.arange(self._length)]
        self._levels[at] = column_levels(frames, self._window, self._length, self._rows)
        self._f0[at] = np.nan
