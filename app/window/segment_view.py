"""A list of segments: what keys and mouse choose in it."""

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView

from ..editor import Editor
from .keys import ENTER, MOVES
from .row_table import RowTable
from .segment_columns import Column, SegmentsModel
from .segment_painter import SegmentPainter
from .theme import Theme


class SegmentView(RowTable):
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
        self.painter = SegmentPainter(self.rows, editor, theme, self)
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
        if self._several:
            self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = self.horizontalHeader()
        # To paint itself the header asks of each column whether all its cells are selected: 0.2 s for 10 000 rows.
        header.setSelectionModel(QItemSelectionModel(self.rows, header))
        header.setMinimumSectionSize(28)
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
        if event.key() in ENTER and row >= 0:
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
        if event.key() in MOVES or (self._several and event.matches(QKeySequence.StandardKey.SelectAll)):
            return True
        return self._several and event.key() in ENTER


def _stretches(rows: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of rows that follow one another; `rows` in order."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and found[-1][1] == row - 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found
