"""A table of utterances in which each row can be heard: the files of a corpus, or what a model got wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core_model.labels import colour_of

from ..translation import tr
from .chips import draw_chip, draw_words
from .keys import ENTER
from .row_table import RowTable
from .theme import SPACE, Theme, icon

Index = QModelIndex | QPersistentModelIndex
Rows = npt.NDArray[np.intp]
_PLAY_WIDTH = 36
_ICON = 16  # px


@dataclass(frozen=True, slots=True, eq=False)
class SoundColumn:
    """A column.

    Attributes:
        text: of a row of the data.
        order: (rows,) by which it is sorted.
        width: px; 0: it takes what the others leave.
        chip: whether the text is a label.
        right: whether it stands at the right, as numbers do.
    """

    title: str
    text: Callable[[int], str]
    order: npt.NDArray[np.generic]
    width: int
    chip: bool = False
    right: bool = False


_NOTHING = tr("Nothing fits the filter.")


class SoundRows(QAbstractTableModel):
    """Rows of the data in an order; the first column is for playing."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.columns: tuple[SoundColumn, ...] = ()
        self.shown: Rows = np.zeros(0, np.intp)
        self._all: Rows = self.shown
        self._sorting: tuple[int, Qt.SortOrder] | None = None

    def show(self, columns: Sequence[SoundColumn], rows: Rows) -> None:
        """Show these rows of other data."""
        self.beginResetModel()
        self.columns, self._sorting = tuple(columns), None
        self._all = self.shown = rows
        self.endResetModel()

    def keep(self, rows: Rows) -> None:
        """Show these rows of the same data, in the order that was chosen."""
        self.beginResetModel()
        self._all = rows
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column; by the first one as the data has it."""
        self.beginResetModel()
        self._sorting = (column, order) if column > 0 else None
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        rows = self._all
        if self._sorting is not None:
            column, order = self._sorting
            place = np.argsort(self.columns[column - 1].order[rows], kind="stable")
            rows = rows[place if order == Qt.SortOrder.AscendingOrder else place[::-1]]
        self.shown = rows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many rows are shown."""
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """The columns and the one for playing."""
        return 0 if parent.isValid() else len(self.columns) + 1

    def words(self, row: int, column: int) -> str:
        """A cell's words."""
        return self.columns[column - 1].text(int(self.shown[row])) if column else ""

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell's words; the delegate paints."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.words(index.row(), index.column()) or (tr("Play") if index.column() == 0 else None)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            title = self.headerData(index.column(), Qt.Orientation.Horizontal)
            return f"{title}: {self.words(index.row(), index.column())}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """A column's title."""
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.columns[section - 1].title if 0 < section <= len(self.columns) else ""


class _Painter(QStyledItemDelegate):
    """Words, labels as chips, and a triangle to play; a square while it plays."""

    def __init__(self, view: "SoundTable", theme: Theme) -> None:
        super().__init__(view)
        self._view = view
        self.recolour(theme)

    def recolour(self, theme: Theme) -> None:
        self._theme = theme
        self._play = icon("play", theme, "accent").pixmap(_ICON, _ICON)
        self._stop = icon("stop", theme, "accent").pixmap(_ICON, _ICON)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        rect, rows = option.rect, self._view.rows
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._theme.colour("accent_soft"))
        if index.column() == 0:
            plays = int(rows.shown[index.row()]) == self._view.playing
            picture = self._stop if plays else self._play
            painter.drawPixmap(rect.center().x() - _ICON // 2, rect.center().y() - _ICON // 2, picture)
            return
        column, text = rows.columns[index.column() - 1], rows.words(index.row(), index.column())
        painter.setPen(self._theme.colour("text"))
        inner = rect.adjusted(SPACE, 0, -SPACE, 0)
        if column.chip and text:
            draw_chip(painter, inner, text, QColor(colour_of(text)), dark=self._theme.dark)
        else:
            cut = Qt.TextElideMode.ElideMiddle if not column.width else Qt.TextElideMode.ElideRight
            draw_words(painter, inner, text, right=column.right, cut=cut)


class SoundTable(RowTable):
    """A click on the triangle or Space plays a row, or stops it; Enter or a double click opens it."""

    play_asked = Signal(int)  # row of the data
    opened = Signal(int)

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.rows = SoundRows(self)
        self.setModel(self.rows)
        self._painter = _Painter(self, theme)
        self.setItemDelegate(self._painter)
        self.playing: int | None = None
        self._empty = ""
        self._theme = theme
        self.setSortingEnabled(True)
        self.horizontalHeader().setSortIndicatorClearable(True)
        self.horizontalHeader().setMinimumSectionSize(_PLAY_WIDTH)
        self.horizontalHeader().setHighlightSections(False)
        self.doubleClicked.connect(self._open)

    def show_rows(self, columns: Sequence[SoundColumn], count: int, empty: str) -> None:
        """Show all rows of some data, or say why there are none."""
        self._empty = empty
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.rows.show(columns, np.arange(count))
        self.setColumnWidth(0, _PLAY_WIDTH)
        self._fit()

    def keep(self, rows: Rows, empty: str = _NOTHING) -> None:
        """Show these rows of the same data."""
        self._empty = empty
        self.rows.keep(rows)

    @property
    def current(self) -> int | None:
        """The row of the data that is chosen."""
        row = self.currentIndex().row()
        return int(self.rows.shown[row]) if 0 <= row < len(self.rows.shown) else None

    def choose(self, row: int) -> None:
        """Choose a row of the data, and scroll to it."""
        found = np.flatnonzero(self.rows.shown == row)
        if len(found):
            index = self.rows.index(int(found[0]), 1)
            self.setCurrentIndex(index)
            self.scrollTo(index, RowTable.ScrollHint.PositionAtCenter)

    def show_playing(self, row: int | None) -> None:
        """Mark the row that is heard."""
        self.playing = row
        self.viewport().update()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self._painter.recolour(theme)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the last column at the edge."""
        super().resizeEvent(event)
        self._fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The triangle plays."""
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == 0 and event.button() == Qt.MouseButton.LeftButton:
            self.play_asked.emit(int(self.rows.shown[index.row()]))

    def event(self, event: QEvent) -> bool:
        """Space and Enter are this table's, whatever they are elsewhere in the window."""
        asks = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if asks and event.key() in (Qt.Key.Key_Space, *ENTER) and not event.modifiers():  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space plays, Enter opens."""
        current = self.current
        if current is not None and event.key() == Qt.Key.Key_Space:
            self.play_asked.emit(current)
        elif current is not None and event.key() in ENTER:
            self.opened.emit(current)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """An empty table says why."""
        super().paintEvent(event)
        if not len(self.rows.shown) and self._empty:
            painter = QPainter(self.viewport())
            painter.setPen(self._theme.colour("muted"))
            area = self.viewport().rect().adjusted(4 * SPACE, 0, -4 * SPACE, 0)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty)

    def _open(self, index: QModelIndex) -> None:
        if index.column():
            self.opened.emit(int(self.rows.shown[index.row()]))

    def _fit(self) -> None:
        columns = self.rows.columns
        fixed = _PLAY_WIDTH + sum(column.width for column in columns)
        elastic = [at for at, column in enumerate(columns, 1) if not column.width]
        room = max(120 * len(elastic), self.viewport().width() - fixed)
        for at, column in enumerate(columns, 1):
            self.setColumnWidth(at, column.width or room // len(elastic))
