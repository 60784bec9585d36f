"""What a fine-tuning would do is told before it starts, by the rules of the job itself."""

from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import tiny_bundle
from voices import emodb_like

from core_model.bundle import BundleRecord
from core_model.errors import HumpcatError
from training_jobs.corpora.reading import read_corpus
from training_jobs.jobs.cost import learning_cost
from training_jobs.jobs.options import FinetuneOptions, TrainOptions
from training_jobs.leaks import link_audio
from training_jobs.manifest import Utterance
from training_jobs.protocols import learning_curve
from training_jobs.splits import RANDOM
from training_jobs.tuning_plan import TuningPlan
from training_jobs.work.planning import plan_training, plan_tuning


@pytest.fixture
def corpus(tmp_path: Path) -> list[Utterance]:
    """Four speakers, four labels, two takes of each."""
    return read_corpus(emodb_like(tmp_path / "speech"))


@pytest.fixture
def record(tmp_path: Path) -> BundleRecord:
    """A model to start from."""
    return tiny_bundle(tmp_path / "start")


def _options(**asked: object) -> FinetuneOptions:
    return FinetuneOptions(corpora=(), model="start", **asked)  # type: ignore[arg-type]


def _plan(corpus: list[Utterance], record: BundleRecord, **asked: object) -> TuningPlan:
    return plan_tuning(corpus, record, _options(**asked), link_audio(corpus))


def test_speakers_are_kept_apart_and_all_utterances_are_used(
    corpus: list[Utterance], record: BundleRecord
) -> None:
    plan = _plan(corpus, record, share=0.25)
    assert len(plan.tuning.speakers) == 1
    assert len(plan.test.speakers) == 3
    assert not plan.tuning.speakers.keys() & plan.test.speakers.keys()
    assert plan.tuning.utterances + plan.test.utterances == len(corpus)
    assert plan.obstacles == ()
    assert plan.verdict.startswith("No leak")


def test_the_learning_curve_is_part_of_the_plan(corpus: list[Utterance], record: BundleRecord) -> None:
    plain, curve = (_plan(corpus, record, share=0.25, curve=on) for on in (False, True))
    assert plain.runs == 1
    assert curve.runs == 1 + len(learning_curve(corpus, 1, 0)) > 5


def test_without_the_audio_compared_there_is_no_verdict(
    corpus: list[Utterance], record: BundleRecord
) -> None:
    assert plan_tuning(corpus, record, _options(share=0.25)).verdict == ""


def test_one_speaker_cannot_be_split_by_speakers(corpus: list[Utterance], record: BundleRecord) -> None:
    alone = [each for each in corpus if each.speaker == corpus[0].speaker]
    with pytest.raises(HumpcatError, match="at least two speakers"):
        _plan(alone, record, share=0.5)
    assert _plan(alone, record, share=0.5, mode=RANDOM).brand.startswith("LEAKING")


def test_a_label_without_examples_stands_in_the_way(corpus: list[Utterance], record: BundleRecord) -> None:
    no_sad = [each for each in corpus if each.emotion != "sad"]
    (obstacle,) = _plan(no_sad, record, share=0.25).obstacles
    assert "no utterance labelled sad" in obstacle


def test_a_label_missing_from_the_tuning_part_stands_in_the_way(
    corpus: list[Utterance], record: BundleRecord
) -> None:
    tuned = set(_plan(corpus, record, share=0.25).tuning.speakers)
    less = [each for each in corpus if each.speaker_id not in tuned or each.emotion != "angry"]
    (obstacle,) = _plan(less, record, share=0.25).obstacles
    assert "tuning part has no utterance labelled angry" in obstacle


def test_a_model_that_has_heard_the_speakers_is_refused_and_another_named(
    corpus: list[Utterance], record: BundleRecord
) -> None:
    heard = {"speakers": sorted({each.speaker_id for each in corpus}), "audio": [], "complete": True}
    (obstacle,) = _plan(corpus, replace(record, training={"heard": heard}), share=0.25).obstacles
    assert "has learned from 3 speakers of the test already" in obstacle
    assert "source-en" in obstacle  # it has heard RAVDESS only


def test_foreign_labels_are_counted_as_not_used(corpus: list[Utterance], record: BundleRecord) -> None:
    bored = [replace(each, emotion="bored", file=each.file) for each in corpus[:3]]
    plan = _plan([*corpus[3:], *bored], record, share=0.25)
    assert sum(plan.left_out.values()) == 3


def test_a_source_model_is_planned_too(corpus: list[Utterance]) -> None:
    options = TrainOptions(corpora=(), labels=("angry", "happy", "neutral", "sad"), validation=0.0, test=0.25)
    plan = plan_training(corpus, options, link_audio(corpus))
    assert (len(plan.tuning.speakers), len(plan.test.speakers), plan.obstacles) == (3, 1, ())
    five = replace(options, labels=(*options.labels, "bored"))
    assert "bored" in plan_training(corpus, five).obstacles[0]


def test_the_cost_grows_with_the_windows_and_is_a_guess_at_first() -> None:
    small, large = (learning_cost(None, windows, 10, 1, 20, 2) for windows in (10, 1000))
    assert large.seconds > small.seconds
    assert large.disk > small.disk
    assert not small.known
    assert small.free > small.least
