"""What is said in a live session: on disk at once, read again after any crash, brought into the project's times."""

from pathlib import Path

import pytest
import soundfile
from voices import RATE, voice

from app.live_take import take_file
from core_model.facts import WindowPrediction
from core_model.live.session_log import (
    Pressed,
    SaidOfWindow,
    Session,
    SessionLog,
    in_take,
    read_session,
)
from core_model.project.project import Project
from core_model.project.sessions import keep_session

MODEL = {"name": "m", "id": "abc", "labels": ["a", "b"], "device": "cpu", "precision": "fp32"}


def session(folder: Path, begin: int = 100, rate: int = 100) -> Session:
    """A session whose take begins at frame 100 of its ring buffer."""
    return Session(
        1, folder / "take.wav", folder / "take.unfinished.wav", folder / "p.humpcat", 1, rate, begin
    )


def said(folder: Path) -> SessionLog:
    log = SessionLog(session(folder))
    log.use_model(MODEL)
    log.hear(SaidOfWindow(90, 115, (0.25, 0.75)))
    log.press(Pressed("angry", 120, None))
    log.hear(SaidOfWindow(115, 140, (0.5, 0.5)))
    log.press(Pressed("angry", 120, 150))
    log.press(Pressed("sad", 150, None))
    return log


def test_it_is_read_as_it_was_said(tmp_path: Path) -> None:
    log = said(tmp_path)
    log.finish(tmp_path / "take-2.wav", [(100, 200), (300, 350)])
    log.close(keep=True)
    found = read_session(log.path)
    assert found == log.session
    assert found is not None and found.take.name == "take-2.wav"
    assert found.pressed == [Pressed("angry", 120, 150), Pressed("sad", 150, None)]


def test_it_is_on_disk_before_anything_else_happens(tmp_path: Path) -> None:
    log = said(tmp_path)
    assert read_session(log.path) == log.session  # nothing was closed
    log.close(keep=False)
    assert not log.path.exists()


def test_cut_short_anywhere_what_was_whole_is_read(tmp_path: Path) -> None:
    log = said(tmp_path)
    log.close(keep=True)
    content = log.path.read_bytes()
    first_line = content.index(b"\n")
    counts = []
    for end in range(len(content) + 1):
        log.path.write_bytes(content[:end])
        found = read_session(log.path)
        assert (found is None) == (end < first_line)
        if found is not None:
            counts.append(len(found.pressed) + len(found.windows))
    assert counts[0] == 0 and counts[-1] == 4
    assert sorted(counts) == counts


def test_another_models_words_are_not_mixed_with_the_first_ones(tmp_path: Path) -> None:
    log = said(tmp_path)
    log.use_model({**MODEL, "id": "other"})
    log.close(keep=True)
    found = read_session(log.path)
    assert found is not None and found.windows == [] and found.model == {**MODEL, "id": "other"}


def test_times_are_the_takes_and_pauses_are_left_out(tmp_path: Path) -> None:
    log = said(tmp_path)
    log.hear(SaidOfWindow(190, 310, (1.0, 0.0)))  # over the pause
    log.finish(tmp_path / "take.wav", [(100, 200), (300, 350)])
    log.close(keep=False)
    pressed, windows = in_take(log.session, 150)
    # "sad" was never ended: it goes on to the take's end, in two parts that touch.
    assert pressed == [Pressed("angry", 20, 50), Pressed("sad", 50, 100), Pressed("sad", 100, 150)]
    assert windows == [
        WindowPrediction(0.0, 0.15, (0.25, 0.75)),
        WindowPrediction(0.15, 0.4, (0.5, 0.5)),
        WindowPrediction(0.9, 1.0, (1.0, 0.0)),
        WindowPrediction(1.0, 1.1, (1.0, 0.0)),
    ]


def test_a_take_that_was_killed_is_taken_for_one_piece(tmp_path: Path) -> None:
    log = said(tmp_path)
    log.close(keep=False)
    pressed, _ = in_take(log.session, 80)
    assert pressed == [Pressed("angry", 20, 50), Pressed("sad", 50, 80)]


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Project, Session]:
    """A project, and a session of one second in which everything was said."""
    soundfile.write(tmp_path / "take.wav", voice("sad", 1.0), RATE)
    project = Project.create(tmp_path / "p.humpcat", "R1")
    found = session(tmp_path, 0, RATE)
    found.model, found.speaker = MODEL, "anna"
    found.windows = [SaidOfWindow(0, 4000, (0.25, 0.75)), SaidOfWindow(8000, 16000, (1.0, 0.0))]
    found.pressed = [Pressed("angry", 1000, 5000), Pressed("sad", 9000, None), Pressed("happy", 8000, 8010)]
    return project, found


def test_a_project_gets_the_take_the_labels_and_a_prediction_in_one_edit(
    kept: tuple[Project, Session], tmp_path: Path
) -> None:
    project, found = kept
    take = take_file(tmp_path / "take.wav")
    project.apply(keep_session(project, found, take))
    project.close()
    project = Project.open(tmp_path / "p.humpcat")
    (recording,) = project.recordings
    assert (recording.path, recording.frames, recording.speaker) == (tmp_path / "take.wav", 16000, "anna")
    rows = project.annotations_of(recording.id)
    # The slip of 10 samples is none.
    assert [(row.label, row.start, row.end, row.origin) for row in rows] == [
        ("angry", 1000, 5000, "human"),
        ("sad", 9000, 16000, "human"),
    ]
    (prediction,) = project.predictions
    assert prediction.span == (0, 16000)
    assert prediction.model_id != MODEL["id"], "a prediction made afterwards must not take its place"
    assert prediction.probabilities == pytest.approx((0.75, 0.25))
    assert [window.end for window in prediction.windows] == [0.25, 1.0]
    assert keep_session(project, found, take).empty, "brought in twice it is there once"
    project.close()


def test_a_rater_who_is_gone_leaves_the_labels_to_the_first(
    kept: tuple[Project, Session], tmp_path: Path
) -> None:
    project, found = kept
    found.rater = 99
    project.apply(keep_session(project, found, take_file(tmp_path / "take.wav")))
    assert {row.rater for row in project.annotations} == {project.people()[0].id}
    project.close()
