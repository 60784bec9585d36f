"""Reading a corpus folder by the names of its files: RAVDESS, EMO-DB and BanglaSER (PEERS.md, file conventions)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core_model.audio import audio_files
from core_model.errors import HumpcatError

from .manifest import Utterance, read_manifest

_RAVDESS = {
    "01": "neutral", "02": "calm", "03": "happy", "04": "sad",
    "05": "angry", "06": "fearful", "07": "disgusted", "08": "surprised",
}  # fmt: skip
_EMODB = {
    "W": "angry", "L": "bored", "E": "disgusted", "A": "fearful", "F": "happy", "T": "sad", "N": "neutral",
}  # fmt: skip
_BANGLASER = {"01": "happy", "02": "sad", "03": "angry", "04": "surprised", "05": "neutral"}


@dataclass(frozen=True, slots=True)
class CorpusFormat:
    """How one corpus names its files.

    Attributes:
        name: the corpus' short name.
        pattern: matches a whole file name without its extension; groups `emotion` and `speaker`.
        emotions: the corpus' codes and our labels.
        proves: whether a set of matching names can only be this corpus, or None where it may be another too.
    """

    name: str
    pattern: re.Pattern[str]
    emotions: dict[str, str]
    proves: Callable[[list[re.Match[str]]], bool] | None = None


# RAVDESS and BanglaSER share the shape of their names. RAVDESS alone has emotions 06-08; BanglaSER alone has a third
# statement, a third repetition, or speakers beyond 24.
FORMATS = (
    CorpusFormat(
        "ravdess",
        re.compile(r"03-01-(?P<emotion>0[1-8])-0[12]-0[12]-0[12]-(?P<speaker>[01]\d|2[0-4])"),
        _RAVDESS,
        lambda names: any(name["emotion"] in ("06", "07", "08") for name in names),
    ),
    CorpusFormat(
        "banglaser",
        re.compile(
            r"0\d-01-(?P<emotion>0[1-5])-0[12]-(?P<statement>0[1-3])-(?P<take>0[1-3])-(?P<speaker>\d\d)"
        ),
        _BANGLASER,
        lambda names: any(
            "03" in (name["statement"], name["take"]) or int(name["speaker"]) > 24 for name in names
        ),
    ),
    CorpusFormat(
        "emodb", re.compile(r"(?P<speaker>\d\d)[ab]\d\d(?P<emotion>[WLEAFTN])[a-f]?", re.IGNORECASE), _EMODB
    ),
)


def read_corpus(source: Path, corpus: str | None = None) -> list[Utterance]:
    """Read a corpus folder, or a manifest CSV, into utterances; files that do not fit are left out.

    Args:
        source: a folder (searched recursively) or a .csv manifest.
        corpus: the format's name; None recognises it from the file names.

    Raises:
        HumpcatError: no audio, an unknown format, one that cannot be told from another, or a named one that no file
            fits.
    """
    if source.is_file() and source.suffix.lower() == ".csv":
        return read_manifest(source)
    if not source.is_dir():
        raise HumpcatError(f"{source} is neither a folder nor a manifest (.csv).", "Check the path.")
    files = audio_files(source)
    if not files:
        raise HumpcatError(f"{source} holds no audio files.", "Choose the folder that holds the corpus.")
    chosen = _named(corpus) if corpus else recognise(files, source)
    utterances = [
        Utterance(file, chosen.emotions[match["emotion"].upper()], match["speaker"], chosen.name)
        for file in files
        if (match := chosen.pattern.fullmatch(file.stem))
    ]
    if not utterances:
        raise HumpcatError(f"No file in {source} is named as {chosen.name} names them.", "Check --corpus.")
    return utterances


def recognise(files: list[Path], folder: Path) -> CorpusFormat:
    """The one format that fits most of the files and whose evidence no other format shares.

    Raises:
        HumpcatError: none fits half of the files, two fit equally, or two corpora lie in one folder.
    """
    fits: list[CorpusFormat] = []
    proved: list[CorpusFormat] = []
    for candidate in FORMATS:
        names = [match for file in files if (match := candidate.pattern.fullmatch(file.stem))]
        if len(names) * 2 >= len(files):
            fits.append(candidate)
        if candidate.proves and candidate.proves(names):
            proved.append(candidate)
    if len(proved) > 1:  # one's codes would be read as the other's
        raise HumpcatError(
            f"{folder} holds files of {' and of '.join(each.name for each in proved)}.",
            "Give each corpus a folder of its own.",
        )
    fits = [candidate for candidate in fits if candidate in proved] or fits
    if len(fits) == 1:
        return fits[0]
    known = ", ".join(each.name for each in FORMATS)
    if not fits:
        raise HumpcatError(
            f"The file names in {folder} fit no known corpus ({known}).",
            "Write a manifest: a CSV with the columns file, emotion, speaker.",
        )
    raise HumpcatError(
        f"The file names in {folder} fit {' and '.join(each.name for each in fits)} alike.",
        "Say which it is with --corpus.",
    )


def _named(corpus: str) -> CorpusFormat:
    for candidate in FORMATS:
        if candidate.name == corpus.lower():
            return candidate
    raise HumpcatError(
        f"No corpus format is called {corpus!r}.", f"Known: {', '.join(each.name for each in FORMATS)}."
    )
