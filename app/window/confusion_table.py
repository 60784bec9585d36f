"""How often one rater said one label and another said another: counts and shares of the row, shaded by them."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ..translation import tr
from .keys import ENTER
from .theme import SPACE, Theme

Counts = npt.NDArray[np.int64]
Cell = tuple[int, int]  # row and column, as positions among all the labels
_DISC = 8  # px
_LEAST, _MOST = QSize(30, 20), QSize(88, 40)  # px, of a cell
_TWO_LINES = 34  # px; from here on there is room for the share below the count
_HEADER, _MOST_NAME = 20, 84  # px
_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
_PRESS = (*ENTER, Qt.Key.Key_Space)


class ConfusionTable(QWidget):
    """The first rater's labels are rows. A click on a cell chooses it, another lets it go; so do Enter and Space."""

    cell_chosen = Signal(object)  # a Cell, or None

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._raters = ("", "")
        self._colour_of: Callable[[str], str | None] = lambda _: None
        self._counts: Counts = np.zeros((0, 0), np.int64)
        self._used: list[int] = []
        self._at = (0, 0)  # where the keyboard is, among the rows and columns shown
        self.chosen: Cell | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Confusion"))

    def show_counts(
        self,
        names: Sequence[str],
        counts: Counts,
        raters: tuple[str, str],
        colour_of: Callable[[str], str | None],
    ) -> None:
        """Show (labels, labels) counts, without the labels that neither rater used."""
        self._names, self._counts, self._raters, self._colour_of = tuple(names), counts, raters, colour_of
        self._used = [place for place in range(len(names)) if counts[place].any() or counts[:, place].any()]
        last = max(len(self._used) - 1, 0)
        self._at = min(self._at[0], last), min(self._at[1], last)
        if self.chosen is not None and not set(self.chosen) <= set(self._used):
            self.chosen = None
        self.setMinimumSize(self._left + len(self._used) * _LEAST.width(), self._height(_LEAST.height()))
        self._describe()
        self.update()

    def choose(self, cell: Cell | None) -> None:
        """Mark a cell and tell it; the same once more lets it go."""
        self.chosen = None if cell == self.chosen else cell
        self.update()
        self.cell_chosen.emit(self.chosen)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.update()

    def in_words(self, cell: Cell) -> str:
        """What a cell says, in a sentence."""
        row, column = cell
        count, total = int(self._counts[row, column]), int(self._counts[row].sum())
        share = f" ({count / total:.0%})" if total else ""
        first, second = self._raters
        return tr(
            "Of {total} units that {first} called {value}, {second} called {count}{share} {value2}"
        ).format(
            total=total,
            first=first,
            value=self._names[row],
            second=second,
            count=count,
            share=share,
            value2=self._names[column],
        )

    # Where things are

    @property
    def _left(self) -> int:
        widths = (self.fontMetrics().horizontalAdvance(self._names[place]) for place in self._used)
        return min(max(widths, default=0), _MOST_NAME) + _DISC + 4 * SPACE

    def _height(self, cell: int) -> int:
        return _HEADER + len(self._used) * cell + 2

    def _cell_size(self) -> QSize:
        number = max(len(self._used), 1)
        room = QSize((self.width() - self._left - 2) // number, (self.height() - _HEADER - 2) // number)
        return room.boundedTo(_MOST).expandedTo(_LEAST)

    def _rect(self, row: int, column: int) -> QRect:
        size = self._cell_size()
        return QRect(
            self._left + column * size.width(), _HEADER + row * size.height(), size.width(), size.height()
        )

    def _cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        size = self._cell_size()
        row, column = int((y - _HEADER) // size.height()), int((x - self._left) // size.width())
        inside = 0 <= row < len(self._used) and 0 <= column < len(self._used)
        return (row, column) if inside else None

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names above and at the left, shaded cells, frames round the chosen one and where the keyboard is."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._theme.colour("panel"))
        for place in range(len(self._used)):
            column, row = self._rect(0, place), self._rect(place, 0)
            self._paint_name(painter, place, QRect(column.left() + 2, 0, column.width() - 4, _HEADER))
            self._paint_name(painter, place, QRect(SPACE, row.top(), self._left - 2 * SPACE, row.height()))
        for row_at in range(len(self._used)):
            for column_at in range(len(self._used)):
                self._paint_cell(painter, row_at, column_at)

    def _paint_name(self, painter: QPainter, place: int, area: QRect) -> None:
        """A disc and the name; where they do not fit, as many of its letters as do."""
        name = self._names[self._used[place]]
        colour, words = self._colour_of(name), area.adjusted(_DISC + SPACE, 0, 0, 0)
        fits = self.fontMetrics().horizontalAdvance(name) <= words.width()
        if colour is not None and (fits or words.width() > _LEAST.width()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawEllipse(QRectF(area.left(), area.center().y() - _DISC / 2 + 0.5, _DISC, _DISC))
            area = words
        painter.setPen(self._theme.colour("muted"))
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(area, left, self.fontMetrics().elidedText(name, _cut(area), area.width()))

    def _paint_cell(self, painter: QPainter, row: int, column: int) -> None:
        cell = self._used[row], self._used[column]
        count, total = int(self._counts[cell]), int(self._counts[cell[0]].sum())
        share = count / total if total else 0.0
        area = self._rect(row, column)
        ground = shade(self._theme, share)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -1), 3, 3)
        self._paint_count(painter, area, count, share, readable_on(ground))
        if cell == self.chosen:
            self._frame(painter, area, "text", 2.0)
        elif self.hasFocus() and (row, column) == self._at:
            self._frame(painter, area, "accent", 2.0)

    def _frame(self, painter: QPainter, area: QRect, colour: str, width: float) -> None:
        painter.setPen(QPen(self._theme.colour(colour), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(area).adjusted(1.5, 1.5, -1.5, -1.5), 3, 3)

    def _paint_count(self, painter: QPainter, area: QRect, count: int, share: float, ink: QColor) -> None:
        """The count with its share of the row below or beside it, where there is room."""
        centre = Qt.AlignmentFlag.AlignCenter
        percent = f"{share:.0%}"
        if not count:
            ink = QColor(ink)
            ink.setAlpha(140)
        painter.setPen(ink)
        if area.height() >= _TWO_LINES:
            half = area.height() // 2
            painter.drawText(area.adjusted(0, 2, 0, -half + 2), centre, str(count))
            painter.drawText(area.adjusted(0, half - 2, 0, -2), centre, percent)
        elif area.width() >= self.fontMetrics().horizontalAdvance(f"{self._counts.max()} · 99%") + SPACE:
            painter.drawText(area, centre, f"{count} · {percent}")
        else:
            painter.drawText(area, centre, str(count))

    # What people do

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the pointer."""
        found = self._cell_at(event.position().x(), event.position().y())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self._at = found
            self.choose((self._used[found[0]], self._used[found[1]]))

    def event(self, event: QEvent) -> bool:
        """Claim the keys that move here before they move in the sound; tell a cell under the pointer."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            if event.key() in (*_STEPS, *_PRESS) and not event.modifiers():
                event.accept()
                return True
        elif isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self._cell_at(event.pos().x(), event.pos().y())
            words = self.in_words((self._used[found[0]], self._used[found[1]])) if found else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, Enter and Space choose, Escape lets go."""
        key = Qt.Key(event.key())
        if key in _STEPS and self._used:
            last = len(self._used) - 1
            (row, column), (down, right) = self._at, _STEPS[key]
            self._at = min(max(row + down, 0), last), min(max(column + right, 0), last)
            self._describe()
            self.update()
        elif key in _PRESS and self._used:
            self.choose((self._used[self._at[0]], self._used[self._at[1]]))
        elif key == Qt.Key.Key_Escape and self.chosen is not None:
            self.choose(None)
        else:
            super().keyPressEvent(event)

    def _describe(self) -> None:
        words = self.in_words((self._used[self._at[0]], self._used[self._at[1]])) if self._used else ""
        self.setAccessibleDescription(words)


def _cut(area: QRect) -> Qt.TextElideMode:
    """An ellipsis would take the room of two letters of five."""
    narrow = area.width() <= 2 * _LEAST.width()
    return Qt.TextElideMode.ElideNone if narrow else Qt.TextElideMode.ElideRight


def shade(theme: Theme, share: float) -> QColor:
    """The panel's ground with as much of the accent as the share says."""
    ground, accent = theme.colour("raised"), theme.colour("accent")
    part = 0.9 * share
    mixed = (
        round(a + (b - a) * part)
        for a, b in zip(ground.getRgb()[:3], accent.getRgb()[:3], strict=True)  # type: ignore[index]
    )
    return QColor(*mixed)


def readable_on(ground: QColor) -> QColor:
    """Black or white, whichever stands out more (contrast as in WCAG 2.1)."""
    parts = (ground.redF(), ground.greenF(), ground.blueF())
    red, green, blue = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return QColor(Qt.GlobalColor.black if (luminance + 0.05) ** 2 > 1.05 * 0.05 else Qt.GlobalColor.white)
