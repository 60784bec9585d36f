"""The network's input: windows of 7 s, shorter speech repeated until it fills one (paper, section IV-B)."""

from collections.abc import Iterable, Iterator

import numpy as np

from .audio import SAMPLE_RATE, Samples

WINDOW_SECONDS = 7
WINDOW = WINDOW_SECONDS * SAMPLE_RATE
# Decision: what is left after the last whole window counts as a window of its own from half a second on;
# less speech than that says nothing, and repeating it 14 times and more makes a buzz of it.
SHORTEST = SAMPLE_RATE // 2


def repeat_to_window(samples: Samples) -> Samples:
    """Return (112000,) float32: the clip cut at 7 s, or repeated from its start until it fills 7 s.

    Raises:
        ValueError: the clip is empty.
    """
    if not len(samples):
        raise ValueError("an empty clip cannot fill a window")
    return np.resize(samples, WINDOW)


def split_into_windows(blocks: Iterable[Samples]) -> Iterator[Samples]:
    """Cut a stream of 16 kHz blocks into consecutive clips of 7 s; the last one may be shorter, never under 0.5 s.

    A stream shorter than 0.5 s in all still gives its one clip. Memory: one window and one block.
    """
    held = np.zeros(0, dtype=np.float32)
    count = 0
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= WINDOW:
            yield held[:WINDOW]
            count += 1
            held = held[WINDOW:]
    if len(held) >= SHORTEST or (count == 0 and len(held)):
        yield held
