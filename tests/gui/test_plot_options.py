"""Plot options are remembered as they were, and nothing that was tampered with comes through."""

import json

import numpy as np
import pytest

from app.display.plot_options import PlotOptions, from_json, to_json
from core_model.features.pitch import FMAX, FMIN, VOICED_CONFIDENCE


def test_the_defaults_draw_the_pitch_that_the_features_have() -> None:
    options = PlotOptions()
    assert (options.floor, options.ceiling, options.threshold) == (FMIN, FMAX, VOICED_CONFIDENCE)


def test_options_come_back_as_they_were() -> None:
    options = PlotOptions(
        window_ms=5, top_db=-20, colours="praat", in_semitones=True, floor=75, relevance=False
    )
    assert from_json(to_json(options)) == options


@pytest.mark.parametrize(
    "change",
    [
        {"window_ms": 7},
        {"colours": "rainbow"},
        {"colours": 3},
        {"dynamic_range": 0},
        {"floor": "75"},
        {"floor": 380, "ceiling": 400},
        {"threshold": 2.0},
        {"pitch": 1},
        {"top_hz": None},
        {"nothing_known": 5},
    ],
)
def test_what_cannot_be_is_the_default(change: dict[str, object]) -> None:
    assert from_json(json.dumps({**json.loads(to_json(PlotOptions())), **change})) == PlotOptions()


@pytest.mark.parametrize("text", ["", "null", "[1]", "{", "5"])
def test_what_is_no_options_at_all_is_the_defaults(text: str) -> None:
    assert from_json(text) == PlotOptions()


def test_semitones_are_above_100_hz_and_the_scale_spans_the_band() -> None:
    options = PlotOptions(in_semitones=True, floor=50, ceiling=800)
    np.testing.assert_allclose(options.pitch_value(np.array([100.0, 200.0, 50.0])), [0.0, 12.0, -12.0])
    np.testing.assert_allclose(options.pitch_height(np.array([50.0, 200.0, 800.0])), [0.0, 0.5, 1.0])


@pytest.mark.parametrize("semitones", [False, True])
@pytest.mark.parametrize("band", [(50, 150), (60, 800), (75, 500), (400, 1500), (50, 1500)])
def test_the_scale_of_pitch_has_a_few_round_values(band: tuple[int, int], semitones: bool) -> None:
    options = PlotOptions(floor=band[0], ceiling=band[1], in_semitones=semitones)
    ticks = options.pitch_ticks()
    assert 1 <= len(ticks) <= 5
    assert all(0 < height < 1 for height, _ in ticks)
    assert all(text.endswith(" st" if semitones else " Hz") for _, text in ticks)
