"""How good predictions are: UA, WA, confusion, macro F1, calibration, each with what it is not sure of."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

BOOTSTRAP_DRAWS = 1000
CALIBRATION_BINS = 10


@dataclass(frozen=True, slots=True)
class Metrics:
    """Of n predictions over the labels: all shares lie in 0 to 1.

    Attributes:
        ua: unweighted accuracy, the mean of the labels' recalls (labels without an example left out).
        wa: weighted accuracy, the share of right predictions.
        ua_interval, wa_interval: 95 % bootstrap intervals over utterances.
        f1: macro F1.
        ece: expected calibration error over 10 equal bins of confidence.
        confusion: rows the truth, columns the prediction, counts.
    """

    labels: tuple[str, ...]
    count: int
    ua: float
    wa: float
    ua_interval: tuple[float, float]
    wa_interval: tuple[float, float]
    f1: float
    ece: float
    confusion: tuple[tuple[int, ...], ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON-able values."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Metrics":
        """Metrics from what `to_json` gave, or from that read back from a file."""
        tuples = {
            **{name: tuple(told[name]) for name in ("labels", "ua_interval", "wa_interval")},
            "confusion": tuple(tuple(row) for row in told["confusion"]),
        }
        return cls(**{**told, **tuples})


def measure(labels: Sequence[str], truth: Ints, probabilities: Floats, seed: int = 0) -> Metrics:
    """Measure predictions.

    Args:
        labels: names of the labels.
        truth: (n,) index of the right label.
        probabilities: (n, labels).
        seed: of the bootstrap.
    """
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    confusion = confusion_matrix(truth, predicted, len(labels))
    ua_draws, wa_draws = _bootstrap(truth, predicted, len(labels), seed)
    return Metrics(
        tuple(labels),
        len(truth),
        unweighted_accuracy(confusion),
        weighted_accuracy(confusion),
        _interval(ua_draws),
        _interval(wa_draws),
        macro_f1(confusion),
        calibration_error(truth, probabilities),
        tuple(tuple(int(count) for count in row) for row in confusion),
    )


def confusion_matrix(truth: Ints, predicted: Ints, labels: int) -> Ints:
    """Counts (labels, labels): rows the truth, columns the prediction."""
    flat = np.bincount(truth * labels + predicted, minlength=labels * labels)
    return flat.reshape(labels, labels).astype(np.int64)


def unweighted_accuracy(confusion: Ints) -> float:
    """Mean of the recalls of the labels that occur."""
    counts = confusion.sum(axis=1)
    there = counts > 0
    return float((np.diag(confusion)[there] / counts[there]).mean()) if there.any() else 0.0


def weighted_accuracy(confusion: Ints) -> float:
    """Share of right predictions."""
    return float(np.trace(confusion) / max(1, confusion.sum()))


def calibration_error(truth: Ints, probabilities: Floats) -> float:
    """Expected calibration error: |accuracy - confidence| over bins of confidence, weighted by their size."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    error = 0.0
    for index in range(CALIBRATION_BINS):
        inside = bins == index
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return float(error)


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean of repeated draws and its 95 % interval (Student's t); with one draw the interval is the mean."""
    array = np.asarray(values, dtype=np.float64)
    mean = float(array.mean())
    if len(array) < 2:
        return mean, mean, mean
    from scipy.special import (
        stdtrit,
    )  # the quantile alone; scipy.stats takes seconds to import on a busy machine

    half = float(stdtrit(len(array) - 1, 0.975) * array.std(ddof=1) / np.sqrt(len(array)))
    return mean, mean - half, mean + half


def _bootstrap(truth: Ints, predicted: Ints, labels: int, seed: int) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    ua, wa = [], []
    for _ in range(BOOTSTRAP_DRAWS):
        rows = random.integers(0, len(truth), len(truth))
        confusion = confusion_matrix(truth[rows], predicted[rows], labels)
        ua.append(unweighted_accuracy(confusion))
        wa.append(weighted_accuracy(confusion))
    return np.array(ua), np.array(wa)


def _interval(draws: Floats) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def macro_f1(confusion: Ints) -> float:
    """Mean F1 of the labels that occur or are predicted."""
    right = np.diag(confusion)
    sums = confusion.sum(axis=0) + confusion.sum(axis=1)
    there = sums > 0
    return float((2 * right[there] / sums[there]).mean()) if there.any() else 0.0
