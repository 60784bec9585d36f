"""An import: what it would add, change, leave as it is and refuse, told before it is done; then one edit."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from ..audio import read_info
from ..errors import HumpcatError
from ..formats.entry import GOLD, PREDICTION
from ..formats.safe_names import safe_name
from ..label_schemes import AnnotationScheme
from ..project import rows
from ..project.edit import Edit, RowChange, added
from ..project.editing import SCHEME
from ..project.project import Project
from ..project.rows import AnnotationRow, PredictionRow, RaterRow, RecordingRow, Row
from ..wording import counted
from .arriving_rows import Tier, prediction_row, said_by, with_said, words_of
from .content import Content
from .matching import UNKNOWN
from .reading import Arriving, Incoming

_CUT = 0.01  # s; a segment that ends this much after its recording, by rounding, ends with it


class What(Enum):
    """What becomes of one thing in a file."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "the same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody decided about a file's tiers and labels.

    Attributes:
        tiers: a rater's name for each tier, "gold", "prediction", or "" to leave it out; a rater that the project does
            not have is added.
        labels: what labels become; None refuses a label. One that is not named stays as it is. Labels that the scheme
            does not have are added to it.
        add_recordings: whether audio that the project does not have, found where the file says, is added.
    """

    tiers: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str | None] = field(default_factory=dict)
    add_recordings: bool = True


@dataclass(frozen=True, slots=True)
class Planned:
    """One line of an import.

    Attributes:
        file: the recording; where a line of a file was not understood, that line.
        start, end: seconds; None where that is not known.
        rater: a rater's name, "gold" or "prediction".
        before, after: what is said of the segment, in words.
        why: why it is refused.
        old, new: the rows; new recordings and raters have numbers below 0.
    """

    what: What
    file: str
    start: float | None = None
    end: float | None = None
    rater: str = ""
    before: str = ""
    after: str = ""
    why: str = ""
    old: Row | None = None
    new: Row | None = None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All lines; and what comes with them: recordings and raters (numbers below 0), labels of the scheme."""

    lines: tuple[Planned, ...]
    recordings: tuple[RecordingRow, ...]
    raters: tuple[RaterRow, ...]
    scheme: AnnotationScheme | None
    labels: tuple[str, ...]

    def count(self, what: What) -> int:
        """How many lines are so."""
        return sum(line.what is what for line in self.lines)

    @property
    def empty(self) -> bool:
        """Whether the project stays as it is."""
        return not any(line.what in (What.ADDED, What.CHANGED) for line in self.lines)

    @property
    def summary(self) -> str:
        """What it comes to, in a sentence."""
        told = [f"{self.count(what)} {what.value}" for what in What]
        coming = [
            counted(len(found), noun)
            for found, noun in (
                (self.recordings, "new recording"),
                (self.raters, "new rater"),
                (self.labels, "new label"),
            )
            if found
        ]
        return ", ".join(told) + (f"; {', '.join(coming)}" if coming else "") + "."


def usual_choices(
    content: Content, incoming: Incoming, suggest: Callable[[str], str | None] = lambda _: None
) -> Choices:
    """What most people would choose: tiers go to raters of their name, labels to those of the scheme.

    Args:
        content: the project.
        incoming: what was read.
        suggest: answers a label of the scheme for another word, or None.
    """
    people = [rater.name for rater in content.raters if rater.kind != rows.GOLD]
    # A tier may be named by its file, whose name cannot have every letter.
    names = {safe_name(name).casefold(): name for name in people} | {name.casefold(): name for name in people}
    tiers = {tier: names.get(tier.casefold(), tier) for tier in incoming.tiers}
    tiers |= {tier: tier.casefold() for tier in tiers if tier.casefold() in (GOLD, PREDICTION)}
    in_scheme = {name.casefold(): name for name in content.scheme.names}
    labels: dict[str, str | None] = {}
    for label in labels_of(incoming, Choices(tiers)):
        wanted = in_scheme.get(label.casefold()) or suggest(label)
        labels[label] = wanted if wanted in content.scheme.names else label
    return Choices(tiers, labels)


