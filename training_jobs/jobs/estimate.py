"""How long a phase of work will still take, from how long it has taken."""

import time
from collections.abc import Callable

_TOO_EARLY = 0.02  # share of the work before which nothing is said


class Estimate:
    """Work of even speed, counted in whatever takes even time.

    The clock stands still while the machine sleeps, where the system has such a clock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: tuple[float, float] | None = None  # when, and how much was done then

    def remaining(self, done: float, of: float) -> float | None:
        """Seconds that are left when `done` of `of` is done; None while nobody can say."""
        now = self._clock()
        if (
            self._began is None or done <= self._began[1]
        ):  # what comes before the first step is no measure of it
            self._began = now, done
        since, before = self._began
        if of <= before or (done - before) / (of - before) < _TOO_EARLY:
            return None
        return (now - since) * (of - done) / (done - before)
