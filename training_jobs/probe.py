"""The baseline that a network has to beat: a linear probe on the mean of one encoder block over time."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

_REGULARISATION = 0.01


def probe_probabilities(
    features: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    train: Sequence[int],
    test: Sequence[int],
) -> npt.NDArray[np.float64]:
    """Fit logistic regression on the training rows, return the test rows' probabilities (n, labels).

    Args:
        features: (N, C) means over time, already standardised (by speaker, or by the training rows).
        labels: (N,) indices; every label occurs in the training rows.
        train: rows to learn from.
        test: rows to predict.
    """
    model = LogisticRegression(C=_REGULARISATION, max_iter=1000)
    model.fit(features[list(train)], labels[list(train)])
    probabilities: npt.NDArray[np.float64] = model.predict_proba(features[list(test)])
    return probabilities


def standardised_means(
    means: npt.NDArray[np.float32], groups: npt.NDArray[np.int64], reference: Sequence[int] | None = None
) -> npt.NDArray[np.float32]:
    """Standardise (N, C) means within each group (speaker), or by the statistics of `reference` rows for all."""
    if reference is not None:
        rows = means[list(reference)]
        shared: npt.NDArray[np.float32] = (means - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6)
        return shared
    result = np.empty_like(means)
    for group in np.unique(groups):
        inside = groups == group
        result[inside] = (means[inside] - means[inside].mean(axis=0)) / (means[inside].std(axis=0) + 1e-6)
    return result
