"""The import dialog: reads files beside the window, shows all that would come of them, and makes one edit."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from exchanged_projects import study
from formats_content import write_sound
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.editor import Editor
from app.tasks import TaskPool
from app.window.import_dialog import ImportDialog
from core_model.exchange.importing import What
from core_model.project import editing
from core_model.project.project import Project

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def editor(qtbot: QtBot, tmp_path: Path) -> Iterator[Editor]:
    tasks = TaskPool()
    made = Editor(tasks)
    made.take(study(tmp_path / "study"))
    yield made
    made.take(None)
    tasks.close()


@pytest.fixture
def dialog(qtbot: QtBot, home: Path, editor: Editor) -> Iterator[ImportDialog]:
    window = QWidget()
    qtbot.addWidget(window)
    settings = QSettings(str(home / "window.ini"), QSettings.Format.IniFormat)
    made = ImportDialog(editor, editor._tasks, settings, window)
    yield made
    made.close()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Of each kind something: a change, two additions, one thing the same, two that are refused."""
    rows = (
        "a.wav,0,0.6803,Trauer,Anna",
        "a.wav,0.6803,1.3607,happy,Anna",
        "a.wav,3,3.5,bored,Cy",
        "inner/ñ 声.wav,2,3,sad,Cy",
        "a.wav,0.1,0.2,sad,Anna",
        "x.wav,0,1,sad,Cy",
    )
    path = tmp_path / "study" / "audio" / "t.csv"
    path.write_text("\n".join(("file,start,end,emotion,rater", *rows)) + "\n", encoding="utf-8")
    return path


def look(dialog: ImportDialog, until: Until) -> str:
    until(lambda: dialog._task is None and not dialog._again.isActive())
    return dialog.summary.text()


def cells(dialog: ImportDialog, what: What) -> list[list[object]]:
    dialog.preview.choose(what)
    rows = dialog.preview.rows
    return [
        [rows.data(rows.index(row, column)) for column in range(rows.columnCount())]
        for row in range(rows.rowCount())
    ]


def test_everything_is_shown_before_anything_is_done(
    dialog: ImportDialog, editor: Editor, table: Path, until: Until
) -> None:
    dialog.open_for([table])
    text = look(dialog, until)
    assert text == "2 added, 1 changed, 1 the same, 2 refused; 1 new rater, 1 new label. New labels: bored."
    assert dialog.chosen.text() == "t.csv: Labelled CSV (1)"
    assert dialog.tiers.answers == {"Anna": "Anna", "Cy": "Cy"}
    assert dialog.labels.answers == {"Trauer": "sad", "bored": "bored"}  # the word that corpora have is known
    assert [row[0] for row in cells(dialog, What.ADDED)] == ["a.wav", "ñ 声.wav"]
    [changed] = cells(dialog, What.CHANGED)
    assert changed[3:] == [
        "Anna",
        "angry, valence 1, arousal 7, dominance 4, “a note”",
        "sad, valence 1, arousal 7, dominance 4, “a note”",
    ]
    assert cells(dialog, What.REFUSED)[0][-1] == "It overlaps another segment of Anna."
    assert editor.project is not None and len(editor.project.annotations) == 7 and not editor.undo_text


def test_import_is_one_edit_and_can_be_undone(
    dialog: ImportDialog, editor: Editor, table: Path, until: Until, qtbot: QtBot
) -> None:
    dialog.open_for([table])
    look(dialog, until)
    dialog.labels.choose("Trauer", "neutral")
    look(dialog, until)
    with qtbot.waitSignal(dialog.imported) as told:
        qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    assert told.args == [f"Imported: {dialog.plan.summary}"] if dialog.plan else True
    assert not dialog.isVisible() and editor.undo_text == "import 3 segments"
    project = editor.project
    assert project is not None
    assert {rater.name for rater in project.raters} == {"Anna", "Bo", "gold", "Cy"}
    assert "bored" in editor.scheme.names
    changed = project.annotation(1)
    assert changed is not None and (changed.label, changed.note, changed.origin) == (
        "neutral",
        "a note",
        "imported",
    )
    editor.undo()
    assert len(project.annotations) == 7 and "bored" not in editor.scheme.names