def labels_of(incoming: Incoming, choices: Choices) -> dict[str, int]:
    """The labels that raters give, with how many segments have each."""
    counts = Counter(
        each.entry.label
        for each in incoming.entries
        if each.entry.label and choices.tiers.get(each.entry.tier, "") not in ("", PREDICTION)
    )
    return dict(sorted(counts.items()))


def plan_import(content: Content, incoming: Incoming, choices: Choices) -> ImportPlan:
    """Look at what an import would do; nothing is done.

    A rater's segment of the same bounds (within 1 ms) is the same segment: what the file says of it replaces what the
    project says, but what the file is silent about stays. Nothing is ever removed. Edges that reach into the
    neighbour by no more than 1 ms, as formats round them, are cut to it.
    """
    return _Planner(content, choices).plan(incoming)


def import_edit(project: Project, plan: ImportPlan) -> Edit:
    """The one edit that does what was planned.

    Raises:
        HumpcatError: there is nothing to do, or the project is not as it was planned for.
    """
    if plan.empty:
        raise HumpcatError(f"There is nothing to import: {plan.summary}", "The project stays as it is.")
    for line in plan.lines:
        if line.old is not None and not _is_there(project, line.old):
            raise HumpcatError("The project has changed since.", "Look at the import again.")
    ids: dict[tuple[str, int], int] = {}
    coming: list[Row] = [*plan.recordings, *plan.raters]
    changes = list(added(_numbered(row, project, ids) for row in coming))
    if plan.scheme is not None:
        changes.append(project.setting_change(SCHEME, plan.scheme.to_json()))
    segments: list[AnnotationRow | PredictionRow] = []
    for line in plan.lines:
        if line.what not in (What.ADDED, What.CHANGED) or line.new is None:
            continue
        row = _numbered(line.new, project, ids)
        changes += added([row]) if line.old is None else [RowChange(line.old, row)]
        if isinstance(row, AnnotationRow | PredictionRow):
            segments.append(row)
    text = f"import {counted(len(segments), 'segment')}"
    if not segments:
        return Edit(text, tuple(changes))
    return Edit(text, tuple(changes), segments[0].recording, segments[0].span)


