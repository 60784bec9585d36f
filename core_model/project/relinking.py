"""Recordings whose files were moved: which are missing, where they are now, and the edit that tells the project.

A file is known by its content (SHA-256) as far as that was computed, else by size, name, rate, channels and length.
"""

import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..audio import audio_files, read_info
from ..errors import HumpcatError
from ..files import content_hash
from ..wording import counted
from .edit import Edit, RowChange
from .project import Project
from .rows import RecordingRow


@dataclass(frozen=True, slots=True)
class Move:
    """Where a recording's file is now.

    Attributes:
        sure: whether the content is the same to the bit; else size, name, rate, channels and length are.
    """

    recording: RecordingRow
    path: Path
    sure: bool


def missing(rows: Iterable[RecordingRow]) -> list[RecordingRow]:
    """The recordings whose file is not there, or is of another size and so another file. Looks at each file once."""
    return [row for row in rows if not _is_there(row)]


def find_moved(
    rows: Sequence[RecordingRow],
    folders: Iterable[Path],
    check: Callable[[], None],
    progress: Callable[[int, int], None],
    taken: Collection[Path] = (),
) -> list[Move]:
    """Look for the files of missing recordings in folders and all that is below.

    Of several that fit, that one is taken whose name, folder, folder's folder and so on are the same for the longest;
    none is taken for two recordings. Only files of a fitting size are read, each once.

    Args:
        rows: the missing recordings.
        check: raises to stop the search.
        progress: takes how many files of how many were looked at.
        taken: files that are other recordings of the project.
    """
    search = _Search(rows, check, progress)
    search.collect(folders, frozenset(taken))
    return search.moves()


def moved_alike(move: Move, rows: Iterable[RecordingRow]) -> list[Move]:
    """Other missing recordings whose files lie to one that was found as they lay before; only sizes are looked at."""
    before, now = move.recording.path.parent, move.path.parent
    moves: list[Move] = []
    for row in rows:
        if row.id == move.recording.id:
            continue
        try:
            path = Path(os.path.normpath(now / os.path.relpath(row.path, before)))
        except ValueError:  # another drive
            continue
        if path != row.path and _size(path) == row.size:
            moves.append(Move(row, path, sure=False))
    return moves


def pointed_out(row: RecordingRow, path: Path) -> Move:
    """A file that somebody says is a missing recording's.

    Raises:
        HumpcatError: it cannot be read, or its rate, channels or length are not the recording's.
    """
    info = read_info(path)
    if (info.rate, info.channels, info.frames) != (row.rate, row.channels, row.frames):
        raise HumpcatError(
            f"{path.name} is another recording: {info.duration:.2f} s at {info.rate} Hz in "
            f"{counted(info.channels, 'channel')}, not {row.duration:.2f} s at {row.rate} Hz in {row.channels}.",
            "Choose the file that was annotated; segments would lie elsewhere in another one.",
        )
    sure = bool(row.content_hash) and _size(path) == row.size and content_hash(path) == row.content_hash
    return Move(row, path, sure)


def relink(project: Project, moves: Iterable[Move]) -> Edit:
    """The edit that tells a project where its recordings are now.

    Raises:
        HumpcatError: a file is another recording of the project already.
    """
    found = {move.recording.id: move for move in moves}
    changes: list[RowChange] = []
    for row in project.recordings:
        move = found.get(row.id)
        if move is None:
            continue
        other = project.recording_at(move.path)
        if other is not None and other.id not in found:
            raise HumpcatError(
                f"{move.path.name} is in the project already, as another recording.",
                "Remove one of the two, or choose another file.",
            )
        hashed = row.content_hash if move.sure else ""
        now = replace(row, path=move.path, size=_size(move.path), content_hash=hashed)
        changes.append(RowChange(row, now))
    return Edit(f"re-link {counted(len(changes), 'recording')}", tuple(changes))


def hash_missing(
    rows: Iterable[RecordingRow], check: Callable[[], None]
) -> Iterator[tuple[RecordingRow, str]]:
    """The content's hash of each recording that has none; files that are not there, or changed, are left out.

    Args:
        check: raises to stop before the next file.
    """
    for row in rows:
        check()
        if row.content_hash or not _is_there(row):
            continue
        try:
            yield row, content_hash(row.path)
        except HumpcatError:  # it went meanwhile, or may not be read: it shows as missing elsewhere
            continue


