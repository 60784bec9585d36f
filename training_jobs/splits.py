"""Which utterances train, which choose the epoch, which test; by speaker unless somebody asks otherwise."""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core_model.errors import HumpcatError

from .manifest import Utterance, require_speakers

SPEAKER_DISJOINT, RANDOM = "speaker-disjoint", "random"

# Share of the target corpus that tunes, after the paper (section IV-E), and of what: speakers, or utterances.
PRESETS = {"emodb": 0.20, "emovo": 1 / 3}
OTHER_PRESET = 0.10


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of a list of utterances: for training, for choosing the epoch, for the score."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]


def speaker_folds(utterances: Sequence[Utterance], folds: int, seed: int = 0) -> list[tuple[int, ...]]:
    """Deal the speakers of each corpus, shuffled, to `folds` groups: the rows of each. Each speaker is in exactly one.

    Raises:
        HumpcatError: there are fewer speakers than folds, or some are unknown, or it is one fold.
    """
    if folds < 2:
        raise HumpcatError("One part leaves no speaker to train on.", "Ask for two parts at least.")
    require_speakers(utterances)
    names = _speakers_by_corpus(utterances, range(len(utterances)))
    count = sum(map(len, names.values()))
    if count < folds:
        raise HumpcatError(
            f"{folds} speaker-disjoint parts need at least {folds} speakers; there are {count}.",
            "Ask for fewer parts (in commands --folds), or add speakers.",
        )
    random = np.random.default_rng(seed)
    shuffled = [speaker for corpus in sorted(names) for speaker in random.permutation(sorted(names[corpus]))]
    group = {speaker: index % folds for index, speaker in enumerate(shuffled)}
    return [
        tuple(row for row, utterance in enumerate(utterances) if group[utterance.speaker_id] == fold)
        for fold in range(folds)
    ]


def hold_out_speakers(
    utterances: Sequence[Utterance], rows: Sequence[int], share: float, seed: int = 0
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Part `rows` by whole speakers: (the rest, about `share` of the speakers of each corpus).

    Of a corpus with several speakers at least one is held out and at least one is not; an only speaker stays, and so
    does a corpus whose speakers are all unknown.

    Raises:
        HumpcatError: only some of a corpus' speakers are known.
    """
    random = np.random.default_rng(seed)
    held: set[str] = set()
    by_corpus = _speakers_by_corpus(utterances, rows)
    require_speakers(utterances[row] for row in rows if len(by_corpus[utterances[row].corpus]) > 1)
    for corpus in sorted(by_corpus):
        names = sorted(by_corpus[corpus])
        if len(names) > 1:
            count = min(len(names) - 1, max(1, round(share * len(names))))
            held |= {names[k] for k in random.choice(len(names), count, replace=False)}
    kept = tuple(row for row in rows if utterances[row].speaker_id not in held)
    return kept, tuple(row for row in rows if utterances[row].speaker_id in held)


def few_shot_draws(
    utterances: Sequence[Utterance],
    share: float,
    mode: str = SPEAKER_DISJOINT,
    draws: int = 10,
    seed: int = 0,
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Draw (tuning rows, test rows) for transfer to a corpus (METHOD.md, "Protocols").

    Speaker-disjoint: every choice of the tuning speakers when there are no more than `draws`, else `draws` different
    seeded ones. Random: `draws` seeded parts of every label's utterances; its speakers leak into the test.

    Raises:
        HumpcatError: the mode is unknown, one speaker is all there is, or some speakers are unknown.
    """
    random = np.random.default_rng(seed)
    if mode == RANDOM:
        return [_random_part(utterances, share, random) for _ in range(draws)]
    if mode != SPEAKER_DISJOINT:
        raise HumpcatError(f"{mode!r} is no way to split.", f"Choose {SPEAKER_DISJOINT} or {RANDOM}.")
    require_speakers(utterances)
    names = sorted({utterance.speaker_id for utterance in utterances})
    if len(names) < 2:
        raise HumpcatError(
            "Speaker-disjoint tuning needs at least two speakers; the corpus has one.",
            "Take a share of each label's utterances instead (in commands --mode random); the result is branded.",
        )
    count = min(len(names) - 1, max(1, round(share * len(names))))
    choices = _choices(len(names), count, draws, random)
    return [_by_speakers(utterances, {names[k] for k in chosen}) for chosen in choices]


def preset_share(corpus: str) -> float:
    """The paper's share of tuning data for a target corpus."""
    return PRESETS.get(corpus, OTHER_PRESET)


def _choices(names: int, count: int, draws: int, random: np.random.Generator) -> Sequence[tuple[int, ...]]:
    """Every choice of `count` out of `names` when there are no more than `draws`, else `draws` different ones."""
    if names <= 20 or math.comb(names, count) <= draws:
        choices = list(itertools.combinations(range(names), count))
        if len(choices) <= draws:
            return choices
        return [choices[k] for k in random.choice(len(choices), draws, replace=False)]
    drawn: dict[tuple[int, ...], None] = {}  # too many to list: drawn until enough differ
    while len(drawn) < draws:
        drawn[tuple(sorted(random.choice(names, count, replace=False).tolist()))] = None
    return list(drawn)


def _speakers_by_corpus(utterances: Sequence[Utterance], rows: Iterable[int]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for row in rows:
        names.setdefault(utterances[row].corpus, set()).add(utterances[row].speaker_id)
    return names


def _by_speakers(
    utterances: Sequence[Utterance], tuning: set[str]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    inside = [utterance.speaker_id in tuning for utterance in utterances]
    return tuple(np.flatnonzero(inside).tolist()), tuple(np.flatnonzero(np.logical_not(inside)).tolist())


def _random_part(
    utterances: Sequence[Utterance], share: float, random: np.random.Generator
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    tuning: list[int] = []
    for emotion in sorted({utterance.emotion for utterance in utterances}):
        rows = [row for row, utterance in enumerate(utterances) if utterance.emotion == emotion]
        tuning += random.choice(rows, max(1, round(share * len(rows))), replace=False).tolist()
    chosen = set(tuning)
    return tuple(sorted(chosen)), tuple(row for row in range(len(utterances)) if row not in chosen)
