"""The figures of a voice are those of signals of which they are known."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core_model.audio import read_waveform
from core_model.features.intensity import SILENCE_DB, intensity
from core_model.features.pitch import track_pitch
from core_model.folders import resources_folder
from core_model.voice_statistics import (
    deviations,
    reference_of,
    semitones,
    sounding_frames,
    syllable_nuclei,
    voice_statistics,
)

RATE = 16_000


def _voice(on: float, off: float, count: int, hertz: float = 150.0) -> np.ndarray:
    """Tones of `on` seconds with silences of `off` seconds between them."""
    tone = 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(on * RATE)) / RATE)
    silence = np.zeros(round(off * RATE))
    parts = [part for _ in range(count) for part in (tone, silence)][:-1]
    return np.concatenate(parts).astype(np.float32)


def _track(samples: np.ndarray, hertz: float = 150.0) -> np.ndarray:
    """F0 wherever there is sound."""
    frames = np.arange(math.ceil(len(samples) / 160)) * 160
    loud = np.array([np.abs(samples[max(0, at - 80) : at + 80]).max(initial=0.0) > 0.1 for at in frames])
    return np.where(loud, hertz, np.nan)


@pytest.mark.parametrize("rate", [8000, 16_000, 48_000])
def test_a_full_scale_sine_has_0_db_without_ripple(rate: int) -> None:
    levels = intensity(np.sin(2 * np.pi * 120 * np.arange(rate) / rate).astype(np.float32), rate, 75.0)
    assert len(levels) == 100
    np.testing.assert_allclose(levels[5:-5], 0.0, atol=0.01)


def test_an_offset_is_no_sound_and_silence_has_a_floor() -> None:
    np.testing.assert_allclose(intensity(np.full(RATE, 0.5, dtype=np.float32), RATE), SILENCE_DB)
    assert len(intensity(np.zeros(0, dtype=np.float32), RATE)) == 0
    assert len(intensity(np.zeros(3, dtype=np.float32), RATE)) == 1


def test_intensity_rises_by_20_db_with_ten_times_the_amplitude() -> None:
    noise = np.random.default_rng(1).normal(0, 0.01, RATE).astype(np.float32)
    np.testing.assert_allclose(intensity(10 * noise, RATE) - intensity(noise, RATE), 20.0, atol=1e-3)


def test_pitch_figures_are_those_of_the_voiced_frames() -> None:
    f0 = np.array([100.0, 200.0, np.nan, 0.0, 400.0])
    found = voice_statistics(f0, _voice(0.05, 0.0, 1), RATE)
    assert found.f0_mean == pytest.approx(700 / 3)
    assert (found.f0_median, found.f0_min, found.f0_max) == (200.0, 100.0, 400.0)
    assert found.f0_range == pytest.approx(24.0)
    assert found.f0_deviation == pytest.approx(np.std([0.0, 12.0, 24.0]))
    assert found.voiced == pytest.approx(0.6)


def test_energy_and_mean_intensity_are_the_samples() -> None:
    samples = _voice(2.0, 0.0, 1)
    found = voice_statistics(_track(samples), samples, RATE)
    assert found.energy == pytest.approx(2.0 * 0.125, rel=1e-3)
    assert found.intensity_mean == pytest.approx(20 * math.log10(0.5), abs=0.01)
    assert found.intensity_range < 4  # the steady tone's ends only


def test_each_tone_between_silences_is_a_syllable_and_long_silences_are_pauses() -> None:
    samples = _voice(0.15, 0.15, 10)
    found = voice_statistics(_track(samples), samples, RATE)
    assert found.speaking_rate * found.duration == pytest.approx(10)
    assert found.pauses == 0
    samples = _voice(0.3, 0.7, 4)
    found = voice_statistics(_track(samples), samples, RATE)
    assert found.pauses == 3
    assert found.pause_time == pytest.approx(3 * 0.7, abs=0.35)
    assert found.articulation_rate > found.speaking_rate


def test_unvoiced_peaks_and_peaks_without_a_dip_are_no_syllables() -> None:
    time = np.arange(100) / 100
    bumps = -20 + 10 * np.abs(np.sin(2 * np.pi * 2 * time))  # four peaks, dips of 10 dB
    assert len(syllable_nuclei(bumps, np.full(100, 150.0))) == 4
    assert len(syllable_nuclei(bumps, np.where(time < 0.5, 150.0, np.nan))) == 2
    assert len(syllable_nuclei(bumps, np.full(50, 150.0))) == 2
    shallow = -20 + 1.5 * np.abs(np.sin(2 * np.pi * 2 * time))
    assert len(syllable_nuclei(shallow, np.full(100, 150.0))) == 1


def test_a_shoulder_is_counted_with_the_higher_peak_beside_it() -> None:
    rise = np.concatenate(
        [np.linspace(-50, -10, 20), [-11, -10.5], np.linspace(-10, -5, 5), np.linspace(-5, -50, 20)]
    )
    assert syllable_nuclei(rise, np.full(len(rise), 150.0)).tolist() == [26]
    fall = rise[::-1].copy()
    assert len(syllable_nuclei(fall, np.full(len(fall), 150.0))) == 1


def test_silence_and_nothing_have_figures_too() -> None:
    for samples in (np.zeros(RATE, dtype=np.float32), np.zeros(0, dtype=np.float32)):
        found = voice_statistics(np.full(math.ceil(len(samples) / 160), np.nan), samples, RATE)
        assert math.isnan(found.f0_mean)
        assert math.isnan(found.intensity_range)
        assert found.voiced == 0
        assert found.intensity_mean == SILENCE_DB
        assert found.pauses == 0
    assert not sounding_frames(np.full(10, SILENCE_DB)).any()


def test_seven_syllables_of_a_spoken_sentence_are_found_within_one() -> None:
    path = next(Path(resources_folder() / "demo").glob("03-01-*.flac"))  # "Kids are talking by the door"
    samples = read_waveform(path).samples
    found = voice_statistics(track_pitch(samples).f0, samples, RATE)
    assert found.speaking_rate * found.duration == pytest.approx(7, abs=1)


def test_a_speakers_mean_needs_three_stretches() -> None:
    samples = _voice(0.2, 0.2, 3)
    one = voice_statistics(_track(samples), samples, RATE)
    assert reference_of([one, one]) is None
    others = [replace(one, f0_mean=value) for value in (100.0, 110.0, 120.0)]
    reference = reference_of(others)
    assert reference is not None
    assert reference.count == 3
    found = deviations(replace(one, f0_mean=130.0), reference)
    assert found["f0_mean"] == pytest.approx(2.0)
    assert "duration" not in found  # it never varied


def test_what_a_speaker_has_no_figure_of_is_not_compared() -> None:
    samples = _voice(0.2, 0.2, 3)
    one = voice_statistics(_track(samples), samples, RATE)
    silent = replace(one, f0_mean=math.nan)
    reference = reference_of([silent, silent, one])
    assert reference is not None
    assert "f0_mean" not in reference.mean
    assert "f0_mean" not in deviations(one, reference)


def test_semitones_are_above_100_hz() -> None:
    assert float(semitones(200.0)) == pytest.approx(12.0)
