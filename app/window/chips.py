"""Words in a table's cell, and a label's chip: its word on a ground of its colour, behind a disc of it."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from .row_table import LEFT, RIGHT

DISC = 10  # px
_EDGE, _GAP = 6, 6  # px, before the disc and after it
_ROUND = 4  # px


def draw_words(
    painter: QPainter,
    area: QRect,
    text: str,
    *,
    right: bool = False,
    cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """Draw text with the painter's pen, in one line, cut where it does not fit."""
    if not text:
        return
    text = painter.fontMetrics().elidedText(text.replace("\n", " "), cut, area.width())
    painter.drawText(area, RIGHT if right else LEFT, text)


def draw_chip(
    painter: QPainter, area: QRect, text: str, colour: QColor, *, dark: bool, disc: bool = True
) -> None:
    """Draw a label's chip, its word with the painter's pen.

    Args:
        area: the room there is, in px; the chip takes what it needs of it.
        dark: whether the theme is.
        disc: whether to draw it; what is no label of the scheme has none.
    """
    pen = painter.pen()
    left = _EDGE + (DISC + _GAP if disc else 0)
    width = min(left + painter.fontMetrics().horizontalAdvance(text) + 10, area.width())
    chip = QRectF(area.left(), area.top() + 2.5, width, area.height() - 6)
    ground = QColor(colour)
    ground.setAlpha(56 if dark else 44)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(chip, _ROUND, _ROUND)
    if disc:
        painter.setBrush(colour)
        painter.drawEllipse(QRectF(chip.left() + _EDGE, chip.center().y() - DISC / 2, DISC, DISC))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(pen)
    draw_words(painter, QRect(area.left() + left, area.top(), int(width) - left - 2, area.height() - 1), text)
