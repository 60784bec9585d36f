"""By whose statistics each utterance's features are standardised, and which speakers have to fall back.

Speakers differ in voice more than emotions do, so a speaker's own statistics help, as long as the speaker sounds all
emotions: the statistics of somebody who is only ever angry take the anger away. Such speakers, and those of too few
utterances, are standardised by the statistics of their corpus instead. Of training and validation speakers the labels
tell who they are; of test speakers no label may, and the network's own answers do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from core_model.network.network import HumpCat
from core_model.standardise import (
    LEAST_SPREAD_ALONE,
    LEAST_UTTERANCES,
    Statistics,
    shrunk,
    spread_alone,
    statistics_of,
)

from .evaluation import Floats, predict_table
from .extraction import FeatureTable
from .standardisation_names import CHOICES, CHOSEN, CORPUS, NONE, SPEAKER

PRIOR_STRENGTH = 2.0  # windows; decision: a speaker's own statistics count from the third window on
# Decision: measured on EMO-DB, RAVDESS and BanglaSER with speakers cut down to one emotion; 1 is what a speaker of all
# emotions has, 0.3 one of a single emotion.
LEAST_SPREAD = 0.55
_LEAST_SPEAKERS = 3
# Decision: a speaker of two labels out of four loses too (measured), one of three does not.
_LEAST_LABELS = 0.6
_MORE_THAN_ONE_LABEL = 1.5

_Groups = Mapping[str, Sequence[int]]
_Alike = Callable[[_Groups, Statistics], set[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Standardisation:
    """For each row its statistics; for each speaker's id by whose they are, and why where they are not the own ones."""

    statistics: Mapping[int, Statistics]
    told: Mapping[str, str]

    def of(self, rows: Sequence[int]) -> list[Statistics]:
        """The statistics of rows, in their order."""
        return [self.statistics[row] for row in rows]


def for_training(
    table: FeatureTable, rows: Sequence[int], prior: Statistics, choice: str = SPEAKER
) -> Standardisation:
    """Standardise labelled rows, of the training part or the validation part, by those rows alone.

    Args:
        table: the features.
        rows: of `table.utterances`, altered copies among them; a copy at another speed is another voice.
        prior: the statistics that the model carries.
        choice: one of CHOICES, or CHOSEN, which trains as "speaker" does.
    """

    def alike(speakers: _Groups, _shared: Statistics) -> set[str]:
        together = _effective_labels(table, [row for mine in speakers.values() for row in mine])
        least = max(_MORE_THAN_ONE_LABEL, _LEAST_LABELS * together)
        return {name for name, mine in speakers.items() if _effective_labels(table, mine) < least}

    return _standardised(table, rows, prior, choice, alike)


def for_testing(
    network: HumpCat,
    table: FeatureTable,
    rows: Sequence[int],
    prior: Statistics,
    choice: str = SPEAKER,
) -> Standardisation:
    """Standardise rows to be predicted, by those rows' audio alone and by no label.

    A speaker's utterances count as all alike where the network, under the corpus' statistics, gives them answers that
    differ little. Little is less than `LEAST_SPREAD`: the variance of its logits within the speaker, as a share of that
    within the corpus, meant with the median of all the corpus' speakers, as one speaker's spread alone says too little.
    In a corpus of one or two speakers: less than `LEAST_SPREAD_ALONE`, of probabilities under the prior.

    Args:
        network: in evaluation mode.
        table: the features.
        rows: of `table.utterances`.
        prior: the statistics that the model carries.
        choice: one of CHOICES, or CHOSEN, which without a choice made is "speaker".
    """

    def alike(speakers: _Groups, shared: Statistics) -> set[str]:
        members = [row for mine in speakers.values() for row in mine]
        alone = len(speakers) < _LEAST_SPEAKERS
        said = predict_table(network, table, members, [prior if alone else shared] * len(members))
        place = {row: index for index, row in enumerate(members)}
        answers = {
            name: said[[place[row] for row in mine]]
            for name, mine in speakers.items()
            if len(mine) >= LEAST_UTTERANCES
        }
        return _alike_alone(answers) if alone else _alike_in_corpus(answers, said)

    return _standardised(table, rows, prior, choice, alike)


