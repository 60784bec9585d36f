"""Files that are either written whole or not at all."""

import contextlib
import errno
import functools
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from .errors import HumpcatError

_BLOCK = 1 << 20
_WINDOWS = os.name == "nt"
_PATIENCE = 1.0  # s
_PAUSE = 0.02  # s

_T = TypeVar("_T")


@contextlib.contextmanager
def write_aside(path: Path, *, sync: bool = True) -> Iterator[Path]:
    """Yield a path beside `path` to write to (a file or a folder); put it in `path`'s place when the block succeeds.

    Whatever happens, `path` holds either what it held before or the whole new content. Without `sync` that does not
    cover a power cut, and thousands of small files are written faster.

    Raises:
        HumpcatError: the disk is full, or the folder cannot be written.
    """
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        _replace(aside, path, sync)
    except OSError as error:
        raise not_written(error, path) from error
    finally:
        _remove(aside)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, whole or not at all."""
    with write_aside(path) as aside:
        aside.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        HumpcatError: the file is missing or is not a JSON object.
    """
    try:
        value = json.loads(_patiently(lambda: path.read_text(encoding="utf-8")))
    except OSError as error:
        raise HumpcatError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:  # the latter: brackets in brackets, thousands deep
        raise HumpcatError(f"{path} is damaged: it is not JSON.") from error
    if not isinstance(value, dict):
        raise HumpcatError(f"{path} is damaged: a JSON object was expected.")
    return value


def not_written(error: OSError, path: Path) -> HumpcatError:
    """Why a file or folder was not written, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return HumpcatError(f"The disk is full: {path} was not written.", "Free some space and try again.")
    reason = error.strerror or str(error)
    return HumpcatError(
        f"{path} cannot be written ({reason}).", "Choose another folder, or change its permissions."
    )


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal; of a file that has not changed since it is remembered.

    Raises:
        HumpcatError: the file cannot be read.
    """
    try:
        status = path.stat()
        return _content_hash(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise HumpcatError(f"{path} cannot be read ({error.strerror or error}).") from error


def hash_of(value: Any) -> str:
    """SHA-256 of a JSON-able value, the same for equal values on every machine."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@functools.lru_cache(maxsize=1 << 18)
def _content_hash(path: Path, size: int, changed: int) -> str:  # noqa: ARG001 - they tell a changed file from the one hashed before
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _replace(aside: Path, path: Path, sync: bool) -> None:
    if sync:
        _sync(aside)
    if not aside.is_dir():
        _rename(aside, path)
        return
    retired = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.old")
    with contextlib.suppress(FileNotFoundError):
        _rename(path, retired)  # a folder cannot be replaced in one step
    try:
        _rename(aside, path)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            _rename(retired, path)
        raise
    _remove(retired)


def _rename(path: Path, other: Path) -> None:
    _patiently(lambda: os.replace(path, other))


def _patiently(act: Callable[[], _T]) -> _T:
    """Do something with a file; on Windows again for a second, as it is refused while others hold the file open."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return act()
        except PermissionError:
            if not _WINDOWS or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE)


def _sync(aside: Path) -> None:
    """A rename that survives a power cut must not name unwritten blocks."""
    files = [file for file in aside.rglob("*") if file.is_file()] if aside.is_dir() else [aside]
    for file in files:
        # Windows syncs only what is open for writing; elsewhere a copy of a read-only file must do.
        with file.open("r+b" if _WINDOWS else "rb") as stream:
            os.fsync(stream.fileno())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):  # why writing failed is what matters
            path.unlink()
