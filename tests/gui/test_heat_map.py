"""Attention maps lie in time: the side with times along x, names or times as rows."""

import numpy as np

from app.display.heat_map import columns_in_time, short_name, token_text
from app.predictions import AttentionMap, TokenAxis


def _axis(names: list[str], times: list[float]) -> TokenAxis:
    return TokenAxis(tuple(names), np.array(times))


GROUPS = _axis(["F0 contour", "voiced rate"], [np.nan, np.nan])
FRAMES = _axis(["0.04 s", "0.12 s", "0.20 s"], [0.04, 0.12, 0.20])
WEIGHTS = np.arange(12, dtype=np.float32).reshape(2, 2, 3)  # (heads, queries, keys)


def test_keys_in_time_are_the_columns() -> None:
    shown = columns_in_time(AttentionMap("stage 1", "prosody", "mfcc", WEIGHTS, GROUPS, FRAMES), 0)
    np.testing.assert_array_equal(shown.weights, WEIGHTS[0])
    assert (round(shown.start, 6), round(shown.end, 6)) == (0.0, 0.24)
    assert shown.rows == ("F0 contour", "voiced rate")


def test_queries_are_the_columns_when_only_they_are_in_time() -> None:
    weights = WEIGHTS.transpose(0, 2, 1)
    shown = columns_in_time(AttentionMap("stage 1", "mfcc", "prosody", weights, FRAMES, GROUPS), 1)
    np.testing.assert_array_equal(shown.weights, WEIGHTS[1])
    assert shown.rows == GROUPS.names


def test_a_mixed_axis_becomes_rows() -> None:
    mixed = _axis(["F0 contour", "0.04 s", "0.12 s"], [np.nan, 0.04, 0.12])
    shown = columns_in_time(
        AttentionMap("stage 2", "hubert", "prosody+mfcc", np.ones((1, 3, 3)), FRAMES, mixed), -1
    )
    assert shown.rows == mixed.names
    assert shown.end > shown.start


def test_the_mean_of_the_heads_is_their_mean() -> None:
    shown = columns_in_time(AttentionMap("stage 1", "prosody", "mfcc", WEIGHTS, GROUPS, FRAMES), -1)
    np.testing.assert_array_equal(shown.weights, WEIGHTS.mean(axis=0))


def test_the_pointer_reads_weight_and_row() -> None:
    shown = columns_in_time(AttentionMap("stage 1", "prosody", "mfcc", WEIGHTS, GROUPS, FRAMES), 0)
    assert token_text(shown, 0.13, 1.5) == "4.0000, row voiced rate"
    assert token_text(shown, 9.0, 0.0) == ""


def test_names_are_shortened_to_fit_beside_the_plot() -> None:
    assert short_name("unvoiced energy first segment") == "unv. E first"
    assert short_name("voiced duration") == "voi. dur."
