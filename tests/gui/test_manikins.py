"""Rating rows: seven figures, told apart, chosen by key and mouse; they show what they are told."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.window.manikins import VALUES, RatingRow, draw_manikin
from app.window.theme import read_theme
from core_model.label_schemes import RATINGS


@pytest.fixture
def row(qtbot: QtBot) -> RatingRow:
    made = RatingRow("valence", read_theme("light"))
    qtbot.addWidget(made)
    made.resize(made.sizeHint())
    made.show()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus)
    return made


def _asked(row: RatingRow) -> list[object]:
    asked: list[object] = []
    row.asked.connect(asked.append)
    return asked


@pytest.mark.parametrize("rating", RATINGS)
def test_the_seven_figures_differ_and_stay_inside_their_place(qapp: object, rating: str) -> None:
    drawn = []
    for value in VALUES:
        image = QImage(40, 40, QImage.Format.Format_ARGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        draw_manikin(painter, image.rect().toRectF(), rating, value, QColor("black"))
        painter.end()
        rows = [y for y in range(40) if any(image.pixelColor(x, y).lightness() < 128 for x in range(40))]
        assert rows and min(rows) > 0 and max(rows) < 39
        drawn.append(bytes(image.constBits()))
    assert len(set(drawn)) == len(VALUES)


def test_digits_arrows_and_delete_ask_and_change_nothing_by_themselves(row: RatingRow) -> None:
    asked = _asked(row)
    row.show_values([4])
    for key in (Qt.Key.Key_7, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_Delete):
        QTest.keyClick(row, key)
    assert asked == [7, 5, 3, 1, None]
    assert row.rating == 4


def test_arrows_begin_in_the_middle_and_stop_at_the_ends(row: RatingRow) -> None:
    asked = _asked(row)
    QTest.keyClick(row, Qt.Key.Key_Right)
    row.show_values([7])
    QTest.keyClick(row, Qt.Key.Key_Right)
    assert asked == [4]


def test_digits_without_a_figure_do_nothing(row: RatingRow) -> None:
    asked = _asked(row)
    for key in (Qt.Key.Key_0, Qt.Key.Key_8, Qt.Key.Key_9):
        QTest.keyClick(row, key)
    assert asked == []


def test_a_click_asks_for_the_figure_and_again_takes_it_back(row: RatingRow) -> None:
    asked = _asked(row)
    at = row.place_of(6).center().toPoint()
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=at)
    row.show_values([6])
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(row.width() + 5, 4))
    assert asked == [6, None]


def test_segments_that_differ_have_no_one_value(row: RatingRow) -> None:
    row.show_values([2, 5, None])
    assert row.rating is None
    assert row.accessibleDescription() == "differs: 2, 5"
    asked = _asked(row)
    QTest.keyClick(row, Qt.Key.Key_Delete)
    assert asked == [None]


def test_it_tells_its_name_and_value_to_a_screen_reader(row: RatingRow) -> None:
    row.show_values([3])
    assert (row.accessibleName(), row.accessibleDescription(), row.value()) == ("Valence", "3 of 7", 3)


def test_while_it_has_the_focus_the_windows_keys_wait(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    row = RatingRow("arousal", read_theme("dark"))
    QVBoxLayout(window).addWidget(row)
    pressed: list[str] = []
    for name in ("3", "9", "Del", "Left", "N"):
        QShortcut(name, window).activated.connect(lambda name=name: pressed.append(name))
    window.show()
    row.setFocus()
    qtbot.waitUntil(row.hasFocus)
    asked = _asked(row)
    row.show_values([5])
    for key in (Qt.Key.Key_3, Qt.Key.Key_9, Qt.Key.Key_Delete, Qt.Key.Key_Left, Qt.Key.Key_N):
        QTest.keyClick(row, key)
    assert asked == [3, None, 4]
    assert pressed == ["N"]
