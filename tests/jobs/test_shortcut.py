"""The linear shortcut is fitted to its optimum, near its source's weights, and leaves the network's training alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from tables import FRAMES, LABELS, network_config, table_of, utterances_of

from core_model.bundle import find_bundle
from core_model.bundle_weights import load_weights, save_bundle
from core_model.network.layers import Shortcut
from core_model.network.network import HumpCat
from core_model.standardise import statistics_of, summarise
from training_jobs.card import model_card
from training_jobs.extraction import FeatureTable
from training_jobs.models import learn
from training_jobs.recipe import Recipe
from training_jobs.shortcut import fit_shortcut, with_shortcut
from training_jobs.splits import Split

LAYERS, CHANNELS = 2, 24
CONFIG = network_config(
    features=("hubert", "mfcc", "prosody"), encoder_layers=LAYERS, encoder_width=CHANNELS, shortcut=0.6
)
RECIPE = Recipe(
    epochs=2, batch=9, crop=1.0, speeds=(), mixing=0.0, average=0.5, shortcut_share=0.75, shortcut_ridge=0.1
)


def with_encoder(table: FeatureTable, distance: float) -> FeatureTable:
    """The table with outputs of an encoder, whose mean tells the label as far as `distance` goes."""
    random = np.random.default_rng(1)
    labels = table.labels[table.utterance]
    lit = np.resize(np.eye(len(LABELS))[labels].T, (CHANNELS, len(labels))).T * distance
    outputs = random.normal(size=(len(labels), LAYERS, FRAMES, CHANNELS)) + lit[:, None, None, :]
    encoder = torch.from_numpy(outputs.astype(np.float16))
    summary = summarise(encoder, table.mfcc, table.prosody, table.prosody_valid)
    return replace(table, encoder=encoder, summary=summary)


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    return with_encoder(table_of(utterances_of(4), distance=0.3), distance=0.05)


def test_the_fit_is_the_optimum_that_scikit_learn_finds(table: FeatureTable) -> None:
    statistics = statistics_of(table.summary)
    rows = range(36)
    fitted = fit_shortcut(Shortcut(LAYERS, CHANNELS, len(LABELS)), table, rows, [statistics] * 36, ridge=0.1)
    means = (table.summary.encoder_mean - statistics.encoder_mean) / statistics.encoder_std
    features = means.flatten(1).numpy()
    other = LogisticRegression(C=1 / 0.1, max_iter=5000, tol=1e-8).fit(features, table.labels)
    np.testing.assert_allclose(fitted.weight.numpy(), other.coef_, atol=5e-3)
    assert table.encoder is not None
    standardised = (table.encoder.float() - statistics.encoder_mean[:, None]) / statistics.encoder_std[
        :, None
    ]
    said = fitted(standardised).softmax(dim=-1).numpy()
    np.testing.assert_allclose(said, other.predict_proba(features), atol=5e-3)


def test_a_strong_ridge_keeps_the_source_and_a_weak_one_learns(table: FeatureTable) -> None:
    statistics = [statistics_of(table.summary)] * 36
    source = Shortcut(LAYERS, CHANNELS, len(LABELS))
    source.weight.normal_(generator=torch.Generator().manual_seed(3))
    kept = fit_shortcut(source, table, range(36), statistics, ridge=1e9)
    torch.testing.assert_close(kept.weight, source.weight, atol=1e-5, rtol=0)
    near, far = (
        (fit_shortcut(source, table, range(36), statistics, ridge).weight - source.weight).norm()
        for ridge in (10.0, 0.1)
    )
    assert 0 < near < far


def test_the_ridge_draws_to_the_source_where_the_data_say_nothing() -> None:
    table = with_encoder(table_of(utterances_of(4), distance=0.0), distance=0.0)
    source = Shortcut(LAYERS, CHANNELS, len(LABELS))
    source.weight.fill_(2.0)  # alike for all labels: it changes no probability
    fitted = fit_shortcut(source, table, range(36), [statistics_of(table.summary)] * 36, ridge=5.0)
    assert (fitted.weight - 2.0).abs().max() < 0.5


def test_learning_fits_it_and_leaves_the_rest_of_the_network_as_it_is_without(table: FeatureTable) -> None:
    split = Split(tuple(range(18)), (), tuple(range(18, 36)))
    plain = learn(table, split, replace(CONFIG, shortcut=0.0), RECIPE)
    learned = learn(table, split, CONFIG, RECIPE)
    state = learned.network.state_dict()
    for name, tensor in plain.network.state_dict().items():
        assert torch.equal(tensor, state[name])
    assert learned.network.shortcut.weight.any()
    assert learned.network.config.shortcut == RECIPE.shortcut_share
    tuned = learn(
        table, split, CONFIG, replace(RECIPE, shortcut_share=0.9), start=(learned.network, learned.prior)
    )
    assert tuned.network.config.shortcut == 0.9
    assert not torch.equal(tuned.network.shortcut.weight, learned.network.shortcut.weight)
    assert learned.tested and plain.tested
    assert learned.tested.known.ua > plain.tested.known.ua


def test_a_network_without_a_shortcut_stays_itself(table: FeatureTable) -> None:
    network = HumpCat(replace(CONFIG, shortcut=0.0))
    assert with_shortcut(network, table, range(9), [statistics_of(table.summary)] * 36, 1.0, 0.5) is network


def test_a_bundle_keeps_it_and_its_card_tells_of_it(tmp_path: Path) -> None:
    shipped = find_bundle("source-en")
    _, prior = load_weights(shipped)
    config = replace(shipped.network, shortcut=0.75)
    network = HumpCat(config).eval()
    network.shortcut.weight.normal_()
    record = replace(shipped, folder=tmp_path / "mine", network=config)
    saved = save_bundle(record, network, prior, model_card(record))
    again, _ = load_weights(saved)
    assert torch.equal(again.shortcut.weight, network.shortcut.weight)
    assert "A linear shortcut from the encoder's means over time has 75 %" in (
        saved.folder / "card.md"
    ).read_text("utf-8")


def test_tuning_fits_a_temperature_of_its_own_where_there_is_enough_to_fit_it_on(table: FeatureTable) -> None:
    recipe = replace(RECIPE, epochs=1, shortcut_share=0.9)
    source = learn(table, Split(tuple(range(36)), (), ()), CONFIG, RECIPE)
    start = (source.network, source.prior)
    few, many = (
        learn(table, Split(tuple(range(0, 36, step)), (), ()), CONFIG, recipe, start, temperature=3.25)
        for step in (2, 1)
    )
    assert few.temperature == 3.25  # 18 utterances
    assert many.temperature != 3.25
    plain = replace(CONFIG, shortcut=0.0)
    bare = learn(table, Split(tuple(range(36)), (), ()), plain, RECIPE)
    tuned = learn(
        table,
        Split(tuple(range(36)), (), ()),
        plain,
        recipe,
        (bare.network, bare.prior),
        temperature=3.25,
    )
    assert tuned.temperature == 3.25
