"""A project's SQLite file: reading all of it, writing an edit as one transaction, and never more than one writer."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import HumpcatError
from .edit import RowChange
from .rows import ROWS, Row, columns, from_columns, to_columns
from .schema import check, prepare

SUFFIX = ".humpcat"
_FULL = ("full", "disk i/o error")
_SAVE_AS = "Nothing that is shown is lost: save the project under another name (File, Save project as)."


class ProjectFile:
    """The open file. Used by one thread at a time, except `sync`.

    A commit goes into the write-ahead log without waiting for the disk: it survives whatever happens to the program.
    `sync`, called soon after on another thread, makes it survive a power cut, too, and keeps the log short.
    """

    def __init__(self, path: Path, *, read_only: bool = False, create: bool = False) -> None:
        """Open a file that is there, or with `create` make one.

        Raises:
            HumpcatError: it is missing, damaged, no project, of a newer version, or cannot be written.
        """
        self.path = path
        self._lock: FileLock | None = None
        self._snapshot: tempfile.TemporaryDirectory[str] | None = None
        if create and path.exists():
            raise HumpcatError(f"{path.name} is there already.", "Choose another name, or open it.")
        if not create and not path.is_file():
            raise HumpcatError(
                f"The project {path} does not exist.",
                "It may have been moved or renamed; open it from where it is.",
            )
        self.read_only = read_only or not (self._may_write(create) and self._take_lock())
        try:
            self._connection = self._connect()
            self._inode = os.stat(path).st_ino
        except (sqlite3.Error, OSError) as error:
            self._give_lock_back()
            raise _unreadable(path, error) from error
        except HumpcatError:
            self._give_lock_back()
            raise

    def read(self) -> Iterator[Row]:
        """All rows of all tables.

        Raises:
            HumpcatError: the file is damaged.
        """
        try:
            (verdict,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            for kind in ROWS:
                names = ", ".join(f'"{name}"' for name in columns(kind))
                for values in self._connection.execute(f"SELECT {names} FROM {kind.table} ORDER BY id"):
                    yield from_columns(kind, values, self.path.parent)
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            raise _unreadable(self.path, error) from error

    def write(self, changes: Iterable[RowChange]) -> None:
        """Write changes, all of them or none.

        Raises:
            HumpcatError: the project is open for reading only, its file is gone, the disk is full or fails.
        """
        if self.read_only:
            raise HumpcatError(
                f"{self.path.name} is open for reading only; the change was not made.",
                "Save the project under another name to go on there (File, Save project as).",
            )
        self._check_presence()
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                for change in changes:
                    self._write(change)
        except sqlite3.Error as error:
            raise _not_written(self.path, error) from error

    def sync(self) -> None:
        """Put what was written into the log onto the disk and into the file itself; on any thread.

        Raises:
            HumpcatError: the disk is full or fails; the log still holds everything.
        """
        if self.read_only or not self._is_there():
            return
        try:
            with contextlib.closing(sqlite3.connect(self.path, timeout=5.0)) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error as error:
            raise _not_written(self.path, error) from error

    def close(self) -> None:
        """Give the file back; its log is emptied into it."""
        with contextlib.suppress(sqlite3.Error):
            if not self.read_only and self._is_there():
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._connection.close()
        self._give_lock_back()

    def _connect(self) -> sqlite3.Connection:
        if self.read_only:
            return self._connect_reading()
        # Autocommit: transactions are ours. The window's thread may not be the one that opened the file.
        connection = sqlite3.connect(self.path, timeout=5.0, isolation_level=None, check_same_thread=False)
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
            return self._opened_reading(self.path)
        except sqlite3.OperationalError:
            self._snapshot = tempfile.TemporaryDirectory(prefix="humpcat-")
            copy = Path(self._snapshot.name) / self.path.name
            for ending in ("", "-wal"):
                source = self.path.with_name(self.path.name + ending)
                if source.is_file():
                    shutil.copyfile(source, copy.with_name(copy.name + ending))
            return self._opened_reading(copy)

    def _opened_reading(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0, check_same_thread=False
        )
        try:
            check(connection, self.path.name)
        except BaseException:
            connection.close()
            raise
        return connection

    def _write(self, change: RowChange) -> None:
        row = change.row
        if change.after is None:
            found = self._connection.execute(f"DELETE FROM {row.table} WHERE id = ?", (row.id,))
            if found.rowcount != 1:
                raise sqlite3.IntegrityError(f"no row {row.id} in {row.table}")
            return
        names = columns(type(row))
        values = to_columns(row, self.path.parent)
        if change.before is None:
            marks = ", ".join("?" * len(names))
            quoted = ", ".join(f'"{name}"' for name in names)
            self._connection.execute(f"INSERT INTO {row.table} ({quoted}) VALUES ({marks})", values)
            return
        assignments = ", ".join(f'"{name}" = ?' for name in names)
        self._connection.execute(f"UPDATE {row.table} SET {assignments} WHERE id = ?", (*values, row.id))

    def _may_write(self, create: bool) -> bool:
        if create:
            return True
        return os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)

    def _take_lock(self) -> bool:
        """Whether nobody else has the project open for writing."""
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=0)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            return False
        except OSError as error:
            raise _unreadable(self.path, error) from error
        self._lock = lock
        return True

    def _give_lock_back(self) -> None:
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
            return os.stat(self.path).st_ino == self._inode
        except OSError:
            return False


def _unreadable(path: Path, error: Exception) -> HumpcatError:
    if isinstance(error, sqlite3.OperationalError | OSError):
        return HumpcatError(
            f"The project {path} cannot be opened ({error}).",
            "Check its permissions and those of its folder.",
        )
    return HumpcatError(
        f"The project {path.name} is damaged or no project ({error}).",
        "Open its latest backup (File, Open backup), or the file that you have copied elsewhere.",
    )


def _not_written(path: Path, error: sqlite3.Error) -> HumpcatError:
    if any(word in str(error).lower() for word in _FULL):
        return HumpcatError(
            f"The disk is full: the change was not written to {path.name} and was not made.",
            "Free some space and do it again.",
        )
    return HumpcatError(f"The change was not written to {path.name} ({error}) and was not made.", _SAVE_AS)
