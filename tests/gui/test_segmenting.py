"""Segments in the window: drawn, labelled, moved, undone, with real events; and twenty labelled without the mouse."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.display.time_view import Span
from app.window.studio import Studio
from core_model.project import editing
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import AnnotationRow, PredictionRow

Until = Callable[[Callable[[], bool]], None]
Tone = Callable[..., Path]
RATE = 16_000
CONTROL = Qt.KeyboardModifier.ControlModifier


def _open(studio: Studio, until: Until, *paths: Path) -> Project:
    studio.opening.open(list(paths))
    until(lambda: studio.recordings.model.rowCount() == len(paths) and studio.recordings.current is not None)
    assert studio.editor.project is not None
    return studio.editor.project


def _segments(studio: Studio) -> list[AnnotationRow]:
    assert studio.editor.project is not None
    return sorted(studio.editor.project.annotations, key=lambda row: (row.recording, row.start))


def _add(studio: Studio, *spans: tuple[float, float]) -> None:
    """Segments of the recording in hand, in seconds."""
    studio.annotating.segmenting.add([(round(start * RATE), round(end * RATE)) for start, end in spans])


def _draw(qtbot: QtBot, studio: Studio, start: float, end: float) -> None:
    """Drag on the own lane."""
    lanes = studio.annotating.lanes
    left, width = lanes.area()
    view = studio.axis.view
    points = [QPoint(round(left + (time - view.start) / view.length * width), 12) for time in (start, end)]
    qtbot.mousePress(lanes, Qt.MouseButton.LeftButton, pos=points[0])
    qtbot.mouseMove(lanes, points[1])
    qtbot.mouseRelease(lanes, Qt.MouseButton.LeftButton, pos=points[1])


def test_a_drag_on_the_lane_draws_a_segment_and_a_digit_labels_it(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    _draw(qtbot, studio, 0.5, 1.0)
    (segment,) = _segments(studio)
    assert (segment.start / RATE, segment.end / RATE) == pytest.approx((0.5, 1.0), abs=0.01)
    assert studio.annotating.segmenting.current == segment
    qtbot.keyClick(studio.window, Qt.Key.Key_2)
    assert _segments(studio)[0].label == "happy"
    assert studio.actions["undo"].text() == "Undo label 'happy'"


def test_segments_of_a_rater_never_overlap_whatever_is_drawn(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    _add(studio, (0.5, 1.0))
    studio.axis.select(Span(0.2, 1.4))
    qtbot.keyClick(studio.window, Qt.Key.Key_B, CONTROL)
    spans = [row.span for row in _segments(studio)]
    assert spans == [(3200, 8000), (8000, 16_000), (16_000, 22_400)]
    studio.axis.select(Span(0.6, 0.9))
    qtbot.keyClick(studio.window, Qt.Key.Key_B, CONTROL)
    assert len(_segments(studio)) == 3
    assert "no room" in studio.messages.text


def test_a_digit_labels_the_whole_of_a_recording_without_segments(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    qtbot.keyClick(studio.window, Qt.Key.Key_4)
    (segment,) = _segments(studio)
    assert (segment.span, segment.label) == ((0, 2 * RATE), "sad")
    assert studio.recordings.model.state_text(studio.recordings.model.recordings[0]) == "sad"


def test_splitting_merging_and_deleting_can_be_undone_one_by_one(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    _add(studio, (0.2, 1.8))
    qtbot.keyClick(studio.window, Qt.Key.Key_1)
    studio.axis.seek(1.0)
    studio.annotating.segmenting.choose([_segments(studio)[0].id])
    studio.axis.set_playhead(1.0)
    qtbot.keyClick(studio.window, Qt.Key.Key_S)
    assert [row.span for row in _segments(studio)] == [(3200, 16_000), (16_000, 28_800)]
    assert [row.label for row in _segments(studio)] == ["angry", "angry"]
    qtbot.keyClick(studio.window, Qt.Key.Key_M)
    assert [row.span for row in _segments(studio)] == [(3200, 28_800)]
    qtbot.keyClick(studio.window, Qt.Key.Key_Delete)
    assert _segments(studio) == []
    counts = []
    for _ in range(5):
        qtbot.keyClick(studio.window, Qt.Key.Key_Z, CONTROL)
        counts.append([(row.span, row.label) for row in _segments(studio)])
    whole = ((3200, 28_800), "angry")
    halves = [((3200, 16_000), "angry"), ((16_000, 28_800), "angry")]
    assert counts == [[whole], halves, [whole], [((3200, 28_800), None)], []]
    assert not studio.actions["undo"].isEnabled()


def test_undo_goes_to_the_recording_where_it_happens(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    first, second = tone("a.wav"), tone("b.wav")
    _open(studio, until, first, second)
    studio.recordings.go_to(first)
    qtbot.keyClick(studio.window, Qt.Key.Key_1)
    studio.recordings.go_to(second)
    qtbot.keyClick(studio.window, Qt.Key.Key_2)
    for path, left in ((second, 1), (first, 0)):
        qtbot.keyClick(studio.window, Qt.Key.Key_Z, CONTROL)
        assert len(_segments(studio)) == left
        assert studio.recordings.current is not None
        assert studio.recordings.current.path == path
    qtbot.keyClick(studio.window, Qt.Key.Key_Y, CONTROL)
    assert [row.label for row in _segments(studio)] == ["angry"]


def test_an_edge_is_nudged_to_a_zero_crossing_and_stops_at_the_neighbour(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    _add(studio, (0.25, 0.5), (0.505, 1.0))
    first, second = _segments(studio)
    studio.annotating.segmenting.choose([first.id])
    qtbot.keyClick(studio.window, Qt.Key.Key_Right, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    until(lambda: _segments(studio)[0].end == second.start)  # 10 ms on, but the neighbour begins before that
    qtbot.keyClick(studio.window, Qt.Key.Key_Left, CONTROL)
    until(lambda: _segments(studio)[0].start < first.start)
    moved = first.start - _segments(studio)[0].start
    assert 0.004 <= moved / RATE <= 0.016
    assert studio.actions["undo"].text() == "Undo move start"
    studio.actions["snap"].setChecked(False)
    qtbot.keyClick(studio.window, Qt.Key.Key_Left, CONTROL)
    assert first.start - _segments(studio)[0].start == moved + round(0.01 * RATE)


def test_dragging_an_edge_on_the_lane_moves_it(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    _add(studio, (0.5, 1.0))
    studio.actions["snap"].setChecked(False)
    _draw(qtbot, studio, 1.0, 1.5)  # takes hold of the end
    (segment,) = _segments(studio)
    assert (segment.start / RATE, segment.end / RATE) == pytest.approx((0.5, 1.5), abs=0.01)
    _draw(qtbot, studio, 0.5, 0.25)
    (segment,) = _segments(studio)
    assert segment.start / RATE == pytest.approx(0.25, abs=0.01)


def test_several_segments_are_labelled_at_once(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    _add(studio, (0.2, 0.5), (0.6, 0.9), (1.0, 1.4))
    studio.annotating.segmenting.choose([row.id for row in _segments(studio)])
    qtbot.keyClick(studio.window, Qt.Key.Key_3)
    assert {row.label for row in _segments(studio)} == {"neutral"}
    assert studio.actions["undo"].text() == "Undo label 'neutral' of 3 segments"
    qtbot.keyClick(studio.window, Qt.Key.Key_U)
    assert all(row.unsure for row in _segments(studio))


def _predict(studio: Studio, segment: AnnotationRow, label: str) -> None:
    """As if the model in use had said so."""
    project = studio.editor.project
    assert project is not None
    labels = ("angry", "happy", "neutral", "sad")
    probabilities = tuple(0.7 if each == label else 0.1 for each in labels)
    row = PredictionRow(
        project.new_id(PredictionRow), segment.recording, *segment.span, labels, probabilities, (), "m", "id"
    )
    assert studio.editor.make(Edit("predict", added([row])))


def test_a_suggestion_is_accepted_with_enter_or_corrected_with_a_digit_and_the_origin_tells(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    _add(studio, (0.2, 0.5), (0.6, 0.9))
    for segment in _segments(studio):
        _predict(studio, segment, "sad")
    first, second = _segments(studio)
    studio.annotating.segmenting.choose([first.id])
    qtbot.keyClick(studio.centre, Qt.Key.Key_Return)
    studio.annotating.segmenting.choose([second.id])
    qtbot.keyClick(studio.window, Qt.Key.Key_1)
    assert [(row.label, row.origin) for row in _segments(studio)] == [
        ("sad", "accepted"),
        ("angry", "corrected"),
    ]


def test_another_rater_starts_empty_and_touches_nobody_elses_segments(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    project = _open(studio, until, tone())
    _add(studio, (0.2, 0.8))
    qtbot.keyClick(studio.window, Qt.Key.Key_1)
    edit, other = editing.add_rater(project, "R2")
    assert studio.editor.do(lambda: edit)
    studio.editor.use_rater(other.id)
    assert studio.annotating.segmenting.segments == []
    _draw(qtbot, studio, 0.5, 1.2)  # overlaps the other's
    qtbot.keyClick(studio.window, Qt.Key.Key_2)
    by_rater = {row.rater: row.label for row in _segments(studio)}
    assert by_rater == {project.raters[0].id: "angry", other.id: "happy"}
    lanes = [lane.name for lane in studio.annotating.lanes._lanes]
    assert lanes == ["R2", "R1"]


def test_twenty_segments_are_labelled_without_the_mouse_in_forty_keys(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    paths = [tone(f"{index:02}.wav", 1.0) for index in range(20)]
    _open(studio, until, *paths)
    keys = 0
    digits = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4)
    for index in range(20):
        for key in (digits[index % 4], Qt.Key.Key_N):
            qtbot.keyClick(studio.window, key)
            keys += 1
    labels = ("angry", "happy", "neutral", "sad")
    assert [row.label for row in _segments(studio)] == [labels[index % 4] for index in range(20)]
    assert keys == 40
    assert "Everything of R1 is labelled" in studio.messages.text


def test_with_going_on_each_label_is_one_key(qtbot: QtBot, studio: Studio, tone: Tone, until: Until) -> None:
    _open(studio, until, tone("long.wav", 20.0))
    _add(studio, *((index + 0.1, index + 0.9) for index in range(20)))
    studio.annotating.segmenting.choose([])
    qtbot.keyClick(studio.window, Qt.Key.Key_G, CONTROL)
    qtbot.keyClick(studio.window, Qt.Key.Key_N)
    for _ in range(20):
        qtbot.keyClick(studio.window, Qt.Key.Key_3)
    assert [row.label for row in _segments(studio)] == ["neutral"] * 20


def test_tab_goes_through_segments_and_into_the_next_recording(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    paths = [tone("a.wav"), tone("b.wav")]
    _open(studio, until, *paths)
    for path in paths:
        studio.recordings.go_to(path)
        _add(studio, (0.2, 0.5), (1.0, 1.5))
    studio.recordings.go_to(paths[0])
    seen = []
    for _ in range(4):
        qtbot.keyClick(studio.centre, Qt.Key.Key_Tab)
        current = studio.annotating.segmenting.current
        assert current is not None
        seen.append((current.recording, current.start))
    assert seen == [(row.recording, row.start) for row in _segments(studio)]
    qtbot.keyClick(studio.centre, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    current = studio.annotating.segmenting.current
    assert current is not None
    assert (current.recording, current.start) == seen[2]


def test_a_nudge_that_is_undone_or_left_at_once_is_neither_lost_nor_late(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    long, short = tone("long.wav", 20.0), tone("short.wav", 1.0)
    _open(studio, until, long, short)
    studio.recordings.go_to(long)
    _add(studio, (10.0, 12.0))
    qtbot.keyClick(studio.window, Qt.Key.Key_1)
    before = _segments(studio)[0]
    qtbot.keyClick(studio.window, Qt.Key.Key_Right, CONTROL)
    qtbot.keyClick(studio.window, Qt.Key.Key_Z, CONTROL)  # while the sound is being read
    assert studio.actions["redo"].text() == "Redo move start"
    assert (_segments(studio)[0].span, _segments(studio)[0].label) == (before.span, "angry")
    qtbot.keyClick(studio.window, Qt.Key.Key_Right, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    studio.recordings.go_to(short)
    (segment,) = [row for row in _segments(studio) if row.id == before.id]
    assert segment.start == before.start
    assert 0 < segment.end - before.end <= round(0.01 * RATE)
    qtbot.wait(200)  # what was read for the crossing comes too late
    assert _segments(studio)[0] == segment


def test_a_removed_recording_comes_back_with_its_segments_also_after_its_file_was_added_again(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    path, other = tone("a.wav"), tone("b.wav")
    project = _open(studio, until, path, other)
    studio.recordings.go_to(path)
    qtbot.keyClick(studio.window, Qt.Key.Key_1)
    qtbot.keyClick(studio.window, Qt.Key.Key_Delete, CONTROL)
    assert [row.path for row in project.recordings] == [other]
    assert _segments(studio) == []
    studio.opening.open([path])
    until(lambda: project.recording_at(path) is not None)
    qtbot.keyClick(studio.window, Qt.Key.Key_Z, CONTROL)
    assert project.recording_at(path) is None
    qtbot.keyClick(studio.window, Qt.Key.Key_Z, CONTROL)
    assert [row.label for row in _segments(studio)] == ["angry"]
    assert project.recording_at(path) is not None


def test_undoing_what_another_rater_did_shows_that_rater(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    project = _open(studio, until, tone())
    edit, other = editing.add_rater(project, "R2")
    assert studio.editor.do(lambda: edit)
    qtbot.keyClick(studio.window, Qt.Key.Key_1)
    studio.editor.use_rater(other.id)
    qtbot.keyClick(studio.window, Qt.Key.Key_Z, CONTROL)
    assert _segments(studio) == []
    assert studio.editor.rater is not None
    assert studio.editor.rater.name == "R1"


def test_redoing_segments_of_several_recordings_takes_one_in_hand(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    project = _open(studio, until, tone("a.wav"), tone("b.wav"))
    rater = project.raters[0].id
    edits = [editing.add_segments(project, row.id, rater, [(0, 8000)]) for row in project.recordings]
    both = Edit("both", tuple(change for edit in edits for change in edit.changes), edits[0].recording)
    assert studio.editor.do(lambda: both)
    qtbot.keyClick(studio.window, Qt.Key.Key_Z, CONTROL)
    qtbot.keyClick(studio.window, Qt.Key.Key_Y, CONTROL)
    qtbot.keyClick(studio.window, Qt.Key.Key_1)
    assert sorted(str(row.label) for row in _segments(studio)) == ["None", "angry"]


def test_a_note_that_is_written_in_pieces_is_undone_in_one_step(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    _add(studio, (0.2, 0.8), (1.0, 1.6))
    first, second = _segments(studio)
    segmenting = studio.annotating.segmenting
    for note in ("so", "so what", "so what?"):  # as the field hands it over while it is typed
        segmenting.set_note(note, [first.id])
    segmenting.set_note("other", [second.id])
    seen = []
    for _ in range(2):
        studio.editor.undo()
        seen.append([row.note for row in _segments(studio)])
    assert seen == [["so what?", ""], ["", ""]]
    studio.editor.redo()
    assert _segments(studio)[0].note == "so what?"