def test_answers_change_what_would_come_of_it(dialog: ImportDialog, table: Path, until: Until) -> None:
    dialog.open_for([table])
    look(dialog, until)
    dialog.tiers.choose("Cy", "")
    assert look(dialog, until) == "0 added, 1 changed, 1 the same, 1 refused."
    assert dialog.labels.answers == {"Trauer": "sad"}
    dialog.tiers.choose("Cy", "Bo")
    dialog.labels.choose("bored", "")
    assert look(dialog, until) == "1 added, 1 changed, 1 the same, 3 refused."
    assert ["a.wav", "00:03.000", "00:03.500", "Bo", "bored", "The label 'bored' is left out."] in cells(
        dialog, What.REFUSED
    )


def test_lines_are_filtered_by_text(dialog: ImportDialog, table: Path, until: Until, qtbot: QtBot) -> None:
    dialog.open_for([table])
    look(dialog, until)
    dialog.preview.choose(What.REFUSED)
    qtbot.keyClicks(dialog.preview.filter, "not in the")
    assert [row[0] for row in cells(dialog, What.REFUSED)] == ["x.wav"]
    assert dialog.preview.tabs.tabText(3) == "Refused (2)"
    assert cells(dialog, What.ADDED) == []


def test_recordings_beside_the_file_come_along_unless_told(
    dialog: ImportDialog, tmp_path: Path, until: Until
) -> None:
    write_sound(tmp_path / "new" / "d.wav")
    track = tmp_path / "new" / "d.txt"
    track.write_text("0.1\t0.5\tsad\n", encoding="utf-8")
    dialog.open_for([track])
    assert look(dialog, until).startswith("1 added, 0 changed, 0 the same, 0 refused; 1 new recording.")
    assert dialog.tiers.answers == {"Anna": "Anna"}  # whoever annotates now
    dialog.recordings.setChecked(False)
    assert look(dialog, until) == "0 added, 0 changed, 0 the same, 1 refused."
    assert not dialog.go.isEnabled()


def test_it_looks_again_when_the_project_changes(
    dialog: ImportDialog, editor: Editor, table: Path, until: Until
) -> None:
    dialog.open_for([table])
    look(dialog, until)
    dialog.tiers.choose("Cy", "Bo")
    look(dialog, until)
    segment = editor.project.annotation(1) if editor.project is not None else None
    assert segment is not None
    editor.do(lambda: editing.set_label([segment], "happy"))
    assert dialog._again.isActive()
    look(dialog, until)
    dialog.preview.filter.clear()
    assert cells(dialog, What.CHANGED)[0][-2].startswith("happy")  # type: ignore[attr-defined]
    assert dialog.tiers.answers["Cy"] == "Bo"
    editor.take(None)
    assert not dialog.isVisible() and dialog.plan is None


def test_files_that_are_nothing_are_told(
    dialog: ImportDialog, table: Path, tmp_path: Path, until: Until
) -> None:
    nothing = tmp_path / "nothing.txt"
    nothing.write_text("nothing at all\n", encoding="utf-8")
    dialog.open_for([nothing])
    until(dialog.fault.isVisible)
    assert "no format that can be read" in dialog.fault.text() and not dialog.go.isEnabled()
    dialog.read([table])
    assert look(dialog, until) and not dialog.fault.isVisible()
    dialog.choose_format("eaf")
    until(dialog.fault.isVisible)
    assert not dialog.go.isEnabled()


def test_a_project_for_reading_only_shows_but_takes_nothing(
    qtbot: QtBot, dialog: ImportDialog, editor: Editor, table: Path, until: Until
) -> None:
    first = editor.project
    assert first is not None
    editor.take(Project.open(first.path, read_only=True))
    dialog.open_for([table])
    assert look(dialog, until).startswith("2 added")
    assert "reading only" in dialog.fault.text() and not dialog.go.isEnabled()
