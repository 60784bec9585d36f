"""The page Fine-tune: a corpus is read, a job planned, started, watched, heard; as a user does it."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot
from voices import RATE, emodb_like, voice

from app.display.time_view import Span
from app.window.studio import Studio
from app.window.tuning.corpus_page import file_of
from app.window.tuning.source_dialog import SourceDialog
from app.window.tuning.tune_dialog import TuneDialog
from training_jobs.corpora.label_maps import built_in, write_label_map
from training_jobs.jobs.options import FinetuneOptions
from training_jobs.jobs.run_folder import Spec, create_run, list_runs
from training_jobs.jobs.state import CANCELLED, DONE
from training_jobs.manifest import read_manifest
from training_jobs.recipe import TUNING_RECIPE

Until = Callable[[Callable[[], bool]], None]
_LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Four speakers, four labels, two takes of each; and a text file."""
    folder = emodb_like(tmp_path / "speech")
    (folder / "notes.txt").write_text("not a sound")
    return folder


@pytest.fixture
def page(studio: Studio, models: Path, until: Until) -> Studio:
    """The window on the page Fine-tune, with two untrained models."""
    studio.start()
    until(lambda: len(studio.tuning.starting.models) > 1)
    studio.actions["page:tune"].trigger()
    return studio


def _read(studio: Studio, corpus: Path, until: Until) -> None:
    studio.tuning.corpus.open([corpus])
    until(lambda: studio.tuning.corpus.problems is not None)


def test_a_corpus_is_told_of_in_tables_and_bars(page: Studio, corpus: Path, until: Until) -> None:
    tuning = page.tuning
    assert tuning.corpus_page.stack.currentIndex() == 0  # what to do first
    _read(page, corpus, until)
    table = tuning.corpus.table
    assert table is not None
    assert (len(table), table.recognised[0].name) == (32, "emodb")
    assert dict(table.label_counts) == {"angry": 8, "happy": 8, "neutral": 8, "sad": 8}
    assert len(table.speaker_counts) == 4
    assert file_of(table, 0)[0].is_file()
    assert tuning.corpus_page.files.rows.rowCount() == 32
    assert {word.word for word in table.words} >= {"anger", "sadness"}
    left = tuning.corpus_page.problems.topLevelItem(0)
    assert left is not None
    assert left.text(0) == "1 file left out"


def test_the_filter_narrows_the_files(page: Studio, corpus: Path, until: Until, qtbot: QtBot) -> None:
    _read(page, corpus, until)
    corpus_page = page.tuning.corpus_page
    qtbot.keyClicks(corpus_page.filter, "emodb/03")
    until(lambda: corpus_page.files.rows.rowCount() == 8)
    corpus_page.only.setCurrentText("sad")
    corpus_page.only.activated.emit(0)
    assert corpus_page.files.rows.rowCount() == 2
    corpus_page.filter.setText("nobody")
    until(lambda: corpus_page.files.rows.rowCount() == 0)


def test_another_label_reads_the_corpus_again(page: Studio, corpus: Path, until: Until) -> None:
    _read(page, corpus, until)
    box = page.tuning.corpus_page.labels.boxes["sadness"]
    box.setCurrentText("left out")
    box.activated.emit(box.currentIndex())
    until(lambda: page.tuning.corpus.table is not None and len(page.tuning.corpus.table) == 24)
    assert "sad" not in page.tuning.corpus.table.labels  # type: ignore[union-attr]


def test_a_folder_that_is_not_recognised_is_read_as_what_somebody_says_it_is(
    page: Studio, tmp_path: Path, until: Until, qtbot: QtBot
) -> None:
    folder = tmp_path / "renamed"
    emodb_like(folder)
    files = sorted(folder.glob("*.wav"))
    for number, file in enumerate(files[8:]):
        file.rename(folder / f"take {number}.wav")
    tuning = page.tuning
    refused, fault = tuning.corpus_page.refused, tuning.corpus_page.fault
    tuning.corpus.open([folder])
    until(fault.isVisible)
    assert "read it as emodb" in fault.text()
    assert refused.isVisible()
    assert not refused.button.isEnabled()
    qtbot.keyClicks(refused.read_as, "emod")
    qtbot.mouseClick(refused.button, _LEFT)
    until(lambda: tuning.corpus.table is not None)
    assert tuning.corpus.table is not None
    assert len(tuning.corpus.table) == 8
    assert not refused.isVisible()
    assert tuning.corpus_page.convention.currentText() == "emodb"


