"""Speech played slower or faster at its own pitch, a hop of 10 ms at a time.

WSOLA (Verhelst and Roelands 1993, "An overlap-add technique based on waveform similarity (WSOLA) for high quality
time-scale modification of speech"): pieces of the sound are laid over one another closer together or further apart
than they were, each taken from where, near the place that the speed asks for, the wave looks most like what would
have followed the piece before. Decision against a library: the one with wheels for every system (python-stretch 0.3)
begins anew with every block, Rubber Band's are GPL, and here where each sample is from is known.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from core_model.audio import Samples

SLOWEST, FASTEST = 0.5, 2.0
_HOP_SECONDS = 0.01  # a piece is two hops: two periods of a low voice
_LEAST_HOPS = 4  # in a passage; a very short one has shorter ones
_SEARCH_SECONDS = 0.008  # to either side; together a period of 63 Hz, and as far as the playhead may be off
_NEARNESS = 0.02  # of the likeness, what a piece from the edge of the search must be better by

Read = Callable[[int, int], Samples]  # frames `first` to `last`, (last - first, channels)


@dataclass(frozen=True, slots=True)
class Place:
    """Where stretching stands, in frames: the time that the speed has led to, and what would follow on the last piece.

    They differ by no more than a search reaches.
    """

    time: float
    follows: int


def place_at(frame: int) -> Place:
    """The place from which the next hop begins with `frame`."""
    return Place(float(frame), frame)


def stretch_hop(
    read: Read, place: Place, speed: float, start: int, end: int, rate: int
) -> tuple[Samples, Place]:
    """The next hop to be heard, and the place behind it.

    At speed 1 it is the sound itself, sample for sample. At any other what is heard is 8 ms from `place.time` at most.

    Args:
        read: the sound; never asked for frames outside `start` to `end`, which are silent here.
        speed: 0.5 to 2, free to change from hop to hop.
        start, end: what is played, in frames; the hop is cut where `place.time` reaches the end.

    Returns:
        the hop, (up to 10 ms, channels), none when the end is reached; and the place to go on from.
    """
    hop = max(1, min(round(_HOP_SECONDS * rate), (end - start) // _LEAST_HOPS))
    count = _frames_until(end, place.time, speed, hop)
    time = min(place.time + count * speed, float(end))
    old = _cut(read, place.follows, place.follows + count, start, end)
    if speed == 1.0 and abs(place.follows - place.time) < 1:
        return old, Place(time, place.follows + count)
    # Over a hop the old piece gives way to the new one, so that the times are met where each has the word alone.
    target = round(place.time + hop * (speed - 1.0))
    # What follows on the new piece is needed for another hop, if there is one: nothing is heard from behind the end.
    latest = end - count - _frames_until(end, time, speed, hop)
    piece = _most_alike(read, place.follows, target, hop, (start, latest), (start, end), rate)
    new = _cut(read, piece, piece + count, start, end)
    return old + (new - old) * _rise(hop)[:count], Place(time, piece + count)


def stretch(samples: Samples, rate: int, speed: float) -> Samples:
    """All of a sound, (n, channels), at another speed: (about n / speed, channels)."""
    place, hops = place_at(0), [samples[:0]]
    while place.time < len(samples):
        hop, place = stretch_hop(lambda a, b: samples[a:b], place, speed, 0, len(samples), rate)
        hops.append(hop)
    return np.concatenate(hops)


def _frames_until(end: int, time: float, speed: float, hop: int) -> int:
    return min(hop, max(0, math.ceil((end - time) / speed - 1e-6)))


def _most_alike(
    read: Read, follows: int, target: int, hop: int, among: tuple[int, int], sound: tuple[int, int], rate: int
) -> int:
    """The frame near `target` from where the sound is most like that from `follows` on, over two hops.

    Likeness is the correlation, all channels taken together so that they stay in step.
    """
    reach = max(1, round(_SEARCH_SECONDS * rate))
    low = max(min(target - reach, among[1]), among[0])
    high = max(low, min(target + reach, among[1]))
    length, places = max(1, min(2 * hop, sound[1] - follows)), high - low + 1
    wanted = _cut(read, follows, follows + length, *sound)
    around = _cut(read, low, low + places + length - 1, *sound)
    size = 1 << (len(around) - 1).bit_length()
    spectrum = np.fft.rfft(around, size, axis=0) * np.fft.rfft(wanted, size, axis=0).conj()
    product = np.fft.irfft(spectrum.sum(axis=1), size)[:places]
    power = np.cumsum(np.concatenate(([0.0], np.square(around, dtype=np.float64).sum(axis=1))))
    energy = np.maximum(power[length:] - power[:-length], 0.0)
    likeness = product / np.sqrt(energy * np.square(wanted, dtype=np.float64).sum() + 1e-12)
    off = (np.arange(low, high + 1) - target) / reach
    return low + int(np.argmax(likeness - _NEARNESS * off**2))


def _cut(read: Read, first: int, last: int, start: int, end: int) -> Samples:
    """Frames `first` to `last`, silent outside `start` to `end`."""
    inside = read(min(max(first, start), end), max(min(last, end), start))
    if len(inside) == last - first:
        return inside
    before = max(0, min(start, last) - first)
    padded = np.zeros((last - first, inside.shape[1]), dtype=np.float32)
    padded[before : before + len(inside)] = inside
    return padded


@cache
def _rise(hop: int) -> npt.NDArray[np.float32]:
    """The rising half of a Hann window, (hop, 1): it and its mirror image add up to 1."""
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(hop) + 0.5) / hop)).astype(np.float32)[:, None]
