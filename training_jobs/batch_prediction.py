"""Predicting many recordings, or their segments, into a table: what `humpcat predict` and the job `predict` do."""

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from core_model.audio import audio_files, read_info
from core_model.errors import HumpcatError
from core_model.explain import WindowExplanation, deletion_test, explain
from core_model.extractor import Stretch
from core_model.facts import Prediction, Segment
from core_model.files import write_aside
from core_model.predictor import Failure, Predictor
from core_model.speech_activity import speech_segments
from core_model.standardise import Statistics, why_not_own

WHOLE, VAD = "whole", "vad"
UNKNOWN, FOLDER, ONE = "unknown", "folder", "one"

Unreadable = tuple[Path, HumpcatError]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Speakers:
    """The statistics of stretches' speakers, and why those of some speakers were not taken (by their names)."""

    statistics: Mapping[Stretch, Statistics] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Who is standardised by the model's own statistics instead, and why; empty for nobody."""
        if not self.refused:
            return ""
        told = ", ".join(f"{name} ({reason})" for name, reason in self.refused.items())
        return f"Standardised by the model's statistics and not by the speaker's: {told}."


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be predicted: stretches of recordings, and what was given but cannot be."""

    stretches: tuple[Stretch, ...]
    failures: tuple[Unreadable, ...] = field(default_factory=tuple)


def gather_batch(paths: Iterable[Path], segments: str, progress: Progress | None = None) -> Batch:
    """The stretches to predict.

    Args:
        paths: files, and folders that are searched below.
        segments: "whole" recordings, "vad": stretches of speech, or a CSV with the columns file, start, end (s).
        progress: called after each recording that is searched for speech; may raise to stop.

    Raises:
        HumpcatError: the CSV cannot be used, or no audio was given.
    """
    files, missing = _files(paths)
    stretches, bad = _stretches(files, segments, progress)
    if not stretches and not missing and not bad:
        raise HumpcatError("No audio files were found.", "Give files, or folders that hold some.")
    return Batch(tuple(stretches), (*missing, *bad))


def speakers_of(
    predictor: Predictor, stretches: Sequence[Stretch], choice: str, progress: Progress | None = None
) -> Speakers:
    """Unlabelled statistics for each stretch: of its folder's one speaker, or of all; none for unknown speakers.

    A speaker of whom there is too little, or who sounds all alike to the model (a folder of one emotion), gets none:
    such statistics would take the emotion away (see `standardisation`). `progress` is called with how many stretches
    are heard, of how many, and may raise to stop.
    """
    if choice == UNKNOWN:
        return Speakers()
    groups: dict[str, list[Stretch]] = {}
    for stretch in stretches:
        groups.setdefault(str(stretch.file.parent) if choice == FOLDER else "all", []).append(stretch)
    statistics: dict[Stretch, Statistics] = {}
    refused: dict[str, str] = {}
    heard = itertools.count()

    def one_by_one(group: Sequence[Stretch]) -> Iterator[Stretch]:
        for stretch in group:
            if progress:
                progress(next(heard), len(stretches))
            yield stretch

    for name, group in groups.items():
        voice = predictor.listen(one_by_one(group))
        if reason := why_not_own(torch.tensor(voice.answers)):
            refused[name] = reason
        else:
            statistics |= dict.fromkeys(group, voice.statistics)
    return Speakers(statistics, refused)


def explained(
    predictor: Predictor,
    stretches: Sequence[Stretch],
    speakers: Mapping[Stretch, Statistics],
    folder: Path,
    test: bool,
) -> Iterator[Prediction | Failure]:
    """Predict stretches and write each one's attention as .npz into a folder, with its deletion test if asked for."""
    taken: set[Path] = set()
    for stretch in stretches:
        try:
            prediction, explanations = explain(predictor, stretch, speakers.get(stretch))
            tested = deletion_test(predictor, stretch, speakers.get(stretch)) if test else None
        except HumpcatError as error:
            yield Failure(stretch, error)
            continue
        drops = {"drop_relevant": tested.drop_relevant, "drop_random": tested.drop_random} if tested else {}
        _write_attention(_attention_file(folder, prediction.segment, taken), explanations, drops)
        yield prediction


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


def _stretches(
    files: list[Path], segments: str, progress: Progress | None
) -> tuple[list[Stretch], list[Unreadable]]:
    if segments == WHOLE:
        return [Stretch(file) for file in files], []
    if segments != VAD:
        return _from_csv(Path(segments), files)
    stretches: list[Stretch] = []
    failures: list[Unreadable] = []
    for number, file in enumerate(files, 1):
        try:
            found = speech_segments(file)
            if not found:
                raise HumpcatError(f"{file.name} holds no speech.", "Predict it whole.")
            stretches += [Stretch(file, segment.start, segment.end) for segment in found]
        except HumpcatError as error:
            failures.append((file, error))
        if progress:
            progress(number, len(files))
    return stretches, failures


def _from_csv(table: Path, files: list[Path]) -> tuple[list[Stretch], list[Unreadable]]:
    """Segments of the recordings given; a row's file is a path, relative to the CSV or as given, or a bare name."""
    if not table.is_file():
        raise HumpcatError(
            f"The table of segments, {table}, is no file.",
            "Check the path (in commands --segments whole, vad or a CSV).",
        )
    given = {file.resolve(): file for file in files}
    names = [file.name for file in files]
    by_name = {file.name: file for file in files if names.count(file.name) == 1}
    rows = [(number, Path(row["file"] or ""), row) for number, row in _rows(table)]
    # Like-named recordings of several folders are told apart by their paths alone.
    places: dict[str, set[Path]] = {}
    for _, place, _ in rows:
        places.setdefault(place.name, set()).add(place)
    stretches: list[Stretch] = []
    failures: list[Unreadable] = []
    for number, place, row in rows:
        file = (
            given.get((table.parent / place).resolve())
            or given.get(place.resolve())
            or (by_name.get(place.name) if len(places[place.name]) == 1 else None)
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
