"""Pitch and MFCC of the part in view are those of the whole recording."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.display.features import MFCC_STEP, PITCH_STEP, mfcc_part, pitch_part
from app.display.time_view import Span
from app.tasks import Cancelled
from core_model.audio import SAMPLE_RATE, read_waveform
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
    assert part.shown.shape == part.values.shape


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
