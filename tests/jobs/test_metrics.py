"""Metrics against numbers worked out by hand."""

import json
import math

import numpy as np
import pytest

from training_jobs.metrics import calibration_error, confusion_matrix, mean_interval, measure

LABELS = ("angry", "happy", "sad")
TRUTH = np.array([0, 0, 0, 0, 1, 1, 2], dtype=np.int64)
PREDICTED = np.array([0, 0, 0, 1, 1, 2, 2], dtype=np.int64)


def sure(predicted: np.ndarray, labels: int = 3, confidence: float = 0.8) -> np.ndarray:
    """Probabilities that say `confidence` for the label predicted."""
    rows = np.full((len(predicted), labels), (1 - confidence) / (labels - 1))
    rows[np.arange(len(predicted)), predicted] = confidence
    return rows


def test_rows_are_the_truth_and_columns_the_prediction() -> None:
    expected = [[3, 1, 0], [0, 1, 1], [0, 0, 1]]
    np.testing.assert_array_equal(confusion_matrix(TRUTH, PREDICTED, 3), expected)
    assert measure(LABELS, TRUTH, sure(PREDICTED)).confusion == tuple(map(tuple, expected))


def test_ua_wa_and_f1_by_hand() -> None:
    found = measure(LABELS, TRUTH, sure(PREDICTED))
    assert found.count == 7
    assert found.ua == pytest.approx((3 / 4 + 1 / 2 + 1 / 1) / 3)
    assert found.wa == pytest.approx(5 / 7)
    # 2 TP / (2 TP + FP + FN): angry 6/7, happy 2/4, sad 2/3
    assert found.f1 == pytest.approx((6 / 7 + 2 / 4 + 2 / 3) / 3)


def test_labels_that_do_not_occur_count_for_nothing() -> None:
    truth = np.array([0, 0, 1], dtype=np.int64)
    found = measure(LABELS, truth, sure(np.array([0, 1, 1])))
    assert found.ua == pytest.approx((1 / 2 + 1) / 2)
    assert found.f1 == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_calibration_error_by_hand() -> None:
    # Four say 0.9 and three are right; two say 0.6 and one is right.
    probabilities = np.vstack([sure(np.zeros(4, int), 2, 0.9), sure(np.zeros(2, int), 2, 0.6)])
    truth = np.array([0, 0, 0, 1, 0, 1], dtype=np.int64)
    expected = 4 / 6 * abs(0.75 - 0.9) + 2 / 6 * abs(0.5 - 0.6)
    assert calibration_error(truth, probabilities) == pytest.approx(expected)
    assert calibration_error(truth[:3], sure(np.zeros(3, int), 2, 1.0)) == 0.0


def test_bootstrap_intervals_hold_the_value_narrow_with_numbers_and_repeat() -> None:
    few = measure(LABELS, TRUTH, sure(PREDICTED))
    many = measure(LABELS, np.tile(TRUTH, 40), sure(np.tile(PREDICTED, 40)))
    for found in (few, many):
        assert found.ua_interval[0] <= found.ua <= found.ua_interval[1]
        assert found.wa_interval[0] <= found.wa <= found.wa_interval[1]
    # 280 independent answers, 5/7 right: a normal approximation is near.
    half = 1.96 * math.sqrt(5 / 7 * 2 / 7 / 280)
    assert many.wa_interval == pytest.approx((5 / 7 - half, 5 / 7 + half), abs=0.01)
    assert few.wa_interval[1] - few.wa_interval[0] > 3 * (many.wa_interval[1] - many.wa_interval[0])
    assert measure(LABELS, TRUTH, sure(PREDICTED)) == few


def test_the_interval_of_a_mean_is_students() -> None:
    # Mean 3, deviation sqrt(2.5), 4 degrees of freedom: t = 2.776445 from a printed table.
    mean, low, high = mean_interval([1, 2, 3, 4, 5])
    half = 2.776445 * math.sqrt(2.5) / math.sqrt(5)
    assert (mean, low, high) == pytest.approx((3, 3 - half, 3 + half), rel=1e-6)
    assert mean_interval([0.7]) == (0.7, 0.7, 0.7)


def test_metrics_go_through_json() -> None:
    found = measure(LABELS, TRUTH, sure(PREDICTED))
    value = json.loads(json.dumps(found.to_json()))
    assert value["ua"] == found.ua and value["confusion"][0] == [3, 1, 0]
