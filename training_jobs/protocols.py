"""Protocols: the rules that make splits, each with a sentence for the report (paper, section IV; METHOD.md)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core_model.errors import HumpcatError
from core_model.files import hash_of
from core_model.wording import counted

from .manifest import Utterance, require_speakers
from .splits import (
    RANDOM,
    Split,
    few_shot_draws,
    hold_out_speakers,
    preset_share,
    speaker_folds,
)

CURVE_SHARES = (0.0, 0.01, 0.02, 0.05, 0.10, 0.20, 0.33)
_CURVE_POOL = 1 / 3  # of the speakers: those that may tune at any point of a learning curve


@dataclass(frozen=True, slots=True)
class NamedSplit:
    """A split and what to call it: "draw 1", "fold 3"; `share` is that of a learning curve's point, else None."""

    name: str
    split: Split
    share: float | None = None

    @property
    def file_name(self) -> str:
        """The name of its files, without an extension: another one for another name, also where case does not count."""
        plain = self.name.replace(" ", "-").replace("%", "percent")
        if re.fullmatch(r"[a-z0-9 .%]+", self.name):
            return plain
        return f"{re.sub(r'[^A-Za-z0-9.+]+', '-', plain)}-{hash_of(self.name)[:8]}"


@dataclass(frozen=True, slots=True)
class Protocol:
    """Splits, and the sentence that tells how they were made; `pooled`: every utterance is tested once over all."""

    sentence: str
    splits: tuple[NamedSplit, ...]
    pooled: bool = False


def hold_out(utterances: Sequence[Utterance], test: float, validation: float, seed: int) -> Protocol:
    """Some speakers of every corpus test, others choose the epoch, the rest train; a share of 0 means none.

    Raises:
        HumpcatError: there are too few speakers for that, or none is known.
    """
    rest: Sequence[int] = range(len(utterances))
    tested: Sequence[int] = ()
    choosing: Sequence[int] = ()
    if test:
        rest, tested = hold_out_speakers(utterances, rest, test, seed)
    if validation:
        rest, choosing = hold_out_speakers(utterances, rest, validation, seed)
    if (test and not tested) or (validation and not choosing):
        require_speakers(utterances)
        raise HumpcatError(
            "Too few speakers: training needs some, choosing the epoch others, the test others again.",
            "Add speakers, do without one of the two, or train on all of them (in commands --validation 0, --test 0, "
            "or both).",
        )
    sentence = (
        f"Speaker-disjoint: {counted(len(rest), 'utterance')} for training, {len(choosing) or 'none'} for choosing the "
        f"epoch, {len(tested) or 'none'} for the test."
    )
    split = Split(tuple(rest), tuple(choosing), tuple(tested))
    return Protocol(sentence, (NamedSplit("test", split),))


def folds(utterances: Sequence[Utterance], count: int, validation: float, seed: int) -> Protocol:
    """Every speaker is tested once, some of every corpus at a time; some of the others choose the epoch (section IV-D).

    Raises:
        HumpcatError: there are fewer speakers than folds.
    """
    tests = speaker_folds(utterances, count, seed)
    splits = _leaving_out(
        utterances, [(f"fold {k}", test) for k, test in enumerate(tests, 1)], validation, seed
    )
    return Protocol(f"{count}-fold cross-validation by speaker.", splits, pooled=True)


def leave_one_speaker_out(utterances: Sequence[Utterance], validation: float, seed: int) -> Protocol:
    """Every speaker is tested by a network that heard all others.

    Raises:
        HumpcatError: there is one speaker only, or some are unknown.
    """
    require_speakers(utterances)
    names = sorted({utterance.speaker_id for utterance in utterances})
    if len(names) < 2:
        raise HumpcatError(
            "Leaving a speaker out needs at least two; there is one.",
            "Add speakers, or choose another protocol.",
        )
    parts = [(f"speaker {name}", _rows(utterances, "speaker_id", name)) for name in names]
    splits = _leaving_out(utterances, parts, validation, seed)
    return Protocol(f"Leave one speaker out: {len(names)} speakers in turn.", splits, pooled=True)


def leave_one_corpus_out(utterances: Sequence[Utterance], validation: float, seed: int) -> Protocol:
    """Every corpus is tested by a network that heard the others only.

    Raises:
        HumpcatError: there is one corpus only.
    """
    names = sorted({utterance.corpus for utterance in utterances})
    if len(names) < 2:
        raise HumpcatError(
            f"Leaving a corpus out needs at least two; there is {' '.join(names)} only.", "Name more corpora."
        )
    parts = [(f"corpus {name}", _rows(utterances, "corpus", name)) for name in names]
    splits = _leaving_out(utterances, parts, validation, seed)
    return Protocol(f"Leave one corpus out: {', '.join(names)} in turn.", splits, pooled=True)


