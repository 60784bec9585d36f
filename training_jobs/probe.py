"""The baseline that a network has to beat: a linear probe on the mean of one encoder block over time."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from .extraction import FeatureTable
from .manifest import Utterance
from .splits import Split
from .standardisation_names import NONE, SPEAKER

# Decision: with labels weighted alike, as UA does, the strongest of those tried on ten few-shot draws of RAVDESS and of
# BanglaSER, and within 1 of it on EMO-DB.
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
    model = LogisticRegression(C=_REGULARISATION, class_weight="balanced", max_iter=1000)
    model.fit(features[list(train)], labels[list(train)])
    probabilities[:, known] = model.predict_proba(features[list(test)])
    return probabilities


def probe_table(
    table: FeatureTable, split: Split, train: Mapping[str, str], test: Mapping[str, str]
) -> npt.NDArray[np.float64]:
    """The probe's probabilities (n, labels) of a split's test part, learned from its training part.

    It sees the mean over time of the encoder's highest block in use (without an encoder: of MFCC), standardised as the
    network's features are; a speaker who is in both parts (random mode) in each part by that part.

    Args:
        table: the features.
        split: by rows of `table.utterances`.
        train, test: by whose statistics each speaker of these parts is standardised, as `Standardisation.told` says it.
    """
    moments = table.summary.mfcc_mean if table.encoder is None else table.summary.encoder_mean[:, -1]

    def means(rows: Sequence[int]) -> npt.NDArray[np.float32]:
        return np.stack([moments[table.windows_of(row)].mean(dim=0).numpy() for row in rows])

    learnt, heard = means(split.train), means(split.test)
    features = np.concatenate(
        [
            _as_told(learnt, [table.utterances[row] for row in split.train], train, learnt),
            _as_told(heard, [table.utterances[row] for row in split.test], test, learnt),
        ]
    )
    tuned, labels = len(learnt), table.labels[[*split.train, *split.test]]
    probabilities = probe_probabilities(features, labels, range(tuned), range(tuned, len(labels)))
    full = np.zeros((len(heard), len(table.scheme.labels)))
    full[:, : probabilities.shape[1]] = probabilities
    return full


def _as_told(
    means: npt.NDArray[np.float32],
    utterances: Sequence[Utterance],
    told: Mapping[str, str],
    training: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """Standardise the (N, C) means of one part; by the (M, C) of the training part where nothing of it is to count."""
    result = np.empty_like(means)
    names = np.array([utterance.speaker_id for utterance in utterances])
    corpora = np.array([utterance.corpus for utterance in utterances])
    for name, how in told.items():
        inside = names == name
        around = inside if how == SPEAKER else np.isin(corpora, corpora[inside])
        reference = training if how == NONE else means[around]
        result[inside] = (means[inside] - reference.mean(axis=0)) / (reference.std(axis=0) + 1e-6)
    return result
