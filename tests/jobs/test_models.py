"""From recordings to a bundle with its card, on a small made-up corpus; and speakers that never leak."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tables import LABELS, network_config, table_of, utterances_of
from voices import RATE, emodb_like, voice

from core_model.bundle import find_bundle
from core_model.bundle_weights import load_weights
from core_model.cache import FeatureCache
from core_model.devices import choose_device
from core_model.errors import HumpcatError
from core_model.extractor import FeatureExtractor, Stretch
from core_model.features.config import FeatureConfig
from core_model.labels import PAPER, LabelScheme
from core_model.network.config import NetworkConfig
from core_model.network.network import HumpCat
from core_model.predictor import Predictor
from training_jobs import crossvalidation, models
from training_jobs.corpora.reading import read_corpus
from training_jobs.crossvalidation import cross_validate
from training_jobs.extraction import FeatureTable
from training_jobs.manifest import Utterance, with_speeds
from training_jobs.recipe import Recipe
from training_jobs.splits import Split, hold_out_speakers
from training_jobs.standardisation import Standardisation

RECIPE = Recipe(epochs=6, batch=8, crop=1.0, mask=0.0, speeds=(1.1,), average=0.5)


@pytest.fixture
def extractor(home: Path) -> FeatureExtractor:
    return FeatureExtractor(FeatureConfig(), None, choose_device("cpu"), "fp32", FeatureCache())


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> FeatureTable:
    """Features of 4 speakers' 32 utterances; one more file is no sound."""
    folder = emodb_like(tmp_path_factory.mktemp("corpus"))
    (folder / "03a09Na.wav").write_text("no sound", encoding="utf-8")
    extractor = FeatureExtractor(FeatureConfig(), None, choose_device("cpu"), "fp32")
    done: list[tuple[float, float]] = []
    made = models.extract_corpus(
        read_corpus(folder), PAPER, extractor, (), lambda *counts: done.append(counts)
    )
    # At first the files are looked at, then each counts: none is longer than a window, and nothing is cached.
    assert done == [(0, 1)] * 33 + [(number, 33) for number in range(1, 34)]
    return made


def test_recordings_become_a_model_that_predicts_with_a_card_that_tells(
    table: FeatureTable, home: Path
) -> None:
    assert len(table.utterances) == 32 and [each.file.name for each, _why in table.skipped] == ["03a09Na.wav"]
    rows = models.original_rows(table)
    rest, test = hold_out_speakers(table.utterances, rows, 0.25)
    train, validation = hold_out_speakers(table.utterances, rest, 0.25)
    config = NetworkConfig(4, ("mfcc", "prosody"), width=16)
    learned = models.learn(table, Split(train, validation, test), config, RECIPE)
    training = {
        "data": models.describe_data(table.utterances, table.scheme.labels, table.skipped),
        "protocol": "By speaker.",
        "recipe": RECIPE.to_json(),
    }
    folder = home / "data" / "models" / "mine"
    record = models.save_learned(folder, learned, PAPER, FeatureConfig(), None, training)

    assert learned.tested is not None
    assert record == find_bundle("mine") and record.metrics["ua"] == learned.tested.known.ua
    assert (record.temperature, record.prior_strength) == (learned.temperature, models.PRIOR_STRENGTH)
    again = models.evaluate(record, table, test)
    np.testing.assert_allclose(again.known.ua, learned.tested.known.ua)
    np.testing.assert_allclose(again.unknown.ece, learned.tested.unknown.ece, atol=1e-5)

    prediction = Predictor(record, "cpu").predict(Stretch(table.utterances[0].file))
    assert prediction.model_name == "mine" and sum(prediction.probabilities) == pytest.approx(1)
    check_card(record.card(), learned.tested.known.ua)


def check_card(card: str, ua: float) -> None:
    for heading in ("# mine", "## Data", "## Training and protocol", "## Results", "## Limits"):
        assert f"\n{heading}\n" in f"\n{card}"
    assert "| emodb | 32 | 4 | 8 | 8 | 8 | 8 |" in card
    assert "By speaker." in card and "epochs 6" in card and "seed 0" in card
    assert f"| test | 8 | {100 * ua:.1f} (" in card
    assert "95 % intervals" in card and "| **angry** |" in card
    assert "Acted speech" in card


def test_made_up_emotions_of_unheard_speakers_are_recognised(table: FeatureTable) -> None:
    config = NetworkConfig(4, ("mfcc", "prosody"), width=16, dropout=0.1)
    (tested,) = cross_validate(table, config, replace(RECIPE, epochs=12), folds=2).by_corpus.values()
    assert tested.known.count == 32 and tested.known.ua > 0.7


def test_labels_that_nobody_has_and_recordings_that_nobody_can_read_are_told(
    table: FeatureTable, extractor: FeatureExtractor, tmp_path: Path
) -> None:
    corpus = table.utterances
    with pytest.raises(HumpcatError, match="No utterance is labelled bored or calm"):
        models.extract_corpus(corpus, LabelScheme(("bored", "calm")), extractor)
    gone = [
        replace(each, file=tmp_path / "gone.wav", start=start) for each in corpus[:2] for start in (None, 0.5)
    ]
    with pytest.raises(HumpcatError, match=r"None of the 4 utterances can be read.*gone\.wav"):
        models.extract_corpus(gone, PAPER, extractor)


