"""An audformat database: its header db.yaml and its tables db.NAME.csv.

Decision: the two formats are read here. The package audformat would bring pandas and pyarrow for a header in YAML and
tables in CSV; tables that are only there as Parquet are told of instead.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from core_model.errors import HumpcatError

from .facts import Found, Tree
from .file_index import FileIndex
from .label_maps import LabelMap
from .tables import Row, Table, read_rows, read_table

NAME = "audformat"
TITLE = "an audformat database"
SHAPE = "db.yaml with tables db.NAME.csv"
_HEADER = "db.yaml"

Header = Mapping[str, Any]


def read_audformat(tree: Tree, words: LabelMap) -> Found:
    """The rows of the tables of emotions; speakers and genders come from whichever table or scheme has them.

    Raises:
        HumpcatError: the header cannot be read, or its tables of emotions are not there as CSV.
    """
    path = next((each for each in tree.others if each.name == _HEADER), None)
    nothing = Found(NAME, (), (), 0, len(tree.audio), (), 0.0)
    if path is None:
        return nothing
    header = _header(path)
    columns = _emotion_columns(header, words)
    if not columns:
        return nothing
    speakers = _speakers(path, header)
    genders = _genders(path, header)
    index = FileIndex(tree)
    parts: list[Found] = []
    for table, column in columns.items():
        rows = _with_speakers(_rows(path, table), speakers, genders)
        roles = {
            "file": "file", "start": "start", "end": "end", "emotion": column, "speaker": "\0speaker",
            "gender": "\0gender",
        }  # fmt: skip
        parts.append(
            read_table(
                Table(path, rows, roles), index, str(header.get("name") or path.parent.name), len(tree.audio)
            )
        )
    return _joined(parts, header, columns, bool(speakers), len(tree.audio))


def _header(path: Path) -> Header:
    try:
        header = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise HumpcatError(
            f"{path} cannot be read ({error}).", "Write the database again with audformat."
        ) from error
    return header if isinstance(header, dict) else {}


def _emotion_columns(header: Header, words: LabelMap) -> dict[str, str]:
    """Table -> column, of the columns whose scheme has label words, best the one that is called emotion.

    Only the columns of one name are taken: several raters' labels of one utterance are not several utterances.
    """
    found: dict[str, list[str]] = {}
    for table, described in _part(header, "tables").items():
        for column, told in _part(described, "columns").items():
            scheme = _part(_part(header, "schemes"), _text(told, "scheme_id"))
            known = [word for word in _labels_of(scheme) if words.label_of(str(word))]
            if len(known) > 1 or str(column).casefold() == "emotion":
                found.setdefault(str(column), []).append(str(table))
    chosen = "emotion" if "emotion" in found else next(iter(found), None)
    return {} if chosen is None else dict.fromkeys(found[chosen], chosen)


def _part(value: Any, key: str) -> Header:
    """What a header says under a key, where that is a table."""
    part = value.get(key) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


def _text(value: Any, key: str) -> str:
    return str(value.get(key) or "") if isinstance(value, dict) else ""


def _labels_of(scheme: Header) -> list[Any]:
    labels = scheme.get("labels")
    return list(labels) if isinstance(labels, list | dict) else []


def _speakers(path: Path, header: Header) -> dict[str, str]:
    """The speaker of each file, from the first table with a column of speakers."""
    for table, described in _part(header, "tables").items():
        for column, told in _part(described, "columns").items():
            if "speaker" in (str(column).casefold(), _text(told, "scheme_id")):
                return {row.get("file", ""): (row.get(column) or "").strip() for row in _rows(path, table)}
    return {}


def _genders(path: Path, header: Header) -> dict[str, str]:
    """The gender of each speaker, from the speaker scheme's labels or the table that they are in."""
    labels = _part(_part(header, "schemes"), "speaker").get("labels")
    if isinstance(labels, dict):
        return {str(name): _text(told, "gender") for name, told in labels.items()}
    if isinstance(labels, str) and _csv(path, labels).is_file():
        names, rows = read_rows(_csv(path, labels))
        return {row[names[0]]: row.get("gender", "") for row in rows}
    return {}


def _rows(path: Path, table: str) -> list[dict[str, str]]:
    source = _csv(path, table)
    if not source.is_file():
        raise HumpcatError(
            f"{path.parent} has no {source.name}.",
            "Save its tables as CSV: db.save(..., storage_format='csv').",
        )
    return read_rows(source)[1]


def _csv(path: Path, table: str) -> Path:
    return path.with_name(f"db.{table}.csv")


def _with_speakers(
    rows: list[dict[str, str]], speakers: Mapping[str, str], genders: Mapping[str, str]
) -> tuple[Row, ...]:
    told = []
    for row in rows:
        speaker = speakers.get(row.get("file", ""), "")
        told.append(row | {"\0speaker": speaker, "\0gender": genders.get(speaker, "")})
    return tuple(told)


def _joined(parts: list[Found], header: Header, columns: Mapping[str, str], speakers: bool, of: int) -> Found:
    entries = {(entry.file, entry.start, entry.end): entry for part in parts for entry in part.entries}
    skipped = tuple(skip for part in parts for skip in part.skipped)
    named = len({file for file, _, _ in entries})
    rows = sum(len(part.entries) + len(part.skipped) for part in parts)
    usable = sum(len(part.entries) for part in parts)
    told = [
        f"{_HEADER} is the header of the audformat database {header.get('name')}",
        f"emotions from the column {next(iter(columns.values()))!r} of {', '.join(columns)}: "
        f"{usable} of {rows} rows are usable",
    ]
    if not speakers:
        told.append("no table tells the speakers: they are unknown")
    return Found(
        NAME, tuple(entries.values()), skipped, named, of, tuple(told), 0.98 * usable / rows if rows else 0.0
    )