def test_the_keyboard_stays_where_a_label_is_typed(
    page: Studio, corpus: Path, until: Until, qtbot: QtBot
) -> None:
    _read(page, corpus, until)
    table = page.tuning.corpus_page.labels
    page.tuning.corpus_page.tabs.setCurrentWidget(table)
    table.boxes["anger"].setCurrentText("cross")
    table.boxes["anger"].activated.emit(0)
    line = table.boxes["sadness"].lineEdit()
    assert line is not None
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "gl")  # and the corpus is read anew meanwhile
    until(lambda: "cross" in dict(page.tuning.corpus.table.label_counts))  # type: ignore[union-attr]
    assert table.boxes["sadness"].lineEdit() is line
    assert line.hasFocus()
    qtbot.keyClicks(line, "um")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    until(lambda: "glum" in dict(page.tuning.corpus.table.label_counts))  # type: ignore[union-attr]


def test_a_label_that_is_taken_back_while_the_corpus_is_read_is_not_shown(
    page: Studio, corpus: Path, until: Until
) -> None:
    _read(page, corpus, until)
    box = page.tuning.corpus_page.labels.boxes["anger"]
    box.setCurrentText("cross")
    box.activated.emit(0)
    page.tuning.corpus.cancel()
    assert box.currentText() == "angry"
    assert page.tuning.corpus.asked is not None
    assert not page.tuning.corpus.asked.changes


def test_problems_of_the_sound_are_grouped_with_what_to_do(page: Studio, corpus: Path, until: Until) -> None:
    soundfile.write(corpus / "03a09Wa.wav", voice("angry") * 0, RATE)
    soundfile.write(corpus / "08a09Wa.wav", voice("sad", seed=5), RATE)
    soundfile.write(corpus / "09a09Ta.wav", voice("sad", seed=5), RATE)
    _read(page, corpus, until)
    problems = page.tuning.corpus.problems
    assert problems is not None
    assert [group.kind for group in problems] == ["contradiction", "silent"]
    assert all(group.todo for group in problems)
    tree = page.tuning.corpus_page.problems
    child = tree.topLevelItem(1).child(0)  # type: ignore[union-attr]
    tree.itemActivated.emit(child, 0)
    files = page.tuning.corpus_page.files
    assert files.current is not None
    assert files.rows.words(files.currentIndex().row(), 1) == "03a09Wa.wav"


def test_a_wrong_folder_gets_a_sentence_and_what_was_there_stays(
    page: Studio, corpus: Path, tmp_path: Path, until: Until
) -> None:
    _read(page, corpus, until)
    (tmp_path / "empty").mkdir()
    page.tuning.corpus.open([tmp_path / "empty"])
    until(lambda: page.tuning.corpus_page.fault.isVisible())
    assert "holds no audio files" in page.tuning.corpus_page.fault.text()
    assert page.tuning.corpus.asked is not None
    assert page.tuning.corpus.asked.sources == (corpus,)


def test_a_manifest_is_saved_with_the_labels_as_changed(
    page: Studio, corpus: Path, tmp_path: Path, until: Until
) -> None:
    _read(page, corpus, until)
    page.tuning.corpus.save_manifest(tmp_path / "manifest.csv")
    until((tmp_path / "manifest.csv").is_file)
    assert len(read_manifest(tmp_path / "manifest.csv")) == 32
    page.tuning.corpus.open([tmp_path / "manifest.csv"])
    until(lambda: page.tuning.corpus.asked.sources == (tmp_path / "manifest.csv",))  # type: ignore[union-attr]
    page.tuning.corpus.save_manifest(tmp_path / "manifest.csv")
    assert "is the corpus itself" in page.tuning.corpus_page.fault.text()


