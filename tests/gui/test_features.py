"""Pitch and MFCC of the part in view are those of the whole recording."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.display.features import (
    MFCC_STEP,
    PITCH_STEP,
    in_colours,
    intensity_part,
    mfcc_part,
    pitch_part,
    segment_statistics,
)
from app.display.plot_options import PlotOptions
from app.display.time_view import Span
from app.tasks import Cancelled
from core_model.audio import SAMPLE_RATE, mono, read_blocks, read_waveform
from core_model.errors import HumpcatError
from core_model.facts import Segment
from core_model.features.intensity import intensity
from core_model.features.mfcc import HOP, mfcc
from core_model.features.pitch import STEP_SECONDS, track_pitch
from core_model.windows import WINDOW

Tone = Callable[..., Path]


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_pitch_in_pieces_is_the_pitch_of_the_whole(tone: Tone, rate: int) -> None:
    path = tone("tone.wav", 17.3, rate)
    part = pitch_part(path, rate, Span(0.0, 17.3))
    track = track_pitch(read_waveform(path).samples)
    np.testing.assert_allclose(part.times, track.times, atol=1e-9)
    np.testing.assert_allclose(np.nan_to_num(part.f0), track.f0, rtol=1e-3)


def test_pitch_of_a_part_stands_at_the_recordings_times(tone: Tone) -> None:
    path = tone("tone.wav", 20.0)
    whole, part = pitch_part(path, 16_000, Span(0.0, 20.0)), pitch_part(path, 16_000, Span(8.0, 12.0))
    assert part.times[0] == pytest.approx(8.0)
    inner = slice(100, 300)  # its own edges have nothing around them
    np.testing.assert_allclose(np.nan_to_num(part.f0[inner]), np.nan_to_num(whole.f0[900:1100]), rtol=1e-3)


def test_mfcc_is_what_the_network_gets_window_by_window(tone: Tone) -> None:
    path = tone("tone.wav", 16.0)
    samples = read_waveform(path).samples
    part = mfcc_part(path, 16_000, Span(8.0, 15.0))
    assert part.start == 7.0
    np.testing.assert_allclose(part.values[:350], mfcc(samples[WINDOW : 2 * WINDOW])[:350])
    assert in_colours(part.values, standardised=True).shape == part.values.shape


def test_pitch_outside_the_band_asked_for_is_not_heard(tone: Tone) -> None:
    path = tone("tone.wav", 3.0)  # glides between 140 and 220 Hz
    low = pitch_part(path, 16_000, Span(0.0, 3.0), options=PlotOptions(ceiling=180))
    everything = pitch_part(path, 16_000, Span(0.0, 3.0))
    assert np.nanmax(everything.f0) > 200
    assert np.nanmax(low.f0) < 185


def test_a_stricter_threshold_leaves_fewer_voiced_frames(tone: Tone) -> None:
    path = tone("tone.wav", 3.0)
    voiced = [
        np.count_nonzero(np.isfinite(pitch_part(path, 16_000, Span(0.0, 3.0), options=options).f0))
        for options in (PlotOptions(threshold=0.05), PlotOptions(), PlotOptions(threshold=0.95))
    ]
    assert voiced[0] >= voiced[1] > voiced[2]


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_intensity_of_a_part_is_that_of_the_whole(tone: Tone, rate: int) -> None:
    path = tone("tone.wav", 6.0, rate)
    samples = np.concatenate([mono(block) for block in read_blocks(path)])
    whole = intensity(samples, rate, 60.0)
    part = intensity_part(path, rate, Span(2.0, 4.0), lambda: None)
    first = round(part.start / 0.01)
    inner = slice(10, 200)  # its own edges have nothing around them
    np.testing.assert_allclose(part.levels[inner], whole[first:][inner], atol=0.02)


def test_mfcc_colours_are_each_rows_deviations_or_the_values_on_one_scale() -> None:
    values = np.stack([np.linspace(-10, 10, 200), np.linspace(-1, 1, 200)], axis=1).astype(np.float32)
    standardised, raw = in_colours(values, standardised=True), in_colours(values, standardised=False)
    np.testing.assert_array_equal(standardised[:, 0], standardised[:, 1])
    assert raw[-1, 0] == 255
    assert raw[-1, 1] == pytest.approx(127.5 * 1.1, abs=2)


def test_statistics_of_a_stretch_are_of_that_stretch(tone: Tone) -> None:
    path = tone("tone.wav", 8.0, 44_100)
    found = segment_statistics(Segment(path, round(2.03 * 44_100), round(6.03 * 44_100), 44_100))
    assert found.duration == pytest.approx(4.0, abs=1e-3)
    assert 140 < found.f0_min < found.f0_median < found.f0_max < 222
    assert found.voiced == pytest.approx(0.75, abs=0.12)
    assert found.speaking_rate == pytest.approx(2.5, abs=0.3)


def test_statistics_of_an_hour_are_refused_with_what_to_do(tone: Tone) -> None:
    with pytest.raises(HumpcatError, match="at most 10 min; this is 60 min") as error:
        segment_statistics(Segment(tone(), 0, 3600 * 16_000, 16_000))
    assert "shorter" in error.value.hint


def test_a_cancelled_computation_stops_at_the_next_piece(tone: Tone) -> None:
    asked: list[int] = []

    def run(function: Callable[..., object], *arguments: object) -> object:
        asked.append(1)
        if len(asked) == 2:
            raise Cancelled
        return function(*arguments)

    with pytest.raises(Cancelled):
        pitch_part(tone("tone.wav", 30.0), 16_000, Span(0.0, 30.0), run)
    assert len(asked) == 2


def test_the_plots_steps_are_those_of_the_features() -> None:
    assert MFCC_STEP == HOP / SAMPLE_RATE
    assert PITCH_STEP == STEP_SECONDS
