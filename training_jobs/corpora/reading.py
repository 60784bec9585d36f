"""Reading a corpus: a folder of any known convention, a manifest, a table of anybody's, a project."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from core_model.errors import HumpcatError
from core_model.project.project_file import SUFFIX

from ..manifest import Utterance
from . import project, tables
from .conventions import Convention, convention_names, find_convention
from .facts import Entry, Found, Skipped, Tree
from .file_index import FileIndex
from .label_maps import WORDS, LabelMap, built_in, fold, read_label_map
from .recognition import NotRecognised, recognise
from .tree import list_tree

STRAY = "left about by the system (._ files, .DS_Store and the like)"
NO_AUDIO = "no audio file"
OTHER_AUDIO = "a kind of audio or video that cannot be read: convert it to WAV or FLAC"
_OTHER_AUDIO = frozenset(
    {".m4a", ".mp4", ".aac", ".wma", ".amr", ".3gp", ".webm", ".mkv", ".avi", ".mov", ".sph", ".wv", ".ape"}
)
CLOSED = "a folder that may not be opened"
LINKED = "a link to a folder that is listed already, or that holds it"

Names = dict[str, Path]  # names of corpora that were given, and the folder or table of each


@dataclass(frozen=True, slots=True)
class Reading:
    """A corpus as it was read.

    Attributes:
        source: the folder or table.
        name: the convention's name.
        title: what people call it.
        confidence: 0 to 1, that it is this corpus; 1 where the user or the file says so.
        evidence: sentences that say why.
        utterances: with our labels.
        skipped: every file, or row of a table, that gave no utterance, and why.
        label_map: the map in use.
        words: how many utterances each of the corpus' own words has, before any is left out.
    """

    source: Path
    name: str
    title: str
    confidence: float
    evidence: tuple[str, ...]
    utterances: tuple[Utterance, ...]
    skipped: tuple[Skipped, ...]
    label_map: LabelMap
    words: Mapping[str, int]

    def label_of(self, word: str) -> str:
        """The label that a word got here, "" where it is left out."""
        return self.label_map.label_of(word) or ""


def read_corpus(
    source: Path,
    corpus: str | None = None,
    label_map: LabelMap | None = None,
    changes: Mapping[str, str] | None = None,
) -> list[Utterance]:
    """Read a corpus folder, manifest, table or project into utterances; `open_corpus` tells what is left out and why.

    Args:
        source: a folder (searched recursively), a .csv, a .tsv or a .humpcat.
        corpus: the convention's name, or one of its parts ("esd-zh"); None recognises it from the files.
        label_map: from the corpus' own words to our labels; None takes the built-in one. In tables and folders of
            anybody's the words that it lacks are labels of their own.
        changes: labels of single words instead of the map's; "" leaves a word out.

    Raises:
        HumpcatError: no audio, an unknown convention, one that cannot be told from another, a named one that no file
            fits, a map that leaves nothing, or a change of a word that the corpus does not have.
    """
    (reading,) = open_corpora([source], corpus, label_map, changes)
    return list(reading.utterances)


def open_corpora(
    sources: Sequence[Path],
    corpus: str | None = None,
    label_map: LabelMap | None = None,
    changes: Mapping[str, str] | None = None,
) -> list[Reading]:
    """Read several corpora; a change of labels must concern at least one of them. Otherwise as `read_corpus`.

    Those that are called as their folders or tables are numbered where these have the same name.
    """
    taken: Names = {}
    readings = [_open(source, corpus, label_map, changes or {}, taken) for source in sources]
    check_changes(readings, changes or {})
    return readings


def open_corpus(
    source: Path,
    corpus: str | None = None,
    label_map: LabelMap | None = None,
    changes: Mapping[str, str] | None = None,
) -> Reading:
    """Read a corpus with all that can be told of it. Arguments and errors as `read_corpus`."""
    return _open(source, corpus, label_map, changes or {}, {})


def _open(
    source: Path, corpus: str | None, label_map: LabelMap | None, changes: Mapping[str, str], taken: Names
) -> Reading:
    if source.suffix.lower() == SUFFIX and source.is_file():
        return _open_project(source, corpus, label_map, changes, taken)
    if source.is_file() and source.suffix.lower() in tables.SUFFIXES:
        return _open_table(source, label_map, changes, taken)
    if not source.is_dir():
        raise HumpcatError(
            f"{source} is neither a folder nor a manifest (.csv), nor a project (.humpcat).",
            "Check the path.",
        )
    tree = list_tree(source)
    named = find_convention(corpus) if corpus else None
    if not tree.audio:
        hint = "Choose the folder that holds the corpus, or give its table (.csv)."
        if any(map(_is_other_audio, tree.others)):
            hint = "What it holds is of a kind that cannot be read: convert it to WAV or FLAC."
        raise HumpcatError(f"{source} holds no audio files.", hint)
    words = (label_map or built_in(WORDS)).changed_by(changes)
    if named:
        (convention, part), found = named, named[0].read(tree, words)
        if not found.entries and not found.skipped:
            raise NotRecognised(
                f"No file in {source} is named as {convention.name} names them.",
                "Say which other corpus it is (in commands --corpus).",
            )
        found = replace(found, confidence=1.0, evidence=("told, not recognised", *found.evidence))
    else:
        (convention, found), part = recognise(tree, words), ""
    return _reading(source, tree, convention, found, part, label_map, changes, taken)


def check_changes(readings: Sequence[Reading], changes: Mapping[str, str]) -> None:
    """Refuse changes of words that none of the corpora has: they would do nothing, silently.

    Raises:
        HumpcatError: naming the word, and those that there are.
    """
    there = sorted({word for reading in readings for word in reading.words})
    known = set(map(fold, there))
    for word in changes:
        if fold(word) not in known and not _ships(word, readings):
            raise HumpcatError(f"The corpus has no word {word!r}.", f"It has: {', '.join(there)}.")


def _ships(word: str, readings: Sequence[Reading]) -> bool:
    """Whether a corpus has the word by its convention, though not in this copy."""
    maps = {find_convention(reading.name)[0].label_map for reading in readings}
    return any(fold(word) in built_in(name).labels for name in maps - {WORDS})


def _open_project(
    source: Path,
    corpus: str | None,
    label_map: LabelMap | None,
    changes: Mapping[str, str],
    taken: Names,
) -> Reading:
    convention = find_convention(project.NAME)[0]
    if corpus and find_convention(corpus)[0] is not convention:
        raise HumpcatError(
            f"{source.name} is a project, not {corpus}.",
            "Read it as recognised (in commands without --corpus).",
        )
    found = project.read_project(source)
    return _reading(source, None, convention, found, "", label_map, changes, taken)


def _open_table(
    source: Path, label_map: LabelMap | None, changes: Mapping[str, str], taken: Names
) -> Reading:
    words = (label_map or built_in(WORDS)).changed_by(changes)
    table = tables.open_table(source, words)
    if table is None:
        raise HumpcatError(
            f"{source.name} has no column that names audio files, or none that names emotions.",
            "A manifest has the columns file, start, end, emotion, speaker.",
        )
    index = FileIndex(source.parent)
    found = tables.entries_of([table], index, words, len(table.rows), tables.SURE)
    convention = find_convention(tables.NAME)[0]
    return _reading(source, None, convention, found, "", label_map, changes, taken)


def _reading(
    source: Path,
    tree: Tree | None,
    convention: Convention,
    found: Found,
    part: str,
    label_map: LabelMap | None,
    changes: Mapping[str, str],
    taken: Names,
) -> Reading:
    chosen = label_map or built_in(convention.label_map)
    if convention.generic and label_map is None:  # what is no label word is a label of the user's own
        chosen = chosen.with_own(entry.word for entry in found.entries)
    chosen = chosen.changed_by(changes)
    utterances: list[Utterance] = []
    skipped = list(found.skipped)
    corpus = _name_of(source, convention, found, taken)
    wanted = [entry for entry in found.entries if not part or entry.part == part]
    skipped += [
        Skipped(entry.file, f"in {convention.parts[entry.part]}, which was not asked for")
        for entry in found.entries
        if part and entry.part != part
    ]
    for entry in wanted:
        label = chosen.label_of(entry.word)
        if label:
            utterances.append(_utterance(entry, label, entry.corpus or corpus))
        else:
            skipped.append(Skipped(entry.file, _why_not(entry.word, label)))
    if tree is not None:
        skipped += _unfit(tree, convention, found)
    if not utterances:
        raise HumpcatError(*_nothing_left(source, convention, skipped))
    return Reading(
        source,
        convention.name,
        convention.title,
        found.confidence,
        found.evidence,
        tuple(utterances),
        tuple(skipped),
        chosen,
        dict(Counter(entry.word for entry in wanted)),
    )


def _name_of(source: Path, convention: Convention, found: Found, taken: Names) -> str:
    """What a corpus is called whose files do not tell: as its folder or table, but not as another one.

    Decision: a name of a corpus that we know would claim its speakers and the paper's preset for it.
    """
    if all(entry.corpus for entry in found.entries):
        return ""
    place = source.resolve()
    plain = place.stem if place.is_file() else place.name
    if plain.lower() in convention_names():
        plain = f"{plain}-{convention.name}"
    numbered = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
    return next(name for name in numbered if taken.setdefault(name, place) == place)


def _utterance(entry: Entry, label: str, corpus: str) -> Utterance:
    word = entry.original or entry.word
    times = (entry.start, entry.end)
    return Utterance(entry.file, label, entry.speaker, corpus, *times, gender=entry.gender, word=word)


def _why_not(word: str, label: str | None) -> str:
    return f"{word!r} is not in the label map" if label is None else f"the label map leaves {word!r} out"


def _unfit(tree: Tree, convention: Convention, found: Found) -> Iterator[Skipped]:
    """What the convention took no notice of."""
    noticed = {entry.file for entry in found.entries} | {skip.file for skip in found.skipped}
    reason = (
        f"not as {convention.title} has it"
        if not convention.generic
        else f"not told of by {convention.title}"
    )
    yield from (Skipped(file.path, reason) for file in tree.audio if file.path not in noticed)
    yield from (Skipped(path, OTHER_AUDIO if _is_other_audio(path) else NO_AUDIO) for path in tree.others)
    yield from (Skipped(path, STRAY) for path in tree.strays)
    yield from (Skipped(path, CLOSED) for path in tree.closed)
    yield from (Skipped(path, LINKED) for path in tree.linked)


def _is_other_audio(path: Path) -> bool:
    return path.suffix.lower() in _OTHER_AUDIO


def _nothing_left(source: Path, convention: Convention, skipped: Sequence[Skipped]) -> tuple[str, str]:
    reasons = Counter(skip.reason for skip in skipped if skip.reason not in (STRAY, NO_AUDIO, OTHER_AUDIO))
    most = reasons.most_common(1)[0] if reasons else ("nothing in it fits", 0)
    return (
        f"{source} is {convention.title}, but gives no utterance: {most[0]} ({most[1]} times).",
        "Look at what is skipped and why (in commands humpcat corpus inspect).",
    )


def label_map_or_none(path: Path | None) -> LabelMap | None:
    """The map in a file, where one is given."""
    return None if path is None else read_label_map(path)


def corpus_names() -> str:
    """What --corpus may be, for help texts."""
    return ", ".join(convention_names())
