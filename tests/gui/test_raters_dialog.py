"""Raters and the project's settings: each act is an edit of its own, and what is refused is told inside the dialog."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QTableWidgetItem, QWidget
from pytestqt.qtbot import QtBot

from app.editor import Editor
from app.tasks import TaskPool
from app.window.project_dialog import ProjectDialog, facts_of, size_text
from app.window.raters_dialog import RatersDialog
from app.window.theme import read_theme
from core_model.project import editing
from core_model.project.backups import back_up
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import GOLD, RaterRow, RecordingRow


@pytest.fixture
def editor(qtbot: QtBot, tmp_path: Path) -> Iterator[Editor]:
    """Two recordings and two raters, of whom R1 has two segments in each recording, one of them labelled."""
    tasks = TaskPool()
    made = Editor(tasks)
    project = Project.create(tmp_path / "study.humpcat")
    made.take(project)
    rows = [RecordingRow(n, tmp_path / f"{n}.wav", "", 0, 16_000, 1, 160_000) for n in (1, 2)]
    made.make(Edit("", added([*rows, RaterRow(2, "Beate")])))
    for recording in (1, 2):
        spans = [(0, 16_000), (16_000, 32_000)]
        made.do(partial(editing.add_segments, project, recording, 1, spans))
        first = project.annotations_of(recording, 1)[0]
        made.do(partial(editing.set_label, [first], "angry"))
    yield made
    made.take(None)
    tasks.close()


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def dialog(editor: Editor, parent: QWidget) -> RatersDialog:
    made = RatersDialog(editor, 1, parent)
    made.show()
    return made


def _project(editor: Editor) -> Project:
    assert editor.project is not None
    return editor.project


def _names(editor: Editor) -> list[str]:
    return [rater.name for rater in _project(editor).raters]


def _shown(dialog: RatersDialog) -> list[list[str]]:
    rows = range(dialog.table.rowCount())
    return [[_item(dialog, row, column).text() for column in range(3)] for row in rows]


def _item(dialog: RatersDialog, row: int, column: int) -> QTableWidgetItem:
    found = dialog.table.item(row, column)
    assert found is not None
    return found


def _fault(dialog: QWidget) -> str:
    return dialog.findChildren(QLabel, "fault")[0].text()


def _button(dialog: QWidget, text: str) -> QPushButton:
    return next(button for button in dialog.findChildren(QPushButton) if button.text() == text)


def test_raters_are_listed_with_what_they_did(dialog: RatersDialog) -> None:
    assert _shown(dialog) == [["R1", "4", "2"], ["Beate", "0", "0"]]


def test_a_rater_is_added_and_a_taken_name_is_told(editor: Editor, dialog: RatersDialog) -> None:
    dialog.name.setText("Chen")
    dialog.name.returnPressed.emit()
    assert _names(editor) == ["R1", "Beate", "Chen"] and dialog.name.text() == ""
    dialog.name.setText("chen")
    dialog.add()
    assert _names(editor) == ["R1", "Beate", "Chen"]
    assert "already" in _fault(dialog)
    editor.undo()
    assert [row[0] for row in _shown(dialog)] == ["R1", "Beate"]


def test_a_rater_is_renamed_in_the_table(editor: Editor, dialog: RatersDialog) -> None:
    dialog.table.setCurrentCell(1, 0)
    _item(dialog, 1, 0).setText("Beatrix")
    assert _names(editor) == ["R1", "Beatrix"]
    _item(dialog, 1, 0).setText("R1")
    assert _names(editor) == ["R1", "Beatrix"]
    assert _shown(dialog)[1][0] == "Beatrix" and "already" in _fault(dialog)


def test_removing_says_first_what_goes_and_can_be_undone(editor: Editor, dialog: RatersDialog) -> None:
    dialog.table.setCurrentCell(0, 0)
    _button(dialog, "Remove").click()
    assert "4 segments and 2 labels" in dialog.question.text
    assert _names(editor) == ["R1", "Beate"]
    dialog.question.yes.emit()
    assert _names(editor) == ["Beate"] and _project(editor).annotations == []
    assert editor.rater is not None and editor.rater.name == "Beate"
    editor.undo()
    assert _names(editor) == ["R1", "Beate"] and len(_project(editor).annotations) == 4


def test_another_choice_takes_the_question_back(dialog: RatersDialog) -> None:
    dialog.table.setCurrentCell(0, 0)
    dialog.ask_to_remove()
    dialog.table.setCurrentCell(1, 0)
    assert dialog.question.text == ""


def test_the_last_rater_stays(editor: Editor, dialog: RatersDialog) -> None:
    for _ in range(2):
        dialog.table.setCurrentCell(0, 0)
        dialog.ask_to_remove()
        dialog.remove()
    assert _names(editor) == ["Beate"]
    assert "at least one rater" in _fault(dialog)


def test_there_is_one_gold_tier(editor: Editor, dialog: RatersDialog) -> None:
    button = _button(dialog, "Add gold tier")
    button.click()
    assert [rater.kind for rater in _project(editor).raters].count(GOLD) == 1
    assert not button.isEnabled()


@pytest.mark.parametrize(
    ("where", "labels", "copied"),
    [(0, False, [(1, None), (1, None)]), (1, True, [(1, "angry"), (2, "angry")])],
)
def test_segments_are_copied(
    editor: Editor, dialog: RatersDialog, where: int, labels: bool, copied: list[tuple[int, str | None]]
) -> None:
    dialog.copying.where.setCurrentIndex(where)
    dialog.copying.labels.setChecked(labels)
    dialog.copying.button.click()
    theirs = [row for row in _project(editor).annotations if row.rater == 2]
    found = sorted((row.recording, row.label) for row in theirs if row.label is not None or not labels)
    assert found == copied
    assert _shown(dialog)[1][1] == str(len(theirs))
    dialog.copying.button.click()
    assert "no segment to copy" in _fault(dialog)


def test_nothing_is_copied_onto_itself(dialog: RatersDialog) -> None:
    dialog.copying.target.setCurrentIndex(0)
    assert not dialog.copying.button.isEnabled()


def test_a_project_for_reading_only_shows_its_raters(editor: Editor, parent: QWidget) -> None:
    assert editor.path is not None
    second = Editor(TaskPool())
    second.take(Project.open(editor.path, read_only=True))
    dialog = RatersDialog(second, None, parent)
    assert _shown(dialog)[0] == ["R1", "4", "2"]
    assert not dialog.copying.isEnabled() and not _button(dialog, "Add").isEnabled()
    second.take(None)


def test_settings_are_kept_with_the_project_and_never_undone(editor: Editor, parent: QWidget) -> None:
    before = editor.undo_text
    dialog = ProjectDialog(editor, ["default", "mine"], read_theme("light"), parent)
    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    dialog.device.activated.emit(dialog.device.currentIndex())
    dialog.model.setCurrentIndex(dialog.model.findData("mine"))
    dialog.model.activated.emit(dialog.model.currentIndex())
    assert editor.undo_text == before
    path = _project(editor).path
    editor.take(None)
    editor.take(Project.open(path))
    assert [_project(editor).setting(name) for name in ("device", "model")] == ["cpu", "mine"]


def test_a_model_that_is_not_installed_here_is_still_the_projects(editor: Editor, parent: QWidget) -> None:
    project = _project(editor)
    editor.make(Edit("model", (project.setting_change("model", "elsewhere"),)))
    dialog = ProjectDialog(editor, ["default"], read_theme("light"), parent)
    assert dialog.model.currentText() == "elsewhere (not here)"
    dialog.model.setCurrentIndex(0)
    dialog.model.activated.emit(0)
    assert project.setting("model") is None


def test_the_facts_of_a_project(editor: Editor) -> None:
    project = _project(editor)
    facts = facts_of(project)
    assert facts["Recordings"] == "2, 00:20 together"
    assert facts["Segments"] == "4, 2 labelled"
    assert facts["Raters"] == "R1, Beate"
    assert facts["Last backup"] == "none yet"
    assert back_up(project.path) is not None
    assert facts_of(project)["Last backup"] != "none yet"
    assert (size_text(999), size_text(2_500_000)) == ("1 kB", "2.5 MB")
