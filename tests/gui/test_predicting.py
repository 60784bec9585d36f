"""Predicting in the window, with the real engine process and an untrained model."""

import itertools
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from app.predictions import State
from app.window.studio import Studio
from core_model.facts import Segment
from core_model.project.project import Project

Until = Callable[[Callable[[], bool]], None]


def _start(studio: Studio, until: Until, *paths: Path) -> None:
    studio.start()
    studio.opening.open(list(paths))
    until(lambda: studio.recordings.current is not None and studio.predicting.model is not None)


def _whole(studio: Studio, path: Path) -> Segment:
    assert studio.editor.project is not None
    row = studio.editor.project.recording_at(path)
    assert row is not None
    return Segment(path, 0, row.frames, row.rate)


def test_a_recording_is_predicted_and_explained(
    studio: Studio, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    path = tone()
    _start(studio, until, path)
    attention = studio.plots.attention
    assert attention.minimumSizeHint().height() == attention.plot.minimumHeight()  # nothing to choose yet
    studio.actions["predict"].trigger()
    until(lambda: studio.store.get(path) is not None)
    assert attention.minimumSizeHint().height() > attention.plot.minimumHeight()
    held = studio.store.get(path)
    assert held is not None
    assert held.fact.model_name == "default"
    assert abs(sum(held.fact.probabilities) - 1) < 1e-4
    assert held.explanation is not None
    assert studio.plots.attention.plot.map_at(0.5) is not None


def test_all_are_predicted_and_kept_in_the_project(
    studio: Studio, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    paths = [tone(f"{name}.wav", seconds) for name, seconds in (("a", 1.0), ("b", 2.0), ("c", 9.0))]
    _start(studio, until, *paths)
    until(lambda: studio.recordings.model.rowCount() == 3)
    studio.actions["predict_all"].trigger()
    until(lambda: all(studio.store.state(path) is State.PREDICTED for path in paths))
    until(lambda: "3 predictions" in studio.messages.text)
    assert studio.editor.project is not None
    again = Project.open(studio.editor.project.path, read_only=True)
    kept = {again.recording(row.recording).path: row for row in again.predictions}
    again.close()
    assert set(kept) == set(paths)
    assert kept[paths[2]].end == 9 * 16_000
    assert sum(kept[paths[0]].probabilities) == pytest.approx(1, abs=1e-4)


def test_nothing_is_predicted_for_a_project_that_is_open_for_reading_only(
    studio: Studio, models: Path, tone: Callable[..., Path], tmp_path: Path, until: Until
) -> None:
    path = tmp_path / "study.humpcat"
    studio.projects.new(path)
    sound = tone()
    _start(studio, until, sound)
    studio.editor.take(Project.open(path))  # this window has it already
    assert studio.editor.project is not None and studio.editor.project.read_only
    until(lambda: studio.recordings.current is not None)
    assert "reading only" in studio.annotating.panel._times.text()
    for action in ("predict", "predict_all"):
        studio.messages.show_done("")
        studio.actions[action].trigger()
        assert "reading only" in studio.messages.text
        assert not studio.predicting.is_busy_with(_whole(studio, sound))


def test_predictions_that_the_project_refuses_are_not_said_to_be_made(
    studio: Studio, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    paths = [tone(f"{number}.wav") for number in range(3)]
    _start(studio, until, *paths)
    until(lambda: studio.recordings.model.rowCount() == 3)
    last = _whole(studio, paths[2])
    assert studio.editor.project is not None
    studio.editor.project.path.rename(studio.editor.project.path.with_suffix(".moved"))
    studio.actions["predict_all"].trigger()
    assert studio.predicting.is_busy_with(last)
    until(lambda: not studio.predicting.is_busy_with(last))
    assert "not made" in studio.messages.text
    assert not studio.editor.project.predictions


def test_another_model_makes_older_predictions_stale(
    studio: Studio, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    path = tone()
    _start(studio, until, path)
    studio.actions["predict"].trigger()
    until(lambda: studio.store.state(path) is State.PREDICTED)
    studio.models.choose("other")
    assert studio.store.state(path) is State.STALE
    assert "stale" in studio.recordings.model.state_text(studio.recordings.model.recordings[0])
    until(lambda: studio.predicting.model is not None and bool(studio.predicting.model.precision))
    studio.actions["predict"].trigger()
    until(lambda: studio.store.state(path) is State.PREDICTED)
    held = studio.store.get(path)
    assert held is not None
    assert held.fact.model_name == "other"


def test_the_deletion_test_shows_both_drops(
    studio: Studio, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    path = tone()
    _start(studio, until, path)
    studio.actions["predict"].trigger()
    until(lambda: studio.store.get(path) is not None)
    studio.actions["deletion_test"].trigger()
    until(lambda: (held := studio.store.get(path)) is not None and held.deletion is not None)
    held = studio.store.get(path)
    assert held is not None
    assert held.deletion is not None
    assert len(held.deletion.draws) == 10
    assert held.explanation is not None  # kept beside the test


def test_a_long_recording_shows_emotion_over_time_and_explains_a_window_when_asked(
    studio: Studio, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    path = tone("long.wav", 90.0)
    _start(studio, until, path)
    studio.actions["predict"].trigger()
    until(lambda: studio.store.get(path) is not None)
    held = studio.store.get(path)
    assert held is not None
    assert len(held.fact.windows) == 13
    assert studio.plots.emotions.isVisible()
    assert held.explanation is None
    studio.axis.seek(30.0)
    studio.suggesting.explain_window()
    until(lambda: (now := studio.store.get(path)) is not None and now.explanation is not None)
    assert studio.plots.attention.plot.map_at(30.0) is not None
    assert studio.plots.attention.plot.map_at(60.0) is None


def test_cancelling_keeps_what_is_done_and_the_next_prediction_works(
    studio: Studio, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    paths = [tone(f"{i}.wav", 20.0) for i in range(6)]
    _start(studio, until, *paths)
    until(lambda: studio.recordings.model.rowCount() == 6)
    studio.actions["predict_all"].trigger()
    until(lambda: studio.store.get(paths[0]) is not None)
    studio.actions["cancel"].trigger()
    assert not studio.predicting.is_busy_with(_whole(studio, paths[5]))
    assert studio.store.get(paths[0]) is not None
    assert studio.store.get(paths[5]) is None
    studio.recordings.go_to(paths[5])
    studio.actions["predict"].trigger()
    until(lambda: studio.store.get(paths[5]) is not None)
    assert studio.store.get(paths[4]) is None


def test_a_killed_engine_costs_nothing_but_a_message(
    studio: Studio, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    first, second = tone("first.wav"), tone("second.wav", 60.0)
    _start(studio, until, first)
    studio.actions["predict"].trigger()
    until(lambda: studio.store.get(first) is not None)
    studio.opening.open([second])
    until(lambda: studio.recordings.current is not None and studio.recordings.current.path == second)
    studio.actions["predict"].trigger()
    os.kill(studio.engine.pid, signal.SIGKILL)
    until(lambda: "engine stopped unexpectedly" in studio.messages.text)
    assert studio.store.get(first) is not None
    assert not studio.predicting.is_busy_with(_whole(studio, second))
    until(lambda: studio.predicting.model is not None and bool(studio.predicting.model.precision))
    studio.actions["predict"].trigger()
    until(lambda: studio.store.get(second) is not None)


def test_an_engine_killed_in_the_middle_of_many_loses_one_and_predicts_the_others(
    studio: Studio, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    paths = [tone(f"{i}.wav", 20.0) for i in range(4)]
    _start(studio, until, *paths)
    until(lambda: studio.recordings.model.rowCount() == 4)
    studio.actions["predict_all"].trigger()
    until(lambda: studio.store.get(paths[0]) is not None)
    os.kill(studio.engine.pid, signal.SIGKILL)
    until(lambda: studio.store.get(paths[3]) is not None)
    assert sum(studio.store.get(path) is not None for path in paths) >= 3


def test_without_a_model_the_window_says_what_to_do(
    studio: Studio, tone: Callable[..., Path], until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.opening.open([tone()])
    until(lambda: studio.recordings.current is not None)
    studio.actions["predict"].trigger()
    assert "No model" in studio.messages.text


def test_the_painting_goes_on_while_the_model_loads_and_predicts(
    qtbot: QtBot, studio: Studio, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    path = tone("long.wav", 60.0)
    _start(studio, until, path)
    until(lambda: studio.loader.mfcc is not None and studio.loader.pitch is not None)
    beats: list[float] = []
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start()
    studio.actions["predict"].trigger()
    until(lambda: studio.store.get(path) is not None)
    timer.stop()
    gaps = sorted(b - a for a, b in itertools.pairwise(beats))
    assert gaps[int(0.95 * len(gaps))] < 0.05
    assert gaps[-1] < 0.5  # a busy machine's scheduler, not ours: the engine itself takes seconds
