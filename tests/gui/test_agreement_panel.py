"""The agreement page: who is compared, what is shown, how disputes are gone through and decided."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from rated_projects import LENGTH, RATE, rated, segment

from app.agreement_view import MODEL, Comparison
from app.editor import Editor
from app.tasks import TaskPool
from app.window.agreement_panel import AgreementPanel
from app.window.confusion_table import ConfusionTable, readable_on, shade
from app.window.studio import Studio
from app.window.theme import read_theme
from core_model.label_schemes import scheme_of
from core_model.project import editing
from core_model.project.project import Project

SAID = {"R1": "aahhsS", "Beate": "aahnsa", "Chandra": "ahhnss"}
Tone = Callable[..., Path]
Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def editor(qtbot: QtBot) -> Iterator[Editor]:
    tasks = TaskPool()
    made = Editor(tasks)
    yield made
    made.take(None)
    tasks.close()


@pytest.fixture
def panel(qtbot: QtBot, editor: Editor) -> Iterator[AgreementPanel]:
    """On a desktop's width, with nothing to compare yet."""
    tasks = TaskPool()
    made = AgreementPanel(editor, tasks, lambda: 2, read_theme("light"))
    qtbot.addWidget(made)
    made.resize(1200, 320)
    made.show()
    yield made
    tasks.close()


@pytest.fixture
def project(tmp_path: Path, editor: Editor) -> Project:
    made = rated(tmp_path / "study.humpcat", SAID, predicted="aahhss", recordings=2)
    scheme = scheme_of("four", ("angry", "happy", "neutral", "sad"), ratings=True)
    made.apply(editing.change_scheme(made, scheme, {}))
    return made


@pytest.fixture
def shown(panel: AgreementPanel, editor: Editor, project: Project, until: Until) -> AgreementPanel:
    """The panel with three raters compared, intervals and all."""
    editor.take(project)
    until(lambda: _settled(panel))
    return panel


def _settled(panel: AgreementPanel) -> bool:
    found = panel.found
    return found is not None and all(measure.found.low is not None for measure in found.measures)


def _found(panel: AgreementPanel) -> Comparison:
    assert panel.found is not None
    return panel.found


def _rows(panel: AgreementPanel) -> list[tuple[str, ...]]:
    rows = panel.disputes.rows
    return [
        tuple(rows.words(row, column) for column in range(rows.columnCount()))
        for row in range(rows.rowCount())
    ]


def _tick(panel: AgreementPanel, *raters: int) -> None:
    for number, action in panel.raters.ticks.items():
        if action.isChecked() != (number in raters):
            action.trigger()


def test_all_who_labelled_are_compared_at_first(shown: AgreementPanel) -> None:
    assert shown.raters.text() == "R1, Beate, Chandra"
    words = shown.figures.text.text()
    for part in ("12 units that two or more rated", "Krippendorff's α", "Fleiss' κ", "R1 – Chandra", " to "):
        assert part in words, part
    assert shown.progress.text() == "0 of 6 decided"
    assert _rows(shown)[0] == ("1.wav", "00:01.00", "angry", "angry", "happy", "")
    assert ("2.wav", "00:05.00", "sad, unsure", "angry", "sad", "") in _rows(shown)


