"""Splits as files, to be read, shared and used again: a CSV, a row for each utterance and the part it is in."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path

from core_model.errors import HumpcatError
from core_model.files import write_aside
from core_model.wording import counted

from .manifest import Utterance
from .splits import Split

COLUMNS = ("part", "corpus", "file", "start", "end", "speaker", "emotion")
PARTS = ("train", "validation", "test")


def write_split(path: Path, utterances: Sequence[Utterance], split: Split) -> None:
    """Write a split; files are told relative to the folder that all files of their corpus share."""
    roots = _roots(utterances)
    with write_aside(path) as aside, aside.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for part in PARTS:
            for row in getattr(split, part):
                each = utterances[row]
                file = Path(os.path.relpath(each.file, roots[each.corpus])).as_posix()
                times = ("" if t is None else f"{t:.6f}" for t in (each.start, each.end))
                writer.writerow((part, each.corpus, file, *times, each.speaker, each.emotion))


def read_split(path: Path, utterances: Sequence[Utterance]) -> Split:
    """Find a split's rows among utterances; where the corpus lies, and in which container its audio, is of no matter.

    Raises:
        HumpcatError: the file cannot be read, is no split, or names utterances that are not there, or are there twice.
    """
    places: dict[tuple[str, ...], list[int]] = {}
    for number, utterance in enumerate(utterances):
        places.setdefault(
            _place(utterance.corpus, utterance.file.name, utterance.start, utterance.end), []
        ).append(number)
    parts: dict[str, list[int]] = {part: [] for part in PARTS}
    missing: list[str] = []
    for row in _rows(path):
        found = _found(row, places, utterances)
        if found is None:
            missing.append(row["file"])
        else:
            parts[row["part"]].append(found)
    if missing:
        raise HumpcatError(
            f"{path.name} names {counted(len(missing), 'utterance')} missing from the corpus, {missing[0]} for one.",
            "Use the split with the corpus, the labels and the version that it was made of.",
        )
    rows = [number for part in parts.values() for number in part]
    if len(rows) != len(set(rows)):
        raise HumpcatError(f"{path.name} names an utterance twice.", "Every utterance belongs to one part.")
    if not parts["test"]:
        raise HumpcatError(f"{path.name} has no test part.", "At least one row's part must be test.")
    return Split(*(tuple(parts[part]) for part in PARTS))


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HumpcatError(f"{path} cannot be read ({error}).", "Save it as CSV in UTF-8.") from error
    if not rows or not {"part", "file"} <= set(rows[0]):
        raise HumpcatError(f"{path.name} is no split.", f"A split has the columns {', '.join(COLUMNS)}.")
    for number, row in enumerate(rows, start=2):
        if row["part"] not in PARTS or not row["file"]:
            raise HumpcatError(
                f"{path.name}, line {number}: the part must be one of {', '.join(PARTS)}, and the file not empty."
            )
    return rows


def _found(
    row: dict[str, str], places: dict[tuple[str, ...], list[int]], utterances: Sequence[Utterance]
) -> int | None:
    """The utterance that a row means: by its path in the corpus, or by its emotion and a name that only one has."""
    file = Path(row["file"])
    try:
        times = [float(row[side]) if row.get(side) else None for side in ("start", "end")]
    except ValueError:
        return None
    candidates = places.get(_place(row.get("corpus") or "", file.name, *times), [])
    exact = [number for number in candidates if _ends_with(utterances[number].file, file)]
    if len(exact) == 1:
        return exact[0]
    same = len(candidates) == 1 and utterances[candidates[0]].emotion == (row.get("emotion") or "")
    return candidates[0] if same else None


def _place(corpus: str, name: str, start: float | None, end: float | None) -> tuple[str, ...]:
    times = ("" if time is None else f"{time:.3f}" for time in (start, end))
    return (corpus, Path(name).stem.casefold(), *times)


def _ends_with(path: Path, end: Path) -> bool:
    """Whether a path ends with the parts of another, in any letter case; the files' extensions aside."""
    wanted = [part.casefold() for part in end.with_suffix("").parts]
    return [part.casefold() for part in path.with_suffix("").parts][-len(wanted) :] == wanted


def _roots(utterances: Sequence[Utterance]) -> dict[str, str]:
    files: dict[str, list[str]] = {}
    for utterance in utterances:
        files.setdefault(utterance.corpus, []).append(str(utterance.file.parent.absolute()))
    return {corpus: os.path.commonpath(inside) for corpus, inside in files.items()}
