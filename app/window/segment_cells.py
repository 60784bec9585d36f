"""Rows of segments as tables show them: the columns, how a cell is painted, what keys and mouse choose."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ..display.time_view import format_time
from ..editor import Editor
from ..segment_list import SegmentItem, place_key
from .theme import SPACE, Theme

Index = QModelIndex | QPersistentModelIndex
_DISC, _BAR = 10, 4  # px
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
# What the window's own keys mean elsewhere (the playhead, the recordings) moves in the list while one is in it.
_MOVES = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
_SEVERAL = 32  # rows; from here on they are painted anew as one stretch


class Cell(Enum):
    """How a cell is painted."""

    TEXT = "text"
    NAME = "name"  # cut in the middle: corpora's files often differ in the end only
    NUMBER = "number"
    LABEL = "label"
    SUGGESTION = "suggestion"
    RANK = "rank"  # the row's number, or a tick once the segment is reviewed


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its cells' words, also for those who hear them, and what it is sorted by."""

    name: str
    title: str
    width: int
    text: Callable[[SegmentItem], str]
    key: Callable[[SegmentItem], Any]
    cell: Cell = Cell.TEXT
    tip: str = ""


def _suggested(item: SegmentItem) -> str:
    if item.prediction is None:
        return ""
    return f"{item.suggestion} {item.confidence:.0%}{', stale' if item.stale else ''}"


def _differing(item: SegmentItem) -> str:
    if item.model_differs and item.raters_differ:
        return "both"
    return "model" if item.model_differs else "raters" if item.raters_differ else ""


def _changed(item: SegmentItem) -> str:
    """The time of day if it was today, else the day."""
    when, now = time.localtime(item.row.changed), time.localtime()
    today = (when.tm_year, when.tm_yday) == (now.tm_year, now.tm_yday)
    return time.strftime("%H:%M" if today else "%Y-%m-%d", when)


def _rating(name: str) -> Column:
    return Column(
        name,
        name[0].upper(),
        36,
        lambda item: str(getattr(item.row, name) or ""),
        lambda item: getattr(item.row, name),
        Cell.NUMBER,
        name.capitalize(),
    )


RECORDING = Column("recording", "Recording", 120, lambda item: item.recording, place_key, Cell.NAME)
START = Column(
    "start", "Start", 72, lambda item: format_time(item.start, 2), lambda item: item.start, Cell.NUMBER
)
DURATION = Column(
    "duration",
    "Duration",
    72,
    lambda item: f"{item.duration:.2f} s",
    lambda item: item.duration,
    Cell.NUMBER,
)
RATER = Column("rater", "Rater", 54, lambda item: item.rater, lambda item: item.rater.casefold())
LABEL = Column("label", "Label", 100, lambda item: item.label or "", lambda item: item.label, Cell.LABEL)
UNSURE = Column(
    "unsure",
    "Unsure",
    64,
    lambda item: "unsure" if item.row.unsure else "",
    lambda item: True if item.row.unsure else None,
)
RATINGS = tuple(_rating(name) for name in ("valence", "arousal", "dominance"))
SUGGESTION = Column(
    "suggestion",
    "Suggestion",
    142,
    _suggested,
    lambda item: item.confidence,
    Cell.SUGGESTION,
    "What the model says, and how sure it is; sorted by that",
)
DIFFERS = Column(
    "differs",
    "Differs",
    60,
    _differing,
    lambda item: _differing(item) or None,
    tip="Whether the model, another rater, or both have another label",
)
NOTE = Column("note", "Note", 60, lambda item: item.row.note, lambda item: item.row.note.casefold() or None)
CHANGED = Column("changed", "Changed", 88, _changed, lambda item: item.row.changed)


