"""`humpcat evaluate`: how well a model does on a corpus."""

import argparse
import sys
from pathlib import Path

from app.cli import learning
from core_model.bundle import DEFAULT_MODEL, find_bundle
from core_model.cache import FeatureCache
from core_model.devices import choose_device
from core_model.extractor import FeatureExtractor
from core_model.files import write_json
from training_jobs import models


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "evaluate", help="measure a model", description="Measure a model on corpora."
    )
    learning.add_data_options(parser)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="name or folder (default: %(default)s)")
    parser.add_argument("--out", metavar="JSON", type=Path, help="also write the metrics to a file")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Extract, predict, measure."""
    record = find_bundle(arguments.model)
    extractor = FeatureExtractor(
        record.features, record.encoder, choose_device(arguments.device), arguments.precision, FeatureCache()
    )
    utterances = learning.read_corpora(arguments.corpora, arguments.corpus)
    with learning.extraction_bar() as progress:
        table = models.extract_corpus(utterances, record.scheme, extractor, progress=progress)
    learning.tell_skipped(table)
    tested = models.evaluate(record, table)
    trained_on = set(record.training.get("data", {})) & {utterance.corpus for utterance in table.utterances}
    if trained_on:
        sys.stderr.write(
            f"humpcat: {record.name} was trained on {', '.join(sorted(trained_on))}: this is no test of it.\n"
        )
    learning.show_tested(tested)
    if arguments.out:
        write_json(arguments.out, {"model": record.name, "id": record.id, **tested.to_json()})
    return 0
