"""What a person does to a project: each function looks at the project and answers with the edit, made by nobody yet.

Segments of one rater never overlap in a recording; those of different raters may. Spans are samples of the recording.
"""

import bisect
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import HumpcatError
from ..label_schemes import HIGHEST, LOWEST, RATINGS, AnnotationScheme
from ..wording import counted
from .edit import Edit, RowChange, added, removed
from .project import Project, free_spans, overlap
from .rows import (
    ACCEPTED,
    ADJUDICATED,
    BY_HAND,
    COPIED,
    CORRECTED,
    GOLD,
    AnnotationRow,
    PredictionRow,
    RaterRow,
    RecordingRow,
    Row,
)

SCHEME = "scheme"
GOLD_NAME = "gold"  # of the tier that comes with the first decision
_SAME = 0.5  # of the union, as for agreement between raters; from here on two spans are of one segment
_LEAST = 0.01  # s; a shorter segment is a slip of the mouse
_SAID = ("label", *RATINGS, "note", "unsure")


# Segments


def add_segments(
    project: Project,
    recording: int,
    rater: int,
    spans: Iterable[tuple[int, int]],
    text: str = "new segment",
    label: str | None = None,
) -> Edit:
    """New segments on a rater's tier, cut to what is free there.

    Raises:
        HumpcatError: nothing is free.
    """
    row = project.recording(recording)
    taken = project.annotations_of(recording, rater)
    new: list[AnnotationRow] = []
    least = max(1, round(_LEAST * row.rate))
    for first, last in spans:
        free = free_spans([*taken, *new], max(0, first), min(last, row.frames))
        new += [
            AnnotationRow(
                project.new_id(AnnotationRow), recording, rater, *span, label=label, changed=time.time()
            )
            for span in free
            if span[1] - span[0] >= least
        ]
    if not new:
        raise HumpcatError(
            "There is no room for a segment here: the rater's segments may not overlap.",
            "Select a stretch that has no segment, or delete the one that is there.",
        )
    return _edit(text, added(new), new[0])


def split(project: Project, segment: AnnotationRow, at: int) -> Edit:
    """Two segments in place of one, both with what was said of it.

    Raises:
        HumpcatError: `at` does not lie inside.
    """
    if not segment.start < at < segment.end:
        raise HumpcatError(
            "The cursor is not inside the segment.", "Put it where the segment is to be split."
        )
    first = replace(segment, end=at, changed=time.time())
    second = replace(first, id=project.new_id(AnnotationRow), start=at, end=segment.end)
    return _edit("split segment", (RowChange(segment, first), *added([second])), segment)


def merge(segments: Sequence[AnnotationRow]) -> Edit:
    """One segment in place of neighbours of one tier, with what was said of the longest that has a label.

    Raises:
        HumpcatError: there are fewer than two, or not all of one recording and rater.
    """
    if len(segments) < 2:
        raise HumpcatError(
            "There is no segment to merge with.", "Select two or more, or one that has a next one."
        )
    if len({(each.recording, each.rater) for each in segments}) > 1:
        raise HumpcatError(
            "Segments of different recordings or raters cannot be merged.", "Select those of one tier."
        )
    ordered = sorted(segments, key=lambda each: each.start)
    said = max(ordered, key=lambda each: (each.label is not None, each.end - each.start))
    notes = list(dict.fromkeys(each.note for each in ordered if each.note))
    whole = replace(
        said,
        id=ordered[0].id,
        start=ordered[0].start,
        end=ordered[-1].end,
        note="\n".join(notes),
        changed=time.time(),
    )
    return _edit("merge segments", (*removed(ordered[1:]), RowChange(ordered[0], whole)), whole)


def neighbours(project: Project, segment: AnnotationRow) -> tuple[AnnotationRow | None, AnnotationRow | None]:
    """The segments before and after on the same tier."""
    rows = project.annotations_of(segment.recording, segment.rater)
    at = next((index for index, row in enumerate(rows) if row.id == segment.id), None)
    if at is None:
        return None, None
    return (rows[at - 1] if at else None), (rows[at + 1] if at + 1 < len(rows) else None)


