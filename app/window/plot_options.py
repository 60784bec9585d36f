"""The plot options as remembered, and the panel beside the window in which they are changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ..display.plot_options import (
    CEILINGS,
    COLOUR_MAPS,
    FLOORS,
    LEAST_BAND,
    RANGES,
    THRESHOLDS,
    TOPS_DB,
    TOPS_HZ,
    WINDOWS_MS,
    PlotOptions,
    from_json,
    to_json,
)
from ..translation import tr
from .help_window import help_on
from .theme import SPACE

_KEY = "view/plot_options"
_HEIGHT = 28  # px
_TOP_DB = -20  # where the choice begins once it is no longer automatic
_UNITS = {False: "Hz", True: tr("Semitones re 100 Hz")}
_MFCC = {True: tr("Standardised, each row by itself"), False: tr("As they are, all on one scale")}


class PlotOptionsStore(QObject):
    """The options in use; every change is remembered at once."""

    changed = Signal(PlotOptions)

    def __init__(self, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.current = from_json(str(settings.value(_KEY, "")))

    def choose(self, options: PlotOptions) -> None:
        """Take these options from now on."""
        if options != self.current:
            self.current = options
            self._settings.setValue(_KEY, to_json(options))
            self.changed.emit(options)


class PlotOptionsPanel(QDialog):
    """Stays beside the window; a change is seen at once."""

    def __init__(self, store: PlotOptionsStore, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Plot options"))
        help_on(self, "annotate")
        self._store = store
        self._taking = False
        self._make_spectrogram()
        self._make_pitch()
        self._mfcc = _choice(tr("MFCC values"), _MFCC)
        self._relevance = QCheckBox(tr("Show the relevance of a prediction"))
        self._lay_out()
        self._connect()
        store.changed.connect(self._show)
        self._show(store.current)

    def open(self) -> None:
        """Come up, or to the front; unlike a dialog's own, without blocking the window."""
        self.show()
        self.raise_()
        self.activateWindow()

    def _make_spectrogram(self) -> None:
        lengths = {ms: f"{ms} ms{_hint(ms)}" for ms in WINDOWS_MS}
        self._window = _choice(tr("Window of the spectrogram"), lengths)
        self._top_hz = _choice(tr("Highest frequency"), {hertz: f"{hertz / 1000:g} kHz" for hertz in TOPS_HZ})
        self._colours = _choice(tr("Colours of the spectrogram"), COLOUR_MAPS)
        self._range = _number(tr("Dynamic range"), RANGES, 5, " dB")
        self._automatic = QCheckBox(tr("from the recording"))
        self._automatic.setToolTip(tr("The brightest colour fits the recording's greatest amplitude"))
        self._top_db = _number(tr("Brightest level"), TOPS_DB, 5, " dB")
        self._top_db.setToolTip(tr("0 dB is a sine of full scale"))

    def _make_pitch(self) -> None:
        self._pitch = QCheckBox(tr("Show F0"))
        self._unit = _choice(tr("Unit of F0"), _UNITS)
        self._floor = _number(tr("Pitch floor"), FLOORS, 5, " Hz")
        self._ceiling = _number(tr("Pitch ceiling"), CEILINGS, 10, " Hz")
        self._threshold = QDoubleSpinBox()
        self._threshold.setMinimumHeight(_HEIGHT)
        self._threshold.setRange(*THRESHOLDS)
        self._threshold.setSingleStep(0.05)
        self._threshold.setAccessibleName(tr("Voicing threshold"))
        self._threshold.setToolTip(tr("The tracker's least confidence of a voiced frame; higher draws less"))

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(4 * SPACE)
        form.setVerticalSpacing(2 * SPACE)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(_heading(tr("Spectrogram")))
        form.addRow(tr("Window"), self._window)
        form.addRow(tr("Highest frequency"), self._top_hz)
        form.addRow(tr("Dynamic range"), self._range)
        form.addRow(tr("Brightest level"), _beside(self._automatic, self._top_db))
        form.addRow(tr("Colours"), self._colours)
        form.addRow(_heading(tr("Pitch")))
        form.addRow(self._pitch)
        form.addRow(tr("Unit"), self._unit)
        form.addRow(tr("Floor and ceiling"), _beside(self._floor, self._ceiling))
        form.addRow(tr("Voicing threshold"), self._threshold)
        form.addRow(_note(tr("The intensity is averaged over 3.2 periods of the floor, as in Praat.")))
        form.addRow(_heading("MFCC"))
        form.addRow(tr("Values"), self._mfcc)
        form.addRow(_heading(tr("Waveform")))
        form.addRow(self._relevance)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        defaults = buttons.addButton(tr("Defaults"), QDialogButtonBox.ButtonRole.ResetRole)
        defaults.clicked.connect(lambda _: self._store.choose(PlotOptions()))
        buttons.rejected.connect(self.close)
        for button in buttons.buttons():  # else Enter in a number would close or reset
            button.setAutoDefault(False)  # type: ignore[attr-defined]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 3 * SPACE, 4 * SPACE, 4 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.setMinimumWidth(380)

    def _connect(self) -> None:
        for box in (self._window, self._top_hz, self._colours, self._unit, self._mfcc):
            box.currentIndexChanged.connect(lambda _: self._take())
        for check in (self._automatic, self._pitch, self._relevance):
            check.toggled.connect(lambda _: self._take())
        for number in (self._range, self._top_db, self._floor, self._ceiling, self._threshold):
            number.valueChanged.connect(lambda _: self._take())

    def _take(self) -> None:
        """What the widgets say."""
        if self._taking:
            return
        options = replace(
            self._store.current,
            window_ms=self._window.currentData(),
            top_hz=self._top_hz.currentData(),
            colours=self._colours.currentData(),
            dynamic_range=self._range.value(),
            top_db=None if self._automatic.isChecked() else self._top_db.value(),
            pitch=self._pitch.isChecked(),
            in_semitones=self._unit.currentData(),
            threshold=round(self._threshold.value(), 2),
            standardised=self._mfcc.currentData(),
            relevance=self._relevance.isChecked(),
            floor=min(self._floor.value(), self._ceiling.value() - LEAST_BAND),
            ceiling=self._ceiling.value(),
        )
        self._store.choose(options)
        self._show(options)

    def _show(self, options: PlotOptions) -> None:
        with self._silently():
            _choose(self._window, options.window_ms)
            _choose(self._top_hz, options.top_hz)
            _choose(self._colours, options.colours)
            _choose(self._unit, options.in_semitones)
            _choose(self._mfcc, options.standardised)
            self._range.setValue(options.dynamic_range)
            self._automatic.setChecked(options.top_db is None)
            self._top_db.setValue(_TOP_DB if options.top_db is None else options.top_db)
            self._top_db.setEnabled(options.top_db is not None)
            self._pitch.setChecked(options.pitch)
            self._unit.setEnabled(options.pitch)
            self._threshold.setEnabled(options.pitch)
            self._threshold.setValue(options.threshold)
            self._relevance.setChecked(options.relevance)
            self._ceiling.setValue(options.ceiling)
            self._floor.setValue(options.floor)
            self._floor.setMaximum(min(FLOORS[1], options.ceiling - LEAST_BAND))
            self._ceiling.setMinimum(max(CEILINGS[0], options.floor + LEAST_BAND))

    @contextmanager
    def _silently(self) -> Iterator[None]:
        self._taking = True
        try:
            yield
        finally:
            self._taking = False


def _hint(milliseconds: int) -> str:
    return {5: tr(", wideband"), 25: tr(", narrowband")}.get(milliseconds, "")


def _choice(name: str, values: dict[Any, str]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for value, words in values.items():
        box.addItem(tr(words), value)
    return box


def _choose(box: QComboBox, value: object) -> None:
    box.setCurrentIndex(box.findData(value))


def _number(name: str, bounds: tuple[int, int], step: int, unit: str) -> QSpinBox:
    box = QSpinBox()
    box.setMinimumHeight(_HEIGHT)
    box.setRange(*bounds)
    box.setSingleStep(step)
    box.setSuffix(unit)
    box.setAccessibleName(name)
    box.setKeyboardTracking(False)  # 500 is not 5 and 50 on the way
    return box


def _beside(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2 * SPACE)
    for widget in widgets:
        layout.addWidget(widget, 1)
    return row


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("heading")
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
    return label


def _note(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(True)
    return label
