"""Which column of a table is which, by its name. Values are not asked: a column of numbers may mean anything.

Decision: the names are a subset of those that `training_jobs.corpora.columns` knows, which reads corpora and may not be
imported from here.
"""

import re
from collections.abc import Mapping, Sequence

# Of several columns that play one part, the name given first here wins.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "file": (
        "file", "filename", "path", "filepath", "wav", "wavfile", "audio", "audiofile", "audiopath", "fname",
        "recording", "clip", "utterance", "beginfile",
    ),
    "start": ("start", "starttime", "starts", "begin", "begintime", "onset", "tmin", "xmin", "offset", "begintimes"),
    "end": ("end", "endtime", "ends", "stop", "stoptime", "tmax", "xmax", "endtimes"),
    "duration": ("duration", "dur", "durations"),
    "label": (
        "emotion", "emotions", "emotionlabel", "emo", "label", "labels", "class", "category", "target",
        "emotionclass", "majorityemotion", "annotation", "emozione", "emoción", "emocion", "émotion",
    ),
    "rater": ("rater", "raterid", "annotator", "annotatorid", "coder", "tier", "evaluator", "worker", "workerid"),
    "speaker": ("speaker", "speakerid", "spk", "spkid", "actor", "actorid", "subject", "talker", "participant"),
    "valence": ("valence", "val", "emoval"),
    "arousal": ("arousal", "aro", "act", "activation", "emoact"),
    "dominance": ("dominance", "dom", "emodom"),
    "note": ("note", "notes", "comment", "comments", "remark"),
    "unsure": ("unsure", "uncertain"),
    "origin": ("origin",),
    "confidence": ("confidence", "score"),
    "model": ("model", "modelname"),
    "probabilities": ("probabilities",),
}  # fmt: skip


def column_of(part: str, header: Sequence[str]) -> str | None:
    """The column that plays a part ("file", "start", "label", "valence", ...), or None."""
    names = _NAMES[part]
    return min(
        (column for column in header if plain(column) in names),
        key=lambda column: names.index(plain(column)),
        default=None,
    )


def plain(name: str) -> str:
    """A column's name without case, spaces and punctuation."""
    return re.sub(r"[\s_.\-()\[\]]", "", name).casefold()
