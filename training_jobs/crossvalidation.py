"""Leave speakers out, fold by fold: every utterance is predicted once by a network that never heard its speaker."""

from collections.abc import Callable, Sequence

import numpy as np

from core_model.network.config import NetworkConfig

from .evaluation import Floats, predict_table, speaker_statistics
from .extraction import FeatureTable
from .metrics import measure
from .models import PRIOR_STRENGTH, Tested, learn, original_rows
from .splits import Split, hold_out_speakers, speaker_folds
from .training import Recipe

VALIDATION_SHARE = 0.1


def cross_validate(
    table: FeatureTable,
    config: NetworkConfig,
    recipe: Recipe,
    folds: int,
    on_fold: Callable[[], None] | None = None,
) -> dict[str, Tested]:
    """Test metrics of each corpus in a table, the speakers left out in turn, some of every corpus at a time.

    Args:
        table: utterances and their altered copies.
        config: of the networks.
        recipe: how each is trained; a tenth of the other speakers choose its epoch.
        folds: how many groups the speakers are dealt to.
        on_fold: called after each, and may raise to stop.
    """
    rows = original_rows(table)
    known = np.zeros((len(table.utterances), config.labels))
    unknown = np.zeros_like(known)
    for fold in speaker_folds([table.utterances[row] for row in rows], folds, recipe.seed):
        test = [rows[number] for number in fold]
        known[test], unknown[test] = _fold(table, rows, test, config, recipe)
        if on_fold:
            on_fold()
    labels = table.scheme.labels
    by_corpus: dict[str, list[int]] = {}
    for row in rows:
        by_corpus.setdefault(table.utterances[row].corpus, []).append(row)
    return {
        corpus: Tested(
            measure(labels, table.labels[inside], known[inside]),
            measure(labels, table.labels[inside], unknown[inside]),
        )
        for corpus, inside in by_corpus.items()
    }


def _fold(
    table: FeatureTable, rows: Sequence[int], test: Sequence[int], config: NetworkConfig, recipe: Recipe
) -> tuple[Floats, Floats]:
    left_out = set(test)
    rest = [row for row in rows if row not in left_out]
    train, validation = hold_out_speakers(table.utterances, rest, VALIDATION_SHARE, recipe.seed)
    learned = learn(table, Split(train, validation, ()), config, recipe)
    part = table.part(test)
    speakers = speaker_statistics(part, learned.prior, PRIOR_STRENGTH)
    everything = range(len(test))
    return (
        predict_table(learned.network, part, everything, speakers, learned.temperature),
        predict_table(learned.network, part, everything, [learned.prior] * len(test), learned.temperature),
    )