def test_the_model_is_marked_as_no_person(shown: AgreementPanel, until: Until) -> None:
    assert shown.raters.ticks[MODEL].text() == "Model (no person)"
    _tick(shown, 1, MODEL)
    until(lambda: [each.id for each in _found(shown).participants] == [1, MODEL])
    title = shown.disputes.rows.headerData(3, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert title == "model default: no person's label"
    assert "Cohen's κ" in shown.figures.text.text()


def test_one_recording_or_all(shown: AgreementPanel, until: Until) -> None:
    shown.scope.setCurrentIndex(1)
    until(lambda: _found(shown).common == 6)
    assert {row[0] for row in _rows(shown)} == {"2.wav"} and shown.disputes.isColumnHidden(0)


def test_choosing_a_dispute_tells_where_it_is(shown: AgreementPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shown.unit_chosen) as told:
        shown.disputes.choose(1)
    unit = shown.disputes.rows.units[1]
    assert told.args == [unit.segment.recording, *unit.segment.span]


def test_a_cell_filters_the_disputes_to_it(shown: AgreementPanel, qtbot: QtBot) -> None:
    happy, neutral = (_found(shown).labels.index(name) for name in ("happy", "neutral"))
    shown.confusion.choose((happy, neutral))
    assert [row[2:4] for row in _rows(shown)] == [("happy", "neutral")] * 2
    shown.confusion.choose((happy, neutral))
    assert len(_rows(shown)) == 6
    shown.confusion.choose((0, neutral))
    assert not _rows(shown)


def test_digits_decide_one_dispute_after_another(
    shown: AgreementPanel, editor: Editor, project: Project, until: Until
) -> None:
    shown.disputes.choose(0)
    for _ in range(2):
        QTest.keyClick(shown.disputes, Qt.Key.Key_4)
    assert shown.progress.text() == "2 of 6 decided"
    assert [row[-1] for row in _rows(shown)][:3] == ["sad", "sad", ""]
    assert shown.disputes.currentIndex().row() == 2
    gold = project.gold()
    assert (
        gold is not None and [row.label for row in project.annotations if row.rater == gold.id] == ["sad"] * 2
    )
    for _ in range(2):
        editor.undo()
    assert project.gold() is None
    until(lambda: shown.progress.text() == "0 of 6 decided")


def test_enter_takes_the_majority_and_undecided_ones_are_left(shown: AgreementPanel) -> None:
    shown.undecided.setChecked(True)
    shown.disputes.choose(0)
    for left in range(5, -1, -1):
        QTest.keyClick(shown.disputes, Qt.Key.Key_Return)
        assert len(_rows(shown)) == left
    assert all(unit.gold == unit.majority for unit in _found(shown).disputes)


def test_without_a_majority_enter_decides_nothing(
    shown: AgreementPanel, project: Project, until: Until
) -> None:
    _tick(shown, 1, 2)
    until(lambda: len(_found(shown).participants) == 2)
    shown.disputes.choose(0)
    QTest.keyClick(shown.disputes, Qt.Key.Key_Return)
    assert project.gold() is None and not shown.deciding.majority.isEnabled()


def test_a_click_on_a_label_decides(shown: AgreementPanel) -> None:
    shown.disputes.choose(0)
    tile = next(tile for tile in shown.deciding.tiles if tile.label.name == "neutral")
    QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    assert _rows(shown)[0][-1] == "neutral"


def test_what_nobody_disputes_is_taken_over_at_once(
    shown: AgreementPanel, editor: Editor, project: Project
) -> None:
    assert shown.take_over.text() == "Take over 6 undisputed"
    shown.take_over.click()
    assert editor.undo_text == "decide 6 segments" and not shown.take_over.isEnabled()
    gold = project.gold()
    assert gold is not None
    assert [row.label for row in project.annotations_of(1, gold.id)] == ["angry", "happy", "sad"]
    editor.undo()
    assert project.gold() is None


def test_edits_are_followed_and_older_results_dropped(
    shown: AgreementPanel, editor: Editor, project: Project, until: Until
) -> None:
    for recording in (1, 2):
        row = segment(project, 3, 1, recording)
        editor.do(lambda row=row: editing.set_label([row], "angry"))
    until(lambda: len(_found(shown).disputes) == 4 and _settled(shown))
    assert shown.progress.text() == "0 of 4 decided"


def test_nothing_is_worked_out_behind_another_page(
    shown: AgreementPanel, editor: Editor, project: Project, until: Until, qtbot: QtBot
) -> None:
    before = _found(shown)
    shown.hide()
    editor.do(lambda: editing.set_label([segment(project, 3, 1)], "angry"))
    qtbot.wait(400)  # longer than edits take to settle
    assert shown.found is before
    shown.show()
    until(lambda: len(_found(shown).disputes) == 5)


def test_a_decision_leaves_the_measures_as_they_are(
    shown: AgreementPanel, editor: Editor, until: Until
) -> None:
    before = _found(shown)
    shown.disputes.choose(0)
    shown.decide("sad")
    until(lambda: _found(shown).decided == 1 and _found(shown).table is not before.table)
    assert _found(shown).measures is before.measures


def test_ratings_are_compared_and_not_decided(
    shown: AgreementPanel, editor: Editor, project: Project, until: Until
) -> None:
    for rater, value in ((1, 2), (2, 6)):
        editor.do(lambda r=rater, v=value: editing.set_rating([segment(project, r, 0)], "arousal", v))
    shown.what.setCurrentIndex(shown.what.findData("arousal"))
    until(lambda: bool(_found(shown).disputes) and _found(shown).question.what == "arousal")
    assert _rows(shown)[0][2:] == ("2", "6", "", "")
    assert shown.deciding.isHidden() and shown.take_over.isHidden()


@pytest.mark.parametrize(
    ("said", "words", "button"),
    [
        ({"R1": "aa"}, "needs two raters", True),
        ({"R1": "aa--", "Beate": "--aa"}, "no segments in common", True),
        ({"R1": "..", "Beate": ".."}, "Nobody has labels yet", False),
    ],
)
def test_what_is_missing_is_told(
    panel: AgreementPanel,
    editor: Editor,
    tmp_path: Path,
    until: Until,
    said: dict[str, str],
    words: str,
    button: bool,
) -> None:
    editor.take(rated(tmp_path / "empty.humpcat", said))
    until(lambda: words in panel.obstacle)
    assert panel.ask_raters.isVisible() == button


def _names(panel: AgreementPanel) -> list[str]:
    return [each.name for each in panel.found.participants] if panel.found is not None else []


def test_another_project_brings_its_own_raters(
    shown: AgreementPanel, editor: Editor, tmp_path: Path, until: Until
) -> None:
    _tick(shown, 1, 2)
    editor.take(rated(tmp_path / "other.humpcat", {"A": "as", "B": "aa"}))
    until(lambda: _names(shown) == ["A", "B"])
    editor.take(None)
    assert "No project is open" in shown.obstacle


def test_a_project_for_reading_only_is_not_decided(
    panel: AgreementPanel, editor: Editor, tmp_path: Path, until: Until
) -> None:
    path = tmp_path / "study.humpcat"
    rated(path, SAID).close()
    editor.take(Project.open(path, read_only=True))
    until(lambda: panel.found is not None)
    panel.disputes.choose(0)
    QTest.keyClick(panel.disputes, Qt.Key.Key_1)
    assert panel.deciding.isHidden() and not panel.take_over.isEnabled()


def test_a_recording_that_goes_away_takes_its_units_along(
    shown: AgreementPanel, editor: Editor, project: Project, until: Until
) -> None:
    editor.do(lambda: editing.remove_recordings(project, [project.recording(2)]))
    shown.grab()
    until(lambda: len(_rows(shown)) == 3)


@pytest.mark.parametrize("size", [(826, 160), (826, 400), (1300, 180)])
def test_there_is_room_for_all_of_it(shown: AgreementPanel, size: tuple[int, int]) -> None:
    shown.resize(*size)
    assert (shown.width(), shown.height()) == size
    low = size[0] < 1000 and size[1] < 300
    assert shown.show_cells.isVisible() == low
    assert shown.figures.isVisible() and shown.confusion.isVisible() != low
    if low:
        shown.show_cells.click()
        assert shown.confusion.isVisible() and not shown.figures.isVisible()


# The cells


def test_cells_are_chosen_with_mouse_and_keys(qtbot: QtBot) -> None:
    table = ConfusionTable(read_theme("light"))
    qtbot.addWidget(table)
    table.resize(300, 120)
    names = ("angry", "unused", "sad")
    table.show_counts(names, np.array([[3, 0, 1], [0, 0, 0], [0, 0, 2]]), ("A", "B"), lambda _: None)
    told: list[object] = []
    table.cell_chosen.connect(told.append)
    table.show()
    QTest.keyClick(table, Qt.Key.Key_Right)
    assert table.accessibleDescription() == "Of 4 units that A called angry, B called 1 (25%) sad"
    QTest.keyClick(table, Qt.Key.Key_Space)
    QTest.keyClick(table, Qt.Key.Key_Escape)
    QTest.mouseClick(table, Qt.MouseButton.LeftButton, pos=QPoint(190, 80))
    assert told == [(0, 2), None, (2, 2)]


@pytest.mark.parametrize("name", ["light", "dark"])
def test_counts_are_readable_on_every_shade(name: str) -> None:
    theme = read_theme(name)
    for share in np.linspace(0, 1, 21):
        ground = shade(theme, float(share))
        assert _contrast(ground, readable_on(ground)) >= 4.5


def _contrast(one: QColor, other: QColor) -> float:
    def luminance(colour: QColor) -> float:
        parts = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in colour.getRgbF()[:3])  # type: ignore[index]
        return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), parts, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


# In the window


def test_digits_decide_here_and_label_elsewhere(
    studio: Studio, tmp_path: Path, tone: Tone, until: Until
) -> None:
    tone("1.wav", 6.0)
    project = rated(tmp_path / "study.humpcat", SAID)
    studio.editor.take(project)
    until(lambda: len(studio.recordings.shown()) == 1)
    panel = studio.tables.agreement
    studio.actions["show_agreement"].trigger()
    until(lambda: panel.found is not None and not panel.obstacle)
    panel.disputes.choose(0)
    key = next(label.key for label in studio.editor.scheme.labels if label.name == "sad")
    before = [row.label for row in project.annotations if row.rater == 1]
    QTest.keyClick(panel.disputes, key)
    gold = project.gold()
    assert gold is not None
    assert [(row.label, row.start) for row in project.annotations_of(1, gold.id)] == [("sad", LENGTH)]
    assert [row.label for row in project.annotations if row.rater == 1] == before
    selected, current = studio.axis.selection, panel.disputes.current
    assert selected is not None and current is not None and current.gold is None
    assert selected.start == pytest.approx(current.segment.start / RATE)
    studio.actions["undo"].trigger()
    assert project.gold() is None
