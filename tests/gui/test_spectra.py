"""The spectrogram is in place, in dB, and the same at every rate; what is computed for a view is bounded."""

import numpy as np
import pytest

from app.display import loading
from app.display.plot_options import PlotOptions
from app.display.spectra import BIN_HZ, SpectrogramBuilder, brightness, decibels, spectrogram
from app.display.time_view import Span


def _tone(rate: int, hertz: float, seconds: float) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 96_000])
def test_a_full_scale_tone_stands_at_its_frequency_with_0_db(rate: int) -> None:
    shown = spectrogram([_tone(rate, 1000.0, 1.0)], rate, 0, 0.1, 0.01, 80)
    column = decibels(shown.levels[40])
    assert abs(column.argmax() * BIN_HZ - 1000) < BIN_HZ
    assert column.max() == pytest.approx(0.0, abs=1.0)
    assert shown.levels.shape[1] == min(257, round(rate / 2 / BIN_HZ) + 1)


@pytest.mark.parametrize("window", [0.005, 0.015, 0.025, 0.04, 0.06])
@pytest.mark.parametrize("rate", [8000, 44_100])
def test_with_any_window_a_tone_stands_at_its_frequency_with_its_level(rate: int, window: float) -> None:
    shown = spectrogram([_tone(rate, 1000.0, 1.0)], rate, 0, 0.1, 0.01, 80, window)
    column = decibels(shown.levels[40])
    assert abs(column.argmax() * shown.bin_hz - 1000) <= shown.bin_hz
    assert column.max() == pytest.approx(0.0, abs=1.0)


def test_a_short_window_parts_pulses_and_a_long_one_harmonics() -> None:
    rate = 16_000
    pulses = np.zeros(rate, dtype=np.float32)
    pulses[:: rate // 100] = 0.5  # a voice of 100 Hz
    wide = spectrogram([pulses], rate, 0, 0.3, 0.001, 100, 0.005).levels.astype(float)
    narrow = spectrogram([pulses], rate, 0, 0.3, 0.001, 100, 0.04).levels.astype(float)
    assert wide.mean(axis=1).std() > 10 * narrow.mean(axis=1).std()
    assert narrow.mean(axis=0)[5:].std() > 10 * wide.mean(axis=0)[20:].std()


def test_higher_frequencies_are_there_when_asked_for() -> None:
    shown = spectrogram([_tone(48_000, 15_000.0, 1.0)], 48_000, 0, 0.1, 0.01, 80, top=16_000.0)
    assert abs(shown.levels[40].argmax() * shown.bin_hz - 15_000) < BIN_HZ
    assert shown.levels.shape[1] == round(16_000 / BIN_HZ) + 1


def test_the_brightest_colour_follows_the_recording_unless_it_is_chosen() -> None:
    loud, quiet = (brightness(peak, PlotOptions(dynamic_range=70)) for peak in (1.0, 0.1))
    assert loud[1] - loud[0] == pytest.approx(2 * 70)
    assert loud[1] - quiet[1] == pytest.approx(2 * 20)
    fixed = PlotOptions(top_db=-30, dynamic_range=40)
    low, high = brightness(0.1, fixed)
    assert (low, high) == brightness(1.0, fixed)
    assert decibels(int(high)) == -30.0
    assert decibels(int(low)) == -70.0


def test_a_click_stands_at_its_time() -> None:
    rate = 16_000
    samples = np.zeros(rate, dtype=np.float32)
    samples[rate // 2] = 1.0
    shown = spectrogram([samples], rate, 0, 0.0, 0.002, 500)
    loudness = shown.levels.astype(int).sum(axis=1)
    assert shown.start + loudness.argmax() * shown.step == pytest.approx(0.5, abs=0.003)


def test_blocks_leave_no_trace() -> None:
    rate, samples = 16_000, np.random.default_rng(1).normal(0, 0.1, 48_000).astype(np.float32)
    whole = spectrogram([samples], rate, 0, 0.0, 0.004, 740)
    parts = spectrogram(np.array_split(samples, 37), rate, 0, 0.0, 0.004, 740)
    np.testing.assert_array_equal(whole.levels, parts.levels)


def test_sparse_columns_of_a_long_recording_are_those_of_the_dense_one() -> None:
    rate, samples = 16_000, np.random.default_rng(2).normal(0, 0.1, 160_000).astype(np.float32)
    builder = SpectrogramBuilder(rate, 0, 0.5, 1.0, 9)
    for part in np.array_split(samples, 50):
        builder.add(part)
    dense = spectrogram([samples], rate, 0, 0.5, 0.1, 81)
    np.testing.assert_array_equal(builder.finish().levels, dense.levels[::10])


def test_what_lies_behind_the_end_is_silence() -> None:
    shown = spectrogram([_tone(16_000, 500.0, 0.5)], 16_000, 0, 0.0, 0.1, 20)
    assert shown.levels[10:].max() == 0


def test_short_recordings_are_computed_whole_and_once() -> None:
    assert loading.span_to_load(Span(1.0, 2.0), 30.0, None) == Span(0.0, 30.0)
    assert loading.span_to_load(Span(3.0, 9.0), 30.0, Span(0.0, 30.0)) is None


def test_of_long_recordings_only_the_part_in_view_is_computed() -> None:
    hour = 3600.0
    span = loading.span_to_load(Span(1000.0, 1040.0), hour, None)
    assert span == Span(980.0, 1060.0)
    assert loading.span_to_load(Span(990.0, 1030.0), hour, span) is None
    assert loading.span_to_load(Span(1030.0, 1070.0), hour, span) is not None
    assert loading.span_to_load(Span(0.0, hour), hour, None) is None


@pytest.mark.parametrize("length", [0.05, 1.0, 20.0, 60.0])
@pytest.mark.parametrize("duration", [3.0, 100.0, 3600.0])
def test_a_spectrogram_has_enough_columns_for_the_screen_and_never_too_many(
    length: float, duration: float
) -> None:
    view = Span(0.0, min(length, duration))
    wanted = loading.spectrogram_to_load(view, duration, None, 0.0)
    assert wanted is not None
    span, step = wanted
    assert span.length / step <= loading.COLUMNS + 1
    assert loading.spectrogram_to_load(view, duration, span, step) is None
