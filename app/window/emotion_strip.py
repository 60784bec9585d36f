"""Emotion over time: one column a window, the labels' probabilities stacked in their colours."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip

from core_model.facts import Prediction, WindowPrediction
from core_model.labels import colour_of

from ..display.time_view import format_time, pixel_at
from .plots.strips import TimeStrip
from .pointer import TimePointer
from .theme import SPACE, Theme
from .time_axis import TimeAxis

_HEIGHT = 44
_NAME_ROOM = 1.3  # a label's name is written when the column is this many times as wide


class EmotionStrip(TimeStrip):
    """Shown for recordings of more than one window, since one window's probabilities are in the panel."""

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__("Emotion over time", _HEIGHT, axis, theme)
        self._prediction: Prediction | None = None
        TimePointer(self, axis, self.area)
        axis.cursor_changed.connect(self._tell)
        self.hide()

    def set_prediction(self, prediction: Prediction | None) -> None:
        """Show a prediction's windows, if it has several."""
        self._prediction = prediction if prediction is not None and len(prediction.windows) > 1 else None
        self.setVisible(self._prediction is not None)
        self.forget_picture()

    def paint_still(self, painter: QPainter) -> None:
        """The columns in view, each with the name of its most probable label."""
        if self._prediction is None:
            return
        left, width = self.area()
        painter.setPen(QPen(self.theme.colour("muted")))
        painter.drawText(QRectF(0, 0, left - SPACE, self.height()), 0x0082, "emotion")  # right, middle
        painter.setClipRect(QRectF(left, 0, width, self.height()))
        for window in self._prediction.windows:
            if window.end >= self.axis.view.start and window.start <= self.axis.view.end:
                self._paint_window(painter, window, self._prediction.labels)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The columns, and the playhead over them."""
        painter = QPainter(self)
        left, width = self.area()
        painter.drawPixmap(0, 0, self.still_picture(self.axis.view))
        painter.setClipRect(QRectF(left, 0, width, self.height()))
        x = pixel_at(self.axis.playhead, left, width, self.axis.view)
        painter.setPen(QPen(self.theme.colour("playhead"), 2))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    def _paint_window(self, painter: QPainter, window: WindowPrediction, labels: tuple[str, ...]) -> None:
        start, end = (pixel_at(time, *self.area(), self.axis.view) for time in (window.start, window.end))
        bottom, height = float(self.height() - SPACE), self.height() - 2.0 * SPACE
        for label, probability in zip(labels, window.probabilities, strict=True):
            part = probability * height
            bottom -= part
            painter.fillRect(QRectF(start, bottom, max(end - start - 1, 1), part), QColor(colour_of(label)))
        name = labels[window.probabilities.index(max(window.probabilities))]
        if end - start > _NAME_ROOM * painter.fontMetrics().horizontalAdvance(name):
            chip = QRectF(start + SPACE, 3 * SPACE, painter.fontMetrics().horizontalAdvance(name) + 8, 20)
            painter.fillRect(chip, self.theme.colour("panel", 225))
            painter.setPen(QPen(self.theme.colour("text")))
            painter.drawText(chip, 0x0084, name)  # centred

    def _tell(self, time: float | None) -> None:
        self.setToolTip(self._text_at(time) if time is not None else "")
        if not self.toolTip():
            QToolTip.hideText()

    def _text_at(self, time: float) -> str:
        if self._prediction is None:
            return ""
        for window in self._prediction.windows:
            if window.start <= time < window.end:
                lines = [f"{format_time(window.start, 1)} – {format_time(window.end, 1)}"]
                pairs = zip(self._prediction.labels, window.probabilities, strict=True)
                return "\n".join([*lines, *(f"{label} {p:.0%}" for label, p in pairs)])
        return ""
