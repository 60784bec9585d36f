"""The segment table under real keys and clicks: filters, orders, what is chosen, and edits that move nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from listed_project import EACH, RATE, editor_of, make_project  # from tests/support
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from app.editor import Editor
from app.window.segment_table import COLUMNS, SegmentTable
from app.window.segments import Segments
from app.window.theme import read_theme
from core_model.project import editing
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import AnnotationRow

ALL = list(range(1, 61))
UNLABELLED = [number for number in ALL if number % 5 == 0]


@pytest.fixture
def editor(tmp_path: Path, qapp: QApplication) -> Iterator[Editor]:
    """With the project of `make_project`."""
    with editor_of(make_project(tmp_path)) as made:
        yield made


@pytest.fixture
def table(editor: Editor, qtbot: QtBot) -> SegmentTable:
    """Shown, 900 x 300, with the model m1 in use."""
    return shown(editor, qtbot)


def shown(editor: Editor, qtbot: QtBot, find: QAction | None = None) -> SegmentTable:
    """A table of the editor's project as a window of its own."""
    segments = Segments(editor, editor)
    segments.use_model("m1")
    made = SegmentTable(segments, editor, read_theme("light"), find)
    made.resize(900, 300)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def project_of(editor: Editor) -> Project:
    assert editor.project is not None
    return editor.project


def label(editor: Editor, number: int, name: str | None) -> None:
    """As a key would."""
    row = project_of(editor).annotation(number)
    assert row is not None
    assert editor.do(lambda: editing.set_label([row], name))


def choose(box: object, words: str) -> None:
    """Take an entry of a combo box."""
    box.setCurrentIndex(box.findText(words))  # type: ignore[attr-defined]


def click(table: SegmentTable, number: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier(0)) -> None:  # noqa: B008
    """A mouse click on a segment's row."""
    view = table.view
    at = view.visualRect(view.rows.index(view.rows.row_of(number), 3)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifiers, at)


def told(table: SegmentTable) -> list[list[int]]:
    """Collects what the table says is chosen."""
    found: list[list[int]] = []
    table.chosen.connect(found.append)
    return found


def top(table: SegmentTable) -> tuple[int, int]:
    """The uppermost segment and where its row begins."""
    row = table.view.rowAt(0)
    return table.ids[row], table.view.rowViewportPosition(row)


# Filters


def test_the_current_raters_segments_are_listed_in_the_order_of_time(table: SegmentTable) -> None:
    assert table.ids == ALL
    assert table.filters.count.text() == "60 segments"
    assert table.filters.clear_button.isHidden() and table.filters.update_button.isHidden()


def test_typing_filters_by_name_and_note_and_enter_leads_to_the_list(
    table: SegmentTable, editor: Editor
) -> None:
    row = project_of(editor).annotation(3)
    assert row is not None
    editor.do(lambda: editing.set_note([row], "Take care"))
    table.filters.text.setFocus()
    QTest.keyClicks(table.filters.text, "take 2")
    assert table.ids == ALL[EACH : 2 * EACH]
    assert table.filters.count.text() == "20 of 60 segments"
    table.filters.text.clear()
    QTest.keyClicks(table.filters.text, "CARE")
    assert table.ids == [3]
    QTest.keyClick(table.filters.text, Qt.Key.Key_Return)
    assert table.view.hasFocus() and table.view.chosen_ids() == [3]


def test_each_filter_narrows_and_clearing_brings_all_back(table: SegmentTable) -> None:
    filters = table.filters
    choose(filters.label, "Unlabelled")
    assert table.ids == UNLABELLED
    choose(filters.label, "sad")
    filters.set_only("model_differs", True)
    assert table.ids == [number for number in ALL if number % 5 == 4 and number % 2]
    filters.set_below(0.5)
    assert table.ids == [9, 19]
    filters.set_only("unsure", True)
    assert table.ids == [] and table.filters.only.text() == "3 conditions"
    QTest.mouseClick(filters.clear_button, Qt.MouseButton.LeftButton)
    assert table.ids == ALL and not filters.narrowed


def test_raters_are_told_apart_and_the_current_one_is_followed(table: SegmentTable, editor: Editor) -> None:
    choose(table.filters.rater, "All raters")
    assert table.ids == [1, 61, *ALL[1:]]
    label(editor, 61, "happy")
    choose(table.filters.rater, "R1")
    choose(table.filters.label, "happy")
    choose(table.filters.label, "Any label")
    assert top(table) == (1, 0), "the top of a list stays its top"
    choose(table.filters.rater, "R2")
    assert table.ids == [61]
    table.filters.clear()
    editor.use_rater(2)
    assert table.ids == [61] and table.filters.rater.currentText() == "R2 (current)"
    choose(table.filters.rater, "R1")
    editor.use_rater(1)
    editor.use_rater(2)
    assert table.ids == ALL, "whoever asked for R1 keeps seeing R1"


