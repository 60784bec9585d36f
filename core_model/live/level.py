"""How loud what comes in is, as a peak programme meter shows it."""

import numpy as np
import numpy.typing as npt

from ..audio import Samples

FLOOR = -60.0  # dB of full scale; quieter is shown as this
_HOLD = 1.5  # s
_FALL = 20.0  # dB a second, of the level shown (IEC 60268-10 type I: 20 dB in 1.7 s; here faster, for speech)
# Integers of 16 bits end at 1 - 2**-15; converters clip a little below.
CLIPPING = 0.999

Decibels = npt.NDArray[np.float64]


class LevelMeter:
    """Levels of all channels in dB of full scale.

    Attributes:
        levels: (channels,) of the newest sound, falling slowly.
        held: (channels,) the highest of the last 1.5 s.
        clipped: (channels,) whether any sample was at full scale since `reset`.
    """

    def __init__(self, channels: int) -> None:
        self.levels: Decibels = np.full(channels, FLOOR)
        self.held: Decibels = np.full(channels, FLOOR)
        self.clipped = np.zeros(channels, dtype=np.bool_)
        self._held_at = np.zeros(channels)
        self._now: float | None = None

    def add(self, samples: Samples, now: float) -> None:
        """What came since the last look, (n, channels); `now` in s by any clock."""
        peaks = np.abs(samples).max(axis=0, initial=0.0)
        found = np.maximum(20 * np.log10(np.maximum(peaks, 1e-6)), FLOOR)
        fallen = self.levels - _FALL * (now - self._now if self._now is not None else 0.0)
        self.levels = np.maximum(np.maximum(found, fallen), FLOOR)
        higher = (found >= self.held) | (now - self._held_at > _HOLD)
        self.held = np.where(higher, np.maximum(found, FLOOR), self.held)
        self._held_at = np.where(higher, now, self._held_at)
        self.clipped |= peaks >= CLIPPING
        self._now = now

    def reset(self) -> None:
        """Forget the clipping."""
        self.clipped[:] = False
