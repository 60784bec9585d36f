"""Predictions seen by label, by speaker and by confidence, and two kinds of them compared on the same utterances."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .metrics import (
    BOOTSTRAP_DRAWS,
    CALIBRATION_BINS,
    Floats,
    Ints,
    confusion_matrix,
    unweighted_accuracy,
    weighted_accuracy,
)

_Z = 1.959964  # 97.5 % of a normal distribution lie below


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Of one label: its utterances, how many were found (recall), how many of those named so were (precision).

    A share of nothing is None: the recall of a label that does not occur, the precision of one never predicted.
    """

    label: str
    count: int
    recall: float | None
    precision: float | None


@dataclass(frozen=True, slots=True)
class GroupScore:
    """Of the utterances of one speaker or corpus: how many, with how many labels, and their UA and WA."""

    name: str
    count: int
    labels: int
    ua: float
    wa: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The utterances predicted with a confidence from `low` to `high`: mean confidence and share of right ones."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def label_scores(labels: Sequence[str], confusion: Ints) -> tuple[LabelScore, ...]:
    """Recall and precision of each label, from counts (labels, labels): rows the truth, columns the prediction."""
    right = np.diag(confusion)
    truth, said = confusion.sum(axis=1), confusion.sum(axis=0)
    return tuple(
        LabelScore(label, int(truth[k]), _share(right[k], truth[k]), _share(right[k], said[k]))
        for k, label in enumerate(labels)
    )


def group_scores(groups: Sequence[str], truth: Ints, probabilities: Floats) -> tuple[GroupScore, ...]:
    """UA and WA of each group, by name.

    Args:
        groups: of each of n utterances the name of its speaker or corpus.
        truth: (n,) index of the right label.
        probabilities: (n, labels).
    """
    names = np.array(groups, dtype=object)
    predicted = probabilities.argmax(axis=1)
    found = []
    for name in sorted(set(groups)):
        inside = names == name
        counts = confusion_matrix(truth[inside], predicted[inside], probabilities.shape[1])
        found.append(
            GroupScore(
                name,
                int(inside.sum()),
                int((counts.sum(axis=1) > 0).sum()),
                unweighted_accuracy(counts),
                weighted_accuracy(counts),
            )
        )
    return tuple(found)


def reliability(truth: Ints, probabilities: Floats) -> tuple[ReliabilityBin, ...]:
    """The reliability curve over the bins of `calibration_error`; bins without an utterance are left out.

    Guo et al. 2017, "On Calibration of Modern Neural Networks": a calibrated model's points lie on the diagonal.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    return tuple(
        ReliabilityBin(
            index / CALIBRATION_BINS,
            (index + 1) / CALIBRATION_BINS,
            int((bins == index).sum()),
            float(confidence[bins == index].mean()),
            float(right[bins == index].mean()),
        )
        for index in np.unique(bins).tolist()
    )


def ua_difference(truth: Ints, ours: Floats, theirs: Floats, seed: int = 0) -> tuple[float, float, float]:
    """UA of one kind of predictions less that of another on the same utterances, with its 95 % bootstrap interval.

    Both are drawn together, utterance by utterance, so what is hard for both does not widen the interval.

    Args:
        truth: (n,) index of the right label.
        ours, theirs: (n, labels) probabilities.
        seed: of the bootstrap.
    """
    labels = ours.shape[1]
    mine, other = ours.argmax(axis=1), theirs.argmax(axis=1)

    def difference(rows: Ints) -> float:
        return unweighted_accuracy(confusion_matrix(truth[rows], mine[rows], labels)) - unweighted_accuracy(
            confusion_matrix(truth[rows], other[rows], labels)
        )

    random = np.random.default_rng(seed)
    everything = np.arange(len(truth))
    draws = [difference(random.integers(0, len(truth), len(truth))) for _ in range(BOOTSTRAP_DRAWS)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return difference(everything), float(low), float(high)


def wilson_interval(part: int, whole: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927): sensible where the share is 0 or 1, or of few; `whole` is at least 1."""
    share, z2 = part / whole, _Z * _Z
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z / (1 + z2 / whole) * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole * whole))
    return max(0.0, middle - half), min(1.0, middle + half)


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