def test_the_projects_own_labels_are_a_corpus(
    page: Studio, tmp_path: Path, until: Until, tone: Callable[..., Path]
) -> None:
    page.opening.open([tone("a.wav"), tone("b.wav", 1.5)])
    until(lambda: page.annotating.segmenting.recording_id is not None)
    page.actions["page:annotate"].trigger()
    page.actions["label:1"].trigger()
    page.actions["next_recording"].trigger()
    page.actions["label:2"].trigger()
    page.actions["tune_labels"].trigger()
    until(lambda: page.tuning.corpus.table is not None)
    assert page.tuning.corpus.table.recognised[0].name == "project"  # type: ignore[union-attr]


def _dialog(studio: Studio) -> TuneDialog:
    studio.tuning.corpus_page.tune_asked.emit()
    dialog = studio.tuning.starting.dialog
    assert isinstance(dialog, TuneDialog)
    return dialog


def test_the_plan_follows_the_slider(page: Studio, corpus: Path, until: Until) -> None:
    _read(page, corpus, until)
    dialog = _dialog(page)
    until(dialog.start_button.isEnabled)
    dialog.share.setValue(50)
    assert not dialog.start_button.isEnabled()  # what was planned is stale
    until(dialog.start_button.isEnabled)
    assert "50 % of the speakers (2 of 4)" in dialog.view._sentence.text()
    dialog._ask()
    dialog.share.setValue(25)  # what is being planned is stale
    assert dialog._running is None
    dialog.share.setValue(50)
    until(dialog.start_button.isEnabled)
    assert dialog.options().share == 0.5
    dialog.name.setText("default")
    until(lambda: "called default already" in dialog.view.fault.text())
    assert not dialog.start_button.isEnabled()
    dialog.reject()


def test_what_a_command_asked_for_is_kept_when_its_job_is_done_again(
    page: Studio, corpus: Path, tmp_path: Path, until: Until
) -> None:
    write_label_map(tmp_path / "map.csv", built_in("emodb"))
    options = FinetuneOptions(
        corpora=(corpus,),
        model="other",
        label_map=tmp_path / "map.csv",
        label_changes={"sadness": "sad"},
        share=0.006,
        draws=60,
        recipe=replace(TUNING_RECIPE, speeds=(0.8,), batch=7, epochs=600, seed=1_000_001),
    )
    run = create_run(Spec("finetune", "by a command", options.to_json()))
    page.tuning.starting.again(run)
    until(lambda: isinstance(page.tuning.starting.dialog, TuneDialog))
    dialog = page.tuning.starting.dialog
    assert isinstance(dialog, TuneDialog)
    model = next(each for each in page.tuning.starting.models if each.name == "other")
    wanted = replace(options, model=str(model.folder), install=dialog.name.text())
    assert dialog.options() == wanted
    dialog.reject()
    shutil.rmtree(run.path)
    until(lambda: not page.tuning.jobs.watch.under_way)


def test_a_job_whose_corpus_is_gone_opens_no_dialog_on_the_next_one(
    page: Studio, corpus: Path, tmp_path: Path, until: Until
) -> None:
    options = FinetuneOptions(corpora=(tmp_path / "gone",), model="other")
    run = create_run(Spec("finetune", "its corpus is gone", options.to_json()))
    page.tuning.starting.again(run)
    until(page.tuning.corpus_page.fault.isVisible)
    _read(page, corpus, until)
    assert page.tuning.starting.dialog is None
    shutil.rmtree(run.path)
    until(lambda: not page.tuning.jobs.watch.under_way)


def test_a_model_that_is_gone_is_named_when_its_job_is_done_again(
    page: Studio, corpus: Path, until: Until
) -> None:
    _read(page, corpus, until)
    page.tuning.starting.tune(FinetuneOptions(corpora=(corpus,), model="deleted"))
    dialog = page.tuning.starting.dialog
    assert isinstance(dialog, TuneDialog)
    until(lambda: "'deleted'" in dialog.view.fault.text())
    assert not dialog.start_button.isEnabled()
    dialog.reject()


def test_one_speaker_cannot_be_tuned_on_and_the_reason_is_told(
    page: Studio, tmp_path: Path, until: Until
) -> None:
    _read(page, emodb_like(tmp_path / "alone", (3,), 3), until)
    dialog = _dialog(page)
    until(lambda: "at least two speakers" in dialog.view.fault.text())
    assert not dialog.start_button.isEnabled()
    dialog.reject()


