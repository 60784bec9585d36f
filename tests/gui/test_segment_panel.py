"""The segment's panel: it shows what the project says, asks for changes, and never loses or misplaces a note."""

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.window.label_tiles import LabelTile, Share
from app.window.manikins import RatingRow
from app.window.note_field import NoteField
from app.window.segment_panel import SegmentPanel, Suggestion, SuggestionChip, said_by
from app.window.theme import read_theme
from core_model.label_schemes import AnnotationScheme, built_in_schemes, scheme_of
from core_model.project.rows import ACCEPTED, AnnotationRow

RATE = 16_000
ROW = AnnotationRow(1, 1, 1, 16_000, 40_000, label="angry")
SUGGESTION = Suggestion("sad", 0.87, ("angry", "sad"), (0.13, 0.87), "default")


@pytest.fixture
def scheme() -> AnnotationScheme:
    return next(each for each in built_in_schemes() if each.ratings)


@pytest.fixture
def panel(qtbot: QtBot) -> SegmentPanel:
    made = SegmentPanel(read_theme("light"))
    qtbot.addWidget(made)
    made.resize(264, 600)
    made.show()
    return made


def _show(
    panel: SegmentPanel, scheme: AnnotationScheme, *rows: AnnotationRow, by: Suggestion | None = None
) -> None:
    panel.show_segments(scheme, rows, RATE, "R1", by)


def _tile(panel: SegmentPanel, name: str) -> LabelTile:
    return next(tile for tile in panel.findChildren(LabelTile) if tile.text() == name and tile.isVisible())


def _note(panel: SegmentPanel) -> NoteField:
    return panel.findChildren(NoteField)[0]


def _box(panel: SegmentPanel) -> QCheckBox:
    return panel.findChildren(QCheckBox)[0]


def _chip(panel: SegmentPanel) -> SuggestionChip:
    return panel.findChildren(SuggestionChip)[0]


def _words(panel: SegmentPanel) -> str:
    return " | ".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def test_nothing_in_hand_says_what_to_do_and_keeps_the_labels_at_hand(
    panel: SegmentPanel, scheme: AnnotationScheme
) -> None:
    panel.show_nothing(scheme)
    assert "Ctrl+B" in _words(panel)
    asked: list[str] = []
    panel.label_asked.connect(asked.append)
    _tile(panel, "sad").click()
    assert asked == ["sad"]
    assert not _note(panel).isVisible()


def test_one_segment_shows_where_it_is_and_its_label(panel: SegmentPanel, scheme: AnnotationScheme) -> None:
    _show(panel, scheme, ROW)
    assert "00:01.000 – 00:02.500" in _words(panel) and "1.500 s" in _words(panel)
    assert _tile(panel, "angry").isChecked() and not _tile(panel, "sad").isChecked()


def test_several_segments_show_how_far_they_agree(panel: SegmentPanel, scheme: AnnotationScheme) -> None:
    _show(panel, scheme, ROW, replace(ROW, id=2, label="sad", unsure=True), replace(ROW, id=3, label=None))
    assert "3 segments" in _words(panel) and "1 unlabelled" in _words(panel)
    assert _tile(panel, "angry").share is Share.SOME
    assert _tile(panel, "happy").share is Share.NONE
    assert _box(panel).checkState() is Qt.CheckState.PartiallyChecked


def test_a_click_on_a_label_asks_and_checks_nothing_by_itself(
    panel: SegmentPanel, scheme: AnnotationScheme
) -> None:
    _show(panel, scheme, ROW)
    asked: list[object] = []
    panel.label_asked.connect(asked.append)
    panel.label_cleared.connect(lambda: asked.append(None))
    QTest.mouseClick(_tile(panel, "sad"), Qt.MouseButton.LeftButton)
    _tile(panel, "no label").click()
    assert asked == ["sad", None]
    assert _tile(panel, "angry").isChecked() and not _tile(panel, "sad").isChecked()