def move_edges(
    project: Project, segment: AnnotationRow, start: int, end: int, text: str = "move edge"
) -> Edit:
    """Other bounds, kept inside the recording, off the neighbours, and no shorter than 10 ms."""
    row = project.recording(segment.recording)
    before, after = neighbours(project, segment)
    low, high = (before.end if before else 0), (after.start if after else row.frames)
    least = min(max(1, round(_LEAST * row.rate)), high - low)
    if start != segment.start:
        start = max(low, min(start, end - least))
    end = min(high, max(end, start + least))
    start = max(low, min(start, end - least))
    return _edit(
        text, (RowChange(segment, replace(segment, start=start, end=end, changed=time.time())),), segment
    )


def delete_segments(segments: Sequence[AnnotationRow]) -> Edit:
    """Without these segments."""
    text = "delete segment" if len(segments) == 1 else f"delete {counted(len(segments), 'segment')}"
    return _edit(text, removed(segments), segments[0] if segments else None)


# What is said of segments


def set_label(segments: Sequence[AnnotationRow], label: str | None) -> Edit:
    """A label given by a person."""
    many = f" of {counted(len(segments), 'segment')}" if len(segments) > 1 else ""
    text = f"label '{label}'{many}" if label is not None else f"no label{many}"
    return _say(segments, text, label=label, origin=BY_HAND)


def answer_suggestion(segment: AnnotationRow, prediction: PredictionRow, label: str) -> Edit:
    """A label given in view of a model's suggestion, recorded as accepted or corrected."""
    origin = ACCEPTED if label == prediction.label else CORRECTED
    text = f"accept '{label}'" if origin == ACCEPTED else f"correct to '{label}'"
    if (segment.label, segment.origin) == (label, origin) and segment.changed <= prediction.changed:
        confirmed = replace(segment, changed=time.time())  # said again of a newer prediction
        return _edit(text, (RowChange(segment, confirmed),), segment)
    return _say([segment], text, label=label, origin=origin)


def with_origin(edit: Edit, prediction: PredictionRow | None, label: str) -> Edit:
    """New labelled segments, recorded as answers to a model's suggestion where there was one."""
    if prediction is None:
        return edit
    origin = ACCEPTED if label == prediction.label else CORRECTED
    changes = tuple(
        RowChange(None, replace(change.after, origin=origin))
        if isinstance(change.after, AnnotationRow)
        else change
        for change in edit.changes
    )
    return replace(edit, changes=changes)


def set_rating(segments: Sequence[AnnotationRow], name: str, value: int | None) -> Edit:
    """Valence, arousal or dominance, 1 to 7.

    Raises:
        HumpcatError: there is no such rating.
    """
    if name not in RATINGS or (value is not None and not LOWEST <= value <= HIGHEST):
        raise HumpcatError(
            f"A rating is {', '.join(RATINGS)} from {LOWEST} to {HIGHEST}, not {name} {value}."
        )
    return _say(segments, f"{name} {value}" if value is not None else f"no {name}", **{name: value})


def set_note(segments: Sequence[AnnotationRow], note: str) -> Edit:
    """A free note."""
    return _say(segments, "note", note=note)


def set_unsure(segments: Sequence[AnnotationRow], unsure: bool) -> Edit:
    """The flag of doubt."""
    return _say(segments, "unsure" if unsure else "sure", unsure=unsure)


def repeat_on_next(segment: AnnotationRow, following: AnnotationRow) -> Edit:
    """What was said of a segment, said of the next one, too."""
    said = {name: getattr(segment, name) for name in _SAID if name != "note"}
    return _say([following], f"repeat '{segment.label}'", **said, origin=BY_HAND)


# Raters


def add_rater(project: Project, name: str, kind: str = "human") -> tuple[Edit, RaterRow]:
    """One more rater.

    Raises:
        HumpcatError: the name is empty or taken.
    """
    _check_rater_name(project, name)
    row = RaterRow(project.new_id(RaterRow), name.strip(), kind)
    return Edit(f"add rater {row.name}", added([row])), row


