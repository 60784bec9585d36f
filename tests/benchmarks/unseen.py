"""Transfer to a corpus that the source model has not heard, judged against linear probes on the same draws.

    python tests/benchmarks/unseen.py ../shared [--targets ravdess emodb banglaser] [--draws 10]

Each target is tuned and tested as `humpcat finetune TARGET --draws N` does it, from a source model trained on the other
two corpora, and from the shipped `source-en` where that has not heard the target. Needs the corpora
`data/{ravdess,emodb,banglaser}` in the folder named, and the shipped encoder; features come from the cache after the
first run. The probes: the program's own, which learns from the tuning part, and two that also have the source model's
data, with the tuning part once and five times. The last tables compare with the program's own, and with whichever is
best on a transfer. All is standardised by the speakers' own statistics, except where the speakers are unknown.
"""

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from measuring import extracted, head, say, usual_network

from core_model.bundle import find_bundle
from core_model.bundle_weights import load_weights
from core_model.network.network import HumpCat
from core_model.standardise import Statistics
from training_jobs import models
from training_jobs.extraction import FeatureTable
from training_jobs.metrics import mean_interval
from training_jobs.outcome import ALONE, NETWORK, PROBE
from training_jobs.probe import probe_table
from training_jobs.protocols import few_shot
from training_jobs.recipe import SOURCE_RECIPE, TUNING_RECIPE
from training_jobs.shipped import CORPORA
from training_jobs.splits import SPEAKER_DISJOINT, Split
from training_jobs.standardisation import for_training
from training_jobs.standardisation_names import SPEAKER
from training_jobs.testing import tested
from training_jobs.work.learning import table_rows

WEIGHTS = {f"{PROBE}, source and {weight} x tuning part": weight for weight in (1, 5)}
PROBES = (PROBE, *WEIGHTS)
Scores = dict[str, list[float]]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A source model and the rows of the table that it learned from."""

    name: str
    rows: tuple[int, ...]
    network: HumpCat
    prior: Statistics


def sources(table: FeatureTable, target: str) -> Iterator[Source]:
    """The source models that have not heard the target."""
    shipped = "source-en"
    if target not in CORPORA[shipped]:
        yield Source(shipped, rows_of(table, CORPORA[shipped]), *load_weights(find_bundle(shipped)))
    others = [corpus for corpus in CORPORA["default"] if corpus != target]
    rows = rows_of(table, others)
    learned = models.learn(
        table,
        Split(rows, (), ()),
        usual_network(),
        SOURCE_RECIPE,
        on_epoch=lambda epoch: _logger.info("without %s: epoch %d", target, epoch.number),
    )
    yield Source(" and ".join(others), rows, learned.network, learned.prior)


def rows_of(table: FeatureTable, corpora: Sequence[str]) -> tuple[int, ...]:
    """Rows of the corpora's utterances at their own speed."""
    return tuple(row for row in models.original_rows(table) if table.utterances[row].corpus in corpora)


def transfer(table: FeatureTable, source: Source, target: str, draws: int) -> Scores:
    """UA of every kind of prediction on each draw."""
    utterances = [table.utterances[row] for row in rows_of(table, [target])]
    scores: Scores = {}
    for named in few_shot(utterances, None, SPEAKER_DISJOINT, draws, TUNING_RECIPE.seed).splits:
        found = measured(table, source, named.name, table_rows(table, utterances, named.split))
        for kind, ua in found.items():
            scores.setdefault(kind, []).append(ua)
        told = ", ".join(f"{kind} {100 * ua:.1f}" for kind, ua in found.items())
        _logger.info("%s to %s, %s: %s", source.name, target, named.name, told)
    return scores


def measured(table: FeatureTable, source: Source, name: str, split: Split) -> dict[str, float]:
    """UA of the network tuned on a split's training part, and of the probes."""
    start = (source.network, source.prior)
    learned = models.learn(
        table,
        Split(split.train, (), ()),
        source.network.config,
        TUNING_RECIPE,
        start,
        standardisation=SPEAKER,
    )
    outcome = tested(name, table, split, learned, start, SPEAKER, learned.temperature)
    told = for_training(table, [*source.rows, *split.train], learned.prior, SPEAKER).told
    stronger = {
        kind: probe_table(
            table, replace(split, train=source.rows + weight * split.train), told, outcome.standardisation
        )
        for kind, weight in WEIGHTS.items()
    }
    outcome = replace(outcome, predictions={**outcome.predictions, **stronger})
    return {kind: outcome.metrics(kind).ua for kind in outcome.predictions}


def judge(transfers: dict[str, Scores], kind: str, probes: Sequence[str]) -> None:
    """How far one kind of prediction is ahead of the best of some probes: on each transfer, in the mean, at worst."""
    head(f"{kind}, minus {' or '.join(probes)}", "points")
    ahead = {}
    for name, scores in transfers.items():
        best = max(probes, key=lambda probe: float(np.mean(scores[probe])))
        differences = np.subtract(scores[kind], scores[best]).tolist()
        ahead[name] = float(np.mean(differences))
        say(f"{name}: {best}", *mean_interval(differences))
    worst = min(ahead, key=lambda name: ahead[name])
    mean = np.mean(list(ahead.values()))
    sys.stdout.write(f"\nMean: {100 * mean:+.1f}. Worst: {100 * ahead[worst]:+.1f}, {worst}.\n\n")


def main() -> None:
    """Measure every transfer to the targets, then judge them together."""
    parser = argparse.ArgumentParser(description="Transfer to unseen corpora, beside linear probes.")
    parser.add_argument("shared", type=Path)
    parser.add_argument("--targets", nargs="+", choices=CORPORA["default"], default=CORPORA["default"])
    parser.add_argument("--draws", type=int, default=10)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    table = extracted(arguments.shared, CORPORA["default"])
    transfers = {}
    for target in arguments.targets:
        for source in sources(table, target):
            name = f"{source.name} to {target}"
            transfers[name] = transfer(table, source, target, arguments.draws)
            head(f"{name}, {len(transfers[name][NETWORK])} draws")
            for kind, scores in transfers[name].items():
                say(kind, *mean_interval(scores))
            sys.stdout.write("\n")
    for kind in (NETWORK, ALONE):
        judge(transfers, kind, [PROBE])
        judge(transfers, kind, PROBES)


if __name__ == "__main__":
    main()
