"""What was said in a live session, as rows of a project: the recording, labels that were pressed, a prediction."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..facts import WindowPrediction
from ..live.session_log import Session, in_take
from .edit import Edit, RowChange, added
from .project import Project
from .rows import BY_HAND, AnnotationRow, PredictionRow, RecordingRow

# Decision: a live prediction hears shorter windows and another standardisation than one made afterwards, so it is kept
# beside that one, under a name and an id of its own.
_NAME, _ID = " (live)", "+live"
_LEAST = 0.01  # s; a label pressed and taken back


@dataclass(frozen=True, slots=True)
class TakeFile:
    """A finished take as its header says."""

    path: Path
    size: int
    rate: int
    channels: int
    frames: int


def keep_session(project: Project, session: Session, take: TakeFile) -> Edit:
    """The edit that adds a take with all that was said; empty where the project has the recording already."""
    if project.recording_at(take.path) is not None:
        return Edit("record", ())
    number = project.new_id(RecordingRow)
    sound = (take.size, take.rate, take.channels, take.frames)
    recording = RecordingRow(number, take.path, "", *sound, session.speaker)
    pressed, windows = in_take(session, take.frames)
    raters = {rater.id for rater in project.people()}
    rater = session.rater if session.rater in raters else project.people()[0].id
    rows: list[RecordingRow | AnnotationRow | PredictionRow] = [recording]
    for each in pressed:
        end = min(each.end if each.end is not None else take.frames, take.frames)
        if end - each.start >= _LEAST * take.rate:
            rows.append(
                AnnotationRow(
                    project.new_id(AnnotationRow),
                    number,
                    rater,
                    each.start,
                    end,
                    each.label,
                    origin=BY_HAND,
                    changed=time.time(),
                )
            )
    if windows and session.model is not None:
        rows.append(_prediction(project, recording, session.model, windows))
    changes: tuple[RowChange, ...] = tuple(added(rows))
    return Edit("record", changes, number, (0, take.frames))


def _prediction(
    project: Project, recording: RecordingRow, model: dict[str, Any], windows: list[WindowPrediction]
) -> PredictionRow:
    total = sum(window.end - window.start for window in windows)
    mean = tuple(
        sum(window.probabilities[label] * (window.end - window.start) for window in windows) / total
        for label in range(len(model["labels"]))
    )
    return PredictionRow(
        project.new_id(PredictionRow),
        recording.id,
        0,
        recording.frames,
        tuple(model["labels"]),
        mean,
        tuple(windows),
        f"{model['name']}{_NAME}",
        f"{model['id']}{_ID}",
        model["device"],
        model["precision"],
        time.time(),
    )
