"""The table of a corpus: one row for each labelled stretch of speech."""

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core_model.audio import read_info
from core_model.errors import HumpcatError
from core_model.files import write_aside
from core_model.labels import LabelScheme

COLUMNS = ("file", "start", "end", "emotion", "speaker", "corpus", "gender", "word")
REQUIRED = ("file", "emotion", "speaker")
UNKNOWN_SPEAKER = ""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One row: a file or a part of it (`start`, `end` in seconds; None: the file's own), its emotion and speaker.

    `speed` is 1 but for copies made for training, which are played faster or slower, higher or lower with it.
    `speaker` is "" where the corpus does not tell who speaks; `gender` is "female", "male" or ""; `word` is the corpus'
    own word for the emotion, or "".
    """

    file: Path
    emotion: str
    speaker: str
    corpus: str
    start: float | None = None
    end: float | None = None
    speed: float = 1.0
    gender: str = ""
    word: str = ""

    @property
    def speaker_id(self) -> str:
        """The speaker's name made unique across corpora; at another speed it is another voice.

        Where the speaker is unknown it stands for nobody in particular: see `require_speakers`.
        """
        altered = "" if self.speed == 1.0 else f"@{self.speed:g}"
        return f"{self.corpus}/{self.speaker}{altered}"


def select(utterances: Iterable[Utterance], scheme: LabelScheme) -> list[Utterance]:
    """Keep the utterances whose emotion the scheme has."""
    return [utterance for utterance in utterances if utterance.emotion in scheme.labels]


def require_speakers(utterances: Iterable[Utterance]) -> None:
    """Refuse utterances whose speaker is unknown: no split of them can be shown to keep speakers apart.

    Raises:
        HumpcatError: the speaker of some is unknown; it names their corpora and the way out.
    """
    unknown = sorted({each.corpus for each in utterances if each.speaker == UNKNOWN_SPEAKER})
    if unknown:
        raise HumpcatError(
            f"Who speaks in {' and '.join(unknown)} is not known, so that training and test cannot be kept apart by "
            "speaker.",
            "Give a manifest with a speaker in every row. Without, fine-tune on a share of each label's utterances "
            "(in commands --mode random), or train on all of them without a test (--test 0 --validation 0).",
        )


def with_speeds(utterances: Sequence[Utterance], speeds: Sequence[float]) -> list[Utterance]:
    """Copies of all utterances at each of the speeds, speed after speed."""
    return [replace(utterance, speed=speed) for speed in speeds for utterance in utterances]


def frames_of(utterance: Utterance) -> tuple[int, int | None]:
    """The utterance's start and end in frames of its file."""
    if utterance.start is None and utterance.end is None:
        return 0, None
    rate = read_info(utterance.file).rate
    return round((utterance.start or 0.0) * rate), None if utterance.end is None else round(
        utterance.end * rate
    )


def read_manifest(path: Path) -> list[Utterance]:
    """Read a CSV with the columns file, emotion, speaker and, if need be, start, end (s), corpus, gender, word.

    Files are relative to the CSV's folder, or absolute. An empty speaker is an unknown one.

    Raises:
        HumpcatError: it cannot be read, a column or cell is missing, or a row's times are no stretch of time.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            missing = set(REQUIRED) - set(reader.fieldnames or ())
            if missing:
                raise HumpcatError(
                    f"{path.name} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(sorted(missing))}.",
                    f"A manifest has the columns {', '.join(COLUMNS)}.",
                )
            return [_utterance(row, path, reader.line_num) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HumpcatError(f"{path} cannot be read ({error}).", "Save it as CSV in UTF-8.") from error


def write_manifest(path: Path, utterances: Sequence[Utterance]) -> None:
    """Write utterances as a CSV that `read_manifest` reads; files inside its folder are written relative to it.

    Raises:
        HumpcatError: the disk is full, the folder cannot be written, or a file's name is no text.
    """
    folder = path.resolve().parent
    resolved = {parent: parent.resolve() for parent in {u.file.parent for u in utterances}}
    with write_aside(path) as aside, aside.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for u in utterances:
            file = resolved[u.file.parent] / u.file.name
            shown = file.relative_to(folder) if file.is_relative_to(folder) else file
            if not _is_text(str(shown)):
                raise HumpcatError(
                    f"The name {shown.as_posix()!a} is no text, so that no table can hold it.",
                    "Rename the file.",
                )
            times = ("" if u.start is None else f"{u.start:.6f}", "" if u.end is None else f"{u.end:.6f}")
            writer.writerow((shown.as_posix(), *times, u.emotion, u.speaker, u.corpus, u.gender, u.word))


def _is_text(name: str) -> bool:
    """Whether a file's name is Unicode: on Linux it need not be."""
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)


def _utterance(row: dict[str, str], path: Path, number: int) -> Utterance:
    empty = [name for name in ("file", "emotion") if not row[name]]
    if empty or row["speaker"] is None:  # None: the row ends before that column
        raise HumpcatError(
            f"{path.name}, line {number}: {' and '.join(empty or ['speaker'])} must not be empty.",
            "Every row names its file and its emotion, and its speaker where that is known.",
        )
    try:
        start, end = (float(row[name]) if row.get(name) else None for name in ("start", "end"))
    except ValueError as error:
        raise HumpcatError(f"{path.name}, line {number}: start and end must be seconds.") from error
    if not 0 <= (start or 0.0) < (math.inf if end is None else end) or end == math.inf:
        raise HumpcatError(
            f"{path.name}, line {number}: the end must lie after the start, which must be 0 or later."
        )
    return Utterance(
        path.parent / row["file"],
        row["emotion"],
        row["speaker"].strip(),
        row.get("corpus") or path.stem,
        start,
        end,
        gender=row.get("gender") or "",
        word=row.get("word") or "",
    )