def rename_rater(project: Project, rater: RaterRow, name: str) -> Edit:
    """Another name for a rater.

    Raises:
        HumpcatError: the name is empty or another rater's.
    """
    _check_rater_name(project, name, rater.id)
    return Edit(f"rename rater {rater.name}", (RowChange(rater, replace(rater, name=name.strip())),))


def remove_rater(project: Project, rater: RaterRow) -> Edit:
    """Without a rater and all that the rater said.

    Raises:
        HumpcatError: it is the last one.
    """
    if len(project.people()) == 1 and rater.kind != GOLD:
        raise HumpcatError("A project needs at least one rater.", "Add another one first.")
    theirs = [row for row in project.annotations if row.rater == rater.id]
    return Edit(f"remove rater {rater.name}", (*removed(theirs), RowChange(rater, None)))


def copy_segments(
    project: Project,
    source: int,
    target: int,
    recordings: Collection[int] | None = None,
    *,
    labels: bool = False,
) -> Edit:
    """One rater's segments on another's tier too, where that is free; without labels unless told.

    Raises:
        HumpcatError: there is nothing to copy.
    """
    new: list[AnnotationRow] = []
    for recording in project.recordings:
        if recordings is not None and recording.id not in recordings:
            continue
        taken = [row.span for row in project.annotations_of(recording.id, target)]
        new += [
            _copied(row, project.new_id(AnnotationRow), target, labels=labels)
            for row in project.annotations_of(recording.id, source)
            if not any(row.start < end and start < row.end for start, end in taken)
        ]
    if not new:
        raise HumpcatError(
            "There is no segment to copy: the other rater has none, or they overlap those that are there.",
            "Choose another rater.",
        )
    return _edit(f"copy {counted(len(new), 'segment')}", added(new), new[0])


def adjudicate(project: Project, segment: AnnotationRow, gold: int, label: str) -> Edit:
    """A decided label for a segment, on the gold tier.

    Raises:
        HumpcatError: gold has other segments there.
    """
    change = _decision(project, project.annotations_of(segment.recording, gold), segment, gold, label)
    if change is None:
        raise _taken()
    return _edit(f"decide '{label}'", (change,), segment)


# Label schemes


def labels_in_use(project: Project) -> dict[str, int]:
    """How many annotations have each label."""
    counts: dict[str, int] = {}
    for row in project.annotations:
        if row.label is not None:
            counts[row.label] = counts.get(row.label, 0) + 1
    return counts


def change_scheme(project: Project, scheme: AnnotationScheme, mapping: Mapping[str, str | None]) -> Edit:
    """Another scheme; labels in use become what `mapping` says (None: no label), others stay what they are.

    Raises:
        HumpcatError: labels in use are neither in the scheme nor mapped to one that is.
    """
    lost = [
        label
        for label in labels_in_use(project)
        if (mapping.get(label, label) or None) not in (None, *scheme.names)
    ]
    if lost:
        raise HumpcatError(
            f"Labels in use that the scheme {scheme.name} does not have: {', '.join(sorted(lost))}.",
            "Say what each of them becomes, or keep them in the scheme.",
        )
    changes = [
        RowChange(row, replace(row, label=mapping[row.label] or None))
        for row in project.annotations
        if row.label is not None and row.label in mapping and mapping[row.label] != row.label
    ]
    return Edit(f"label scheme {scheme.name}", (project.setting_change(SCHEME, scheme.to_json()), *changes))


# Recordings


def remove_recordings(project: Project, recordings: Sequence[RecordingRow]) -> Edit:
    """Without these recordings, all annotations and predictions of them included; the files stay."""
    hanging: list[Row] = []
    for each in recordings:
        hanging += project.annotations_of(each.id)
        hanging += project.predictions_of(each.id)
    text = "remove recording" if len(recordings) == 1 else f"remove {counted(len(recordings), 'recording')}"
    return Edit(text, (*removed(hanging), *removed(recordings)))


def set_speaker(recordings: Sequence[RecordingRow], speaker: str) -> Edit:
    """Who speaks in these recordings."""
    changes = tuple(RowChange(row, replace(row, speaker=speaker.strip())) for row in recordings)
    return Edit(f"speaker {speaker.strip()}" if speaker.strip() else "no speaker", changes)


