"""`humpcat evaluate`: how well a model does on a corpus that it did not learn from."""

import argparse
from pathlib import Path

from app.cli import following, learning, results
from core_model.bundle import find_bundle
from training_jobs.jobs.options import EvaluateOptions


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a model",
        description="Measure a model on corpora. What it learned from is refused, as no test of it.",
    )
    learning.add_data_options(parser)
    parser.add_argument("--model", default="", help="name or folder (default: the default model)")
    parser.add_argument("--out", metavar="JSON", type=Path, help="also write the metrics to a file")
    learning.add_test_options(parser, learns=False)
    following.add_detach(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Start the job, tell what came out."""
    record = find_bundle(arguments.model)
    options = EvaluateOptions(
        **learning.data_options(arguments),
        allow_leaks=arguments.allow_leaks,
        model=str(record.folder.resolve()),
        standardisation=arguments.standardise,
        out=arguments.out,
    )
    job = following.run_job(
        "evaluate", learning.job_name(arguments, record.name, "on"), options, arguments.detach
    )
    if job:
        results.show(job)
    return 0
