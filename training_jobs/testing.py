"""Testing what was learned on one split, beside the model before it and the linear probe on the same."""

from core_model.network.network import HumpCat
from core_model.standardise import Statistics

from .evaluation import Floats, predict_table
from .extraction import FeatureTable
from .models import Learned
from .outcome import ALONE, BEFORE, NETWORK, PROBE, UNKNOWN, Outcome
from .probe import probe_table
from .shortcut import without_shortcut
from .splits import Split
from .standardisation import for_testing, for_training


def tested(
    name: str,
    table: FeatureTable,
    split: Split,
    learned: Learned | None,
    start: tuple[HumpCat, Statistics] | None,
    standardisation: str,
    temperature: float,
) -> Outcome:
    """Test on a split's test part.

    A speaker's statistics come from the test part's audio alone, and from no label.

    Args:
        name: of the split.
        table: features; the split's rows are utterances at their own speed.
        split: by rows of `table.utterances`.
        learned: what came of the training part; None: the model `start` is tested as it is.
        start: the network and the prior that were there before.
        standardisation: of the model `start` where nothing was learned: one of `standardisation.CHOICES`, or CHOSEN.
        temperature: of `start`'s network.
    """
    assert learned or start
    spoken = [tuple(table.utterances[row] for row in part) for part in (split.train, split.validation)]
    test = split.test
    predictions: dict[str, Floats] = {}
    told: dict[str, str] = {}
    warmth = learned.temperature if learned else temperature
    if test:
        network, prior = (learned.network, learned.prior) if learned else _given(start)
        how = learned.standardisation if learned else standardisation
        standardised = for_testing(network, table, test, prior, how)
        told, own = dict(standardised.told), standardised.of(test)
        predictions[NETWORK] = predict_table(network, table, test, own, warmth)
        predictions[UNKNOWN] = predict_table(network, table, test, [prior] * len(test), warmth)
        if network.config.shortcut:
            paper = without_shortcut(network)
            predictions[ALONE] = predict_table(paper, table, test, own, warmth)
        if learned and start:
            before = for_testing(start[0], table, test, start[1], how).of(test)
            predictions[BEFORE] = predict_table(start[0], table, test, before, temperature)
        if split.train:
            learnt = for_training(table, split.train, prior, how).told
            predictions[PROBE] = probe_table(table, split, learnt, told)
    return Outcome(
        name,
        spoken[0],
        spoken[1],
        tuple(table.utterances[row] for row in test),
        table.scheme.labels,
        table.labels[list(test)],
        predictions,
        learned.trained.epochs if learned else (),
        learned.trained.best if learned else 0,
        told,
        warmth,
    )


def _given(start: tuple[HumpCat, Statistics] | None) -> tuple[HumpCat, Statistics]:
    assert start
    return start
