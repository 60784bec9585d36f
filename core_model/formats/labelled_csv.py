"""Labelled CSV: file,start,end,emotion,confidence,... with a row a segment; our own, and anybody's with such columns.

Raters stand in rows, named by a column `rater`; or in columns `emotion_R1`, `emotion_R2`, with one row for each
distinct file, start and end. In that second form a segment of which nothing is said, not even an `origin`, cannot be
told from one that the rater does not have: it is lost on reading.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import HumpcatError
from ..files import write_aside
from ..labels import EMOTIONS
from .columns import column_of
from .entry import PREDICTION, Assumed, Entry, Found, Sound
from .fields import FIELDS, YES, Collector
from .text import parse_time, read_text, seconds, timedelta

KEY = ("file", "start", "end")
COLUMNS = (
    "emotion", "confidence", "probabilities", "model", "rater", "valence", "arousal", "dominance", "note", "unsure",
    "origin", "speaker",
)  # fmt: skip
_BEFORE, _AFTER = "confidence", "model"  # the columns of probabilities stand between these
_DELIMITERS = (",", ";", "\t")
_MISSING = ("", "NaT", "nan", "NaN", "None", "<NA>")
_LONGEST_CELL = 1 << 24  # letters; a quotation mark without its fellow would else swallow the file

_Row = Mapping[str, str]


def write_csv(
    path: Path,
    entries: Sequence[Entry],
    sounds: Sequence[Sound] = (),  # noqa: ARG001 - as all writers
    *,
    columns: Sequence[str] = COLUMNS,
    raters_as_columns: bool = False,
    timedeltas: bool = False,
    features: Mapping[str, Sequence[float]] | None = None,
) -> None:
    """Write entries as a CSV in UTF-8: times in seconds with 6 decimals, or as pandas' timedeltas.

    Args:
        path: where to.
        entries: what to write, in this order.
        sounds: not needed.
        columns: which of COLUMNS, beside file, start and end, in this order; "probabilities" makes a column of each
            label that has one.
        raters_as_columns: a column for each rater instead of a row.
        timedeltas: times as audformat's tables have them.
        features: further columns, by name; a value an entry each.

    Raises:
        HumpcatError: the file cannot be written.
        ValueError: a column that there is not, or a feature without a value for each entry.
    """
    unknown = set(columns) - set(COLUMNS)
    if unknown or any(len(values) != len(entries) for values in (features or {}).values()):
        raise ValueError(f"unknown columns {sorted(unknown)}, or features of another length")
    time = timedelta if timedeltas else seconds
    keys = [(entry.file, time(entry.start), time(entry.end)) for entry in entries]
    table = _rater_columns if raters_as_columns else _rater_rows
    with (
        write_aside(path) as aside,
        aside.open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream,
    ):
        csv.writer(stream, lineterminator="\n").writerows(table(entries, keys, columns, features or {}))


def read_csv(path: Path, assumed: Assumed = Assumed()) -> Found:  # noqa: B008 - frozen
    """Read a CSV with columns for file, start, end (or duration) and emotion, by whichever usual names.

    Commas, semicolons or tabs between the cells; times in seconds or as timedeltas. A row that names a
    model but no rater is a prediction; without either it is the assumed rater's. A row without an end is of the
    whole recording: see `Assumed`.

    Raises:
        HumpcatError: it cannot be read, or has no columns that tell files, or emotions.
    """
    header, rows = read_table(path)
    columns = {part: name for part in (*KEY, "duration") if (name := column_of(part, header))}
    parts = _parts_of_raters(header, rows)
    if "file" not in columns and not assumed.file and "start" not in columns:
        raise HumpcatError(
            f"{path.name} has no column of files.", "It needs the columns file, start, end and emotion."
        )
    if not any("label" in mine or set(mine) & {"valence", "arousal"} for mine in parts.values()):
        raise HumpcatError(
            f"{path.name} has no column of emotions.", "It needs the columns file, start, end and emotion."
        )
    collector = Collector(path, assumed)
    for number, row in enumerate(rows, 1):
        _collect(collector, f"row {number}", row, columns, parts, assumed)
    return collector.found(tier for tier in parts if tier)


def read_table(path: Path) -> tuple[list[str], list[_Row]]:
    """A delimited table's header and its rows, cells stripped but for line breaks; short rows are filled up.

    Raises:
        HumpcatError: it cannot be read, or is empty.
    """
    text = read_text(path)
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if line]
    except csv.Error as error:
        raise HumpcatError(
            f"{path.name} is no table that can be read ({error}).", "Save it as CSV."
        ) from error
    finally:
        csv.field_size_limit(before)
    if not lines:
        raise HumpcatError(f"{path.name} is empty.")
    header = [name.strip() for name in lines[0]]
    width = len(header)
    return header, [dict(zip(header, line + [""] * (width - len(line)), strict=False)) for line in lines[1:]]


def is_csv(head: str) -> bool:
    """Whether a file that starts like this is a table with times and labels, or files and labels."""
    header = [name.strip(' "\ufeff') for name in head.split("\n", 1)[0].strip().replace(";", ",").split(",")]
    if len(header) < 2:
        header = head.split("\n", 1)[0].split("\t")
    return len(header) > 1 and bool(column_of("file", header) or column_of("start", header))


def _rater_rows(
    entries: Sequence[Entry],
    keys: Sequence[tuple[str, ...]],
    columns: Sequence[str],
    features: Mapping[str, Sequence[float]],
) -> Iterator[list[str]]:
    labels = _labels_of(entries)
    yield [*KEY, *_named(columns, labels), *features]
    values = list(features.values())
    for number, (entry, key) in enumerate(zip(entries, keys, strict=True)):
        yield [*key, *_cells(entry, columns, labels), *(f"{column[number]:.6f}" for column in values)]


def _rater_columns(
    entries: Sequence[Entry],
    keys: Sequence[tuple[str, ...]],
    columns: Sequence[str],
    features: Mapping[str, Sequence[float]],
) -> Iterator[list[str]]:
    columns = [column for column in columns if column != "rater"]
    tiers = list(dict.fromkeys(entry.tier for entry in entries))
    labels = {tier: _labels_of(entry for entry in entries if entry.tier == tier) for tier in tiers}
    rows: dict[tuple[object, ...], dict[str, int]] = {}
    times_seen: dict[tuple[object, ...], int] = {}
    for number, (entry, key) in enumerate(zip(entries, keys, strict=True)):
        nth = times_seen[*key, entry.tier] = times_seen.get((*key, entry.tier), -1) + 1
        rows.setdefault((*key, nth), {})[entry.tier] = number  # a rater's second one has a row of its own
    yield [*KEY, *(f"{name}_{tier}" for tier in tiers for name in _named(columns, labels[tier])), *features]
    for (*where, _), row in rows.items():
        cells = [str(part) for part in where]
        for tier in tiers:
            width = len(_named(columns, labels[tier]))
            mine = _cells(entries[row[tier]], columns, labels[tier]) if tier in row else [""] * width
            cells += mine
        number = min(row.values())
        yield [*cells, *(f"{values[number]:.6f}" for values in features.values())]


def _labels_of(entries: Iterable[Entry]) -> list[str]:
    return list(dict.fromkeys(label for entry in entries for label, _ in entry.probabilities))


def _named(columns: Sequence[str], labels: Sequence[str]) -> list[str]:
    return [name for column in columns for name in (labels if column == "probabilities" else [column])]


def _cells(entry: Entry, columns: Sequence[str], labels: Sequence[str]) -> list[str]:
    cells = []
    for column in columns:
        if column == "probabilities":
            shares = dict(entry.probabilities)
            cells += [f"{shares[label]:.6f}" if label in shares else "" for label in labels]
        else:
            cells.append(_cell(entry, column))
    return cells


def _cell(entry: Entry, column: str) -> str:
    if column == "emotion":
        return entry.label
    if column == "rater":
        return entry.tier
    value = getattr(entry, column)
    if isinstance(value, bool):
        return YES if value else ""
    if isinstance(value, float):
        return f"{value:.6f}"
    return "" if value is None else str(value)


def _parts_of_raters(header: Sequence[str], rows: Sequence[_Row]) -> dict[str, dict[str, str]]:
    """For each rater with columns of its own, and "" for columns without, the column of each part.

    A column of probabilities is the part "p:" and its label.
    """
    tiers = sorted((name.removeprefix("emotion_") for name in header if name.startswith("emotion_")), key=len)
    shared = {name for tier in tiers for name in header if name.endswith(f"_{tier}")}
    if not shared or column_of("rater", header):
        return {"": _parts(header, rows)}
    raters: dict[str, dict[str, str]] = {}
    for tier in reversed(tiers):  # of two names that fit, the longer one is meant
        mine = {
            name.removesuffix(f"_{tier}"): name
            for name in header
            if name in shared and name.endswith(f"_{tier}")
        }
        shared -= set(mine.values())
        stripped = [{short: row[name] for short, name in mine.items()} for row in rows]
        raters[tier] = {part: mine[short] for part, short in _parts(list(mine), stripped).items()}
    return {tier: raters[tier] for tier in sorted(raters, key=lambda tier: header.index(f"emotion_{tier}"))}


def _parts(header: Sequence[str], rows: Sequence[_Row]) -> dict[str, str]:
    parts = {part: name for part in ("label", "rater", *FIELDS) if (name := column_of(part, header))}
    known = {*parts.values(), *(column_of(part, header) for part in (*KEY, "duration"))}
    for name in header:
        if name not in known and _may_be_label(name, header, rows, parts) and _are_shares(name, rows):
            parts[f"p:{name}"] = name
    return parts


def _may_be_label(name: str, header: Sequence[str], rows: Sequence[_Row], parts: Mapping[str, str]) -> bool:
    place = header.index(name)
    if _BEFORE in header[:place] and _AFTER in header[place:]:
        return True
    return name in EMOTIONS or ("label" in parts and any(row[parts["label"]] == name for row in rows))


def _are_shares(name: str, rows: Sequence[_Row]) -> bool:
    try:
        return all(0 <= float(row[name]) <= 1 for row in rows if row[name] not in _MISSING)
    except ValueError:
        return False


def _collect(
    collector: Collector,
    where: str,
    row: _Row,
    columns: Mapping[str, str],
    raters: Mapping[str, Mapping[str, str]],
    assumed: Assumed,
) -> None:
    file = row[columns["file"]].strip().replace("\\", "/") if "file" in columns else ""
    if "file" in columns and not file:
        collector.refuse(where, "It names no file.")
        return
    try:
        start, end = _times(row, columns)
    except ValueError as error:
        collector.refuse(where, f"Its times are neither seconds nor timedeltas: {error}.")
        return
    if end is None:
        end = assumed.duration_of(file)
    if end is None:
        collector.refuse(where, f"It has no end, and the length of {file!r} is not known.")
        return
    for tier, parts in raters.items():
        given = {part: value for part, name in parts.items() if _says(part, value := row[name])}
        if given or not tier:
            _add(collector, where, (file, start, end), tier, given)


def _says(part: str, value: str) -> bool:
    return value != "" and (value not in _MISSING or part in ("label", "note"))


def _add(
    collector: Collector, where: str, key: tuple[str, float, float], tier: str, given: dict[str, str]
) -> None:
    file, start, end = key
    label, rater = given.pop("label", ""), tier or given.pop("rater", "").strip()
    if not rater and "model" in given:
        rater = PREDICTION
    shares = tuple((part[2:], float(value)) for part, value in given.items() if part.startswith("p:"))
    collector.add(where, start, end, label, given, tier=rater, file=file, probabilities=shares)


def _times(row: _Row, columns: Mapping[str, str]) -> tuple[float, float | None]:
    values = {part: row[columns[part]].strip() for part in ("start", "end", "duration") if part in columns}
    # A decimal comma is what tables with semicolons have.
    times = {
        part: parse_time(value.replace(",", ".")) for part, value in values.items() if value not in _MISSING
    }
    start = times.get("start", 0.0)
    if "end" in times:
        return start, times["end"]
    return start, start + times["duration"] if "duration" in times else None
