"""Listening to a ring buffer as it fills: in time, or window by window where nobody waits."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import soxr

from ..audio import SAMPLE_RATE, Samples, mono
from .listener import Listener, LiveLabel
from .ring_buffer import Overrun, RingBuffer

_CHUNK_SECONDS = 0.1  # read at a time
_WAIT_SECONDS = 0.1  # how soon a request to stop is heard while no sound comes
_MEASURED = 12  # windows from which the pace is told
_SPARE = 1.2  # a hop lasts this much longer than a window takes, so that there is air for other programs
_STEP = 0.05  # s, of an automatic hop


@dataclass(frozen=True, slots=True)
class Heard:
    """A label, and what it took to make it (times by time.monotonic).

    Attributes:
        frame: of the ring buffer, where the label's window ends.
        captured: when the window's last sample sounded.
        computing: seconds that the window took.
        skipped: windows left out since the session began, as they came faster than they could be predicted.
        lost: frames that were gone before they were read.
        hop: seconds; longer than asked for where the machine is too slow.
    """

    label: LiveLabel
    frame: int
    captured: float
    computing: float
    skipped: int
    lost: int
    hop: float


class Following:
    """One session's way through a ring buffer.

    Args:
        begin: the first frame to hear; None for what comes from now on.
        every: wait for nobody and leave no window out (a file being replayed); else the newest window counts, and the
            hop grows to what the machine sustains.
    """

    def __init__(
        self, ring: RingBuffer, listener: Listener, begin: int | None = None, every: bool = False
    ) -> None:
        self._ring, self.listener, self._every = ring, listener, every
        self._resample = _Resampling(ring.rate)
        self._took: deque[float] = deque([listener.warm_up()], maxlen=_MEASURED)  # takes seconds
        self.begin = self._at = ring.written if begin is None else begin
        if every:
            ring.tell_heard(self._at)
        self._skipped = self._lost = 0

    @property
    def hop(self) -> float:
        """Seconds from window to window: as asked for, or as short as this machine sustains."""
        wanted = self.listener.config.hop
        if self._every:
            return wanted
        # The second slowest of them: one hiccup does not count, two do.
        usual = sorted(self._took)[-2] if len(self._took) > 1 else self._took[0]
        return max(wanted, math.ceil(usual * _SPARE / _STEP - 1e-9) * _STEP)

    def labels(self, check: Callable[[], None]) -> Iterator[Heard]:
        """Yield a label for every window until the sound ends; `check` is called ten times a second, and may raise."""
        while True:
            check()
            ended = self._ring.ended  # before the look at what is there: nothing is written after it
            if not self._ring.wait(self._at + 1, _WAIT_SECONDS):
                if ended:
                    self._hear(self._resample.last())
                    yield from self._due(self.listener.heard)
                    return
                continue
            self._hear(self._resample(self._read()))
            behind = self._ring.written - self._at >= self._ring.rate * _CHUNK_SECONDS
            if self._every or not behind:
                yield from self._due(self.listener.heard)
            if self._every:
                self._ring.tell_heard(self._at)

    def _hear(self, samples: Samples) -> None:
        if len(samples):
            self.listener.hear(samples)

    def _read(self) -> Samples:
        chunk = round(self._ring.rate * _CHUNK_SECONDS)
        try:
            block = self._ring.read(self._at, self._at + chunk)
        except Overrun as overrun:
            # Silence in place of what is gone, so that the clock of the session stays the clock of the sound.
            gone = min(overrun.oldest - self._at, chunk)
            self._lost += gone
            block = np.zeros((gone, self._ring.channels), dtype=np.float32)
        self._at += len(block)
        return mono(block)

    def _due(self, heard: int) -> Iterator[Heard]:
        listener = self.listener
        while (end := self._next_end()) <= heard:
            if not self._every:
                late = (heard - end) // round(self.hop * SAMPLE_RATE)
                self._skipped += late
                end += late * round(self.hop * SAMPLE_RATE)
            began = time.monotonic()
            label = listener.label(end)
            took = time.monotonic() - began
            if label.probabilities is not None:
                self._took.append(took)
            frame = self.begin + round(end * self._ring.rate / SAMPLE_RATE)
            captured = self._ring.time_of(frame)
            yield Heard(label, frame, captured, took, self._skipped, self._lost, self.hop)

    def _next_end(self) -> int:
        return max(self.listener.next_end, self.listener.last_end + round(self.hop * SAMPLE_RATE))


class _Resampling:
    """Mono sound at any rate to 16 kHz; block edges leave no trace (as `audio.waveform_blocks`)."""

    def __init__(self, rate: int) -> None:
        self._stream = (
            None if rate == SAMPLE_RATE else soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
        )

    def __call__(self, samples: Samples) -> Samples:
        if self._stream is None:
            return samples
        found: Samples = self._stream.resample_chunk(np.ascontiguousarray(samples))
        return found

    def last(self) -> Samples:
        """What the filter still holds."""
        empty: Samples = np.zeros(0, dtype=np.float32)
        if self._stream is None:
            return empty
        found: Samples = self._stream.resample_chunk(empty, last=True)
        return found
