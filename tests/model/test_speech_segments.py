"""From probabilities of speech to segments: the rules, their bounds, and that trying them is quick."""

import itertools
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core_model.errors import HumpcatError
from core_model.speech_segments import FRAME_SECONDS, LEAST_LONGEST, Probabilities, SpeechConfig, segments_of

ROOT = Path(__file__).resolve().parents[2]


def levels(pattern: str) -> Probabilities:
    """`#` speech, `+` speech but less sure, `~` between the two thresholds, `.` silence; a frame each."""
    values = {"#": 0.9, "+": 0.6, "~": 0.4, ".": 0.1}
    return np.array([values[sign] for sign in pattern], dtype=np.float32)


def spans(pattern: str, **wanted: Any) -> list[tuple[float, float]]:
    """Segments of a pattern, without margins unless wanted, in frames."""
    config = SpeechConfig(**{"margin": 0.0, **wanted})
    found = segments_of(levels(pattern), len(pattern) * FRAME_SECONDS, config)
    return [(round(start / FRAME_SECONDS, 3), round(end / FRAME_SECONDS, 3)) for start, end in found]


def murmur(frames: int, seed: int = 0) -> Probabilities:
    """Probabilities that wander between 0 and 1, as those of a conversation do."""
    wander = np.convolve(np.random.default_rng(seed).normal(size=frames + 15), np.ones(16), "valid")
    return (1 / (1 + np.exp(-wander))).astype(np.float32)


def test_speech_goes_on_a_little_below_the_threshold_but_does_not_begin_there() -> None:
    assert spans("~~~~~~~~~~~~") == []
    assert spans("~~~########~~~") == [(3, 14)]
    assert spans("~~~########~~~.~~~", pause=0.0) == [(3, 14)]


def test_a_short_pause_ends_no_segment_and_a_long_one_does() -> None:
    assert spans("#########" + "." * 9 + "#########") == [(0, 27)]  # 0.288 s
    assert spans("#########" + "." * 10 + "#########") == [(0, 9), (19, 28)]  # 0.32 s
    assert spans("#########.#########", pause=0.0) == [(0, 9), (10, 19)]


def test_a_short_sound_is_no_segment() -> None:
    assert spans("." * 20 + "#######" + "." * 20) == []  # 0.224 s
    assert spans("." * 20 + "########" + "." * 20) == [(20, 28)]  # 0.256 s


def test_speech_ends_even_where_the_threshold_is_low() -> None:
    quiet = np.array([0.0] * 20 + [0.3] * 20 + [0.0] * 20, dtype=np.float32)
    ((start, end),) = segments_of(quiet, 60 * FRAME_SECONDS, SpeechConfig(threshold=0.1, margin=0.0))
    assert (start, end) == pytest.approx((20 * FRAME_SECONDS, 40 * FRAME_SECONDS))
    assert segments_of(quiet, 60 * FRAME_SECONDS, SpeechConfig(threshold=0.0)) == [(0.0, 60 * FRAME_SECONDS)]
    assert segments_of(quiet, 60 * FRAME_SECONDS, SpeechConfig(threshold=1.0)) == []


def test_margins_widen_segments_within_the_recording_and_never_overlap() -> None:
    probabilities = levels("#" * 10 + "." * 20 + "#" * 10)
    (first, second) = segments_of(probabilities, 40 * FRAME_SECONDS, SpeechConfig(margin=0.05))
    assert first == pytest.approx((0, 10 * FRAME_SECONDS + 0.05))
    assert second == pytest.approx((30 * FRAME_SECONDS - 0.05, 40 * FRAME_SECONDS))
    (first, second) = segments_of(probabilities, 40 * FRAME_SECONDS, SpeechConfig(margin=1.0))
    assert first[1] == second[0] == pytest.approx(20 * FRAME_SECONDS)


