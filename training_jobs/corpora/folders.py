"""One folder for each label, in any of the languages whose label words we know."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial

from .facts import AudioFile, Entry, Found, Tree
from .genders import gender_of
from .label_maps import LabelMap, fold

NAME = "folders"
TITLE = "one folder for each label"
SHAPE = "angry/..., happy/..., with label words of English, German, Spanish, Italian, French or Chinese"

_BETWEEN = re.compile(r"[\s_\-.\d]+")
_PEOPLE = "speaker|spk|spkr|actor|actress|subject|subj|talker|sprecher|hablante|parlante|locuteur"
# In a file's name only what can mean nothing else: s01 may be a sentence, p01 a phrase, f01 just a number.
_IN_NAME = re.compile(rf"(?<![^\W_])(?:{_PEOPLE})[_\- ]?\d{{1,4}}(?![^\W_])", re.IGNORECASE)
# A folder's name that says so, and one that may be anything, but for its place beside folders of labels.
_SAYS_SO = re.compile(rf"(?:{_PEOPLE}|female|male|[fm])[_\- ]?\d{{1,4}}", re.IGNORECASE)
_MAY_BE = re.compile(r"(?:s|p|id)?\d{1,4}", re.IGNORECASE)
_SHOWN = 4  # folders in a sentence

Labelled = tuple[
    AudioFile, int, str
]  # a file, the place of the label's folder among its folders, and the word


def read_folders(tree: Tree, words: LabelMap) -> Found:
    """The audio below folders that are named by a label word, alone or beside numbers and other words (`01_Angry`).

    At least two different labels must be found: one folder called Calm proves nothing. The speaker is the folder
    above or below the label's where these are named as speakers are (`Actor_01`, `f2`, `07`), or a part of the file's
    name such as `spk07`; otherwise it is unknown. Any other folder may be a gender, a language, a session, a part or an
    intensity, and a false speaker would let a real one into both training and test.
    """
    labelled = list(_labelled(tree, words))
    labels = {words.label_of(word) for _, _, word in labelled} - {""}
    if len(labels) < 2:
        return Found(NAME, (), (), 0, len(tree.audio), (), 0.0)
    speaker_of, told = _speakers(labelled)
    gender = cache(gender_of)
    entries = tuple(
        Entry(file.path, word, speaker_of(file, depth), next(filter(None, map(gender, file.folders)), ""), "")
        for file, depth, word in labelled
    )
    names = sorted({file.folders[depth] for file, depth, _ in labelled})
    evidence = (
        f"{len(entries)} of {len(tree.audio)} audio files lie in folders of labels: {', '.join(names)}",
        *told,
    )
    share = len(entries) / len(tree.audio)
    return Found(
        NAME, entries, (), len(entries), len(tree.audio), evidence, share * (0.9 if len(labels) > 2 else 0.7)
    )


def _labelled(tree: Tree, words: LabelMap) -> Iterator[Labelled]:
    """The files in folders of labels; of several such folders around a file the innermost counts."""
    word_in = cache(lambda folder: _word_in(folder, words))
    for file in tree.audio:
        for depth in range(len(file.folders) - 1, -1, -1):
            if (word := word_in(file.folders[depth])) is not None:
                yield file, depth, word
                break


def _word_in(folder: str, words: LabelMap) -> str | None:
    """The label word of a folder's name: the whole name, or the one part of it that is a label word."""
    if words.label_of(folder) is not None:
        return folder
    parts = [part for part in _BETWEEN.split(folder) if part and words.label_of(part) is not None]
    return parts[0] if len({fold(part) for part in parts}) == 1 else None


def _speakers(labelled: Sequence[Labelled]) -> tuple[Callable[[AudioFile, int], str], list[str]]:
    """How to tell a file's speaker, and sentences that say how and why."""
    told = []
    for offset, where in ((-1, "above"), (1, "below")):
        beside = _beside(labelled, offset)
        if not beside:
            continue
        if _are_speakers(beside, where):
            return partial(_folder_beside, offset), [
                f"speakers are the folders {where} the labels': {_some(beside)}"
            ]
        told.append(f"the folders {where} the labels' need not be speakers: {_some(beside)}")
    names = {file.path: _name_in(file.stem) for file, _, _ in labelled}
    if all(names.values()) and len(set(names.values())) > 1:
        some = _some(dict.fromkeys(names.values()))
        return (lambda file, _depth: names[file.path]), [
            *told,
            f"speakers are a part of the files' names: {some}",
        ]
    return (lambda _file, _depth: ""), [
        *told,
        "neither folders nor names tell the speakers: they are unknown",
    ]


def _folder_beside(offset: int, file: AudioFile, depth: int) -> str:
    return file.folders[depth + offset]


def _beside(labelled: Sequence[Labelled], offset: int) -> dict[str, set[str]]:
    """The folders above or below the labels', each with its labels; none where a file has no folder there."""
    words: dict[str, set[str]] = {}
    for file, depth, word in labelled:
        if not 0 <= depth + offset < len(file.folders):
            return {}
        words.setdefault(file.folders[depth + offset], set()).add(fold(word))
    return words


def _are_speakers(words: dict[str, set[str]], where: str) -> bool:
    """Whether folders' names say so; mere numbers below the labels' must occur under several labels, most of them."""
    if len(words) < 2 or not all(_SAYS_SO.fullmatch(name) or _MAY_BE.fullmatch(name) for name in words):
        return False
    several = sum(len(each) > 1 for each in words.values())
    return where == "above" or several * 2 > len(words) or all(map(_SAYS_SO.fullmatch, words))


def _name_in(stem: str) -> str:
    match = _IN_NAME.search(stem)
    return re.sub(r"[_\- ]", "", match[0]).casefold() if match else ""


def _some(names: Iterable[str]) -> str:
    every = sorted(names)
    return ", ".join(every[:_SHOWN]) + (f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else "")
