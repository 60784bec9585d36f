"""`humpcat predict`: emotions of recordings, or of their segments, as a CSV."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli import following
from core_model.bundle import find_bundle
from core_model.cache import FeatureCache
from core_model.device_names import DEVICES, PRECISIONS
from core_model.errors import HumpcatError
from core_model.files import write_aside
from core_model.prediction_table import PredictionWriter
from core_model.predictor import Failure, Predictor
from training_jobs.batch_prediction import (
    FOLDER,
    ONE,
    UNKNOWN,
    VAD,
    WHOLE,
    explained,
    gather_batch,
    speakers_of,
)
from training_jobs.jobs.options import PredictOptions


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "predict",
        help="predict emotions into a CSV",
        description="Predict the emotion of recordings, or of their segments. Columns of the CSV: file, start, "
        "end (s), emotion, confidence, one for each label, model. A recording that cannot be read is named on "
        "stderr and left out; the exit code is then 1.",
    )
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="audio files and folders (searched below)"
    )
    parser.add_argument("--model", default="", help="name or folder of a model (default: the default model)")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="of the encoder")
    parser.add_argument(
        "--segments",
        default=WHOLE,
        metavar="whole|vad|CSV",
        help="whole recordings (default), stretches of speech, or a CSV with the columns file, start, end (s)",
    )
    parser.add_argument("--out", type=Path, metavar="CSV", help="where to write (default: standard output)")
    parser.add_argument(
        "--attention", type=Path, metavar="DIR", help="also write each segment's attention as .npz"
    )
    parser.add_argument(
        "--deletion-test", action="store_true", help="with --attention: test it, and write the drops"
    )
    parser.add_argument(
        "--speaker",
        choices=(UNKNOWN, FOLDER, ONE),
        default=UNKNOWN,
        help="standardise by the unlabelled statistics of each folder's, or of all recordings' one speaker, who should "
        "sound several emotions: statistics of one take it away. By default, and where there is too little of a "
        "speaker or all of it sounds alike, by the model's own",
    )
    parser.add_argument("--no-cache", action="store_true", help="neither use nor fill the feature cache")
    following.add_detach(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Predict everything, tell what failed, and count it in the exit code."""
    record = find_bundle(arguments.model)
    if arguments.detach:
        return _detach(arguments)
    with _progress("Finding speech", arguments.out) as advance:
        batch = gather_batch(arguments.paths, arguments.segments, advance)
    for path, error in batch.failures:
        _tell(path, error)
    cache = None if arguments.no_cache else FeatureCache()
    predictor = Predictor(record, arguments.device, arguments.precision, cache)
    with _progress("Listening to the speakers", arguments.out) as advance:
        found_speakers = speakers_of(predictor, batch.stretches, arguments.speaker, advance)
    if found_speakers.sentence:
        sys.stderr.write(f"humpcat: {found_speakers.sentence}\n")
    speakers = found_speakers.statistics
    if arguments.attention is None:
        found = predictor.predict_many(batch.stretches, speakers)
    else:
        found = explained(predictor, batch.stretches, speakers, arguments.attention, arguments.deletion_test)
    failed, count = len(batch.failures), len(batch.stretches)
    with _output(arguments.out) as stream, _progress("Predicting", arguments.out) as advance:
        writer = PredictionWriter(stream, record.labels)
        for number, result in enumerate(found, 1):
            if isinstance(result, Failure):
                failed += 1
                _tell(result.stretch.file, result.error)
            else:
                writer.write(result)
            advance(number, count)
    if failed:
        told = count + len(batch.failures) - failed
        sys.stderr.write(f"humpcat: {failed} left out, {told} predicted.\n")
    return 1 if failed else 0


def _detach(arguments: argparse.Namespace) -> int:
    """Leave it to a job; what the job cannot do is said."""
    if not arguments.out:
        raise HumpcatError("A job needs a file to write to.", "Name one with --out.")
    if arguments.attention or arguments.no_cache:
        raise HumpcatError(
            "A job writes predictions alone.", "Leave out --attention and --no-cache, or --detach."
        )
    options = PredictOptions(
        paths=tuple(arguments.paths),
        segments=_absolute(arguments.segments),
        model=str(find_bundle(arguments.model).folder.resolve()),
        out=arguments.out,
        speaker=arguments.speaker,
        device=arguments.device,
        precision=arguments.precision,
    )
    following.run_job("predict", arguments.out.stem, options, detach=True)
    return 0


def _absolute(segments: str) -> str:
    """The job works in another folder."""
    return segments if segments in (WHOLE, VAD) else str(Path(segments).absolute())


@contextmanager
def _output(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that takes its place only when all rows are written."""
    if path is None:
        yield sys.stdout
        return
    # A file's name may hold bytes that are no UTF-8; they are written escaped, as the table itself has to be read.
    with (
        write_aside(path) as aside,
        aside.open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream,
    ):
        yield stream


@contextmanager
def _progress(text: str, out: Path | None) -> Iterator[Callable[[int, int], None]]:
    console = Console(stderr=True)
    # Rows on the screen and a bar beneath them would tear each other apart.
    shown = console.is_terminal and (out is not None or not sys.stdout.isatty())
    columns = (TextColumn(text), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not shown, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _tell(path: Path, error: HumpcatError) -> None:
    sys.stderr.write(f"humpcat: {path}: {error}\n")