def test_a_source_model_needs_two_labels(page: Studio, corpus: Path, until: Until) -> None:
    _read(page, corpus, until)
    page.tuning.corpus_page.source_asked.emit()
    dialog = page.tuning.starting.dialog
    assert isinstance(dialog, SourceDialog)
    dialog.encoder.setCurrentIndex(dialog.encoder.findData(""))
    until(dialog.start_button.isEnabled)
    for check in dialog.labels.values():
        check.setChecked(False)
    until(lambda: "two or more" in dialog.view.fault.text())
    dialog.reject()


def test_from_a_folder_to_a_model_that_is_heard_and_used(
    page: Studio, corpus: Path, until: Until, qtbot: QtBot
) -> None:
    """A job from its dialog to its result, with everything in between that people press."""
    _read(page, corpus, until)
    dialog = _dialog(page)
    dialog.copies.setChecked(False)
    dialog.epochs.setValue(3)
    until(dialog.start_button.isEnabled)
    qtbot.mouseClick(dialog.start_button, _LEFT)
    jobs, jobs_page = page.tuning.jobs, page.tuning.jobs_page
    until(lambda: bool(jobs.watch.jobs) and jobs.watch.jobs[0].state.status == DONE)
    until(lambda: jobs_page.result.result is not None)
    result = jobs_page.result.result
    assert result is not None
    assert result.verdict().startswith("It hears the right one of 4 labels")
    assert {each.kind for each in result.kinds} >= {"network", "before", "probe"}
    until(lambda: "speech-tuned" in page.models.names)
    _hear_a_cell(page, qtbot)
    assert jobs.watch.histories[jobs.watch.jobs[0].id].losses["draw 1"].keys() == {1, 2, 3}
    qtbot.mouseClick(jobs_page.buttons["model"], _LEFT)
    until(lambda: page.predicting.model is not None and page.predicting.model.name == "speech-tuned")
    _again_and_cancel(page, until, qtbot)


def _hear_a_cell(studio: Studio, qtbot: QtBot) -> None:
    view = studio.tuning.jobs_page.result
    table = view.tables["network"]
    assert view.result is not None
    counts = view.result.kind("network").confusion  # type: ignore[union-attr]
    row, column = divmod(int(counts.argmax()), 4)
    table.choose((row, column))
    assert len(view._listed) == counts[row, column]
    assert all(each.label == view.result.labels[row] for each in view._listed)
    asked: list[object] = []
    view.play_asked.connect(asked.append)
    view.listed.choose(0)
    view.listed.setFocus()
    qtbot.keyClick(view.listed, Qt.Key.Key_Space)
    assert asked == [view._listed[0]]


def _again_and_cancel(studio: Studio, until: Until, qtbot: QtBot) -> None:
    """Once more with other epochs, cancelled in mid-way, resumed, deleted."""
    jobs, jobs_page = studio.tuning.jobs, studio.tuning.jobs_page
    before = studio.tuning.starting.dialog
    jobs_page.buttons["again"].click()
    until(lambda: studio.tuning.starting.dialog is not before)
    dialog = studio.tuning.starting.dialog
    assert isinstance(dialog, TuneDialog)
    assert dialog.epochs.value() == 3
    dialog.epochs.setValue(400)
    until(dialog.start_button.isEnabled)
    dialog.start()
    until(lambda: bool(jobs.watch.under_way) and jobs_page.job is jobs.watch.under_way[0])
    until(lambda: bool(jobs.watch.under_way) and jobs.watch.under_way[0].state.phase.startswith("Training"))
    qtbot.mouseClick(jobs_page.buttons["cancel"], _LEFT)
    until(lambda: not jobs.watch.under_way)
    assert jobs.watch.jobs[0].state.status == CANCELLED
    until(lambda: jobs_page.buttons["resume"].isVisible())
    number = len(list_runs())
    qtbot.mouseClick(jobs_page.buttons["delete"], _LEFT)
    until(jobs_page.question.isVisible)
    qtbot.mouseClick(jobs_page.yes, _LEFT)
    until(lambda: len(list_runs()) == number - 1)


