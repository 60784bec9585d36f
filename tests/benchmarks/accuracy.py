"""Accuracy beside transfer: leave-speakers-out, the linear probe on the same splits, the ablation of Table VII.

    python tests/benchmarks/accuracy.py ../shared [within] [paper] [ablation]

`unseen.py` measures transfer. Needs the corpora `data/{ravdess,emodb}` in the folder named, and the shipped encoder.
Features come from the cache after the first run. Every line is one measurement: mean UA in %, its 95 % interval (over
draws, or bootstrap over utterances), and how it was made. "known": features standardised by each speaker's unlabelled
statistics; "unknown": by the training data's.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
from measuring import extracted, head, say, usual_network

from core_model.labels import PAPER
from core_model.network.config import BRANCHES, NetworkConfig
from training_jobs import models
from training_jobs.crossvalidation import cross_validate
from training_jobs.extraction import FeatureTable
from training_jobs.metrics import mean_interval, measure
from training_jobs.probe import probe_table
from training_jobs.recipe import PAPER_RECIPE, TUNING_RECIPE, Recipe
from training_jobs.shipped import RECIPES
from training_jobs.splits import Split, few_shot_draws, speaker_folds
from training_jobs.standardisation_names import NONE, SPEAKER

FOLDS = {"ravdess": 6, "emodb": 5}
SOURCE_RECIPES = {"ravdess": RECIPES["source-en"], "emodb": Recipe()}
DRAWS = 10


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
    probabilities = np.zeros((len(table.utterances), len(PAPER.labels)))
    for fold in speaker_folds([table.utterances[row] for row in rows], FOLDS[corpus]):
        test = tuple(rows[number] for number in fold)
        split = Split(tuple(sorted({*rows} - {*test})), (), test)
        told = [
            {table.utterances[row].speaker_id: SPEAKER if known else NONE for row in part}
            for part in (split.train, test)
        ]
        probabilities[list(test)] = probe_table(table, split, *told)
    metrics = measure(PAPER.labels, table.labels[rows], probabilities[rows])
    say(f"{corpus}, linear probe, {'known' if known else 'unknown'}", metrics.ua, *metrics.ua_interval)


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
    shared, wanted = Path(arguments[0]), set(arguments[1:]) or {"within", "paper", "ablation"}
    tables = {corpus: extracted(shared, [corpus]) for corpus in FOLDS}
    config = usual_network()
    head()
    if "within" in wanted:
        within(tables, config)
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
