"""What the model hears now: the label, large, its confidence, and how long it took from the sound to the screen."""

import time

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core_model.labels import colour_of
from core_model.live.latency import Latency

from ...translation import tr
from ..theme import SPACE, Theme

_DISC = 28  # px


class CurrentLabel(QWidget):
    """Measures its own latency: from the window's last sample to the painting of its label."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName(tr("Emotion now"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._words, self._below = tr("Not listening"), ""
        self._colour: QColor | None = None
        self._captured: float | None = None
        self.latency = Latency()

    def show_label(self, label: str, confidence: float, captured: float) -> None:
        """Show a label whose window ended at `captured` (time.monotonic)."""
        self._show(label, f"{confidence:.0%}", QColor(colour_of(label)), captured)

    def show_words(self, words: str, below: str = "") -> None:
        """Show that there is no label, and why."""
        self._show(words, below, None, None)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Two lines, the first one large."""
        return QSize(200, 84)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A disc of the label's colour, its name, what is below; then the time that it took."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0.0
        if self._colour is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour)
            painter.drawEllipse(QRectF(0, 26 - _DISC / 2, _DISC, _DISC))
            left = _DISC + 3 * SPACE
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 2.2)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QPen(self._theme.colour("text" if self._colour is not None else "muted")))
        words = painter.fontMetrics().elidedText(
            self._words, Qt.TextElideMode.ElideRight, round(self.width() - left)
        )
        line = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, 0, self.width() - left, 52), line, words)
        painter.setFont(self.font())
        painter.setPen(QPen(self._theme.colour("muted")))
        painter.drawText(QRectF(left, 54, self.width() - left, 28), line, self._below)
        if self._captured is not None:
            self.latency.add(time.monotonic() - self._captured)
            self._captured = None

    def _show(self, words: str, below: str, colour: QColor | None, captured: float | None) -> None:
        self._words, self._below, self._colour, self._captured = words, below, colour, captured
        self.setAccessibleDescription(f"{words} {below}".strip())
        self.update()
