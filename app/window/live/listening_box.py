"""At the right: the emotion now, by which model, and how it listens."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core_model.device_names import DEVICES
from core_model.labels import colour_of
from core_model.live.config import (
    CALIBRATED,
    CALIBRATION_SECONDS,
    LIMITS,
    MODEL,
    RUNNING,
    LiveConfig,
)

from ...translation import tr
from ..bars import Bars
from ..dialog_parts import caption
from ..theme import SPACE, Theme
from .current_label import CurrentLabel

_STANDARDISATIONS = {
    RUNNING: tr("speaker, so far"),
    CALIBRATED: tr("speaker, calibrated"),
    MODEL: tr("the model's"),
}
_DEVICES = {"auto": tr("automatic"), "cpu": "CPU", "cuda": "CUDA", "mps": "MPS"}
_TIPS = {
    "hop": tr("Seconds from one label to the next"),
    "window": tr("How much of the newest sound each label hears"),
    "smoothing": tr("Time constant of the mean over labels; 0 for none"),
    "threshold": tr("Probability from which a sound counts as speech"),
}
_STEPS = {"hop": 0.05, "window": 0.5, "smoothing": 0.1, "threshold": 0.05}
_SPEECH_NEEDED = tr("{CALIBRATION_SECONDS:.0f} s of speech").format(CALIBRATION_SECONDS=CALIBRATION_SECONDS)


class _Number(QDoubleSpinBox):
    """The wheel scrolls what it stands on, and changes a number only where somebody is at it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Pass it on to what scrolls."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Choice(QComboBox):
    """The wheel scrolls what it stands on, and chooses nothing."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Pass it on to what scrolls."""
        event.ignore()


