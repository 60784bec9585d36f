"""Which columns of a table are the file, the emotion, the speaker, and the times, by their names and values."""

import re
from collections.abc import Callable, Mapping, Sequence

from core_model.audio import EXTENSIONS

from ..manifest import REQUIRED
from .label_maps import LabelMap

_SAMPLE = 200  # rows that tell what a column holds
# Of several columns that play one part by their names, the one named first here is taken.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "file": (
        "file", "filename", "path", "filepath", "wav", "wavfile", "wavpath", "audio", "audiofile", "audiopath",
        "audiofilepath", "fname", "fileid", "recording", "clip", "clipid", "utterance", "utteranceid", "uttid", "datei",
        "archivo", "fichier", "name", "id",
    ),
    "emotion": (
        "emotion", "emotions", "emotionlabel", "emo", "label", "labels", "class", "category", "target", "emotionclass",
        "majorityemotion", "emozione", "emoción", "emocion", "émotion",
    ),
    "speaker": (
        "speaker", "speakerid", "spk", "spkid", "spkr", "actor", "actorid", "subject", "subjectid", "talker",
        "participant", "participantid", "person", "sprecher", "hablante", "parlante", "locuteur",
    ),
    "corpus": ("corpus", "dataset", "database"),
    "gender": ("gender", "sex", "speakergender", "geschlecht"),
    "word": ("word",),
    "start": ("start", "starttime", "begin", "begintime", "onset", "tmin", "xmin", "starts"),
    "end": ("end", "endtime", "stop", "stoptime", "tmax", "xmax", "ends"),
    "duration": ("duration", "dur"),
    "offset": ("offset",),
}  # fmt: skip

Row = Mapping[str, str]


def guess_columns(header: Sequence[str], rows: Sequence[Row], words: LabelMap) -> dict[str, str] | None:
    """The column of each part (`file`, `emotion`, `speaker`, ...) that the table has.

    A manifest's columns are known. Of any other table the values speak, too: a column of audio files, or of label
    words, may be called anything. None where no column holds files, or none holds emotions.
    """
    parts = {part: column for part in _NAMES if (column := _named(header, part))}
    if not {_plain(name) for name in header} >= set(REQUIRED):
        sample = rows[:_SAMPLE]
        file = _best(header, "file", lambda column: _share(sample, column, _is_audio))
        rest = [name for name in header if name != file and _plain(name) not in _NAMES["word"]]
        emotion = _best(rest, "emotion", lambda column: 2 * _share(sample, column, _known_to(words)))
        if file is None or emotion is None:
            return None
        chosen = {"file": file, "emotion": emotion}
        others = parts.keys() - chosen.keys()
        parts = chosen | {
            part: parts[part] for part in _NAMES if part in others and parts[part] not in (file, emotion)
        }
    return _with_times(parts)


def _with_times(parts: dict[str, str]) -> dict[str, str]:
    """The parts with `start` and `end` or `duration`.

    `offset` is where a stretch ends if another column says where it begins; else, as beside a `duration` in the
    manifests of NeMo, it is where the stretch begins. A `duration` alone is the file's own.
    """
    offset = parts.pop("offset", None)
    if offset and "start" in parts and not {"end", "duration"} & set(parts):
        parts["end"] = offset
    elif offset:
        parts.setdefault("start", offset)
    if "start" not in parts or "end" in parts:
        parts.pop("duration", None)
    return parts


def _named(header: Sequence[str], part: str) -> str | None:
    names = _NAMES[part]
    return min((name for name in header if _plain(name) in names), key=_rank(names), default=None)


def _rank(names: Sequence[str]) -> Callable[[str], int]:
    return lambda column: names.index(_plain(column))


def _best(header: Sequence[str], part: str, share: Callable[[str], float]) -> str | None:
    """The column whose name or, better still, whose values speak for a part."""
    named = _named(header, part)
    scores = {column: (_plain(column) in _NAMES[part]) + share(column) for column in header}
    best = max(scores, key=lambda column: (scores[column], column == named), default=None)
    return best if best is not None and scores[best] > 0.5 else None


def _plain(name: str) -> str:
    return re.sub(r"[\s_.\-()]", "", name).casefold()


def _share(rows: Sequence[Row], column: str, test: Callable[[str], bool]) -> float:
    values = [value for row in rows if (value := row[column])]
    return sum(map(test, values)) / len(values) if values else 0.0


def _is_audio(value: str) -> bool:
    return value.lower().endswith(EXTENSIONS)


def _known_to(words: LabelMap) -> Callable[[str], bool]:
    return lambda value: bool(words.label_of(value))
