"""`humpcat extract`: compute the features of corpora ahead of the jobs that need them."""

import argparse
import sys

from app.cli import following, learning
from core_model.bundle import find_bundle
from core_model.wording import counted
from training_jobs.jobs.options import ExtractOptions


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "extract",
        help="compute features ahead",
        description="Compute the features of corpora as a model needs them, with the altered copies that training "
        "takes, into the cache: training, fine-tuning and testing with the same encoder then begin at once.",
    )
    learning.add_data_options(parser)
    parser.add_argument(
        "--model", default="", help="name or folder of the model (default: the default model)"
    )
    following.add_detach(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Start the job, tell when it is done."""
    record = find_bundle(arguments.model)
    options = ExtractOptions(**learning.data_options(arguments), model=str(record.folder.resolve()))
    job = following.run_job("extract", learning.job_name(arguments), options, arguments.detach)
    if job:
        told = f"The features for {record.name}"
        made = next(event for event, _ in job.events() if event.get("what") == "features")
        sys.stdout.write(f"{told} are in the cache: {made['count']} of {counted(made['of'], 'utterance')}.\n")
    return 0