class ListeningBox(QFrame):
    """What is chosen here is told by `config_changed`; the model's answers come by `show_label`."""

    config_changed = Signal(object)  # LiveConfig
    calibrate_asked = Signal()
    predict_asked = Signal(bool)
    model_chosen = Signal(str)
    device_chosen = Signal(str)
    left = Signal()  # a number was entered; the keyboard may go elsewhere

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._config = LiveConfig()
        self.current = CurrentLabel(theme)
        self.bars = Bars(tr("Probabilities now"), theme)
        self.predict = QCheckBox(tr("Predict emotion"))
        self.predict.setChecked(True)
        self.predict.toggled.connect(self.predict_asked)
        self.models, self.devices, self.standardisation = _Choice(), _Choice(), _Choice()
        self.models.setPlaceholderText(tr("none installed"))
        self.models.activated.connect(lambda _: self.model_chosen.emit(self.models.currentText()))
        for device in DEVICES:
            self.devices.addItem(_DEVICES[device], device)
        self.devices.activated.connect(lambda _: self.device_chosen.emit(self.devices.currentData()))
        for name, words in _STANDARDISATIONS.items():
            self.standardisation.addItem(words, name)
        self.standardisation.activated.connect(lambda _: self._change())
        self.calibrate = QPushButton(tr("Calibrate"))
        self.calibrate.setToolTip(
            tr(
                "Take this speaker's statistics from the next {SPEECH_NEEDED}; let several emotions be heard"
            ).format(SPEECH_NEEDED=_SPEECH_NEEDED)
        )
        self.calibrate.clicked.connect(lambda: self.calibrate_asked.emit())
        self.values = {name: self._value(name) for name in _TIPS}
        self._by_whom, self._measured = QLabel(), QLabel()
        for line in (self._by_whom, self._measured):
            line.setObjectName("muted")
            line.setWordWrap(True)
        self._measured.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        for widget in (self.current, self.bars, self._by_whom, self._measured):
            layout.addWidget(widget)
        layout.addSpacing(2 * SPACE)
        layout.addWidget(self.predict)
        layout.addLayout(self._form())
        layout.addStretch(1)

    def _value(self, name: str) -> QDoubleSpinBox:
        box = _Number()
        box.lineEdit().returnPressed.connect(self.left)
        box.setRange(*LIMITS[name])
        box.setSingleStep(_STEPS[name])
        box.setDecimals(2)
        box.setSuffix("" if name == "threshold" else " s")
        box.setToolTip(_TIPS[name])
        box.setKeyboardTracking(False)  # a number half typed is no wish
        box.setValue(getattr(self._config, name))
        box.valueChanged.connect(lambda _: self._change())
        return box

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(2 * SPACE)
        form.setVerticalSpacing(SPACE)
        rows: tuple[tuple[str, QWidget], ...] = (
            (tr("Model"), self.models),
            (tr("Device"), self.devices),
            (tr("Standardised by"), self.standardisation),
            ("", self.calibrate),
            (tr("Hop"), self.values["hop"]),
            (tr("Window"), self.values["window"]),
            (tr("Smoothing"), self.values["smoothing"]),
            (tr("Speech from"), self.values["threshold"]),
        )
        for name, widget in rows:
            widget.setAccessibleName(name or self.calibrate.text())
            widget.setMinimumWidth(96)
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            label = caption(name)
            label.setBuddy(widget)
            form.addRow(label, widget)
        return form

    @property
    def config(self) -> LiveConfig:
        """What is chosen."""
        return self._config

    def set_config(self, config: LiveConfig) -> None:
        """Choose this, without asking for it."""
        self._config = config
        for name, box in self.values.items():
            box.blockSignals(True)
            box.setValue(getattr(config, name))
            box.blockSignals(False)
        self.standardisation.setCurrentIndex(self.standardisation.findData(config.standardisation))

    def set_models(self, names: list[str], chosen: str) -> None:
        """Offer the models installed."""
        self.models.clear()
        self.models.addItems(names)
        self.models.setCurrentIndex(self.models.findText(chosen))
        self.models.setEnabled(bool(names))

    def set_device(self, device: str) -> None:
        """Show the device chosen."""
        self.devices.setCurrentIndex(self.devices.findData(device))

    def show_label(self, labels: tuple[str, ...], heard: dict[str, Any]) -> None:
        """Show what the model says of the newest window."""
        shares = heard["smoothed"]
        if shares is None:
            self.current.show_words(tr("No speech"))
            self.bars.set_rows([(label, 0.0, QColor(colour_of(label))) for label in labels])
        else:
            highest = max(shares)
            self.current.show_label(labels[shares.index(highest)], highest, heard["captured"])
            rows = [
                (label, share, QColor(colour_of(label))) for label, share in zip(labels, shares, strict=True)
            ]
            self.bars.set_rows(rows)
            self._by_whom.setText(tr("Standardised by {value}").format(value=heard["standardised"]))
        self._show_calibration(heard["calibrated"])

    def show_nothing(self, words: str, below: str = "") -> None:
        """Show that no model listens, and why."""
        self.current.show_words(words, below)
        self.bars.set_rows([])
        self._by_whom.setText("")
        self._show_calibration(None)

    def show_measured(self, text: str) -> None:
        """Show latency and counters."""
        self._measured.setText(text)

    def let_calibrate(self, on: bool) -> None:
        """Whether there is a session to calibrate."""
        self.calibrate.setEnabled(on)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.current.recolour(theme)
        self.bars.recolour(theme)

    def _change(self) -> None:
        chosen = {name: round(box.value(), 2) for name, box in self.values.items()}
        self._config = replace(
            self._config, **chosen, standardisation=str(self.standardisation.currentData())
        )
        self.config_changed.emit(self._config)

    def _show_calibration(self, seconds: float | None) -> None:
        busy = seconds is not None
        self.calibrate.setText(
            tr("{seconds:.0f} of {SPEECH_NEEDED}").format(seconds=seconds, SPEECH_NEEDED=_SPEECH_NEEDED)
            if busy
            else tr("Calibrate")
        )
