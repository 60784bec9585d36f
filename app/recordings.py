"""The recordings that are open, without Qt: what their headers say, or why they cannot be read."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core_model.audio import AudioInfo, audio_files, read_info
from core_model.errors import HumpcatError

_BATCH = 64


@dataclass(frozen=True, slots=True)
class OpenRecording:
    """A file in the list: its header, or the error that says why it is not usable."""

    path: Path
    info: AudioInfo | None
    error: HumpcatError | None = None


def look_at(path: Path) -> OpenRecording:
    """Read one file's header; a bad file is an entry with its reason."""
    try:
        return OpenRecording(path, read_info(path))
    except HumpcatError as error:
        return OpenRecording(path, None, error)
    except OSError as error:
        told = HumpcatError(
            f"{path.name} cannot be read ({error.strerror or error}).", "Check its permissions."
        )
        return OpenRecording(path, None, told)


def absolute(path: Path) -> Path:
    """The path by which a recording is known, so that the same file is listed once."""
    return Path(os.path.abspath(path))


def scan(paths: Iterable[Path], check: Callable[[], None]) -> Iterator[list[OpenRecording]]:
    """Look at files, and at all audio files below folders, in batches.

    `check` is called before every file, and may raise to stop.
    """
    batch: list[OpenRecording] = []
    for path in paths:
        for file in audio_files(path) if path.is_dir() else [path]:
            check()
            batch.append(look_at(absolute(file)))
            if len(batch) >= _BATCH:
                yield batch
                batch = []
    if batch:
        yield batch
