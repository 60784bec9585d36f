"""Speakers are standardised by themselves where they sound all emotions, and fall back to their corpus where not."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from tables import LABELS, network_config, table_of, utterances_of

from core_model.network.network import HumpCat
from core_model.standardise import Statistics, shrunk, statistics_of
from training_jobs.evaluation import predict_table
from training_jobs.extraction import FeatureTable
from training_jobs.manifest import Utterance, with_speeds
from training_jobs.metrics import measure
from training_jobs.models import learn, original_rows
from training_jobs.probe import probe_table
from training_jobs.recipe import Recipe
from training_jobs.splits import Split
from training_jobs.standardisation import PRIOR_STRENGTH, choose, for_testing, for_training
from training_jobs.standardisation_names import CHOSEN, CORPUS, NONE, SPEAKER

RECIPE = Recipe(epochs=6, batch=16, crop=1.0, mask=0.0, speeds=(), mixing=0.0, average=0.5)
ALIKE = "corpus: utterances all alike"


@pytest.fixture(scope="module")
def model() -> tuple[HumpCat, Statistics]:
    """A network that knows the labels of `table_of`."""
    table = table_of(utterances_of(8, each=9))
    learned = learn(table, Split(tuple(range(72)), (), ()), network_config(), RECIPE)
    return learned.network, learned.prior


def one_label_each(speakers: int, diverse: int = 0, each: int = 8) -> list[Utterance]:
    """Speakers of one label only, the labels in turn, and behind them `diverse` ones of all labels."""
    narrow = [
        Utterance(replace(u).file, LABELS[int(u.speaker[1:]) % len(LABELS)], u.speaker, u.corpus)
        for u in utterances_of(speakers, each)
    ]
    wide = [replace(u, speaker=f"wide{u.speaker}") for u in utterances_of(diverse, each)]
    return [*narrow, *wide]


def same(one: Statistics, other: Statistics) -> bool:
    return all(torch.equal(value, other.tensors()[name]) for name, value in one.tensors().items())


def drawn(table: FeatureTable, rows: Sequence[int], prior: Statistics) -> Statistics:
    windows = table.windows_of(rows).tolist()
    return shrunk(statistics_of(table.summary.take(windows)), len(windows), prior, PRIOR_STRENGTH)


def test_diverse_speakers_have_their_own_statistics_drawn_to_the_prior(
    model: tuple[HumpCat, Statistics],
) -> None:
    network, prior = model
    table = table_of(utterances_of(3, each=6), windows=[1, 2, 1] * 6)
    for found in (for_training(table, range(18), prior), for_testing(network, table, range(18), prior)):
        assert found.told == dict.fromkeys(("made/s0", "made/s1", "made/s2"), "speaker")
        for first in (0, 6, 12):
            mine = drawn(table, range(first, first + 6), prior)
            assert all(same(found.statistics[row], mine) for row in range(first, first + 6))


def test_a_speaker_of_few_utterances_or_without_a_name_falls_back_to_the_corpus(
    model: tuple[HumpCat, Statistics],
) -> None:
    network, prior = model
    told = [*utterances_of(3, each=6), *utterances_of(1, 3)[:2]]
    told[-2:] = [replace(each, speaker="few") for each in told[-2:]]
    told += [replace(each, speaker="") for each in utterances_of(1, each=6)]
    table, rows = table_of(told), range(len(told))
    for found in (for_training(table, rows, prior), for_testing(network, table, rows, prior)):
        assert found.told["made/few"] == "corpus: too few utterances (2)"
        assert found.told["made/"] == "corpus: speaker not named"
        assert found.told["made/s0"] == "speaker"
        assert same(found.statistics[18], drawn(table, rows, prior))
        assert found.statistics[18] is found.statistics[25]


def test_test_speakers_of_one_emotion_fall_back_without_any_label(model: tuple[HumpCat, Statistics]) -> None:
    network, prior = model
    table = table_of(one_label_each(9, diverse=2), seed=3)
    rows = range(len(table.utterances))
    found = for_testing(network, table, rows, prior)
    assert [found.told[f"made/s{k}"] for k in range(9)] == [ALIKE] * 9
    assert found.told["made/wides0"] == found.told["made/wides1"] == "speaker"
    blind = FeatureTable(**{**fields_of(table), "labels": np.zeros_like(table.labels)})
    assert for_testing(network, blind, rows, prior).told == found.told


def test_the_fall_back_keeps_what_the_speakers_own_statistics_would_wipe_out(
    model: tuple[HumpCat, Statistics],
) -> None:
    network, prior = model
    table = table_of(one_label_each(9), seed=4)
    rows = range(len(table.utterances))

    def ua(statistics: Sequence[Statistics]) -> float:
        return measure(LABELS, table.labels, predict_table(network, table, rows, statistics)).ua

    own = {u.speaker_id: drawn(table, [r for r in rows if table.utterances[r].speaker_id == u.speaker_id], prior)
           for u in table.utterances}  # fmt: skip
    wiped = ua([own[u.speaker_id] for u in table.utterances])
    kept = ua(for_testing(network, table, rows, prior).of(rows))
    assert kept > 0.95 and wiped < kept - 0.2


def test_a_speaker_alone_falls_back_where_the_network_says_the_same_of_all(
    model: tuple[HumpCat, Statistics],
) -> None:
    network, prior = model
    narrow, wide = table_of(one_label_each(1)), table_of(utterances_of(1, each=9))
    assert for_testing(network, narrow, range(8), prior).told == {"made/s0": ALIKE}
    assert for_testing(network, wide, range(9), prior).told == {"made/s0": "speaker"}


@pytest.mark.parametrize(("labels", "falls"), [((0,), True), ((0, 1), False), ((0, 1, 2), False)])
def test_training_speakers_of_one_label_fall_back_by_their_labels(
    labels: tuple[int, ...], falls: bool, model: tuple[HumpCat, Statistics]
) -> None:
    wide = utterances_of(2, each=9)
    narrow = [
        replace(u, speaker="narrow", emotion=LABELS[labels[number % len(labels)]])
        for number, u in enumerate(utterances_of(1, each=6))
    ]
    found = for_training(table_of([*wide, *narrow]), range(24), model[1])
    assert found.told["made/narrow"] == (ALIKE if falls else "speaker")


def test_an_altered_copy_is_another_voice_in_a_corpus_of_its_own(model: tuple[HumpCat, Statistics]) -> None:
    utterances = utterances_of(2, each=6)
    table = table_of([*utterances, *with_speeds(utterances, (1.1,))])
    found = for_training(table, range(24), model[1])
    assert set(found.told) == {"made/s0", "made/s1", "made/s0@1.1", "made/s1@1.1"}
    assert found.statistics[0] is not found.statistics[12]
    few = for_training(table, [*range(12), 12, 13], model[1])
    assert few.told["made/s0@1.1"] == "corpus: too few utterances (2)"
    assert same(few.statistics[12], drawn(table, [12, 13], model[1]))


@pytest.mark.parametrize("choice", [CORPUS, NONE])
def test_one_choice_for_all_is_told_of_every_speaker(choice: str, model: tuple[HumpCat, Statistics]) -> None:
    network, prior = model
    table = table_of([*utterances_of(2, each=6), *utterances_of(2, each=6, corpus="other")])
    found = for_testing(network, table, range(24), prior, choice)
    assert set(found.told.values()) == {choice} and len(found.told) == 4
    expected = [prior if choice == NONE else drawn(table, range(k, k + 12), prior) for k in (0, 12)]
    assert same(found.statistics[0], expected[0]) and same(found.statistics[23], expected[1])


def test_an_unknown_choice_is_refused(model: tuple[HumpCat, Statistics]) -> None:
    with pytest.raises(ValueError, match="'sentence' is none of"):
        for_training(table_of(utterances_of(1)), range(9), model[1], "sentence")


def test_what_a_part_does_not_hold_does_not_change_its_statistics(model: tuple[HumpCat, Statistics]) -> None:
    _network, prior = model
    table = table_of(utterances_of(2, each=12))
    before = for_training(table, range(0, 24, 2), prior).of(range(0, 24, 2))
    changed = table_of(utterances_of(2, each=12))
    changed.summary.mfcc_mean[1::2] += 5.0
    after = for_training(changed, range(0, 24, 2), prior).of(range(0, 24, 2))
    assert all(same(*pair) for pair in zip(before, after, strict=True))


def test_the_choice_is_the_speaker_unless_another_is_clearly_better(
    model: tuple[HumpCat, Statistics],
) -> None:
    network, prior = model
    plain = table_of(utterances_of(4, each=9))
    assert choose(network, plain, range(36), prior) == SPEAKER
    # One label is most of what everybody says, too seldom interrupted to be caught as all alike: its centre moves.
    skewed = [
        replace(each, emotion=LABELS[0 if number % 12 else 1])
        for number, each in enumerate(utterances_of(4, each=48))
    ]
    table = table_of(skewed, seed=5, distance=1.0)
    assert set(for_testing(network, table, range(192), prior).told.values()) == {"speaker"}
    assert choose(network, table, range(192), prior) == NONE


def test_learning_chooses_on_validation_speakers_and_says_what(model: tuple[HumpCat, Statistics]) -> None:
    table = table_of(utterances_of(6, each=6))
    rows = original_rows(table)
    split = Split(tuple(rows[:18]), tuple(rows[18:27]), tuple(rows[27:]))
    learned = learn(table, split, network_config(), RECIPE, start=model, standardisation=CHOSEN)
    assert learned.standardisation in (SPEAKER, CORPUS, NONE)
    again = choose(learned.network, table, split.validation, learned.prior)
    assert learned.standardisation == again


def test_the_probe_falls_back_as_the_network_does() -> None:
    table = table_of(one_label_each(9, each=12))
    split = Split(tuple(range(72)), (), tuple(range(72, 108)))

    def ua(how: str) -> float:
        parts = [
            {table.utterances[row].speaker_id: how for row in part} for part in (split.train, split.test)
        ]
        return measure(LABELS, table.labels[72:], probe_table(table, split, *parts)).ua

    assert ua(ALIKE) == ua(CORPUS) > 0.95 and ua(NONE) > 0.95
    assert ua(SPEAKER) < 0.6


def fields_of(table: FeatureTable) -> dict[str, object]:
    return {name: getattr(table, name) for name in FeatureTable.__dataclass_fields__}
