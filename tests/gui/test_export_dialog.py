"""The export dialog: tells what it would write, writes it beside the window, and asks about files in the way."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from exchanged_projects import study
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.compute_process import ComputeProcess
from app.editor import Editor
from app.tasks import TaskPool
from app.window.export_dialog import ExportDialog
from core_model.project import editing
from core_model.project.project import Project

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def settings(home: Path) -> QSettings:
    return QSettings(str(home / "window.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path, settings: QSettings) -> Iterator[ExportDialog]:
    tasks, compute, window = TaskPool(), ComputeProcess(), QWidget()
    qtbot.addWidget(window)
    editor = Editor(tasks)
    editor.take(study(tmp_path / "study"))
    made = ExportDialog(editor, tasks, compute, settings, window)
    yield made
    made.close()
    editor.take(None)
    tasks.close()
    compute.close()


def project(dialog: ExportDialog) -> Project:
    found = dialog._editor.project
    assert found is not None
    return found


def ready(dialog: ExportDialog, until: Until) -> str:
    until(lambda: dialog._looking is None and not dialog._again.isActive())
    return dialog.told.text()


def press(dialog: ExportDialog, until: Until, qtbot: QtBot) -> str:
    ready(dialog, until)
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    until(lambda: dialog._writing is None)
    return dialog.outcome.text()


def test_it_tells_what_it_would_write_and_nothing_is_written_before(
    dialog: ExportDialog, until: Until, tmp_path: Path
) -> None:
    dialog.open_for(project(dialog).recordings[0])
    assert not dialog.go.isEnabled()
    assert ready(dialog, until).startswith("7 segments in study.csv.")
    dialog.choose_format("audacity")
    text = ready(dialog, until)
    assert "7 segments in" in text and "and 2 more." in text and "does not get: valence" in text
    dialog.choose_scope("recording")
    assert ready(dialog, until).startswith("5 segments in")
    dialog.raters.tick(2, False)
    assert ready(dialog, until).startswith("4 segments in")
    assert sorted(path.name for path in (tmp_path / "study").iterdir() if path.suffix == ".csv") == []


def test_only_listed_segments_go_out(dialog: ExportDialog, until: Until) -> None:
    dialog.open_for(None, [1, 4, 6])
    assert [dialog.scope.itemData(at) for at in range(dialog.scope.count())] == ["listed", "project"]
    dialog.choose_scope("listed")
    assert ready(dialog, until).startswith("3 segments in")


def test_what_is_written_is_told_and_what_was_chosen_is_remembered(
    dialog: ExportDialog, until: Until, qtbot: QtBot, tmp_path: Path, settings: QSettings
) -> None:
    dialog.open_for(None)
    dialog.raters.tick("predictions")
    dialog.options.columns.tick("note", False)
    dialog.options.raters_as_columns.setChecked(True)
    dialog.target.setText(str(tmp_path / "out" / "o.csv"))
    assert press(dialog, until, qtbot) == "Written: 9 segments in o.csv."
    with (tmp_path / "out" / "o.csv").open(encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream))
    assert "emotion_Bo" in header and "angry_prediction" in header and "note_Bo" not in header
    again = ExportDialog(dialog._editor, dialog._tasks, dialog._compute, settings, dialog.parentWidget())
    again.open_for(None)
    assert again.options.options == dialog.options.options and "note" not in again.options.options.columns
    assert again.target.text() == str(tmp_path / "out" / "study.csv")
    again.close()


def test_files_in_the_way_are_asked_about_in_the_dialog(
    dialog: ExportDialog, until: Until, qtbot: QtBot, tmp_path: Path
) -> None:
    out = tmp_path / "o.json"
    out.write_text("mine", encoding="utf-8")
    dialog.open_for(None)
    dialog.choose_format("label-studio")
    dialog.target.setText(str(out))
    ready(dialog, until)
    assert dialog.question.isVisible() and dialog.replace.text() == "Replace 1 file: o.json"
    assert not dialog.go.isEnabled()
    dialog.replace.setChecked(True)
    assert press(dialog, until, qtbot).startswith("Written: 7 segments")
    assert out.read_text(encoding="utf-8") != "mine"
    ready(dialog, until)
    assert not dialog.go.isEnabled() and not dialog.replace.isChecked()  # for the next time it is asked again


def test_segments_are_cut_out_and_an_example_shows_the_name(
    dialog: ExportDialog, until: Until, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog.open_for(None)
    dialog.choose_format("flac")
    dialog.options.pattern.setText("{rater}/{nobody}")
    ready(dialog, until)
    assert "makes no names" in dialog.fault.text() and not dialog.go.isEnabled()
    dialog.options.pattern.setText("{rater}/{file}_{number:03d}")
    dialog.target.setText(str(tmp_path / "cut"))
    ready(dialog, until)
    assert dialog.options.example.text() == "For example Anna/a_001.flac" and not dialog.fault.isVisible()
    assert press(dialog, until, qtbot).startswith("Written: 7 segments in a_001.flac")
    assert len(list((tmp_path / "cut").rglob("*.flac"))) == 7


def test_features_are_computed_in_another_process_and_can_be_cancelled(
    dialog: ExportDialog, until: Until, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog.open_for(None)
    dialog.options.features["mfcc"].setChecked(True)
    dialog.target.setText(str(tmp_path / "out" / "o.csv"))
    ready(dialog, until)
    dialog.export()
    until(lambda: "Computing features" in dialog.outcome.text())
    assert dialog.stop.isVisible() and not dialog.go.isEnabled()
    qtbot.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
    until(lambda: dialog._writing is None)
    assert dialog.outcome.text() == "Cancelled; nothing was written."
    assert not (tmp_path / "out").exists()
    assert press(dialog, until, qtbot) == "Written: 7 segments in o.csv."
    with (tmp_path / "out" / "o.csv").open(encoding="utf-8", newline="") as stream:
        assert all(len(row) == len(next(csv.reader(stream))) for row in csv.reader(stream))


def test_it_follows_the_project_while_it_is_open(dialog: ExportDialog, until: Until) -> None:
    dialog.open_for(None)
    ready(dialog, until)
    found = project(dialog)
    segment = found.annotation(7)
    assert segment is not None
    dialog._editor.do(lambda: editing.delete_segments([segment]))
    assert dialog.prepared is None
    assert ready(dialog, until).startswith("6 segments in")
    dialog._editor.do(lambda: editing.add_rater(found, "Cy")[0])
    assert dialog.raters.values == [1, 2, 3, 4, "predictions"]
    dialog._editor.take(None)
    assert not dialog.isVisible()


def test_predictions_alone_ask_for_no_rater(dialog: ExportDialog, until: Until) -> None:
    dialog.open_for(None)
    dialog.choose_format("predictions")
    assert ready(dialog, until).startswith("2 segments in study predictions.csv.")
    assert not dialog.raters.isEnabled()


def test_nothing_to_export_and_nowhere_to_put_it_are_told(dialog: ExportDialog, until: Until) -> None:
    dialog.open_for(None)
    for number in (1, 2, 3):
        dialog.raters.tick(number, False)
    ready(dialog, until)
    assert "no segment to export" in dialog.fault.text()
    dialog.target.clear()
    until(lambda: "not said where to" in dialog.fault.text())
    assert not dialog.go.isEnabled()