def test_unsure_asks_for_the_other_state(panel: SegmentPanel, scheme: AnnotationScheme) -> None:
    asked: list[bool] = []
    panel.unsure_asked.connect(asked.append)
    _show(panel, scheme, ROW)
    _box(panel).click()
    assert not _box(panel).isChecked()
    _show(panel, scheme, replace(ROW, unsure=True))
    _box(panel).click()
    assert asked == [True, False]


def test_ratings_ask_by_name_where_the_scheme_has_them(panel: SegmentPanel, scheme: AnnotationScheme) -> None:
    asked: list[tuple[str, object]] = []
    panel.rating_asked.connect(lambda name, value: asked.append((name, value)))
    _show(panel, scheme, replace(ROW, arousal=6))
    rows = {row.name: row for row in panel.findChildren(RatingRow)}
    assert rows["arousal"].rating == 6 and rows["valence"].rating is None
    QTest.keyClick(rows["dominance"], Qt.Key.Key_2)
    assert asked == [("dominance", 2)]
    _show(panel, replace(scheme, ratings=False), ROW)
    assert not rows["valence"].isVisible()


def test_the_suggestion_is_accepted_by_click_and_tells_that_it_is_stale(
    panel: SegmentPanel, scheme: AnnotationScheme
) -> None:
    chip = _chip(panel)
    _show(panel, scheme, ROW)
    assert not chip.isVisible()
    _show(panel, scheme, ROW, by=replace(SUGGESTION, stale=True))
    assert chip.accessibleName() == "default suggests sad, 87%, Enter accepts"
    assert "Stale" in chip.accessibleDescription()
    asked: list[bool] = []
    panel.accept_asked.connect(lambda: asked.append(True))
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    QTest.keyClick(chip, Qt.Key.Key_Return)
    assert asked == [True, True]


def test_a_suggestion_outside_the_scheme_cannot_be_accepted_with_enter(
    panel: SegmentPanel, scheme: AnnotationScheme
) -> None:
    _show(panel, scheme, ROW, by=replace(SUGGESTION, label="furious", labels=("furious", "sad")))
    assert "not in the scheme" in _chip(panel).accessibleName()


def test_a_note_is_handed_over_soon_while_it_is_typed(
    qtbot: QtBot, panel: SegmentPanel, scheme: AnnotationScheme
) -> None:
    _show(panel, scheme, ROW)
    with qtbot.waitSignal(panel.note_asked, timeout=5000) as asked:
        QTest.keyClicks(_note(panel), "laughs")
    assert asked.args == ["laughs", [1]]


