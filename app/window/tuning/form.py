"""What the dialogs that start jobs share: explained fields, a fold, and the choices that both have."""

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core_model.device_names import DEVICES, PRECISIONS
from core_model.errors import HumpcatError
from training_jobs.standardisation_names import CHOSEN, CORPUS, NONE, SPEAKER

from ...translation import tr
from ..dialog_parts import words
from ..theme import SPACE, Theme, icon

Choice = tuple[str, object]  # what is shown, what it stands for

STANDARDISATIONS: tuple[Choice, ...] = (
    (tr("by speaker"), SPEAKER),
    (tr("by corpus"), CORPUS),
    (tr("not at all"), NONE),
    (tr("whichever is best"), CHOSEN),
)
STANDARDISATION = tr(
    "Features are compared with what is usual for the speaker, which needs no labels; by "
    "corpus or not at all where speakers are unknown. The best is looked for inside the "
    "tuning part."
)
_DEVICE_NAMES = {
    "auto": tr("the fastest there is"),
    "cpu": "CPU",
    "cuda": tr("graphics card (CUDA)"),
    "mps": tr("Apple (MPS)"),
}
DEVICE_CHOICES: tuple[Choice, ...] = tuple((_DEVICE_NAMES[name], name) for name in DEVICES)
# Of a job: what is not said is as in the settings.
JOB_DEVICES: tuple[Choice, ...] = ((tr("as in the settings"), "auto"), *DEVICE_CHOICES[1:])
DEVICE = tr("Without a graphics card the CPU is used. A job gives way to the window and to live speech.")
PRECISION_CHOICES: tuple[Choice, ...] = tuple((name, name) for name in PRECISIONS)
PRECISION = tr("Of the encoder; auto takes bf16 where the device computes faster with it.")
EPOCHS = tr("How often all the utterances are gone through. More takes longer, and can learn them by heart.")
SEED = tr("Draws the split and all that is random. The same seed gives the same model.")
COPIES = tr("Each utterance also slower and faster, as further voices. Takes three times as long.")
LEAKS = tr("Score although training and test share speakers or recordings. Every figure is branded.")
_NARROW = 260  # px


class Form(QWidget):
    """Names at the left, fields at the right, each with a sentence below that says what it does."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(3 * SPACE)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)

    def add(self, name: str, field: QWidget, about: str = "") -> QLabel:
        """A field with its name; the label with the sentence below it."""
        row = self._grid.rowCount()
        title = QLabel(name)
        title.setBuddy(field)
        title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        if not field.accessibleName():
            field.setAccessibleName(name)
        field.setAccessibleDescription(about)
        self._grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        title.setContentsMargins(0, 6, 0, 0)
        self._grid.addWidget(field, row, 1)
        sentence = words(about, "caption")
        sentence.setContentsMargins(0, 2, 0, 2 * SPACE)
        # Else the narrowest field would say how wide its column may be.
        sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._grid.addWidget(sentence, row + 1, 1)
        return sentence

    def add_wide(self, widget: QWidget) -> None:
        """Something over the whole width."""
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 2)


class Fold(QWidget):
    """More fields behind a heading, closed at first."""

    def __init__(self, title: str, inside: QWidget, theme: Theme) -> None:
        super().__init__()
        self._theme, self._inside = theme, inside
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setCheckable(True)
        self.button.toggled.connect(self._show)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE, 0, 0)
        layout.addWidget(self.button)
        layout.addWidget(inside)
        self._show(False)

    def _show(self, on: bool) -> None:
        self._inside.setVisible(on)
        self.button.setIcon(icon("caret-down" if on else "caret-right", self._theme))
        if on:
            QTimer.singleShot(0, self._inside, self._reveal)  # once it has its place

    def _reveal(self) -> None:
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None:
            area.ensureWidgetVisible(self._inside)


def box(choices: Sequence[Choice], value: object = None) -> QComboBox:
    """A box of choices, one of them chosen."""
    made = QComboBox()
    made.setMaximumWidth(_NARROW)
    for text, stands_for in choices:
        made.addItem(text, stands_for)
    choose(made, value)
    return made


def choose(made: QComboBox, value: object) -> None:
    """Choose what stands for a value, where there is such."""
    place = next((at for at in range(made.count()) if made.itemData(at) == value), -1)
    if place >= 0:
        made.setCurrentIndex(place)


def number(low: int, high: int, value: int) -> QSpinBox:
    """A whole number."""
    made = QSpinBox()
    made.setRange(low, high)
    made.setValue(value)
    made.setMaximumWidth(120)
    return made


def fill(counter: QSpinBox, value: int) -> None:
    """Show a number that a command asked for, be it beyond what the field offers."""
    counter.setRange(min(counter.minimum(), value), max(counter.maximum(), value))
    counter.setValue(value)


def positive(text: str, what: str) -> float:
    """A number above 0, as somebody typed it.

    Raises:
        HumpcatError: it is none.
    """
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise HumpcatError(
            tr("{what} is {text!r}, which is no number above 0.").format(what=what, text=text),
            tr("Type one such as 0.001."),
        )
    return value
