"""The accuracy table: leave-speakers-out, transfer, the linear probe on the same splits, the ablation of Table VII.

    python tests/benchmarks/accuracy.py ../shared [within] [transfer] [paper] [ablation]

Needs the corpora `data/{ravdess,emodb}` in the folder named, and the shipped encoder. Features come from the cache
after the first run. Every line is one measurement: mean UA in %, its 95 % interval (over draws, or bootstrap over
utterances), and how it was made. "known": features standardised by each speaker's unlabelled statistics; "unknown":
by the training data's.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from core_model.bundle import find_bundle
from core_model.bundle_weights import load_weights
from core_model.cache import FeatureCache
from core_model.devices import choose_device
from core_model.encoders.registry import find_encoder
from core_model.extractor import FeatureExtractor
from core_model.features.config import FeatureConfig
from core_model.labels import PAPER
from core_model.network.config import BRANCHES, NetworkConfig
from training_jobs import models
from training_jobs.corpora.reading import read_corpus
from training_jobs.crossvalidation import cross_validate
from training_jobs.extraction import FeatureTable
from training_jobs.metrics import mean_interval, measure
from training_jobs.probe import probe_probabilities, standardised_means
from training_jobs.recipe import PAPER_RECIPE, TUNING_RECIPE, Recipe
from training_jobs.shipped import ENCODER, LAYERS, RECIPES
from training_jobs.splits import Split, few_shot_draws, speaker_folds

FOLDS = {"ravdess": 6, "emodb": 5}
SOURCE_RECIPES = {"ravdess": RECIPES["source-en"], "emodb": Recipe()}
DRAWS = 10
PROBE_LAYER = LAYERS.index(3)


def say(what: str, value: float, low: float, high: float) -> None:
    """One row of the table."""
    sys.stdout.write(f"| {what} | {100 * value:.1f} | {100 * low:.1f}-{100 * high:.1f} |\n")
    sys.stdout.flush()


def within(tables: dict[str, FeatureTable], config: NetworkConfig) -> None:
    """Leave speakers out within each corpus: the network and the probe, on the same folds."""
    for corpus, table in tables.items():
        for tested in cross_validate(table, config, SOURCE_RECIPES[corpus], FOLDS[corpus]).by_corpus.values():
            say(
                f"{corpus}, {FOLDS[corpus]} folds by speaker, known",
                tested.known.ua,
                *tested.known.ua_interval,
            )
            say(
                f"{corpus}, {FOLDS[corpus]} folds by speaker, unknown",
                tested.unknown.ua,
                *tested.unknown.ua_interval,
            )
        for known in (True, False):
            probe_within(corpus, table, known)


def probe_within(corpus: str, table: FeatureTable, known: bool) -> None:
    """The linear probe on the folds of `within`."""
    rows = models.original_rows(table)
    means, labels, groups = probe_input(table, rows)
    probabilities = np.zeros((len(rows), len(PAPER.labels)))
    for fold in speaker_folds([table.utterances[row] for row in rows], FOLDS[corpus]):
        rest = sorted(set(range(len(rows))) - set(fold))
        features = standardised_means(means, groups, None if known else rest)
        probabilities[list(fold)] = probe_probabilities(features, labels, rest, fold)
    metrics = measure(PAPER.labels, labels, probabilities)
    say(f"{corpus}, linear probe, {'known' if known else 'unknown'}", metrics.ua, *metrics.ua_interval)


def probe_input(table: FeatureTable, rows: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over time of block 3 for each utterance, its label, its speaker."""
    means = np.stack(
        [table.summary.encoder_mean[table.windows_of(row), PROBE_LAYER].mean(dim=0).numpy() for row in rows]
    )
    _, groups = np.unique([table.utterances[row].speaker_id for row in rows], return_inverse=True)
    return means, table.labels[list(rows)], groups


def transfer(table: FeatureTable, source: tuple, config: NetworkConfig, what: str) -> None:
    """Fine-tune on 20 % of EMO-DB's speakers, test on the rest, ten draws."""
    rows = models.original_rows(table)
    known, unknown = [], []
    for number, (tuning, test) in enumerate(
        few_shot_draws([table.utterances[row] for row in rows], 0.2, draws=DRAWS)
    ):
        split = Split(tuple(rows[k] for k in tuning), (), tuple(rows[k] for k in test))
        learned = models.learn(table, split, config, replace(TUNING_RECIPE, seed=number), source)
        known.append(learned.tested.known.ua)
        unknown.append(learned.tested.unknown.ua)
    say(f"{what}, {DRAWS} draws of 2 speakers, known", *mean_interval(known))
    say(f"{what}, {DRAWS} draws of 2 speakers, unknown", *mean_interval(unknown))


