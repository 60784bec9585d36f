"""Slower and faster speech: the pitch stays, the length is right, and where each sample is from is known."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.stretching import Place, place_at, stretch, stretch_hop
from core_model.audio import Samples
from core_model.features.pitch import track_pitch

_DEMO = sorted((Path(__file__).parents[2] / "resources" / "demo").glob("*.flac"))
_SPEEDS = (0.5, 0.75, 1.25, 1.5, 2.0)
_RATE = 16_000


def _tone(frequency: float, rate: int, seconds: float = 2.0) -> Samples:
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def _speech(path: Path) -> Samples:
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == _RATE
    return samples


def _frequency(samples: Samples, rate: int) -> float:
    """Of the highest peak of the spectrum, interpolated by padding."""
    size = 8 * len(samples)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), size))
    return float(spectrum.argmax() * rate / size)


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
@pytest.mark.parametrize("speed", _SPEEDS)
def test_a_tone_keeps_its_pitch_and_its_level(rate: int, speed: float) -> None:
    tone = _tone(220.0, rate)
    heard = stretch(tone[:, None], rate, speed)[:, 0]
    assert len(heard) == pytest.approx(len(tone) / speed, abs=1)
    assert _frequency(heard, rate) == pytest.approx(220.0, rel=0.01)
    inner = heard[rate // 10 : -rate // 10]
    level = np.sqrt(np.convolve(inner**2, np.full(rate // 20, 20 / rate), "valid"))
    np.testing.assert_allclose(level, 0.5 / np.sqrt(2), rtol=0.02)
    assert np.abs(np.diff(heard)).max() < 1.02 * np.abs(np.diff(tone)).max()  # a click would be steeper


@pytest.mark.parametrize("speed", _SPEEDS)
@pytest.mark.parametrize("path", _DEMO, ids=lambda path: path.stem)
def test_speech_keeps_its_pitch_where_it_was(path: Path, speed: float) -> None:
    speech = _speech(path)
    heard = stretch(speech[:, None], _RATE, speed)[:, 0]
    assert len(heard) == pytest.approx(len(speech) / speed, rel=0.01)
    before, after = track_pitch(speech), track_pitch(heard)
    there = np.round(after.times * speed * 100).astype(int).clip(0, len(before.f0) - 1)
    both = (after.f0 > 0) & (before.f0[there] > 0)
    assert both.sum() > 0.8 * (after.f0 > 0).sum()
    assert np.median(after.f0[both] / before.f0[there][both]) == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize("speed", _SPEEDS)
@pytest.mark.parametrize("path", _DEMO, ids=lambda path: path.stem)
def test_what_is_heard_is_from_where_the_speed_has_led_and_channels_stay_in_step(
    path: Path, speed: float
) -> None:
    speech = _speech(path)
    clock = np.arange(len(speech), dtype=np.float32) / _RATE * 1e-4  # too soft to matter beside the speech
    heard = stretch(np.stack((speech, clock, clock), axis=1), _RATE, speed)
    off = heard[:, 1] / 1e-4 - np.arange(len(heard)) / _RATE * speed
    assert np.abs(off).max() < 0.01
    np.testing.assert_array_equal(heard[:, 1], heard[:, 2])


def test_channels_against_one_another_stay_so() -> None:
    speech = _speech(_DEMO[0])
    heard = stretch(np.stack((speech, -speech), axis=1), _RATE, 1.5)
    np.testing.assert_array_equal(heard[:, 0], -heard[:, 1])
    assert np.abs(heard).max() == pytest.approx(np.abs(speech).max(), rel=0.1)


def test_at_normal_speed_it_is_the_sound_itself() -> None:
    speech = _speech(_DEMO[0])[:, None]
    np.testing.assert_array_equal(stretch(speech, _RATE, 1.0), speech)


@pytest.mark.parametrize("speed", [*_SPEEDS, 1.0])
def test_silence_stays_silent(speed: float) -> None:
    heard = stretch(np.zeros((_RATE, 2), dtype=np.float32), _RATE, speed)
    assert len(heard) == pytest.approx(_RATE / speed, abs=1)
    assert not heard.any()


@pytest.mark.parametrize("speed", [*_SPEEDS, 1.0])
@pytest.mark.parametrize("frames", [0, 2, 7, 100, 161, 321])
def test_very_short_sounds_are_heard_whole(frames: int, speed: float) -> None:
    level = np.full((frames, 1), 0.5, dtype=np.float32)
    heard = stretch(level, _RATE, speed)
    assert len(heard) == pytest.approx(frames / speed, abs=1)
    np.testing.assert_allclose(heard, 0.5, rtol=1e-5)


def test_the_speed_may_change_with_every_hop_and_nothing_outside_is_asked_for() -> None:
    tone = _tone(220.0, _RATE)[:, None]
    start, end = 5000, 25_000
    asked: list[int] = []

    def read(first: int, last: int) -> Samples:
        asked.extend((first, last))
        return tone[first:last]

    place, hops, hop_index = place_at(start), [], 0
    while place.time < end:
        hop, place = stretch_hop(read, place, (0.5, 2.0, 1.0, 1.25)[hop_index // 5 % 4], start, end, _RATE)
        hops.append(hop)
        hop_index += 1
    heard = np.concatenate(hops)[:, 0]
    assert start <= min(asked) <= max(asked) <= end
    assert place.time == end
    assert np.abs(np.diff(heard)).max() < 1.05 * np.abs(np.diff(tone[:, 0])).max()
    assert not len(stretch_hop(read, Place(float(end), end), 2.0, start, end, _RATE)[0])
