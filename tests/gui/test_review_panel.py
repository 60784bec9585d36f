"""The review queue: its orders, that it holds still while somebody works in it, and how much is done."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from listed_project import LABELS, editor_of, make_project  # from tests/support
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.editor import Editor
from app.segment_list import ReviewOrder
from app.window.review_panel import ReviewPanel
from app.window.segments import Segments
from app.window.theme import read_theme
from core_model.project import editing
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import PredictionRow

# Every other segment is predicted to be angry, the surer the later; what is likeliest beside it ties, three ways.
PREDICTED = list(range(1, 61, 2))
ANGRY = [number for number in PREDICTED if number % 5 == 1]
UNLABELLED = [number for number in PREDICTED if number % 5 == 0]


@pytest.fixture
def editor(tmp_path: Path, qapp: QApplication) -> Iterator[Editor]:
    """With the project of `make_project`."""
    with editor_of(make_project(tmp_path)) as made:
        yield made


@pytest.fixture
def segments(editor: Editor) -> Segments:
    """With the model m1 in use."""
    made = Segments(editor, editor)
    made.use_model("m1")
    return made


@pytest.fixture
def panel(editor: Editor, segments: Segments, qtbot: QtBot) -> ReviewPanel:
    """Shown, 900 x 300."""
    made = ReviewPanel(segments, editor, read_theme("light"))
    made.resize(900, 300)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def project_of(editor: Editor) -> Project:
    assert editor.project is not None
    return editor.project


def answer(editor: Editor, number: int, label: str) -> None:
    """Accept or correct the suggestion for a segment."""
    project = project_of(editor)
    row = project.annotation(number)
    assert row is not None
    prediction = project.prediction_of(row.recording, row.span)
    assert prediction is not None
    assert editor.do(lambda: editing.answer_suggestion(row, prediction, label))


def ask(panel: ReviewPanel, order: ReviewOrder) -> None:
    """Another order."""
    panel.order.setCurrentIndex(panel.order.findData(order))


def test_the_most_uncertain_come_first(panel: ReviewPanel) -> None:
    assert panel.ids == PREDICTED
    assert panel._count.text() == "0 of 30 reviewed"


def test_what_differs_from_the_label_comes_by_the_models_confidence(panel: ReviewPanel) -> None:
    ask(panel, ReviewOrder.DIFFERING)
    labelled_otherwise = set(PREDICTED) - set(ANGRY) - set(UNLABELLED)
    assert panel.ids == sorted(labelled_otherwise, reverse=True)


def test_what_has_no_label_comes_by_the_models_confidence(panel: ReviewPanel) -> None:
    ask(panel, ReviewOrder.CONFIDENT)
    assert panel.ids == sorted(UNLABELLED, reverse=True)


def test_answers_tick_and_move_nothing_until_the_queue_is_made_anew(
    panel: ReviewPanel, editor: Editor
) -> None:
    ask(panel, ReviewOrder.CONFIDENT)
    before = panel.ids
    panel.show_chosen([before[0]])
    answer(editor, before[0], "angry")
    answer(editor, before[1], "sad")
    assert panel.ids == before and panel._count.text() == "2 of 6 reviewed"
    assert panel.view.rows.item(0).reviewed and not panel.view.rows.item(2).reviewed
    said: list[list[int]] = []
    panel.chosen.connect(said.append)
    panel.next_left()
    assert said == [[before[2]]]
    panel.previous()
    assert said[-1] == [before[1]], "one can look at what one did"
    editor.undo()
    assert panel._count.text() == "1 of 6 reviewed"
    panel.refresh()
    assert panel.ids == before[1:]


def test_reviewed_ones_come_last_in_a_new_queue_and_count(panel: ReviewPanel, editor: Editor) -> None:
    answer(editor, 5, "happy")
    panel.refresh()
    assert panel.ids == [*(number for number in PREDICTED if number != 5), 5]
    assert panel._count.text() == "1 of 30 reviewed"


def test_a_new_prediction_is_to_be_reviewed_again(panel: ReviewPanel, editor: Editor) -> None:
    answer(editor, 5, "happy")
    project = project_of(editor)
    row = project.annotation(5)
    assert row is not None and panel._count.text() == "1 of 30 reviewed"
    number = project.new_id(PredictionRow)
    shares = (0.4, 0.3, 0.2, 0.1)
    again = PredictionRow(
        number, row.recording, *row.span, LABELS, shares, (), "m", "m1", changed=row.changed + 1
    )
    editor.make(Edit("predict", added([again])))
    assert panel._count.text() == "0 of 30 reviewed"


def test_next_comes_round_to_what_was_left_out(panel: ReviewPanel, editor: Editor) -> None:
    ask(panel, ReviewOrder.CONFIDENT)
    last = panel.ids[-1]
    panel.show_chosen([last])
    answer(editor, last, "angry")
    panel.next_left()
    assert panel.view.chosen_ids() == panel.ids[:1]
    for number in panel.ids[:-1]:
        answer(editor, number, "angry")
    assert panel._count.text() == "6 of 6 reviewed"
    assert not panel._buttons["caret-down"].isEnabled()


def test_a_deleted_segment_leaves_and_others_stay(panel: ReviewPanel, editor: Editor) -> None:
    row = project_of(editor).annotation(3)
    assert row is not None
    panel.show_chosen([7])
    editor.do(lambda: editing.delete_segments([row]))
    assert panel.ids == [number for number in PREDICTED if number != 3]
    assert panel.view.chosen_ids() == [7]


def test_only_the_current_rater_and_the_model_in_use_count(
    panel: ReviewPanel, editor: Editor, segments: Segments
) -> None:
    editor.use_rater(2)
    assert panel.ids == [61]
    segments.use_model("m2")
    assert panel.ids == [] and "not predicted" in panel._words.text() and panel._words.isVisible()
    segments.use_model("m1")
    editor.use_rater(1)
    assert panel.ids == PREDICTED


def test_a_hidden_queue_stays_as_it_was_and_follows_what_was_answered(
    panel: ReviewPanel, editor: Editor
) -> None:
    panel.hide()
    answer(editor, 1, "angry")
    panel.show()
    assert panel.ids == PREDICTED and panel._count.text() == "1 of 30 reviewed"


def test_without_a_project_it_says_so(panel: ReviewPanel, editor: Editor) -> None:
    editor.take(None)
    assert panel.ids == [] and "No project" in panel._words.text()


def test_keys_walk_the_queue_and_enter_is_left_to_accepting(panel: ReviewPanel) -> None:
    said: list[list[int]] = []
    opened: list[int] = []
    panel.chosen.connect(said.append)
    panel.opened.connect(opened.append)
    panel.view.setFocus()
    panel.next_left()
    QTest.keyClick(panel.view, Qt.Key.Key_Down)
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert said == [[1], [3]] and opened == [3]
    accepted: list[bool] = []
    accept = QAction("Accept", panel)
    accept.setShortcuts([QKeySequence("Return")])
    accept.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    accept.triggered.connect(lambda: accepted.append(True))
    panel.addAction(accept)
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert accepted == [True] and opened == [3]


@pytest.mark.parametrize("name", ["light", "dark"])
def test_a_tick_and_the_suggestions_bar_are_painted(panel: ReviewPanel, editor: Editor, name: str) -> None:
    theme = read_theme(name)
    panel.recolour(theme)
    answer(editor, 1, "angry")
    image = panel.view.viewport().grab().toImage()

    def colours(row: int, column: int) -> set[str]:
        area = panel.view.visualRect(panel.view.rows.index(row, column))
        return {
            image.pixelColor(x, y).name().upper()
            for x in range(area.left(), area.right())
            for y in range(area.top(), area.bottom())
        }

    assert theme.colours["good"].upper() in colours(0, 0)
    assert theme.colours["good"].upper() not in colours(1, 0)
    bar = next(at for at, column in enumerate(panel.view.rows.columns) if column.name == "suggestion")
    assert editor.scheme.colour_of("angry").upper() in colours(1, bar)
