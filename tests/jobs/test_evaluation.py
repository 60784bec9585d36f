"""Predictions over tables: means over windows, speakers' statistics, and temperatures that change no label."""

import numpy as np
import pytest
import torch
from tables import network_config, table_of, utterances_of

from core_model.network.network import HumpCat
from core_model.standardise import statistics_of
from training_jobs.evaluation import fit_temperature, predict_table
from training_jobs.extraction import FeatureTable


@pytest.fixture(scope="module")
def network() -> HumpCat:
    torch.manual_seed(0)
    return HumpCat(network_config()).eval()


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    return table_of(utterances_of(2, each=3), windows=[1, 3, 1, 2, 1, 1])


def test_an_utterance_is_the_mean_of_its_windows_by_duration(network: HumpCat, table: FeatureTable) -> None:
    table.duration[1:4] = (7.0, 7.0, 1.0)
    prior = statistics_of(table.summary)
    (whole,) = predict_table(network, table, [1], [prior])
    single = table_of(table.utterances[:1] * 3)
    single.mfcc[:], single.prosody[:] = table.mfcc[1:4], table.prosody[1:4]
    parts = predict_table(network, single, range(3), [prior] * 3)
    np.testing.assert_allclose(whole, (7 * parts[0] + 7 * parts[1] + parts[2]) / 15, atol=1e-6)
    assert whole.sum() == pytest.approx(1)


def test_rows_come_back_in_the_order_asked_for(network: HumpCat, table: FeatureTable) -> None:
    prior = statistics_of(table.summary)
    forward = predict_table(network, table, range(6), [prior] * 6)
    backward = predict_table(network, table, [5, 1, 0], [prior] * 3)
    np.testing.assert_allclose(backward, forward[[5, 1, 0]], atol=1e-6)


def surprise(truth: np.ndarray, probabilities: np.ndarray) -> float:
    return float(-np.log(probabilities[np.arange(len(truth)), truth]).mean())


@pytest.mark.parametrize("wrongness", [0.4, 3.0])
def test_a_fitted_temperature_surprises_less_and_keeps_every_label(wrongness: float) -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(400, 4)) * 2
    right = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = np.array([random.choice(4, p=row) for row in right], dtype=np.int64)
    said = np.exp(logits * wrongness) / np.exp(logits * wrongness).sum(axis=1, keepdims=True)
    temperature = fit_temperature(truth, said)
    assert temperature == pytest.approx(wrongness, rel=0.15)
    scaled = said ** (1 / temperature)
    scaled /= scaled.sum(axis=1, keepdims=True)
    assert surprise(truth, scaled) < surprise(truth, said) - 0.02
    np.testing.assert_array_equal(scaled.argmax(axis=1), said.argmax(axis=1))


def test_a_temperature_stays_within_bounds_where_all_are_right() -> None:
    said = np.tile([0.9, 0.1], (5, 1))
    assert 0.2 <= fit_temperature(np.zeros(5, dtype=np.int64), said) < 0.21
    assert 9.9 < fit_temperature(np.ones(5, dtype=np.int64), said) <= 10.0
