"""A table of anybody's: which of its columns are the file, the emotion, the speaker, and the times."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core_model.audio import EXTENSIONS
from core_model.errors import HumpcatError

from .facts import FEMALE, MALE, Entry, Found, Skipped, Tree
from .file_index import FileIndex
from .label_maps import LabelMap

NAME = "table"
TITLE = "a table"
SHAPE = "a CSV with columns for the file, the emotion and, if need be, the speaker, start and end"
SUFFIXES = (".csv", ".tsv")
NO_FILE = "the table names a file that is not there, or several of that name"
NO_WORD = "the table gives it no emotion"
NO_TIME = "its start and end are no stretch of time"

_DELIMITERS = ",;\t|"
_SAMPLE = 200  # rows that tell what a column holds
_NAMES: Mapping[str, tuple[str, ...]] = {
    "file": (
        "file", "filename", "path", "filepath", "wav", "wavfile", "wavpath", "audio", "audiofile", "audiopath",
        "audiofilepath", "fname", "fileid", "filename", "recording", "clip", "clipid", "utterance", "utteranceid",
        "uttid", "name", "id", "datei", "archivo", "fichier",
    ),
    "emotion": (
        "emotion", "emotions", "emotionlabel", "emo", "label", "labels", "class", "category", "target", "emotionclass",
        "majorityemotion", "emozione", "emoción", "emocion", "émotion",
    ),
    "speaker": (
        "speaker", "speakerid", "spk", "spkid", "spkr", "actor", "actorid", "subject", "subjectid", "talker",
        "participant", "participantid", "person", "sprecher", "hablante", "parlante", "locuteur",
    ),
    "gender": ("gender", "sex", "speakergender", "geschlecht"),
    "start": ("start", "starttime", "begin", "begintime", "onset", "tmin", "xmin", "starts"),
    "end": ("end", "endtime", "stop", "stoptime", "offset", "tmax", "xmax", "ends"),
}  # fmt: skip
_GENDERS = {
    **dict.fromkeys(("f", "female", "w", "woman", "weiblich", "mujer", "femme"), FEMALE),
    **dict.fromkeys(("m", "male", "man", "männlich", "hombre", "homme"), MALE),
}
_TIMEDELTA = re.compile(r"(?:(\d+) days? )?(\d+):(\d{1,2}):(\d{1,2}(?:\.\d+)?)")
_NOT_A_TIME = frozenset({"", "nat", "nan", "none", "null"})

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's rows by column; `columns` says which of them plays which part."""

    path: Path
    rows: tuple[Row, ...]
    columns: Mapping[str, str]

    def cell(self, row: Row, role: str) -> str:
        """What a row says of `file`, `emotion`, `speaker`, `gender`, `start` or `end`; "" where it says nothing."""
        column = self.columns.get(role)
        return (row.get(column) or "").strip() if column else ""


def read_rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The header and the rows of a table whose delimiter (comma, semicolon, tab, bar) is the header's commonest.

    Raises:
        HumpcatError: it cannot be read as text.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = max(_DELIMITERS, key=first.count)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
        return list(reader.fieldnames or ()), list(reader)
    except (OSError, UnicodeError, csv.Error) as error:
        raise HumpcatError(f"{path} cannot be read ({error}).", "Save it as CSV in UTF-8.") from error


def open_table(path: Path, words: LabelMap) -> Table | None:
    """A table with its columns guessed; None where no column holds files, or none holds emotions.

    Raises:
        HumpcatError: it cannot be read as text.
    """
    header, rows = read_rows(path)
    header = [name for name in header if name]
    sample = rows[:_SAMPLE]
    file = _best(header, "file", lambda column: _share(sample, column, _is_audio))
    if file is None:
        return None
    rest = [name for name in header if name != file]
    emotion = _best(rest, "emotion", lambda column: 2 * _share(sample, column, _known_to(words)))
    if emotion is None:
        return None
    columns = {"file": file, "emotion": emotion}
    for role in ("speaker", "gender", "start", "end"):
        named = [name for name in rest if _plain(name) in _NAMES[role] and name != emotion]
        if named:
            columns[role] = named[0]
    return Table(path, tuple(rows), columns)


