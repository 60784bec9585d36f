"""Computed features on disk: shared by processes, bounded in size, least recently used first out.

An entry is one safetensors file named by the hash of what it was computed from. It is written aside and renamed, so
that several processes may fill the cache at once; a torn entry is noticed by its checksum and computed again.
"""

import contextlib
import os
import shutil
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from .errors import HumpcatError
from .files import hash_of, write_aside
from .folders import cache_folder
from .settings import read_settings

GIGABYTE = 1 << 30
LEAST_LIMIT = 20 * GIGABYTE  # unless another is asked for

_CHECKSUM_BYTES = 4
_SWEEP_EVERY = 256

Arrays = dict[str, npt.NDArray[np.generic]]


class FeatureCache:
    """A folder of entries.

    Args:
        folder: where; by default below the program's cache folder.
        limit: bytes that it may take; beyond them the least recently used entries go. By default the gigabytes that
            the variable HUMPCAT_CACHE_GB says, or else the setting cache_gb; without both half of what the disk has for
            it, and at least 20 GB
            (decision: whoever goes twice through a corpus that does not fit finds nothing the second time).

    Raises:
        HumpcatError: HUMPCAT_CACHE_GB is no number.
    """

    def __init__(self, folder: Path | None = None, limit: int | None = None) -> None:
        self.folder = folder or cache_folder() / "features"
        self.limit = _limit_asked() if limit is None else limit
        self._written = 0

    def get(self, key: Mapping[str, object]) -> Arrays | None:
        """The arrays stored under `key`, or None when there are none or they are damaged."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        body = content[_CHECKSUM_BYTES:]
        try:
            if zlib.crc32(body) != int.from_bytes(content[:_CHECKSUM_BYTES], "little"):
                raise SafetensorError("checksum")
            arrays: Arrays = load(body)
        except SafetensorError:
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # the time of last use
        return arrays

    def has(self, key: Mapping[str, object]) -> bool:
        """Whether something is stored under `key`, be it damaged."""
        return self._path(key).is_file()

    def put(self, key: Mapping[str, object], arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Store arrays; a disk that is full or read-only costs only the time to compute them again."""
        body = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
        with contextlib.suppress(HumpcatError), write_aside(self._path(key), sync=False) as aside:
            aside.write_bytes(zlib.crc32(body).to_bytes(_CHECKSUM_BYTES, "little") + body)
        if (
            self._written % _SWEEP_EVERY == 0
        ):  # the first time, too: many short runs must not outgrow the limit
            self.sweep()
        self._written += 1

    def sweep(self) -> int:
        """Delete the least recently used entries until the limit holds; return the bytes freed."""
        entries = []
        for path in self.folder.glob("*/*"):  # also what writers that were killed left behind
            with contextlib.suppress(OSError):  # another process swept it
                status = path.stat()
                entries.append((status.st_mtime, status.st_size, path))
        held = sum(size for _, size, _ in entries)
        excess = held - (self._room(held) if self.limit is None else self.limit)
        freed = 0
        for _, size, path in sorted(entries):
            if freed >= excess:
                break
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
                freed += size
        return freed

    def size(self, check: Callable[[], None] = lambda: None) -> tuple[int, int]:
        """How many files it holds, and their bytes; `check` is called now and then, and may raise to stop."""
        number = held = 0
        for folder in self.folder.glob("*"):
            check()
            for path in folder.glob("*"):
                with contextlib.suppress(OSError):
                    held += path.stat().st_size
                    number += 1
        return number, held

    def clear(self, progress: Callable[[float, float], None] = lambda _done, _of: None) -> int:
        """Delete all entries; the bytes freed. Whoever needs one computes it again.

        Args:
            progress: called with the bytes freed and those held before, and may raise to stop.
        """
        _, held = self.size(lambda: progress(0, 0))
        freed = 0
        for folder in self.folder.glob("*"):
            progress(freed, held)
            for path in folder.glob("*"):
                with contextlib.suppress(OSError):
                    size = path.stat().st_size
                    path.unlink()
                    freed += size
        return freed

    def _room(self, held: int) -> int:
        try:
            return max(LEAST_LIMIT, (shutil.disk_usage(self.folder).free + held) // 2)
        except OSError:  # no folder: nothing is held
            return LEAST_LIMIT

    def _path(self, key: Mapping[str, object]) -> Path:
        name = hash_of(dict(key))
        return self.folder / name[:2] / f"{name[2:]}.features"


def _limit_asked() -> int | None:
    asked = os.environ.get("HUMPCAT_CACHE_GB")
    if not asked:
        return int(read_settings().cache_gb * GIGABYTE) or None
    try:
        return int(float(asked) * GIGABYTE)
    except (ValueError, OverflowError) as error:
        raise HumpcatError(
            f"HUMPCAT_CACHE_GB is {asked!r}, which is no number.", "Set it to gigabytes, such as 50."
        ) from error