def test_closing_with_a_job_under_way_is_asked_and_the_job_goes_on(
    page: Studio, corpus: Path, until: Until, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    _read(page, corpus, until)
    dialog = _dialog(page)
    dialog.epochs.setValue(500)
    until(dialog.start_button.isEnabled)
    dialog.start()
    jobs = page.tuning.jobs
    until(lambda: bool(jobs.watch.under_way))
    told: list[str] = []
    answers = iter(("Stay", "Close the window"))

    def answer(box: QMessageBox) -> int:
        told.append(box.text())
        text = next(answers)
        next(button for button in box.buttons() if button.text() == text).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    page.window.close()
    assert page.window.isVisible()
    page.window.close()
    assert not page.window.isVisible()
    assert told == ["1 job goes on in the background."] * 2
    run = list_runs()[0]
    assert not run.state().is_over
    run.ask_cancel()
    until(lambda: run.state().is_over)


def test_only_the_job_that_was_asked_about_is_deleted(page: Studio, corpus: Path, until: Until) -> None:
    jobs_page = page.tuning.jobs_page
    runs = [create_run(Spec("evaluate", name, {})) for name in ("first", "second")]
    for run in runs:
        run.write_state(replace(run.written_state(), status=CANCELLED))
    page.tuning.jobs.watch.look()
    until(lambda: len(page.tuning.jobs.watch.jobs) == 2)
    jobs_page.list.choose(runs[0].id)
    first = jobs_page.job
    assert first is not None
    jobs_page.ask_to_delete(first, 1_000_000)
    assert jobs_page.question.isVisibleTo(jobs_page)
    jobs_page.list.choose(runs[1].id)
    jobs_page.ask_to_delete(first, 1_000_000)  # its size came late
    assert not jobs_page.question.isVisibleTo(jobs_page)


def test_a_damaged_job_is_told_of_watched_on_and_deleted(page: Studio, until: Until) -> None:
    damaged, sound = (create_run(Spec("evaluate", name, {})) for name in ("damaged", "sound"))
    (damaged.path / "spec.json").write_text("{}")
    (sound.path / "events.jsonl").write_text('{"event": "epoch"}\n{"event": "notice", "text": "after it"}\n')
    jobs = page.tuning.jobs
    jobs.watch.watched = (sound.id,)
    jobs.watch.look()
    until(lambda: bool(jobs.watch.histories))
    assert jobs.watch.histories[sound.id].lines == ["after it"]
    for _ in range(2):
        jobs.watch.look()
        until(lambda: jobs.watch._task is None)
        job = next(job for job in jobs.watch.jobs if job.id == damaged.id)
        assert "another version" in job.state.message
    (damaged.path / "state.json").write_text("no JSON")
    damaged.delete()
    assert not damaged.path.exists()
    shutil.rmtree(sound.path)
    until(lambda: not jobs.watch.under_way)


def test_what_ended_while_the_window_was_closed_is_told(
    page: Studio, corpus: Path, until: Until, qapp: QApplication
) -> None:
    del qapp
    jobs = page.tuning.jobs
    jobs._left = ["gone-away"]
    jobs.watch.look()
    until(lambda: not jobs._left)
    assert page.messages.text == ""  # a job that was deleted meanwhile is not spoken of


def test_a_click_on_the_triangle_plays(page: Studio, corpus: Path, until: Until, qtbot: QtBot) -> None:
    _read(page, corpus, until)
    files = page.tuning.corpus_page.files
    asked: list[int] = []
    files.play_asked.connect(asked.append)
    place = files.visualRect(files.rows.index(2, 0)).center()
    qtbot.mouseClick(files.viewport(), _LEFT, pos=QPoint(place))
    assert asked == [2]
    until(lambda: page.messages.text != "")  # there is no sound card here, and that is told
    assert "no output device" in page.messages.text
    assert page.tuning.samples.key is None


def test_a_stretch_of_a_recording_opens_in_the_workbench(
    page: Studio, until: Until, tone: Callable[..., Path]
) -> None:
    recording = tone("long.wav", 4.0)
    for stretch in ((1.0, 2.5), (0.5, 1.5)):  # the second time it is open already
        page.tuning.file_opened.emit(recording, stretch)
        until(lambda stretch=stretch: page.axis.selection == Span(*stretch))
    assert page.recordings.current is not None
    assert page.recordings.current.path == recording
