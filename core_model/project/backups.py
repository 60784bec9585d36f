"""Copies of a project that the program makes by itself, and what can still be read out of a damaged one."""

import contextlib
import filecmp
import hashlib
import itertools
import os
import sqlite3
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import HumpcatError
from ..files import write_aside
from ..folders import data_folder
from ..wording import counted
from .project_file import SUFFIX, ProjectFile, copy_with_log, write_new
from .rows import ROWS, AnnotationRow, RaterRow, Row, columns, from_columns
from .schema import check

KEPT = 5  # backups of each project
_TIME = "%Y%m%dT%H%M%S.%fZ"
_LONGEST = 60  # characters of the project's name
_LONGEST_FILE = 1 << 33  # bytes; a header that says more is damaged itself
_MOST_TRIED = 200_000  # rows that are looked for one by one where not even the index says which there were


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of a project: its file, when it was made (UTC), and its size in bytes."""

    path: Path
    time: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Salvaged:
    """How many rows of each table were read out of a damaged project, and how many are lost as far as can be known."""

    kept: dict[str, int]
    lost: dict[str, int]

    @property
    def told(self) -> str:
        """A sentence about it."""
        parts = [
            counted(self.kept[table], table.removesuffix("s"))
            + (f" ({self.lost[table]} lost)" if self.lost[table] else "")
            for table in self.kept
        ]
        return f"Read: {', '.join(parts)}."


def back_up(project: Path) -> Path | None:
    """Copy a project to the backups unless it is what the newest one holds; the oldest beyond five are removed.

    May run on a thread of its own, and while the project is edited: the copy is the project as it was at one moment.

    Returns:
        The new backup; None where there is nothing new.

    Raises:
        HumpcatError: the project cannot be read, or the backup cannot be written.
    """
    before = backups_of(project)
    path = backups_folder() / f"{_prefix(project)}{datetime.now(UTC).strftime(_TIME)}{SUFFIX}"
    try:
        with write_aside(path) as aside:
            _copy(project, aside)
    except sqlite3.Error as error:
        raise HumpcatError(
            f"No backup of {project.name} was made ({error}).", "See whether there is space on the disk."
        ) from error
    if before and filecmp.cmp(path, before[0].path, shallow=False):
        path.unlink()
        return None
    for old in before[KEPT - 1 :]:
        old.path.unlink(missing_ok=True)
    return path


def backups_of(project: Path) -> list[Backup]:
    """The backups of a project, the newest first."""
    found: list[Backup] = []
    prefix = _prefix(project)
    with contextlib.suppress(OSError):  # the folder is not there, or another process is tidying up
        for path in backups_folder().iterdir():
            if path.name.startswith(prefix) and path.suffix == SUFFIX:
                with contextlib.suppress(ValueError):
                    time = datetime.strptime(path.name[len(prefix) : -len(SUFFIX)], _TIME)
                    found.append(Backup(path, time.replace(tzinfo=UTC), path.stat().st_size))
    return sorted(found, key=lambda backup: backup.time, reverse=True)


def restore(backup: Path, project: Path, target: Path) -> None:
    """Write a backup of `project` to a new project; recordings are where they were as seen from `project`.

    Raises:
        HumpcatError: the backup is damaged, there is a file at `target`, or it cannot be written.
    """
    with contextlib.closing(ProjectFile(backup, read_only=True)) as file:
        write_new(target, file.read(project.absolute().parent))


def salvage(project: Path, target: Path) -> Salvaged:
    """Write what can still be read out of a damaged project to a new one; the damaged file is left as it is.

    Raters that are lost get a name again as long as there are annotations of theirs; what belongs to a lost recording
    is lost with it.

    Raises:
        HumpcatError: nothing can be read, there is a file at `target`, or it cannot be written.
    """
    rows: dict[str, list[Row]] = {}
    lost: dict[str, int] = {}
    try:
        with tempfile.TemporaryDirectory(prefix="humpcat-") as folder:
            copy = copy_with_log(project, Path(folder))
            _lengthen(copy)
            with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as connection:
                connection.text_factory = lambda text: text.decode("utf-8", "replace")
                check(connection, project.name)
                for kind in ROWS:
                    rows[kind.table], lost[kind.table] = _rescued(connection, kind, project.absolute().parent)
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        raise HumpcatError(
            f"Nothing can be read out of {project.name} ({error}).", "Open one of its backups."
        ) from error
    rows["raters"] += _raters_again(rows["raters"], rows["annotations"])
    kept = {table: len(found) for table, found in rows.items()}

    def refused(table: str) -> None:
        kept[table] -= 1
        lost[table] += 1

    write_new(target, itertools.chain.from_iterable(rows.values()), refused)
    return Salvaged(kept, lost)


def backups_folder() -> Path:
    """Where all backups are."""
    return data_folder() / "backups"


def _prefix(project: Path) -> str:
    path = os.path.realpath(project)
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()
    return f"{project.stem[:_LONGEST]}-{digest[:8]}-"


def _copy(project: Path, aside: Path) -> None:
    source = sqlite3.connect(f"{project.absolute().as_uri()}?mode=rw", uri=True)
    with contextlib.closing(source), contextlib.closing(sqlite3.connect(aside)) as target:
        source.backup(target)  # in one step: a reader of the log, in nobody's way
        target.execute("PRAGMA journal_mode = DELETE").fetchall()  # one file without a log


def _lengthen(path: Path) -> None:
    """Make a file that was cut off as long as it says: SQLite reads nothing of it otherwise."""
    with path.open("r+b") as stream:
        header = stream.read(100)  # https://www.sqlite.org/fileformat.html#the_database_header
        page, pages = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big")
        size = stream.seek(0, os.SEEK_END)
        if size < page * pages <= _LONGEST_FILE:
            stream.truncate(page * pages)


def _rescued(connection: sqlite3.Connection, kind: type[Row], folder: Path) -> tuple[list[Row], int]:
    """What can be read of a table, from both ends as far as it goes, then row by row; and how many rows are lost."""
    names = ", ".join(f'"{name}"' for name in columns(kind))
    query = f"SELECT rowid, {names} FROM {kind.table}"
    found: dict[int, tuple[Any, ...]] = {}
    whole = _read_on(connection, f"{query} ORDER BY rowid", found)
    last = max(found, default=0)
    known, complete = _known(connection, kind.table)
    if not whole:
        _read_on(connection, f"{query} ORDER BY rowid DESC", found)
        first = min((number for number in found if number > last), default=last)
        doubtful = set() if complete else set(range(last + 1, min(first, last + _MOST_TRIED)))
        for number in sorted((known | doubtful) - found.keys()):
            if not _read_on(connection, f"{query} WHERE rowid = {number}", found):
                known.add(number)
    rows = [row for _, values in sorted(found.items()) if (row := _row(kind, values, folder)) is not None]
    return rows, len(known | found.keys()) - len(rows)


def _known(connection: sqlite3.Connection, table: str) -> tuple[set[int], bool]:
    """Which rows a table's index names, which lies elsewhere in the file; and whether that is all of them."""
    found: dict[int, tuple[Any, ...]] = {}
    try:
        name = connection.execute(f"PRAGMA index_list({table})").fetchone()[1]
        (_, _, column), *_ = connection.execute(f'PRAGMA index_info("{name}")').fetchall()
    except (sqlite3.Error, TypeError, ValueError):  # there is no index, or not even a list of them
        return set(), False
    query = f'SELECT rowid FROM {table} INDEXED BY "{name}" ORDER BY "{column}"'
    whole = _read_on(connection, query, found) or _read_on(connection, f"{query} DESC", found)
    return set(found), whole


def _read_on(connection: sqlite3.Connection, query: str, found: dict[int, tuple[Any, ...]]) -> bool:
    """Add rows by their number until one cannot be read; whether all could."""
    try:
        for number, *values in connection.execute(query):
            found.setdefault(number, tuple(values))
    except (sqlite3.Error, UnicodeDecodeError):
        return False
    return True


def _row(kind: type[Row], values: tuple[Any, ...], folder: Path) -> Row | None:
    try:
        return from_columns(kind, values, folder)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _raters_again(raters: Iterable[Row], annotations: Iterable[Row]) -> list[Row]:
    """Raters without a name whose annotations are there."""
    named = {row.id for row in raters}
    lost = {row.rater for row in annotations if isinstance(row, AnnotationRow)} - named
    return [RaterRow(number, f"rater {number} (name lost)") for number in sorted(lost)]
