"""One folder for each label, in any of the languages whose label words we know."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from .facts import AudioFile, Entry, Found, Tree
from .label_maps import LabelMap, fold

NAME = "folders"
TITLE = "one folder for each label"
SHAPE = "angry/..., happy/..., with label words of English, German, Spanish, Italian, French or Chinese"

_BETWEEN = re.compile(r"[\s_\-.\d]+")
# Only what can mean nothing else: s01 may be a sentence, p01 a phrase.
_SPEAKER = re.compile(
    r"(?:speaker|spk|spkr|actor|subject|subj|talker|sprecher|hablante|parlante|locuteur|female|male)[_\- ]?\d{1,4}"
    r"|[fm]\d{1,3}",
    re.IGNORECASE,
)
_SPEAKER_FOLDER = re.compile(r"(?:s|p|id)?\d{1,4}", re.IGNORECASE)  # beside folders of labels, not in a name
_PARTS = frozenset(
    {
        "train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval", "evaluation", "wav",
        "wavs", "audio", "speech", "data",
    }
)  # fmt: skip


def read_folders(tree: Tree, words: LabelMap) -> Found:
    """The audio below folders that are named by a label word, alone or beside numbers and other words (`01_Angry`).

    At least two different labels must be found: one folder called Calm proves nothing. The speaker is the folder
    above or below the label's where its name occurs under several labels, or a part of the file's name such as
    `spk07` or `f2`; otherwise it is unknown.
    """
    labelled: list[tuple[AudioFile, int, str]] = []
    known: dict[str, str | None] = {}
    for file in tree.audio:
        for depth in range(len(file.folders) - 1, -1, -1):
            folder = file.folders[depth]
            if folder not in known:
                known[folder] = _word_in(folder, words)
            if (word := known[folder]) is not None:
                labelled.append((file, depth, word))
                break
    labels = {words.label_of(word) for _, _, word in labelled} - {""}
    if len(labels) < 2:
        return Found(NAME, (), (), 0, len(tree.audio), (), 0.0)
    speaker_of, told = _speakers(labelled)
    entries = tuple(
        Entry(file.path, word, speaker_of(file, depth), "", tree.root.name) for file, depth, word in labelled
    )
    names = sorted({file.folders[depth] for file, depth, _ in labelled})
    evidence = (
        f"{len(entries)} of {len(tree.audio)} audio files lie in folders of labels: {', '.join(names)}",
        told,
    )
    share = len(entries) / len(tree.audio)
    return Found(
        NAME, entries, (), len(entries), len(tree.audio), evidence, share * (0.9 if len(labels) > 2 else 0.7)
    )


def _word_in(folder: str, words: LabelMap) -> str | None:
    """The label word of a folder's name: the whole name, or the one part of it that is a label word."""
    if words.label_of(folder) is not None:
        return folder
    parts = [part for part in _BETWEEN.split(folder) if part and words.label_of(part) is not None]
    return parts[0] if len({fold(part) for part in parts}) == 1 else None


def _speakers(
    labelled: Sequence[tuple[AudioFile, int, str]],
) -> tuple[Callable[[AudioFile, int], str], str]:
    for offset, where in ((-1, "above"), (1, "below")):
        if _by_folder(labelled, offset):
            told = f"speakers are the folders {where} the labels'"
            return partial(_folder_beside, offset), told
    names = {file.path: match[0].casefold() for file, _, _ in labelled if (match := _name_match(file.stem))}
    if len(names) == len(labelled) and len(set(names.values())) > 1:
        example = next(iter(names.values()))
        return (
            lambda file, _: names[file.path]
        ), f"speakers are a part of the files' names, such as {example}"
    return (lambda _file, _depth: ""), "neither folders nor names tell the speakers: they are unknown"


def _folder_beside(offset: int, file: AudioFile, depth: int) -> str:
    return file.folders[depth + offset]


def _by_folder(labelled: Sequence[tuple[AudioFile, int, str]], offset: int) -> bool:
    """Whether each file has a folder there, and most of these folders occur under several labels."""
    words: dict[str, set[str]] = {}
    for file, depth, word in labelled:
        if not 0 <= depth + offset < len(file.folders):
            return False
        words.setdefault(file.folders[depth + offset], set()).add(fold(word))
    return len(words) > 1 and _speaker_like(words)


def _speaker_like(words: Mapping[str, set[str]]) -> bool:
    if any(fold(name) in _PARTS for name in words):
        return False
    several = sum(len(each) > 1 for each in words.values())
    numbered = all(_SPEAKER.fullmatch(name) or _SPEAKER_FOLDER.fullmatch(name) for name in words)
    return several * 2 > len(words) or numbered


def _name_match(stem: str) -> re.Match[str] | None:
    return next((match for part in re.split(r"[_.\- ]", stem) if (match := _SPEAKER.fullmatch(part))), None)
