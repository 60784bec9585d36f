"""An audformat database: its header db.yaml and its tables db.NAME.csv.

Decision: the two formats are read here. The package audformat would bring pandas and pyarrow for a header in YAML and
tables in CSV; tables that are only there as Parquet are told of instead.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from core_model.errors import HumpcatError

from .columns import Row
from .facts import Found, Tree
from .file_index import FileIndex
from .label_maps import LabelMap
from .tables import Table, entries_of, read_rows

NAME = "audformat"
TITLE = "an audformat database"
SHAPE = "db.yaml with tables db.NAME.csv"
_HEADER = "db.yaml"
_SURE = 0.98
# Names with \0 are columns that no table has: what they hold comes from other tables and the header.
_PARTS = {
    "file": "file", "start": "start", "end": "end", "speaker": "\0speaker", "gender": "\0gender", "corpus": "\0corpus",
}  # fmt: skip

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
    tables = [
        Table(
            path,
            _with_speakers(_rows(path, table), speakers, genders, _text(header, "name")),
            _PARTS | {"emotion": column},
        )
        for table, column in columns.items()
    ]
    found = entries_of(tables, FileIndex(tree.root, tree), words, len(tree.audio), _SURE)
    rows = sum(len(table.rows) for table in tables)
    told = [
        f"{_HEADER} is the header of the audformat database {header.get('name')}",
        f"emotions from the column {next(iter(columns.values()))!r} of {', '.join(columns)}: "
        f"{len(found.entries)} stretches in {rows} rows",
    ]
    if not speakers:
        told.append("no table tells the speakers: they are unknown")
    return replace(found, name=NAME, evidence=tuple(told))


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
    rows: list[dict[str, str]], speakers: Mapping[str, str], genders: Mapping[str, str], corpus: str
) -> tuple[Row, ...]:
    told = []
    for row in rows:
        speaker = speakers.get(row.get("file", ""), "")
        gender = genders.get(speaker, "")
        told.append(row | {"\0speaker": speaker, "\0gender": gender, "\0corpus": corpus})
    return tuple(told)
