"""Emotion over time: one column a window, the labels' probabilities stacked in their colours."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip

from core_model.facts import Prediction
from core_model.labels import colour_of

from ..display.stacked import Labels, Stack
from ..display.time_view import format_time, pixel_at
from ..translation import tr
from .plots.strips import TimeStrip
from .pointer import TimePointer
from .theme import SPACE, Theme
from .time_axis import TimeAxis

_HEIGHT = 44
_NAME_ROOM = 1.3  # a label's name is written when the column is this many times as wide


class EmotionStrip(TimeStrip):
    """Shown for recordings of more than one window, since one window's probabilities are in the panel."""

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__(tr("Emotion over time"), _HEIGHT, axis, theme)
        self._prediction: Prediction | None = None
        self._stack: Stack | None = None
        TimePointer(self, axis, self.area)
        axis.cursor_changed.connect(self._tell)
        self.hide()

    def set_prediction(self, prediction: Prediction | None) -> None:
        """Show a prediction's windows, if it has several."""
        self._prediction = prediction if prediction is not None and len(prediction.windows) > 1 else None
        self._stack = Stack.of(self._prediction.windows) if self._prediction is not None else None
        self.setVisible(self._prediction is not None)
        self.forget_picture()

    def paint_still(self, painter: QPainter) -> None:
        """The columns in view, each with the name of its most probable label."""
        if self._prediction is None or self._stack is None:
            return
        left, width = self.area()
        painter.setPen(QPen(self.theme.colour("muted")))
        painter.drawText(QRectF(0, 0, left - SPACE, self.height()), 0x0082, "emotion")  # right, middle
        painter.setClipRect(QRectF(left, 0, width, self.height()))
        ratio, height = self.devicePixelRatioF(), self.height() - 2 * SPACE
        pixels = self._stack.pixels(self.axis.view, round(width * ratio), round(height * ratio))
        painter.drawImage(QRectF(left, SPACE, width, height), _image(pixels, self._prediction.labels))
        self._paint_names(painter, self._prediction)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The columns, and the playhead over them."""
        painter = QPainter(self)
        left, width = self.area()
        painter.drawPixmap(0, 0, self.still_picture(self.axis.view))
        painter.setClipRect(QRectF(left, 0, width, self.height()))
        x = pixel_at(self.axis.playhead, left, width, self.axis.view)
        painter.setPen(QPen(self.theme.colour("playhead"), 2))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    def _paint_names(self, painter: QPainter, prediction: Prediction) -> None:
        (left, width), view = self.area(), self.axis.view
        wanted = {label: painter.fontMetrics().horizontalAdvance(label) for label in prediction.labels}
        least = _NAME_ROOM * min(wanted.values()) / width * view.length  # seconds
        for window in prediction.windows:
            if window.end - window.start <= least or window.end < view.start or window.start > view.end:
                continue
            start, end = (pixel_at(time, left, width, view) for time in (window.start, window.end))
            name = prediction.labels[window.probabilities.index(max(window.probabilities))]
            if end - start > _NAME_ROOM * wanted[name]:
                chip = QRectF(start + SPACE, 3 * SPACE, wanted[name] + 8, 20)
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


def _image(pixels: Labels, labels: tuple[str, ...]) -> QImage:
    colours = np.array([QColor(colour_of(label)).rgba() for label in labels] + [0], dtype=np.uint32)
    image = np.ascontiguousarray(colours[pixels])  # NOTHING is the last: clear
    height, width = image.shape
    # A copy: the image would not keep the array alive.
    return QImage(image.data, width, height, 4 * width, QImage.Format.Format_ARGB32).copy()
