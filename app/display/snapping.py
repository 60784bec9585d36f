"""Where an edge of a segment snaps to: other edges, boundaries of speech, and then the nearest zero crossing."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from core_model.audio import Samples, read_blocks

_REACH = 0.005  # s; a period of a voice of 100 Hz has a crossing within this on either side


def nearest(position: int, candidates: Iterable[int], reach: int) -> int:
    """The candidate nearest to a position (samples), if one is within reach; else the position."""
    found = min(candidates, key=lambda each: abs(each - position), default=position)
    return found if abs(found - position) <= reach else position


def next_in_direction(position: int, direction: int, candidates: Iterable[int], step: int) -> int:
    """One step on in a direction (1 or -1), or less far, where a candidate lies on the way."""
    on_the_way = [each for each in candidates if 0 < (each - position) * direction <= step]
    if on_the_way:
        return min(on_the_way, key=lambda each: abs(each - position))
    return position + direction * step


def zero_crossing(samples: Samples, position: int) -> int:
    """The index nearest to `position` at which the sound crosses zero; `position` where it never does.

    Args:
        samples: (n, channels); the channels' mean is looked at.
    """
    mean = samples.mean(axis=1)
    crossings = np.flatnonzero(np.signbit(mean[1:]) != np.signbit(mean[:-1])) + 1
    if not len(crossings):
        return position
    return int(crossings[np.abs(crossings - position).argmin()])


def zero_crossing_of(path: Path, position: int, rate: int, frames: int) -> int:
    """The zero crossing of a recording nearest to a sample, at most 5 ms away; reads those milliseconds.

    Raises:
        HumpcatError: they cannot be read.
    """
    reach = max(1, round(_REACH * rate))
    first, last = max(0, position - reach), min(frames, position + reach + 1)
    if position in (0, frames) or last - first < 2:
        return position
    blocks = list(read_blocks(path, first, last))
    return first + zero_crossing(np.concatenate(blocks), position - first) if blocks else position
