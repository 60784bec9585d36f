"""Windows of 7 s: repeat-padding and splitting, by hand."""

import numpy as np
import pytest

from core_model.windows import SHORTEST, WINDOW, repeat_to_window, split_into_windows


def ramp(n: int) -> np.ndarray:
    return np.arange(n, dtype=np.float32)


def test_a_window_is_seven_seconds() -> None:
    assert WINDOW == 112_000


def test_a_short_clip_is_repeated_from_its_start() -> None:
    window = repeat_to_window(ramp(50_000))
    np.testing.assert_array_equal(window[:50_000], ramp(50_000))
    np.testing.assert_array_equal(window[50_000:100_000], ramp(50_000))
    np.testing.assert_array_equal(window[100_000:], ramp(12_000))
    assert window.dtype == np.float32


def test_a_long_clip_is_cut_and_a_whole_one_kept() -> None:
    np.testing.assert_array_equal(repeat_to_window(ramp(150_000)), ramp(WINDOW))
    np.testing.assert_array_equal(repeat_to_window(ramp(WINDOW)), ramp(WINDOW))


def test_an_empty_clip_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        repeat_to_window(ramp(0))


@pytest.mark.parametrize(
    ("length", "clips"),
    [
        (0, []),
        (1, [1]),
        (SHORTEST - 1, [SHORTEST - 1]),
        (WINDOW, [WINDOW]),
        (WINDOW + SHORTEST - 1, [WINDOW]),
        (WINDOW + SHORTEST, [WINDOW, SHORTEST]),
        (2 * WINDOW + 30_000, [WINDOW, WINDOW, 30_000]),
    ],
)
@pytest.mark.parametrize("block", [7_777, 112_000, 1_000_000])
def test_a_stream_is_cut_into_consecutive_windows(length: int, clips: list[int], block: int) -> None:
    samples = ramp(length)
    blocks = [samples[at : at + block] for at in range(0, length, block)]
    cut = list(split_into_windows(blocks))
    assert [len(clip) for clip in cut] == clips
    if cut:
        np.testing.assert_array_equal(np.concatenate(cut), samples[: sum(clips)])