def test_where_raters_differ_is_found(table: SegmentTable, editor: Editor) -> None:
    table.filters.set_only("raters_differ", True)
    assert table.ids == [1]
    label(editor, 61, "angry")
    assert table.ids == [1], "it stays until the list is filtered again"
    QTest.keyClick(table.view, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    assert table.ids == []


def test_a_label_of_a_new_scheme_can_be_asked_for(table: SegmentTable, editor: Editor) -> None:
    scheme = replace(editor.scheme.with_labels(["bored"]), ratings=True)
    column = next(at for at, each in enumerate(COLUMNS) if each.name == "arousal")
    assert table.view.isColumnHidden(column)
    editor.do(lambda: editing.change_scheme(project_of(editor), scheme, {}))
    assert not table.view.isColumnHidden(column)
    label(editor, 5, "bored")
    choose(table.filters.label, "bored")
    assert table.ids == [5]


# Edits


def test_a_segment_labelled_under_the_filter_unlabelled_stays_until_it_is_updated(
    table: SegmentTable, editor: Editor
) -> None:
    choose(table.filters.label, "Unlabelled")
    table.show_chosen([10])
    label(editor, 10, "sad")
    assert table.ids == UNLABELLED and table.view.chosen_ids() == [10]
    assert table.view.rows.dimmed == {10}
    said = told(table)
    table.view.setFocus()
    QTest.keyClick(table.view, Qt.Key.Key_Down)
    assert said == [[15]], "the next unlabelled one is the next row"
    editor.undo()
    assert table.view.rows.dimmed == set()
    label(editor, 10, "happy")
    QTest.mouseClick(table.filters.update_button, Qt.MouseButton.LeftButton)
    assert table.ids == [number for number in UNLABELLED if number != 10]
    assert table.filters.update_button.isHidden()


def test_a_segment_that_comes_to_pass_appears_in_its_place(table: SegmentTable, editor: Editor) -> None:
    choose(table.filters.label, "Unlabelled")
    label(editor, 12, None)
    assert table.ids == sorted([*UNLABELLED, 12])


def test_sorted_by_what_is_edited_rows_stay_and_can_be_updated(table: SegmentTable, editor: Editor) -> None:
    sort_by(table, "label")
    first = table.ids[0]
    label(editor, first, "sad")
    assert table.ids[0] == first and not table.filters.update_button.isHidden()
    table.arrange()
    assert table.ids[0] != first and table.filters.update_button.isHidden()


def test_what_comes_and_goes_above_moves_neither_the_view_nor_the_choice(
    table: SegmentTable, editor: Editor
) -> None:
    project = project_of(editor)
    table.show_chosen([40, 41])
    table.view.verticalScrollBar().setValue(35 * 24 + 7)
    before = top(table)
    said = told(table)
    row = AnnotationRow(100, 1, 1, 2 * RATE, 3 * RATE, changed=5.0)
    editor.do(lambda: Edit("new", added([row])))
    assert table.ids[:3] == [1, 100, 2] and top(table) == before
    gone = [found for number in (3, 4, 100) if (found := project.annotation(number)) is not None]
    editor.do(lambda: editing.delete_segments(gone))
    assert table.ids[:3] == [1, 2, 5] and top(table) == before
    editor.undo()
    assert table.ids[:5] == [1, 100, 2, 3, 4] and top(table) == before
    assert table.view.chosen_ids() == [40, 41] and said == []
    assert table.filters.count.text() == "2 chosen · 61 segments"


def test_many_that_come_and_go_at_once_are_listed(table: SegmentTable, editor: Editor) -> None:
    project = project_of(editor)
    table.show_chosen([60])
    said = told(table)
    editor.do(lambda: editing.delete_segments([row for row in project.annotations if 60 > row.id > 1]))
    assert table.ids == [1, 60]
    editor.undo()
    assert table.ids == ALL and table.view.chosen_ids() == [60] and said == []


def test_a_hidden_table_catches_up_when_it_is_shown(table: SegmentTable, editor: Editor) -> None:
    choose(table.filters.label, "Unlabelled")
    table.hide()
    label(editor, 10, "sad")
    table.show_chosen([55])
    table.show()
    assert table.ids == [number for number in UNLABELLED if number != 10]
    assert table.view.chosen_ids() == [55]
    at = table.view.visualRect(table.view.rows.index(table.view.rows.row_of(55), 0))
    assert table.view.viewport().rect().intersects(at)


def test_another_project_replaces_the_list(table: SegmentTable, editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    table.show_chosen([3])
    editor.take(make_project(tmp_path / "other"))
    assert table.ids == ALL and table.view.chosen_ids() == []
    label(editor, 5, "sad")
    choose(table.filters.label, "sad")
    assert 5 in table.ids


# Orders


def sort_by(table: SegmentTable, name: str) -> None:
    """A click on a column's head."""
    header = table.view.horizontalHeader()
    section = next(at for at, column in enumerate(COLUMNS) if column.name == name)
    at = QPoint(header.sectionViewportPosition(section) + 8, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0), at)


def test_a_click_on_the_head_sorts_either_way_and_chooses_nothing(table: SegmentTable) -> None:
    table.show_chosen([7])
    sort_by(table, "suggestion")
    predicted = ALL[::2]
    assert table.ids == [*predicted, *ALL[1::2]]
    sort_by(table, "suggestion")
    assert table.ids == [*reversed(predicted), *ALL[1::2]], "those without a suggestion stay last"
    assert table.view.chosen_ids() == [7]


def test_every_column_can_be_sorted_by_from_the_keyboard(table: SegmentTable) -> None:
    button = table.filters.view_button
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    menu = table.filters.view_menu
    assert menu.isVisible()
    order = menu.actions()[0].menu()
    menu.hide()
    names = [action.text() for action in order.actions()]
    for column in COLUMNS:
        if column.name in ("valence", "arousal", "dominance"):
            continue
        order.actions()[names.index(column.name.capitalize())].trigger()
        key = [column.key(table.view.rows.item(row)) for row in range(len(ALL))]
        known = [value for value in key if value is not None]
        assert known == sorted(known) and key[: len(known)] == known
    changed = list(table.ids)
    order.actions()[names.index("Descending")].trigger()
    assert table.ids == changed[::-1]


def test_the_arrangement_of_columns_is_taken_up_again(
    table: SegmentTable, editor: Editor, qtbot: QtBot
) -> None:
    sort_by(table, "changed")
    sort_by(table, "changed")
    other = shown(editor, qtbot)
    other.restore(table.arrangement())
    assert other.ids == ALL[::-1]


# Choosing


def test_what_is_chosen_is_told_with_the_current_one_first(table: SegmentTable) -> None:
    said = told(table)
    click(table, 3)
    click(table, 5, Qt.KeyboardModifier.ShiftModifier)
    assert said[0] == [3] and said[-1] == [5, 3, 4]
    click(table, 2, Qt.KeyboardModifier.ControlModifier)
    assert said[-1] == [2, 3, 4, 5]
    click(table, 6)
    assert said[-1] == [6]
    QTest.keyClick(table.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert said[-1] == [6, *(number for number in ALL if number != 6)]


def test_a_click_far_away_chooses_the_row_under_it_whatever_is_shown_in_answer(table: SegmentTable) -> None:
    def answer(ids: list[int]) -> None:
        table.show_chosen([])
        table.show_chosen(ids)

    table.chosen.connect(answer)
    click(table, 3)
    click(table, 5, Qt.KeyboardModifier.ShiftModifier)
    table.view.verticalScrollBar().setValue(40 * 24)
    said = told(table)
    click(table, 46, Qt.KeyboardModifier.ControlModifier)
    assert said == [[46, 3, 4, 5]] and table.view.chosen_ids() == [46, 3, 4, 5]


def test_showing_what_was_chosen_elsewhere_tells_nobody_and_brings_it_into_view(table: SegmentTable) -> None:
    said = told(table)
    table.show_chosen([50, 51])
    assert table.view.chosen_ids() == [50, 51] and said == []
    at = table.view.visualRect(table.view.rows.index(49, 0))
    assert table.view.viewport().rect().contains(at.center())
    table.show_chosen([61])
    assert table.view.chosen_ids() == [] and said == [], "another rater's is not listed"
    table.show_chosen([])
    table.view.setFocus()
    QTest.keyClick(table.view, Qt.Key.Key_Down)
    assert len(said) == 1, "and then keys choose again"


def test_of_several_chosen_those_that_a_filter_hides_are_given_up(table: SegmentTable) -> None:
    said = told(table)
    table.show_chosen([4, 5, 10])
    choose(table.filters.label, "Unlabelled")
    assert said == [[5, 10]] or said == [[10, 5]]
    table.show_chosen([5])
    choose(table.filters.label, "sad")
    assert len(said) == 1, "the one in hand stays in hand"
    choose(table.filters.label, "Any label")
    assert table.view.chosen_ids() == [5]


def test_the_first_step_down_goes_to_the_first_row(table: SegmentTable) -> None:
    said = told(table)
    table.filters.view_button.setFocus()
    QTest.keyClick(table.filters.view_button, Qt.Key.Key_Tab)
    QTest.keyClick(table.view, Qt.Key.Key_Down)
    assert said == [[1]]


def test_enter_and_a_double_click_open(table: SegmentTable) -> None:
    opened: list[int] = []
    table.opened.connect(opened.append)
    click(table, 3)
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    at = table.view.visualRect(table.view.rows.index(6, 3)).center()
    click(table, 7)
    QTest.mouseDClick(table.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0), at)
    assert opened == [3, 7]


def test_keys_for_labels_reach_the_window_and_those_that_move_stay_in_the_list(table: SegmentTable) -> None:
    pressed: list[str] = []
    for key in ("1", "N", "Space", "PgDown", "Home", "End", "Ctrl+A", "Return", "Left"):
        action = QAction(key, table)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda _, key=key: pressed.append(key))
        table.addAction(action)
    table.view.setFocus()
    click(table, 3)
    QTest.keyClick(table.view, Qt.Key.Key_1)
    QTest.keyClick(table.view, Qt.Key.Key_N)
    QTest.keyClick(table.view, Qt.Key.Key_Space)
    QTest.keyClick(table.view, Qt.Key.Key_Left)
    assert pressed == ["1", "N", "Space", "Left"] and table.view.chosen_ids() == [3]
    QTest.keyClick(table.view, Qt.Key.Key_End)
    assert table.view.chosen_ids() == [60]
    QTest.keyClick(table.view, Qt.Key.Key_Home)
    assert table.view.chosen_ids() == [1]
    QTest.keyClick(table.view, Qt.Key.Key_PageDown)
    assert table.view.chosen_ids()[0] > 5
    QTest.keyClick(table.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    assert len(table.view.chosen_ids()) == 60 and len(pressed) == 4


def test_a_key_that_is_nobodys_does_not_search(table: SegmentTable) -> None:
    click(table, 3)
    QTest.keyClicks(table.view, "take 3")
    assert table.view.chosen_ids() == [3]


def test_tab_leads_from_the_filters_into_the_list_and_out_of_it(table: SegmentTable) -> None:
    table.filters.view_button.setFocus()
    QTest.keyClick(table.filters.view_button, Qt.Key.Key_Tab)
    assert table.view.hasFocus()
    QTest.keyClick(table.view, Qt.Key.Key_Tab)
    assert table.filters.text.hasFocus()


# Empty


def test_without_a_project_or_segments_it_says_how_to_make_some(tmp_path: Path, qtbot: QtBot) -> None:
    asked: list[bool] = []
    find = QAction("Find segments…")
    find.triggered.connect(lambda: asked.append(True))
    with editor_of(None) as editor:
        table = shown(editor, qtbot, find)
        assert "No project" in words(table) and not table.filters.isEnabled()
        editor.take(Project.create(tmp_path / "new.humpcat"))
        assert "Ctrl+B" in words(table)
        button = next(each for each in table.findChildren(QToolButton) if each.defaultAction() is find)
        assert button.isVisible()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert asked


def test_where_nothing_passes_a_button_clears_the_filters(table: SegmentTable) -> None:
    table.filters.text.setText("nowhere")
    assert "No segment passes" in words(table)
    page = table._pages.currentWidget()
    button = next(each for each in page.children() if hasattr(each, "click"))
    button.click()
    assert table.ids == ALL and table.view.isVisible()


def words(table: SegmentTable) -> str:
    """What the page in front says."""
    page = table._pages.currentWidget()
    return " ".join(child.text() for child in page.children() if hasattr(child, "text"))


# Painting


@pytest.mark.parametrize("name", ["light", "dark"])
def test_labels_are_painted_in_their_colours(table: SegmentTable, editor: Editor, name: str) -> None:
    table.recolour(read_theme(name))
    section = next(at for at, column in enumerate(COLUMNS) if column.name == "label")
    image = table.view.viewport().grab().toImage()
    for number in (1, 2, 4):
        row = table.view.visualRect(table.view.rows.index(number - 1, section))
        found = {
            image.pixelColor(x, y).name().upper()
            for x in range(row.left(), row.right())
            for y in range(row.top(), row.bottom())
        }
        item = table.view.rows.item(number - 1)
        assert editor.scheme.colour_of(item.label or "").upper() in found


def test_cells_are_told_in_words(table: SegmentTable) -> None:
    rows, role = table.view.rows, Qt.ItemDataRole.AccessibleTextRole
    said = [rows.data(rows.index(2, at), role) for at in range(len(COLUMNS))]
    assert "Label: neutral" in said
    assert any(str(each).endswith(": angry 33%") for each in said)
    assert "Unsure: none" in said