def few_shot(
    utterances: Sequence[Utterance], share: float | None, mode: str, draws: int, seed: int
) -> Protocol:
    """A share of the speakers (or, in random mode, of each label's utterances) tunes, all the rest tests.

    Args:
        utterances: of one corpus or several.
        share: 0: nothing tunes; None: the paper's preset for the corpus.
        mode: speaker-disjoint or random.
        draws: how many different tuning parts.
        seed: of the draws.

    Raises:
        HumpcatError: the corpus has one speaker only, and the mode needs two; or the paper's presets differ.
    """
    if share == 0:
        split = Split((), (), tuple(range(len(utterances))))
        return Protocol("Zero-shot: nothing of the corpus was seen.", (NamedSplit("zero-shot", split),))
    share = _preset(utterances) if share is None else share
    drawn = few_shot_draws(utterances, share, mode, draws, seed)
    splits = tuple(
        NamedSplit(f"draw {number}", Split(tuning, (), test))
        for number, (tuning, test) in enumerate(drawn, 1)
    )
    what = "every label's utterances; their speakers are in the test, too"
    if mode != RANDOM:
        tuning = len({utterances[row].speaker_id for row in drawn[0][0]})
        what = f"the speakers ({tuning} of {len({each.speaker_id for each in utterances})})"
    times = "one draw" if len(splits) == 1 else f"{len(splits)} draws"
    return Protocol(f"Few-shot, {mode}: {100 * share:.3g} % of {what}; {times}, seed {seed}.", splits)


def learning_curve(utterances: Sequence[Utterance], draws: int, seed: int) -> tuple[NamedSplit, ...]:
    """Splits for UA against the share of the corpus that tunes: 0, 1, 2, 5, 10, 20, 33 %.

    Decision: in each draw a third of the speakers may tune and the others test, the same at every share, so that the
    points differ in the amount of tuning data alone; a smaller share is a part of the greater one, drawn evenly over
    labels.

    Raises:
        HumpcatError: there is one speaker only.
    """
    random = np.random.default_rng(seed)
    splits = []
    for number, (pool, test) in enumerate(few_shot_draws(utterances, _CURVE_POOL, draws=draws, seed=seed), 1):
        order = _evenly(utterances, random.permutation(np.array(pool)).tolist())
        for share in CURVE_SHARES:
            # The last point is the whole pool: a third of the speakers is about a third of the utterances.
            count = len(pool) if share == CURVE_SHARES[-1] else min(len(pool), round(share * len(utterances)))
            split = Split(tuple(sorted(order[:count])), (), test)
            splits.append(NamedSplit(f"curve {100 * share:g} % draw {number}", split, share))
    return tuple(splits)


def _preset(utterances: Sequence[Utterance]) -> float:
    shares = {each.corpus: preset_share(each.corpus) for each in utterances}
    if len(set(shares.values())) > 1:
        told = ", ".join(f"{100 * share:.3g} % of {corpus}" for corpus, share in sorted(shares.items()))
        raise HumpcatError(
            f"The paper tunes on {told}: these corpora have no share in common.",
            "Say how much of them (in commands --share).",
        )
    return next(iter(shares.values()))


def _leaving_out(
    utterances: Sequence[Utterance], parts: Sequence[tuple[str, Sequence[int]]], validation: float, seed: int
) -> tuple[NamedSplit, ...]:
    splits = []
    for name, test in parts:
        inside = set(test)
        rest: Sequence[int] = [row for row in range(len(utterances)) if row not in inside]
        choosing: Sequence[int] = ()
        if validation:
            rest, choosing = hold_out_speakers(utterances, rest, validation, seed)
        splits.append(NamedSplit(name, Split(tuple(rest), tuple(choosing), tuple(test))))
    return tuple(splits)


def _rows(utterances: Sequence[Utterance], attribute: str, value: str) -> list[int]:
    return [row for row, utterance in enumerate(utterances) if getattr(utterance, attribute) == value]


def _evenly(utterances: Sequence[Utterance], rows: Sequence[int]) -> list[int]:
    """Rows in an order in which every beginning holds the labels as evenly as can be."""
    seen: dict[str, int] = {}
    turns: list[tuple[int, int, int]] = []
    for row in rows:
        turn = seen.setdefault(utterances[row].emotion, 0)
        seen[utterances[row].emotion] += 1
        turns.append((turn, len(turns), row))
    return [row for _, _, row in sorted(turns)]
