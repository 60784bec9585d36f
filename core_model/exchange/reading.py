"""Reading files of annotations for a project: their formats, their entries, and which recordings those are of."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import HumpcatError
from ..formats.audformat_database import HEADER
from ..formats.entry import Assumed, Entry, Found, Refusal
from ..formats.registry import FORMATS, Format, guess_format
from ..wording import counted
from .content import Content
from .matching import AMBIGUOUS, Match, Matcher


@dataclass(frozen=True, slots=True)
class Arriving:
    """An entry of a file, the file, and what recording it is of."""

    entry: Entry
    source: Path
    match: Match


@dataclass(frozen=True, slots=True)
class Incoming:
    """What was read, before anything is decided.

    Attributes:
        entries: all of them, those of unknown recordings, too.
        tiers: by name, in the order in which the files have them, with how many entries each has.
        formats: the words for the formats that were read, with how many files of each.
        refused: what could not be read.
    """

    entries: tuple[Arriving, ...]
    tiers: Mapping[str, int]
    formats: Mapping[str, int]
    refused: tuple[Refusal, ...]


def read_incoming(
    paths: Iterable[Path], content: Content, of: Format | None = None, tier: str = "R1"
) -> Incoming:
    """Read files, and folders of files of one format.

    Args:
        paths: files, audformat databases, and folders that are searched below.
        content: the project that they are for.
        of: their format; told by their content unless given.
        tier: the rater, where a file names none.

    Raises:
        HumpcatError: nothing can be read; a folder holds files of several formats, or of none.
    """
    matcher = Matcher(content.recordings)
    found: list[tuple[Path, Format, Found]] = []
    refused: list[Refusal] = []
    failure: HumpcatError | None = None
    for path, kind in _files(paths, of):
        folder = _folder(path)
        assumed = Assumed(tier=tier, duration_of=lambda file, at=folder: matcher.duration(file, at))  # type: ignore[misc]
        try:
            found.append((path, kind, kind.read(path, assumed)))
        except HumpcatError as error:
            failure = error
            refused.append(Refusal(str(path), error.message))
    if failure is not None and not found:
        raise failure
    arriving = [each for path, kind, held in found for each in _arriving(path, kind, held, matcher)]
    refused += [
        Refusal(f"{path.name}, {each.where}", each.why) for path, _, held in found for each in held.refused
    ]
    tiers = dict.fromkeys((tier for _, kind, held in found if kind.tiers for tier in held.tiers), 0)
    for each in arriving:
        tiers[each.entry.tier] = tiers.get(each.entry.tier, 0) + 1
    formats = Counter(kind.words for _, kind, _ in found)
    return Incoming(tuple(_settled(arriving)), tiers, dict(formats), tuple(refused))


def _files(paths: Iterable[Path], of: Format | None) -> list[tuple[Path, Format]]:
    files: list[tuple[Path, Format]] = []
    for given in paths:
        path = Path(os.path.abspath(given))
        if path.is_dir() and not (path / HEADER).is_file() and (of is None or of.extensions):
            files += _in_folder(path, of)
        else:
            files.append((path, of or guess_format(path)))
    if not files:
        raise HumpcatError(
            "Nothing to import was named.", "Choose files of annotations, or a folder of them."
        )
    return files


def _in_folder(folder: Path, of: Format | None) -> list[tuple[Path, Format]]:
    """The files below a folder that are of a format, and of one only: a corpus has many tables and texts."""
    seen = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
    files = [(path, kind) for path in seen if (kind := _kind_of(path, of)) is not None]
    kinds = Counter(kind.words for _, kind in files)
    if not kinds:
        what = of.words if of is not None else "any format that can be read"
        raise HumpcatError(f"The folder {folder} holds no file of {what}.", "Choose the files themselves.")
    if len(kinds) > 1:
        told = " and ".join(f"{counted(number, 'file')} of {words}" for words, number in kinds.items())
        raise HumpcatError(f"The folder {folder} holds {told}.", "Say which format is meant.")
    return files


def _kind_of(path: Path, of: Format | None) -> Format | None:
    if of is not None:
        return of if of.ends(path) else None
    ending = [kind for kind in FORMATS if kind.ends(path)]
    if not ending:
        return None
    try:
        return guess_format(path)
    except (
        HumpcatError
    ):  # a table or text of something else; or a damaged file, if its name can mean one thing only
        return ending[0] if len(ending) == 1 else None


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _arriving(path: Path, kind: Format, found: Found, matcher: Matcher) -> list[Arriving]:
    folder, alone = _folder(path), kind.holds != "project"
    arriving = []
    for entry in found.entries:
        match = matcher.find(entry.file, folder, alone=alone, one_rater=not kind.tiers)
        named = replace(entry, tier=match.rater) if match.rater else entry
        arriving.append(Arriving(named, path, match))
    return arriving


def _settled(arriving: Sequence[Arriving]) -> list[Arriving]:
    """Names that mean one recording although they differ: those that agree less with its path mean another one.

    Of names that agree alike none is taken where they stand in one table; files of several folders may be those of
    several raters.
    """
    names: defaultdict[int, dict[tuple[Path, str], int]] = defaultdict(dict)
    for each in arriving:
        if each.match.recording is not None:
            names[each.match.recording.id][each.source, each.entry.file] = each.match.agreement
    wrong: set[tuple[Path, str]] = set()
    for agreements in names.values():
        best = [name for name, count in agreements.items() if count == max(agreements.values())]
        twice = {source for source, count in Counter(source for source, _ in best).items() if count > 1}
        wrong |= {name for name in agreements if name not in best or name[0] in twice}
    return [
        replace(each, match=Match(why=AMBIGUOUS)) if (each.source, each.entry.file) in wrong else each
        for each in arriving
    ]
