"""The figures of a stretch in a table, each beside the speaker's mean."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QProgressBar,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core_model.errors import HumpcatError
from core_model.voice_statistics import Reference, VoiceStatistics, deviations, semitones

from ..translation import counted, tr
from .theme import SPACE, Theme

_EMPTY = tr(
    "Choose a segment, or select a part of the sound, to see its duration, pitch, intensity and rate."
)
_NOT_COMPARED = tr("Not compared: it takes three other segments of the same speaker.")
_ROW, _BAR = 26, 3  # px
_IN_HERTZ = ("f0_mean", "f0_median", "f0_min", "f0_max")
_LARGEST = 3.0  # standard deviations at the bar's end
_DEVIATION = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class _Row:
    """A figure's name in the facts, its words, how it is written, and what it is."""

    name: str
    words: str
    text: Callable[[float], str]
    tip: str


def _unit(unit: str, decimals: int) -> Callable[[float], str]:
    return lambda value: f"{value:.{decimals}f} {unit}".replace("-", "−")


def _semitones(value: float) -> str:
    """F0 in the other unit, for the tip."""
    return tr("{float:.1f} semitones above 100 Hz").format(float=float(semitones(value))).replace("-", "−")


_ROWS = (
    _Row("duration", tr("Duration"), _unit("s", 3), tr("From the start to the end")),
    _Row("f0_mean", tr("F0 mean"), _unit("Hz", 0), tr("Over the voiced frames")),
    _Row("f0_median", tr("F0 median"), _unit("Hz", 0), tr("Half of the voiced frames lie below")),
    _Row("f0_min", tr("F0 lowest"), _unit("Hz", 0), tr("The lowest voiced frame")),
    _Row("f0_max", tr("F0 highest"), _unit("Hz", 0), tr("The highest voiced frame")),
    _Row("f0_range", tr("F0 range"), _unit("st", 1), tr("Semitones from the lowest to the highest")),
    _Row("f0_deviation", "F0 SD", _unit("st", 1), tr("Standard deviation of F0 in semitones")),
    _Row(
        "voiced",
        tr("Voiced"),
        lambda value: f"{value:.0%}",
        tr("Share of the frames in which a voice sounds"),
    ),
    _Row(
        "intensity_mean",
        tr("Intensity"),
        _unit("dB", 1),
        tr("Of the mean power; 0 dB is a sine of full scale"),
    ),
    _Row(
        "intensity_range",
        tr("Int. range"),
        _unit("dB", 1),
        tr("From the 5th to the 95th percentile, without pauses"),
    ),
    _Row(
        "energy",
        tr("Energy"),
        lambda value: f"{value:.3g} s",
        tr("Integral of the squared amplitude (full scale 1)"),
    ),
    _Row(
        "speaking_rate",
        tr("Speaking rate"),
        _unit("/s", 2),
        tr("Syllable nuclei a second, after de Jong & Wempe (2009)"),
    ),
    _Row(
        "articulation_rate",
        tr("Articulation"),
        _unit("/s", 2),
        tr("Syllable nuclei a second, without the pauses"),
    ),
    _Row(
        "pauses", tr("Pauses"), lambda value: f"{value:.0f}", tr("Silences of at least 0.3 s between sounds")
    ),
    _Row("pause_time", tr("Pause time"), _unit("s", 2), tr("How long the pauses last together")),
)


