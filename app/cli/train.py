"""`humpcat train`: a source model from one or more corpora."""

import argparse
import sys
from dataclasses import replace

from app.cli import learning
from core_model.cache import FeatureCache
from core_model.devices import choose_device
from core_model.encoders.config import EncoderConfig
from core_model.encoders.registry import find_encoder
from core_model.errors import HumpcatError
from core_model.extractor import FeatureExtractor
from core_model.features.config import FeatureConfig
from core_model.labels import PAPER
from core_model.network.config import BRANCHES, HUBERT, PROSODY_TOKENS, NetworkConfig
from training_jobs import models
from training_jobs.recipe import Recipe
from training_jobs.splits import Split, hold_out_speakers


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "train",
        help="train a model",
        description="Train a model from corpora: some speakers train, some choose the epoch, some test.",
    )
    learning.add_data_options(parser)
    recipe = Recipe()
    parser.add_argument("--name", required=True, help="what to call the model")
    parser.add_argument(
        "--labels", default=",".join(PAPER.labels), help="with commas between (default: %(default)s)"
    )
    parser.add_argument(
        "--features", default=",".join(BRANCHES), help="branches, with commas between (default: %(default)s)"
    )
    parser.add_argument(
        "--encoder", help="name of an encoder ('humpcat encoder list'); needed for the branch hubert"
    )
    parser.add_argument(
        "--layers",
        type=learning.blocks,
        help="its blocks, with commas between (default: the encoder's usual ones)",
    )
    parser.add_argument("--prosody-tokens", choices=PROSODY_TOKENS, default=NetworkConfig(2).prosody_tokens)
    parser.add_argument("--epochs", type=learning.count, default=recipe.epochs)
    parser.add_argument(
        "--validation", type=learning.share, default=0.15, help="share of the speakers that choose the epoch"
    )
    parser.add_argument(
        "--test", type=learning.share_or_none, default=0.2, help="share of the speakers that test; 0: none"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Extract, train, test, save."""
    folder = learning.target_folder(arguments.name)
    scheme = learning.parse_labels(arguments.labels)
    recipe = replace(Recipe(), epochs=arguments.epochs, seed=arguments.seed)
    branches = tuple(branch.strip() for branch in arguments.features.split(","))
    encoder = _encoder(arguments) if HUBERT in branches else None
    config = models.with_labels(
        NetworkConfig(len(scheme.labels), features=branches, prosody_tokens=arguments.prosody_tokens),
        scheme,
        encoder,
    )
    features = FeatureConfig()
    extractor = FeatureExtractor(
        features, encoder, choose_device(arguments.device), arguments.precision, FeatureCache()
    )
    utterances = learning.read_corpora(arguments.corpora, arguments.corpus)
    with learning.extraction_bar() as progress:
        table = models.extract_corpus(utterances, scheme, extractor, recipe.speeds, progress)
    learning.tell_skipped(table)
    rows = models.original_rows(table)
    rest, test = (
        (rows, ())
        if not arguments.test
        else hold_out_speakers(table.utterances, rows, arguments.test, recipe.seed)
    )
    train, validation = hold_out_speakers(table.utterances, rest, arguments.validation, recipe.seed)
    if not validation or not train:
        raise HumpcatError(
            "Too few speakers: training needs some, choosing the epoch others, the test others again.",
            "Add speakers, or train without a test (--test 0).",
        )
    split = Split(tuple(train), tuple(validation), tuple(test))
    learned = models.learn(
        table, split, config, recipe, on_epoch=learning.epoch_lines(), device=extractor.device.kind
    )
    record = models.save_learned(
        folder,
        learned,
        scheme,
        features,
        encoder,
        {
            "data": models.describe_data(table),
            "protocol": f"Speaker-disjoint: {len(train)} utterances train, {len(validation)} choose the epoch "
            f"(the best was {learned.trained.best}), {len(test)} test.",
            "recipe": recipe.to_json(),
            "precision": extractor.precision,
        },
    )
    if learned.tested:
        learning.show_tested(learned.tested)
    sys.stdout.write(f"{record.folder}\n")
    return 0


def _encoder(arguments: argparse.Namespace) -> EncoderConfig:
    if not arguments.encoder:
        raise HumpcatError(
            "The branch hubert needs a speech encoder.",
            "Name one with --encoder ('humpcat encoder list'), or leave it out with --features mfcc,prosody.",
        )
    return find_encoder(arguments.encoder).config(arguments.layers)
