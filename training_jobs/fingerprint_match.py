"""Which fingerprints are of the same sound: candidates from an inverted index, judged by their waveforms.

Where the threshold lies (decision, from `tests/benchmarks/leaks.py` on RAVDESS, EMO-DB and BanglaSER): of 2.2 million
pairs of different files, pairs of which the sound shows that they are two takes reach 0.60 (their words are shifted
against each other by some milliseconds), and copies that the corpora hold begin at 0.69. Copies that we made worse stay
above 0.9, but for the lowest rates of MP3 and Opus and 8 bits at a low level, some of which are missed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft

from core_model.audio import Samples

from .fingerprint import OUTLINE_HOP, OUTLINE_RATE, Fingerprint, Keys, Tick, expanded

LIKENESS = 0.64
SHORTEST = 0.4  # s of overlap
ENERGY = 0.5  # of one of the two that the overlap has to hold: lead-in and room noise prove nothing

_COMMON = 256  # occurrences from which a key tells nothing: a steady sound, or the noise of one room
_LEAST_VOTES = 2
_CANDIDATES = 20  # for each fingerprint
_PROBES = 1 << 13  # looked up at once; with _COMMON they bound the memory, and how long a stop has to wait
_BETWEEN = np.array([-0.5, -0.25, 0.0, 0.25, 0.5])  # of a sample
_SLACK = 2 * OUTLINE_HOP  # outline samples around the voted offset

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Match:
    """Two fingerprints of one sound.

    Attributes:
        query, reference: their places in the sequences.
        offset: s by which the sound lies later in the query.
        overlap: s that they share.
        likeness: absolute correlation of the waveforms there, 0 to 1.
    """

    query: int
    reference: int
    offset: float
    overlap: float
    likeness: float


@dataclass(frozen=True, slots=True, eq=False)
class _Postings:
    """All keys of many fingerprints: (N,) keys, and of which fingerprint and which hop each is."""

    keys: Keys
    owners: npt.NDArray[np.int32]
    places: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Candidate:
    query: int
    reference: int
    hops: int


def matches(
    queries: Sequence[Fingerprint],
    references: Sequence[Fingerprint] | None = None,
    tick: Tick | None = None,
    least: float = LIKENESS,
) -> Iterator[Match]:
    """Yield the pairs that hold the same sound; without `references`, among the queries, each pair once.

    A pair is a match when its waveforms correlate by at least `least` over at least `SHORTEST` seconds that hold at
    least half (`ENERGY`) of the energy of one of the two. `tick` is called several times a second and may raise to
    stop. Memory: 20 bytes for each key of the references, and what 8 192 lookups find.
    """
    among = references is None
    against = queries if references is None else references
    index = _index(against)
    for batch in _batches(queries):
        probes = _probes(queries, batch)
        if tick:
            tick()
        for number, candidate in enumerate(_candidates(probes, index, among)):
            if tick and number % 256 == 0:
                tick()
            match = _judged(candidate, queries[candidate.query], against[candidate.reference])
            if match and match.likeness >= least:
                yield match


def _index(fingerprints: Sequence[Fingerprint]) -> _Postings:
    """Postings in the order of their keys."""
    if not fingerprints:
        return _Postings(np.zeros(0, np.uint32), np.zeros(0, np.int32), np.zeros(0, np.int32))
    keys = np.concatenate([each.keys for each in fingerprints])
    counts = [len(each.keys) for each in fingerprints]
    owners = np.repeat(np.arange(len(fingerprints), dtype=np.int32), counts)
    places = np.concatenate([each.places for each in fingerprints])
    order = np.argsort(keys, kind="stable")
    return _Postings(keys[order], owners[order], places[order])


def _batches(fingerprints: Sequence[Fingerprint]) -> Iterator[list[tuple[int, slice]]]:
    """Fingerprints, and which of their keys, in parts of bounded size; only long ones are cut."""
    most = _PROBES // _variants(fingerprints)
    batch: list[tuple[int, slice]] = []
    held = 0
    for number, each in enumerate(fingerprints):
        for first in range(0, len(each.keys), most):
            part = slice(first, first + most)
            size = len(each.keys[part])
            if batch and held + size > most:
                yield batch
                batch, held = [], 0
            batch.append((number, part))
            held += size
    if batch:
        yield batch


def _variants(fingerprints: Sequence[Fingerprint]) -> int:
    return 1 << max((each.weak.shape[1] for each in fingerprints), default=0)


def _probes(fingerprints: Sequence[Fingerprint], batch: list[tuple[int, slice]]) -> _Postings:
    """The keys of a batch, each also with every choice of its weak bits turned over."""
    keys = np.concatenate([fingerprints[number].keys[part] for number, part in batch])
    weak = np.concatenate([fingerprints[number].weak[part] for number, part in batch])
    places = np.concatenate([fingerprints[number].places[part] for number, part in batch])
    counts = [len(fingerprints[number].keys[part]) for number, part in batch]
    owners = np.repeat(np.array([number for number, _ in batch], dtype=np.int32), counts)
    variants = keys[:, None]
    for column in weak.T:
        variants = np.concatenate([variants, variants ^ column[:, None]], axis=1)
    times = variants.shape[1]
    return _Postings(variants.ravel(), np.repeat(owners, times), np.repeat(places, times))


def _candidates(probes: _Postings, index: _Postings, among: bool) -> list[_Candidate]:
    """For each query the pairs that most keys agree on at one offset, the best first."""
    first = np.searchsorted(index.keys, probes.keys, "left")
    count = np.searchsorted(index.keys, probes.keys, "right") - first
    count[count > _COMMON] = 0
    probe = np.repeat(np.arange(len(count)), count)
    found = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    query, reference = probes.owners[probe].astype(np.int64), index.owners[found].astype(np.int64)
    hops = probes.places[probe].astype(np.int64) - index.places[found]
    if among:
        later = reference > query
        query, reference, hops = query[later], reference[later], hops[later]
    if not len(query):
        return []
    query, reference, hops, votes = _votes(query, reference, hops)
    best = _best_of_pairs(query, reference, votes)
    best = best[np.lexsort((-votes[best], query[best]))]
    rank = np.arange(len(best)) - np.searchsorted(query[best], query[best], "left")
    best = best[(rank < _CANDIDATES) & (votes[best] >= _LEAST_VOTES)]
    return [_Candidate(int(query[row]), int(reference[row]), int(hops[row])) for row in best]


def _votes(query: Ints, reference: Ints, hops: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Each (query, reference, offset) once, with its votes and those of the next offset: copies lie between hops."""
    order = np.lexsort((hops, reference, query))
    query, reference, hops = query[order], reference[order], hops[order]
    same = (np.diff(query) == 0) & (np.diff(reference) == 0)
    begins = np.flatnonzero(np.concatenate([[True], ~(same & (np.diff(hops) == 0))]))
    votes = np.diff(np.concatenate([begins, [len(query)]]))
    query, reference, hops = query[begins], reference[begins], hops[begins]
    beside = (np.diff(query) == 0) & (np.diff(reference) == 0) & (np.diff(hops) == 1)
    votes[:-1] += np.where(beside, votes[1:], 0)
    return query, reference, hops, votes


