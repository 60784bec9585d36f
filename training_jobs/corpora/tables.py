"""A table of anybody's, a manifest among them: its rows, and the stretches of speech that they name."""

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core_model.errors import HumpcatError

from .columns import Row, guess_columns
from .facts import Entry, Found, Skipped, Tree
from .file_index import FileIndex
from .genders import gender_of
from .label_maps import LabelMap, fold

NAME = "table"
TITLE = "a table"
SHAPE = "a CSV with columns for the file, the emotion and, if need be, the speaker, start and end"
SUFFIXES = (".csv", ".tsv")
SURE = 0.95  # where every row of it is usable
NO_FILE = "the table names a file that is not there, or several of that name"
NO_WORD = "the table gives it no emotion"
NO_TIME = "its start and end are no stretch of time"
TWO_WORDS = "rows give it different emotions"

_DELIMITERS = ",;\t|"
_TIMEDELTA = re.compile(r"(?:(\d+) days? )?(\d+):(\d{1,2}):(\d{1,2}(?:\.\d+)?)")
_NOT_A_TIME = frozenset({"", "nat", "nan", "none", "null"})


@dataclass(frozen=True, slots=True)
class Table:
    """A table's rows by column; `columns` says which of them plays which part."""

    path: Path
    rows: tuple[Row, ...]
    columns: Mapping[str, str]

    def cell(self, row: Row, part: str) -> str:
        """What a row says of `file`, `emotion`, `speaker` and so on; "" where it says nothing."""
        return row.get(self.columns.get(part, ""), "")


def read_rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The header and the rows of a table whose delimiter (comma, semicolon, tab, bar) is the header's commonest.

    Spaces around names and cells are dropped, and rows and columns without anything in them.

    Raises:
        HumpcatError: it cannot be read as text.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig").lstrip("\r\n")
        first = text.partition("\n")[0]
        delimiter = max(_DELIMITERS, key=first.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
        header = [name.strip() for name in next(reader, [])]
        rows = [[cell.strip() for cell in row[: len(header)]] for row in reader if "".join(row).strip()]
    except (OSError, UnicodeError, csv.Error) as error:
        raise HumpcatError(f"{path} cannot be read ({error}).", "Save it as CSV in UTF-8.") from error
    cells = dict.fromkeys(filter(None, header), "")
    return list(cells), [cells | dict(zip(header, row, strict=False)) for row in rows]


def open_table(path: Path, words: LabelMap) -> Table | None:
    """A table with its columns guessed; None where no column holds files, or none holds emotions.

    Raises:
        HumpcatError: it cannot be read as text.
    """
    header, rows = read_rows(path)
    columns = guess_columns(header, rows, words)
    return Table(path, tuple(rows), columns) if columns else None


def read_tables(tree: Tree, words: LabelMap) -> Found:
    """The rows of those tables in a tree's upper two levels whose files are there."""
    index = FileIndex(tree.root, tree)
    tables: list[Table] = []
    for path in tree.others:
        if path.suffix.lower() not in SUFFIXES or len(path.relative_to(tree.root).parts) > 2:
            continue
        try:
            table = open_table(path, words)
        except HumpcatError:  # whatever it is, it is no table of this corpus
            continue
        if table and any(index.find(table.cell(row, "file"), path.parent) for row in table.rows):
            tables.append(table)
    return entries_of(tables, index, words, len(tree.audio), SURE)


def entries_of(tables: Sequence[Table], index: FileIndex, words: LabelMap, of: int, sure: float) -> Found:
    """What tables of one corpus say: each stretch once, and none of which they say different things.

    Args:
        tables: with columns that are known.
        index: where their files are.
        words: tells which words mean the same.
        of: how many audio files there are to be named by them.
        sure: the confidence if every row is usable.
    """
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    evidence: list[str] = []
    for table in tables:
        before = len(entries)
        for row in table.rows:
            one = _entry(table, row, index)
            if isinstance(one, Skipped):
                skipped.append(one)
            else:
                entries.append(one)
        evidence += _evidence(table, len(entries) - before)
    rows = sum(len(table.rows) for table in tables)
    share = len(entries) / rows if rows else 0.0
    agreed, contradicted = _settled(entries, words)
    skipped += contradicted
    repeated = len(entries) - len(agreed) - len(contradicted)
    evidence += [f"{repeated} rows name a stretch that another row names, too"] if repeated else []
    files = len({entry.file for entry in agreed})
    return Found(NAME, agreed, tuple(skipped), files, of, tuple(evidence), sure * share)


def seconds(text: str) -> float | None:
    """Seconds of `1.5`, `1,5`, `00:00:01.5` or audformat's `0 days 00:00:01.5`; None where there is no time.

    Raises:
        ValueError: it is none of these.
    """
    if text.casefold() in _NOT_A_TIME:
        return None
    text = text.replace(",", ".")  # as Excel writes it where people write decimals so
    if match := _TIMEDELTA.fullmatch(text):
        days, hours, minutes, rest = match.groups()
        return ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + float(rest)
    return float(text)


def _entry(table: Table, row: Row, index: FileIndex) -> Entry | Skipped:
    folder = table.path.parent
    file, word = index.find(table.cell(row, "file"), folder), table.cell(row, "emotion")
    if file is None:
        return Skipped(folder / table.cell(row, "file"), NO_FILE)
    if not word:
        return Skipped(file, NO_WORD)
    try:
        start, end, duration = (seconds(table.cell(row, part)) for part in ("start", "end", "duration"))
    except ValueError:
        return Skipped(file, NO_TIME)
    if duration is not None:
        end = (start or 0.0) + duration
    if not 0 <= (start or 0.0) < (math.inf if end is None else end) or end == math.inf:
        return Skipped(file, NO_TIME)
    gender = gender_of(table.cell(row, "gender"))
    speaker, corpus, original = (table.cell(row, part) for part in ("speaker", "corpus", "word"))
    return Entry(file, word, speaker, gender, corpus, start=start, end=end, original=original)


def _settled(entries: Iterable[Entry], words: LabelMap) -> tuple[tuple[Entry, ...], list[Skipped]]:
    """Each stretch once, with its speaker if any row tells; those that rows give different labels are left out.

    Decision: which of two raters is right, or whether the second table is of another task, nobody can tell from here.
    """
    stretches: dict[tuple[Path, float | None, float | None], list[Entry]] = {}
    for entry in entries:
        stretches.setdefault((entry.file, entry.start, entry.end), []).append(entry)
    agreed: list[Entry] = []
    skipped: list[Skipped] = []
    for (file, _, _), rows in stretches.items():
        if len(rows) > 1 and len({words.label_of(row.word) or fold(row.word) for row in rows}) > 1:
            skipped.append(Skipped(file, TWO_WORDS))
        else:
            agreed.append(max(rows, key=lambda row: bool(row.speaker)))
    return tuple(agreed), skipped


def _evidence(table: Table, usable: int) -> tuple[str, ...]:
    parts = ", ".join(f"{part} from {column!r}" for part, column in table.columns.items())
    told = [f"{table.path.name}: {usable} of {len(table.rows)} rows are usable; {parts}"]
    if "speaker" not in table.columns:
        told.append(f"{table.path.name} has no column of speakers: they are unknown")
    return tuple(told)
