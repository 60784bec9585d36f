"""The whole window: opening, zooming, selecting, keys, panels, themes, what cannot be read."""

from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
import soundfile
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDropEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from app.display.time_view import Span
from app.window.actions import ACTIONS, TOOL_BAR
from app.window.help_window import keys_as_html
from app.window.studio import Studio
from app.window.theme import Themes, read_theme, style_sheet

Until = Callable[[Callable[[], bool]], None]
Tone = Callable[..., Path]


def _open(studio: Studio, until: Until, *paths: Path) -> None:
    studio.opening.open(list(paths))
    until(lambda: studio.recordings.current is not None)


def _drop(studio: Studio, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    point, move = QPointF(5, 5), Qt.DropAction.CopyAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    studio.window.dropEvent(QDropEvent(point, move, data, buttons, keys))


def test_an_empty_window_says_what_to_do_first(studio: Studio) -> None:
    assert studio.centre.currentIndex() == 1
    assert not studio.actions["play"].isEnabled()
    assert not studio.actions["predict"].isEnabled()
    assert studio.actions["open_files"].isEnabled()


def test_dropped_files_and_folders_are_listed_and_the_first_is_shown(
    studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    folder = tmp_path / "corpus" / "inner"
    folder.mkdir(parents=True)
    for name in ("b.flac", "a.ogg", "c.aiff"):
        tone(f"corpus/inner/{name}")
    (folder / "notes.txt").write_text("no audio")
    single = tone("single.wav")
    _drop(studio, tmp_path / "corpus", single)
    until(lambda: studio.recordings.model.rowCount() == 4)
    assert studio.recordings.current is not None
    assert studio.recordings.current.path.name == "a.ogg"
    until(lambda: studio.loader.mfcc is not None and studio.loader.pitch is not None)
    assert studio.axis.duration == pytest.approx(2.0, abs=0.01)


def test_a_file_opened_twice_is_listed_once(studio: Studio, tone: Tone, until: Until) -> None:
    path = tone()
    _open(studio, until, path)
    _open(studio, until, path, path.parent)
    until(lambda: studio.recordings.model.rowCount() == 1)
    assert [recording.path for recording in studio.recordings.model.recordings] == [path]


def test_bad_files_are_listed_with_their_reason_and_break_nothing(
    studio: Studio, tone: Tone, tmp_path: Path, until: Until
) -> None:
    text = tmp_path / "text.wav"
    text.write_text("this is no audio")
    empty = tmp_path / "empty.wav"
    soundfile.write(empty, [], 16_000)
    good = tone("good.wav")
    _open(studio, until, text, empty, good)
    until(lambda: studio.recordings.model.rowCount() == 3)
    until(lambda: "2 of 3" in studio.messages.text)
    assert studio.recordings.current is not None
    assert studio.recordings.current.path == good
    studio.recordings.go_to(text)
    assert studio.centre.currentIndex() == 1
    assert not studio.actions["predict"].isEnabled()
    states = [studio.recordings.model.state_text(r) for r in studio.recordings.model.recordings]
    assert "no samples" in states[1]


def test_a_damaged_recording_is_told_in_the_message_bar(studio: Studio, tone: Tone, until: Until) -> None:
    path = tone("cut.flac", 30.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    _open(studio, until, path)
    until(lambda: "cut.flac" in studio.messages.text)
    assert "damaged" in studio.messages.text or "cut off" in studio.messages.text


def test_the_filter_shortens_the_list(studio: Studio, tone: Tone, until: Until) -> None:
    _open(studio, until, tone("alpha.wav"), tone("beta.wav"))
    until(lambda: studio.recordings.model.rowCount() == 2)
    studio.recordings.filter.setText("BET")
    assert [recording.path.name for recording in studio.recordings.shown()] == ["beta.wav"]
    studio.recordings.filter.setText("zzz")
    assert studio.recordings.shown() == []


def test_ctrl_and_the_wheel_zoom_at_the_pointer(studio: Studio, tone: Tone, until: Until) -> None:
    _open(studio, until, tone())
    plot = studio.plots.spectrogram
    left, width = plot.area()
    point = QPointF(left + width / 4, 20)
    at = studio.axis.view.length / 4
    event = QWheelEvent(
        point, point, QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot.viewport(), event)
    view = studio.axis.view
    assert view.length == pytest.approx(2.0 / 1.25**2, rel=0.01)
    assert (at - view.start) / view.length == pytest.approx(0.25, abs=0.01)


def test_a_drag_selects_the_same_time_in_every_plot(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    viewport = studio.plots.waveform.viewport()
    left, width = studio.plots.waveform.area()
    start, end = (QPoint(round(left + share * width), 30) for share in (0.25, 0.5))
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(viewport, end)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)
    assert studio.axis.selection is not None
    assert studio.axis.selection.start == pytest.approx(0.5, abs=0.01)
    assert studio.axis.selection.end == pytest.approx(1.0, abs=0.01)
    for plot in (
        studio.plots.waveform,
        studio.plots.spectrogram,
        studio.plots.mfcc,
        studio.plots.attention.plot,
    ):
        assert plot._selection.isVisible()
        assert plot._selection.getRegion() == pytest.approx(
            (studio.axis.selection.start, studio.axis.selection.end)
        )


def test_a_click_moves_the_playhead_and_drops_the_selection(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    studio.axis.select(Span(0.1, 0.2))
    left, width = studio.plots.mfcc.area()
    qtbot.mouseClick(
        studio.plots.mfcc.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(left + width / 2), 20)
    )
    assert studio.axis.playhead == pytest.approx(1.0, abs=0.01)
    assert studio.axis.selection is None


def test_the_plots_areas_are_in_line_with_one_another(studio: Studio, tone: Tone, until: Until) -> None:
    _open(studio, until, tone())
    plots = studio.plots
    areas = {plot.area() for plot in (plots.waveform, plots.spectrogram, plots.mfcc, plots.attention.plot)}
    assert len(areas | {plots.ruler.area(), plots.overview.area()}) == 1
    for plot in (plots.waveform, plots.spectrogram, plots.mfcc):
        box = plot.getPlotItem().getViewBox().sceneBoundingRect()
        assert (box.left(), box.width()) == pytest.approx(plot.area(), abs=1.0)


def test_the_read_out_shows_every_plots_value_at_the_cursor(studio: Studio, tone: Tone, until: Until) -> None:
    _open(studio, until, tone())
    until(lambda: studio.loader.mfcc is not None and studio.loader.pitch is not None)
    until(lambda: studio.loader.peaks is not None and studio.loader.spectrogram is not None)
    until(lambda: studio.loader.intensity is not None)
    studio.axis.set_cursor(0.15)
    entries = dict(studio.plots.readout.entries())
    assert entries["cursor"] == "00:00.150"
    assert entries["F0"].endswith("Hz")
    assert float(entries["amplitude"].partition(" ")[0].replace("−", "-")) != 0
    assert entries["intensity"].endswith("dB")
    assert "mfcc1" in entries


def test_space_without_a_sound_card_tells_and_everything_else_works(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    qtbot.keyClick(studio.window, Qt.Key.Key_Space)
    until(lambda: "no output device" in studio.messages.text)
    assert not studio.player.playing
    qtbot.keyClick(studio.window, Qt.Key.Key_Plus)
    assert studio.axis.view.length < 2.0


def test_keys_move_the_playhead_and_mark_a_selection(studio: Studio, tone: Tone, until: Until) -> None:
    _open(studio, until, tone())
    studio.axis.seek(0.5)
    studio.actions["selection_start"].trigger()
    studio.axis.seek(1.25)
    studio.actions["selection_end"].trigger()
    assert studio.axis.selection == Span(0.5, 1.25)
    studio.actions["show_selection"].trigger()
    assert studio.axis.view == Span(0.5, 1.25)
    studio.actions["to_end"].trigger()
    assert studio.axis.playhead == pytest.approx(2.0, abs=0.01)
    assert studio.axis.view.holds(studio.axis.playhead)


def test_keys_mean_one_thing_each_and_all_are_in_the_help() -> None:
    keys = [key for spec in ACTIONS for key in spec.keys]
    assert len(keys) == len(set(keys))
    help_text = keys_as_html()
    assert all(spec.tip in unescape(help_text) for spec in ACTIONS if spec.keys)
    assert {name for name in TOOL_BAR if name} <= {spec.name for spec in ACTIONS}


def test_hidden_panels_and_the_theme_are_remembered(
    qtbot: QtBot, studio: Studio, qapp: QApplication, home: Path
) -> None:
    studio.actions["panel:mfcc"].setChecked(False)
    studio.actions["panel:recordings"].setChecked(False)
    studio.actions["scheme:dark"].trigger()
    assert studio._themes.current.dark
    studio.window.close()
    settings = QSettings(str(home / "config" / "window.ini"), QSettings.Format.IniFormat)
    again = Studio(settings, Themes(qapp, settings))
    qtbot.addWidget(again.window)
    again.window.show()
    assert not again.plots.mfcc.isVisible()
    assert again.plots.waveform.isVisibleTo(again.plots)
    assert not again.actions["panel:recordings"].isChecked()
    assert again._themes.current.dark
    again.actions["scheme:light"].trigger()
    again.window.close()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_style_sheet_knows_every_colour_and_text_stands_out(
    name: str, qapp: QApplication, home: Path
) -> None:
    theme = read_theme(name)
    assert "@" not in style_sheet(theme, 10)
    grounds = ("window", "panel", "raised", "plot")
    for text, ground in [(t, g) for t in ("text", "muted") for g in grounds] + [
        ("on_accent", "accent"), ("error", "error_soft"), ("warning", "warning_soft"), ("good", "good_soft"),
    ]:  # fmt: skip
        assert _contrast(theme.colour(text), theme.colour(ground)) >= 4.5, (text, ground)


def _contrast(a, b) -> float:  # noqa: ANN001 - QColor
    """WCAG 2's ratio of relative luminances."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour) -> float:  # noqa: ANN001
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_long_recording_is_zoomed_into_without_reading_it_all_again(
    studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone("long.flac", 180.0, 8000))
    until(lambda: studio.loader.peaks is not None and studio.loader.spectrogram is not None)
    assert studio.loader.mfcc is None
    studio.axis.set_view(100.0, 104.0)
    until(lambda: studio.loader.mfcc is not None and studio.loader.pitch is not None)
    assert studio.loader.mfcc is not None
    assert studio.loader.mfcc.span.holds(102.0)
    assert studio.loader.mfcc.span.length < 30
    studio.axis.show_all()
    until(lambda: studio.loader.spectrogram is studio.loader._coarse)


def test_an_unexpected_error_shows_the_logs_place_once(qtbot: QtBot, studio: Studio) -> None:
    studio.tell(ValueError("a defect"))
    studio.tell(ValueError("another"))
    qtbot.waitUntil(lambda: studio.crash._box is not None)
    box = studio.crash._box
    assert box is not None
    assert "window.log" in box.informativeText()
    box.close()
    qtbot.waitUntil(lambda: studio.crash._box is None)


def test_long_words_in_the_middle_do_not_press_the_side_panels_together(
    studio: Studio, tone: Tone, until: Until
) -> None:
    studio.window.resize(1366, 768)
    _open(studio, until, tone("a_recording_with_quite_a_long_name_of_its_own.wav"))
    QApplication.processEvents()
    width = studio.recordings.width()
    studio.axis.select(Span(0.1, 1.9))
    studio.transport.show_progress("Predicting a_recording_with_quite_a_long_name_of_its_own.wav", -1, 1)
    QApplication.processEvents()
    assert studio.recordings.width() == width
    assert studio.window.width() == 1366


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_a_button_reached_with_the_keyboard_is_pressed_by_space_and_enter(
    key: Qt.Key, qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    tiles = studio.annotating.panel.findChildren(QAbstractButton)
    button = next(each for each in tiles if "happy" in each.accessibleName())
    button.setFocus()
    qtbot.keyClick(button, key)
    assert studio.editor.project is not None
    assert [row.label for row in studio.editor.project.annotations] == ["happy"]
    assert not studio.messages.text  # nothing was played: there is no sound card


def test_a_chooser_that_has_the_keyboard_keeps_its_arrows(
    qtbot: QtBot, studio: Studio, tone: Tone, until: Until
) -> None:
    _open(studio, until, tone())
    studio.axis.seek(1.0)
    bar = studio.tables.tabBar()
    bar.setFocus()
    qtbot.keyClick(bar, Qt.Key.Key_Right)
    assert studio.tables.currentIndex() == 1
    assert studio.axis.playhead == 1.0