def _best_of_pairs(query: Ints, reference: Ints, votes: Ints) -> Ints:
    """The row of each pair's offset with the most votes; pairs are sorted and together."""
    order = np.lexsort((-votes, reference, query))
    fresh = (np.diff(query[order]) != 0) | (np.diff(reference[order]) != 0)
    best: Ints = order[np.concatenate([[True], fresh])]
    return best


def _judged(candidate: _Candidate, query: Fingerprint, reference: Fingerprint) -> Match | None:
    """Correlate two outlines around the candidate's offset; None where too little of them overlaps."""
    lag = candidate.hops * OUTLINE_HOP
    start, stop = max(0, lag), min(len(query.outline), len(reference.outline) + lag)
    if stop - start < SHORTEST * OUTLINE_RATE:
        return None
    one, other = expanded(query.outline), expanded(reference.outline)
    held = one[start + _SLACK : stop - _SLACK]
    around = other[start - lag : stop - lag]
    likeness, shift = _likeness(held, around)
    shared = max(_share(held, one), _share(around, other))
    if shared < ENERGY:
        return None
    exact = lag + shift
    overlap = min(len(one), len(other) + exact) - max(0, exact)
    return Match(candidate.query, candidate.reference, exact / OUTLINE_RATE, overlap / OUTLINE_RATE, likeness)


def _likeness(held: Samples, around: Samples) -> tuple[float, float]:
    """The largest absolute correlation of `held` (n,) with a stretch of `around` (n + 2 slacks,), and its lag.

    Between samples, too: half a sample at 2 kHz is a quarter of a period at 1 kHz, and cost some copies a third of
    their likeness.
    """
    size = next_fast_len(len(around), real=True)  # the lags looked at do not reach round the end
    spectrum = rfft(around, size) * np.conj(rfft(held, size))
    product = irfft(spectrum, size)
    lags = len(around) - len(held) + 1
    energy = np.concatenate([[0.0], np.cumsum(around.astype(np.float64) ** 2)])
    energies = (energy[len(held) :] - energy[:lags]) * float((held.astype(np.float64) ** 2).sum())
    correlations = np.abs(product[:lags]) / np.sqrt(np.maximum(energies, 1e-12))
    best = int(correlations.argmax())
    if correlations[best] < LIKENESS / 2:  # most candidates; between the samples they gain less than twice
        return float(correlations[best]), float(_SLACK - best)
    turns = np.exp(2j * np.pi / size * np.arange(len(spectrum))[None] * (best + _BETWEEN)[:, None])
    finer = 2 / size * np.abs((turns @ spectrum).real) / np.sqrt(max(energies[best], 1e-12))
    finest = int(finer.argmax())
    return float(min(1.0, finer[finest])), float(_SLACK - best - _BETWEEN[finest])


def _share(part: Samples, whole: Samples) -> float:
    energy = float((whole.astype(np.float64) ** 2).sum())
    return float((part.astype(np.float64) ** 2).sum()) / energy if energy else 0.0
