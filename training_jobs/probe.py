"""The baseline that a network has to beat: a linear probe on the mean of one encoder block over time."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from .extraction import FeatureTable
from .splits import Split

_REGULARISATION = 0.01


def probe_probabilities(
    features: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    train: Sequence[int],
    test: Sequence[int],
) -> npt.NDArray[np.float64]:
    """Fit logistic regression on the training rows, return the test rows' probabilities (n, labels).

    A label that no training row has gets a probability of 0.

    Args:
        features: (N, C) means over time, already standardised (by speaker, or by the training rows).
        labels: (N,) indices; there are as many labels as the greatest says.
        train: rows to learn from.
        test: rows to predict.
    """
    count = int(labels.max()) + 1
    probabilities = np.zeros((len(test), count))
    known = np.unique(labels[list(train)])
    if len(known) == 1:  # nothing to tell apart
        probabilities[:, known] = 1.0
        return probabilities
    model = LogisticRegression(C=_REGULARISATION, max_iter=1000)
    model.fit(features[list(train)], labels[list(train)])
    probabilities[:, known] = model.predict_proba(features[list(test)])
    return probabilities


def probe_table(table: FeatureTable, split: Split) -> npt.NDArray[np.float64]:
    """The probe's probabilities (n, labels) of a split's test part, learned from its training part.

    It sees the mean over time of the encoder's highest block in use (without an encoder: of MFCC), standardised within
    each speaker, as the network's features are.
    """
    rows = [*split.train, *split.test]
    moments = table.summary.mfcc_mean if table.encoder is None else table.summary.encoder_mean[:, -1]
    means = np.stack([moments[table.windows_of(row)].mean(dim=0).numpy() for row in rows])
    # A speaker who is in both parts (random mode) is standardised in each part by that part.
    names = [
        f"{part} {table.utterances[row].speaker_id}"
        for part in ("train", "test")
        for row in getattr(split, part)
    ]
    _, groups = np.unique(names, return_inverse=True)
    features = standardised_means(means, groups)
    tuned = len(split.train)
    probabilities = probe_probabilities(features, table.labels[rows], range(tuned), range(tuned, len(rows)))
    full = np.zeros((len(split.test), len(table.scheme.labels)))
    full[:, : probabilities.shape[1]] = probabilities
    return full


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
