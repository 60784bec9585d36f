"""The list of open recordings: a filter, and for each its state in an icon, a colour and words."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from core_model.labels import colour_of
from core_model.project.edit import Edit, RowChange
from core_model.project.project import Project
from core_model.project.recording_names import RecordingNames
from core_model.project.rows import RecordingRow

from ..display.time_view import format_time
from ..predictions import PredictionStore, State
from ..recordings import OpenRecording, of_row
from ..translation import counted, tr
from .theme import SPACE, Theme

Index = QModelIndex | QPersistentModelIndex
RECORDING = Qt.ItemDataRole.UserRole
_ROW = 44


class RecordingsModel(QAbstractListModel):
    """The project's recordings in the order in which they were added, and files that cannot be read; each once.

    Args:
        labelled: answers in words how much of a recording is labelled, empty where it has no segments.
    """

    def __init__(self, store: PredictionStore, labelled: Callable[[Path], str], parent: QWidget) -> None:
        super().__init__(parent)
        self._store, self.labelled = store, labelled
        self._recordings: list[OpenRecording] = []
        self._rows: dict[Path, int] = {}
        self._names = RecordingNames()
        self._missing: frozenset[Path] = frozenset()

    @property
    def recordings(self) -> tuple[OpenRecording, ...]:
        """All of them."""
        return tuple(self._recordings)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many there are."""
        return 0 if parent.isValid() else len(self._recordings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A row's name, sentence, or the recording itself."""
        recording = self._recordings[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.name_of(recording)
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(recording.error or recording.path)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.name_of(recording)}, {self.state_text(recording)}"
        return recording if role == RECORDING else None

    def name_of(self, recording: OpenRecording) -> str:
        """Its file's name, with as many folders as tell it from others in the list."""
        return self._names.of(recording.path)

    def state_text(self, recording: OpenRecording) -> str:
        """What the model says of a recording, in words."""
        if recording.path in self._missing:
            return tr("its file is missing")
        if recording.error is not None:
            return recording.error.message.removeprefix(f"{recording.path.name} ")
        labelled = self.labelled(recording.path)
        prediction = self._store.get(recording.path)
        if prediction is None:
            return labelled or tr("not predicted")
        text = f"{prediction.fact.emotion} {prediction.fact.confidence:.0%}"
        stale = "stale" if self._store.state(recording.path) is State.STALE else ""
        return " · ".join(filter(None, (labelled, text, stale)))

    def state(self, recording: OpenRecording) -> State:
        """None, predicted or stale."""
        return self._store.state(recording.path)

    def is_missing(self, recording: OpenRecording) -> bool:
        """Whether its file is gone."""
        return recording.path in self._missing

    def emotion(self, recording: OpenRecording) -> str | None:
        """The predicted emotion."""
        prediction = self._store.get(recording.path)
        return prediction.fact.emotion if prediction is not None else None

    def add(self, recordings: list[OpenRecording]) -> None:
        """Append those that are not in the list; one read again takes its row's place."""
        for recording in recordings:
            if recording.path in self._rows:
                self._recordings[self._rows[recording.path]] = recording
                self.refresh(recording.path)
        new = {r.path: r for r in recordings if r.path not in self._rows}
        if new:
            first = len(self._recordings)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self._recordings += new.values()
            self._rows.update((path, first + i) for i, path in enumerate(new))
            self._name(new)
            self.endInsertRows()

    def show_missing(self, paths: list[Path]) -> None:
        """Mark the recordings whose files are gone."""
        self._missing = frozenset(paths)
        self.refresh()

    def reset(self, recordings: list[OpenRecording]) -> None:
        """Another list."""
        self.beginResetModel()
        self._recordings = list(recordings)
        self._rows = {recording.path: row for row, recording in enumerate(recordings)}
        self._names = RecordingNames()
        self._name(self._rows)
        self.endResetModel()

    def remove(self, path: Path) -> None:
        """Take a recording off the list."""
        if path not in self._rows:
            return
        row = self._rows[path]
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._recordings[row]
        self._names.discard(path)
        self._rows = {recording.path: i for i, recording in enumerate(self._recordings)}
        self.endRemoveRows()

    def _name(self, paths: Iterable[Path]) -> None:
        for path in paths:
            self._names.add(path)

    def refresh(self, path: Path | None = None) -> None:
        """Paint one row, or all, anew."""
        if not self._recordings or (path is not None and path not in self._rows):
            return
        first, last = (0, len(self._recordings) - 1) if path is None else (self._rows[path],) * 2
        self.dataChanged.emit(self.index(first), self.index(last))

    def row_of(self, path: Path) -> int:
        """A recording's row, -1 when it is not in the list."""
        return self._rows.get(path, -1)


class _RowPainter(QStyledItemDelegate):
    """Two lines: the name; duration and state, with a mark in the emotion's colour."""

    theme: Theme
    recordings: RecordingsModel

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One height for all."""
        return QSize(120, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        painter.save()
        recording: OpenRecording = index.data(RECORDING)
        model = self.recordings
        self._ground(painter, option)
        area = option.rect.adjusted(8 * SPACE, SPACE, -2 * SPACE, -SPACE)
        mark = QRect(option.rect.left() + 3 * SPACE, option.rect.center().y() - 6, 12, 12)
        self._mark(painter, mark, recording, model)
        upper = QRect(area.left(), area.top(), area.width(), area.height() // 2)
        lower = QRect(area.left(), area.center().y(), area.width(), area.height() // 2)
        font = QFont(option.font)
        painter.setPen(QPen(self.theme.colour("text")))
        name = model.name_of(recording)
        name = option.fontMetrics.elidedText(name, Qt.TextElideMode.ElideMiddle, upper.width())
        painter.setFont(font)
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(
            QPen(self.theme.colour("error" if recording.error or model.is_missing(recording) else "muted"))
        )
        text = model.state_text(recording)
        if recording.info is not None:
            text = f"{format_time(recording.info.duration, 1)} · {text}"
        text = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, lower.width())
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, self.theme.colour("accent_soft"))
            bar = QRect(option.rect.left(), option.rect.top(), 3, option.rect.height())
            painter.fillRect(bar, self.theme.colour("accent"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, self.theme.colour("hover"))

    def _mark(self, painter: QPainter, area: QRect, recording: OpenRecording, model: RecordingsModel) -> None:
        """Empty ring: not predicted; disc: predicted; half-empty ring in the colour: stale; cross: not readable."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        emotion, state = model.emotion(recording), model.state(recording)
        colour = QColor(colour_of(emotion)) if emotion else self.theme.colour("strong_border")
        if recording.error is not None or model.is_missing(recording):
            painter.setPen(QPen(self.theme.colour("error"), 2))
            inner = area.adjusted(2, 2, -2, -2)
            painter.drawLine(inner.topLeft(), inner.bottomRight())
            painter.drawLine(inner.topRight(), inner.bottomLeft())
            return
        painter.setPen(QPen(colour, 2))
        painter.setBrush(colour if state is State.PREDICTED else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(area.adjusted(1, 1, -1, -1))
        if state is State.STALE:
            painter.setBrush(colour)
            painter.drawPie(area.adjusted(1, 1, -1, -1), 90 * 16, 180 * 16)


class RecordingsPanel(QWidget):
    """The list with its filter; says what to do while it is empty."""

    chosen = Signal(object)  # OpenRecording or None
    open_asked = Signal()

    def __init__(self, store: PredictionStore, labelled: Callable[[Path], str], theme: Theme) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = RecordingsModel(store, labelled, self)
        self._shown = QSortFilterProxyModel(self)
        self._shown.setSourceModel(self.model)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter by name"))
        self.filter.setAccessibleName(tr("Filter recordings by name"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setAcceptDrops(False)  # a file dropped here is to be opened, not to be searched for
        self.filter.textChanged.connect(self._filter)
        self.list = QListView()
        self.list.setAccessibleName(tr("Recordings"))
        self.list.setModel(self._shown)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._painter = _RowPainter(self.list)
        self._painter.recordings = self.model
        self.list.setItemDelegate(self._painter)
        self.list.selectionModel().currentChanged.connect(self._choose)
        self._count = QLabel()
        self._count.setObjectName("muted")
        self._lay_out()
        for signal in (self.model.rowsInserted, self.model.rowsRemoved, self.model.modelReset):
            signal.connect(lambda *_: self._recount())
            signal.connect(lambda *_: self.list.viewport().update())  # others may be called otherwise now
        self.recolour(theme)
        self._recount()

    def _lay_out(self) -> None:
        self._none_found = QLabel(tr("No recording's name contains this."))
        self._none_found.setObjectName("muted")
        self._none_found.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedWidget()
        for page in (self._empty_page(), self.list, self._none_found):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.filter)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._count)

    def _empty_page(self) -> QWidget:
        page = QWidget()
        words = QLabel(tr("No recordings yet.\nDrop files or folders here, or open some."))
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setObjectName("muted")
        button = QPushButton(tr("Open recordings…"))
        button.clicked.connect(self.open_asked)
        layout = QVBoxLayout(page)
        layout.addStretch(1)
        layout.addWidget(words)
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)
        return page

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._painter.theme = theme
        self.list.viewport().update()

    @property
    def current(self) -> OpenRecording | None:
        """The recording in hand."""
        index = self.list.currentIndex()
        return index.data(RECORDING) if index.isValid() else None

    def shown(self) -> list[OpenRecording]:
        """Those that the filter lets through, in order."""
        return [self._shown.index(row, 0).data(RECORDING) for row in range(self._shown.rowCount())]

    def go_to(self, path: Path) -> None:
        """Make a recording the one in hand; a filter that hides it is dropped."""
        row = self.model.row_of(path)
        if row >= 0 and not self._shown.mapFromSource(self.model.index(row)).isValid():
            self.filter.clear()
        index = self._shown.mapFromSource(self.model.index(row))
        if index.isValid():
            self.list.setCurrentIndex(index)

    def following(self, path: Path, by: int) -> Iterator[Path]:
        """The paths shown after this one (by 1) or before it (by -1), the nearest first, not going round."""
        index = self._shown.mapFromSource(self.model.index(self.model.row_of(path)))
        row = index.row() if index.isValid() else (-1 if by > 0 else self._shown.rowCount())
        while 0 <= (row := row + by) < self._shown.rowCount():
            yield self._shown.index(row, 0).data(RECORDING).path

    def show_project(self, project: Project | None) -> None:
        """The recordings of another project; the first one is taken in hand."""
        self.model.reset([of_row(row) for row in project.recordings] if project is not None else [])
        if self._shown.rowCount():
            self.list.setCurrentIndex(self._shown.index(0, 0))
        else:
            self.chosen.emit(None)

    def follow(self, edit: Edit, project: Project) -> None:
        """Recordings that were added, removed or changed by an edit of the project."""
        touched = {c.row.id: c for c in edit.changes if isinstance(c.row, RecordingRow)}
        if not touched:
            return
        in_hand = self.current.path if self.current is not None else None
        gone = {
            change.before.path
            for change in touched.values()
            if isinstance(change.before, RecordingRow) and project.recording_at(change.before.path) is None
        }
        if len(gone) > 1:
            self.model.reset([each for each in self.model.recordings if each.path not in gone])
        for path in gone:
            self.model.remove(path)
        rows = [project.recording(number) for number in touched if project.has_recording(number)]
        self.model.add([of_row(row) for row in rows])
        self._keep_in_hand(in_hand, touched, rows)

    def _keep_in_hand(
        self, in_hand: Path | None, touched: dict[int, RowChange], rows: list[RecordingRow]
    ) -> None:
        """The recording in hand stays in hand where its file has another path; news of it is told."""
        moved = {c.before.path: number for number, c in touched.items() if isinstance(c.before, RecordingRow)}
        now = {row.id: row for row in rows}
        if in_hand is not None and in_hand in moved:
            row = now.get(moved[in_hand])
            if row is not None and row.path != in_hand:
                self.go_to(row.path)
                return
        current = self.current
        if current is None:
            self.chosen.emit(None)
        elif any(row.path == current.path and _is_news(touched[row.id], row) for row in rows):
            self.chosen.emit(current)

    def step(self, by: int) -> None:
        """Go to the next recording (1) or the one before (-1)."""
        row = self.list.currentIndex().row() + by
        if 0 <= row < self._shown.rowCount():
            self.list.setCurrentIndex(self._shown.index(row, 0))

    def _choose(self, current: QModelIndex, _: QModelIndex) -> None:
        self.chosen.emit(current.data(RECORDING) if current.isValid() else None)

    def _filter(self, text: str) -> None:
        self._shown.setFilterFixedString(text)
        self._recount()

    def _recount(self) -> None:
        total, shown = self.model.rowCount(), self._shown.rowCount()
        words = counted(total, "recording")
        self._count.setText(
            words if shown == total else tr("{shown} of {words}").format(shown=shown, words=words)
        )
        self._count.setVisible(total > 0)
        self.filter.setEnabled(total > 0)
        self._pages.setCurrentIndex(0 if total == 0 else 1 if shown else 2)


def _is_news(change: RowChange, row: RecordingRow) -> bool:
    """Whether the project knows a recording only now, or its sound is another one; a hash or a speaker is no news."""
    before = change.before
    if not isinstance(before, RecordingRow):
        return True
    return (before.path, before.rate, before.frames) != (row.path, row.rate, row.frames)
