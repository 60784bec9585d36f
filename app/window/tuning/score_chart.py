"""Scores beside one another: a dot with its interval for each, on one axis from 0 to 100 %."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ...job_result import Score
from ...translation import tr
from ..theme import SPACE, Theme

_ROW, _NAME, _FIGURE, _AXIS, _GAP = 26, 216, 124, 20, 40  # px


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A row: its name, UA, WA, and whether it is this program's own measurement."""

    name: str
    ua: Score
    wa: Score | None = None
    ours: bool = True


class ScoreChart(QWidget):
    """UA is drawn and told; WA is told."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Scores"))
        self._theme = theme
        self._rows: list[ScoreRow] = []
        self._chance = 0.0

    def show_rows(self, rows: Sequence[ScoreRow], chance: float) -> None:
        """Show scores, and where chance is (0 to 1)."""
        self._rows, self._chance = list(rows), chance
        self.setFixedHeight(_AXIS + _ROW * len(rows) + SPACE)
        self.setAccessibleDescription(
            "; ".join(tr("{name}: UA {told}").format(name=row.name, told=told(row.ua)) for row in rows)
        )
        self.update()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names, dots and whiskers, figures."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right = _NAME + 2 * SPACE, self.width() - 2 * _FIGURE - _GAP
        room = max(40, right - left)

        def across(value: float) -> float:
            return left + room * value

        bottom = _AXIS + _ROW * len(self._rows)
        painter.setPen(self._theme.colour("muted"))
        for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
            words = QRectF(across(tick) - 24, 0, 48, _AXIS)
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter, f"{100 * tick:.0f} %")
        for column, text in ((0, "UA"), (1, "WA")):
            heading = QRectF(right + _GAP + column * _FIGURE, 0, _FIGURE, _AXIS)
            painter.drawText(heading, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.setPen(QPen(self._theme.colour("border"), 1))
        for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
            painter.drawLine(QPointF(across(tick), _AXIS), QPointF(across(tick), bottom))
        painter.setPen(QPen(self._theme.colour("muted"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(across(self._chance), _AXIS), QPointF(across(self._chance), bottom))
        for at, row in enumerate(self._rows):
            self._paint_row(painter, row, at, across, right)

    def _paint_row(
        self, painter: QPainter, row: ScoreRow, at: int, across: Callable[[float], float], right: float
    ) -> None:
        top = _AXIS + at * _ROW
        middle, first = top + _ROW / 2, at == 0
        colour = self._theme.colour("accent" if first else "text" if row.ours else "muted")
        painter.setPen(self._theme.colour("text" if row.ours else "muted"))
        font = painter.font()
        font.setBold(first)
        font.setItalic(not row.ours)
        painter.setFont(font)
        vertical = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, top, _NAME, _ROW), vertical | Qt.AlignmentFlag.AlignLeft, row.name)
        for column, score in ((0, row.ua), (1, row.wa)):
            if score is not None:
                area = QRectF(right + _GAP + column * _FIGURE, top, _FIGURE, _ROW)
                painter.drawText(area, vertical | Qt.AlignmentFlag.AlignLeft, told(score))
        font.setBold(False)
        font.setItalic(False)
        painter.setFont(font)
        painter.setPen(QPen(colour, 2))
        if row.ua.low is not None and row.ua.high is not None:
            painter.drawLine(QPointF(across(row.ua.low), middle), QPointF(across(row.ua.high), middle))
        painter.setBrush(colour if row.ours else self._theme.colour("panel"))
        painter.drawEllipse(QPointF(across(row.ua.value), middle), 4.5, 4.5)


def told(score: Score) -> str:
    """A share in percent with its interval."""
    interval = ""
    if score.low is not None and score.high is not None:
        interval = f" ({100 * score.low:.1f}–{100 * score.high:.1f})"
    return f"{100 * score.value:.1f}{interval}"
