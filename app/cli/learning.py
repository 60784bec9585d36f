"""What the commands that read corpora share: their options, and checks of what is given to them."""

import argparse
from pathlib import Path
from typing import Any

from app.cli.corpus import add_map_options
from core_model.device_names import DEVICES, PRECISIONS
from core_model.errors import HumpcatError
from training_jobs.corpora.label_maps import parse_changes
from training_jobs.corpora.reading import corpus_names
from training_jobs.standardisation_names import CHOICES, CHOSEN, SPEAKER


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """The corpora, what their words mean, and the device."""
    parser.add_argument(
        "corpora", metavar="CORPUS", nargs="+", type=Path, help="corpus folders, or manifests (.csv)"
    )
    parser.add_argument(
        "--corpus", help=f"what the folders are, where their files do not tell ({corpus_names()})"
    )
    add_map_options(parser)
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="of the encoder")


def add_test_options(parser: argparse.ArgumentParser, learns: bool = True) -> None:
    """How features are standardised (what learns can choose that itself), and whether leaks are allowed."""
    best = ", or by whichever of them is best inside the training data" if learns else ""
    parser.add_argument(
        "--standardise",
        choices=(*CHOICES, CHOSEN) if learns else CHOICES,
        default=SPEAKER,
        help=f"features by each speaker's unlabelled statistics (default), by the corpus', by the model's own{best}",
    )
    parser.add_argument(
        "--allow-leaks",
        action="store_true",
        help="score although training and test share speakers or recordings; the result is branded",
    )


def data_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """What `add_data_options` took, as a job's options.

    Raises:
        HumpcatError: a corpus is not there, or a change of labels is none.
    """
    for path in arguments.corpora:
        if not path.exists():
            raise HumpcatError(f"{path} is neither a folder nor a manifest (.csv).", "Check the path.")
    return {
        "corpora": tuple(arguments.corpora),
        "corpus": arguments.corpus,
        "label_map": arguments.map,
        "label_changes": parse_changes(arguments.set),
        "device": arguments.device,
        "precision": arguments.precision,
    }


def job_name(arguments: argparse.Namespace, *words: str) -> str:
    """What to call a job: the words given, and its corpora."""
    return " ".join([*words, *(path.resolve().stem for path in arguments.corpora)])


def share(text: str) -> float:
    """An option's share: more than 0, less than 1."""
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def share_or_none(text: str) -> float:
    """An option's share, or 0."""
    return 0.0 if float(text) == 0 else share(text)


def count(text: str) -> int:
    """An option's number of things: 1 or more."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def several(text: str) -> int:
    """An option's number of parts: 2 or more."""
    value = int(text)
    if value < 2:
        raise argparse.ArgumentTypeError(f"{text} is less than 2")
    return value


def blocks(text: str) -> tuple[int, ...]:
    """An option's encoder blocks, with commas between."""
    return tuple(int(block) for block in text.split(","))


def words(text: str) -> tuple[str, ...]:
    """An option's words, with commas between."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