def test_ctrl_enter_and_escape_hand_the_note_over_and_leave(
    panel: SegmentPanel, scheme: AnnotationScheme
) -> None:
    asked: list[object] = []
    panel.note_asked.connect(lambda note, ids: asked.append((note, ids)))
    panel.left.connect(lambda: asked.append("left"))
    _show(panel, scheme, ROW)
    QTest.keyClicks(_note(panel), "a")
    QTest.keyClick(_note(panel), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    _show(panel, scheme, replace(ROW, note="a"))
    QTest.keyClick(_note(panel), Qt.Key.Key_Escape)
    assert asked == [("a", [1]), "left", "left"]


def test_a_note_lands_on_the_segment_that_it_was_typed_for(
    panel: SegmentPanel, scheme: AnnotationScheme
) -> None:
    """The project answers at once, in the middle of showing the next segments, as the window does."""
    rows = {1: ROW, 2: replace(ROW, id=2, note="of the second")}
    shown: list[int] = [1]

    def keep(note: str, ids: list[int]) -> None:
        rows.update({number: replace(rows[number], note=note) for number in ids})
        _show(panel, scheme, *(rows[number] for number in shown))

    panel.note_asked.connect(keep)
    _show(panel, scheme, rows[1])
    QTest.keyClicks(_note(panel), "of the first")
    shown[:] = [2, 1]
    _show(panel, scheme, rows[2], rows[1])  # what the window knew before the note was kept
    assert (rows[1].note, rows[2].note) == ("of the first", "of the second")
    assert _note(panel).placeholderText().startswith("Different notes")
    shown[:] = [2]
    _show(panel, scheme, rows[2])
    assert _note(panel).toPlainText() == "of the second"
    panel.show_nothing(scheme)
    assert (rows[1].note, rows[2].note) == ("of the first", "of the second")


def test_what_is_being_typed_survives_another_change_of_the_segment(
    panel: SegmentPanel, scheme: AnnotationScheme
) -> None:
    _show(panel, scheme, ROW)
    QTest.keyClicks(_note(panel), "half a sen")
    _show(panel, scheme, replace(ROW, label="sad"))
    assert _note(panel).toPlainText() == "half a sen"
    _show(panel, scheme, replace(ROW, label="sad", note="half a sen"))
    _show(panel, scheme, replace(ROW, label="sad", note=""))  # undone
    assert _note(panel).toPlainText() == ""


def test_digits_and_letters_in_the_note_are_text(qtbot: QtBot, scheme: AnnotationScheme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    panel = SegmentPanel(read_theme("dark"))
    QVBoxLayout(window).addWidget(panel)
    pressed: list[str] = []
    for key in ("1", "N", "Space", "Esc"):
        QShortcut(key, window).activated.connect(lambda key=key: pressed.append(key))
    window.show()
    _show(panel, scheme, ROW)
    _note(panel).setFocus()
    qtbot.waitUntil(_note(panel).hasFocus)
    QTest.keyClicks(_note(panel), "1 n")
    QTest.keyClick(_note(panel), Qt.Key.Key_Escape)
    assert _note(panel).toPlainText() == "1 n" and pressed == []


def test_reading_only_leaves_nothing_to_press(panel: SegmentPanel, scheme: AnnotationScheme) -> None:
    panel.set_editable(False)
    asked: list[object] = []
    panel.label_asked.connect(asked.append)
    panel.note_asked.connect(lambda *args: asked.append(args))
    _show(panel, scheme, ROW, by=SUGGESTION)
    _tile(panel, "sad").click()
    QTest.keyClicks(_note(panel), "x")
    panel.commit_note()
    assert asked == [] and _note(panel).toPlainText() == ""


def test_names_are_read_whole_in_a_narrow_panel(qtbot: QtBot, panel: SegmentPanel) -> None:
    names = ["frustrated", "disgusted", "contemptuous", "embarrassed", "sad"]
    _show(panel, scheme_of("long", names), ROW)
    panel.resize(200, 500)
    qtbot.waitUntil(
        lambda: _tile(panel, "embarrassed").width() >= _tile(panel, "embarrassed").sizeHint().width()
    )
    panel.resize(420, 500)
    qtbot.waitUntil(lambda: _tile(panel, "disgusted").y() == _tile(panel, "frustrated").y())
    assert not panel.horizontalScrollBar().isVisible()


def test_who_said_it_and_how() -> None:
    today = replace(ROW, changed=time.time(), origin=ACCEPTED, label="sad")
    clock = time.strftime("%H:%M", time.localtime(today.changed))
    assert said_by([today], "R1", SUGGESTION) == f"R1, {clock}, accepted from default"
    assert said_by([today], "R1") == f"R1, {clock}, accepted from a model"
    assert said_by([replace(ROW, changed=0.0, label=None)], "R2") == "R2"
    assert said_by([replace(ROW, changed=86_400.0)], "R1").startswith("R1, 1970-01-0")


def test_tab_goes_through_the_panel_from_top_to_bottom(panel: SegmentPanel, scheme: AnnotationScheme) -> None:
    _show(panel, scheme_of("other", ["one", "two"]), ROW, by=SUGGESTION)
    _show(panel, scheme, ROW, by=SUGGESTION)
    widget: QWidget | None = _chip(panel)
    names = []
    while widget is not None and not isinstance(widget, NoteField):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
            names.append(widget.accessibleName().partition(",")[0])
        widget = widget.nextInFocusChain()
    wanted = [*scheme.names, "no label", "Unsure", "Valence", "Arousal", "Dominance"]
    assert names == ["default suggests sad", *wanted]
