"""audformat: a database folder with a header `db.yaml` and a table `db.<table>.csv` for each rater.

Written and read without the audformat package, which brings pandas and pyarrow (250 MB installed) for two kinds of text
file. Format: "Database" in audformat's documentation, version 1.4. Times are pandas' timedeltas in whole nanoseconds.
An index has to be unique: a rater's second annotation of one stretch stands in a further table of the same rater.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ..errors import HumpcatError
from .columns import column_of
from .entry import PREDICTION, RATINGS, SCALE, Assumed, Entry, Found, Sound
from .fields import FIELDS, Collector, texts_of, used_fields
from .labelled_csv import KEY, read_table, write_csv
from .safe_names import safe_name, unique_name
from .text import parse_time, read_text, timedelta
from .together import write_together

HEADER = "db.yaml"
_PROBABILITY = "probability."
_MISSING = ("", "NaT")


def write_audformat(
    folder: Path,
    entries: Sequence[Entry],
    sounds: Sequence[Sound],
    *,
    name: str = "annotations",
    labels: Sequence[str] = (),
) -> None:
    """Write a database into `folder`, where it leaves other files alone; `labels` are the scheme's, in its order.

    Raises:
        HumpcatError: the folder cannot be written.
    """
    tables = dict(_tables(entries))
    used = [label for label in dict.fromkeys([*labels, *(entry.label for entry in entries)]) if label]
    header = _header(name, tables, used, sounds)
    with write_together(folder) as aside:
        for table, group in tables.items():
            _write_table(aside / f"db.{table}.csv", group)
        text = yaml.safe_dump(header, sort_keys=False, allow_unicode=True)
        (aside / HEADER).write_text(text, encoding="utf-8", errors="backslashreplace")


def write_audformat_table(path: Path, entries: Sequence[Entry], sounds: Sequence[Sound] = ()) -> None:
    """Write one table as `audformat.utils.read_csv` reads it: a CSV whose start and end are timedeltas.

    Raises:
        HumpcatError: the file cannot be written.
    """
    write_csv(path, entries, sounds, timedeltas=True)


def read_audformat(folder: Path, assumed: Assumed = Assumed()) -> Found:  # noqa: B008 - frozen
    """Read a database's tables that tell emotions or ratings, each rater's columns for themselves.

    Tables without times are of whole recordings: see `Assumed`.

    Raises:
        HumpcatError: there is no header, or it or a table is damaged.
    """
    folder = folder.parent if folder.name == HEADER else folder
    header = _read_header(folder / HEADER)
    collector = Collector(folder / HEADER, assumed)
    tiers: list[str] = []
    for table, about in _mapping(header, "tables").items():
        raters = _rater_columns(_mapping(about, "columns"), assumed)
        if not raters:
            collector.refuse(f"table {table}", "It has neither emotions nor ratings.")
            continue
        path = folder / f"db.{table}.csv"
        if not path.is_file():
            collector.refuse(f"table {table}", f"{path.name} is missing; other storage formats are not read.")
            continue
        tiers += raters
        for number, row in enumerate(read_table(path)[1], 1):
            _collect(collector, f"table {table}, row {number}", row, raters, assumed)
    return collector.found(tiers)


def _tables(entries: Sequence[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    groups: dict[tuple[str, int], list[Entry]] = {}
    seen: dict[tuple[str, ...], int] = {}
    for entry in entries:
        key = (entry.tier, entry.file, timedelta(entry.start), timedelta(entry.end))
        nth = seen[key] = seen.get(key, 0) + 1
        groups.setdefault((entry.tier, nth), []).append(entry)
    taken: set[str] = set()
    for (tier, _), group in groups.items():
        yield unique_name(safe_name(tier), taken, "{name}-{number}"), group


def _header(
    name: str, tables: Mapping[str, Sequence[Entry]], labels: Sequence[str], sounds: Sequence[Sound]
) -> dict[str, Any]:
    rates = {sound.rate for sound in sounds}
    media: dict[str, Any] = {"type": "audio"} | ({"sampling_rate": rates.pop()} if len(rates) == 1 else {})
    tiers = dict.fromkeys(group[0].tier for group in tables.values())
    schemes: dict[str, Any] = {"emotion": {"dtype": "str"} | ({"labels": list(labels)} if labels else {})}
    for group in tables.values():
        schemes |= {field: _SCHEMES.get(field, {"dtype": "str"}) for field in used_fields(group)}
    if any(_labels_of(group) for group in tables.values()):
        schemes["probability"] = {"dtype": "float", "minimum": 0, "maximum": 1}
    schemes.pop("probabilities", None)
    return {
        "name": name,
        "source": "HuMP-CAT Studio",
        "usage": "unrestricted",
        "languages": [],
        "media": {"recordings": media},
        "raters": {tier: {"type": "machine" if tier == PREDICTION else "human"} for tier in tiers},
        "schemes": schemes,
        "tables": {
            table: {"type": "segmented", "media_id": "recordings", "columns": _columns(group)}
            for table, group in tables.items()
        },
    }


_SCHEMES: Mapping[str, Mapping[str, Any]] = {
    **{rating: {"dtype": "int", "minimum": SCALE[0], "maximum": SCALE[1]} for rating in RATINGS},
    "unsure": {"dtype": "bool"},
    "confidence": {"dtype": "float", "minimum": 0, "maximum": 1},
}


def _columns(group: Sequence[Entry]) -> dict[str, Any]:
    rater = group[0].tier
    fields = ["emotion", *(field for field in used_fields(group) if field != "probabilities")]
    columns = {field: {"scheme_id": field, "rater_id": rater} for field in fields}
    shares = {"scheme_id": "probability", "rater_id": rater}
    return columns | {f"{_PROBABILITY}{label}": dict(shares) for label in _labels_of(group)}


def _labels_of(group: Sequence[Entry]) -> list[str]:
    return list(dict.fromkeys(label for entry in group for label, _ in entry.probabilities))


def _write_table(path: Path, group: Sequence[Entry]) -> None:
    columns = list(_columns(group))
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*KEY, *columns])
        for entry in group:
            cells = {"emotion": entry.label, **texts_of(entry)}
            cells |= {f"{_PROBABILITY}{label}": f"{share:.6f}" for label, share in entry.probabilities}
            if entry.unsure:
                cells["unsure"] = "True"  # as pandas writes it
            row = [cells.get(column, "") for column in columns]
            writer.writerow([entry.file, timedelta(entry.start), timedelta(entry.end), *row])


def _read_header(path: Path) -> Mapping[str, Any]:
    try:
        header = yaml.load(read_text(path), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise HumpcatError(f"{path} is damaged: it is not YAML.") from error
    if not isinstance(header, dict) or "name" not in header:
        raise HumpcatError(f"{path} is no header of an audformat database.")
    return header


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        return {}
    return {str(name): about if isinstance(about, dict) else {} for name, about in found.items()}


def _rater_columns(columns: Mapping[str, Any], assumed: Assumed) -> dict[str, dict[str, str]]:
    """For each rater with emotions or ratings, the column of each part, by its scheme's name or its own."""
    raters: dict[str, dict[str, str]] = {}
    for column, about in columns.items():
        mine = raters.setdefault(str(about.get("rater_id") or assumed.tier), {})
        if column.startswith(_PROBABILITY):
            mine[column] = column
            continue
        names = [name for name in (str(about.get("scheme_id") or ""), column) if name]
        part = next((part for part in ("label", *FIELDS) if column_of(part, names)), None)
        if part:
            mine.setdefault(part, column)
    return {rater: parts for rater, parts in raters.items() if parts.keys() & {"label", *RATINGS}}


def _collect(
    collector: Collector,
    where: str,
    row: Mapping[str, str],
    raters: Mapping[str, Mapping[str, str]],
    assumed: Assumed,
) -> None:
    file, start, end = (row.get(name, "").strip() for name in KEY)
    try:
        begin = 0.0 if start in _MISSING else parse_time(start)
        stop = assumed.duration_of(file) if end in _MISSING else parse_time(end)
    except ValueError:
        collector.refuse(where, f"Its times {start!r} and {end!r} are no timedeltas.")
        return
    if stop is None:
        collector.refuse(where, f"It has no end, and the length of {file!r} is not known.")
        return
    for tier, parts in raters.items():
        given = {part: value for part, name in parts.items() if (value := row.get(name, ""))}
        label = given.pop("label", "")
        try:
            shares = [
                (part.removeprefix(_PROBABILITY), float(value))
                for part, value in given.items()
                if part.startswith(_PROBABILITY)
            ]
        except ValueError:
            shares = []
            collector.refuse(where, "Its probabilities are no numbers; they are left out.")
        if given or label or len(raters) == 1:
            collector.add(where, begin, stop, label, given, tier=tier, file=file, probabilities=tuple(shares))