def test_speech_too_long_is_split_at_its_least_probable_frame() -> None:
    speech = "#" * 12 + "+" + "#" * 3 + "." + "#" * 13
    assert spans(speech, longest=20 * FRAME_SECONDS) == [(0, 16.5), (16.5, 30)]
    assert spans(speech, longest=31 * FRAME_SECONDS) == spans(speech, longest=0) == [(0, 30)]


def test_a_piece_is_at_least_half_the_longest_and_the_last_of_equal_frames_is_cut() -> None:
    early = "#" * 4 + "." + "#" * 25
    assert spans(early, longest=20 * FRAME_SECONDS) == [(0, 19.5), (19.5, 30)]
    middling = "#" * 14 + "+" + "#" * 15
    assert spans(middling, longest=20 * FRAME_SECONDS)[0] == (0, 14.5)


def test_no_piece_is_shorter_than_the_shortest_unless_there_is_no_room() -> None:
    for frames in range(21, 60):
        pieces = spans("#" * frames, longest=20 * FRAME_SECONDS, shortest=10 * FRAME_SECONDS)
        assert min(end - start for start, end in pieces) >= 10
        assert max(end - start for start, end in pieces) <= 20
    assert spans("#" * 21, longest=20 * FRAME_SECONDS, shortest=20 * FRAME_SECONDS) == [(0, 10), (10, 21)]


@pytest.mark.parametrize("longest", [LEAST_LONGEST, 0.3, 1.0, 7.0])
@pytest.mark.parametrize("margin", [0.0, 0.05, 2.0])
def test_the_pieces_are_the_segments_and_none_is_too_long(longest: float, margin: float) -> None:
    probabilities = murmur(4_000)
    duration = 4_000 * FRAME_SECONDS - 0.01
    shortest = min(0.25, longest)
    whole = segments_of(probabilities, duration, SpeechConfig(shortest=shortest, margin=margin))
    pieces = segments_of(
        probabilities, duration, SpeechConfig(shortest=shortest, margin=margin, longest=longest)
    )
    assert all(0 < end - start <= longest + 1e-9 for start, end in pieces)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(pieces))
    assert {start for start, _ in whole} <= {start for start, _ in pieces}
    assert {end for _, end in whole} <= {end for _, end in pieces}
    assert sum(end - start for start, end in pieces) == pytest.approx(
        sum(end - start for start, end in whole)
    )


def test_no_probabilities_hold_no_speech() -> None:
    assert segments_of(np.zeros(0, dtype=np.float32), 0.0, SpeechConfig(longest=1.0)) == []


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"threshold": -0.1}, "threshold of speech is -0.1"),
        ({"threshold": 1.5}, "from 0 to 1"),
        ({"threshold": np.nan}, "from 0 to 1"),
        ({"threshold": "loud"}, "threshold of speech is loud"),
        ({"shortest": -1}, "shortest segment is -1"),
        ({"pause": -1.0}, "shortest pause is -1.0"),
        ({"margin": np.inf}, "margin is inf"),
        ({"margin": None}, "margin is None"),
        ({"longest": -5.0}, "longest segment is -5.0"),
        ({"longest": "5"}, "longest segment is 5"),
        ({"longest": 0.05, "shortest": 0.0}, "at least 0.1 s"),
        ({"shortest": 3.0, "longest": 2.0}, "3.0 s, is longer than the longest, 2.0 s"),
    ],
)
def test_what_makes_no_sense_is_told(wanted: dict[str, Any], told: str) -> None:
    with pytest.raises(HumpcatError, match=told):
        SpeechConfig(**wanted)


def test_three_hours_are_tried_at_once() -> None:
    probabilities = murmur(337_500)
    for longest in (None, 10.0, 1.0):
        config, took = SpeechConfig(longest=longest), []
        for _ in range(5):
            began = time.perf_counter()
            assert len(segments_of(probabilities, 10_800.0, config)) > 1_000
            took.append(time.perf_counter() - began)
        assert min(took) < 0.05


def test_trying_thresholds_needs_no_network() -> None:
    code = "import sys, core_model.speech_segments; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
