"""The annotation side of the window: lanes, segments in hand, labels, raters; connected to the project's editor."""

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core_model.facts import Segment
from core_model.label_schemes import KEYS
from core_model.project.edit import Edit
from core_model.project.rows import AnnotationRow, PredictionRow, RecordingRow
from core_model.speech_segments import Probabilities, SpeechConfig, segments_of

from ..editor import Editor
from ..predictions import PredictionStore, State
from ..recordings import OpenRecording
from ..tasks import TaskPool
from ..translation import tr
from .actions import Actions
from .recordings_panel import RecordingsPanel
from .segment_panel import SegmentPanel, Suggestion
from .segmenting import Segmenting
from .theme import Theme
from .tier_lanes import TierLanes
from .time_axis import TimeAxis

_REFRESHED = 20  # rows of the list; more are painted anew all at once


class Annotating(QObject):
    """Knows what is in hand: the segments chosen, else the whole recording."""

    target_changed = Signal()  # another segment or recording is in hand, or what is said of it

    def __init__(
        self,
        editor: Editor,
        store: PredictionStore,
        axis: TimeAxis,
        tasks: TaskPool,
        theme: Theme,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._editor, self._store = editor, store
        self._list: RecordingsPanel | None = None
        self.segmenting = Segmenting(editor, axis, tasks, store.suggestion, self._following, self)
        self.lanes = TierLanes(axis, editor, self.segmenting, theme)
        self.panel = SegmentPanel(theme)
        self._connect_panel()
        self.segmenting.chosen_changed.connect(self.target_changed)
        self.target_changed.connect(self.show_panel)

    def _connect_panel(self) -> None:
        panel, segmenting = self.panel, self.segmenting
        panel.label_asked.connect(segmenting.set_label)
        panel.label_cleared.connect(lambda: segmenting.set_label(None))
        panel.accept_asked.connect(segmenting.accept)
        panel.unsure_asked.connect(segmenting.set_unsure)
        panel.note_asked.connect(segmenting.set_note)
        panel.rating_asked.connect(segmenting.set_rating)

        self._editor.leaving.connect(panel.commit_note)
        self._editor.project_changed.connect(lambda _: panel.set_editable(self._editor.can_edit))

    def show_panel(self) -> None:
        """Show what is said of the segments in hand, and what the model suggests."""
        editor, segments, recording = self._editor, self.segmenting.segments, self.segmenting.recording
        if not segments or recording is None or editor.rater is None:
            scheme = editor.scheme if editor.can_edit and recording is not None else None
            self.panel.show_nothing(scheme, read_only=editor.project is not None and not editor.can_edit)
            return
        suggestion = self._suggestion(self.segmenting.place_of(segments[0])) if len(segments) == 1 else None
        self.panel.show_segments(editor.scheme, segments, recording.rate, editor.rater.name, suggestion)

    def _suggestion(self, segment: Segment) -> Suggestion | None:
        row = self._store.suggestion(segment)
        if row is None:
            return None
        stale = self._store.state_of(segment) is State.STALE
        return Suggestion(row.label, row.confidence, row.labels, row.probabilities, row.model_name, stale)

    def use_list(self, recordings: RecordingsPanel) -> None:
        """Follow the list's order, and let it follow the project."""
        editor, self._list = self._editor, recordings
        self.segmenting.recording_asked.connect(lambda number: recordings.go_to(self._path(number)))
        editor.changed.connect(lambda edit: _follow(recordings, editor, edit))
        editor.project_changed.connect(recordings.show_project)
        editor.rater_changed.connect(lambda _: recordings.model.refresh())

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {**self.segmenting.handlers(), "undo": self._undo, "redo": self._redo}

    def _undo(self) -> None:
        self.segmenting.edges.settle_now()
        self._editor.undo()

    def _redo(self) -> None:
        self.segmenting.edges.settle_now()
        self._editor.redo()

    def name_actions(self, actions: Actions) -> None:
        """Say what would be undone, and which label a digit gives."""
        editor = self._editor
        for name, text in (("undo", editor.undo_text), ("redo", editor.redo_text)):
            words = tr(name.capitalize())
            actions[name].setText(f"{words} {text}" if text else words)
            actions[name].setEnabled(bool(text))
        for key in KEYS:
            label = editor.scheme.label_with(key)
            actions[f"label:{key}"].setText(label or tr("Key {key}").format(key=key))
            actions[f"label:{key}"].setVisible(label is not None)

    def show_scheme(self, actions: Actions) -> None:
        """Another label scheme is in use."""
        self.name_actions(actions)
        self.lanes.forget_picture()
        self.show_panel()

    def show_recording(self, recording: OpenRecording | None) -> None:
        """Another recording is in hand."""
        row = self._row(recording)
        self.lanes.show_recording(row)
        self.segmenting.show_recording(row)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.lanes.recolour(theme)
        self.panel.recolour(theme)

    def recordings(self) -> list[RecordingRow]:
        """Those that the list shows, in its order."""
        shown = self._list.shown() if self._list is not None else []
        return [row for recording in shown if (row := self._row(recording)) is not None]

    def _following(self, by: int) -> Iterator[int]:
        """The recordings after (1) or before (-1) the one in hand, the nearest first."""
        project, here = self._editor.project, self.segmenting.recording
        if self._list is not None and project is not None:
            for path in self._list.following(here.path if here is not None else Path(), by):
                row = project.recording_at(path)
                if row is not None:
                    yield row.id

    def take_speech(self, path: Path, probabilities: Probabilities) -> None:
        """Where speech begins and ends in the recording in hand: edges snap to that."""
        recording = self.segmenting.recording
        if recording is not None and recording.path == path:
            spans = segments_of(probabilities, recording.duration, SpeechConfig(margin=0.0))
            self.segmenting.speech = [round(edge * recording.rate) for span in spans for edge in span]

    @property
    def target(self) -> Segment | None:
        """What is in hand: the segment, else the whole recording."""
        current, recording = self.segmenting.current, self.segmenting.recording
        if current is not None:
            return self.segmenting.place_of(current)
        return whole(recording) if recording is not None else None

    def to_predict(self) -> list[Segment]:
        """The segments chosen; else the rater's segments of the recording; else all of it."""
        chosen, recording = self.segmenting.segments, self.segmenting.recording
        if chosen:
            return [self.segmenting.place_of(row) for row in chosen]
        return self._of_recording(recording) if recording is not None else []

    def all_to_predict(self, shown: list[OpenRecording]) -> list[Segment]:
        """The segments of the recordings in the list, and those recordings without any, that are not predicted yet."""
        rows = [row for recording in shown if (row := self._row(recording)) is not None]
        segments = [segment for row in rows for segment in self._of_recording(row)]
        return [segment for segment in segments if self._store.state_of(segment) is not State.PREDICTED]

    def labelled(self, path: Path) -> str:
        """How many of the current rater's segments in a recording are labelled, in words."""
        rows = self._annotations(path)
        if not rows:
            return ""
        done = sum(row.label is not None for row in rows)
        if len(rows) == 1:
            return rows[0].label or "unlabelled"
        return (
            tr("{done} of {rows} labelled").format(done=done, rows=len(rows))
            if done < len(rows)
            else tr("{rows} labelled").format(rows=len(rows))
        )

    def _annotations(self, path: Path) -> list[AnnotationRow]:
        project, rater = self._editor.project, self._editor.rater
        recording = project.recording_at(path) if project is not None else None
        if project is None or recording is None or rater is None:
            return []
        return project.annotations_of(recording.id, rater.id)

    def _of_recording(self, recording: RecordingRow) -> list[Segment]:
        rows = self._annotations(recording.path)
        if not rows:
            return [whole(recording)]
        return [self.segmenting.place_of(row) for row in rows]

    def _row(self, recording: OpenRecording | None) -> RecordingRow | None:
        project = self._editor.project
        if project is None or recording is None:
            return None
        return project.recording_at(recording.path)

    def _path(self, number: int) -> Path:
        assert self._editor.project is not None
        return self._editor.project.recording(number).path


def whole(recording: RecordingRow) -> Segment:
    """All of a recording."""
    return Segment(recording.path, 0, recording.frames, recording.rate)


def _follow(recordings: RecordingsPanel, editor: Editor, edit: Edit) -> None:
    """The list shows recordings that came and went, and how much of each is labelled and predicted."""
    project = editor.project
    if project is None:
        return
    recordings.follow(edit, project)
    touched = {c.row.recording for c in edit.changes if isinstance(c.row, AnnotationRow | PredictionRow)}
    if len(touched) > _REFRESHED:
        recordings.model.refresh()
        return
    for number in touched:
        if project.has_recording(number):
            recordings.model.refresh(project.recording(number).path)