class StatisticsPanel(QWidget):
    """Empty, busy, or the figures; Ctrl+C copies the rows chosen, else all."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._words = QLabel()
        self._words.setObjectName("muted")
        self._words.setWordWrap(True)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._bars = _DeviationBars(theme)
        self.table = _Table(self._bars)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self._words)
        layout.addWidget(self._busy)
        layout.addWidget(self.table, 1)
        layout.addStretch(0)
        self.show_statistics(None, None)

    @property
    def words(self) -> str:
        """The line above the table."""
        return self._words.text()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._bars.theme = theme
        self.table.viewport().update()

    def show_statistics(self, statistics: VoiceStatistics | None, reference: Reference | None) -> None:
        """Show a stretch's figures, against its speaker's if there is a reference; None says what to do first."""
        self._busy.hide()
        self.table.setVisible(statistics is not None)
        if statistics is None:
            self._words.setText(_EMPTY)
            return
        found = deviations(statistics, reference) if reference is not None else {}
        self._words.setText(
            _NOT_COMPARED
            if reference is None
            else tr("SD: against {other_segments} of the speaker").format(
                other_segments=counted(reference.count, "other segment")
            )
        )
        self.table.show_rows(statistics, found)

    def show_busy(self) -> None:
        """Say that a stretch is being measured."""
        self._words.setText(tr("Measuring…"))
        self._busy.show()
        self.table.hide()

    def show_error(self, error: HumpcatError) -> None:
        """Say why there are no figures."""
        self._busy.hide()
        self.table.hide()
        self._words.setText(f"{error.message} {error.hint}".strip())


class _Table(QTableWidget):
    """Name, value, and how many of the speaker's standard deviations above the mean."""

    def __init__(self, bars: "_DeviationBars") -> None:
        super().__init__(len(_ROWS), 3)
        self.setAccessibleName(tr("Statistics"))
        self.setHorizontalHeaderLabels(["", tr("Value"), "SD"])
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.verticalHeader().setMinimumSectionSize(_ROW)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegateForColumn(2, bars)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self._cells = [[_cell(text, row.tip) for text in (row.words, "", "")] for row in _ROWS]
        for number, cells in enumerate(self._cells):
            for column, cell in enumerate(cells):
                self.setItem(number, column, cell)

    def show_rows(self, statistics: VoiceStatistics, found: dict[str, float]) -> None:
        """Fill the table."""
        for row, (_, shown, compared) in zip(_ROWS, self._cells, strict=True):
            value, deviation = float(getattr(statistics, row.name)), found.get(row.name)
            shown.setText(row.text(value) if math.isfinite(value) else "–")
            if row.name in _IN_HERTZ and math.isfinite(value):
                shown.setToolTip(f"{row.tip}: {_semitones(value)}")
            compared.setText(_deviation_text(deviation))
            compared.setData(_DEVIATION, deviation)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.as_text())
        else:
            super().keyPressEvent(event)

    def as_text(self) -> str:
        """The rows chosen, else all, with tabs between the columns."""
        chosen = sorted({index.row() for index in self.selectedIndexes()}) or range(self.rowCount())
        return "\n".join("\t".join(cell.text() for cell in self._cells[row]) for row in chosen)


class _DeviationBars(QStyledItemDelegate):
    """The number, and under it a bar from the speaker's mean in the middle; beyond 3 SD it fills its half."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Without the number, which is drawn over the whole width."""
        super().initStyleOption(option, index)
        option.text = ""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Number, then bar."""
        super().paint(painter, option, index)
        deviation = index.data(_DEVIATION)
        if deviation is None:
            return
        area = QRectF(option.rect).adjusted(0, 0, -SPACE, 0)
        middle, top = area.center().x(), area.bottom() - _BAR
        end = middle + max(-1.0, min(1.0, deviation / _LARGEST)) * area.width() / 2
        painter.save()
        painter.setPen(QPen(self.theme.colour("text")))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area.adjusted(0, 0, 0, -_BAR), flags, _deviation_text(deviation))
        painter.fillRect(QRectF(area.left(), top, area.width(), _BAR), self.theme.colour("border"))
        bar = QRectF(min(middle, end), top, abs(end - middle), _BAR)
        painter.fillRect(bar, self.theme.colour("accent"))
        painter.setPen(QPen(self.theme.colour("strong_border")))
        painter.drawLine(round(middle), round(top), round(middle), round(top + _BAR - 1))
        painter.restore()


def _cell(text: str, tip: str) -> QTableWidgetItem:
    cell = QTableWidgetItem(text)
    cell.setToolTip(tip)
    return cell


def _deviation_text(deviation: float | None) -> str:
    return "" if deviation is None else f"{deviation:+.1f} SD".replace("-", "−")
