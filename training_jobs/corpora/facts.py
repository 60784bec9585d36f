"""What readers of corpora hand to one another."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

FEMALE, MALE = "female", "male"


class AudioFile(NamedTuple):
    """An audio file of a tree: its name without the extension, and the folders between the root and it."""

    path: Path
    stem: str
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """What lies below a folder: audio files, other files, and what the system left about, each sorted by path."""

    root: Path
    audio: tuple[AudioFile, ...]
    others: tuple[Path, ...]
    strays: tuple[Path, ...]
    closed: tuple[Path, ...]
    linked: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One labelled stretch of speech, with the corpus' own word for the emotion.

    Attributes:
        file: the audio.
        word: the corpus' own word for the emotion.
        speaker: "" where the corpus does not tell.
        gender: "female", "male" or "".
        corpus: the corpus' short name; "" where it does not tell, so that it is called as its folder or table is.
        part: which part of the corpus it is in, where it has parts ("zh"; "impro").
        start, end: seconds in the file; None: the file's own.
        original: the word that another corpus had, where this is a table made from it; else "".
    """

    file: Path
    word: str
    speaker: str
    gender: str
    corpus: str
    part: str = ""
    start: float | None = None
    end: float | None = None
    original: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a row of a table, that gives no utterance. Reasons are few, so that they can be counted."""

    file: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a convention makes of a tree.

    Attributes:
        name: the convention's short name.
        entries: the utterances with the corpus' own words.
        skipped: audio that the convention knows but does not take.
        fits: how many audio files are as the convention says; `of` is how many there are.
        evidence: sentences that say why.
        confidence: 0 to 1, that it is this corpus.
        proved: whether something was seen that only this corpus has.
    """

    name: str
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]
    fits: int
    of: int
    evidence: tuple[str, ...]
    confidence: float
    proved: bool = False