class _Planner:
    """Goes through the entries; remembers what those before have taken."""

    def __init__(self, content: Content, choices: Choices) -> None:
        self._content, self._choices = content, choices
        self._now = time.time()
        self._recordings: dict[Path, RecordingRow] = {}
        self._unreadable: dict[Path, str] = {}
        self._raters: dict[str, RaterRow] = {}
        self._tiers: dict[tuple[int, int], Tier] = {}
        self._predictions: dict[int, list[PredictionRow]] = {}
        self._labels: dict[str, None] = {}
        self._rated = False
        for row in content.annotations:
            self._tier(row.recording, row.rater).add(row)
        for prediction in content.predictions:
            self._predictions.setdefault(prediction.recording, []).append(prediction)

    def plan(self, incoming: Incoming) -> ImportPlan:
        lines = [line for each in incoming.entries if (line := self._line(each)) is not None]
        lines += self._speakers(incoming, lines)
        lines += [Planned(What.REFUSED, each.where, why=each.why) for each in incoming.refused]
        used = {line.new.rater for line in lines if isinstance(line.new, AnnotationRow)}
        at = {getattr(line.new, "recording", None) for line in lines}
        scheme = self._content.scheme
        new = tuple(label for label in self._labels if label not in scheme.names)
        wanted = replace(scheme.with_labels(new), ratings=scheme.ratings or self._rated)
        return ImportPlan(
            tuple(lines),
            tuple(row for row in self._recordings.values() if row.id in at),
            tuple(row for row in self._raters.values() if row.id in used and row.id < 0),
            wanted if wanted != scheme else None,
            new,
        )

    def _line(self, arriving: Arriving) -> Planned | None:
        entry = arriving.entry
        tier = self._choices.tiers.get(entry.tier, "")
        if not tier:
            return None
        told = Planned(What.REFUSED, entry.file, entry.start, entry.end, tier, after=entry.label)
        recording, why = self._recording(arriving)
        if recording is None:
            return replace(told, why=why)
        told = replace(told, file=str(recording.path))
        start, end = round(entry.start * recording.rate), round(entry.end * recording.rate)
        if recording.frames < end <= recording.frames + _CUT * recording.rate:
            end = recording.frames
        if end > recording.frames:
            return replace(
                told, why=f"It ends after the recording, which is {recording.duration:.3f} s long."
            )
        if end <= start:
            return replace(told, why="It is shorter than one sample.")
        if tier == PREDICTION:
            return self._prediction(told, arriving, recording, (start, end))
        return self._annotation(told, arriving, recording, (start, end))

    def _annotation(
        self, told: Planned, arriving: Arriving, recording: RecordingRow, span: tuple[int, int]
    ) -> Planned:
        entry = arriving.entry
        label = self._choices.labels.get(entry.label, entry.label) if entry.label else ""
        if label is None:
            return replace(told, why=f"The label {entry.label!r} is left out.")
        rater = self._rater(told.rater)
        tier, slack = self._tier(recording.id, rater.id), max(1, round(recording.rate / 1000))
        given = said_by(entry, label)
        told = replace(told, rater=rater.name)
        old = tier.alike(span, slack)
        if old is not None:
            new = with_said(old, given, self._now)
            told = replace(told, before=words_of(old), after=words_of(new), old=old, new=new)
            if new is old or new == old:
                return replace(told, what=What.SAME, old=None, new=None)
            if old.changed == self._now:  # an entry before this one made or changed it
                why = "The file says two things of this segment."
                return replace(told, why=why, before="", old=None, new=None)
            tier.replace(old, new)
            self._take(new)
            return replace(told, what=What.CHANGED)
        free = tier.free(span, slack)
        if free is None:
            return replace(told, why=f"It overlaps another segment of {rater.name}.")
        new = with_said(AnnotationRow(0, recording.id, rater.id, *free), given, self._now)
        tier.add(new)
        self._take(new)
        return replace(told, what=What.ADDED, after=words_of(new), new=new)

    def _take(self, row: AnnotationRow) -> None:
        """What the scheme has to have for it."""
        if row.label is not None:
            self._labels[row.label] = None
        self._rated |= any(value is not None for value in (row.valence, row.arousal, row.dominance))

    def _prediction(
        self, told: Planned, arriving: Arriving, recording: RecordingRow, span: tuple[int, int]
    ) -> Planned:
        if not arriving.entry.probabilities:
            why = "A prediction needs the probabilities of its labels; the file has none."
            return replace(told, why=why)
        new = prediction_row(arriving.entry, recording, span, self._now)
        mine, slack = self._predictions.setdefault(recording.id, []), max(1, round(recording.rate / 1000))
        old = next((row for row in mine if _same_stretch(row, new, slack)), None)
        told = replace(told, after=f"{new.label} {new.confidence:.2f}, {new.model_name}", new=new)
        if old is None:
            mine.append(new)
            return replace(told, what=What.ADDED)
        if _same_prediction(old, new):
            return replace(told, what=What.SAME, new=None)
        before = f"{old.label} {old.confidence:.2f}, {old.model_name}"
        if old.changed == self._now:
            return replace(told, why="The file says two things of this segment.", new=None)
        mine[mine.index(old)] = new
        return replace(told, what=What.CHANGED, before=before, old=old, new=replace(new, id=old.id))

    def _recording(self, arriving: Arriving) -> tuple[RecordingRow | None, str]:
        match = arriving.match
        if match.recording is not None or match.beside is None:
            return match.recording, match.why
        if not self._choices.add_recordings:
            return None, UNKNOWN
        path = match.beside
        if path not in self._recordings and path not in self._unreadable:
            try:
                info = read_info(path)
            except HumpcatError as error:
                self._unreadable[path] = error.message
            else:
                number = -1 - len(self._recordings)
                self._recordings[path] = RecordingRow(
                    number, path, "", path.stat().st_size, info.rate, info.channels, info.frames
                )
        return self._recordings.get(path), self._unreadable.get(path, "")

    def _rater(self, name: str) -> RaterRow:
        """The project's rater of a name, or a new one."""
        key = name.casefold()
        if key not in self._raters:
            kind = rows.GOLD if key == GOLD else rows.HUMAN
            there = (
                each
                for each in self._content.raters
                if each.name.casefold() == key or (kind == rows.GOLD and each.kind == rows.GOLD)
            )
            self._raters[key] = next(there, RaterRow(-1 - len(self._raters), name.strip(), kind))
        return self._raters[key]

    def _tier(self, recording: int, rater: int) -> Tier:
        return self._tiers.setdefault((recording, rater), Tier())

    def _speakers(self, incoming: Incoming, lines: list[Planned]) -> list[Planned]:
        """Recordings whose speaker the project does not know and on whom their entries agree."""
        told: dict[int, set[str]] = {}
        known: dict[int, RecordingRow] = {row.id: row for row in self._content.recordings}
        for each in incoming.entries:
            row = each.match.recording or self._recordings.get(each.match.beside or Path())
            if row is not None and each.entry.speaker and self._choices.tiers.get(each.entry.tier, ""):
                told.setdefault(row.id, set()).add(each.entry.speaker)
        for path, row in self._recordings.items():  # new ones come with their speakers
            if len(names := told.get(row.id, set())) == 1:
                self._recordings[path] = replace(row, speaker=next(iter(names)))
        return [
            Planned(
                What.CHANGED,
                str(known[number].path),
                after=f"speaker {name}",
                old=known[number],
                new=replace(known[number], speaker=name),
            )
            for number, names in told.items()
            if number in known and not known[number].speaker and len(names) == 1
            for name in names
        ]


