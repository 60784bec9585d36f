"""The page Live: with a file, with a sound server, and with no sound at all."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget
from pytestqt.qtbot import QtBot
from sound_server import RATE, SILENT, SoundServer

from app.capture.client import CaptureProcess
from app.window.studio import Studio
from app.window.theme import Themes
from core_model.folders import resources_folder
from core_model.live.session_log import Pressed, SaidOfWindow, Session, SessionLog, sessions_folder
from core_model.project.project import Project

SPEECH = sorted((resources_folder() / "demo").glob("*.flac"))
Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """No input device."""
    for name, value in SILENT.items():
        monkeypatch.setenv(name, value)
    capture = CaptureProcess()
    found = capture.ask("inputs")["inputs"]
    capture.close()
    if found:
        pytest.skip("this machine has a sound card")


@pytest.fixture
def live(studio: Studio, until: Until, server: SoundServer) -> Studio:
    """The page Live, with the sound server's monitor listed."""
    studio.actions["page:live"].trigger()
    source = studio.live.page.source
    until(lambda: source.input is not None)
    return studio


def ready(studio: Studio, until: Until) -> None:
    """The model is chosen."""
    studio.start()
    until(lambda: bool(studio.models.names))


def record(studio: Studio, until: Until, seconds: float = 1.0) -> None:
    """A take is under way and has some sound."""
    QTest.keyClick(studio.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    until(lambda: studio.live.recorder.take is not None)
    wait_for_sound(studio, until, seconds)


def wait_for_sound(studio: Studio, until: Until, seconds: float) -> None:
    source = studio.live.recorder.source
    assert source is not None
    until(lambda: source.ring.written > 0)
    end = source.ring.written + round(seconds * source.ring.rate)
    until(lambda: source.ring.written > end)


# Pages


def test_f3_shows_the_page_and_f2_what_was_there_before(studio: Studio) -> None:
    studio.actions["panel:tables"].trigger()
    docks = {dock.objectName(): dock.isVisible() for dock in studio.window.findChildren(QDockWidget)}
    assert True in docks.values() and False in docks.values()
    QTest.keyClick(studio.window, Qt.Key.Key_F3)
    assert studio.live.page.isVisible() and not studio.plots.isVisible()
    assert not any(dock.isVisible() for dock in studio.window.findChildren(QDockWidget))
    QTest.keyClick(studio.window, Qt.Key.Key_F2)
    assert not studio.live.page.isVisible()
    assert {d.objectName(): d.isVisible() for d in studio.window.findChildren(QDockWidget)} == docks


def test_closed_on_the_page_the_window_comes_back_as_the_workbench_was(
    studio: Studio, qapp: QApplication, home: Path, qtbot: QtBot
) -> None:
    studio.actions["panel:tables"].trigger()
    studio.actions["page:live"].trigger()
    studio.window.close()
    settings = QSettings(str(home / "config" / "window.ini"), QSettings.Format.IniFormat)
    again = Studio(settings, Themes(qapp, settings))
    qtbot.addWidget(again.window)
    again.window.show()
    docks = {dock.objectName(): dock.isVisible() for dock in again.window.findChildren(QDockWidget)}
    assert docks == {"Recordings": True, "Details": True, "Tables": False}
    again.window.close()


def test_keys_of_the_workbench_change_nothing_that_is_not_seen(
    studio: Studio, tone: Callable[..., Path], until: Until
) -> None:
    studio.opening.open([tone()])
    until(lambda: studio.annotating.segmenting.recording is not None)
    studio.actions["select_all"].trigger()
    studio.actions["new_segment"].trigger()
    project = studio.editor.project
    assert project is not None
    before = project.annotations
    assert len(before) == 1
    studio.actions["page:live"].trigger()
    for key in (Qt.Key.Key_1, Qt.Key.Key_Delete, Qt.Key.Key_S, Qt.Key.Key_U, Qt.Key.Key_Backspace):
        QTest.keyClick(studio.window, key)
        QTest.keyClick(studio.live.page, key)
    QTest.keyClick(studio.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert project.annotations == before
    studio.actions["page:annotate"].trigger()
    QTest.keyClick(studio.window, Qt.Key.Key_1)
    assert [row.label for row in project.annotations] == ["angry"]


# Without a device


def test_without_an_input_the_page_says_what_to_do(studio: Studio, silence: None, until: Until) -> None:
    studio.actions["page:live"].trigger()
    source = studio.live.page.source
    until(lambda: studio.live.recorder._watcher.running)
    assert not source.listen.isEnabled() and "connect a microphone" in source.listen.toolTip()
    studio.actions["record"].trigger()
    assert "No input device was found" in studio.messages.text
    assert not studio.live.recorder.recording


def test_a_label_pressed_without_a_take_is_not_lost_silently(studio: Studio, silence: None) -> None:
    studio.live.takes.press("angry", 0)
    assert "Labels are kept with a take" in studio.messages.text


# A file as if it were spoken now


def test_a_file_is_listened_to_as_it_would_be_spoken(
    studio: Studio, models: Path, silence: None, until: Until
) -> None:
    ready(studio, until)
    studio.actions["page:live"].trigger()
    heard: list[dict] = []
    ended: list[bool] = []
    studio.live.engine.heard.connect(heard.append)
    studio.live.engine.ended.connect(lambda: ended.append(True))
    studio.live.replays.use_speed(1000.0)
    studio.live.replay(SPEECH[0])
    until(lambda: bool(ended))
    duration = soundfile.info(SPEECH[0]).duration
    assert heard[-1]["end"] / 16000 == pytest.approx(duration, abs=0.25)
    assert heard[0]["end"] == 8000 and {each["skipped"] for each in heard} == {0}
    spoken = [each["smoothed"] for each in heard if each["smoothed"] is not None]
    assert spoken
    history = list(studio.live.screen.history or ())
    assert [moment.probabilities for moment in history] == [
        None if each["smoothed"] is None else tuple(each["smoothed"]) for each in heard
    ]
    page = studio.live.page
    page.timeline.grab()
    page.plots.grab()
    assert studio.live.recorder.source is None and not page.source.listen.isChecked()
    studio.actions["record"].trigger()
    assert "No input" in studio.messages.text


def test_without_predicting_a_file_runs_all_the_same(studio: Studio, silence: None, until: Until) -> None:
    studio.actions["page:live"].trigger()
    studio.live.page.box.predict.setChecked(False)
    studio.live.replays.use_speed(1000.0)
    over: list[object] = []
    studio.live.recorder.source_changed.connect(over.append)
    studio.live.replay(SPEECH[0])
    until(lambda: len(over) > 1 and over[-1] is None)
    assert studio.live.screen._rolling is not None


def test_a_file_that_cannot_be_read_is_told(
    studio: Studio, silence: None, until: Until, tmp_path: Path
) -> None:
    (tmp_path / "text.wav").write_text("no sound", encoding="utf-8")
    studio.actions["page:live"].trigger()
    studio.live.replay(tmp_path / "text.wav")
    until(lambda: "not an audio file" in studio.messages.text)
    assert studio.live.page.source.listen.text() == "Listen"


def test_what_is_chosen_is_remembered(studio: Studio, qapp: QApplication, home: Path, qtbot: QtBot) -> None:
    box = studio.live.page.box
    box.values["hop"].setValue(0.5)
    box.values["window"].setValue(2.0)
    studio.live.page.takes.pattern.setText("{speaker}")
    studio.window.close()
    settings = QSettings(str(home / "config" / "window.ini"), QSettings.Format.IniFormat)
    settings.setValue("live/smoothing", "much")  # edited by hand
    again = Studio(settings, Themes(qapp, settings))
    qtbot.addWidget(again.window)
    config = again.live.page.box.config
    assert (config.hop, config.window, config.smoothing) == (0.5, 2.0, 0.5)
    assert again.live.page.takes.pattern.text() == "{speaker}"
    again.window.close()


# Takes


def test_a_take_with_labels_and_predictions_is_in_the_project_and_opens_with_a_click(
    live: Studio, models: Path, until: Until, server: SoundServer, tmp_path: Path
) -> None:
    studio = live
    ready(studio, until)
    studio.projects.new(tmp_path / "p.humpcat")
    page = studio.live.page
    page.box.values["threshold"].setValue(0.0)  # every window has a label, also those of silence
    page.takes.speaker.setText("anna")
    player = server.play_over_and_over(SPEECH[:2])
    try:
        record(studio, until)
        session = studio.live.takes._take
        assert session is not None
        until(lambda: len(session.session.windows) > 3)
        page.setFocus()
        QTest.keyClick(page, Qt.Key.Key_1)
        wait_for_sound(studio, until, 0.5)
        QTest.keyClick(page, Qt.Key.Key_4)
        wait_for_sound(studio, until, 0.5)
        QTest.keyClick(page, Qt.Key.Key_4)
        studio.actions["pause_take"].trigger()
        until(lambda: studio.live.recorder.paused)
        wait_for_sound(studio, until, 1.0)
        studio.actions["pause_take"].trigger()
        until(lambda: not studio.live.recorder.paused)
        wait_for_sound(studio, until, 0.5)
        page.timeline.grab()
        studio.actions["record"].trigger()
        until(lambda: studio.live.recorder.take is None)
    finally:
        server.stop_playing(player)
    project = studio.editor.project
    assert project is not None
    (recording,) = project.recordings
    assert recording.path == tmp_path / "recordings" / recording.path.name
    assert recording.speaker == "anna"
    assert soundfile.info(recording.path).frames == recording.frames
    rows = project.annotations_of(recording.id)
    assert [row.label for row in rows] == ["angry", "sad"]
    assert rows[0].end == rows[1].start and 0.4 * RATE < rows[0].end - rows[0].start < 5 * RATE
    (prediction,) = project.predictions
    assert prediction.model_name == "default (live)" and prediction.span == (0, recording.frames)
    assert len(prediction.windows) > 3
    assert list(sessions_folder().iterdir()) == []
    page.takes.open.click()
    assert not page.isVisible()
    until(lambda: studio.recordings.current is not None and studio.recordings.current.path == recording.path)


def test_a_device_that_goes_away_is_told_and_what_was_recorded_is_in_the_project(
    live: Studio, until: Until, server: SoundServer, tmp_path: Path
) -> None:
    studio = live
    studio.projects.new(tmp_path / "p.humpcat")
    record(studio, until)
    server.unplug()
    try:
        until(lambda: "went away" in studio.messages.text)
        project = studio.editor.project
        assert project is not None
        until(lambda: len(project.recordings) == 1)
        assert project.recordings[0].frames > RATE // 2
        until(lambda: studio.live.page.source.input is None)
    finally:
        server.plug_in()
    until(lambda: studio.live.page.source.input is not None)
    studio.actions["listen"].trigger()
    until(lambda: studio.live.recorder.source is not None)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_dies_or_hangs_loses_no_take(
    live: Studio, until: Until, tmp_path: Path, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = live
    studio.projects.new(tmp_path / "p.humpcat")
    record(studio, until, 2.0)
    monkeypatch.setattr("app.capture.client.PATIENCE", 0.5)
    os.kill(studio.live.recorder.pid, how)
    if how == signal.SIGSTOP:
        studio.actions["record"].trigger()  # it is to end, and does not answer
    project = studio.editor.project
    assert project is not None
    until(lambda: len(project.recordings) == 1)
    assert project.recordings[0].frames > RATE
    assert project.recordings[0].path.suffixes == [".wav"]
    assert "was cut off" in studio.messages.text
    assert not studio.live.recorder.recording


def test_a_take_goes_on_while_one_looks_at_the_workbench_and_is_kept_when_the_window_is_closed(
    live: Studio, until: Until, tmp_path: Path
) -> None:
    studio = live
    studio.projects.new(tmp_path / "p.humpcat")
    record(studio, until)
    studio.actions["page:annotate"].trigger()
    wait_for_sound(studio, until, 1.0)
    studio.window.close()
    project = Project.open(tmp_path / "p.humpcat")
    assert [row.frames > 1.5 * RATE for row in project.recordings] == [True]
    project.close()


def test_a_take_whose_program_was_killed_is_in_the_project_when_that_is_opened_again(
    studio: Studio, silence: None, until: Until, tmp_path: Path
) -> None:
    project, aside = tmp_path / "p.humpcat", tmp_path / "t.unfinished.wav"
    Project.create(project).close()
    soundfile.write(aside, soundfile.read(SPEECH[0])[0], 16000)
    dead = 2**22 + 1  # no process has this number
    log = SessionLog(Session(dead, tmp_path / "t.wav", aside, project, 1, 16000, 500))
    log.use_model({"name": "m", "id": "i", "labels": ["a", "b"], "device": "cpu", "precision": "fp32"})
    log.hear(SaidOfWindow(1000, 9000, (0.5, 0.5)))
    log.press(Pressed("sad", 4500, None))
    log.close(keep=True)
    studio.projects.open(project)
    until(lambda: "was cut off" in studio.messages.text)
    held = studio.editor.project
    assert held is not None
    (recording,) = held.recordings
    assert recording.path == tmp_path / "t.wav" and not aside.exists()
    assert [(row.label, row.start, row.end) for row in held.annotations] == [("sad", 4000, recording.frames)]
    assert len(held.predictions) == 1
    assert not log.path.exists()


def test_a_project_that_may_only_be_read_takes_no_take(
    studio: Studio, silence: None, until: Until, tmp_path: Path
) -> None:
    path = tmp_path / "p.humpcat"
    Project.create(path).close()
    elsewhere = Project.open(path)
    studio.projects.open(path)
    until(lambda: studio.editor.project is not None)
    studio.actions["record"].trigger()
    assert "reading only" in studio.messages.text
    elsewhere.close()


def test_digits_are_labels_as_soon_as_a_take_begins_also_after_a_number_was_typed(
    live: Studio, until: Until, tmp_path: Path
) -> None:
    studio = live
    studio.projects.new(tmp_path / "p.humpcat")
    hop = studio.live.page.box.values["hop"]
    hop.setFocus()
    record(studio, until, 0.2)
    focused = studio.window.focusWidget()
    assert focused is studio.live.page
    QTest.keyClick(focused, Qt.Key.Key_2)
    assert [each.label for each in studio.live.takes.pressed] == ["happy"]
    assert hop.value() == 0.25
    studio.live.page.labels.tiles[0].click()
    assert studio.live.takes.active == "angry"
    studio.live.page.labels.tiles[0].click()
    assert studio.live.takes.active is None


def test_while_a_take_is_made_its_project_stays(live: Studio, until: Until, tmp_path: Path) -> None:
    studio = live
    studio.projects.new(tmp_path / "p.humpcat")
    assert studio.actions["close_project"].isEnabled()
    record(studio, until, 0.2)
    names = ("new_project", "open_project", "save_project_as", "close_project")
    assert not any(studio.actions[name].isEnabled() for name in names)
    assert not studio.live.page.source.listen.isEnabled()
    studio.actions["record"].trigger()
    until(lambda: studio.live.recorder.take is None)
    assert all(studio.actions[name].isEnabled() for name in names)


def test_a_take_of_which_nothing_can_be_written_down_is_in_the_project_all_the_same(
    live: Studio, until: Until, tmp_path: Path, home: Path
) -> None:
    studio = live
    studio.projects.new(tmp_path / "p.humpcat")
    sessions_folder().parent.mkdir(parents=True, exist_ok=True)
    sessions_folder().write_text("in the way", encoding="utf-8")
    record(studio, until, 0.5)
    assert "cannot be written" in studio.messages.text
    studio.actions["record"].trigger()
    project = studio.editor.project
    assert project is not None
    until(lambda: len(project.recordings) == 1)
    assert project.recordings[0].frames > 0.3 * RATE


def test_a_folder_that_takes_no_take_is_told_and_another_one_can_be_chosen(
    live: Studio, until: Until, tmp_path: Path
) -> None:
    studio = live
    studio.projects.new(tmp_path / "p.humpcat")
    (tmp_path / "file").write_text("", encoding="utf-8")
    studio._settings.setValue("live/folder", str(tmp_path / "file"))
    studio.actions["record"].trigger()
    until(lambda: "cannot be written" in studio.messages.text)
    assert studio.live.page.source.listen.isEnabled() and not studio.live.recorder.recording
    studio._settings.setValue("live/folder", str(tmp_path))
    record(studio, until, 0.2)
