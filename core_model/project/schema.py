"""The tables of a project's file, and how files of older versions become those of this one."""

import sqlite3

from ..errors import HumpcatError

APPLICATION_ID = 0x48434154  # "HCAT", by which `file` and we know a project
_FIRST = """
CREATE TABLE recordings (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, content_hash TEXT NOT NULL, size INTEGER NOT NULL,
    rate INTEGER NOT NULL CHECK (rate > 0), channels INTEGER NOT NULL, frames INTEGER NOT NULL CHECK (frames > 0),
    speaker TEXT NOT NULL
) STRICT;
CREATE TABLE raters (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL) STRICT;
CREATE TABLE annotations (
    id INTEGER PRIMARY KEY,
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    rater INTEGER NOT NULL REFERENCES raters (id) DEFERRABLE INITIALLY DEFERRED,
    start INTEGER NOT NULL CHECK (start >= 0), "end" INTEGER NOT NULL CHECK ("end" > start),
    label TEXT, valence INTEGER, arousal INTEGER, dominance INTEGER,
    note TEXT NOT NULL, unsure INTEGER NOT NULL, origin TEXT NOT NULL, changed REAL NOT NULL
) STRICT;
CREATE INDEX annotations_of_recording ON annotations (recording, rater, start);
CREATE TABLE predictions (
    id INTEGER PRIMARY KEY,
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    start INTEGER NOT NULL CHECK (start >= 0), "end" INTEGER NOT NULL CHECK ("end" > start),
    labels TEXT NOT NULL, probabilities TEXT NOT NULL, windows TEXT NOT NULL,
    model_name TEXT NOT NULL, model_id TEXT NOT NULL, device TEXT NOT NULL, "precision" TEXT NOT NULL,
    changed REAL NOT NULL
) STRICT;
CREATE INDEX predictions_of_recording ON predictions (recording, start);
CREATE TABLE settings (id TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""
# One script a version, the first for an empty file; a file of version n gets those from n on.
MIGRATIONS = (_FIRST,)
VERSION = len(MIGRATIONS)


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file."""
    _migrate(connection, 0)


def prepare(connection: sqlite3.Connection, name: str) -> None:
    """Bring a file's tables to this version, in one transaction.

    Raises:
        HumpcatError: the file is empty, no project, or of a newer version.
    """
    version = check(connection, name)
    if version < VERSION:
        _migrate(connection, version)


def check(connection: sqlite3.Connection, name: str) -> int:
    """The version of a file, if it is a project that this version of the program can read.

    Raises:
        HumpcatError: it is not.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        raise HumpcatError(
            f"{name} is empty: it is no project.", "Open its latest backup, or make a new project."
        )
    if application != APPLICATION_ID:
        raise HumpcatError(
            f"{name} is a database of another program.", "Choose a project, whose name ends with .humpcat."
        )
    if version > VERSION:
        raise HumpcatError(
            f"{name} was written by a newer version of the program (project version {version}, "
            f"this program knows {VERSION}).",
            "Update the program, or export the annotations with the newer one and import them here.",
        )
    return int(version)


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    statements = "".join(MIGRATIONS[version:])
    connection.executescript(
        f"BEGIN; {statements} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; COMMIT;"
    )
