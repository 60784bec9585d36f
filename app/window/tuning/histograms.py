"""How much there is of each label and speaker, and how long utterances are, as bars."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core_model.labels import colour_of

from ...translation import tr
from ..theme import SPACE, Theme

_ROW, _NAME, _COUNT = 22, 84, 64  # px
_HEIGHT, _BINS, _AXIS = 96, 24, 18  # px, bars, px


class LabelBars(QWidget):
    """A row with a name, a bar and a count for each label."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._rows: list[tuple[str, int]] = []

    def show_counts(self, rows: Sequence[tuple[str, int]]) -> None:
        """Names, which are labels, with their counts."""
        self._rows = list(rows)
        self.setFixedHeight(max(1, _ROW * len(self._rows)))
        self.setAccessibleDescription(", ".join(f"{name} {count}" for name, count in rows))
        self.update()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bars."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most = max((count for _, count in self._rows), default=1)
        left, room = _NAME + SPACE, max(8, self.width() - _NAME - _COUNT - 2 * SPACE)
        middle = Qt.AlignmentFlag.AlignVCenter
        for row, (name, count) in enumerate(self._rows):
            top = row * _ROW
            painter.setPen(self._theme.colour("text"))
            words = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _NAME)
            painter.drawText(QRectF(0, top, _NAME, _ROW), middle | Qt.AlignmentFlag.AlignLeft, words)
            width = room * count / most
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour_of(name)))
            painter.drawRoundedRect(QRectF(left, top + 5, max(width, 2), _ROW - 10), 3, 3)
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(
                QRectF(left + width + SPACE, top, _COUNT, _ROW),
                middle | Qt.AlignmentFlag.AlignLeft,
                str(count),
            )


class CountBars(QWidget):
    """Upright bars without names, such as one for each of many speakers, or for each stretch of lengths."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFixedHeight(_HEIGHT)
        self._theme = theme
        self._values: npt.NDArray[np.float64] = np.zeros(0)
        self._ends: tuple[str, str] = ("", "")

    def show_values(self, values: npt.NDArray[np.float64], first: str, last: str) -> None:
        """The bars' heights, and what stands below the first and the last."""
        self._values, self._ends = values, (first, last)
        most = int(values.max()) if len(values) else 0
        self.setAccessibleDescription(
            tr("{values} bars from {first} to {last}, the highest {most}").format(
                values=len(values), first=first, last=last, most=most
            )
        )
        self.update()

    def show_lengths(self, seconds: npt.NDArray[np.float32]) -> None:
        """How many utterances are how long."""
        if not len(seconds):
            self.show_values(np.zeros(0), "", "")
            return
        low, high = float(seconds.min()), float(np.quantile(seconds, 0.99))
        counts, edges = np.histogram(np.minimum(seconds, high), _BINS, (low, max(high, low + 0.01)))
        more = "+" if float(seconds.max()) > high * 1.01 else ""
        self.show_values(counts.astype(np.float64), f"{edges[0]:.1f} s", f"{edges[-1]:.1f}{more} s")

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Wide enough to be read."""
        return QSize(200, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bars over a line, the ends named below, the highest at the top."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        base, count = self.height() - _AXIS, len(self._values)
        painter.setPen(self._theme.colour("border"))
        painter.drawLine(0, base, self.width(), base)
        if not count:
            return
        most, step = max(1.0, float(self._values.max())), self.width() / count
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent", 190))
        gap = 1.0 if step > 4 else 0.0
        for at, value in enumerate(self._values):
            height = (base - _AXIS) * value / most
            painter.drawRect(QRectF(at * step, base - height, max(step - gap, 1.0), height))
        painter.setPen(self._theme.colour("muted"))
        below = QRectF(0, base, self.width(), _AXIS)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, self._ends[0])
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, self._ends[1])
        painter.drawText(
            QRectF(0, 0, self.width(), _AXIS),
            Qt.AlignmentFlag.AlignRight,
            tr("at most {most:.0f}").format(most=most),
        )