class SegmentsModel(QAbstractTableModel):
    """Segments in the order in which they are shown."""

    def __init__(self, columns: Sequence[Column], parent: QWidget) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.ids: list[int] = []
        self.dimmed: set[int] = set()  # those that only stay until the list is filtered again
        self._items: Mapping[int, SegmentItem] = {}
        self._rows: dict[int, int] = {}

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many there are."""
        return 0 if parent.isValid() else len(self.ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many there are."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell's words; the delegate paints from the segment itself."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.columns[index.column()].text(self.item(index.row()))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            column = self.columns[index.column()]
            return f"{column.tip or column.title}: {column.text(self.item(index.row())) or 'none'}"
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """A column's title."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip or column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.cell is Cell.NUMBER else _LEFT
        return None

    def item(self, row: int) -> SegmentItem:
        """The segment in a row."""
        return self._items[self.ids[row]]

    def row_of(self, number: int) -> int:
        """A segment's row, -1 when it is not shown."""
        return self._rows.get(number, -1)

    def show(self, items: Mapping[int, SegmentItem], ids: Sequence[int]) -> None:
        """Show these segments of `items`, which is looked at again whenever one is painted."""
        self.beginResetModel()
        self._items, self.ids = items, list(ids)
        self.dimmed.clear()
        self._renumber()
        self.endResetModel()

    def insert(self, row: int, number: int) -> None:
        """One more segment."""
        self.beginInsertRows(QModelIndex(), row, row)
        self.ids.insert(row, number)
        self._renumber()
        self.endInsertRows()

    def remove(self, number: int) -> None:
        """One segment less."""
        row = self._rows[number]
        self.beginRemoveRows(QModelIndex(), row, row)
        del self.ids[row]
        self.dimmed.discard(number)
        self._renumber()
        self.endRemoveRows()

    def refresh(self, numbers: Sequence[int]) -> None:
        """Paint these anew."""
        rows = [self._rows[number] for number in numbers if number in self._rows]
        if len(rows) > _SEVERAL:
            self._paint(min(rows), max(rows))
            return
        for row in rows:
            self._paint(row, row)

    def _paint(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def _renumber(self) -> None:
        self._rows = {number: row for row, number in enumerate(self.ids)}


class CellPainter(QStyledItemDelegate):
    """Paints straight from the segment: asking the model for each role of each cell costs more than the painting."""

    def __init__(self, model: SegmentsModel, editor: Editor, theme: Theme, view: QTableView) -> None:
        super().__init__(view)
        self._model, self._editor, self._view = model, editor, view
        self._colours: dict[str, QColor] = {}
        self.recolour(theme)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours, and the scheme's."""
        self._theme = theme
        self._colours.clear()
        names = ("text", "muted", "accent", "accent_soft", "border", "good")
        self._pens = {name: QPen(theme.colour(name)) for name in names}
        self._ring = 1.6

    def colour_of(self, label: str) -> QColor:
        """A label's colour in the project's scheme."""
        if label not in self._colours:
            self._colours[label] = QColor(self._editor.scheme.colour_of(label))
        return self._colours[label]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        row = index.row()
        item, column = self._model.item(row), self._model.columns[index.column()]
        rect, metrics = option.rect, option.fontMetrics
        self._ground(painter, option, index)
        dim = item.id in self._model.dimmed
        inner = rect.adjusted(2 * SPACE, 0, -2 * SPACE, 0)
        if column.cell is Cell.LABEL:
            if item.label is not None:
                self._chip(painter, inner, metrics, item.label, dim)
        elif column.cell is Cell.RANK:
            self._rank(painter, inner, metrics, row, item.reviewed)
        elif column.cell is Cell.SUGGESTION:
            self._suggestion(painter, inner, metrics, item, dim)
        else:
            cut = Qt.TextElideMode.ElideMiddle if column.cell is Cell.NAME else Qt.TextElideMode.ElideRight
            right = column.cell is Cell.NUMBER
            self.words(painter, inner, metrics, column.text(item), dim, right=right, cut=cut)

    def words(
        self,
        painter: QPainter,
        area: QRect,
        metrics: QFontMetrics,
        text: str,
        dim: bool,
        right: bool = False,
        cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        """Draw text, cut where it does not fit; a note's lines in one."""
        if not text:
            return
        painter.setPen(self._pens["muted" if dim else "text"])
        text = metrics.elidedText(text.replace("\n", " "), cut, area.width())
        painter.drawText(area, _RIGHT if right else _LEFT, text)

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._pens["accent_soft"].color())
        painter.setPen(self._pens["border"])
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if index.row() != self._view.currentIndex().row():
            return
        if self._view.hasFocus():
            painter.setPen(self._pens["accent"])
            painter.drawLine(rect.topLeft(), rect.topRight())
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if index.column() == self._view.horizontalHeader().logicalIndex(0):
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), self._pens["accent"].color())

    def _chip(self, painter: QPainter, area: QRect, metrics: QFontMetrics, label: str, dim: bool) -> None:
        """The label's word on a ground of its colour, behind a disc of it."""
        colour = self.colour_of(label)
        width = min(metrics.horizontalAdvance(label) + _DISC + 5 * SPACE, area.width())
        chip = QRectF(area.left(), area.top() + 2.5, width, area.height() - 6)
        ground = QColor(colour)
        ground.setAlpha(56 if self._theme.dark else 44)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(chip, 4, 4)
        painter.setBrush(colour)
        painter.drawEllipse(QRectF(chip.left() + 6, chip.center().y() - _DISC / 2, _DISC, _DISC))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        words = QRect(area.left() + 6 + _DISC + 6, area.top(), int(width) - _DISC - 14, area.height() - 1)
        self.words(painter, words, metrics, label, dim)

    def _rank(self, painter: QPainter, area: QRect, metrics: QFontMetrics, row: int, reviewed: bool) -> None:
        if not reviewed:
            self.words(painter, area, metrics, str(row + 1), True, right=True)
            return
        centre = area.center()
        at = QPointF(area.right() - 6, centre.y() + 0.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._pens["good"].color(), 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(QPolygonF([at + QPointF(x, y) for x, y in ((-5, 0), (-1.5, 3.5), (5, -4))]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _suggestion(
        self, painter: QPainter, area: QRect, metrics: QFontMetrics, item: SegmentItem, dim: bool
    ) -> None:
        """A ring, the word and the confidence over a bar of it; of a stale one the word says so."""
        if item.suggestion is None or item.confidence is None:
            return
        colour, quiet = self.colour_of(item.suggestion), dim or item.stale
        bar = QRectF(area.left(), area.bottom() - _BAR, area.width(), _BAR - 1)
        painter.fillRect(bar, self._pens["border"].color())
        ground = QColor(colour)
        ground.setAlpha(110 if quiet else 255)
        painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * item.confidence, bar.height()), ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, self._ring))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF(area.left() + 1, area.center().y() - _DISC / 2 - 1, _DISC - 2, _DISC - 2))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        share = f"stale {item.confidence:.0%}" if item.stale else f"{item.confidence:.0%}"
        used = metrics.horizontalAdvance(share) + SPACE
        words = area.adjusted(_DISC + 5, 0, -used, -_BAR)
        self.words(painter, words, metrics, item.suggestion, quiet)
        self.words(painter, area.adjusted(0, 0, 0, -_BAR), metrics, share, quiet, right=True)


