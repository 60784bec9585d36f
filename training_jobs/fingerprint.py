"""Audio fingerprints: which recordings hold the same sound, though re-encoded, resampled, quieter or trimmed.

Two stages, each for what it is good at. Sub-fingerprints (Haitsma and Kalker 2002, "A highly robust audio
fingerprinting system", ISMIR): the signs of the changes of neighbouring bands' energies, 22 bits every 16 ms, find
among many files the few that may be copies, and at which offset. They cannot judge: by their bit errors two takes of
one sentence by one speaker look like a badly encoded copy. The waveform can, for codecs keep it and no speaker repeats
it: the candidates' outlines (2 kHz, above 120 Hz) are correlated where they overlap.

The thresholds rest on the correlations that `tests/benchmarks/leaks.py` prints; `fingerprint_match` states them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr
from scipy.fft import rfft, rfftfreq
from scipy.signal import butter, sosfilt

from core_model.audio import SAMPLE_RATE, Samples, waveform_blocks
from core_model.cache import FeatureCache

VERSION = 1  # of all that a fingerprint depends on; kept ones of another version are computed again
HOP_SECONDS = 0.016  # no two copies are further out of step than 8 ms, 1/16 of a window
OUTLINE_RATE = 2_000
OUTLINE_HOP = round(HOP_SECONDS * OUTLINE_RATE)

_RATE = 4_000  # nothing higher is looked at, and it is quick
_HOP = round(HOP_SECONDS * _RATE)

_WINDOW = 8 * _HOP
_LAG = 8  # hops over which a change is measured: a whole window, so that noise moves few of the signs
_BITS = 22
_WEAK = 3  # bits that a copy may have otherwise and is still found
_LOWEST, _HIGHEST = 300.0, 1_800.0  # Hz: in telephone speech, too, and below where the resampler fades
_FLOOR = 1e-10  # of a band's energy, below the noise of 16 bits
_LOUD_DB = 30.0  # frames that far below the loud ones hold the room, and what a codec makes of it
_STEADY = 0.05  # a change of the logarithm that is none: nothing in it but rounding
_HUM = 120.0  # Hz; what mains and rooms put below would be alike in all of a room's recordings

_EDGES = np.searchsorted(rfftfreq(_WINDOW, 1 / _RATE), np.geomspace(_LOWEST, _HIGHEST, _BITS + 2))
_TAPER = np.hanning(_WINDOW).astype(np.float32)
_HIGH_PASS = butter(4, _HUM, "highpass", fs=OUTLINE_RATE, output="sos")

Keys = npt.NDArray[np.uint32]
Tick = Callable[[], None]


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What is kept of a stretch of sound: about 3 kB a second.

    Attributes:
        keys: (n,) uint32, the sub-fingerprints of the loud frames that change.
        weak: (n, 3) uint32, each with the one bit set of a key that a copy has otherwise soonest.
        places: (n,) int32, which hop of 16 ms each key is of.
        outline: (m,) int8, the waveform at 2 kHz; square roots, so that quiet parts keep their shape.
    """

    keys: Keys
    weak: Keys
    places: npt.NDArray[np.int32]
    outline: npt.NDArray[np.int8]


def fingerprint(path: Path, start: int = 0, end: int | None = None, tick: Tick | None = None) -> Fingerprint:
    """The fingerprint of frames `start` to `end` (at the file's own rate).

    `tick` is called every 10 s of sound and may raise to stop.

    Raises:
        HumpcatError: the file cannot be read.
    """
    halver = soxr.ResampleStream(_RATE, OUTLINE_RATE, 1, dtype="float32")
    rest: Samples = np.zeros(0, dtype=np.float32)
    energies: list[Samples] = []
    outline: list[Samples] = []
    for block in _resampled(path, start, end):
        sound = np.concatenate([rest, block])
        energies.append(_band_energies(sound))
        rest = sound[len(energies[-1]) * _HOP :]
        outline.append(halver.resample_chunk(block))
        if tick:
            tick()
    outline.append(halver.resample_chunk(np.zeros(0, dtype=np.float32), last=True))
    keys, weak, places = _sub_fingerprints(np.concatenate([np.zeros((0, _BITS + 1), np.float32), *energies]))
    return Fingerprint(keys, weak, places, _companded(sosfilt(_HIGH_PASS, np.concatenate(outline))))