def _copied(row: AnnotationRow, number: int, rater: int, *, labels: bool) -> AnnotationRow:
    if not labels:
        row = AnnotationRow(row.id, row.recording, row.rater, row.start, row.end)
    return replace(row, id=number, rater=rater, origin=COPIED, changed=time.time())


def _say(segments: Sequence[AnnotationRow], text: str, **said: Any) -> Edit:
    now = time.time()
    changes = tuple(
        RowChange(row, replace(row, **said, changed=now))
        for row in segments
        if any(getattr(row, name) != value for name, value in said.items())
    )
    return _edit(text, changes, segments[0] if segments else None)


def _edit(text: str, changes: tuple[RowChange, ...], where: AnnotationRow | None) -> Edit:
    return Edit(text, changes, where.recording if where else None, where.span if where else None)


def _check_rater_name(project: Project, name: str, but: int | None = None) -> None:
    if not name.strip():
        raise HumpcatError("A rater needs a name.", "Initials will do.")
    if name.strip().lower() in {rater.name.lower() for rater in project.raters if rater.id != but}:
        raise HumpcatError(f"There is a rater {name.strip()} already.", "Choose another name.")


# Decisions


def adjudicate_all(project: Project, decided: Sequence[tuple[AnnotationRow, str]]) -> Edit:
    """Decided labels for segments, on the gold tier, as one edit; where there is no such tier it comes with it.

    Segments for which other decisions leave no room are passed over.

    Raises:
        HumpcatError: that is so of all of them.
    """
    gold = project.gold()
    changes: list[RowChange] = []
    if gold is None:
        made, gold = add_rater(project, GOLD_NAME, GOLD)
        changes += made.changes
    tiers: dict[int, list[AnnotationRow]] = {}
    decisions: list[RowChange] = []
    for segment, label in sorted(decided, key=lambda each: each[0].start):
        if segment.recording not in tiers:
            tiers[segment.recording] = project.annotations_of(segment.recording, gold.id)
        tier = tiers[segment.recording]
        change = _decision(project, tier, segment, gold.id, label)
        if change is not None and change.before is None and isinstance(change.after, AnnotationRow):
            bisect.insort(tier, change.after, key=_start)
        decisions += [change] if change is not None else []
    if not decisions:
        raise _taken()
    new = [change for change in decisions if change.before != change.after]
    text = f"decide '{decided[0][1]}'" if len(decided) == 1 else f"decide {counted(len(new), 'segment')}"
    return _edit(text, (*changes, *new) if new else (), decided[0][0])


def _decision(
    project: Project, tier: list[AnnotationRow], segment: AnnotationRow, gold: int, label: str
) -> RowChange | None:
    """Another label for the gold segment that is the same one, else a new one in what is free; None without room.

    Decision: raters who segment apart touch the neighbour's gold segment at the edge. That is no reason to decide
    about the neighbour again, and what is free has to be most of the segment for it to be found as decided.
    """
    start, end = segment.span
    first = max(0, bisect.bisect_right(tier, start, key=_start) - 1)
    near = tier[first : bisect.bisect_left(tier, end, key=_start)]
    same = next((row for row in near if overlap(row.span, segment.span) >= _SAME), None)
    if same is not None:
        if (same.label, same.origin) == (label, ADJUDICATED):
            return RowChange(same, same)
        return RowChange(same, replace(same, label=label, origin=ADJUDICATED, changed=time.time()))
    free = max(free_spans(near, start, end), key=lambda span: span[1] - span[0], default=(start, start))
    if overlap(free, segment.span) < _SAME:
        return None
    number, now = project.new_id(AnnotationRow), time.time()
    row = AnnotationRow(number, segment.recording, gold, *free, label=label, origin=ADJUDICATED, changed=now)
    return RowChange(None, row)


def _start(row: AnnotationRow) -> int:
    return row.start


def _taken() -> HumpcatError:
    return HumpcatError("The gold tier has other segments here.", "Merge, move or delete them there first.")
