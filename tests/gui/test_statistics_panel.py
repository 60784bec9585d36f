"""The statistics: measured in the background, compared with the speaker's other segments, copied."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.window.measuring import Measuring, _nearest, segments_of_speaker
from app.window.statistics_panel import StatisticsPanel
from app.window.studio import Studio
from app.window.theme import read_theme
from core_model.errors import HumpcatError
from core_model.facts import Segment
from core_model.project.edit import Edit, RowChange
from core_model.project.project import Project
from core_model.project.rows import AnnotationRow, RecordingRow
from core_model.voice_statistics import Reference, VoiceStatistics

Until = Callable[[Callable[[], bool]], None]
Tone = Callable[..., Path]

FOUND = VoiceStatistics(
    2.5, 210.0, 200.0, 150.0, 300.0, 12.0, 2.5, 0.5, -23.4, 18.0, 0.0123, 4.0, 5.0, 1, 0.4
)  # fmt: skip


@pytest.fixture
def panel(qtbot: QtBot) -> StatisticsPanel:
    """An empty panel."""
    made = StatisticsPanel(read_theme("light"))
    qtbot.addWidget(made)
    made.show()
    return made


def _rows(panel: StatisticsPanel) -> dict[str, list[str]]:
    panel.table.clearSelection()
    return {name: rest for name, *rest in (line.split("\t") for line in panel.table.as_text().split("\n"))}


def test_an_empty_panel_says_what_to_do(panel: StatisticsPanel) -> None:
    assert panel.words.startswith("Choose a segment")
    assert panel.table.isHidden()


def test_figures_have_units_and_none_is_made_up(panel: StatisticsPanel) -> None:
    panel.show_statistics(replace(FOUND, f0_mean=math.nan), None)
    rows = _rows(panel)
    assert rows["Duration"] == ["2.500 s", ""]
    assert rows["F0 mean"] == ["–", ""]
    assert rows["F0 range"] == ["12.0 st", ""]
    assert rows["Intensity"] == ["−23.4 dB", ""]
    assert rows["Speaking rate"] == ["4.00 /s", ""]
    assert "three other segments" in panel.words


def test_figures_are_told_against_the_speakers_mean(panel: StatisticsPanel) -> None:
    reference = Reference(12, {"f0_mean": 180.0, "voiced": 0.6}, {"f0_mean": 20.0, "voiced": 0.05})
    panel.show_statistics(FOUND, reference)
    rows = _rows(panel)
    assert rows["F0 mean"] == ["210 Hz", "+1.5 SD"]
    assert rows["Voiced"] == ["50%", "−2.0 SD"]
    assert rows["Duration"][1] == ""
    assert "12 other segments" in panel.words
    panel.show_statistics(FOUND, None)
    assert _rows(panel)["F0 mean"] == ["210 Hz", ""]


def test_ctrl_c_copies_the_rows_chosen_else_all(panel: StatisticsPanel, qtbot: QtBot) -> None:
    panel.show_statistics(FOUND, None)
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert len(QGuiApplication.clipboard().text().split("\n")) == 15
    panel.table.selectRow(1)
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "F0 mean\t210 Hz\t"


def test_an_error_stands_where_the_figures_would(panel: StatisticsPanel) -> None:
    panel.show_statistics(FOUND, None)
    panel.show_error(HumpcatError("Too long.", "Take less."))
    assert panel.words == "Too long. Take less."
    assert panel.table.isHidden()


def test_what_is_in_hand_is_measured_first_and_then_its_speakers_others(
    studio: Studio, panel: StatisticsPanel, tone: Tone, until: Until
) -> None:
    path = tone("tone.wav", 6.0)
    segments = [Segment(path, start * 16_000, (start + 2) * 16_000, 16_000) for start in range(4)]
    gone = Segment(path.with_name("gone.wav"), 0, 16_000, 16_000)
    measuring = Measuring(studio.tasks, studio.compute, panel, studio)
    measuring.show(segments[0], lambda: [*segments, gone])
    assert panel.words == "Measuring…"
    until(lambda: "3 other segments" in panel.words and measuring._running is None)
    assert _rows(panel)["Duration"][0] == "2.000 s"
    measuring.show(segments[1], lambda: segments)
    assert "3 other segments" in panel.words  # known already
    measuring.show(None)
    assert panel.words.startswith("Choose a segment")
    measuring.close()


def test_a_stretch_that_cannot_be_measured_says_why(
    studio: Studio, panel: StatisticsPanel, tone: Tone, until: Until
) -> None:
    measuring = Measuring(studio.tasks, studio.compute, panel, studio)
    measuring.show(Segment(tone(), 0, 3600 * 16_000, 16_000))
    until(lambda: "at most 10 min" in panel.words)
    assert "shorter part" in panel.words
    measuring.close()


def test_a_speakers_segments_are_those_of_all_recordings_of_the_speaker(tmp_path: Path, tone: Tone) -> None:
    project = Project.create(tmp_path / "p.humpcat")
    rows = [
        RecordingRow(number, tone(f"{number}.wav"), "", 0, 16_000, 1, 32_000, speaker)
        for number, speaker in enumerate(("ann", "bob", "ann", "", ""), 1)
    ]
    rater = project.raters[0].id
    marked = [
        AnnotationRow(number, 1, rater, start, start + 800) for number, start in enumerate((0, 1600), 1)
    ]
    project.apply(Edit("fill", tuple(RowChange(None, row) for row in (*rows, *marked))))
    of_ann = segments_of_speaker(project, rows[0], rater)
    assert [(each.file.name, each.start, each.end) for each in of_ann] == [
        ("1.wav", 0, 800),
        ("1.wav", 1600, 2400),
        ("3.wav", 0, 32_000),
    ]
    assert [each.file.name for each in segments_of_speaker(project, rows[3], rater)] == ["4.wav"]
    project.close()


def test_of_a_speakers_many_segments_those_around_are_compared() -> None:
    many = [Segment(Path("a.wav"), at, at + 100, 16_000) for at in range(0, 100_000, 100)]
    near = _nearest(many[500], many)
    assert len(near) == 100
    assert many[500] not in near
    assert near[0] == many[450]
    assert near[-1] == many[550]
    assert _nearest(many[999], many)[-1] == many[998]
    assert _nearest(Segment(Path("b.wav"), 0, 9, 16_000), many[:3]) == many[:3]
