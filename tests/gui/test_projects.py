"""Projects in the window: new, opened, read by a second window, moved, gone, rescued; recordings that moved."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.display.time_view import Span
from app.window.speaker_dialog import SpeakerDialog
from app.window.studio import Studio
from app.window.theme import Themes
from core_model.project.backups import backups_of
from core_model.project.project import Project

Until = Callable[[Callable[[], bool]], None]
Tone = Callable[..., Path]


def _press(
    qtbot: QtBot, studio: Studio, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """A key in this of several windows."""
    studio.window.activateWindow()
    qtbot.waitUntil(studio.window.isActiveWindow)
    qtbot.keyClick(studio.window, key, modifiers)


def _label_one(qtbot: QtBot, studio: Studio, until: Until, project: Path, recording: Path) -> None:
    """A project at `project` with one labelled recording."""
    studio.projects.new(project)
    studio.opening.open([recording])
    until(lambda: studio.recordings.current is not None)
    _press(qtbot, studio, Qt.Key.Key_1)
    assert studio.editor.undo_text == "label 'angry'"


def _labels(path: Path) -> list[str | None]:
    project = Project.open(path, read_only=True)
    labels = [row.label for row in project.annotations]
    project.close()
    return labels


@pytest.fixture
def another(qtbot: QtBot, qapp: QApplication, home: Path) -> Iterator[Studio]:
    """A second window on the same settings."""
    settings = QSettings(str(home / "config" / "window.ini"), QSettings.Format.IniFormat)
    made = Studio(settings, Themes(qapp, settings))
    qtbot.addWidget(made.window)
    made.window.show()
    yield made
    if made.window.isVisible():
        made.window.close()


def test_a_project_is_on_disk_after_every_edit_and_opens_as_it_was(
    qtbot: QtBot, studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    path = tmp_path / "study.humpcat"
    _label_one(qtbot, studio, until, path, tone())
    assert _labels(path) == ["angry"]  # while it is open
    studio.projects.close()
    assert studio.recordings.model.rowCount() == 0
    assert studio.annotating.segmenting.segments == []
    assert not studio.actions["undo"].isEnabled()
    studio.projects.open(path)
    until(lambda: studio.recordings.current is not None)
    assert studio.annotating.lanes._lanes[0].bars[0].label == "angry"
    assert path in studio.projects.recent


def test_recordings_opened_without_a_project_are_kept_in_one_without_a_name_that_can_be_given_a_place(
    qtbot: QtBot, studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    studio.opening.open([tone()])
    until(lambda: studio.recordings.current is not None)
    unnamed = studio.editor.path
    assert unnamed is not None
    _press(qtbot, studio, Qt.Key.Key_1)
    studio.projects.save_as(tmp_path / "named.humpcat")
    assert studio.editor.path == tmp_path / "named.humpcat"
    assert not unnamed.exists()
    _press(qtbot, studio, Qt.Key.Key_2)
    assert _labels(tmp_path / "named.humpcat") == ["happy"]


def test_a_project_without_a_name_that_says_nothing_is_not_kept(
    studio: Studio, tone: Tone, until: Until
) -> None:
    studio.opening.open([tone()])
    until(lambda: studio.recordings.current is not None)
    unnamed = studio.editor.path
    assert unnamed is not None
    studio.window.close()
    assert not unnamed.exists()
    assert studio.projects.recent == []


def test_a_second_window_on_a_project_reads_only_and_says_so(
    qtbot: QtBot, studio: Studio, another: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    path = tmp_path / "study.humpcat"
    _label_one(qtbot, studio, until, path, tone())
    another.projects.open(path)
    until(lambda: another.editor.project is not None)
    assert "reading only" in another.messages.text
    assert "read-only" in another.window.windowTitle()
    until(lambda: another.recordings.current is not None)
    _press(qtbot, another, Qt.Key.Key_2)
    assert "reading only" in another.messages.text
    assert another.annotating.lanes._lanes[0].bars[0].label == "angry"
    _press(qtbot, studio, Qt.Key.Key_3)
    assert _labels(path) == ["neutral"]


def test_a_project_whose_file_is_deleted_refuses_edits_and_can_be_saved_elsewhere(
    qtbot: QtBot, studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    path = tmp_path / "study.humpcat"
    _label_one(qtbot, studio, until, path, tone())
    path.unlink()
    _press(qtbot, studio, Qt.Key.Key_2)
    assert "is gone" in studio.messages.text
    assert studio.annotating.lanes._lanes[0].bars[0].label == "angry"  # what is shown is what is kept
    studio.projects.save_as(tmp_path / "again.humpcat")
    _press(qtbot, studio, Qt.Key.Key_2)
    assert _labels(tmp_path / "again.humpcat") == ["happy"]


@pytest.mark.parametrize("content", [b"", b"this is no project", b"SQLite format 3\0" + b"\xff" * 4000])
def test_what_is_no_project_is_told_and_the_one_in_hand_stays(
    content: bytes, qtbot: QtBot, studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    path = tmp_path / "study.humpcat"
    _label_one(qtbot, studio, until, path, tone())
    bad = tmp_path / "bad.humpcat"
    bad.write_bytes(content)
    studio.projects.open(bad)
    until(lambda: "bad.humpcat" in studio.messages.text)
    assert studio.editor.path == path
    assert bad.read_bytes() == content


def test_moved_recordings_are_marked_and_found_again_by_content(
    qtbot: QtBot, studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    path, recording = tmp_path / "study.humpcat", tone("here.wav")
    _label_one(qtbot, studio, until, path, recording)
    until(lambda: all(row.content_hash for row in studio.editor.project.recordings))  # type: ignore[union-attr]
    studio.projects.close()
    there = tmp_path / "elsewhere" / "under another name.wav"
    there.parent.mkdir()
    shutil.move(recording, there)
    studio.projects.open(path)
    until(lambda: "cannot be found" in studio.messages.text)
    assert studio.recordings.model.state_text(studio.recordings.model.recordings[0]) == "its file is missing"
    studio.care.look_in([tmp_path])
    until(lambda: "Found 1 of 1" in studio.messages.text)
    (row,) = studio.recordings.model.recordings
    assert row.path == there
    assert studio.recordings.model.state_text(row) == "angry"
    _press(qtbot, studio, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert studio.recordings.model.recordings[0].path == recording


def test_a_backup_is_made_when_a_project_is_opened_and_opens_as_another_project(
    qtbot: QtBot, studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    path, recording = tmp_path / "study.humpcat", tone()
    _label_one(qtbot, studio, until, path, recording)
    studio.projects.close()
    studio.projects.open(path)
    until(lambda: studio.editor.path == path)
    until(lambda: any(_labels(backup.path) == ["angry"] for backup in backups_of(path)))
    _press(qtbot, studio, Qt.Key.Key_2)
    studio.care.open_backup(backups_of(path)[0].path)
    until(lambda: studio.editor.path not in (None, path))
    assert studio.editor.project is not None
    assert [row.label for row in studio.editor.project.annotations] == ["angry"]
    assert [row.path for row in studio.editor.project.recordings] == [recording]
    assert _labels(path) == ["happy"]


def test_a_damaged_project_is_rescued_as_far_as_it_can_be_read(
    qtbot: QtBot, studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    path = tmp_path / "study.humpcat"
    _label_one(qtbot, studio, until, path, tone())
    studio.projects.close()
    path.write_bytes(path.read_bytes()[:-4096])
    studio.projects.open(path)
    until(lambda: "damaged" in studio.messages.text)
    studio.care.salvage(path)
    until(lambda: studio.editor.project is not None)
    assert "rescued" in str(studio.editor.path)


def test_a_speaker_is_named_for_all_recordings_of_the_list_in_one_edit(
    studio: Studio, tone: Tone, until: Until
) -> None:
    studio.opening.open([tone("a.wav"), tone("b.wav"), tone("c.wav")])
    until(lambda: studio.recordings.model.rowCount() == 3 and studio.recordings.current is not None)
    studio.axis.set_view(0.5, 1.0)
    studio.actions["speaker"].trigger()
    dialog = studio.dialogs._open["speaker"]
    assert isinstance(dialog, SpeakerDialog)
    dialog.name.setEditText(" Anna ")
    dialog.all.setChecked(True)
    dialog.accept()
    assert studio.editor.project is not None
    assert {row.speaker for row in studio.editor.project.recordings} == {"Anna"}
    assert studio.axis.view == Span(0.5, 1.0)  # what is looked at stays in view
    studio.editor.undo()
    assert {row.speaker for row in studio.editor.project.recordings} == {""}


def test_a_project_asked_for_twice_is_opened_once_and_for_writing(
    qtbot: QtBot, studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    path = tmp_path / "study.humpcat"
    _label_one(qtbot, studio, until, path, tone())
    studio.projects.close()
    linked = tmp_path / "linked"
    linked.symlink_to(tmp_path, target_is_directory=True)
    studio.projects.open(path)
    studio.projects.open(linked / path.name)
    until(lambda: studio.editor.project is not None)
    studio.projects.open(linked / path.name)
    qtbot.wait(200)  # another opening would be done by then
    assert studio.editor.can_edit
    assert "reading only" not in studio.messages.text


def test_a_project_that_is_read_only_takes_no_recordings(
    qtbot: QtBot, studio: Studio, another: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    path = tmp_path / "study.humpcat"
    _label_one(qtbot, studio, until, path, tone("a.wav"))
    another.projects.open(path)
    until(lambda: another.recordings.current is not None)
    another.opening.open([tone("b.wav")])
    until(lambda: "nothing was added" in another.messages.text)
    assert another.recordings.model.rowCount() == 1
    assert not another.actions["label:1"].isEnabled()


def test_the_recording_in_hand_stays_in_hand_when_several_are_found_elsewhere(
    qtbot: QtBot, studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    names = ("a.wav", "b.wav", "c.wav")
    path = tmp_path / "study.humpcat"
    studio.projects.new(path)
    studio.opening.open([tone(name, seconds) for name, seconds in zip(names, (1.0, 1.5, 2.0), strict=True)])
    until(lambda: studio.recordings.model.rowCount() == 3)
    studio.projects.close()
    (tmp_path / "elsewhere").mkdir()
    for name in names:
        shutil.move(tmp_path / name, tmp_path / "elsewhere" / name)
    studio.projects.open(path)
    until(lambda: "cannot be found" in studio.messages.text)
    studio.recordings.go_to(tmp_path / "b.wav")
    studio.care.look_in([tmp_path])
    until(lambda: "Found 3 of 3" in studio.messages.text)
    assert studio.recordings.current is not None
    assert studio.recordings.current.path == tmp_path / "elsewhere" / "b.wav"
    assert studio.axis.duration == pytest.approx(1.5, abs=0.01)


def test_recordings_of_one_name_are_told_apart_by_their_folders(
    qtbot: QtBot, studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    for name in ("anna", "bo"):
        (tmp_path / name).mkdir()
        shutil.copy(tone(), tmp_path / name / "a.wav")
    _label_one(qtbot, studio, until, tmp_path / "study.humpcat", tmp_path / "anna" / "a.wav")
    model = studio.recordings.model
    shown = lambda: [model.index(row).data() for row in range(model.rowCount())]  # noqa: E731
    assert shown() == ["a.wav"]
    studio.opening.open([tmp_path / "bo"])
    until(lambda: model.rowCount() == 2)
    assert shown() == ["anna/a.wav", "bo/a.wav"]
    listed = studio.tables.segments.get()
    assert listed is not None and [item.recording for item in listed.items.values()] == ["anna/a.wav"]
    studio.recordings.step(1)
    assert studio.window.windowTitle().startswith("bo/a.wav")
    studio.opening.remove()
    assert shown() == ["a.wav"] == [item.recording for item in listed.items.values()]


def test_segments_beyond_the_end_of_a_file_that_is_shorter_now_are_told_of(
    qtbot: QtBot, studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    path = tone("a.wav", seconds=2.0)
    _label_one(qtbot, studio, until, tmp_path / "study.humpcat", path)
    tone("a.wav", seconds=1.0)
    studio.opening.open([path])
    until(lambda: "1 segment of it reaching beyond its end" in studio.messages.text)
    assert _labels(tmp_path / "study.humpcat") == ["angry"]
