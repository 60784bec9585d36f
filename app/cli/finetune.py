"""`humpcat finetune`: transfer to a target corpus with a small part of it, after the paper's presets."""

import argparse
import sys
from dataclasses import replace

from rich.console import Console

from app.cli import learning
from core_model.bundle import find_bundle
from core_model.bundle_weights import load_weights
from core_model.cache import FeatureCache
from core_model.devices import choose_device
from core_model.extractor import FeatureExtractor
from training_jobs import models
from training_jobs.metrics import mean_interval
from training_jobs.recipe import TUNING_RECIPE
from training_jobs.splits import RANDOM, SPEAKER_DISJOINT, Split, few_shot_draws, preset_share

_LEAK = " Speakers of the tuning part are in the test too, and their statistics come from both parts."


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "finetune",
        help="fine-tune a model",
        description="Fine-tune a model on a small part of a corpus and test it on all the rest. The paper tunes on "
        "20 % of EMO-DB's speakers, a third of EMOVO's, and 10 % of the others.",
    )
    parser.add_argument("model", metavar="MODEL", help="name or folder of the model to start from")
    learning.add_data_options(parser)
    parser.add_argument(
        "--name", help="what to call the new model (without it nothing is saved, only measured)"
    )
    parser.add_argument(
        "--share", type=learning.share, help="of the corpus that tunes, 0 to 1 (default: the paper's preset)"
    )
    parser.add_argument(
        "--mode",
        choices=(SPEAKER_DISJOINT, RANDOM),
        default=SPEAKER_DISJOINT,
        help="tune on whole speakers, or on utterances of all (which leaks their voices into the test)",
    )
    parser.add_argument(
        "--draws",
        type=learning.count,
        default=1,
        help="repeat with other parts; the first draw's model is kept",
    )
    parser.add_argument("--epochs", type=learning.count, default=TUNING_RECIPE.epochs)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Extract, fine-tune and test each draw, save the first."""
    folder = learning.target_folder(arguments.name) if arguments.name else None
    record = find_bundle(arguments.model)
    recipe = replace(TUNING_RECIPE, epochs=arguments.epochs, seed=arguments.seed)
    extractor = FeatureExtractor(
        record.features, record.encoder, choose_device(arguments.device), arguments.precision, FeatureCache()
    )
    utterances = learning.read_corpora(arguments.corpora, arguments.corpus)
    with learning.extraction_bar() as progress:
        table = models.extract_corpus(utterances, record.scheme, extractor, recipe.speeds, progress)
    learning.tell_skipped(table)
    rows = models.original_rows(table)
    originals = [table.utterances[row] for row in rows]
    share = arguments.share or preset_share(originals[0].corpus)
    source = load_weights(record)
    scores = []
    for number, (tuning, test) in enumerate(
        few_shot_draws(originals, share, arguments.mode, arguments.draws, arguments.seed)
    ):
        split = Split(tuple(rows[row] for row in tuning), (), tuple(rows[row] for row in test))
        learned = models.learn(
            table,
            split,
            record.network,
            recipe,
            source,
            temperature=record.temperature,
            device=extractor.device.kind,
        )
        scores.append(learned.tested.known.ua if learned.tested else 0.0)
        if number:
            continue
        if learned.tested:
            learning.show_tested(learned.tested)
        if folder:
            leak = _LEAK if arguments.mode == RANDOM else ""
            training = {
                "source": learning.source_name(arguments.model),
                "data": models.describe_data(table.part(split.train)),
                "protocol": f"{arguments.mode}: {len(tuning)} utterances tuned it, {len(test)} tested it.{leak}",
                "recipe": recipe.to_json(),
                "precision": extractor.precision,
            }
            saved = models.save_learned(
                folder, learned, record.scheme, record.features, record.encoder, training
            )
            sys.stdout.write(f"{saved.folder}\n")
    if len(scores) > 1:
        mean, low, high = mean_interval(scores)
        Console().print(
            f"UA over {len(scores)} draws: {100 * mean:.1f} % (95 % interval {100 * low:.1f}-{100 * high:.1f})",
            highlight=False,
        )
    return 0