def add_hashes(project: Project, hashed: Iterable[tuple[RecordingRow, str]]) -> Edit:
    """The edit that keeps hashes with the recordings, as far as these are the files that were read."""
    found = {row.id: (row, digest) for row, digest in hashed}
    changes: list[RowChange] = []
    for row in project.recordings:
        read, digest = found.get(row.id, (None, ""))
        if read is not None and (read.path, read.size) == (row.path, row.size):
            changes.append(RowChange(row, replace(row, content_hash=digest)))
    return Edit("hash recordings", tuple(changes))


class _Search:
    """The files that may be missing recordings, and what was read of them."""

    def __init__(
        self, rows: Sequence[RecordingRow], check: Callable[[], None], progress: Callable[[int, int], None]
    ) -> None:
        self._rows, self._check, self._progress = rows, check, progress
        self._sizes = {row.size for row in rows}
        self._files: dict[Path, int] = {}  # those still free, with their sizes
        self._hashes: dict[Path, str] = {}
        self._headers: dict[Path, tuple[int, int, int]] = {}
        self._moves: dict[int, Move] = {}

    def collect(self, folders: Iterable[Path], taken: Collection[Path]) -> None:
        """See which files there are of the sizes looked for."""
        for folder in folders:
            self._check()
            for path in audio_files(Path(os.path.abspath(folder))):
                self._check()
                size = _size(path)
                if size in self._sizes and path not in taken:
                    self._files[path] = size

    def moves(self) -> list[Move]:
        """Match the longest common ends of paths first, names at last, then content whatever the name."""
        depth = max((len(row.path.parts) for row in self._rows), default=0)
        for count in range(depth, 0, -1):
            self._match_tails(count)
        self._match_content()
        return [self._moves[row.id] for row in self._rows if row.id in self._moves]

    def _match_tails(self, count: int) -> None:
        by_tail: dict[tuple[int, tuple[str, ...]], list[Path]] = {}
        for path, size in self._files.items():
            if len(path.parts) >= count:
                by_tail.setdefault((size, path.parts[-count:]), []).append(path)
        for row in self._unmatched():
            if len(row.path.parts) < count:
                continue
            for path in by_tail.get((row.size, row.path.parts[-count:]), ()):
                if path in self._files and self._is_it(row, path):
                    self._match(row, path)
                    break

    def _match_content(self) -> None:
        rows = [row for row in self._unmatched() if row.content_hash]
        sizes = {row.size for row in rows}
        by_hash: dict[str, list[Path]] = {}
        for path in [path for path, size in self._files.items() if size in sizes]:
            by_hash.setdefault(self._hash(path), []).append(path)
        for row in rows:
            if same := by_hash.get(row.content_hash):
                self._match(row, same.pop(0))

    def _is_it(self, row: RecordingRow, path: Path) -> bool:
        if row.content_hash:
            return self._hash(path) == row.content_hash
        return self._header(path) == (row.rate, row.channels, row.frames)

    def _match(self, row: RecordingRow, path: Path) -> None:
        self._moves[row.id] = Move(row, path, bool(row.content_hash))
        del self._files[path]

    def _unmatched(self) -> list[RecordingRow]:
        return [row for row in self._rows if row.id not in self._moves]

    def _hash(self, path: Path) -> str:
        if path not in self._hashes:
            self._tell()
            try:
                self._hashes[path] = content_hash(path)
            except HumpcatError:  # it cannot be read, and so is not found
                self._hashes[path] = ""
        return self._hashes[path]

    def _header(self, path: Path) -> tuple[int, int, int]:
        if path not in self._headers:
            self._tell()
            try:
                info = read_info(path)
                self._headers[path] = (info.rate, info.channels, info.frames)
            except HumpcatError:
                self._headers[path] = (0, 0, 0)
        return self._headers[path]

    def _tell(self) -> None:
        self._check()
        self._progress(len(self._hashes) + len(self._headers), len(self._files) + len(self._moves))


def _is_there(row: RecordingRow) -> bool:
    size = _size(row.path)
    return size == row.size or (size > 0 and not row.size)  # 0: nobody looked yet


def _size(path: Path) -> int:
    """Bytes; -1 where there is no such file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return -1
    return status.st_size if stat.S_ISREG(status.st_mode) else -1
