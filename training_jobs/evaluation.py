"""Running a network over a table of features, and fitting how sure it may say it is."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize_scalar

from core_model.network.network import HumpCat
from core_model.standardise import Statistics, standardise

from .extraction import FeatureTable

Floats = npt.NDArray[np.float64]

_BATCH = 64


def predict_table(
    network: HumpCat,
    table: FeatureTable,
    utterances: Sequence[int],
    statistics: Sequence[Statistics],
    temperature: float = 1.0,
) -> Floats:
    """Probabilities (n, labels) of utterances: the duration-weighted mean over each one's windows.

    Args:
        network: in evaluation mode, on any device.
        table: the features.
        utterances: n rows of `table.utterances`.
        statistics: n, by which each utterance is standardised.
        temperature: divides the logits.
    """
    position = {row: place for place, row in enumerate(utterances)}
    windows = [(window, position[owner]) for window, owner in enumerate(table.utterance) if owner in position]
    device = next(network.parameters()).device
    result = np.zeros((len(utterances), network.config.labels))
    weight = np.zeros(len(utterances))
    for first in range(0, len(windows), _BATCH):
        rows, places = zip(*windows[first : first + _BATCH], strict=True)
        index = list(rows)
        inputs = standardise(
            None if table.encoder is None else table.encoder[index],
            table.mfcc[index],
            table.prosody[index],
            table.prosody_valid[index],
            [statistics[place] for place in places],
        )
        with torch.inference_mode():
            logits = network.logits(network(inputs.to(device))) / temperature
        for place, row, probabilities in zip(places, rows, logits.softmax(dim=-1).cpu().numpy(), strict=True):
            result[place] += table.duration[row] * probabilities
            weight[place] += table.duration[row]
    return result / weight[:, None]


def fit_temperature(truth: npt.NDArray[np.int64], probabilities: Floats) -> float:
    """The temperature by which the logits of validation predictions must be divided to be least surprised.

    Guo et al. 2017, "On Calibration of Modern Neural Networks". It changes no label, only how sure it sounds.
    """
    logits = np.log(np.clip(probabilities, 1e-9, 1))

    def surprise(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        chosen = scaled[np.arange(len(truth)), truth] - np.log(np.exp(scaled).sum(axis=1))
        return float(-chosen.mean())

    found = minimize_scalar(surprise, bounds=(np.log(0.2), np.log(10.0)), method="bounded")
    return float(np.exp(found.x))


def with_temperature(probabilities: Floats, temperature: float) -> Floats:
    """Probabilities (n, labels) as their logits divided by the temperature give them."""
    scaled = np.log(np.clip(probabilities, 1e-9, 1)) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    divided: Floats = powers / powers.sum(axis=1, keepdims=True)
    return divided
