"""Corpora whose file names tell all: what a file is, from its name and, in some, its folders."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from core_model.wording import counted

from .facts import AudioFile, Entry, Found, Skipped, Tree

SAME_NAME = "the same name as another file of the corpus"
_SURE = 0.99


class Named(NamedTuple):
    """What one name tells; `word` is the corpus' own word, `corpus` only where it has several."""

    word: str
    speaker: str
    gender: str = ""
    corpus: str = ""
    part: str = ""


Match = re.Match[str]


@dataclass(frozen=True, slots=True)
class NameConvention:
    """How one corpus names its files.

    Attributes:
        name: the corpus' short name.
        title: what people call it.
        shape: the names, for people.
        pattern: matches a whole file name without its extension, in any letter case.
        tell: what a matching file is; a sentence where it is of the corpus but no use; None where it is not of it.
        proof: whether this name can only be this corpus', where others have names of the same shape.
        proof_told: what was seen then, in words.
        parts: the parts that can be had alone, and what they are called.
    """

    name: str
    title: str
    shape: str
    pattern: re.Pattern[str]
    tell: Callable[[Match, tuple[str, ...]], Named | str | None]
    proof: Callable[[Match], bool] | None = None
    proof_told: str = ""
    parts: Mapping[str, str] | None = None


def read_names(tree: Tree, convention: NameConvention) -> Found:
    """What a naming convention makes of a tree.

    Of several files with one name and speaker (a copy in another folder, or as another format) the one nearest the
    root is taken: these corpora's names are unique.
    """
    entries: dict[tuple[str, str], Entry] = {}
    skipped: list[Skipped] = []
    fits, proofs = 0, 0
    # Folders nearer the root first; otherwise in the order of the tree.
    for file in sorted(tree.audio, key=lambda each: len(each.folders)):
        match = convention.pattern.fullmatch(file.stem)
        told = convention.tell(match, file.folders) if match else None
        if match is None or told is None:
            continue
        fits += 1
        proofs += bool(convention.proof and convention.proof(match))
        if isinstance(told, str):
            skipped.append(Skipped(file.path, told))
            continue
        key = (told.speaker.casefold(), file.stem.casefold())
        if key in entries:
            skipped.append(Skipped(file.path, SAME_NAME))
        else:
            entries[key] = _entry(file, told, convention.name)
    ordered = tuple(sorted(entries.values(), key=lambda entry: entry.file))
    evidence = _evidence(convention, ordered, fits, len(tree.audio), proofs)
    sure = confidence(fits, len(tree.audio), convention.proof is None or proofs > 0)
    return Found(convention.name, ordered, tuple(skipped), fits, len(tree.audio), evidence, sure, proofs > 0)


def _entry(file: AudioFile, told: Named, corpus: str) -> Entry:
    return Entry(file.path, told.word, told.speaker, told.gender, told.corpus or corpus, told.part)


def confidence(fits: int, of: int, certain: bool) -> float:
    """The share that fits, less where one or two names may fit by chance, a half where others have such names too."""
    chance = 0.5**fits
    return (fits / of if of else 0.0) * (1 - chance) * (_SURE if certain else 0.5)


def _evidence(
    convention: NameConvention, entries: tuple[Entry, ...], fits: int, of: int, proofs: int
) -> tuple[str, ...]:
    if not fits:
        return ()
    told = [f"{fits} of {of} audio files are named as {convention.title} names them: {convention.shape}"]
    if proofs:
        told.append(f"{proofs} of them {convention.proof_told}")
    speakers = Counter(entry.speaker for entry in entries)
    if "" in speakers:
        told.append("the names do not tell the speakers")
    elif speakers:
        least, most = min(speakers.values()), max(speakers.values())
        each = counted(most, "file") if least == most else f"{least} to {most} files"
        told.append(f"{counted(len(speakers), 'speaker')}, {each} each")
    return tuple(told)
