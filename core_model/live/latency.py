"""How long it takes from a sound to the label that is shown for it."""

from collections import deque

import numpy as np

_KEPT = 2400  # labels, ten minutes at a hop of 250 ms


class Latency:
    """The newest latencies in seconds, and what half and 95 % of them stay below."""

    def __init__(self) -> None:
        self._newest: deque[float] = deque(maxlen=_KEPT)

    def __len__(self) -> int:
        return len(self._newest)

    def add(self, seconds: float) -> None:
        """One more; NaN, where the sound's time is not known, counts for nothing."""
        if seconds == seconds:
            self._newest.append(seconds)

    def clear(self) -> None:
        """Begin anew."""
        self._newest.clear()

    @property
    def p50(self) -> float:
        """The median in s, NaN before the first."""
        return self._percentile(50)

    @property
    def p95(self) -> float:
        """What 19 of 20 stay below, in s, NaN before the first."""
        return self._percentile(95)

    def _percentile(self, percent: float) -> float:
        return float(np.percentile(self._newest, percent)) if self._newest else float("nan")
