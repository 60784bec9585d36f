"""Leave speakers out, fold by fold: every utterance is predicted once by a network that never heard its speaker."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core_model.network.config import NetworkConfig

from .evaluation import Floats, fit_temperature, predict_table, with_temperature
from .extraction import FeatureTable
from .metrics import measure
from .models import Tested, learn, original_rows
from .recipe import Recipe
from .splits import Split, hold_out_speakers, speaker_folds
from .standardisation import for_testing


@dataclass(frozen=True, slots=True, eq=False)
class CrossValidated:
    """Test metrics by corpus, and the temperature that fits all predictions of speakers left out."""

    by_corpus: dict[str, Tested]
    temperature: float


def cross_validate(
    table: FeatureTable,
    config: NetworkConfig,
    recipe: Recipe,
    folds: int,
    on_fold: Callable[[], None] | None = None,
    validation: float = 0.0,
) -> CrossValidated:
    """Test on the speakers of each corpus in a table, left out in turn, some of every corpus at a time.

    Args:
        table: utterances and their altered copies.
        config: of the networks.
        recipe: how each is trained.
        folds: how many groups the speakers are dealt to.
        on_fold: called after each, and may raise to stop.
        validation: share of the other speakers that choose the epoch. Decision: none, so that all of them train:
            the one-cycle recipe ends in a steady average, and two speakers are few to choose by.
    """
    rows = original_rows(table)
    known = np.zeros((len(table.utterances), config.labels))
    unknown = np.zeros_like(known)
    for fold in speaker_folds([table.utterances[row] for row in rows], folds, recipe.seed):
        test = [rows[number] for number in fold]
        known[test], unknown[test] = _fold(table, rows, test, config, recipe, validation)
        if on_fold:
            on_fold()
    truth = table.labels[rows]
    temperature = fit_temperature(np.tile(truth, 2), np.concatenate([known[rows], unknown[rows]]))
    labels = table.scheme.labels
    by_corpus: dict[str, list[int]] = {}
    for row in rows:
        by_corpus.setdefault(table.utterances[row].corpus, []).append(row)
    tested = {
        corpus: Tested(
            measure(labels, table.labels[inside], with_temperature(known[inside], temperature)),
            measure(labels, table.labels[inside], with_temperature(unknown[inside], temperature)),
        )
        for corpus, inside in by_corpus.items()
    }
    return CrossValidated(tested, temperature)


def _fold(
    table: FeatureTable,
    rows: Sequence[int],
    test: Sequence[int],
    config: NetworkConfig,
    recipe: Recipe,
    validation: float,
) -> tuple[Floats, Floats]:
    left_out = set(test)
    train: Sequence[int] = [row for row in rows if row not in left_out]
    choosing: Sequence[int] = ()
    if validation:
        train, choosing = hold_out_speakers(table.utterances, train, validation, recipe.seed)
    learned = learn(table, Split(tuple(train), tuple(choosing), ()), config, recipe)
    speakers = for_testing(learned.network, table, test, learned.prior).of(test)
    return (
        predict_table(learned.network, table, test, speakers),
        predict_table(learned.network, table, test, [learned.prior] * len(test)),
    )
