"""A project's predictions: what is to be predicted, what is stale, and the edit that keeps what a model says."""

import time
from collections.abc import Iterable

from ..facts import Prediction, Segment
from .edit import Edit, RowChange
from .project import Project
from .rows import PredictionRow


def segments_to_predict(project: Project, rater: int) -> list[Segment]:
    """A rater's segments, recording by recording; recordings in which the rater has none are one segment each."""
    found: list[Segment] = []
    for row in project.recordings:
        spans = [each.span for each in project.annotations_of(row.id, rater)] or [(0, row.frames)]
        found += [Segment(row.path, *span, row.rate) for span in spans]
    return found


def unpredicted(project: Project, segments: Iterable[Segment], model_id: str) -> list[Segment]:
    """The segments of which this model has said nothing, or only while their bounds were others."""
    known = {(row.recording, row.start, row.end) for row in project.predictions if row.model_id == model_id}
    left: list[Segment] = []
    for segment in segments:
        recording = project.recording_at(segment.file)
        if recording is not None and (recording.id, segment.start, segment.end) not in known:
            left.append(segment)
    return left


def stale_predictions(project: Project, model_id: str | None) -> list[PredictionRow]:
    """Predictions of bounds that are neither a segment's nor a recording's now, or of a model that is not in use.

    Args:
        model_id: the model in use; None where that is not known.
    """
    there = {(row.recording, *row.span) for row in project.annotations}
    there |= {(row.id, 0, row.frames) for row in project.recordings}
    return [
        row
        for row in project.predictions
        if (row.recording, *row.span) not in there or model_id not in (None, row.model_id)
    ]


def keep_prediction(project: Project, prediction: Prediction, device: str, precision: str) -> Edit:
    """A prediction in place of the same model's of the same segment; empty where the recording is not in the project.

    Args:
        device, precision: on and in which it was made: "cpu", "cuda" or "mps"; "fp32" or "bf16".
    """
    segment = prediction.segment
    recording = project.recording_at(segment.file)
    if recording is None:
        return Edit("predict", ())
    span = (segment.start, segment.end)
    before = next(
        (
            row
            for row in project.predictions_of(recording.id)
            if row.span == span and row.model_id == prediction.model_id
        ),
        None,
    )
    row = PredictionRow(
        before.id if before is not None else project.new_id(PredictionRow),
        recording.id,
        *span,
        prediction.labels,
        prediction.probabilities,
        prediction.windows,
        prediction.model_name,
        prediction.model_id,
        device,
        precision,
        time.time(),
    )
    return Edit("predict", (RowChange(before, row),), recording.id, span)
