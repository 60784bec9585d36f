"""From a project's rows to the entries that file formats hold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import HumpcatError
from ..facts import Prediction, Segment
from ..formats.entry import GOLD, HUMAN, ORIGINS, PREDICTION, Entry, Sound
from ..project import rows
from ..project.project import overlap
from ..project.rows import AnnotationRow, PredictionRow, RaterRow, RecordingRow
from .content import Content

_ALIKE = 0.5  # of the union; from here on a prediction is one of a segment, as for Project.prediction_of


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a project goes out; None means all.

    Attributes:
        recordings: ids.
        segments: annotations' ids; predictions then are those of these segments.
        raters: ids, the gold tier's among them.
        predictions: whether predictions go out, too, on a tier of their own.
    """

    recordings: frozenset[int] | None = None
    segments: frozenset[int] | None = None
    raters: frozenset[int] | None = None
    predictions: bool = False


def entries_of(
    content: Content, scope: Scope, folder: Path, *, probabilities: bool = False
) -> tuple[Entry, ...]:
    """What is said of segments, by recording, start and rater; predictions after the raters' segments.

    Args:
        content: the project's rows.
        scope: which of them.
        folder: where the export lies; recordings inside are named relative to it, others by their whole path.
        probabilities: raters' segments also get the newest prediction's probabilities and its model; the label and
            the confidence stay the rater's own: theirs, and none.
    """
    tiers = {rater.id: tier_of(rater) for rater in content.raters if _holds(scope.raters, rater.id)}
    annotations, predictions = _by_recording(content.annotations), _by_recording(content.predictions)
    entries: list[Entry] = []
    for recording in content.recordings:
        if not _holds(scope.recordings, recording.id):
            continue
        file = file_of(recording.path, folder)
        segments = _chosen(annotations[recording.id], scope, tiers)
        for row in segments:
            of = _newest(row, predictions[recording.id]) if probabilities else None
            entries.append(_annotation(row, tiers[row.rater], file, recording, of))
        if scope.predictions:
            found = _predicted(predictions[recording.id], segments, scope)
            entries += [_prediction(row, file, recording) for row in found]
    return tuple(entries)


def sounds_of(content: Content, entries: Iterable[Entry], folder: Path) -> tuple[Sound, ...]:
    """What the project knows of the entries' recordings."""
    files = {entry.file for entry in entries}
    named = ((file_of(row.path, folder), row) for row in content.recordings)
    return tuple(Sound(file, row.duration, row.rate) for file, row in named if file in files)


def predictions_of(content: Content, scope: Scope) -> list[Prediction]:
    """The predictions alone, as `core_model.prediction_table` writes them, by recording and start.

    Raises:
        HumpcatError: there is none.
    """
    annotations, predictions = _by_recording(content.annotations), _by_recording(content.predictions)
    tiers = {rater.id: rater.name for rater in content.raters}
    facts = []
    for recording in content.recordings:
        if _holds(scope.recordings, recording.id):
            segments = _chosen(annotations[recording.id], replace(scope, raters=None), tiers)
            found = _predicted(predictions[recording.id], segments, scope)
            facts += [_fact(row, recording) for row in found]
    if not facts:
        raise HumpcatError("There is no prediction to export.", "Predict first (Ctrl+P), or choose more.")
    return facts


def tier_of(rater: RaterRow) -> str:
    """The tier that a rater's segments stand on; a person called "gold" or "prediction" is marked as one."""
    if rater.kind == rows.GOLD:
        return GOLD
    return f"{rater.name} (rater)" if rater.name.casefold() in (GOLD, PREDICTION) else rater.name


def file_of(path: Path, folder: Path) -> str:
    """A recording's name as an export in `folder` has it: relative inside it, else absolute; with "/" everywhere."""
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def _holds(ids: frozenset[int] | None, number: int) -> bool:
    return ids is None or number in ids


def _by_recording(found: Iterable[rows.AnnotationRow] | Iterable[rows.PredictionRow]) -> Mapping[int, list]:  # type: ignore[type-arg]
    groups: defaultdict[int, list[AnnotationRow | PredictionRow]] = defaultdict(list)
    for row in found:
        groups[row.recording].append(row)
    return groups


def _chosen(found: Iterable[AnnotationRow], scope: Scope, tiers: Mapping[int, str]) -> list[AnnotationRow]:
    order = {rater: place for place, rater in enumerate(tiers)}
    kept = [row for row in found if row.rater in tiers and _holds(scope.segments, row.id)]
    return sorted(kept, key=lambda row: (row.span, order[row.rater], row.id))


def _predicted(
    found: Sequence[PredictionRow], segments: Sequence[AnnotationRow], scope: Scope
) -> list[PredictionRow]:
    kept = [
        row
        for row in found
        if scope.segments is None or any(overlap(row.span, each.span) >= _ALIKE for each in segments)
    ]
    return sorted(kept, key=lambda row: (row.span, row.changed, row.id))


def _newest(segment: AnnotationRow, found: Iterable[PredictionRow]) -> PredictionRow | None:
    """As Project.prediction_of: of those that overlap most, the newest."""
    fitting = [(overlap(segment.span, row.span), row.changed, row.id, row) for row in found]
    return max((each for each in fitting if each[0] >= _ALIKE), default=(0, 0, 0, None))[3]


def _annotation(
    row: AnnotationRow, tier: str, file: str, recording: RecordingRow, of: PredictionRow | None
) -> Entry:
    return Entry(
        file,
        row.start / recording.rate,
        row.end / recording.rate,
        tier,
        row.label or "",
        row.valence,
        row.arousal,
        row.dominance,
        row.note,
        row.unsure,
        row.origin if row.origin in ORIGINS else HUMAN,
        probabilities=tuple(zip(of.labels, of.probabilities, strict=True)) if of else (),
        model=of.model_name if of else "",
        speaker=recording.speaker,
    )


def _prediction(row: PredictionRow, file: str, recording: RecordingRow) -> Entry:
    return Entry(
        file,
        row.start / recording.rate,
        row.end / recording.rate,
        PREDICTION,
        row.label,
        origin=PREDICTION,
        confidence=row.confidence,
        probabilities=tuple(zip(row.labels, row.probabilities, strict=True)),
        model=row.model_name,
        speaker=recording.speaker,
    )


def _fact(row: PredictionRow, recording: RecordingRow) -> Prediction:
    segment = Segment(recording.path, row.start, row.end, recording.rate)
    return Prediction(segment, row.labels, row.probabilities, row.windows, row.model_name, row.model_id)
