"""Pictures of plots: what is on screen, twice as fine, or as vectors; and the menu that makes them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.window.plot_images import PlotImages, plot_menu
from app.window.studio import Studio

Until = Callable[[Callable[[], bool]], None]
Tone = Callable[..., Path]
_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def images(studio: Studio, tone: Tone, until: Until) -> Iterator[PlotImages]:
    """Pictures of a recording that is read and computed."""
    studio.opening.open([tone()])
    until(lambda: studio.loader.mfcc is not None and studio.loader.pitch is not None)
    until(lambda: studio.loader.intensity is not None and studio.loader.spectrogram is not None)
    made = PlotImages(studio.plots, studio.axis, studio.tasks, studio._settings, studio.window)
    made.recording = "tone.wav"
    return made


def _saved(images: PlotImages, qtbot: QtBot, path: Path, whole: bool = False) -> Path:
    with qtbot.waitSignal(images.done, timeout=30_000):
        images.save(path, whole)
    return path


def _texts(path: Path) -> list[str]:
    return [(each.text or "").strip() for each in ElementTree.parse(path).iter(f"{_SVG}text")]


def _lines(root: ElementTree.Element) -> list[list[str]]:
    return [each.attrib["points"].split() for each in root.iter(f"{_SVG}polyline")]


def test_a_png_is_twice_as_fine_as_the_screen_and_shows_the_curve(
    studio: Studio, images: PlotImages, qtbot: QtBot, tmp_path: Path
) -> None:
    plot = studio.plots.waveform
    image = QImage(str(_saved(images, qtbot, tmp_path / "wave.png")))
    assert image.width() == 2 * plot.width()
    assert image.height() > 2 * plot.height()  # the time stands below
    line = plot.theme.colour("plot_line").rgb()
    middle = round(2 * plot.plot_area().center().y())
    row = [image.pixel(x, middle) for x in range(image.width())]
    assert row.count(line) > 0.5 * 2 * plot.plot_area().width()


def test_an_svg_has_curves_as_paths_axes_as_words_and_heat_maps_as_images(
    studio: Studio, images: PlotImages, qtbot: QtBot, tmp_path: Path
) -> None:
    studio.plots._touch("spectrogram")
    path = _saved(images, qtbot, tmp_path / "spectrogram.svg")
    root = ElementTree.parse(path).getroot()
    assert root.attrib["width"] == str(studio.plots.spectrogram.width())
    assert len(list(root.iter(f"{_SVG}image"))) == 1
    assert {"1 kHz", "200 Hz", "Spectrogram · F0 (Hz)"} <= set(_texts(path))
    clipped = [each for each in root.iter(f"{_SVG}svg") if each.attrib.get("overflow") == "hidden"]
    area = studio.plots.spectrogram.plot_area()
    assert float(clipped[0].attrib["width"]) == pytest.approx(area.width(), abs=0.1)
    lines = [line for line in _lines(clipped[0]) if len(line) > 2]  # the others are ticks
    voiced = np.count_nonzero(np.isfinite(studio.loader.pitch.f0))
    assert sum(map(len, lines)) == 2 * voiced  # the pitch and its outline, nothing where there is none
    xs = [float(point.partition(",")[0]) for line in lines for point in line]
    assert area.left() <= min(xs) < max(xs) <= area.right()


def test_a_picture_holds_only_what_is_in_view(
    studio: Studio, images: PlotImages, qtbot: QtBot, tmp_path: Path
) -> None:
    studio.axis.set_view(0.5, 0.7)
    studio.plots.panels["intensity"].show()
    studio.plots._touch("intensity")
    root = ElementTree.parse(_saved(images, qtbot, tmp_path / "part.svg")).getroot()
    assert [20 <= len(line) <= 23 for line in _lines(root) if len(line) > 2] == [True]  # 10 ms apart


def test_all_plots_that_have_something_to_show_are_in_one_picture(
    studio: Studio, images: PlotImages, qtbot: QtBot, tmp_path: Path
) -> None:
    studio.plots.panels["mfcc"].hide()
    texts = _texts(_saved(images, qtbot, tmp_path / "all.svg", whole=True))
    assert "Waveform" in texts
    assert "MFCC" not in texts
    assert "Attention" not in texts  # nothing is predicted


def test_neither_cursor_nor_playhead_is_in_a_picture_and_both_are_back_afterwards(
    studio: Studio, images: PlotImages, qtbot: QtBot, tmp_path: Path
) -> None:
    without = QImage(str(_saved(images, qtbot, tmp_path / "without.png")))
    studio.axis.set_cursor(1.05)
    studio.axis.seek(1.2)
    marked = QImage(str(_saved(images, qtbot, tmp_path / "marked.png")))
    assert marked == without
    assert studio.plots.waveform._cursor.isVisible()
    assert studio.plots.waveform._playhead.isVisible()


def test_a_copy_is_on_the_clipboard(studio: Studio, images: PlotImages, qtbot: QtBot) -> None:
    studio.plots._touch("mfcc")
    with qtbot.waitSignal(images.done, timeout=30_000):
        images.copy()
    assert QGuiApplication.clipboard().image().width() == 2 * studio.plots.mfcc.width()


def test_a_picture_that_cannot_be_written_is_told_and_leaves_nothing(
    images: PlotImages, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    for name in ("a.png", "a.svg"):
        with qtbot.waitSignal(images.failed, timeout=30_000) as failed:
            images.save(tmp_path / "file" / name)
        assert "cannot be written" in str(failed.args[0])
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".", "a."))] == []


def test_without_a_recording_there_is_no_picture(studio: Studio, qtbot: QtBot) -> None:
    images = PlotImages(studio.plots, studio.axis, studio.tasks, studio._settings, studio.window)
    with qtbot.waitSignal(images.failed) as failed:
        images.copy()
    assert "No plot" in str(failed.args[0])


def test_a_right_click_asks_for_the_plots_menu_and_a_right_drag_pans(
    studio: Studio, images: PlotImages, qtbot: QtBot
) -> None:
    viewport, point = studio.plots.mfcc.viewport(), QPoint(300, 20)
    with qtbot.waitSignal(studio.plots.menu_asked) as asked:
        qtbot.mouseClick(viewport, Qt.MouseButton.RightButton, pos=point)
    assert asked.args == ["mfcc", viewport.mapToGlobal(point)]
    assert studio.plots.current == "mfcc"
    studio.axis.set_view(0.5, 1.0)
    with qtbot.assertNotEmitted(studio.plots.menu_asked):
        qtbot.mousePress(viewport, Qt.MouseButton.RightButton, pos=point)
        qtbot.mouseMove(viewport, point + QPoint(60, 0))
        qtbot.mouseRelease(viewport, Qt.MouseButton.RightButton, pos=point + QPoint(60, 0))
    assert studio.axis.view.start < 0.5


def test_the_menu_key_asks_for_the_menu_of_the_plot_with_the_focus(
    studio: Studio, images: PlotImages, qtbot: QtBot
) -> None:
    plot = studio.plots.spectrogram
    plot.setFocus()
    with qtbot.waitSignal(studio.plots.menu_asked) as asked:
        qtbot.keyClick(plot, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    assert asked.args[0] == "spectrogram"
    with qtbot.waitSignal(studio.plots.menu_asked):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(10, 10), QPoint(10, 10))
        QApplication.sendEvent(plot.viewport(), event)
    with qtbot.assertNotEmitted(studio.plots.menu_asked):  # nobody knows yet whether this press is a drag
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(10, 10), QPoint(10, 10))
        QApplication.sendEvent(plot.viewport(), event)


def test_the_menu_hides_its_plot(studio: Studio, qtbot: QtBot) -> None:
    names = ("copy_plot", "save_plot", "copy_plots", "save_plots", "plot_options")
    actions = {name: QAction(name, studio.window) for name in names}
    actions["panel:mfcc"] = studio.actions["panel:mfcc"]
    menu: QMenu = plot_menu(actions, "mfcc", studio.window)
    hide = next(action for action in menu.actions() if action.text() == "Hide the MFCC")
    hide.trigger()
    assert studio.plots.panels["mfcc"].isHidden()
    assert "mfcc" not in studio.plots.shown()


def test_the_focus_goes_from_plot_to_plot_leaving_out_hidden_ones(
    studio: Studio, tone: Tone, until: Until
) -> None:
    studio.opening.open([tone()])
    until(lambda: studio.axis.duration > 0)
    studio.plots.panels["intensity"].hide()
    studio.plots.waveform.setFocus()
    seen = []
    for _ in range(4):
        studio.plots.focus_next()
        seen.append(studio.plots.current)
    assert seen == ["spectrogram", "mfcc", "attention", "waveform"]
    studio.plots.focus_next(-1)
    assert studio.plots.attention.plot.hasFocus()


def test_heights_are_remembered_unless_they_are_of_other_plots(
    studio: Studio, tone: Tone, until: Until
) -> None:
    studio.opening.open([tone()])
    until(lambda: studio.axis.duration > 0)
    studio.plots._splitter.setSizes([300, 60, 60, 60, 120])
    sizes, state = studio.plots._splitter.sizes(), studio.plots.arrangement()
    studio.plots._splitter.setSizes([60, 200, 60, 60, 120])
    assert studio.plots._splitter.sizes() != sizes
    studio.plots.arrange(state)
    assert studio.plots._splitter.sizes() == sizes
    studio.plots.arrange(state.sliced(1))
    assert studio.plots._splitter.sizes() == sizes
