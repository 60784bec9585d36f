"""Segments as a table's rows, and the columns that it may have."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from ..display.time_view import format_time
from ..segment_list import SegmentItem, place_key
from ..translation import tr
from .row_table import LEFT, RIGHT

Index = QModelIndex | QPersistentModelIndex
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
        tr(name.capitalize()),
    )


RECORDING = Column("recording", tr("Recording"), 120, lambda item: item.recording, place_key, Cell.NAME)
START = Column(
    "start", tr("Start"), 72, lambda item: format_time(item.start, 2), lambda item: item.start, Cell.NUMBER
)
DURATION = Column(
    "duration",
    tr("Duration"),
    72,
    lambda item: f"{item.duration:.2f} s",
    lambda item: item.duration,
    Cell.NUMBER,
)
RATER = Column("rater", tr("Rater"), 54, lambda item: item.rater, lambda item: item.rater.casefold())
LABEL = Column("label", tr("Label"), 100, lambda item: item.label or "", lambda item: item.label, Cell.LABEL)
UNSURE = Column(
    "unsure",
    tr("Unsure"),
    64,
    lambda item: "unsure" if item.row.unsure else "",
    lambda item: True if item.row.unsure else None,
)
RATINGS = tuple(_rating(name) for name in ("valence", "arousal", "dominance"))
SUGGESTION = Column(
    "suggestion",
    tr("Suggestion"),
    142,
    _suggested,
    lambda item: item.confidence,
    Cell.SUGGESTION,
    tr("What the model says, and how sure it is; sorted by that"),
)
DIFFERS = Column(
    "differs",
    tr("Differs"),
    60,
    _differing,
    lambda item: _differing(item) or None,
    tip=tr("Whether the model, another rater, or both have another label"),
)
NOTE = Column(
    "note", tr("Note"), 60, lambda item: item.row.note, lambda item: item.row.note.casefold() or None
)
CHANGED = Column("changed", tr("Changed"), 88, _changed, lambda item: item.row.changed)


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
            return RIGHT if column.cell is Cell.NUMBER else LEFT
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
