"""The jobs, newest first: what each is, how it stands. Several chosen are compared."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ...jobs_watch import Job
from ...translation import tr
from ..chips import draw_words
from ..row_table import RowTable
from ..theme import SPACE, Theme, icon
from .job_words import ICONS, doing, kind_of, started_at

Index = QModelIndex | QPersistentModelIndex
_ICON, _ROW, _BAR, _WHEN = 18, 48, 3, 92  # px
_EMPTY = tr("No jobs yet.\nOpen a corpus and press Fine-tune, and it is here.")


class JobRows(QAbstractTableModel):
    """One column: each job as a card of two lines."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.jobs: tuple[Job, ...] = ()

    def show(self, jobs: Sequence[Job]) -> bool:
        """Show jobs; whether other ones are there than before."""
        jobs = tuple(jobs)
        if [job.id for job in jobs] == [job.id for job in self.jobs]:
            changed = [at for at, job in enumerate(jobs) if job is not self.jobs[at]]
            self.jobs = jobs
            for at in changed:
                self.dataChanged.emit(self.index(at, 0), self.index(at, 0))
            return False
        self.beginResetModel()
        self.jobs = jobs
        self.endResetModel()
        return True

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many jobs."""
        return 0 if parent.isValid() else len(self.jobs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """One."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A job in words; the delegate paints."""
        job = self.jobs[index.row()]
        if role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return f"{job.name}\n{kind_of(job)}, {job.state.status}: {doing(job)}"
        return None


class _Painter(QStyledItemDelegate):
    def __init__(self, view: "JobList", theme: Theme) -> None:
        super().__init__(view)
        self.view = view
        self.recolour(theme)

    def recolour(self, theme: Theme) -> None:
        self._theme = theme
        self._pictures = {
            status: icon(name, theme, colour).pixmap(_ICON, _ICON) for status, (name, colour) in ICONS.items()
        }

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Name and time above, how it stands below, a bar where it is under way."""
        rect, job = option.rect, self.view.rows.jobs[index.row()]
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._theme.colour("accent_soft"))
        painter.setPen(self._theme.colour("border"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.drawPixmap(
            rect.left() + 2 * SPACE, rect.center().y() - _ICON // 2, self._pictures[job.state.status]
        )
        left, half = rect.left() + _ICON + 4 * SPACE, rect.height() // 2
        width = rect.right() - left - 2 * SPACE
        painter.setPen(self._theme.colour("text"))
        above = QRect(left, rect.top() + 3, width - _WHEN, half - 3)
        draw_words(painter, above, job.name, cut=Qt.TextElideMode.ElideMiddle)
        painter.setPen(self._theme.colour("muted"))
        draw_words(
            painter, QRect(left + width - _WHEN, rect.top() + 3, _WHEN, half - 3), started_at(job), right=True
        )
        draw_words(painter, QRect(left, rect.top() + half, width, half - 3), f"{kind_of(job)} · {doing(job)}")
        if job.state.of and not job.state.is_over:
            whole = QRect(left, rect.bottom() - _BAR, width, _BAR)
            painter.fillRect(whole, self._theme.colour("border"))
            whole.setWidth(round(width * min(1.0, job.state.done / job.state.of)))
            painter.fillRect(whole, self._theme.colour("accent"))


class JobList(RowTable):
    """Choosing one shows it; Ctrl or Shift chooses more, to be compared."""

    chosen = Signal(list)  # Jobs, the current one first

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName(tr("Jobs"))
        self.rows = JobRows(self)
        self.setModel(self.rows)
        self._theme = theme
        self._painter = _Painter(self, theme)
        self.setItemDelegate(self._painter)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.horizontalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.selectionModel().selectionChanged.connect(lambda *_: self._tell())

    def show_jobs(self, jobs: Sequence[Job]) -> None:
        """Show jobs; those chosen stay so; of new ones the newest is chosen where none was."""
        kept = [job.id for job in self.selected]
        if self.rows.show(jobs):
            for name in kept:
                self._select(name)
            if not self.selected and self.rows.jobs:
                self.choose(self.rows.jobs[0].id)
        elif kept:
            self._tell()

    @property
    def selected(self) -> list[Job]:
        """The jobs chosen, the current one first."""
        at = self.currentIndex().row()
        rows = sorted(
            {index.row() for index in self.selectionModel().selectedRows()}, key=lambda row: row != at
        )
        return [self.rows.jobs[row] for row in rows if row < len(self.rows.jobs)]

    def choose(self, name: str) -> None:
        """Choose one job by its id."""
        for row, job in enumerate(self.rows.jobs):
            if job.id == name:
                self.selectRow(row)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self._painter.recolour(theme)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One column as wide as the list."""
        super().resizeEvent(event)
        self.setColumnWidth(0, self.viewport().width())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say what to do where there is none."""
        super().paintEvent(event)
        if not self.rows.jobs:
            painter = QPainter(self.viewport())
            painter.setPen(self._theme.colour("muted"))
            area = self.viewport().rect().adjusted(4 * SPACE, 0, -4 * SPACE, 0)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, _EMPTY)

    def _select(self, name: str) -> None:
        model = self.selectionModel()
        for row, job in enumerate(self.rows.jobs):
            if job.id == name:
                model.select(self.rows.index(row, 0), model.SelectionFlag.Select | model.SelectionFlag.Rows)
                if not self.currentIndex().isValid():
                    model.setCurrentIndex(self.rows.index(row, 0), model.SelectionFlag.NoUpdate)

    def _tell(self) -> None:
        self.chosen.emit(self.selected)