def zero_shot(table: FeatureTable, source: tuple, what: str) -> None:
    """The source model on EMO-DB with nothing of it seen."""
    rows = models.original_rows(table)
    tested = models.score(*source, 1.0, table, rows)
    say(f"{what}, nothing of EMO-DB seen, known", tested.known.ua, *tested.known.ua_interval)


def probe_transfer(source: FeatureTable, target: FeatureTable, known: bool, weight: int) -> None:
    """The probe trained on all of RAVDESS and the tuning part (repeated `weight` times), on the draws of `transfer`."""
    source_rows, rows = models.original_rows(source), models.original_rows(target)
    source_means, source_labels, source_groups = probe_input(source, source_rows)
    means, labels, groups = probe_input(target, rows)
    everything = np.concatenate([source_means, means])
    all_labels = np.concatenate([source_labels, labels])
    all_groups = np.concatenate([source_groups, groups + source_groups.max() + 1])
    reference = None if known else range(len(source_rows))
    features = standardised_means(everything, all_groups, reference)
    scores = []
    for tuning, test in few_shot_draws([target.utterances[row] for row in rows], 0.2, draws=DRAWS):
        train = [*range(len(source_rows)), *[len(source_rows) + k for k in tuning] * weight]
        said = probe_probabilities(features, all_labels, train, [len(source_rows) + k for k in test])
        scores.append(measure(PAPER.labels, labels[list(test)], said).ua)
    name = "known" if known else "unknown"
    say(f"linear probe, RAVDESS + tuning part x{weight}, {name}", *mean_interval(scores))


def train_source(table: FeatureTable, config: NetworkConfig, recipe: Recipe) -> tuple:
    """A source model on RAVDESS: its network and its prior."""
    rows = models.original_rows(table)
    learned = models.learn(table, Split(tuple(rows), (), ()), config, recipe)
    return learned.network, learned.prior


def ablation(source: FeatureTable, target: FeatureTable, config: NetworkConfig) -> None:
    """Table VII as measured, without the shortcut: each branch alone, pairs, all; and one prosody token."""
    subsets = [subset for size in (1, 2, 3) for subset in combinations(BRANCHES, size)]
    variants = [(" + ".join(subset), replace(config, features=subset, shortcut=0.0)) for subset in subsets]
    variants.append(("all, one prosody token", replace(config, prosody_tokens="single", shortcut=0.0)))
    for name, variant in variants:
        start = train_source(source, variant, SOURCE_RECIPES["ravdess"])
        zero_shot(target, start, name)
        transfer(target, start, variant, name)


def main(arguments: Sequence[str]) -> None:
    """Measure what is named, or everything."""
    shared, wanted = Path(arguments[0]), set(arguments[1:]) or {"within", "transfer", "paper", "ablation"}
    encoder = find_encoder(ENCODER).config(LAYERS)
    extractor = FeatureExtractor(FeatureConfig(), encoder, choose_device(), cache=FeatureCache())
    tables = {
        corpus: models.extract_corpus(
            read_corpus(shared / "data" / corpus), PAPER, extractor, Recipe().speeds
        )
        for corpus in FOLDS
    }
    config = models.with_labels(NetworkConfig(len(PAPER.labels)), PAPER, encoder)
    sys.stdout.write("| measurement | UA % | 95 % |\n|---|---|---|\n")
    if "within" in wanted:
        within(tables, config)
    if "transfer" in wanted:
        source = load_weights(find_bundle("source-en"))
        zero_shot(tables["emodb"], source, "source-en")
        transfer(tables["emodb"], source, source[0].config, "source-en")
        for known in (True, False):
            for weight in (1, 5):
                probe_transfer(tables["ravdess"], tables["emodb"], known, weight)
    if "paper" in wanted:
        # The paper's own words: no augmentation, constant rate, AM-Softmax at 30, 50 epochs.
        literal = replace(config, scale=30.0, prosody_tokens="single", shortcut=0.0)
        measured = cross_validate(tables["ravdess"], literal, PAPER_RECIPE, FOLDS["ravdess"], validation=0.1)
        tested = measured.by_corpus["ravdess"]
        say("ravdess, the paper's recipe to the letter, known", tested.known.ua, *tested.known.ua_interval)
    if "ablation" in wanted:
        ablation(tables["ravdess"], tables["emodb"], config)


if __name__ == "__main__":
    main(sys.argv[1:])
