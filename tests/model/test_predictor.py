"""The whole chain on real speech with an untrained bundle: probabilities, means over windows, failures, memory."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from tiny_models import present_encoder, tiny_bundle

from core_model.audio import read_waveform
from core_model.bundle import BundleRecord
from core_model.cache import FeatureCache
from core_model.errors import HumpcatError
from core_model.extractor import Stretch
from core_model.facts import Prediction
from core_model.predictor import Failure, Predictor, merge, summary_of
from core_model.standardise import shrunk, statistics_of


@pytest.fixture
def speech(corpora: Path) -> list[Path]:
    return sorted((corpora / "emodb/wav").iterdir())[:4]


@pytest.fixture
def bundle(tiny_hubert: Path, tmp_path: Path) -> BundleRecord:
    return tiny_bundle(tmp_path / "bundle", present_encoder(tiny_hubert))


@pytest.fixture
def predictor(bundle: BundleRecord) -> Predictor:
    return Predictor(bundle, "cpu", "fp32")


@pytest.fixture
def make_long(corpora: Path, tmp_path: Path) -> Callable[[float], Path]:
    files = sorted((corpora / "emodb/wav").iterdir())[:20]
    samples = np.concatenate([read_waveform(path).samples for path in files])

    def make(seconds: float) -> Path:
        path = tmp_path / f"{seconds}.wav"
        soundfile.write(path, np.resize(samples, round(seconds * 16_000)), 16_000)
        return path

    return make


def test_an_utterance_is_the_mean_of_its_windows_weighted_by_duration(
    predictor: Predictor, make_long: Callable[[float], Path]
) -> None:
    prediction = predictor.predict(Stretch(make_long(16.5)))
    assert [(window.start, window.end) for window in prediction.windows] == [(0, 7), (7, 14), (14, 16.5)]
    rows = np.array([window.probabilities for window in prediction.windows])
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-6)
    by_hand = (7 * rows[0] + 7 * rows[1] + 2.5 * rows[2]) / 16.5
    np.testing.assert_allclose(prediction.probabilities, by_hand, atol=1e-9)
    assert sum(prediction.probabilities) == pytest.approx(1)
    assert prediction.confidence == max(prediction.probabilities)
    assert prediction.emotion == prediction.labels[int(by_hand.argmax())]


def test_probabilities_are_the_softmax_of_scaled_cosines_without_margin(
    predictor: Predictor, speech: list[Path]
) -> None:
    (window,) = predictor.extractor.windows(Stretch(speech[0]))
    output = predictor.run([window])
    logits = predictor.record.network.scale * output.cosines[0].double()
    expected = (logits.exp() / logits.exp().sum()).tolist()
    np.testing.assert_allclose(predictor.predict(Stretch(speech[0])).probabilities, expected, atol=1e-6)


def test_the_temperature_divides_the_logits(bundle: BundleRecord, speech: list[Path]) -> None:
    sharp = Predictor(bundle, "cpu", "fp32").predict(Stretch(speech[0])).probabilities
    soft = (
        Predictor(replace(bundle, temperature=10.0), "cpu", "fp32").predict(Stretch(speech[0])).probabilities
    )
    expected = np.array(sharp) ** 0.1
    np.testing.assert_allclose(soft, expected / expected.sum(), atol=1e-5)


def test_a_prediction_tells_its_segment_and_its_model(predictor: Predictor, speech: list[Path]) -> None:
    info = soundfile.info(str(speech[0]))
    segment = predictor.predict(Stretch(speech[0], 1_000)).segment
    assert (segment.file, segment.start, segment.end, segment.rate) == (speech[0], 1_000, info.frames, 16_000)
    prediction = predictor.predict(Stretch(speech[0], 0, 10**9))
    assert prediction.segment.end == info.frames
    assert (prediction.model_name, prediction.model_id) == ("bundle", predictor.record.id)
    assert prediction.labels == ("angry", "happy", "neutral", "sad")


def test_a_segment_is_predicted_as_the_same_part_cut_out_is(
    predictor: Predictor, make_long: Callable[[float], Path], tmp_path: Path
) -> None:
    path = make_long(10.0)
    samples, _ = soundfile.read(path, dtype="int16")
    soundfile.write(tmp_path / "part.wav", samples[20_000:60_000], 16_000)
    expected = predictor.predict(Stretch(tmp_path / "part.wav")).probabilities
    assert predictor.predict(Stretch(path, 20_000, 60_000)).probabilities == pytest.approx(expected, abs=1e-6)


def test_one_bad_file_among_many_fails_alone(
    predictor: Predictor, speech: list[Path], tmp_path: Path
) -> None:
    cut = tmp_path / "cut.flac"
    soundfile.write(cut, np.random.default_rng(0).normal(scale=0.1, size=16_000 * 30), 16_000)
    cut.write_bytes(cut.read_bytes()[:-50_000])
    stretches = [Stretch(path) for path in (speech[0], cut, tmp_path / "missing.wav", *speech[1:])]
    results = list(predictor.predict_many(stretches))
    assert [isinstance(result, Failure) for result in results] == [False, True, True, False, False, False]
    for stretch, result in zip(stretches, results, strict=True):
        if isinstance(result, Prediction):
            assert result.segment.file == stretch.file
            assert len(result.windows) == 1  # none left over from the torn file
            alone = predictor.predict(stretch).probabilities
            assert result.probabilities == pytest.approx(alone, abs=1e-3)
        else:
            assert result.stretch == stretch
            assert result.error.message


def test_a_cached_prediction_equals_the_computed_one(
    bundle: BundleRecord, predictor: Predictor, speech: list[Path], tmp_path: Path
) -> None:
    cached = Predictor(bundle, "cpu", "fp32", FeatureCache(tmp_path / "cache"))
    expected = predictor.predict(Stretch(speech[0]))
    assert cached.predict(Stretch(speech[0])) == expected
    assert cached.predict(Stretch(speech[0])) == expected


def test_a_prediction_can_be_ended_between_windows(
    predictor: Predictor, make_long: Callable[[float], Path]
) -> None:
    calls = []

    def stop() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        predictor.predict(Stretch(make_long(60)), on_window=stop)
    assert len(calls) == 2


def test_a_speakers_statistics_are_drawn_to_the_prior_by_its_strength(
    predictor: Predictor, speech: list[Path]
) -> None:
    stretches = [Stretch(path) for path in speech[:2]]
    windows = [window for stretch in stretches for window in predictor.extractor.windows(stretch)]
    own = statistics_of(merge([summary_of(window) for window in windows]))
    voice = predictor.listen(stretches)
    got = voice.statistics
    strength = predictor.record.prior_strength
    expected = (2 * own.mfcc_mean + strength * predictor.prior.mfcc_mean) / (2 + strength)
    torch.testing.assert_close(got.mfcc_mean, expected)
    assert torch.equal(got.encoder_std, shrunk(own, 2, predictor.prior, strength).encoder_std)
    assert voice.answers[0] == predictor.predict(stretches[0]).probabilities
    prediction = predictor.predict(stretches[0], got)
    assert prediction.probabilities != predictor.predict(stretches[0]).probabilities
    (from_many,) = predictor.predict_many(stretches[:1], {stretches[0]: got})
    assert isinstance(from_many, Prediction)
    assert from_many.probabilities == pytest.approx(prediction.probabilities, abs=1e-6)


def test_a_speaker_of_whom_nothing_can_be_read_is_the_prior(predictor: Predictor, tmp_path: Path) -> None:
    voice = predictor.listen([Stretch(tmp_path / "missing.wav")])
    assert voice.statistics is predictor.prior and not voice.answers


def test_silence_is_predicted_with_finite_probabilities(predictor: Predictor, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(16_000), 16_000)
    probabilities = predictor.predict(Stretch(tmp_path / "silence.wav")).probabilities
    assert sum(probabilities) == pytest.approx(1)


@pytest.mark.parametrize("level", [32_768.0, 2.0**31])
def test_floats_far_beyond_full_scale_are_predicted_with_finite_probabilities(
    predictor: Predictor, speech: list[Path], tmp_path: Path, level: float
) -> None:
    samples = read_waveform(speech[0]).samples * np.float32(level)
    soundfile.write(tmp_path / "loud.wav", samples, 16_000, subtype="FLOAT")
    probabilities = predictor.predict(Stretch(tmp_path / "loud.wav")).probabilities
    assert sum(probabilities) == pytest.approx(1)


def peak_of(predictor: Predictor, path: Path) -> int:
    tracemalloc.start()
    try:
        predictor.predict(Stretch(path))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_a_recordings_length(
    predictor: Predictor, make_long: Callable[[float], Path]
) -> None:
    predictor.predict(Stretch(make_long(7.0)))  # what is loaded once
    short, long = peak_of(predictor, make_long(63.0)), peak_of(predictor, make_long(252.0))
    assert long - short < 2e6  # 189 s more are 12 MB of samples and far more of features


def test_a_bundle_whose_encoder_is_missing_is_told(tiny_hubert: Path, tmp_path: Path) -> None:
    encoder = replace(present_encoder(tiny_hubert), hash="0" * 64)
    with pytest.raises(HumpcatError, match="not present"):
        Predictor(tiny_bundle(tmp_path / "bundle", encoder), "cpu")