def read_tables(tree: Tree, words: LabelMap) -> Found:
    """The rows of those tables in a tree's upper two levels whose files are there; each stretch is taken once."""
    index = FileIndex(tree)
    found: list[Found] = []
    for path in tree.others:
        if path.suffix.lower() not in SUFFIXES or len(path.relative_to(tree.root).parts) > 2:
            continue
        try:
            table = open_table(path, words)
        except HumpcatError:  # whatever it is, it is no table of this corpus
            continue
        if table and (one := read_table(table, index, tree.root.name, len(tree.audio))).entries:
            found.append(one)
    return _together(found, len(tree.audio))


def read_table(table: Table, index: FileIndex, corpus: str, of: int) -> Found:
    """One table's rows. `of` is how many audio files there are to be named by it."""
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    for row in table.rows:
        file = index.find(table.cell(row, "file"), table.path.parent)
        word = table.cell(row, "emotion")
        if file is None:
            skipped.append(Skipped(table.path.parent / table.cell(row, "file"), NO_FILE))
        elif not word:
            skipped.append(Skipped(file, NO_WORD))
        else:
            try:
                start, end = (seconds(table.cell(row, role)) for role in ("start", "end"))
            except ValueError:
                skipped.append(Skipped(file, NO_TIME))
                continue
            if not 0 <= (start or 0.0) < (float("inf") if end is None else end):
                skipped.append(Skipped(file, NO_TIME))
                continue
            gender = _GENDERS.get(table.cell(row, "gender").casefold(), "")
            entries.append(
                Entry(file, word, table.cell(row, "speaker"), gender, corpus, start=start, end=end)
            )
    named = len({entry.file for entry in entries})
    share = len(entries) / len(table.rows) if table.rows else 0.0
    return Found(
        NAME, tuple(entries), tuple(skipped), named, of, _evidence(table, len(entries)), 0.95 * share
    )


def seconds(text: str) -> float | None:
    """Seconds of `1.5`, `00:00:01.5` or audformat's `0 days 00:00:01.5`; None where there is no time.

    Raises:
        ValueError: it is none of these.
    """
    if text.strip().casefold() in _NOT_A_TIME:
        return None
    if match := _TIMEDELTA.fullmatch(text.strip()):
        days, hours, minutes, rest = match.groups()
        return ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + float(rest)
    return float(text)


def _together(found: Sequence[Found], of: int) -> Found:
    entries: dict[tuple[Path, float | None, float | None], Entry] = {}
    for one in found:
        for entry in one.entries:
            entries.setdefault((entry.file, entry.start, entry.end), entry)
    rows = sum(len(one.entries) + len(one.skipped) for one in found)
    share = sum(len(one.entries) for one in found) / rows if rows else 0.0
    return Found(
        NAME,
        tuple(entries.values()),
        tuple(skip for one in found for skip in one.skipped),
        len({entry.file for entry in entries.values()}),
        of,
        tuple(sentence for one in found for sentence in one.evidence),
        0.95 * share,
    )


def _evidence(table: Table, usable: int) -> tuple[str, ...]:
    roles = ", ".join(f"{role} from {column!r}" for role, column in table.columns.items())
    told = [f"{table.path.name}: {usable} of {len(table.rows)} rows are usable; {roles}"]
    if "speaker" not in table.columns:
        told.append(f"{table.path.name} has no column of speakers: they are unknown")
    return tuple(told)


def _best(header: Sequence[str], role: str, share: Callable[[str], float]) -> str | None:
    """The column whose name or, better still, whose values speak for a role."""
    scores = {column: (_plain(column) in _NAMES[role]) + share(column) for column in header}
    best = max(scores, key=lambda column: scores[column], default=None)
    return best if best is not None and scores[best] > 0.5 else None


def _plain(name: str) -> str:
    return re.sub(r"[\s_.\-()]", "", name).casefold()


def _share(rows: Sequence[Row], column: str, test: Callable[[str], bool]) -> float:
    values = [value for row in rows if (value := (row.get(column) or "").strip())]
    return sum(map(test, values)) / len(values) if values else 0.0


def _is_audio(value: str) -> bool:
    return value.lower().endswith(EXTENSIONS)


def _known_to(words: LabelMap) -> Callable[[str], bool]:
    return lambda value: bool(words.label_of(value))
