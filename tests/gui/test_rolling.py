"""The live plots' data: the newest seconds, the same as a look at the whole sound afterwards would show."""

import itertools

import numpy as np
import pytest

from app.display.emotion_history import HISTORY_SECONDS, EmotionHistory, Moment
from app.display.rolling import SHOWN_SECONDS, STEPS_PER_SECOND, Rolling
from app.display.spectra import spectrogram


def sound(seconds: float, rate: int) -> np.ndarray:
    """A glide in noise, so that no two moments are alike."""
    time = np.arange(round(seconds * rate)) / rate
    glide = 0.4 * np.sin(2 * np.pi * (200 * time + 40 * time**2))
    return (glide + 0.01 * np.random.default_rng(0).normal(size=len(time))).astype(np.float32)


def rolled(samples: np.ndarray, rate: int, begin: int = 0, seed: int = 0) -> Rolling:
    """The sound in blocks of all sizes."""
    rolling, random, at = Rolling(rate, begin), np.random.default_rng(seed), 0
    while at < len(samples):
        count = int(random.integers(1, rate // 5))
        rolling.add(samples[at : at + count, None])
        at += count
    return rolling


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 96000])
@pytest.mark.parametrize("seconds", [0.5, 3.0, 13.0])
def test_the_waveform_is_the_lowest_and_highest_sample_of_each_step(rate: int, seconds: float) -> None:
    samples = sound(seconds, rate)
    rolling = rolled(samples, rate)
    steps = np.arange(rolling.oldest_step, rolling.next_step)
    assert len(steps) >= min(seconds, SHOWN_SECONDS) * STEPS_PER_SECOND - 4
    lows, highs = rolling.waveform(steps)
    for step, low, high in zip(steps.tolist(), lows.tolist(), highs.tolist(), strict=True):
        of_step = samples[step * rate // 100 : (step + 1) * rate // 100]
        assert (low, high) == (of_step.min(), of_step.max())


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_the_spectrogram_is_the_one_of_the_whole_sound(rate: int) -> None:
    samples = sound(12.0, rate)
    rolling = rolled(samples, rate)
    steps = np.arange(rolling.oldest_step, rolling.next_step)
    whole = spectrogram([samples], rate, 0, (steps[0] + 0.5) / 100, 0.01, len(steps)).levels.astype(int)
    # Centres are rounded to samples in two ways, one sample apart at the most.
    assert np.abs(rolling.levels(steps).astype(int) - whole).mean() < 1.0


def test_block_sizes_leave_no_trace() -> None:
    samples = sound(4.0, 16000)
    first, second = (rolled(samples, 16000, seed=seed) for seed in (1, 2))
    steps = np.arange(first.oldest_step, min(first.next_step, second.next_step))
    assert (first.levels(steps) == second.levels(steps)).all()
    assert (np.array(first.waveform(steps)) == np.array(second.waveform(steps))).all()


def test_it_begins_where_it_is_told_to() -> None:
    rolling = rolled(sound(1.0, 16000), 16000, begin=80_000)
    assert rolling.oldest_step == 501
    assert rolling.frames == 96_000


def test_pitch_takes_the_place_of_what_was_thought_before_and_goes_with_its_sound() -> None:
    samples = sound(2.0, 16000)
    rolling = rolled(samples, 16000)
    rolling.add_pitch(50, np.full(20, 100, dtype=np.float32))
    rolling.add_pitch(60, np.full(1000, 200, dtype=np.float32))  # beyond what is there
    rolling.add_pitch(-50, np.full(60, 300, dtype=np.float32))  # before it began
    found = rolling.f0(np.arange(rolling.oldest_step, rolling.next_step))
    first = rolling.oldest_step
    assert found[50 - first] == 100 and found[60 - first] == 200 and found[5 - first] == 300
    assert np.isnan(found[20 - first])
    for _ in range(12):
        rolling.add(samples[:16000, None])
    assert np.isnan(rolling.f0(np.arange(rolling.oldest_step, rolling.next_step))).all()


def test_a_history_is_the_last_minute_without_gaps() -> None:
    history = EmotionHistory(100, 50)
    for end in range(75, 10_000, 25):
        history.add(end, None if end % 100 else (0.5, 0.5))
    moments = list(history)
    assert all(one.end == other.start for one, other in itertools.pairwise(moments))
    assert moments[-1] == Moment(9950, 9975, None)
    assert 100 * HISTORY_SECONDS <= moments[-1].end - moments[0].start <= 100 * HISTORY_SECONDS + 25
