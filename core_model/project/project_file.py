"""A project's SQLite file: reading all of it, writing an edit as one transaction, and never more than one writer."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import HumpcatError
from ..files import write_aside
from .edit import RowChange
from .rows import ROWS, RecordingRow, Row, columns, from_columns, to_columns
from .schema import check, create, prepare

SUFFIX = ".humpcat"
LOG_SUFFIXES = ("-wal", "-shm")
_SAVE_AS = "Nothing that is shown is lost: save the project under another name (File, Save project as)."
_PATIENCE = 0.2  # s; one that is just being closed elsewhere is not taken for one in use
_LONGEST_NAME, _LONGEST_PATH = 230, 480  # bytes: file systems take 255 with what we append, SQLite 500
# SQLite's primary result codes, https://www.sqlite.org/rescode.html
_DAMAGED = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_NOTADB}
_IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class ProjectFile:
    """The open file. Used by one thread at a time, except `sync`.

    A commit goes into the write-ahead log without waiting for the disk: it survives whatever happens to the program.
    `sync`, called soon after on another thread, makes it survive a power cut, too, and keeps the log short.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open a file that is there; for reading only where another program has it or nothing may be written.

        Raises:
            HumpcatError: it is missing, damaged, no project, of a newer version, or cannot be read.
        """
        self.path = _real(path)
        self._lock: FileLock | None = None
        self._snapshot: tempfile.TemporaryDirectory[str] | None = None
        _check_length(self.path)
        if not os.path.isfile(self.path):
            raise HumpcatError(
                f"The project {path} does not exist.",
                "It may have been moved or renamed; open it from where it is.",
            )
        self.read_only = read_only or not (self._may_write() and self._take_lock())
        try:
            self._connection = self._connect_reading() if self.read_only else self._connect()
            self._identity = _identity(self.path)
        # SQLite quotes what it finds: where that is no text, its error is none either.
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            self._give_back()
            raise _unreadable(self.path, error) from error
        except HumpcatError:
            self._give_back()
            raise

    def read(self, folder: Path | None = None) -> Iterator[Row]:
        """All rows of all tables; paths are relative to `folder`, the file's own unless told.

        Raises:
            HumpcatError: the file is damaged.
        """
        try:
            self._connection.execute("BEGIN")  # all of it as it was at one moment, whoever writes meanwhile
            try:
                self._check_whole()
                for kind in ROWS:
                    names = _listed(columns(kind))
                    for values in self._connection.execute(f"SELECT {names} FROM {kind.table} ORDER BY id"):
                        yield from_columns(kind, values, folder or self.path.parent)
            finally:
                self._connection.rollback()
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            raise _unreadable(self.path, error) from error

    def write(self, changes: Iterable[RowChange]) -> None:
        """Write changes, all of them or none.

        Raises:
            HumpcatError: the project is open for reading only, its file is gone, the disk is full or fails, or the
                changes contradict what the project holds.
        """
        if self.read_only:
            raise HumpcatError(
                f"{self.path.name} is open for reading only; the change was not made.",
                "Save the project under another name to go on there (File, Save project as).",
            )
        self._check_presence()
        changes = tuple(changes)
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._vacate(changes)
                for change in changes:
                    self._write(change)
        except (sqlite3.Error, UnicodeEncodeError, OverflowError) as error:
            raise _not_written(self.path, error) from error

    def sync(self) -> None:
        """Put what was written into the log onto the disk and into the file itself; on any thread.

        Raises:
            HumpcatError: the disk is full or fails; the log still holds everything.
        """
        if self.read_only or not self._is_there():
            return
        try:
            with contextlib.closing(_connected(self.path, "rw")) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                # Empty unless somebody is in the way: a log left behind by a crash would be taken for that of
                # whatever file is put in the project's place.
                connection.execute("PRAGMA busy_timeout = 0").fetchall()
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            if _code(error) not in _IN_USE:
                raise _not_written(self.path, error) from error

    def close(self) -> None:
        """Give the file back; its log is emptied into it, wherever it was moved."""
        with contextlib.suppress(sqlite3.Error):
            if not self.read_only:
                self._connection.execute("PRAGMA busy_timeout = 500").fetchall()
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._connection.close()
        self._give_back()

    def _connect(self) -> sqlite3.Connection:
        connection = _connected(self.path, "rw")
        try:
            check(connection, self.path.name)
            for pragma in (
                "journal_mode = WAL",
                "synchronous = NORMAL",
                "wal_autocheckpoint = 0",
                "foreign_keys = ON",
            ):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            prepare(connection, self.path.name)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect_reading(self) -> sqlite3.Connection:
        """The file itself where SQLite can read it, else a copy: a log in a folder of no writing needs recovery."""
        try:
            # Not "ro": such a connection leaves its log behind.
            return self._connected_reading(self.path, "rw")
        except sqlite3.OperationalError:
            self._snapshot = tempfile.TemporaryDirectory(prefix="humpcat-")
            copy = copy_with_log(self.path, Path(self._snapshot.name))
            return self._connected_reading(copy, "rw")

    def _connected_reading(self, path: Path, mode: str) -> sqlite3.Connection:
        connection = _connected(path, mode)
        try:
            connection.execute("PRAGMA query_only = ON").fetchall()
            check(connection, self.path.name)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_whole(self) -> None:
        (verdict,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        if self._connection.execute("PRAGMA foreign_key_check").fetchone():
            raise sqlite3.DatabaseError("rows of a recording or rater that is not there")

    def _vacate(self, changes: Iterable[RowChange]) -> None:
        """Paths are unique: recordings that change places need to have left theirs first."""
        for change in changes:
            before, after = change.before, change.after
            if not isinstance(before, RecordingRow) or not isinstance(after, RecordingRow):
                continue
            if before.path != after.path:
                self._connection.execute(
                    "UPDATE recordings SET path = ? WHERE id = ?", (f"\0{after.id}", after.id)
                )

    def _write(self, change: RowChange) -> None:
        row = change.row
        if change.before is None:
            insert(self._connection, row, self.path.parent)
            return
        if change.after is None:
            found = self._connection.execute(f"DELETE FROM {row.table} WHERE id = ?", (row.id,))
        else:
            names = change.columns
            values = to_columns(row, self.path.parent, names)
            assignments = ", ".join(f'"{name}" = ?' for name in names) or "id = id"
            found = self._connection.execute(
                f"UPDATE {row.table} SET {assignments} WHERE id = ?", (*values, row.id)
            )
        if found.rowcount != 1:
            raise sqlite3.IntegrityError(f"no row {row.id} in {row.table}")

    def _may_write(self) -> bool:
        return os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)

    def _take_lock(self) -> bool:
        """Whether nobody else has the project open for writing."""
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=_PATIENCE)
        try:
            lock.acquire()
        except Timeout:
            return False
        except OSError as error:
            raise _unreadable(self.path, error) from error
        self._lock = lock
        return True

    def _give_back(self) -> None:
        if self._lock is not None:
            # While it is still held: whoever takes the file next finds it gone and makes a new one.
            with contextlib.suppress(OSError):
                os.unlink(self._lock.lock_file)
            self._lock.release()
            self._lock = None
        if self._snapshot is not None:
            self._snapshot.cleanup()
            self._snapshot = None

    def _check_presence(self) -> None:
        """SQLite goes on writing into a file that somebody deleted or replaced; nobody would find it again."""
        if not self._is_there():
            raise HumpcatError(
                f"The project file {self.path} is gone or was replaced; the change was not made.", _SAVE_AS
            )

    def _is_there(self) -> bool:
        try:
            return _identity(self.path) == self._identity
        except OSError:
            return False


def write_new(path: Path, rows: Iterable[Row], refused: Callable[[str], None] | None = None) -> None:
    """Write rows into a project that is not there yet, whole or not at all.

    Args:
        refused: is told the table of each row that contradicts the others; without it such a row is an error.

    Raises:
        HumpcatError: there is a file of that name, the disk is full, or the folder cannot be written.
    """
    path = _real(path)
    _check_length(path)
    if os.path.lexists(path):
        raise HumpcatError(f"{path.name} is there already.", "Choose another name, or open it.")
    with write_aside(path) as aside:
        try:
            with contextlib.closing(_connected(aside, "rwc")) as connection:
                _fill(connection, rows, path.parent, refused)
        except (sqlite3.Error, UnicodeEncodeError, OverflowError) as error:
            raise _not_made(path, error) from error
        for (
            suffix
        ) in LOG_SUFFIXES:  # of a file of that name that was deleted; it would be taken for this one's
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def insert(connection: sqlite3.Connection, row: Row, folder: Path) -> None:
    """Insert a row."""
    names = columns(type(row))
    marks = ", ".join("?" * len(names))
    connection.execute(
        f"INSERT INTO {row.table} ({_listed(names)}) VALUES ({marks})", to_columns(row, folder, names)
    )


def copy_with_log(path: Path, folder: Path) -> Path:
    """Copy a project into `folder`, together with a log that was left behind.

    Raises:
        OSError: it cannot be read or written.
    """
    copy = folder / path.name
    for ending in ("", LOG_SUFFIXES[0]):
        source = path.with_name(path.name + ending)
        if source.is_file():
            shutil.copyfile(source, copy.with_name(copy.name + ending))
    return copy


def _fill(
    connection: sqlite3.Connection, rows: Iterable[Row], folder: Path, refused: Callable[[str], None] | None
) -> None:
    # The file counts only once it is whole and on disk: neither a log nor waiting for the disk is of use.
    for pragma in ("journal_mode = OFF", "synchronous = OFF", f"foreign_keys = {int(refused is None)}"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    create(connection)
    connection.execute("BEGIN")
    for row in rows:
        try:
            insert(connection, row, folder)
        except sqlite3.IntegrityError:
            if refused is None:
                raise
            refused(row.table)
    if refused is not None:
        alone = connection.execute("PRAGMA foreign_key_check").fetchall()
        for table, number in {(table, number) for table, number, *_ in alone}:
            connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (number,))
            refused(table)
    connection.execute("COMMIT")


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    """Autocommit, as transactions are ours; on any thread, as the window's may not be the one that opened the file."""
    uri = f"{path.as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=5.0, isolation_level=None, check_same_thread=False)


