"""The plot options: seen at once, computed anew where needed, remembered, and reset."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from app.display.plot_options import PlotOptions
from app.window.plot_options import PlotOptionsPanel, PlotOptionsStore
from app.window.studio import Studio

Until = Callable[[Callable[[], bool]], None]
Tone = Callable[..., Path]


@pytest.fixture
def store(studio: Studio, tone: Tone, until: Until, home: Path) -> PlotOptionsStore:
    """Options that the plots of a recording follow."""
    studio.opening.open([tone("tone.wav", 3.0)])
    until(lambda: studio.loader.mfcc is not None and studio.loader.pitch is not None)
    until(lambda: studio.loader.spectrogram is not None and studio.loader.intensity is not None)
    settings = QSettings(str(home / "config" / "options.ini"), QSettings.Format.IniFormat)
    made = PlotOptionsStore(settings, studio)
    made.changed.connect(studio.plots.set_options)
    return made


def test_what_is_chosen_is_remembered(qapp: QApplication, home: Path) -> None:
    settings = QSettings(str(home / "config" / "options.ini"), QSettings.Format.IniFormat)
    PlotOptionsStore(settings).choose(PlotOptions(colours="praat", top_db=-25))
    assert PlotOptionsStore(settings).current == PlotOptions(colours="praat", top_db=-25)


def test_a_choice_in_the_panel_is_taken_at_once_and_defaults_take_it_back(
    qtbot: QtBot, store: PlotOptionsStore, studio: Studio
) -> None:
    panel = PlotOptionsPanel(store, studio.window)
    panel.open()
    assert not panel.isModal()
    box = next(each for each in panel.findChildren(QComboBox) if each.accessibleName() == "Unit of F0")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert store.current.in_semitones
    assert studio.plots.spectrogram.caption == "Spectrogram · F0 (st re 100 Hz)"
    studio.axis.set_cursor(0.15)
    assert dict(studio.plots.readout.entries())["F0"].endswith("st")
    defaults = next(each for each in panel.findChildren(QPushButton) if each.text() == "Defaults")
    qtbot.mouseClick(defaults, Qt.MouseButton.LeftButton)
    assert store.current == PlotOptions()
    assert box.currentText() == "Hz"
    panel.close()


def test_floor_and_ceiling_stay_apart(store: PlotOptionsStore, studio: Studio) -> None:
    panel = PlotOptionsPanel(store, studio.window)
    boxes = {each.accessibleName(): each for each in panel.findChildren(QSpinBox)}
    boxes["Pitch ceiling"].setValue(150)
    boxes["Pitch floor"].setValue(400)
    assert (store.current.floor, store.current.ceiling) == (100, 150)
    boxes["Pitch ceiling"].setValue(10)
    assert store.current.ceiling == 150


def test_the_brightest_level_is_the_recordings_until_it_is_chosen(
    store: PlotOptionsStore, studio: Studio
) -> None:
    panel = PlotOptionsPanel(store, studio.window)
    before = studio.plots.spectrogram._image.getLevels().tolist()
    panel._automatic.setChecked(False)
    assert store.current.top_db == -20
    assert studio.plots.spectrogram._image.getLevels().tolist() != before
    panel._automatic.setChecked(True)
    assert studio.plots.spectrogram._image.getLevels().tolist() == before


def test_what_has_to_be_computed_anew_is_and_the_old_stays_until_then(
    store: PlotOptionsStore, studio: Studio, until: Until
) -> None:
    loader = studio.loader
    spectrogram, pitch, intensity = loader.spectrogram, loader.pitch, loader.intensity
    store.choose(replace(store.current, window_ms=60, floor=100, ceiling=170))
    assert loader.spectrogram is spectrogram
    assert loader.pitch is pitch
    until(lambda: loader.spectrogram is not spectrogram and loader.pitch is not pitch)
    until(lambda: loader.intensity is not intensity)
    assert loader.spectrogram is not None
    assert loader.spectrogram.bin_hz == pytest.approx(1 / 0.064)
    assert loader.pitch is not None
    assert np.nanmax(loader.pitch.f0) < 175


def test_what_needs_no_computing_computes_nothing(
    store: PlotOptionsStore, studio: Studio, qtbot: QtBot
) -> None:
    loader = studio.loader
    held = loader.spectrogram, loader.pitch, loader.intensity
    store.choose(
        replace(
            store.current,
            colours="praat",
            dynamic_range=40,
            top_hz=4000,
            in_semitones=True,
            standardised=False,
        )
    )
    assert not loader._timer.isActive()
    assert (loader.spectrogram, loader.pitch, loader.intensity) == held
    _, (low, high) = studio.plots.spectrogram.getPlotItem().getViewBox().viewRange()
    assert (low, high) == (0, 4000)
    assert studio.plots.mfcc.caption == "MFCC · not standardised"


def test_f0_can_be_hidden(store: PlotOptionsStore, studio: Studio) -> None:
    plot = studio.plots.spectrogram
    assert len(plot._pitch.getData()[0]) > 0
    store.choose(replace(store.current, pitch=False))
    assert plot._pitch.getData()[0] is None
    assert plot.caption == "Spectrogram"


def test_the_relevance_can_be_hidden(store: PlotOptionsStore, studio: Studio) -> None:
    plot = studio.plots.waveform
    plot.set_relevance(np.linspace(0, 3, 50), np.ones(50))
    assert plot._relevance.isVisible()
    store.choose(replace(store.current, relevance=False))
    assert not plot._relevance.isVisible()
    plot.set_relevance(np.linspace(0, 3, 50), np.ones(50))
    assert not plot._relevance.isVisible()
    store.choose(replace(store.current, relevance=True))
    assert plot._relevance.isVisible()


def test_a_change_costs_the_window_less_than_50_ms(store: PlotOptionsStore, studio: Studio) -> None:
    changes = (
        {"colours": "viridis"},
        {"dynamic_range": 50},
        {"in_semitones": True},
        {"standardised": False},
        {"top_hz": 4000},
        {"floor": 75},
    )
    spent = []
    for change in changes:
        begun = time.process_time()
        store.choose(replace(store.current, **change))
        for name in studio.plots.shown():
            studio.plots.plots[name].viewport().repaint()
        spent.append(time.process_time() - begun)
    assert sorted(spent)[len(spent) // 2] < 0.05
