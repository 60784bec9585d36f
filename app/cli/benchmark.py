"""`humpcat benchmark`: the paper's tables on the corpora and encoders that are there, beside the paper's figures."""

import argparse
from dataclasses import replace

from app.cli import following, learning, results
from core_model.encoders.registry import find_encoder
from training_jobs.benchmark.plan import check_tables
from training_jobs.jobs.options import BenchmarkOptions
from training_jobs.recipe import SOURCE_RECIPE, TUNING_RECIPE


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    usual = BenchmarkOptions(corpora=())
    parser = subparsers.add_parser(
        "benchmark",
        help="measure the paper's tables",
        description="Measure the paper's Tables III (encoders), IV (acoustic features), VI (target corpora) and VII "
        "(features beside the encoder), and V (all features within the source corpus) if asked for, on the corpora and "
        "encoders that are there. Ours are printed beside the paper's figures, each with what differs. It takes hours "
        "in full; what is done is kept, and 'humpcat jobs resume' goes on.",
    )
    learning.add_data_options(parser)
    parser.add_argument(
        "--source",
        default="",
        help="name of the corpus that source models are trained on (default: IEMOCAP, else the first English one)",
    )
    parser.add_argument(
        "--tables",
        type=learning.words,
        default=usual.tables,
        help=f"with commas between (default: {','.join(usual.tables)})",
    )
    parser.add_argument(
        "--encoders",
        type=learning.words,
        default=(),
        help="names, with commas between; the first serves all tables but III (default: all, HuBERT base first)",
    )
    parser.add_argument(
        "--draws",
        type=learning.count,
        default=usual.draws,
        help="tuning parts of each target (default: %(default)s)",
    )
    parser.add_argument(
        "--folds",
        type=learning.several,
        default=usual.folds,
        help="of the source corpus (default: %(default)s)",
    )
    parser.add_argument(
        "--epochs",
        type=learning.count,
        default=SOURCE_RECIPE.epochs,
        help="of training (default: %(default)s)",
    )
    parser.add_argument(
        "--tuning-epochs",
        type=learning.count,
        default=TUNING_RECIPE.epochs,
        help="of fine-tuning (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0)
    learning.add_test_options(parser)
    following.add_detach(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check the words, start the job, print the tables."""
    check_tables(arguments.tables)
    for name in arguments.encoders:
        find_encoder(name)
    options = BenchmarkOptions(
        **learning.data_options(arguments),
        allow_leaks=arguments.allow_leaks,
        source=arguments.source,
        tables=arguments.tables,
        encoders=arguments.encoders,
        draws=arguments.draws,
        folds=arguments.folds,
        standardisation=arguments.standardise,
        recipe=replace(SOURCE_RECIPE, epochs=arguments.epochs, seed=arguments.seed),
        tuning=replace(TUNING_RECIPE, epochs=arguments.tuning_epochs, seed=arguments.seed),
    )
    job = following.run_job("benchmark", learning.job_name(arguments), options, arguments.detach)
    if job:
        results.show(job)
    return 0
