"""How a table's cells of segments are painted."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from ..editor import Editor
from ..segment_list import SegmentItem
from ..translation import tr
from .chips import DISC, draw_chip, draw_words
from .segment_columns import Cell, SegmentsModel
from .theme import SPACE, Theme

Index = QModelIndex | QPersistentModelIndex
_BAR = 4  # px


class SegmentPainter(QStyledItemDelegate):
    """Paints straight from the segment: asking the model for each role of each cell costs more than the painting."""

    def __init__(self, model: SegmentsModel, editor: Editor, theme: Theme, view: QTableView) -> None:
        super().__init__(view)
        self._model, self._editor, self._view = model, editor, view
        self._colours: dict[str, QColor] = {}
        self.recolour(theme)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours, and the scheme's."""
        self._theme = theme
        self._colours.clear()
        names = ("text", "muted", "accent", "accent_soft", "border", "good")
        self._pens = {name: QPen(theme.colour(name)) for name in names}
        self._ring = 1.6

    def colour_of(self, label: str) -> QColor:
        """A label's colour in the project's scheme."""
        if label not in self._colours:
            self._colours[label] = QColor(self._editor.scheme.colour_of(label))
        return self._colours[label]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        row = index.row()
        item, column = self._model.item(row), self._model.columns[index.column()]
        rect, metrics = option.rect, option.fontMetrics
        self._ground(painter, option, index)
        dim = item.id in self._model.dimmed
        inner = rect.adjusted(2 * SPACE, 0, -2 * SPACE, 0)
        if column.cell is Cell.LABEL:
            if item.label is not None:
                painter.setPen(self._pens["muted" if dim else "text"])
                draw_chip(painter, inner, item.label, self.colour_of(item.label), dark=self._theme.dark)
        elif column.cell is Cell.RANK:
            self._rank(painter, inner, metrics, row, item.reviewed)
        elif column.cell is Cell.SUGGESTION:
            self._suggestion(painter, inner, metrics, item, dim)
        else:
            cut = Qt.TextElideMode.ElideMiddle if column.cell is Cell.NAME else Qt.TextElideMode.ElideRight
            right = column.cell is Cell.NUMBER
            self._words(painter, inner, column.text(item), dim, right=right, cut=cut)

    def _words(
        self,
        painter: QPainter,
        area: QRect,
        text: str,
        dim: bool,
        right: bool = False,
        cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        painter.setPen(self._pens["muted" if dim else "text"])
        draw_words(painter, area, text, right=right, cut=cut)

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._pens["accent_soft"].color())
        painter.setPen(self._pens["border"])
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if index.row() != self._view.currentIndex().row():
            return
        if self._view.hasFocus():
            painter.setPen(self._pens["accent"])
            painter.drawLine(rect.topLeft(), rect.topRight())
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if index.column() == self._view.horizontalHeader().logicalIndex(0):
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), self._pens["accent"].color())

    def _rank(self, painter: QPainter, area: QRect, metrics: QFontMetrics, row: int, reviewed: bool) -> None:
        if not reviewed:
            self._words(painter, area, str(row + 1), True, right=True)
            return
        centre = area.center()
        at = QPointF(area.right() - 6, centre.y() + 0.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._pens["good"].color(), 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(QPolygonF([at + QPointF(x, y) for x, y in ((-5, 0), (-1.5, 3.5), (5, -4))]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _suggestion(
        self, painter: QPainter, area: QRect, metrics: QFontMetrics, item: SegmentItem, dim: bool
    ) -> None:
        """A ring, the word and the confidence over a bar of it; of a stale one the word says so."""
        if item.suggestion is None or item.confidence is None:
            return
        colour, quiet = self.colour_of(item.suggestion), dim or item.stale
        bar = QRectF(area.left(), area.bottom() - _BAR, area.width(), _BAR - 1)
        painter.fillRect(bar, self._pens["border"].color())
        ground = QColor(colour)
        ground.setAlpha(110 if quiet else 255)
        painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * item.confidence, bar.height()), ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, self._ring))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF(area.left() + 1, area.center().y() - DISC / 2 - 1, DISC - 2, DISC - 2))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        share = (
            tr("stale {confidence:.0%}").format(confidence=item.confidence)
            if item.stale
            else f"{item.confidence:.0%}"
        )
        used = metrics.horizontalAdvance(share) + SPACE
        words = area.adjusted(DISC + 5, 0, -used, -_BAR)
        self._words(painter, words, item.suggestion, quiet)
        self._words(painter, area.adjusted(0, 0, 0, -_BAR), share, quiet, right=True)