def _same_stretch(row: PredictionRow, other: PredictionRow, slack: int) -> bool:
    near = abs(row.start - other.start) <= slack and abs(row.end - other.end) <= slack
    return near and row.model_name == other.model_name


def _same_prediction(row: PredictionRow, other: PredictionRow) -> bool:
    mine, theirs = (dict(zip(each.labels, each.probabilities, strict=True)) for each in (row, other))
    # Files keep six decimals.
    return mine.keys() == theirs.keys() and all(abs(mine[name] - theirs[name]) < 2e-6 for name in mine)


def _is_there(project: Project, row: Row) -> bool:
    if isinstance(row, AnnotationRow):
        return project.annotation(row.id) == row
    if isinstance(row, PredictionRow):
        return row in project.predictions_of(row.recording)
    return not isinstance(row, RecordingRow) or project.recording_at(row.path) == row


def _numbered(row: Row, project: Project, ids: dict[tuple[str, int], int]) -> Row:
    """The row with the project's numbers in place of those below 1."""

    def number(table: str, planned: int) -> int:
        return ids.get((table, planned), planned)

    if isinstance(row, RecordingRow | RaterRow) and row.id < 1:
        ids[row.table, row.id] = project.new_id(type(row))
        return replace(row, id=ids[row.table, row.id])
    if isinstance(row, AnnotationRow):
        recording, rater = number(RecordingRow.table, row.recording), number(RaterRow.table, row.rater)
        return replace(row, id=row.id or project.new_id(AnnotationRow), recording=recording, rater=rater)
    if isinstance(row, PredictionRow):
        recording = number(RecordingRow.table, row.recording)
        return replace(row, id=row.id or project.new_id(PredictionRow), recording=recording)
    return row
