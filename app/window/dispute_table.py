"""The units that raters dispute: what each of them said, and what was decided."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSignalBlocker,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from core_model.label_schemes import KEYS
from core_model.project.rows import RecordingRow

from ..agreement_view import LABEL, Comparison, DisputedUnit, Opinion
from ..display.time_view import format_time
from ..translation import tr
from .chips import draw_chip, draw_words
from .keys import ENTER, MOVES
from .row_table import RowTable
from .theme import SPACE, Theme

Index = QModelIndex | QPersistentModelIndex
_TIME_WIDTH, _LEAST_CHIP, _LEAST_NAME = 70, 56, 64  # px
ColourOf = Callable[[str], str | None]


class DisputesModel(QAbstractTableModel):
    """Recording, time, a column for each participant, and the decision."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(parent)
        self.units: list[DisputedUnit] = []
        self._titles: list[tuple[str, str]] = []
        self._people = 0
        self._recordings: Mapping[int, RecordingRow] = {}

    def show(
        self, found: Comparison | None, units: Sequence[DisputedUnit], recordings: Mapping[int, RecordingRow]
    ) -> None:
        """Show these units of a comparison."""
        self.beginResetModel()
        self.units, self._recordings = list(units), recordings
        who = found.participants if found is not None else ()
        self._people = len(who)
        self._titles = [
            (tr("Recording"), ""),
            (tr("Start"), ""),
            *(
                (
                    each.name,
                    ""
                    if each.person
                    else tr("{name} {detail}: no person's label").format(name=each.name, detail=each.detail),
                )
                for each in who
            ),
            (tr("Gold"), tr("What was decided")),
        ]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many units."""
        return 0 if parent.isValid() else len(self.units)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many columns."""
        return 0 if parent.isValid() else len(self._titles)

    def opinion(self, row: int, column: int) -> Opinion | None:
        """What is shown as a chip in a cell."""
        unit = self.units[row]
        if column == self._people + 2:
            return Opinion(unit.gold) if unit.gold is not None else None
        return unit.said[column - 2] if column >= 2 else None

    def words(self, row: int, column: int) -> str:
        """A cell's words."""
        segment = self.units[row].segment
        recording = self._recordings.get(segment.recording)
        if column >= 2:
            opinion = self.opinion(row, column)
            return f"{opinion.text}{', unsure' if opinion.unsure else ''}" if opinion is not None else ""
        if recording is None:  # removed just now
            return ""
        return recording.path.name if column == 0 else format_time(segment.start / recording.rate, 2)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell's words; the delegate paints."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.words(index.row(), index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            title = self._titles[index.column()][0]
            return f"{title}: {self.words(index.row(), index.column()) or 'nothing'}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """A column's title."""
        if orientation != Qt.Orientation.Horizontal or section >= len(self._titles):
            return None
        title, tip = self._titles[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        return (tip or title) if role == Qt.ItemDataRole.ToolTipRole else None


class _Painter(QStyledItemDelegate):
    """Chips with a label's colour and word; a doubted one has a question mark."""

    def __init__(self, view: "DisputeTable", theme: Theme, colour_of: ColourOf) -> None:
        super().__init__(view)
        self._view, self.theme, self._colour_of = view, theme, colour_of

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self.theme.colour("accent_soft"))
        painter.setPen(self.theme.colour("border"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if index.row() == self._view.currentIndex().row() and index.column() == self._view.first_column:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), self.theme.colour("accent"))
        model = self._view.rows
        inner = rect.adjusted(2 * SPACE, 0, -SPACE, 0)
        if index.column() < 2:
            cut = Qt.TextElideMode.ElideMiddle if index.column() == 0 else Qt.TextElideMode.ElideRight
            painter.setPen(self.theme.colour("text"))
            draw_words(painter, inner, model.words(index.row(), index.column()), cut=cut)
            return
        opinion = model.opinion(index.row(), index.column())
        if opinion is not None:
            self._chip(painter, inner.adjusted(-SPACE, 0, 0, 0), opinion)

    def _chip(self, painter: QPainter, area: QRect, opinion: Opinion) -> None:
        found = self._colour_of(opinion.text)
        colour = QColor(found) if found is not None else self.theme.colour("muted")
        text = f"{opinion.text} ?" if opinion.unsure else opinion.text
        painter.setPen(self.theme.colour("text"))
        draw_chip(painter, area, text, colour, dark=self.theme.dark, disc=found is not None)


