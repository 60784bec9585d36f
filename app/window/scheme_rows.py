"""The labels of a scheme while it is edited: a row each, with colour, name, key and place."""

import itertools
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QColorDialog,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core_model.label_schemes import KEYS, SchemeLabel
from core_model.labels import COLOURS, FURTHER_COLOURS, colour_of

from ..display.colour_vision import NEAR, difference
from ..translation import tr
from .dialog_parts import icon_button
from .theme import SPACE, Theme

_NO_KEY = tr("no key")
_OFFERED = 8  # colours
_COLOUR_NAMES = {
    "#D55E00": "vermilion",
    "#E69F00": "orange",
    "#8A8A8A": "grey",
    "#0072B2": "blue",
    "#CC79A7": "pink",
    "#009E73": "green",
    "#56B4E9": tr("sky blue"),
    "#7A5C3E": "brown",
    "#6A9E8F": tr("grey green"),
    "#B0A000": "olive",
    "#F0E442": "yellow",
    "#A05195": "plum",
    "#2F4B7C": "navy",
    "#88CCEE": tr("pale blue"),
    "#44AA99": "teal",
    "#AA4499": "purple",
}


class SchemeRow(QWidget):
    """One label. What it was called before goes with it, so that a new name is known to be a renaming."""

    changed = Signal()
    key_taken = Signal(str)  # the key that it had before
    moved = Signal(int)
    removed = Signal()
    palette_asked = Signal()

    def __init__(self, label: SchemeLabel, was: str, theme: Theme) -> None:
        super().__init__()
        self.was, self._colour, self._key = was, label.colour, label.key
        self._swatch = QToolButton()
        self._swatch.setObjectName("colour")
        self._swatch.setIconSize(QSize(16, 16))
        self._swatch.clicked.connect(self.palette_asked)
        self.name = QLineEdit(label.name)
        self.name.setAccessibleName(tr("Label"))
        self.name.textChanged.connect(self._renamed)
        self.keys = QComboBox()
        self.keys.addItems([_NO_KEY, *KEYS])
        self.keys.activated.connect(self._choose_key)
        up = icon_button("arrow-up", tr("Up (Alt+Up)"), theme, lambda: self.moved.emit(-1), self)
        down = icon_button("arrow-down", tr("Down (Alt+Down)"), theme, lambda: self.moved.emit(1), self)
        self.remove = icon_button("trash", tr("Remove"), theme, self.removed.emit, self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self._swatch)
        layout.addWidget(self.name, 1)
        for widget in (self.keys, up, down, self.remove):
            layout.addWidget(widget)
        self.fields = (self._swatch, self.name, self.keys, up, down, self.remove)  # in the order of Tab
        self.take_colour(label.colour)
        self.take_key(label.key)
        self._renamed()

    @property
    def label(self) -> SchemeLabel:
        """The label as it is edited."""
        return SchemeLabel(self.name.text().strip(), self._colour, self._key)

    def take_colour(self, colour: str) -> None:
        """Another colour."""
        self._colour = colour
        self._swatch.setIcon(disc(colour))
        self._swatch.setToolTip(tr("Colour: {get}").format(get=_COLOUR_NAMES.get(colour.upper(), colour)))
        self.changed.emit()

    def take_key(self, key: str) -> None:
        """Another key, or none."""
        self._key = key
        self.keys.setCurrentText(key or _NO_KEY)
        self.changed.emit()

    def offer(self, colours: Iterable[tuple[str, str]]) -> None:
        """Let a colour be chosen from some with their names, or any."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for colour, name in colours:
            menu.addAction(disc(colour), name).triggered.connect(
                lambda _, colour=colour: self.take_colour(colour)
            )
        menu.addSeparator()
        menu.addAction(tr("Another colour…")).triggered.connect(lambda _: self._ask_for_colour())
        menu.popup(self._swatch.mapToGlobal(self._swatch.rect().bottomLeft()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt with an arrow moves the row."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in steps:
            self.moved.emit(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _ask_for_colour(self) -> None:
        found = QColorDialog.getColor(
            QColor(self._colour), self, tr("Colour of {name}").format(name=self.label.name)
        )
        if found.isValid():
            self.take_colour(found.name().upper())

    def _choose_key(self, _: int) -> None:
        before, text = self._key, self.keys.currentText()
        self.take_key("" if text == _NO_KEY else text)
        if self._key:
            self.key_taken.emit(before)

    def _renamed(self) -> None:
        name = self.label.name
        self._swatch.setAccessibleName(tr("Colour of {name}").format(name=name))
        self.keys.setAccessibleName(tr("Key of {name}").format(name=name))
        self.remove.setAccessibleName(tr("Remove {name}").format(name=name))
        self.changed.emit()


class SchemeRows(QScrollArea):
    """All labels of the scheme that is edited, in order."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows: list[SchemeRow] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        inner.setObjectName("panel")
        self._layout = QVBoxLayout(inner)
        self._layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        self._layout.setSpacing(SPACE)
        self._layout.addStretch(1)
        self.setWidget(inner)

    @property
    def labels(self) -> tuple[SchemeLabel, ...]:
        """As they are edited."""
        return tuple(row.label for row in self.rows)

    @property
    def renamed(self) -> dict[str, str]:
        """What each label that was there before is called now."""
        return {row.was: row.label.name for row in self.rows if row.was}

    def show_labels(self, labels: Iterable[SchemeLabel]) -> None:
        """Other labels to edit, known by the names that they have now."""
        for row in self.rows:
            self._drop(row)
        self.rows = []
        for label in labels:
            self._insert(label, label.name)
        self._put_in_order()
        self.changed.emit()

    def add(self) -> None:
        """One more label, in a free colour and with a free key, its name to be typed."""
        names = {label.name for label in self.labels}
        name = next(name for n in itertools.count(1) if (name := tr("label {n}").format(n=n)) not in names)
        row = self._insert(_next_label(name, self.labels), "")
        self._put_in_order()
        self.changed.emit()
        row.name.setFocus()
        row.name.selectAll()
        self.ensureWidgetVisible(row)

    def _insert(self, label: SchemeLabel, was: str) -> SchemeRow:
        row = SchemeRow(label, was, self._theme)
        row.changed.connect(self.changed)
        row.key_taken.connect(lambda before: self._swap_key(row, before))
        row.moved.connect(lambda by: self._move(row, by))
        row.removed.connect(lambda: self._remove(row))
        row.palette_asked.connect(lambda: row.offer(self._free_colours(row)))
        self.rows.append(row)
        return row

    def _drop(self, row: SchemeRow) -> None:
        self._layout.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _remove(self, row: SchemeRow) -> None:
        at = self.rows.index(row)
        self.rows.remove(row)
        self._drop(row)
        if self.rows:
            self.rows[min(at, len(self.rows) - 1)].remove.setFocus()
        self.changed.emit()

    def _move(self, row: SchemeRow, by: int) -> None:
        at = self.rows.index(row) + by
        if 0 <= at < len(self.rows):
            self.rows.remove(row)
            self.rows.insert(at, row)
            self._put_in_order()
            self.changed.emit()

    def _put_in_order(self) -> None:
        for place, row in enumerate(self.rows):
            self._layout.insertWidget(place, row)
            row.show()

    def _swap_key(self, taker: SchemeRow, before: str) -> None:
        """A key belongs to one label: whoever had it gets what the taker had."""
        for row in self.rows:
            if row is not taker and row.label.key == taker.label.key:
                row.take_key(before)

    def _free_colours(self, row: SchemeRow) -> list[tuple[str, str]]:
        others = [label for other in self.rows if other is not row for label in [other.label]]
        return free_colours(others)


