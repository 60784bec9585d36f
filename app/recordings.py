"""The recordings that are open, without Qt: what their headers say, or why they cannot be read."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from core_model.audio import AudioInfo, audio_files, read_info
from core_model.errors import HumpcatError
from core_model.project.edit import RowChange
from core_model.project.project import Project
from core_model.project.rows import RecordingRow

from .translation import tr

_BATCH = 64


@dataclass(frozen=True, slots=True)
class OpenRecording:
    """A file in the list: its header, or the error that says why it is not usable."""

    path: Path
    info: AudioInfo | None
    error: HumpcatError | None = None
    size: int = 0  # bytes


def look_at(path: Path) -> OpenRecording:
    """Read one file's header; a bad file is an entry with its reason."""
    try:
        return OpenRecording(path, read_info(path), size=path.stat().st_size)
    except HumpcatError as error:
        return OpenRecording(path, None, error)
    except OSError as error:
        told = HumpcatError(
            tr("{name} cannot be read ({value}).").format(name=path.name, value=error.strerror or error),
            tr("Check its permissions."),
        )
        return OpenRecording(path, None, told)


def present(recording: OpenRecording) -> OpenRecording:
    """The recording, or why it cannot be shown: its file has gone since the project was made."""
    if recording.error is not None or recording.path.is_file():
        return recording
    gone = HumpcatError(
        tr("{path} is not there any more.").format(path=recording.path),
        tr("What was said of it is kept. If it has moved, choose File, Find moved recordings."),
    )
    return OpenRecording(recording.path, None, gone)


def of_row(row: RecordingRow) -> OpenRecording:
    """A recording of the project, as it was when it was added; its file is not looked at."""
    return OpenRecording(
        row.path, AudioInfo(row.path, row.rate, row.channels, row.frames, row.path.suffix[1:].upper())
    )


def rows_for(project: Project, found: Iterable[OpenRecording]) -> list[RowChange]:
    """What adds recordings to a project, or tells it that a file has changed since; those not readable are left out."""
    changes: list[RowChange] = []
    seen: set[Path] = set()
    for recording in found:
        if recording.info is None or recording.path in seen:
            continue
        seen.add(recording.path)
        before = project.recording_at(recording.path)
        info, size = recording.info, recording.size
        if before is None:
            number = project.new_id(RecordingRow)
            row = RecordingRow(number, recording.path, "", size, info.rate, info.channels, info.frames)
            changes.append(RowChange(None, row))
        elif (before.size, before.rate, before.frames) != (size, info.rate, info.frames):
            now = replace(
                before, content_hash="", size=size, rate=info.rate, channels=info.channels, frames=info.frames
            )
            changes.append(RowChange(before, now))
    return changes


def segments_beyond(project: Project, recordings: Iterable[int]) -> int:
    """How many segments, of all raters, end after their recording does: its file was longer once."""
    present = [number for number in recordings if project.has_recording(number)]
    return sum(
        segment.end > project.recording(number).frames
        for number in present
        for segment in project.annotations_of(number)
    )


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