def test_parts_of_a_file_are_utterances_of_their_own(extractor: FeatureExtractor, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "all.wav", np.concatenate([voice("angry", 2.0), voice("sad", 10.0)]), RATE)
    whole = Utterance(tmp_path / "all.wav", "angry", "s1", "c")
    utterances = [
        replace(whole, start=0.0, end=2.0),
        replace(whole, emotion="sad", start=2.0),
        replace(whole, start=11.0, end=99.0),
        replace(whole, start=50.0, end=51.0),
        replace(whole, file=tmp_path / "gone.wav", start=1.0, end=2.0),
    ]
    table = models.extract_corpus(utterances, PAPER, extractor)
    assert table.utterance.tolist() == [0, 1, 1, 2]
    np.testing.assert_allclose(table.duration, [2.0, 7.0, 3.0, 1.0], atol=1e-3)
    assert table.labels.tolist() == [0, 3, 0]
    assert [each.start for each, _why in table.skipped] == [50.0, 1.0]


@pytest.mark.parametrize(
    ("seconds", "ending", "rate"), [(7.0, "wav", 44_100), (14.0, "mp3", 44_100), (6.9999, "wav", 11_025)]
)
def test_lengths_at_the_edge_of_a_window_find_room(
    extractor: FeatureExtractor, tmp_path: Path, seconds: float, ending: str, rate: int
) -> None:
    sound = np.resize(voice("happy", 2.0), round(seconds * rate))
    soundfile.write(tmp_path / f"edge.{ending}", sound, rate)
    utterance = Utterance(tmp_path / f"edge.{ending}", "happy", "s", "c")
    table = models.extract_corpus([utterance], PAPER, extractor, (0.9, 1.1))
    assert len(table.utterances) == 3 and not table.skipped


def test_a_fine_tuned_model_without_validation_keeps_its_sources_temperature() -> None:
    table = table_of(utterances_of(4))
    source = models.learn(table, Split(tuple(range(18)), tuple(range(18, 27)), ()), network_config(), RECIPE)
    split = Split(tuple(range(9)), (), tuple(range(9, 36)))
    start = (source.network, source.prior)
    tuned = models.learn(table, split, network_config(), RECIPE, start, temperature=3.0)
    assert tuned.temperature == 3.0 and tuned.tested is not None
    hot = models.score(tuned.network, tuned.prior, 3.0, table, split.test)
    assert tuned.tested.known == hot.known
    assert (
        tuned.tested.known.ece != models.score(tuned.network, tuned.prior, 1.0, table, split.test).known.ece
    )


def test_another_label_scheme_is_refused_by_name(home: Path) -> None:
    table = table_of(utterances_of(2))
    learned = models.learn(
        table, Split(tuple(range(18)), (), ()), network_config(), replace(RECIPE, epochs=1)
    )
    record = models.save_learned(home / "m", learned, LabelScheme(LABELS), FeatureConfig(), None, {})
    assert "Not measured" in record.card()
    other = replace(table, scheme=LabelScheme(("angry", "happy", "calm")))
    with pytest.raises(HumpcatError, match="knows the labels angry, happy, sad and no others"):
        models.evaluate(record, other)
    network, _prior = load_weights(record)
    assert network.config == learned.network.config


def test_no_speaker_is_tested_by_a_network_that_heard_it_or_chose_its_epoch_by_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    originals = utterances_of(5, each=3) + utterances_of(4, each=3, corpus="other")
    table = table_of([*originals, *with_speeds(originals, (0.9,))])
    used: list[set[str]] = []
    tested: list[set[str]] = []
    learn, standardise = models.learn, crossvalidation.for_testing

    def watched_learn(given: FeatureTable, split: Split, *rest: Any) -> models.Learned:
        families = models.variants(given, split.train)
        rows = {row for family in families for row in family} | set(split.validation)
        used.append({given.utterances[row].speaker_id.partition("@")[0] for row in rows})
        assert not set(split.train) & set(split.validation)
        return learn(given, split, *rest)

    def watched_test(
        network: HumpCat, given: FeatureTable, rows: Sequence[int], *rest: Any
    ) -> Standardisation:
        tested.append({given.utterances[row].speaker_id for row in rows})
        return standardise(network, given, rows, *rest)

    monkeypatch.setattr(crossvalidation, "learn", watched_learn)
    monkeypatch.setattr(crossvalidation, "for_testing", watched_test)
    folds: list[None] = []
    found = cross_validate(table, network_config(), replace(RECIPE, epochs=1), 3, lambda: folds.append(None))
    assert len(used) == len(tested) == len(folds) == 3
    for heard, unheard in zip(used, tested, strict=True):
        assert not heard & unheard
        assert heard | unheard == {utterance.speaker_id for utterance in originals}
    assert sorted(name for names in tested for name in names) == sorted({u.speaker_id for u in originals})
    assert {corpus: each.known.count for corpus, each in found.by_corpus.items()} == {"made": 15, "other": 12}
