"""IEMOCAP: labels from the files of EmoEvaluation, speech from the sentences cut out of the dialogues."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from .facts import FEMALE, MALE, AudioFile, Entry, Found, Skipped, Tree

NAME = "iemocap"
TITLE = "IEMOCAP"
SHAPE = "Ses01F_impro01_F000 (session, dialogue, turn), with EmoEvaluation files of [start - end] lines"
PARTS = {"impro": "the improvised dialogues", "script": "the dialogues after a script"}
NO_LABEL = "no EmoEvaluation file labels it"
NO_TURN = "a labelled turn whose audio is not there"
WHOLE = "the recording of a whole dialogue"

_DIALOGUE = re.compile(r"ses0\d[fm]_(?:impro|script)\w*", re.IGNORECASE)
_TURN = re.compile(
    r"ses(?P<session>0\d)[fm]_(?P<part>impro|script)\w*_(?P<sex>[FM])(?:XX)?\d+", re.IGNORECASE
)
# [6.2901 - 8.2357]	Ses01F_impro01_F000	neu	[2.5000, 2.5000, 2.5000]
_LINE = re.compile(r"\[\s*([\d.]+)\s*-\s*([\d.]+)\s*\]\s+(\S+)\s+(\w+)\s+\[")


def read_iemocap(tree: Tree) -> Found:
    """The turns that an EmoEvaluation file labels and whose sentence, or at least whose dialogue, is there as audio.

    The majority's label is taken as it stands (`xxx`: no majority). A speaker is a session and a sex; the F or M in
    the dialogue's name only says who wore the markers. Without the sentence, its stretch of the dialogue is taken.
    """
    sentences, dialogues = _by_kind(tree)
    fits = len(sentences) + len(dialogues)
    if not fits:
        return Found(NAME, (), (), 0, len(tree.audio), (), 0.0)
    entries: dict[str, Entry] = {}
    skipped: list[Skipped] = []
    files = 0
    for table in (path for path in tree.others if _is_evaluation(path)):
        before = len(entries)
        for turn, word, start, end in _lines(table):
            sentence, dialogue = sentences.get(turn), dialogues.get(turn.rpartition("_")[0])
            if sentence is not None:
                entries.setdefault(turn, _entry(sentence.path, turn, word, None, None))
            elif dialogue is not None:
                entries.setdefault(turn, _entry(dialogue.path, turn, word, start, end))
            else:
                skipped.append(Skipped(table, NO_TURN))
        files += len(entries) > before
    used = {entry.file for entry in entries.values()}
    skipped += [Skipped(file.path, NO_LABEL) for file in sentences.values() if file.path not in used]
    skipped += [Skipped(file.path, WHOLE) for file in dialogues.values() if file.path not in used]
    return Found(
        NAME,
        tuple(sorted(entries.values(), key=lambda entry: (entry.file, entry.start or 0.0))),
        tuple(skipped),
        fits,
        len(tree.audio),
        _evidence(entries, files, fits, len(tree.audio)),
        fits / len(tree.audio) * (0.99 if entries else 0.5),
        bool(entries),
    )


def _by_kind(tree: Tree) -> tuple[dict[str, AudioFile], dict[str, AudioFile]]:
    """Sentences by turn, and whole dialogues by name, both in small letters."""
    sentences: dict[str, AudioFile] = {}
    dialogues: dict[str, AudioFile] = {}
    for file in tree.audio:
        if _TURN.fullmatch(file.stem):
            sentences.setdefault(file.stem.lower(), file)
        elif _DIALOGUE.fullmatch(file.stem):
            dialogues.setdefault(file.stem.lower(), file)
    return sentences, dialogues


def _evidence(entries: Mapping[str, Entry], files: int, fits: int, of: int) -> tuple[str, ...]:
    told = [
        f"{fits} of {of} audio files are named as {TITLE} names them: {SHAPE}",
        f"{files} EmoEvaluation files label {len(entries)} turns of them",
    ]
    cut = sum(entry.start is not None for entry in entries.values())
    if cut:
        told.append(f"{cut} turns are taken from the recordings of whole dialogues, which hold both voices")
    return tuple(told)


def _is_evaluation(path: Path) -> bool:
    return path.suffix.lower() == ".txt" and _DIALOGUE.fullmatch(path.stem) is not None


def _lines(path: Path) -> Iterator[tuple[str, str, float, float]]:
    """Turn (in small letters), word, start, end; a transcription of the same name has no such lines."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for match in _LINE.finditer(text):
        start, end, turn, word = match.groups()
        if _TURN.fullmatch(turn):
            yield turn.lower(), word.lower(), float(start), float(end)


def _entry(file: Path, turn: str, word: str, start: float | None, end: float | None) -> Entry:
    match = _TURN.fullmatch(turn)
    assert match is not None  # _lines gives only turns
    sex = match["sex"].upper()
    return Entry(
        file,
        word,
        match["session"] + sex,
        FEMALE if sex == "F" else MALE,
        NAME,
        match["part"].lower(),
        start,
        end,
    )
