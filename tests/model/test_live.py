"""Listening to sound that comes in: live it says what it says afterwards, and nothing where nobody speaks."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny_models import tiny_bundle
from voices import RATE, voice

from core_model.audio import read_waveform
from core_model.errors import HumpcatError
from core_model.extractor import Stretch
from core_model.folders import resources_folder
from core_model.live.config import CALIBRATED, LIMITS, MODEL, RUNNING, LiveConfig
from core_model.live.following import Following, Heard
from core_model.live.latency import Latency
from core_model.live.level import FLOOR, LevelMeter
from core_model.live.listener import Listener, LiveLabel
from core_model.live.ring_buffer import RingBuffer, create_ring
from core_model.predictor import Predictor

ALL = 0.0  # threshold: everything is speech
SPEECH = sorted((resources_folder() / "demo").glob("*.flac"))


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor(tiny_bundle(tmp_path_factory.mktemp("model") / "tiny"), "cpu")


@pytest.fixture
def ring() -> Iterator[Callable[..., RingBuffer]]:
    made: list[RingBuffer] = []

    def make(samples: np.ndarray, rate: int = RATE, seed: int = 0, seconds: float = 30.0) -> RingBuffer:
        """A ring buffer into which this sound has come in blocks of all sizes."""
        samples = samples.reshape(len(samples), -1)
        made.append(create_ring(rate, samples.shape[1], seconds))
        random, at = np.random.default_rng(seed), 0
        while at < len(samples):
            count = int(random.integers(1, 2000))
            made[-1].write(samples[at : at + count].astype(np.float32), at / rate)
            at += count
        made[-1].end()
        return made[-1]

    yield make
    for each in made:
        each.remove()


def follow(predictor: Predictor, ring: RingBuffer, config: LiveConfig, every: bool = True) -> list[Heard]:
    following = Following(ring, Listener(predictor, config), 0, every=every)
    return list(following.labels(lambda: None))


def spoken(labels: list[Heard]) -> list[LiveLabel]:
    return [each.label for each in labels if each.label.probabilities is not None]


@pytest.mark.parametrize("window", [1.0, 3.0, 7.0])
def test_live_and_offline_say_the_same_of_the_same_windows(
    predictor: Predictor, ring: Callable[..., RingBuffer], tmp_path: Path, window: float
) -> None:
    samples = np.concatenate([voice("happy", 4.0), voice("sad", 5.0)])
    soundfile.write(tmp_path / "v.wav", samples, RATE, "FLOAT")
    config = LiveConfig(hop=0.5, window=window, threshold=ALL, standardisation=MODEL)
    labels = spoken(follow(predictor, ring(samples), config))
    assert [label.end for label in labels] == list(range(8000, len(samples) + 1, 8000))
    for label in labels:
        assert label.end - label.start == min(label.end, window * RATE)
        offline = predictor.predict(Stretch(tmp_path / "v.wav", label.start, label.end))
        assert label.probabilities == pytest.approx(offline.probabilities, abs=1e-4)


def test_live_and_offline_agree_at_another_rate_with_two_channels(
    predictor: Predictor, ring: Callable[..., RingBuffer], tmp_path: Path
) -> None:
    waveform, rate = soundfile.read(SPEECH[0])
    stereo = np.stack(
        [np.interp(np.arange(0, len(waveform), rate / 44100), np.arange(len(waveform)), waveform)] * 2
    )
    stereo[1] *= 0.5
    soundfile.write(tmp_path / "v.wav", stereo.T, 44100, "FLOAT")
    whole = read_waveform(tmp_path / "v.wav").samples
    config = LiveConfig(hop=0.5, window=2.0, threshold=ALL, standardisation=MODEL)
    labels = spoken(follow(predictor, ring(stereo.T, 44100), config))
    assert labels[-1].end > len(whole) - 0.5 * RATE, "the filter's last samples are heard too"
    for label in labels:
        window = predictor.extractor.window_of(whole[label.start : label.end])
        assert label.probabilities == pytest.approx(predictor.answer(window, None), abs=1e-4)


def test_the_sizes_of_blocks_leave_no_trace(predictor: Predictor, ring: Callable[..., RingBuffer]) -> None:
    samples, config = soundfile.read(SPEECH[1])[0], LiveConfig(hop=0.3)
    first, second = (follow(predictor, ring(samples, seed=seed), config) for seed in (1, 2))
    assert [(each.label.end, each.label.speech) for each in first] == [
        (each.label.end, each.label.speech) for each in second
    ]
    assert [each.label.smoothed for each in first] == [each.label.smoothed for each in second]


def test_speech_has_a_label_and_silence_and_noise_have_none(
    predictor: Predictor, ring: Callable[..., RingBuffer]
) -> None:
    silence = np.zeros(3 * RATE)
    noise = 0.05 * np.random.default_rng(0).normal(size=3 * RATE)
    speech = np.concatenate([soundfile.read(path)[0] for path in SPEECH[:2]])
    config = LiveConfig(hop=0.25)
    assert spoken(follow(predictor, ring(np.concatenate([silence, noise])), config)) == []
    labels = follow(predictor, ring(np.concatenate([silence, speech, silence])), config)
    found = [label.end / RATE for label in spoken(labels)]
    assert found, "real speech is heard as speech"
    assert min(found) > 3.0
    assert max(found) < 3 + len(speech) / RATE + 1.5
    assert labels[-1].label.smoothed is None


def test_smoothing_is_an_exponential_mean_that_ends_with_the_speech(
    predictor: Predictor, ring: Callable[..., RingBuffer]
) -> None:
    samples = np.concatenate([voice("angry", 3.0), voice("sad", 3.0)])
    plain = spoken(follow(predictor, ring(samples), LiveConfig(0.5, 1.0, 0.0, ALL, MODEL)))
    assert [label.smoothed for label in plain] == [label.probabilities for label in plain]
    smooth = spoken(follow(predictor, ring(samples), LiveConfig(0.5, 1.0, 1.0, ALL, MODEL)))
    share, mean = 1 - np.exp(-0.5), np.array(smooth[0].probabilities)
    for label in smooth[1:]:
        mean = share * np.array(label.probabilities) + (1 - share) * mean
        assert label.smoothed == pytest.approx(mean)


def test_the_speakers_statistics_take_over_once_there_is_enough(
    predictor: Predictor, ring: Callable[..., RingBuffer], monkeypatch: pytest.MonkeyPatch
) -> None:
    # An untrained network's answers hardly differ; here that is not to stand in the way.
    monkeypatch.setattr("core_model.standardise.LEAST_SPREAD_ALONE", 0.0)
    samples = np.concatenate([voice(emotion, 3.0) for emotion in ("angry", "happy", "neutral", "sad")] * 2)
    model = spoken(follow(predictor, ring(samples), LiveConfig(0.5, 2.0, 0.0, ALL, MODEL)))
    running = spoken(follow(predictor, ring(samples), LiveConfig(0.5, 2.0, 0.0, ALL, RUNNING)))
    own = [label.standardised.startswith("this speaker's") for label in running]
    assert not own[0] and "fewer than 4" in running[5].standardised
    # Four windows of 2 s that do not overlap end at 8 s; the next one is standardised by them.
    assert running[own.index(True)].end == 8.5 * RATE
    assert all(own[own.index(True) :])
    for one, other, by_own in zip(model, running, own, strict=True):
        assert (one.probabilities == other.probabilities) != by_own


def test_a_voice_that_sounds_all_alike_keeps_the_models_statistics(
    predictor: Predictor, ring: Callable[..., RingBuffer]
) -> None:
    samples = np.tile(voice("angry", 2.0), 8)
    labels = spoken(follow(predictor, ring(samples), LiveConfig(0.5, 2.0, 0.0, ALL, RUNNING)))
    assert "sounds all alike" in labels[-1].standardised


def test_a_calibration_takes_twenty_seconds_of_speech_and_then_holds(
    predictor: Predictor, ring: Callable[..., RingBuffer]
) -> None:
    samples = np.concatenate([voice(emotion, 7.0) for emotion in ("angry", "happy", "neutral", "sad")])
    listener = Listener(predictor, LiveConfig(1.0, 2.0, 0.0, ALL, CALIBRATED))
    following = Following(ring(samples), listener, 0, every=True)
    listener.speaker.calibrate()
    labels = [heard.label for heard in following.labels(lambda: None)]
    counted = [label.calibrated for label in labels]
    done = counted.index(None)
    assert counted[:done] == sorted(counted[:done])
    assert labels[done].end == 20 * RATE
    assert all(label.standardised == "the model's, until calibrated" for label in labels[: done + 1])
    assert all(label.standardised == "this speaker's, calibrated" for label in labels[done + 1 :])
    assert len(labels) > done + 3


def test_sound_that_was_lost_leaves_the_clock_where_it_is(
    predictor: Predictor, ring: Callable[..., RingBuffer]
) -> None:
    samples = voice("happy", 6.0)
    config = LiveConfig(0.5, 1.0, 0.0, ALL, MODEL)
    labels = follow(predictor, ring(samples, seconds=2.0), config)
    assert labels[-1].lost == len(samples) - round(1.75 * RATE)
    assert labels[-1].label.end == len(samples)
    assert labels[-1].frame == len(samples)


def test_a_machine_that_is_too_slow_leaves_windows_out_and_hops_further(
    predictor: Predictor, ring: Callable[..., RingBuffer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Listener, "warm_up", lambda _: 0.52)  # what a window takes
    listener = Listener(predictor, LiveConfig(0.1, 1.0, 0.0, ALL, MODEL))
    following = Following(ring(voice("sad", 5.0)), listener, 0)
    assert following.hop == pytest.approx(0.65)  # a fifth of air, rounded up to 50 ms
    labels = list(following.labels(lambda: None))
    # All of it was there when it looked first: the newest window counts.
    assert labels[0].skipped > 0
    assert labels[0].label.end > 4 * RATE


def test_two_slow_windows_lengthen_the_hop_until_they_are_forgotten(
    predictor: Predictor, ring: Callable[..., RingBuffer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Listener, "warm_up", lambda _: 0.01)
    listener = Listener(predictor, LiveConfig(0.1, 1.0, 0.0, ALL, MODEL))
    following = Following(ring(voice("sad", 1.0)), listener, 0)
    hops = []
    for took in (0.01, 0.3, 0.3, *[0.01] * 11):
        following._took.append(took)
        hops.append(following.hop)
    assert hops[0] == 0.1
    assert hops[1] == 0.1, "one hiccup does not count"
    assert hops[2:13] == [pytest.approx(0.4)] * 11
    assert hops[13] == 0.1


def test_in_time_nothing_is_left_out(predictor: Predictor, ring: Callable[..., RingBuffer]) -> None:
    labels = follow(predictor, ring(voice("sad", 5.0)), LiveConfig(0.1, 1.0, 0.0, ALL, MODEL), every=True)
    assert [each.label.end for each in labels] == [8000, *range(9600, 80001, 1600)]
    assert {each.skipped for each in labels} == {0} and {each.hop for each in labels} == {0.1}


def test_a_check_that_raises_ends_the_listening(
    predictor: Predictor, ring: Callable[..., RingBuffer]
) -> None:
    class Enough(Exception):
        pass

    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Enough

    following = Following(ring(voice("sad", 5.0)), Listener(predictor, LiveConfig()), 0, every=True)
    with pytest.raises(Enough):
        list(following.labels(check))


@pytest.mark.parametrize("name", LIMITS)
def test_a_configuration_keeps_its_limits(name: str) -> None:
    low, high = LIMITS[name]
    for value in (low, high):
        assert getattr(LiveConfig.from_json({name: value}), name) == value
    for value in (low - 0.01, high + 0.01, float("nan"), "much"):
        with pytest.raises(HumpcatError, match=name):
            LiveConfig.from_json({name: value, "of another version": 1})


def test_a_standardisation_must_be_one() -> None:
    with pytest.raises(HumpcatError, match="standardisation"):
        LiveConfig(standardisation="none")


def test_a_level_meter_shows_peaks_holds_them_and_marks_clipping() -> None:
    meter = LevelMeter(2)
    meter.add(np.array([[0.5, 0.0], [-0.1, 0.0]], dtype=np.float32), 0.0)
    assert meter.levels == pytest.approx([20 * np.log10(0.5), FLOOR], abs=1e-3)
    meter.add(np.zeros((10, 2), dtype=np.float32), 1.0)
    assert meter.levels[0] == pytest.approx(20 * np.log10(0.5) - 20, abs=1e-3)  # it falls
    assert meter.held[0] == pytest.approx(20 * np.log10(0.5), abs=1e-3)  # and is held
    meter.add(np.zeros((10, 2), dtype=np.float32), 2.0)
    assert meter.held[0] == FLOOR
    assert not meter.clipped.any()
    meter.add(np.array([[0.0, -1.0]], dtype=np.float32), 2.1)
    meter.add(np.zeros((0, 2), dtype=np.float32), 9.0)
    assert meter.clipped.tolist() == [False, True]
    meter.reset()
    assert not meter.clipped.any()


def test_latencies_have_their_percentiles() -> None:
    latency = Latency()
    assert np.isnan(latency.p50) and np.isnan(latency.p95)
    for value in [*np.linspace(0, 1, 101), float("nan")]:
        latency.add(value)
    assert (len(latency), latency.p50, latency.p95) == (101, pytest.approx(0.5), pytest.approx(0.95))
    latency.clear()
    assert not len(latency)
