"""Label schemes: chosen, edited, read and written; labels in use are never lost without being asked about."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.display.colour_vision import NEAR, difference
from app.editor import Editor
from app.tasks import TaskPool
from app.window.scheme_dialog import LostLabels, SchemeDialog
from app.window.scheme_rows import alike, free_colours
from app.window.theme import read_theme
from core_model.label_schemes import AnnotationScheme, SchemeLabel, built_in_schemes, scheme_of
from core_model.project import editing
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import RecordingRow


@pytest.fixture
def editor(qtbot: QtBot, tmp_path: Path) -> Iterator[Editor]:
    """A project with the paper's scheme: two segments angry, one sad, one without a label."""
    tasks = TaskPool()
    made = Editor(tasks)
    project = Project.create(tmp_path / "study.humpcat")
    made.take(project)
    made.make(Edit("", added([RecordingRow(1, tmp_path / "a.wav", "", 0, 16_000, 1, 160_000)])))
    spans = [(i * 16_000, (i + 1) * 16_000) for i in range(4)]
    made.do(lambda: editing.add_segments(project, 1, 1, spans))
    for row, label in zip(project.annotations_of(1), ("angry", "sad", "angry"), strict=False):
        made.do(partial(editing.set_label, [row], label))
    yield made
    made.take(None)
    tasks.close()


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def dialog(editor: Editor, parent: QWidget) -> SchemeDialog:
    made = SchemeDialog(editor, read_theme("light"), parent)
    made.show()
    return made


def _labels(editor: Editor) -> list[str | None]:
    assert editor.project is not None
    return [row.label for row in editor.project.annotations_of(1)]


def _can_accept(dialog: SchemeDialog) -> bool:
    return dialog.findChildren(QDialogButtonBox)[0].button(QDialogButtonBox.StandardButton.Ok).isEnabled()


def _fault(dialog: SchemeDialog) -> str:
    return dialog.findChildren(QLabel, "fault")[0].text()


def _answer(dialog: SchemeDialog, label: str, becomes: str) -> None:
    dialog.findChildren(LostLabels)[0].choices[label].setCurrentText(becomes)


def _row(dialog: SchemeDialog, name: str) -> int:
    return [label.name for label in dialog.rows.labels].index(name)


def test_a_renamed_label_is_renamed_in_the_segments_in_one_edit(editor: Editor, dialog: SchemeDialog) -> None:
    dialog.rows.rows[_row(dialog, "angry")].name.setText("furious")
    dialog.accept()
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert _labels(editor) == ["furious", "sad", "furious", None]
    assert editor.scheme.names == ("furious", "happy", "neutral", "sad")
    editor.undo()
    assert _labels(editor) == ["angry", "sad", "angry", None]
    assert editor.scheme.names == ("angry", "happy", "neutral", "sad")


def test_a_label_in_use_goes_only_once_it_is_said_what_it_becomes(
    editor: Editor, dialog: SchemeDialog
) -> None:
    dialog.rows.rows[_row(dialog, "angry")].removed.emit()
    assert not _can_accept(dialog) and "angry" in _fault(dialog)
    dialog.accept()
    assert _labels(editor) == ["angry", "sad", "angry", None]
    _answer(dialog, "angry", "neutral")
    assert _can_accept(dialog)
    dialog.accept()
    assert _labels(editor) == ["neutral", "sad", "neutral", None]


def test_a_label_in_use_may_become_none(editor: Editor, dialog: SchemeDialog) -> None:
    dialog.rows.rows[_row(dialog, "sad")].removed.emit()
    _answer(dialog, "sad", "no label")
    dialog.accept()
    assert _labels(editor) == ["angry", None, "angry", None]


def test_an_answer_survives_further_editing_unless_its_label_goes(dialog: SchemeDialog) -> None:
    dialog.rows.rows[_row(dialog, "angry")].removed.emit()
    _answer(dialog, "angry", "neutral")
    dialog.rows.add()
    assert _can_accept(dialog)
    dialog.rows.rows[_row(dialog, "neutral")].removed.emit()
    assert not _can_accept(dialog)


def test_labels_swapped_by_renaming_are_swapped_in_the_segments(editor: Editor, dialog: SchemeDialog) -> None:
    angry, sad = dialog.rows.rows[_row(dialog, "angry")], dialog.rows.rows[_row(dialog, "sad")]
    angry.name.setText("sad")
    assert "twice" in _fault(dialog) and not _can_accept(dialog)
    sad.name.setText("angry")
    dialog.accept()
    assert _labels(editor) == ["sad", "angry", "sad", None]


def test_a_built_in_scheme_that_has_all_labels_asks_nothing(editor: Editor, dialog: SchemeDialog) -> None:
    dialog.show_scheme(built_in_schemes()[2])
    dialog.accept()
    assert editor.scheme == built_in_schemes()[2]
    assert _labels(editor) == ["angry", "sad", "angry", None]


def test_nothing_changed_is_no_edit(editor: Editor, dialog: SchemeDialog) -> None:
    before = editor.undo_text
    dialog.accept()
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert editor.undo_text == before


