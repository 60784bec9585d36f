"""The labels of the last minute, as the live view draws them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

HISTORY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What was said of the time from `start` to `end` (frames): probabilities, or None where nobody spoke."""

    start: int
    end: int
    probabilities: tuple[float, ...] | None


class EmotionHistory:
    """Moments in order; those older than a minute are dropped."""

    def __init__(self, rate: int, begin: int) -> None:
        self.rate, self.last = rate, begin
        self._moments: deque[Moment] = deque()

    def add(self, end: int, probabilities: tuple[float, ...] | None) -> Moment:
        """One more, from the end of the last one on."""
        moment = Moment(self.last, end, probabilities)
        self._moments.append(moment)
        self.last = end
        while self._moments and self._moments[0].end < end - HISTORY_SECONDS * self.rate:
            self._moments.popleft()
        return moment

    def __iter__(self) -> Iterator[Moment]:
        return iter(self._moments)

    def __len__(self) -> int:
        return len(self._moments)
