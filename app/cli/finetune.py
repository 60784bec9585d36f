"""`humpcat finetune`: transfer to a target corpus with a small part of it, after the paper's presets."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from app.cli import following, learning, plans, results
from core_model.bundle import find_bundle
from core_model.folders import models_folder
from core_model.model_names import require_free
from training_jobs.jobs.options import FinetuneOptions
from training_jobs.recipe import TUNING_RECIPE
from training_jobs.splits import RANDOM, SPEAKER_DISJOINT


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "finetune",
        help="fine-tune a model",
        description="Fine-tune a model on a small part of a corpus and test it on all the rest. The paper tunes on "
        "20 %% of EMO-DB's speakers, a third of EMOVO's, and 10 %% of the others.",
    )
    parser.add_argument("model", metavar="MODEL", help="name or folder of the model to start from")
    learning.add_data_options(parser)
    parser.add_argument("--name", default="", help="install the new model under this name")
    parser.add_argument(
        "--share",
        type=learning.share_or_none,
        help="of the corpus that tunes, 0 to 1; 0 tests the model as it is (default: the paper's preset)",
    )
    parser.add_argument(
        "--mode",
        choices=(SPEAKER_DISJOINT, RANDOM),
        default=SPEAKER_DISJOINT,
        help="tune on whole speakers, or on utterances of all, which leaks their voices into the test: the result is "
        "branded",
    )
    parser.add_argument(
        "--draws",
        type=learning.count,
        default=1,
        help="repeat with other parts; the first draw's model is kept",
    )
    parser.add_argument(
        "--split", type=Path, metavar="CSV", nargs="+", default=(), help="splits to use instead"
    )
    parser.add_argument(
        "--curve", action="store_true", help="also the learning curve: UA against 0 to 33 %% of tuning data"
    )
    parser.add_argument(
        "--plan",
        action="store_true",
        help="only tell who would tune and who test, and what stands in the way",
    )
    parser.add_argument("--epochs", type=learning.count, default=TUNING_RECIPE.epochs)
    parser.add_argument("--seed", type=int, default=0)
    learning.add_test_options(parser)
    following.add_detach(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check the words, start the job, tell what came out."""
    if arguments.name:
        require_free(arguments.name)
    record = find_bundle(arguments.model)
    options = FinetuneOptions(
        **learning.data_options(arguments),
        allow_leaks=arguments.allow_leaks,
        model=str(record.folder.resolve()),
        install=arguments.name,
        share=arguments.share,
        mode=arguments.mode,
        draws=arguments.draws,
        splits=tuple(arguments.split),
        curve=arguments.curve,
        standardisation=arguments.standardise,
        recipe=replace(TUNING_RECIPE, epochs=arguments.epochs, seed=arguments.seed),
    )
    if arguments.plan:
        return plans.show_tuning(record, options)
    name = arguments.name or learning.job_name(arguments, record.name, "to")
    job = following.run_job("finetune", name, options, arguments.detach)
    if job:
        results.show(job)
        where = models_folder() / arguments.name if arguments.name else job.bundle
        sys.stdout.write(f"{where}\n" if where.is_dir() else "")
    return 0