class DisputeTable(RowTable):
    """One unit at a time. Digits and Enter decide about it here, wherever else in the window they label segments."""

    chosen = Signal(object)  # a DisputedUnit, by the user
    opened = Signal(object)
    digit_pressed = Signal(str)
    majority_asked = Signal()

    def __init__(self, theme: Theme, colour_of: ColourOf) -> None:
        super().__init__()
        self.rows = DisputesModel(self)
        self.setModel(self.rows)
        self._painter = _Painter(self, theme, colour_of)
        self.setItemDelegate(self._painter)
        self._empty = ""
        self.setAccessibleName(tr("Disputes"))
        self.horizontalHeader().setMinimumSectionSize(32)
        self.selectionModel().currentChanged.connect(self._tell)
        self.doubleClicked.connect(lambda index: self.opened.emit(self.rows.units[index.row()]))

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours, and the scheme's."""
        self._painter.theme = theme
        self.viewport().update()

    @property
    def first_column(self) -> int:
        """The leftmost column shown."""
        return 1 if self.isColumnHidden(0) else 0

    @property
    def current(self) -> DisputedUnit | None:
        """The unit chosen."""
        row = self.currentIndex().row()
        return self.rows.units[row] if 0 <= row < len(self.rows.units) else None

    def show_units(
        self,
        found: Comparison | None,
        units: Sequence[DisputedUnit],
        recordings: Mapping[int, RecordingRow],
        empty: str,
    ) -> None:
        """Show these units, or why there are none; what was chosen stays so, without telling anybody."""
        before, top = self.current, self.verticalScrollBar().value()
        blocked = QSignalBlocker(self.selectionModel())
        self.rows.show(found, units, recordings)
        blocked.unblock()
        self._empty = empty
        self.setColumnHidden(0, found is not None and found.question.recording is not None)
        if found is not None:  # ratings are not decided
            self.setColumnHidden(self.rows.columnCount() - 1, found.question.what != LABEL)
        self._fit()
        self.verticalScrollBar().setValue(top)
        if before is not None:
            place = _place(before)
            self.choose(
                next((row for row, unit in enumerate(units) if _place(unit) == place), -1), quiet=True
            )
        self.viewport().update()

    def choose(self, row: int, *, quiet: bool = False) -> None:
        """Go to a row."""
        if not 0 <= row < len(self.rows.units):
            return
        blocked = QSignalBlocker(self.selectionModel()) if quiet else None
        flags = QItemSelectionModel.SelectionFlag
        index = self.rows.index(row, self.first_column)
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        if blocked is not None:
            blocked.unblock()
        self.scrollTo(index)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns take the room there is."""
        super().resizeEvent(event)
        self._fit()
        self.scrollTo(self.currentIndex())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The units, or why there are none."""
        super().paintEvent(event)
        if self.rows.units or not self._empty:
            return
        painter = QPainter(self.viewport())
        painter.setPen(self._painter.theme.colour("muted"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.viewport().rect().adjusted(8, 0, -8, 0), flags, self._empty)

    def _fit(self) -> None:
        """The time as wide as it is, chips alike, the recording's name a little more."""
        chips = sum(not self.isColumnHidden(column) for column in range(2, self.rows.columnCount()))
        if chips < 1:
            return
        room = self.viewport().width() - _TIME_WIDTH
        named = not self.isColumnHidden(0)
        share = room / (chips + 1.3 * named)
        chip = max(int(share), _LEAST_CHIP)
        self.setColumnWidth(0, max(room - chips * chip, _LEAST_NAME))
        self.setColumnWidth(1, _TIME_WIDTH)
        for column in range(2, self.rows.columnCount()):
            self.setColumnWidth(column, chip)

    def _tell(self, *_: object) -> None:
        self.viewport().update()
        if self.current is not None:
            self.chosen.emit(self.current)

    # Keys

    def event(self, event: QEvent) -> bool:
        """Claim the keys that move and decide here before they mean something to the whole window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if plain and (event.key() in (*MOVES, *ENTER) or (event.text() and event.text() in KEYS)):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A digit gives its label, Enter the majority's."""
        if event.key() in ENTER:
            self.majority_asked.emit()
        elif event.text() and event.text() in KEYS:
            self.digit_pressed.emit(event.text())
        else:
            super().keyPressEvent(event)


def _place(unit: DisputedUnit) -> tuple[int, int, int]:
    return unit.segment.recording, *unit.segment.span
