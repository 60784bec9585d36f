"""The F0 track on a 10 ms step."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import numpy as np
import pytest

from core_model.errors import HumpcatError
from core_model.features.pitch import PitchConfig, track_pitch
from core_model.files import hash_of


def voice(frequency: np.ndarray, rate: int = 16000) -> np.ndarray:
    """A buzz with ten harmonics at the given frequency of each sample."""
    phase = 2 * np.pi * np.cumsum(frequency) / rate
    return (0.1 * sum(np.sin(k * phase) / k for k in range(1, 11))).astype(np.float32)


def steady(frequency: float, seconds: float, rate: int = 16000) -> np.ndarray:
    return voice(np.full(round(seconds * rate), frequency), rate)


@pytest.mark.parametrize("frequency", [90, 200, 450, 700])
def test_a_steady_voice_is_heard_at_its_frequency(frequency: float) -> None:
    track = track_pitch(steady(frequency, 1.0))
    middle = track.f0[10:90]
    assert (middle > 0).all()
    np.testing.assert_allclose(middle, frequency, rtol=0.02)


def test_there_is_one_value_every_10_ms_from_the_start() -> None:
    track = track_pitch(steady(150, 0.987))
    np.testing.assert_allclose(track.times, np.arange(99) / 100)
    assert track.f0.shape == track.confidence.shape == (99,)
    assert track.confidence.min() >= 0
    assert track.confidence.max() <= 1


def test_a_glide_is_followed_between_the_trackers_own_frames() -> None:
    frequency = np.geomspace(120, 300, 16000)
    track = track_pitch(voice(frequency))
    expected = frequency[(track.times[10:90] * 16000).astype(int)]
    np.testing.assert_allclose(track.f0[10:90], expected, rtol=0.03)
    assert (
        np.diff(track.f0[10:90]) != 0
    ).all()  # the tracker's frames are 16 ms apart; repeating them would show


def test_silence_between_voices_is_unvoiced() -> None:
    track = track_pitch(np.concatenate([steady(200, 0.5), np.zeros(8000, np.float32), steady(120, 0.5)]))
    assert not track.f0[58:92].any()
    assert track.f0[10:40] == pytest.approx(200, rel=0.02)
    assert track.f0[110:140] == pytest.approx(120, rel=0.02)


def test_frequencies_outside_the_band_are_not_answered() -> None:
    track = track_pitch(steady(700, 0.5), fmax=350)
    assert track.f0.max() <= 350


def test_a_higher_threshold_leaves_fewer_frames_voiced() -> None:
    noisy = steady(150, 1.0) + np.random.default_rng(0).normal(0, 0.08, 16000).astype(np.float32)
    voiced = [np.count_nonzero(track_pitch(noisy, threshold=threshold).f0) for threshold in (0.0, 0.5, 1.01)]
    assert voiced[0] == 100 >= voiced[1] > voiced[2] == 0


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
@pytest.mark.parametrize("length", [0, 1, 2, 79, 81, 255, 256, 257, 2000])
def test_short_recordings_and_silence_have_a_track(length: int, rate: int) -> None:
    for samples in (np.zeros(length, np.float32), np.full(length, 0.5, np.float32)):
        track = track_pitch(samples, rate)
        assert track.times.shape == track.f0.shape == track.confidence.shape == (-(-length * 100 // rate),)
        assert np.isfinite(track.f0).all()
    assert not track_pitch(np.zeros(length, np.float32), rate).f0.any()


def test_other_sample_rates_keep_the_time_axis() -> None:
    track = track_pitch(steady(200, 1.0, 44100), 44100)
    assert len(track.times) == 100
    np.testing.assert_allclose(track.f0[10:90], 200, rtol=0.02)


def test_a_long_recording_is_tracked_to_its_end() -> None:
    track = track_pitch(steady(200, 65.0))
    assert len(track.f0) == 6500
    np.testing.assert_allclose(track.f0[10:-10], 200, rtol=0.02)


def test_threads_share_the_detector_and_agree() -> None:
    recordings = [steady(frequency, 1.0) for frequency in (100, 150, 220, 330)] * 4
    alone = [track_pitch(samples).f0 for samples in recordings]
    with ThreadPoolExecutor(4) as pool:
        together = [track.f0 for track in pool.map(track_pitch, recordings)]
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("samples", "options"),
    [
        (np.array([0.0, np.nan] * 400), {}),
        (np.array([0.0, np.inf] * 400), {}),
        (np.zeros((2, 800)), {}),
        (np.zeros(800), {"fmin": 300, "fmax": 200}),
        (np.zeros(800), {"fmin": 300, "fmax": 300.1}),
        (np.zeros(800), {"fmin": 5000, "fmax": 6000}),
        (np.zeros(800), {"sample_rate": 0}),
    ],
)
def test_what_cannot_be_tracked_is_refused(samples: np.ndarray, options: dict[str, float]) -> None:
    with pytest.raises(HumpcatError):
        track_pitch(samples, **options)  # type: ignore[arg-type]


def test_the_configuration_names_the_tracker_and_changes_its_hash_with_every_setting() -> None:
    config = PitchConfig()
    assert config.tracker == "swift-f0"
    assert config.version
    others = [replace(config, fmax=350.0), replace(config, fmin=70.0), replace(config, version="0")]
    assert len({hash_of(asdict(one)) for one in (config, *others)}) == 4
