"""`humpcat train`: a source model from one or more corpora."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from app.cli import following, learning, plans, results
from core_model.encoders.registry import find_encoder
from core_model.errors import HumpcatError
from core_model.folders import models_folder
from core_model.labels import PAPER, LabelScheme
from core_model.model_names import require_free
from core_model.network.config import BRANCHES, HUBERT, PROSODY_TOKENS, NetworkConfig
from training_jobs.jobs.options import HOLD_OUT, PROTOCOLS, TrainOptions
from training_jobs.recipe import DEFAULT_RECIPE


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "train",
        help="train a model",
        description="Train a model from corpora, by default: some speakers train, some choose the epoch, some test. "
        "With folds, or leaving speakers or corpora out in turn, the model itself is trained on everything at last.",
    )
    learning.add_data_options(parser)
    parser.add_argument("--name", required=True, help="what to call the model")
    parser.add_argument(
        "--labels",
        type=learning.words,
        default=PAPER.labels,
        help="with commas between (default: the paper's four)",
    )
    parser.add_argument(
        "--features",
        type=learning.words,
        default=BRANCHES,
        help=f"branches, with commas between (default: {','.join(BRANCHES)})",
    )
    parser.add_argument(
        "--encoder",
        default="",
        help="name of an encoder ('humpcat encoder list'); needed for the branch hubert",
    )
    parser.add_argument(
        "--layers",
        type=learning.blocks,
        help="its blocks, with commas between (default: the encoder's usual ones)",
    )
    parser.add_argument("--prosody-tokens", choices=PROSODY_TOKENS, default=NetworkConfig(2).prosody_tokens)
    parser.add_argument("--epochs", type=learning.count, default=DEFAULT_RECIPE.epochs)
    parser.add_argument("--protocol", choices=PROTOCOLS, default=HOLD_OUT, help="default: %(default)s")
    parser.add_argument(
        "--folds", type=learning.several, default=10, help="of --protocol folds (default: 10, as the paper)"
    )
    parser.add_argument(
        "--validation",
        type=learning.share_or_none,
        default=0.15,
        help="share of the speakers that choose the epoch; 0: none, the last one is kept (default: %(default)s)",
    )
    parser.add_argument(
        "--test",
        type=learning.share_or_none,
        default=0.2,
        help="share of the speakers that test; 0: none (default: %(default)s)",
    )
    parser.add_argument(
        "--split", type=Path, metavar="CSV", nargs="+", default=(), help="splits to use instead"
    )
    parser.add_argument(
        "--plan",
        action="store_true",
        help="only tell who would train and who test, and what stands in the way",
    )
    parser.add_argument("--seed", type=int, default=0)
    learning.add_test_options(parser)
    following.add_detach(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check the words, start the job, tell what came out."""
    require_free(arguments.name)
    LabelScheme(arguments.labels)
    NetworkConfig(len(arguments.labels), features=arguments.features)
    if HUBERT in arguments.features:
        _require_encoder(arguments.encoder)
    options = TrainOptions(
        **learning.data_options(arguments),
        allow_leaks=arguments.allow_leaks,
        install=arguments.name,
        labels=arguments.labels,
        features=arguments.features,
        encoder=arguments.encoder,
        layers=arguments.layers,
        prosody_tokens=arguments.prosody_tokens,
        protocol=arguments.protocol,
        folds=arguments.folds,
        validation=arguments.validation,
        test=arguments.test,
        splits=tuple(arguments.split),
        standardisation=arguments.standardise,
        recipe=replace(DEFAULT_RECIPE, epochs=arguments.epochs, seed=arguments.seed),
    )
    if arguments.plan:
        return plans.show_training(options)
    job = following.run_job("train", arguments.name, options, arguments.detach)
    if job:
        results.show(job)
        sys.stdout.write(f"{models_folder() / arguments.name}\n")
    return 0


def _require_encoder(name: str) -> None:
    if not name:
        raise HumpcatError(
            "The branch hubert needs a speech encoder.",
            "Name one with --encoder ('humpcat encoder list'), or leave it out with --features mfcc,prosody.",
        )
    find_encoder(name)
