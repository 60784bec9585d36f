"""Automatic segmentation of a project's recordings: from probabilities of speech to segments on a rater's tier."""

from collections.abc import Iterable, Mapping, Sequence

from ..errors import HumpcatError
from ..speech_segments import Probabilities, SpeechConfig, segments_of
from .edit import Edit
from .editing import add_segments
from .project import Project
from .rows import RecordingRow


def speech_spans(
    recording: RecordingRow, probabilities: Probabilities, config: SpeechConfig
) -> list[tuple[int, int]]:
    """Where somebody speaks in a recording, in its samples; `probabilities` is (frames,), one every 32 ms."""
    found = segments_of(probabilities, recording.duration, config)
    rate, frames = recording.rate, recording.frames
    return [(round(start * rate), min(round(end * rate), frames)) for start, end in found]


def without_segments(project: Project, rater: int, recordings: Iterable[RecordingRow]) -> list[RecordingRow]:
    """Those of the recordings in which a rater has no segments."""
    return [row for row in recordings if not project.annotations_of(row.id, rater)]


def segment_by_speech(project: Project, rater: int, spans: Mapping[int, Sequence[tuple[int, int]]]) -> Edit:
    """New segments on a rater's tier, by the recordings' ids, as one edit; where the tier is full none is added.

    Recordings that the project does not have any more are passed over.

    Raises:
        HumpcatError: there are no spans, or nothing is free for any of them.
    """
    edits: list[Edit] = []
    refused: HumpcatError | None = None
    for recording, found in spans.items():
        if not found or not project.has_recording(recording):
            continue
        try:
            edits.append(add_segments(project, recording, rater, found))
        except HumpcatError as error:
            refused = error
    if not edits:
        raise refused or HumpcatError("No speech was found.", "Lower the threshold or the shortest length.")
    changes = tuple(change for edit in edits for change in edit.changes)
    return Edit(f"segment automatically ({len(changes)})", changes, edits[0].recording, edits[0].span)