def _real(path: Path) -> Path:
    """The absolute path; of a link to a project the project's own, beside which its log and its lock lie."""
    return Path(os.path.realpath(path) if os.path.islink(path) else os.path.abspath(path))


def _identity(path: Path) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_dev, status.st_ino


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _check_length(path: Path) -> None:
    if len(os.fsencode(path.name)) > _LONGEST_NAME or len(os.fsencode(path)) > _LONGEST_PATH:
        raise HumpcatError(
            f"The path of the project is too long: {path}", "Give it a shorter name, or a folder further up."
        )


def _code(error: Exception) -> int:
    """SQLite's primary result code; 0 for errors that are not its own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _unreadable(path: Path, error: Exception) -> HumpcatError:
    if _code(error) in _IN_USE:
        return HumpcatError(
            f"The project {path.name} is in use by another program.", "Close it there and open it again."
        )
    if isinstance(error, sqlite3.OperationalError | OSError) and _code(error) not in _DAMAGED:
        return HumpcatError(
            f"The project {path} cannot be opened ({error}).",
            "Check its permissions and those of its folder.",
        )
    return HumpcatError(
        f"The project {path.name} is damaged or no project ({error}).",
        "Open its latest backup (File, Open backup), or the file that you have copied elsewhere.",
    )


def _not_written(path: Path, error: Exception) -> HumpcatError:
    name, code = path.name, _code(error)
    if code == sqlite3.SQLITE_FULL:
        return HumpcatError(
            f"The disk is full: the change was not written to {name} and was not made.",
            "Free some space and do it again.",
        )
    if code == sqlite3.SQLITE_IOERR:
        return HumpcatError(
            f"The disk is full or fails: the change was not written to {name} and was not made ({error}).",
            "Free some space and do it again, or save the project on another disk (File, Save project as).",
        )
    if code in _IN_USE:
        return HumpcatError(
            f"Another program is writing into {name}; the change was not made.",
            "Wait for it or close it, and do it again.",
        )
    if isinstance(error, sqlite3.IntegrityError | UnicodeEncodeError | OverflowError):
        return HumpcatError(
            f"The change contradicts what {name} holds ({error}) and was not made.",
            "Another change came in between; look at what is there now, and do it again.",
        )
    return HumpcatError(f"The change was not written to {name} ({error}) and was not made.", _SAVE_AS)


def _not_made(path: Path, error: Exception) -> HumpcatError:
    if _code(error) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return HumpcatError(
            f"The disk is full or fails: {path} was not written.", "Free some space, or choose another disk."
        )
    return HumpcatError(
        f"{path} cannot be written ({error}).", "Choose another folder, or change its permissions."
    )
