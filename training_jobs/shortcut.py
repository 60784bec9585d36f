"""Fitting a network's linear shortcut: logistic regression on the encoder blocks' means over time.

A new network's is drawn to zero, a tuned one's to the weights that its source has: so the source's data count without
being there (a maximum a posteriori estimate; Chelba and Acero 2004, "Adaptation of Maximum Entropy Capitalizer").
"""

import copy
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize
from torch import Tensor

from core_model.network.layers import Shortcut
from core_model.network.network import HumpCat
from core_model.standardise import Statistics

from .extraction import FeatureTable

Floats = npt.NDArray[np.float64]

_STEPS = 500
_BIAS_RIDGE = 1e-3  # of next to no weight: only so that a label which never occurs has an end to fall to


def with_shortcut(
    network: HumpCat,
    table: FeatureTable,
    rows: Sequence[int],
    statistics: Sequence[Statistics],
    ridge: float,
    share: float,
) -> HumpCat:
    """A copy of a network with its shortcut fitted to rows of a table; without a shortcut, the network itself.

    Args:
        network: its shortcut's weights are what the new ones are drawn to.
        table: the features.
        rows: of `table.utterances`, to learn from.
        statistics: for each of `table.utterances`, by which it is standardised.
        ridge: how strongly: half of it times the squared distance is added to the sum of all windows' cross-entropies.
        share: of the log-probabilities that the shortcut gets (`NetworkConfig.shortcut`).
    """
    if not network.config.shortcut:
        return network
    fitted = copy.deepcopy(network)
    fitted.config = replace(network.config, shortcut=share)
    fitted.shortcut = fit_shortcut(network.shortcut, table, rows, statistics, ridge)
    return fitted


def without_shortcut(network: HumpCat) -> HumpCat:
    """The paper's network alone, with the same weights; the network given stays as it is."""
    alone = copy.copy(network)
    alone.config = replace(network.config, shortcut=0.0)
    return alone


def fit_shortcut(
    start: Shortcut, table: FeatureTable, rows: Sequence[int], statistics: Sequence[Statistics], ridge: float
) -> Shortcut:
    """The shortcut that is least surprised by rows of a table and near `start` (arguments as in `with_shortcut`)."""
    windows = table.windows_of(rows)
    owners = table.utterance[windows]
    means = table.summary.encoder_mean[windows]  # (N, L, C)
    centre, spread = (
        torch.stack([getattr(statistics[owner], f"encoder_{moment}") for owner in owners])
        for moment in ("mean", "std")
    )
    features = ((means - centre) / spread).flatten(1).double().numpy()
    found = _logistic(features, table.labels[owners], _joined(start.weight, start.bias), ridge)
    fitted = copy.deepcopy(start)
    fitted.weight.copy_(torch.from_numpy(found[:, :-1]))
    fitted.bias.copy_(torch.from_numpy(found[:, -1]))
    return fitted


def _joined(weight: Tensor, bias: Tensor) -> Floats:
    joined: Floats = torch.cat([weight, bias[:, None]], dim=1).cpu().double().numpy()
    return joined


def _logistic(features: Floats, labels: npt.NDArray[np.int64], start: Floats, ridge: float) -> Floats:
    """Weights and bias (labels, C + 1) that minimise the summed cross-entropy and the ridge towards `start`."""
    inputs = np.hstack([features, np.ones((len(features), 1))])
    truth = np.eye(len(start))[labels]
    pull = np.full(start.shape[1], ridge)
    pull[-1] = _BIAS_RIDGE

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(start.shape)
        logits = inputs @ weights.T
        logits -= logits.max(axis=1, keepdims=True)
        logarithms = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        away = weights - start
        gradient = (np.exp(logarithms) - truth).T @ inputs + pull * away
        return float((pull * away**2).sum() / 2 - (logarithms * truth).sum()), gradient.ravel()

    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    weights: Floats = found.x.reshape(start.shape)
    return weights