def free_colours(others: Sequence[SchemeLabel]) -> list[tuple[str, str]]:
    """Colours that no other label has with their names, those first that stay farthest from all others."""
    found: list[tuple[float, str, str]] = []
    for colour in dict.fromkeys((*COLOURS.values(), *FURTHER_COLOURS)):
        apart, like = min(
            ((difference(colour, other.colour), other.name) for other in others), default=(100.0, "")
        )
        if apart > 0:
            name = _COLOUR_NAMES.get(colour.upper(), colour)
            found.append(
                (
                    apart,
                    colour,
                    tr("{name} (close to {like})").format(name=name, like=like) if apart < NEAR else name,
                )
            )
    return [(colour, name) for _, colour, name in sorted(found, reverse=True)][:_OFFERED]


def alike(labels: Sequence[SchemeLabel]) -> list[tuple[str, str]]:
    """Pairs of labels whose colours are taken for one another, by colour-blind eyes if not by all."""
    return [
        (a.name, b.name)
        for a, b in itertools.combinations(labels, 2)
        if difference(a.colour, b.colour) < NEAR
    ]


def disc(colour: str, size: int = 16) -> QIcon:
    """A colour as a disc."""
    picture = QPixmap(4 * size, 4 * size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(picture.rect().adjusted(4, 4, -4, -4))
    painter.end()
    return QIcon(picture)


def _next_label(name: str, labels: Sequence[SchemeLabel]) -> SchemeLabel:
    free = free_colours(labels)
    keys = [key for key in KEYS if key not in {label.key for label in labels}]
    return SchemeLabel(name, free[0][0] if free else colour_of(name), keys[0] if keys else "")
