"""`humpcat predict`: emotions of recordings, or of their segments, as a CSV."""

import argparse
import csv
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core_model.audio import audio_files, read_info
from core_model.bundle import DEFAULT_MODEL, find_bundle
from core_model.cache import FeatureCache
from core_model.device_names import DEVICES, PRECISIONS
from core_model.errors import HumpcatError
from core_model.explain import WindowExplanation, deletion_test, explain
from core_model.extractor import Stretch
from core_model.facts import Prediction, Segment
from core_model.files import write_aside
from core_model.prediction_table import PredictionWriter
from core_model.predictor import Failure, Predictor
from core_model.speech_activity import speech_segments
from core_model.standardise import Statistics

Unreadable = tuple[Path, HumpcatError]


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
    parser.add_argument(
        "--model", default=DEFAULT_MODEL, help="name or folder of a model (default: %(default)s)"
    )
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="of the encoder")
    parser.add_argument(
        "--segments",
        default="whole",
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
        choices=("unknown", "folder", "one"),
        default="unknown",
        help="standardise by the unlabelled statistics of each folder's, or of all recordings' one speaker; "
        "by default by the model's own",
    )
    parser.add_argument("--no-cache", action="store_true", help="neither use nor fill the feature cache")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Predict everything, tell what failed, and count it in the exit code."""
    record = find_bundle(arguments.model)
    files, missing = _files(arguments.paths)
    stretches, bad = _stretches(files, arguments)
    failures = [*missing, *bad]
    for path, error in failures:
        _tell(path, error)
    if not stretches and not failures:
        raise HumpcatError("No audio files were found.", "Give files, or folders that hold some.")
    cache = None if arguments.no_cache else FeatureCache()
    predictor = Predictor(record, arguments.device, arguments.precision, cache)
    speakers = _speakers(predictor, stretches, arguments.speaker)
    failed = len(failures)
    with _output(arguments.out) as stream, _progress("Predicting", len(stretches), arguments.out) as advance:
        writer = PredictionWriter(stream, record.labels)
        for result in _results(predictor, stretches, speakers, arguments):
            if isinstance(result, Failure):
                failed += 1
                _tell(result.stretch.file, result.error)
            else:
                writer.write(result)
            advance()
    if failed:
        sys.stderr.write(
            f"humpcat: {failed} left out, {len(stretches) + len(failures) - failed} predicted.\n"
        )
    return 1 if failed else 0


def _files(paths: Iterable[Path]) -> tuple[list[Path], list[Unreadable]]:
    files: dict[Path, None] = {}
    missing = []
    for path in paths:
        if path.is_dir():
            files.update(dict.fromkeys(audio_files(path)))
        elif path.exists():
            files[path] = None
        else:
            missing.append((path, HumpcatError(f"{path} does not exist.", "Check the path.")))
    return list(files), missing


def _stretches(files: list[Path], arguments: argparse.Namespace) -> tuple[list[Stretch], list[Unreadable]]:
    if arguments.segments == "whole":
        return [Stretch(file) for file in files], []
    if arguments.segments != "vad":
        return _from_csv(Path(arguments.segments), files)
    stretches, failures = [], []
    with _progress("Finding speech", len(files), arguments.out) as advance:
        for file in files:
            try:
                found = speech_segments(file)
                if not found:
                    raise HumpcatError(f"{file.name} holds no speech.", "Predict it whole.")
                stretches += [Stretch(file, segment.start, segment.end) for segment in found]
            except HumpcatError as error:
                failures.append((file, error))
            advance()
    return stretches, failures


def _from_csv(table: Path, files: list[Path]) -> tuple[list[Stretch], list[Unreadable]]:
    """Segments of the recordings given; a row's file is a path, relative to the CSV or as given, or a bare name."""
    if not table.is_file():
        raise HumpcatError(f"--segments is whole, vad, or a CSV; {table} is no file.", "Check the path.")
    given = {file.resolve(): file for file in files}
    by_name = {file.name: file for file in files}
    stretches: list[Stretch] = []
    failures: list[Unreadable] = []
    for number, row in _rows(table):
        place = Path(row["file"] or "")
        file = (
            given.get((table.parent / place).resolve())
            or given.get(place.resolve())
            or by_name.get(place.name)
        )
        if file is None:
            continue  # the CSV may name more recordings than were asked for
        try:
            rate = read_info(file).rate
            start, end = (round(float(row[side] or "nan") * rate) for side in ("start", "end"))
            stretches.append(Stretch(file, start, end))
        except HumpcatError as error:
            failures.append((file, error))
        except (ValueError, OverflowError):  # no number; NaN; infinite
            told = f"{table.name}, line {number}: start and end must be seconds."
            failures.append((file, HumpcatError(told)))
    return stretches, failures


