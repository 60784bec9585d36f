"""Scores by label, by group and by confidence, against numbers worked out by hand."""

import math

import numpy as np
import pytest

from training_jobs.breakdown import (
    GroupScore,
    LabelScore,
    group_scores,
    label_scores,
    reliability,
    ua_difference,
    wilson_interval,
)
from training_jobs.metrics import calibration_error


def sure(predicted: list[int], labels: int = 2, confidence: float = 0.8) -> np.ndarray:
    """Probabilities that say `confidence` for the label predicted."""
    rows = np.full((len(predicted), labels), (1 - confidence) / (labels - 1))
    rows[np.arange(len(predicted)), predicted] = confidence
    return rows


def test_recall_and_precision_of_each_label() -> None:
    found = label_scores(("angry", "sad", "bored"), np.array([[3, 1, 0], [2, 2, 0], [0, 0, 0]]))
    assert found == (
        LabelScore("angry", 4, 3 / 4, 3 / 5),
        LabelScore("sad", 4, 2 / 4, 2 / 3),
        LabelScore("bored", 0, None, None),
    )


def test_each_speaker_is_scored_on_its_own_labels() -> None:
    truth = np.array([0, 0, 0, 1, 1])
    found = group_scores(["b", "b", "b", "b", "a"], truth, sure([0, 0, 1, 1, 0]))
    assert found == (GroupScore("a", 1, 1, 0.0, 0.0), GroupScore("b", 4, 2, (2 / 3 + 1) / 2, 3 / 4))


def test_the_reliability_curve_agrees_with_the_calibration_error() -> None:
    said = np.vstack([sure([0, 0, 0, 0], confidence=0.9), sure([0, 0], confidence=0.65)])
    truth = np.array([0, 0, 0, 1, 0, 1])
    low, high = reliability(truth, said)
    assert (low.low, low.high, low.count, low.accuracy) == (0.6, 0.7, 2, 0.5)
    assert (high.count, high.accuracy) == (4, 0.75)
    assert (low.confidence, high.confidence) == pytest.approx((0.65, 0.9))
    error = sum(b.count / 6 * abs(b.accuracy - b.confidence) for b in (low, high))
    assert error == pytest.approx(calibration_error(truth, said))


def test_what_is_hard_for_both_does_not_widen_the_interval_of_their_difference() -> None:
    truth = np.tile([0, 1], 50)
    wrong = np.where(np.arange(100) < 30, 1 - truth, truth)
    same = ua_difference(truth, sure(wrong.tolist()), sure(wrong.tolist(), confidence=0.6))
    assert same == (0.0, 0.0, 0.0)
    better = np.where(np.arange(100) < 20, 1 - truth, truth)
    value, low, high = ua_difference(truth, sure(better.tolist()), sure(wrong.tolist()))
    assert value == pytest.approx(0.10)
    # ten of a hundred differ: a normal approximation of their share is near
    half = 1.96 * math.sqrt(0.1 * 0.9 / 100)
    assert (low, high) == pytest.approx((0.1 - half, 0.1 + half), abs=0.02)


def test_wilsons_interval_as_printed_in_tables() -> None:
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson_interval(0, 5) == pytest.approx((0.0, 0.4345), abs=1e-4)
    assert wilson_interval(5, 5) == pytest.approx((0.5655, 1.0), abs=1e-4)