class SegmentView(QTableView):
    """A table of segments in whole rows, told apart by their ids.

    Digits, letters and the space bar are the window's; what moves in the list is the list's.

    Args:
        several: whether more than one may be chosen. Where only one is, Enter is left to an action of the window, if
            one is added to the list.
        elastic: the column that takes the width that the others leave.
    """

    chosen = Signal(list)  # ids, the current one first, then in the order of the list
    opened = Signal(int)

    def __init__(
        self, columns: Sequence[Column], elastic: Column, editor: Editor, theme: Theme, *, several: bool
    ) -> None:
        super().__init__()
        self._elastic = elastic
        self.rows = SegmentsModel(columns, self)
        self.setModel(self.rows)
        self.painter = CellPainter(self.rows, editor, theme, self)
        self.setItemDelegate(self.painter)
        self._several = several
        self._told: list[int] = []
        self._asked: list[int] | None = None  # to be shown, once everybody has been told
        self._quiet = self._telling = False
        self._set_up()
        self.selectionModel().selectionChanged.connect(lambda *_: self._tell())
        self.selectionModel().currentChanged.connect(self._tell_current)
        self.doubleClicked.connect(lambda index: self.opened.emit(self.rows.ids[index.row()]))

    def _set_up(self) -> None:
        modes = QAbstractItemView.SelectionMode
        self.setSelectionMode(modes.ExtendedSelection if self._several else modes.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(max(24, self.fontMetrics().height() + 8))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        # To paint itself the header asks of each column whether all its cells are selected: 0.2 s for 10 000 rows.
        header.setSelectionModel(QItemSelectionModel(self.rows, header))
        header.setMinimumSectionSize(28)
        header.setDefaultAlignment(_LEFT)
        for section, column in enumerate(self.rows.columns):
            self.setColumnWidth(section, column.width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The width that is left is the notes'."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Let the notes take what the other columns leave."""
        sections = [s for s in range(len(self.rows.columns)) if self.rows.columns[s] is self._elastic]
        for section in sections:
            others = self.horizontalHeader().length() - self.columnWidth(section)
            self.setColumnWidth(section, max(self._elastic.width, self.viewport().width() - others))

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours, and the scheme's."""
        self.painter.recolour(theme)
        self.viewport().update()

    # What is chosen

    def chosen_ids(self) -> list[int]:
        """The ids of the rows chosen: the current one first, then in the order of the list."""
        ids = self.rows.ids
        ranges = sorted((each.top(), each.bottom()) for each in self.ranges())
        found = list(dict.fromkeys(ids[row] for first, last in ranges for row in range(first, last + 1)))
        current = self.currentIndex().row()
        if len(found) > 1 and 0 <= current < len(ids) and self.selectionModel().isRowSelected(current):
            found.remove(ids[current])
            found.insert(0, ids[current])
        return found

    def ranges(self) -> Iterable[QItemSelectionRange]:
        """What is selected, without an index for each of its cells."""
        return cast(Iterable[QItemSelectionRange], self.selectionModel().selection())

    def show_chosen(self, ids: Sequence[int]) -> None:
        """Choose these, as far as they are shown, without telling anybody."""
        if self._telling:  # the row under the mouse must not move while it is pressed
            self._asked = list(ids)
            return
        if list(ids) == self._told:
            return
        self._told = list(ids)
        self._choose(ids)
        self.reveal()

    @property
    def told(self) -> list[int]:
        """The choice that was told or shown last; some of it may not be listed."""
        return list(self._told)

    def reveal(self) -> None:
        """Scroll to the current one."""
        row = self.rows.row_of(self._told[0]) if self._told else -1
        if row >= 0:
            self.scrollTo(self.rows.index(row, 0))

    def keep_place(self, act: Callable[[], None]) -> bool:
        """Do what changes the rows; choice and scroll position stay. Whether something chosen is no longer listed."""
        listed = [number for number in self._told if self.rows.row_of(number) >= 0]
        top = self._top()
        self._quiet = True
        act()
        self._quiet = False
        self._choose(self._told)
        self._scroll_back(top)
        return any(self.rows.row_of(number) < 0 for number in listed)

    def tell(self) -> None:
        """Tell what is chosen; what is to be shown in answer is shown at the end, not what it goes through."""
        self._told, self._asked, self._telling = self.chosen_ids(), None, True
        self.chosen.emit(list(self._told))
        self._telling = False
        if self._asked is not None:
            self.show_chosen(self._asked)

    def _choose(self, ids: Sequence[int]) -> None:
        rows = sorted(row for number in ids if (row := self.rows.row_of(number)) >= 0)
        selection, last = QItemSelection(), len(self.rows.columns) - 1
        for first, end in _stretches(rows):
            selection.select(self.rows.index(first, 0), self.rows.index(end, last))
        self._quiet = True
        model, flags = self.selectionModel(), QItemSelectionModel.SelectionFlag
        model.select(selection, flags.ClearAndSelect)
        current = self.rows.row_of(ids[0]) if ids else -1
        if current >= 0:
            model.setCurrentIndex(self.rows.index(current, 0), flags.NoUpdate)
        self._quiet = False

    def _tell_current(self, current: QModelIndex) -> None:
        """A row that becomes current before it is selected is told once it is."""
        if self.selectionModel().isRowSelected(current.row()):
            self._tell()

    def _tell(self) -> None:
        if self._quiet or self.chosen_ids() == self._told:
            return
        self.tell()

    def _top(self) -> tuple[int, int] | None:
        """The uppermost row in view and where it begins; none at the top of the list, which then stays in view."""
        row = self.rowAt(0) if self.verticalScrollBar().value() else -1
        return (self.rows.ids[row], self.rowViewportPosition(row)) if row >= 0 else None

    def _scroll_back(self, top: tuple[int, int] | None) -> None:
        row = self.rows.row_of(top[0]) if top is not None else -1
        if top is None or row < 0:
            return
        height = self.verticalHeader().defaultSectionSize()
        self.updateGeometries()  # the bar's range is of the rows before
        self.verticalScrollBar().setValue(row * height - top[1])

    # Keys

    def keyboardSearch(self, search: str) -> None:
        """Typing labels segments; it does not search."""

    def event(self, event: QEvent) -> bool:
        """Claim the keys that move in the list before they move in the sound."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._is_ours(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Nothing becomes current by coming here: the first step down goes to the first row, not past it."""
        super().focusInEvent(event)
        if not self.selectionModel().hasSelection():
            self.selectionModel().clearCurrentIndex()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the current segment."""
        row = self.currentIndex().row()
        if event.key() in _ENTER and row >= 0:
            self.opened.emit(self.rows.ids[row])
            return
        super().keyPressEvent(event)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Home and End go to the first and last row, not to the first and last column."""
        actions = QAbstractItemView.CursorAction
        column = max(self.currentIndex().column(), 0)
        if self.rows.ids and action in (actions.MoveHome, actions.MoveEnd):
            return self.rows.index(0 if action == actions.MoveHome else len(self.rows.ids) - 1, column)
        return super().moveCursor(action, modifiers)

    def _is_ours(self, event: QKeyEvent) -> bool:
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return False
        if event.key() in _MOVES or (self._several and event.matches(QKeySequence.StandardKey.SelectAll)):
            return True
        return self._several and event.key() in _ENTER


def _stretches(rows: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of rows that follow one another; `rows` in order."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and found[-1][1] == row - 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found