def _rows(table: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream)
            if not {"file", "start", "end"} <= set(rows.fieldnames or ()):
                raise HumpcatError(
                    f"{table.name} needs the columns file, start and end.", "Times are in seconds."
                )
            for row in rows:
                yield rows.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HumpcatError(f"{table} cannot be read ({error}).", "Save it as CSV in UTF-8.") from error


def _speakers(predictor: Predictor, stretches: list[Stretch], choice: str) -> dict[Stretch, Statistics]:
    if choice == "unknown":
        return {}
    groups: dict[Path | None, list[Stretch]] = {}
    for stretch in stretches:
        groups.setdefault(stretch.file.parent if choice == "folder" else None, []).append(stretch)
    return {
        stretch: statistics
        for group in groups.values()
        for statistics in (predictor.speaker_statistics(group),)
        for stretch in group
    }


def _results(
    predictor: Predictor,
    stretches: list[Stretch],
    speakers: Mapping[Stretch, Statistics],
    arguments: argparse.Namespace,
) -> Iterator[Prediction | Failure]:
    if arguments.attention is None:
        yield from predictor.predict_many(stretches, speakers)
        return
    taken: set[Path] = set()
    for stretch in stretches:
        try:
            prediction, explanations = explain(predictor, stretch, speakers.get(stretch))
            test = (
                deletion_test(predictor, stretch, speakers.get(stretch)) if arguments.deletion_test else None
            )
        except HumpcatError as error:
            yield Failure(stretch, error)
            continue
        drops = {"drop_relevant": test.drop_relevant, "drop_random": test.drop_random} if test else {}
        target = _attention_file(arguments.attention, prediction.segment, taken)
        _write_attention(target, explanations, drops)
        yield prediction


def _attention_file(folder: Path, segment: Segment, taken: set[Path]) -> Path:
    """A segment's own file: recordings of one name in like-named folders must not take each other's place."""
    name = f"{segment.file.resolve().parent.name}_{segment.file.name}_{segment.start}-{segment.end}"
    names = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
    target = next(path for each in names if (path := folder / f"{each}.npz") not in taken)
    taken.add(target)
    return target


def _write_attention(target: Path, explanations: list[WindowExplanation], drops: Mapping[str, float]) -> None:
    """One .npz a segment: for window 0, 1, ... each map (heads, queries, keys), its axes, and the relevance."""
    arrays: dict[str, np.ndarray] = {name: np.array(value) for name, value in drops.items()}
    for number, window in enumerate(explanations):
        for heat_map in window.maps:
            name = f"{number}/{heat_map.stage}/{heat_map.name}"
            arrays[name] = heat_map.weights
            for side, axis in (("queries", heat_map.query_axis), ("keys", heat_map.key_axis)):
                arrays[f"{name}/{side}"] = axis.times
                arrays[f"{name}/{side}/names"] = np.array(axis.names)
        arrays[f"{number}/relevance"] = window.relevance.values
        arrays[f"{number}/relevance/times"] = window.relevance.times
    with write_aside(target) as aside, aside.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


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
def _progress(text: str, total: int, out: Path | None) -> Iterator[Callable[[], None]]:
    console = Console(stderr=True)
    # Rows on the screen and a bar beneath them would tear each other apart.
    shown = console.is_terminal and (out is not None or not sys.stdout.isatty())
    columns = (TextColumn(text), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not shown) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def _tell(path: Path, error: HumpcatError) -> None:
    sys.stderr.write(f"humpcat: {path}: {error}\n")
