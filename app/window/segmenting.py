"""What the keys and the mouse do to segments: make, choose, label, move, go on to the next."""

import itertools
from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject, Signal

from core_model.errors import HumpcatError
from core_model.facts import Segment
from core_model.project import editing
from core_model.project.edit import Edit
from core_model.project.rows import AnnotationRow, PredictionRow, RecordingRow

from ..display.time_view import Span
from ..editor import Editor
from ..tasks import TaskPool
from ..translation import tr
from .edge_moves import EdgeMoves
from .time_axis import TimeAxis

_SNAP_PIXELS = 8
_CHOOSE = HumpcatError(
    tr("No segment is chosen."), tr("Click one, go to one with Tab or N, or make one with Ctrl+B.")
)


class Segmenting(QObject):
    """The segments in hand, always of the current rater, and what is done to them.

    Args:
        suggestion: answers the model's suggestion for a segment.
        following: answers the recordings after (1) or before (-1) the one in hand, as the list has them.
    """

    chosen_changed = Signal()
    recording_changed = Signal()
    recording_asked = Signal(int)
    segment_left = Signal()
    segment_entered = Signal(float, float)  # seconds; to be played, if the user likes that
    told = Signal(object)
    done = Signal(str)

    def __init__(
        self,
        editor: Editor,
        axis: TimeAxis,
        tasks: TaskPool,
        suggestion: Callable[[Segment], PredictionRow | None],
        following: Callable[[int], Iterator[int]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._editor, self._axis = editor, axis
        self._suggestion, self._following = suggestion, following
        self._recording: int | None = None
        self._ids: list[int] = []
        self._wanted: list[int] | None = None  # to be chosen once their recording is shown
        self._visited: tuple[int, int] | None = None  # to be selected then (samples)
        self.go_on: Callable[[], None] = self.next_unlabelled  # what follows a label, if the user likes that
        self._own_selection = False
        self.advance = False
        self.speech: list[int] = []  # boundaries of speech in the recording in hand, in samples
        self.edges = EdgeMoves(editor, tasks, lambda: self.speech, self)
        self.edges.moved.connect(self._show_moved)
        editor.project_changed.connect(lambda _: self._forget())
        editor.rater_changed.connect(lambda _: self.choose([]))
        editor.changed.connect(self._follow)
        editor.went.connect(self._go_where_it_was)
        axis.selection_changed.connect(self._let_go)
        axis.drag_ended.connect(self._end_drag)

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {
            "new_segment": self.new_segment,
            "split": self.split,
            "merge": self.merge,
            "delete_segments": self.delete,
            "label": self.label_with_key,
            "clear_label": lambda: self.set_label(None),
            "accept": self.accept,
            "unsure": self.toggle_unsure,
            "repeat_label": self.repeat_on_next,
            "next_segment": lambda: self.step(1),
            "previous_segment": lambda: self.step(-1),
            "next_unlabelled": self.next_unlabelled,
            "start_left": lambda: self.nudge("start", -1),
            "start_right": lambda: self.nudge("start", 1),
            "end_left": lambda: self.nudge("end", -1),
            "end_right": lambda: self.nudge("end", 1),
            "snap": self._set_snap,
            "advance": self._set_advance,
        }

    # What is in hand

    @property
    def segments(self) -> list[AnnotationRow]:
        """The chosen ones, the current one first."""
        project = self._editor.project
        found = [project.annotation(number) for number in self._ids] if project is not None else []
        return [row for row in found if row is not None]

    @property
    def current(self) -> AnnotationRow | None:
        """The one in hand."""
        return next(iter(self.segments), None)

    @property
    def recording_id(self) -> int | None:
        """The id of the recording in hand."""
        return self._recording

    @property
    def recording(self) -> RecordingRow | None:
        """The recording in hand."""
        project = self._editor.project
        if project is None or self._recording is None or not project.has_recording(self._recording):
            return None
        return project.recording(self._recording)

    def place_of(self, row: AnnotationRow) -> Segment:
        """The stretch of its recording that an annotation is about."""
        assert self._editor.project is not None
        recording = self._editor.project.recording(row.recording)
        return Segment(recording.path, row.start, row.end, recording.rate)

    def show_recording(self, recording: RecordingRow | None) -> None:
        """Another recording is in hand."""
        number = recording.id if recording is not None else None
        if number != self._recording:
            self.edges.settle_now()
            self._recording, self.speech = number, []
            self.recording_changed.emit()
        wanted, self._wanted = self._wanted, None
        visited, self._visited = self._visited, None
        self.choose(wanted if wanted is not None else [])
        if visited is not None and recording is not None:
            self.visit(recording.id, visited)

    def choose(self, ids: Sequence[int]) -> None:
        """Take segments in hand, the first one as the current; shows its recording and selects its time."""
        self._ids = list(ids)
        current = self.current
        if current is not None and current.recording != self._recording:
            self._wanted = list(ids)
            self.recording_asked.emit(current.recording)
            return
        self._select_time(current)
        self.chosen_changed.emit()
        if current is None:
            self.segment_left.emit()
        else:
            span = self._seconds(current.span)
            self._axis.set_playhead(span.start)
            self.segment_entered.emit(span.start, span.end)

    def visit(self, recording: int, span: tuple[int, int]) -> None:
        """Show a stretch of a recording (samples) that is no segment of the current rater."""
        if recording != self._recording:
            self._visited = span
            self.recording_asked.emit(recording)
            return
        self.choose([])
        seconds = self._seconds(span)
        self._axis.select(seconds)
        self._axis.show(seconds)
        self._axis.set_playhead(seconds.start)
        self.segment_entered.emit(seconds.start, seconds.end)

    def _select_time(self, row: AnnotationRow | None) -> None:
        self._own_selection = True
        if row is not None:
            span = self._seconds(row.span)
            self._axis.select(span)
            self._axis.show(span)
        elif self._axis.selection is not None:
            self._axis.select(None)
        self._own_selection = False

    # Making and changing segments

    def new_segment(self) -> None:
        """A segment at the selection."""
        span = self._selected_samples()
        if span is None:
            self.told.emit(
                HumpcatError(tr("Nothing is selected."), tr("Drag over the sound, or mark it with [ and ]."))
            )
            return
        self.add([span])

    def add(
        self, spans: Sequence[tuple[int, int]], text: str = "new segment", label: str | None = None
    ) -> None:
        """New segments on the current rater's tier; the first one is taken in hand."""
        project, rater, recording = self._editor.project, self._editor.rater, self._recording
        if project is None or rater is None or recording is None:
            return
        before = {row.id for row in project.annotations_of(recording)}
        if self._do(lambda: editing.add_segments(project, recording, rater.id, spans, text, label)):
            new = [row.id for row in project.annotations_of(recording, rater.id) if row.id not in before]
            self.choose(new[:1])

    def split(self) -> None:
        """Two segments where there was one, at the pointer over the plots, else at the playhead."""
        at = self._axis.cursor if self._axis.cursor is not None else self._axis.playhead
        found = self._at(at)
        project, recording = self._editor.project, self.recording
        if found is None or project is None or recording is None:
            self.told.emit(
                HumpcatError(
                    tr("There is no segment at the cursor."),
                    tr("Put the playhead into the segment to be split."),
                )
            )
            return
        if self._do(lambda: editing.split(project, found, round(at * recording.rate))):
            self.choose([found.id])

    def merge(self) -> None:
        """One segment from those chosen, or from the one in hand and the next."""
        project, segments = self._editor.project, self.segments
        if project is None:
            return
        if len(segments) == 1:
            following = editing.neighbours(project, segments[0])[1]
            segments += [following] if following is not None else []
        first = min(segments, key=lambda row: row.start, default=None)
        if self._do(lambda: editing.merge(segments)) and first is not None:
            self.choose([first.id])

    def delete(self) -> None:
        """Without the segments chosen; the next one is taken in hand."""
        segments, project = self.segments, self._editor.project
        if not segments or project is None:
            self.told.emit(_CHOOSE)
            return
        following = editing.neighbours(project, max(segments, key=lambda row: row.start))[1]
        if self._do(lambda: editing.delete_segments(segments)):
            self.choose([following.id] if following is not None else [])

    def nudge(self, edge: str, direction: int) -> None:
        """Move an edge of the segment in hand by 10 ms; with snapping no farther than the next place to snap to."""
        row = self.current
        if row is None:
            self.told.emit(_CHOOSE)
        else:
            self.edges.nudge(row, edge, direction)

    def drag_edge(self, row: AnnotationRow, edge: str, seconds: float) -> None:
        """An edge was dropped somewhere; with snapping it goes to what is near there."""
        recording = self.recording
        if recording is not None:
            reach = _SNAP_PIXELS * self._axis.view.length / max(self._axis.pixels, 1)
            self.edges.drop(row, edge, round(seconds * recording.rate), round(reach * recording.rate))

    def _show_moved(self, number: int) -> None:
        current = self.current
        if current is not None and current.id == number:
            self._select_time(current)

    # What is said of segments

    def label_with_key(self, key: str) -> None:
        """The label of a digit."""
        label = self._editor.scheme.label_with(key)
        if label is None:
            self.told.emit(
                HumpcatError(
                    tr("No label has the key {key}.").format(key=key),
                    tr("The scheme {name} gives keys to its labels.").format(name=self._editor.scheme.name),
                )
            )
            return
        self.set_label(label)

    def set_label(self, label: str | None) -> None:
        """Label what is chosen; else the selection, the segment at the playhead, or a recording without segments."""
        segments = self.segments
        if not segments and label is not None:
            segments = self._make_or_find(label)
            if not segments:
                return
        if not segments:
            self.told.emit(_CHOOSE)
            return
        prediction = self._suggestion(self.place_of(segments[0])) if len(segments) == 1 else None
        if label is not None and prediction is not None:
            self._do(lambda: editing.answer_suggestion(segments[0], prediction, label))
        else:
            self._do(lambda: editing.set_label(segments, label))
        made = all(row.label == label for row in self.segments)  # also what was so before
        if label is not None and made and self.advance:
            self.go_on()

    def accept(self) -> None:
        """Take over the model's suggestion."""
        row, recording = self.current, self.recording
        if recording is None:
            return
        whole = Segment(recording.path, 0, recording.frames, recording.rate)
        found = self._suggestion(self.place_of(row) if row is not None else whole)
        if found is None:
            self.told.emit(
                HumpcatError(tr("The model has not suggested anything here."), tr("Predict first (Ctrl+P)."))
            )
        elif found.label not in self._editor.scheme.names:
            self.told.emit(
                HumpcatError(
                    tr("The suggestion {label} is no label of the scheme {name}.").format(
                        label=found.label, name=self._editor.scheme.name
                    ),
                    tr("Give another label, or add it to the scheme."),
                )
            )
        elif row is not None or self._is_bare(recording):
            self.set_label(found.label)
        else:
            self.told.emit(_CHOOSE)

    def toggle_unsure(self) -> None:
        """The flag of doubt, on or off."""
        current = self.current
        if current is not None:
            self.set_unsure(not current.unsure)
        else:
            self.told.emit(_CHOOSE)

    def set_unsure(self, unsure: bool) -> None:
        """The flag of doubt on what is chosen."""
        segments = self.segments
        self._do(lambda: editing.set_unsure(segments, unsure))

    def set_rating(self, name: str, value: int | None) -> None:
        """Valence, arousal or dominance of what is chosen."""
        segments = self.segments
        self._do(lambda: editing.set_rating(segments, name, value))

    def set_note(self, note: str, ids: Sequence[int]) -> None:
        """A note on the segments that it was typed for."""
        project = self._editor.project
        rows = [
            row for number in ids if project is not None and (row := project.annotation(number)) is not None
        ]
        self._editor.do(lambda: editing.set_note(rows, note), typed=True)

    def repeat_on_next(self) -> None:
        """Say of the next segment what was said of this one, and go there."""
        row, project = self.current, self._editor.project
        following = editing.neighbours(project, row)[1] if row is not None and project is not None else None
        if row is None or row.label is None or following is None:
            self.told.emit(
                HumpcatError(
                    tr("There is no label to repeat on a next segment."),
                    tr("Choose a labelled one that has a next."),
                )
            )
            return
        self._do(lambda: editing.repeat_on_next(row, following))
        self.choose([following.id])

    # Going on

    def step(self, by: int) -> None:
        """The next segment (1) or the one before (-1), also in other recordings."""
        project, rater, recording = self._editor.project, self._editor.rater, self._recording
        if project is None or rater is None or recording is None:
            return
        here = project.annotations_of(recording, rater.id)
        at = self._place_in(here, by)
        if 0 <= at < len(here):
            self.choose([here[at].id])
            return
        for number in self._following(by):
            rows = project.annotations_of(number, rater.id)
            if rows:
                self.choose([rows[0 if by > 0 else -1].id])
                return
        if not here:
            self.told.emit(
                HumpcatError(tr("There is no segment here."), tr("Drag over the sound and press Ctrl+B."))
            )

    def next_unlabelled(self) -> None:
        """The next segment without a label, or the next recording without segments; begins anew at the end."""
        project, rater, here = self._editor.project, self._editor.rater, self._recording
        if project is None or rater is None or here is None:
            return
        current = self.current
        rows = [row for row in project.annotations_of(here, rater.id) if row.label is None]
        later = [row for row in rows if current is None or row.start > current.start]
        if later:
            self.choose([later[0].id])
            return
        for number in itertools.chain(self._following(1), _from_the_start(self._following)):
            theirs = project.annotations_of(number, rater.id)
            unlabelled = next((row for row in theirs if row.label is None), None)
            if unlabelled is not None:
                self.choose([unlabelled.id])
                return
            if not theirs:
                self._wanted = []
                self.recording_asked.emit(number)
                return
        if rows:
            self.choose([rows[0].id])
        else:
            self.done.emit(tr("Everything of {name} is labelled.").format(name=rater.name))

    # Inside

    def _do(self, plan: Callable[[], Edit]) -> bool:
        return self._editor.do(plan)

    def _follow(self, edit: Edit) -> None:
        if any(isinstance(change.row, AnnotationRow) for change in edit.changes):
            self._ids = [row.id for row in self.segments]
            self.chosen_changed.emit()

    def _go_where_it_was(self, edit: Edit) -> None:
        """After undo and redo: show what changed."""
        project = self._editor.project
        rater = self._editor.rater
        if project is None or edit.recording is None:
            return
        there = [
            change.after.id
            for change in edit.changes
            if isinstance(change.after, AnnotationRow)
            and change.after.recording == edit.recording
            and rater is not None
            and change.after.rater == rater.id
        ]
        several = len({c.row.recording for c in edit.changes if isinstance(c.row, AnnotationRow)}) > 1
        if there:
            self.choose(there[:1] if several else there)
        elif edit.recording != self._recording and project.has_recording(edit.recording):
            self.recording_asked.emit(edit.recording)

    def _forget(self) -> None:
        self._ids, self._wanted, self._visited, self._recording = [], None, None, None
        self.speech = []
        self.chosen_changed.emit()

    def _let_go(self, selection: Span | None) -> None:
        """The user selects another time: no segment is in hand any more. An edge that is dragged may still be one's."""
        row = self.current
        if self._own_selection or self._axis.dragging or row is None:
            return
        if selection != self._seconds(row.span):
            self._ids = []
            self.chosen_changed.emit()
            self.segment_left.emit()

    def _end_drag(self, edge: str) -> None:
        row, selection = self.current, self._axis.selection
        if row is None:
            return
        if edge and selection is not None and len(self._ids) == 1:
            self.drag_edge(row, edge, selection.start if edge == "start" else selection.end)
            if not self.edges.moving:
                self._select_time(self.current)
        else:
            self._let_go(selection)

    def _selected_samples(self) -> tuple[int, int] | None:
        selection, recording = self._axis.selection, self.recording
        if selection is None or recording is None:
            return None
        return round(selection.start * recording.rate), round(selection.end * recording.rate)

    def _make_or_find(self, label: str) -> list[AnnotationRow]:
        """A segment to be labelled where none is chosen; one that is made has the label already and is not answered."""
        recording = self.recording
        span = self._selected_samples()
        if recording is None:
            return []
        if span is None and self._is_bare(recording):
            span = (0, recording.frames)
        if span is not None:
            place = Segment(recording.path, *span, recording.rate)
            prediction = self._suggestion(place)
            self._add_labelled(span, label, prediction)
            return []
        found = self._at(self._axis.playhead)
        if found is None:
            self.told.emit(_CHOOSE)
            return []
        self.choose([found.id])
        return [found]

    def _add_labelled(self, span: tuple[int, int], label: str, prediction: PredictionRow | None) -> None:
        project, rater, recording = self._editor.project, self._editor.rater, self._recording
        if project is None or rater is None or recording is None:
            return

        def plan() -> Edit:
            edit = editing.add_segments(
                project, recording, rater.id, [span], tr("label '{label}'").format(label=label), label
            )
            return editing.with_origin(edit, prediction, label)

        before = {row.id for row in project.annotations_of(recording)}
        if self._do(plan):
            self.choose(
                [row.id for row in project.annotations_of(recording, rater.id) if row.id not in before][:1]
            )
            if self.advance:
                self.go_on()

    def _is_bare(self, recording: RecordingRow) -> bool:
        project, rater = self._editor.project, self._editor.rater
        return (
            project is not None and rater is not None and not project.annotations_of(recording.id, rater.id)
        )

    def _at(self, seconds: float) -> AnnotationRow | None:
        """The current rater's segment at a time."""
        project, rater, recording = self._editor.project, self._editor.rater, self.recording
        if project is None or rater is None or recording is None:
            return None
        at = seconds * recording.rate
        rows = project.annotations_of(recording.id, rater.id)
        return next((row for row in rows if row.start <= at < row.end), None)

    def _place_in(self, rows: list[AnnotationRow], by: int) -> int:
        """Where the next one is among a recording's segments: from the one in hand, else from the playhead on."""
        current = self.current
        if current is not None:
            return next((index + by for index, row in enumerate(rows) if row.id == current.id), -1)
        recording = self.recording
        at = round(self._axis.playhead * recording.rate) if recording is not None else 0
        before = sum(row.start < at for row in rows)
        return before if by > 0 else before - 1

    def _seconds(self, span: tuple[int, int]) -> Span:
        recording = self.recording
        rate = recording.rate if recording is not None else 1
        return Span(span[0] / rate, span[1] / rate)

    def _set_snap(self, on: bool) -> None:
        self.edges.snap = on

    def _set_advance(self, on: bool) -> None:
        self.advance = on


def _from_the_start(following: Callable[[int], Iterator[int]]) -> Iterator[int]:
    """The recordings before the one in hand, the first one first; looked for only when somebody comes so far."""
    yield from reversed(list(following(-1)))
