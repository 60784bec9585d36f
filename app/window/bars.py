"""Bars with a name and a value each, as probabilities are shown."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from .theme import Theme

_ROW = 32  # px


class Bars(QWidget):
    """A labelled bar for each of some values between 0 and 1."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._rows: list[tuple[str, float, QColor]] = []

    def set_rows(self, rows: list[tuple[str, float, QColor]]) -> None:
        """Show name, value and colour of each row."""
        self._rows = rows
        self.setFixedHeight(_ROW * len(rows))
        self.setAccessibleDescription(", ".join(f"{name} {value:.1%}" for name, value, _ in rows))
        self.update()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(160, _ROW * len(self._rows))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Name and value above each bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, (name, value, colour) in enumerate(self._rows):
            top, width = row * _ROW, self.width()
            words = QRectF(0, top, width, 20)
            painter.setPen(QPen(self._theme.colour("text")))
            painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            text = f"{value:.1%}".replace("-", "−")
            painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("border"))
            painter.drawRoundedRect(QRectF(0, top + 20, width, 8), 4, 4)
            if value > 0:
                painter.setBrush(colour)
                painter.drawRoundedRect(QRectF(0, top + 20, max(width * min(value, 1.0), 8), 8), 4, 4)