def test_faults_stand_in_the_dialog(dialog: SchemeDialog) -> None:
    dialog.rows.rows[0].name.setText(" ")
    assert "name" in _fault(dialog) and not _can_accept(dialog)
    dialog.rows.rows[0].name.setText("angry")
    assert _fault(dialog) == "" and _can_accept(dialog)
    for _ in range(4):
        dialog.rows.rows[0].removed.emit()
    assert "needs labels" in _fault(dialog)


def test_a_new_label_has_a_free_colour_and_key_and_its_name_is_typed_at_once(
    qtbot: QtBot, dialog: SchemeDialog
) -> None:
    before = dialog.rows.labels
    dialog.rows.add()
    new = dialog.rows.rows[-1]
    qtbot.waitUntil(new.name.hasFocus)
    QTest.keyClicks(new.name, "tender")
    assert new.label.name == "tender" and new.label.key == "5"
    assert all(difference(new.label.colour, label.colour) >= NEAR for label in before)


def test_a_key_that_another_label_has_is_swapped(dialog: SchemeDialog) -> None:
    first = dialog.rows.rows[0]
    first.keys.setFocus()
    QTest.keyClick(first.keys, Qt.Key.Key_2)
    first.keys.activated.emit(first.keys.currentIndex())
    assert [label.key for label in dialog.rows.labels] == ["2", "1", "3", "4"]
    assert _can_accept(dialog)


def test_alt_and_arrows_move_a_label(editor: Editor, dialog: SchemeDialog) -> None:
    row = dialog.rows.rows[0]
    QTest.keyClick(row.name, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(row.name, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(row.name, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    dialog.accept()
    assert editor.scheme.names == ("happy", "angry", "neutral", "sad")


def test_a_scheme_goes_through_a_file(dialog: SchemeDialog, tmp_path: Path) -> None:
    wanted = scheme_of("mine", ["proud", "ashamed"], ratings=True)
    dialog.show_scheme(wanted)
    dialog.save(tmp_path / "mine.json")
    dialog.show_scheme(built_in_schemes()[0])
    dialog.load(tmp_path / "mine.json")
    assert dialog.draft() == wanted


def test_a_file_that_is_no_scheme_is_told_and_changes_nothing(dialog: SchemeDialog, tmp_path: Path) -> None:
    before = dialog.draft()
    path = tmp_path / "other.json"
    path.write_text(json.dumps({"labels": 3}), encoding="utf-8")
    dialog.load(path)
    assert "no label scheme" in _fault(dialog)
    assert dialog.draft() == before


def test_a_project_for_reading_only_keeps_its_scheme(editor: Editor, parent: QWidget) -> None:
    assert editor.path is not None
    second = Editor(TaskPool())
    second.take(Project.open(editor.path, read_only=True))
    dialog = SchemeDialog(second, read_theme("dark"), parent)
    assert not _can_accept(dialog) and "reading only" in _fault(dialog)
    second.take(None)


def test_colours_that_only_some_eyes_tell_apart_are_found() -> None:
    labels = (SchemeLabel("teal", "#44AA99"), SchemeLabel("pink", "#CC79A7"), SchemeLabel("blue", "#0072B2"))
    assert alike(labels) == [("teal", "pink")]
    assert difference("#000000", "#FFFFFF") == pytest.approx(100, abs=0.1)


def test_offered_colours_are_free_and_those_far_from_the_others_come_first() -> None:
    scheme: AnnotationScheme = built_in_schemes()[1]
    offered = free_colours(scheme.labels)
    taken = {label.colour for label in scheme.labels}
    assert offered and not taken & {colour for colour, _ in offered}
    least = [min(difference(colour, other) for other in taken) for colour, _ in offered]
    assert least == sorted(least, reverse=True)


def _tabs(first: QWidget, count: int) -> list[str]:
    """Where Tab leads to."""
    names: list[str] = []
    widget: QWidget | None = first
    while widget is not None and len(names) < count:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
            names.append(widget.accessibleName() or widget.property("text"))
        widget = widget.nextInFocusChain()
    return names


def test_tab_goes_from_top_to_bottom(dialog: SchemeDialog) -> None:
    dialog.rows.rows[1].removed.emit()  # happy, not in use
    dialog.rows.rows[0].moved.emit(1)
    dialog.rows.rows[2].removed.emit()  # sad, in use
    names = _tabs(dialog.rows.rows[0].fields[0], 17)
    assert names[0] == "Colour of neutral" and names[6] == "Colour of angry"
    assert names[11:15] == [
        "Remove angry",
        "Add a label",
        "Rate valence, arousal and dominance, 1 to 7",
        "sad becomes",
    ]


def test_what_is_labelled_while_it_is_open_counts(editor: Editor, dialog: SchemeDialog) -> None:
    dialog.rows.rows[_row(dialog, "happy")].removed.emit()
    assert _can_accept(dialog)
    assert editor.project is not None
    editor.do(partial(editing.set_label, editor.project.annotations_of(1)[3:], "happy"))
    assert not _can_accept(dialog) and "happy" in _fault(dialog)
    editor.undo()
    assert _can_accept(dialog)


def test_undoing_a_scheme_shows_the_one_before(editor: Editor, dialog: SchemeDialog) -> None:
    assert editor.project is not None
    before = editor.scheme
    editor.do(partial(editing.change_scheme, editor.project, built_in_schemes()[2], {}))
    assert dialog.draft() == built_in_schemes()[2]
    editor.undo()
    assert dialog.draft() == before