def cached_fingerprint(
    path: Path,
    audio: str,
    start: int = 0,
    end: int | None = None,
    cache: FeatureCache | None = None,
    tick: Tick | None = None,
) -> Fingerprint:
    """As `fingerprint`, kept in `cache` under `audio`, the hash of the file's content.

    Raises:
        HumpcatError: the file cannot be read.
    """
    key = {"kind": "fingerprint", "version": VERSION, "audio": audio, "start": start, "end": end}
    kept = cache.get(key) if cache else None
    if kept is not None:
        return Fingerprint(
            kept["keys"].astype(np.uint32, copy=False),
            kept["weak"].astype(np.uint32, copy=False),
            kept["places"].astype(np.int32, copy=False),
            kept["outline"].astype(np.int8, copy=False),
        )
    made = fingerprint(path, start, end, tick)
    if cache:
        cache.put(key, {"keys": made.keys, "weak": made.weak, "places": made.places, "outline": made.outline})
    return made


def expanded(outline: npt.NDArray[np.int8]) -> Samples:
    """An outline's waveform (m,), its peak at 1."""
    roots = outline.astype(np.float32) / np.float32(127)
    wave: Samples = roots * np.abs(roots)
    return wave


def _resampled(path: Path, start: int, end: int | None) -> Iterator[Samples]:
    resampler = soxr.ResampleStream(SAMPLE_RATE, _RATE, 1, dtype="float32")
    for block in waveform_blocks(path, start, end):
        yield resampler.resample_chunk(block)
    yield resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True)


def _companded(wave: npt.NDArray[np.floating]) -> npt.NDArray[np.int8]:
    peak = float(np.abs(wave).max(initial=0.0))
    if peak == 0.0:
        return np.zeros(len(wave), dtype=np.int8)
    roots: npt.NDArray[np.int8] = np.round(127 * np.sign(wave) * np.sqrt(np.abs(wave) / peak)).astype(np.int8)
    return roots


def _band_energies(sound: Samples) -> Samples:
    """(frames, bands): energy of each band in each whole window."""
    if len(sound) < _WINDOW:
        return np.zeros((0, _BITS + 1), dtype=np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP] * _TAPER
    spectrum = rfft(frames, axis=1)[:, : _EDGES[-1]]
    energy: Samples = np.add.reduceat(np.abs(spectrum) ** 2, _EDGES[:-1], axis=1).astype(np.float32)
    return energy


def _sub_fingerprints(energies: Samples) -> tuple[Keys, Keys, npt.NDArray[np.int32]]:
    """Keys, their weakest bits and their places, of the frames that are loud and change."""
    if len(energies) <= _LAG:
        return np.zeros(0, np.uint32), np.zeros((0, _WEAK), np.uint32), np.zeros(0, np.int32)
    levels = np.log(energies + _FLOOR)
    tilts = np.diff(levels, axis=1)
    changes = tilts[_LAG:] - tilts[:-_LAG]
    level = 10 * np.log10(energies.sum(axis=1) + _FLOOR)
    loud = level > max(np.percentile(level, 95) - _LOUD_DB, 10 * np.log10(_FLOOR) + 1)
    moves = (np.abs(changes) > _STEADY).mean(axis=1) > 0.5
    places = np.flatnonzero(loud[_LAG:] & loud[:-_LAG] & moves)
    changes = changes[places]
    bits = np.uint32(1) << np.arange(_BITS, dtype=np.uint32)
    keys = ((changes > 0) * bits).sum(axis=1, dtype=np.uint32)
    weak = bits[np.argsort(np.abs(changes), axis=1)[:, :_WEAK]]
    return keys, weak, places.astype(np.int32)
