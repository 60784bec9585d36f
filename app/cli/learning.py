"""What `humpcat train`, `finetune` and `evaluate` share: their options, their progress, their tables."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from core_model.bundle import BUNDLE_FILE, find_bundle
from core_model.devices import DEVICES, PRECISIONS
from core_model.errors import HumpcatError
from core_model.folders import models_folder
from core_model.labels import LabelScheme
from training_jobs.corpora.reading import corpus_names, read_corpus
from training_jobs.epoch import Epoch
from training_jobs.extraction import FeatureTable
from training_jobs.extraction import Progress as OnProgress
from training_jobs.manifest import Utterance
from training_jobs.metrics import Metrics
from training_jobs.models import Tested
from training_jobs.training import Callback


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """The corpora, and the device."""
    names = corpus_names()
    parser.add_argument(
        "corpora", metavar="CORPUS", nargs="+", type=Path, help="corpus folders, or manifests (.csv)"
    )
    parser.add_argument("--corpus", help=f"what the folder is, where its names do not tell ({names})")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="of the encoder")
    parser.add_argument("--seed", type=int, default=0)


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


def blocks(text: str) -> tuple[int, ...]:
    """An option's encoder blocks, with commas between."""
    return tuple(int(block) for block in text.split(","))


def read_corpora(paths: Sequence[Path], corpus: str | None) -> list[Utterance]:
    """All utterances of the corpora named."""
    return [utterance for path in paths for utterance in read_corpus(path, corpus)]


def target_folder(name: str) -> Path:
    """Where a new model of this name goes.

    Raises:
        HumpcatError: the name is taken or is no name.
    """
    if not name or Path(name).name != name or name.startswith("."):
        raise HumpcatError(f"{name!r} is no name for a model.", "Use letters, digits, dots and dashes.")
    folder = models_folder() / name
    if (folder / BUNDLE_FILE).is_file():
        raise HumpcatError(f"A model is called {name} already.", "Choose another --name.")
    return folder


def parse_labels(text: str) -> LabelScheme:
    """A label scheme from words with commas between them."""
    return LabelScheme(tuple(label.strip() for label in text.split(",") if label.strip()))


@contextmanager
def extraction_bar() -> Iterator[OnProgress]:
    """A bar on stderr for the extraction of features."""
    columns = (TextColumn("Extracting features"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def epoch_lines() -> Callback:
    """Tells of each epoch on stderr."""

    def tell(epoch: Epoch) -> None:
        validation = f"   validation UA {100 * epoch.validation.ua:5.1f} %" if epoch.validation else ""
        sys.stderr.write(f"epoch {epoch.number:3d}   loss {epoch.loss:6.3f}{validation}\n")

    return tell


def tell_skipped(table: FeatureTable) -> None:
    """Name the utterances that could not be read, each once: what is true of it is true of its copies."""
    for utterance, reason in table.skipped:
        if utterance.speed != 1.0:
            continue
        sys.stderr.write(f"humpcat: {utterance.file}: {reason}\n")


def show_tested(tested: Tested) -> None:
    """Print test metrics and the confusion matrix."""
    console = Console()
    for title, metrics in (("speakers known", tested.known), ("speakers unknown", tested.unknown)):
        console.print(
            f"{title}: UA {_share(metrics.ua, metrics.ua_interval)}, WA {_share(metrics.wa, metrics.wa_interval)}, "
            f"macro F1 {100 * metrics.f1:.1f} %, ECE {metrics.ece:.3f}, n = {metrics.count}",
            highlight=False,
            soft_wrap=True,
        )
    console.print("Confusion, speakers known (columns: prediction):", highlight=False, soft_wrap=True)
    console.print(_confusion(tested.known))


def source_name(model: str) -> str:
    """A model's name and the beginning of its id, as cards tell it."""
    record = find_bundle(model)
    return f"{record.name} ({record.id[:12]})"


def _share(value: float, interval: tuple[float, float]) -> str:
    return f"{100 * value:.1f} % ({100 * interval[0]:.1f}-{100 * interval[1]:.1f})"


def _confusion(metrics: Metrics) -> Table:
    table = Table("truth", *metrics.labels)
    for label, row in zip(metrics.labels, metrics.confusion, strict=True):
        table.add_row(label, *map(str, row))
    return table