def choose(network: HumpCat, table: FeatureTable, rows: Sequence[int], prior: Statistics) -> str:
    """Which of CHOICES is best on rows of the training data that the network has not learnt from.

    They are treated as test rows are; their labels only judge. Decision: "speaker", unless another choice is right
    on more utterances than chance explains (McNemar's test, two standard deviations), as validation parts are small.

    Args:
        network: in evaluation mode.
        table: the features.
        rows: of `table.utterances`: the validation part; or the training part, of a network not yet tuned on it.
        prior: the statistics that the model carries.
    """
    right = {}
    for choice in CHOICES:
        statistics = for_testing(network, table, rows, prior, choice).of(rows)
        said = predict_table(network, table, rows, statistics)
        right[choice] = said.argmax(axis=1) == table.labels[list(rows)]
    best = max(CHOICES, key=lambda choice: int(right[choice].sum()))
    gained, lost = (right[best] & ~right[SPEAKER]).sum(), (right[SPEAKER] & ~right[best]).sum()
    return best if gained - lost > 2 * np.sqrt(gained + lost) else SPEAKER


def _standardised(
    table: FeatureTable, rows: Sequence[int], prior: Statistics, choice: str, alike: _Alike
) -> Standardisation:
    choice = SPEAKER if choice == CHOSEN else choice
    if choice not in CHOICES:
        raise ValueError(f"{choice!r} is none of {CHOICES}")
    statistics: dict[int, Statistics] = {}
    told: dict[str, str] = {}
    for speakers in _corpora(table, rows).values():
        members = [row for mine in speakers.values() for row in mine]
        shared = prior if choice == NONE else _own(table, members, prior)
        reasons = _reasons(table, speakers, shared, alike) if choice == SPEAKER else {}
        for name, mine in speakers.items():
            reason = reasons.get(name)
            own = choice == SPEAKER and reason is None
            chosen = _own(table, mine, prior) if own else shared
            statistics |= dict.fromkeys(mine, chosen)
            told[name] = f"{CORPUS}: {reason}" if reason else choice
    return Standardisation(statistics, told)


def _corpora(table: FeatureTable, rows: Sequence[int]) -> dict[tuple[str, float], dict[str, list[int]]]:
    """The rows of each speaker of each corpus; the altered copies of a corpus are one of their own."""
    corpora: dict[tuple[str, float], dict[str, list[int]]] = {}
    for row in rows:
        utterance = table.utterances[row]
        speakers = corpora.setdefault((utterance.corpus, utterance.speed), {})
        speakers.setdefault(utterance.speaker_id, []).append(row)
    return corpora


def _own(table: FeatureTable, rows: Sequence[int], prior: Statistics) -> Statistics:
    windows = table.windows_of(rows).tolist()
    return shrunk(statistics_of(table.summary.take(windows)), len(windows), prior, PRIOR_STRENGTH)


def _reasons(table: FeatureTable, speakers: _Groups, shared: Statistics, alike: _Alike) -> dict[str, str]:
    """For each speaker who must fall back the reason."""
    reasons = {}
    for name, mine in speakers.items():
        if not table.utterances[mine[0]].speaker:
            reasons[name] = "speaker not named"
        elif len(mine) < LEAST_UTTERANCES:
            reasons[name] = f"too few utterances ({len(mine)})"
    if len(reasons) < len(speakers):
        for name in sorted(alike(speakers, shared) - reasons.keys()):
            reasons[name] = "utterances all alike"
    return reasons


def _effective_labels(table: FeatureTable, rows: Sequence[int]) -> float:
    """How many equally frequent labels would be as diverse: the exponential of the labels' entropy."""
    shares = np.bincount(table.labels[list(rows)]) / len(rows)
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _alike_in_corpus(answers: Mapping[str, Floats], said: Floats) -> set[str]:
    def logits(probabilities: Floats) -> Floats:
        logarithms = np.log(np.clip(probabilities, 1e-6, 1))
        centred: Floats = logarithms - logarithms.mean(axis=1, keepdims=True)
        return centred

    total = logits(said).var(axis=0).sum() + 1e-12
    spread = {name: logits(mine).var(axis=0, ddof=1).sum() / total for name, mine in answers.items()}
    usual = np.median(list(spread.values()))
    return {name for name, mine in spread.items() if (mine + usual) / 2 < LEAST_SPREAD}


def _alike_alone(answers: Mapping[str, Floats]) -> set[str]:
    return {
        name for name, mine in answers.items() if spread_alone(torch.from_numpy(mine)) < LEAST_SPREAD_ALONE
    }
