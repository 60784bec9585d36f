"""What an import would do, line by line: a table for each of added, changed, the same and refused; filtered by text."""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QTabBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core_model.exchange.importing import ImportPlan, Planned, What

from ..display.time_view import format_time
from ..translation import tr
from .theme import SPACE

Index = QModelIndex | QPersistentModelIndex

_WHERE = (tr("Recording"), tr("Start"), tr("End"), tr("Rater"))
_SAID = {
    What.ADDED: (tr("Says"),),
    What.CHANGED: (tr("Says now"), tr("Becomes")),
    What.SAME: (tr("Says"),),
    What.REFUSED: (tr("Label"), tr("Why not")),
}
_WIDE = 160  # px


class PlannedRows(QAbstractTableModel):
    """The lines of one kind that hold a text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._what, self._text = What.ADDED, ""
        self._all: tuple[Planned, ...] = ()
        self.lines: list[Planned] = []

    def show(self, lines: tuple[Planned, ...]) -> None:
        """Another import."""
        self._all = lines
        self._fill()

    def show_only(self, what: What, text: str) -> None:
        """Lines of a kind, with a text in one of their cells."""
        self._what, self._text = what, text.casefold()
        self._fill()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many lines."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Where, and what is said."""
        return 0 if parent.isValid() else len(self._names)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """The columns' names."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._names[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell, and the whole path of its recording."""
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(line)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.file if index.column() == 0 else _cells(line)[index.column()]
        return None

    @property
    def _names(self) -> tuple[str, ...]:
        return (*_WHERE, *_SAID[self._what])

    def _fill(self) -> None:
        self.beginResetModel()
        self.lines = [
            line
            for line in self._all
            if line.what is self._what
            and (not self._text or self._text in "\n".join((line.file, *_cells(line))).casefold())
        ]
        self.endResetModel()


class ImportPreview(QWidget):
    """Four tables behind tabs that say how long they are."""

    def __init__(self) -> None:
        super().__init__()
        self.tabs, self.filter, self.table = QTabBar(), QLineEdit(), QTableView()
        self.rows = PlannedRows(self)
        for what in What:
            self.tabs.addTab(tr(what.value.capitalize()))
        self.tabs.setAccessibleName(tr("What becomes of the segments"))
        self.filter.setPlaceholderText(tr("Filter"))
        self.filter.setAccessibleName(tr("Filter the lines by text"))
        self.filter.setClearButtonEnabled(True)
        self.table.setModel(self.rows)
        self.table.setAccessibleName(tr("Lines of the import"))
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.table.horizontalHeader().resizeSection(0, _WIDE)
        self.tabs.currentChanged.connect(lambda _: self._show_only())
        self.filter.textChanged.connect(lambda _: self._show_only())
        top = QHBoxLayout()
        top.addWidget(self.tabs)
        top.addStretch(1)
        top.addWidget(self.filter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)

    def show_plan(self, plan: ImportPlan | None) -> None:
        """Show an import, or none."""
        for at, what in enumerate(What):
            count = f" ({plan.count(what)})" if plan is not None else ""
            self.tabs.setTabText(at, tr(what.value.capitalize()) + count)
        self.rows.show(plan.lines if plan is not None else ())

    def choose(self, what: What) -> None:
        """Look at the lines of one kind."""
        self.tabs.setCurrentIndex(list(What).index(what))

    @property
    def what(self) -> What:
        """The kind that is looked at."""
        return list(What)[self.tabs.currentIndex()]

    def _show_only(self) -> None:
        self.rows.show_only(self.what, self.filter.text())


def _cells(line: Planned) -> tuple[str, ...]:
    times = ("" if time is None else format_time(time) for time in (line.start, line.end))
    where = (line.file.replace("\\", "/").rpartition("/")[2], *times, line.rater)
    said = {
        What.ADDED: (line.after,),
        What.CHANGED: (line.before, line.after),
        What.SAME: (line.after,),
        What.REFUSED: (line.after, line.why),
    }
    return (*where, *said[line.what])
