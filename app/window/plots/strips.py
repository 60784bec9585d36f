"""Thin strips on the time axis: the ruler, and the overview of the whole recording."""

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ...display.peaks import Peaks, trace
from ...display.time_view import pixel_at, ticks, time_at, whole
from ...translation import tr
from ..pointer import TimePointer
from ..theme import Theme
from ..time_axis import TimeAxis
from .time_plot import LEFT, RIGHT
from .unread import unread_colour

_UNREAD = tr("not read yet")


class TimeStrip(QWidget):
    """A painted strip whose time area is in line with the plots'."""

    def __init__(self, name: str, height: int, axis: TimeAxis, theme: Theme) -> None:
        super().__init__()
        self.axis, self.theme = axis, theme
        self.setAccessibleName(name)
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for signal in (axis.view_changed, axis.playhead_changed, axis.selection_changed, axis.cursor_changed):
            signal.connect(self._changed)
        self._picture: QPixmap | None = None
        self._pictured: object = None

    def area(self) -> tuple[float, float]:
        """The pixel at which time begins, and the width."""
        return float(LEFT), float(max(self.width() - LEFT - RIGHT, 1))

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.theme = theme
        self.forget_picture()

    def paint_still(self, painter: QPainter) -> None:
        """Paint what stays while the playhead moves; for strips that draw their `still_picture`."""

    def still_picture(self, of: object) -> QPixmap:
        """What `paint_still` paints, kept until `of`, the strip's size or its colours change."""
        ratio = self.devicePixelRatioF()
        if self._picture is None or (self.size(), ratio, of) != self._pictured:
            self._picture, self._pictured = QPixmap(self.size() * ratio), (self.size(), ratio, of)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._picture)
            painter.setFont(self.font())
            self.paint_still(painter)
            painter.end()
        return self._picture

    def forget_picture(self) -> None:
        """What the strip shows has changed."""
        self._picture = None
        self.update()

    def _changed(self, _: object) -> None:
        self.update()


class Ruler(TimeStrip):
    """Times along the top of the plots."""

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__(tr("Time ruler"), 24, axis, theme)
        TimePointer(self, axis, self.area)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Marks, labels, and where cursor, playhead and selection are."""
        painter = QPainter(self)
        left, width = self.area()
        bottom, view = self.height() - 1, self.axis.view
        painter.setClipRect(QRectF(left - 1, 0, width + RIGHT, self.height()))
        if self.axis.selection is not None:
            start, end = (
                pixel_at(t, left, width, view) for t in (self.axis.selection.start, self.axis.selection.end)
            )
            painter.fillRect(QRectF(start, bottom - 5, end - start, 5), self.theme.colour("accent"))
        if self.axis.duration > 0:
            self._paint_marks(painter, left, width, bottom)
        self._paint_times(painter, left, width, bottom)

    def _paint_marks(self, painter: QPainter, left: float, width: float, bottom: int) -> None:
        marks = ticks(self.axis.view, width)
        painter.setPen(QPen(self.theme.colour("border")))
        for time in marks.minor:
            x = pixel_at(time, left, width, self.axis.view)
            painter.drawLine(QPointF(x, bottom - 3), QPointF(x, bottom))
        for time, label in zip(marks.major, marks.labels, strict=True):
            x = pixel_at(time, left, width, self.axis.view)
            painter.setPen(QPen(self.theme.colour("strong_border")))
            painter.drawLine(QPointF(x, bottom - 6), QPointF(x, bottom))
            painter.setPen(QPen(self.theme.colour("muted")))
            painter.drawText(QPointF(x + 4, bottom - 7), label)

    def _paint_times(self, painter: QPainter, left: float, width: float, bottom: int) -> None:
        if self.axis.cursor is not None:
            x = pixel_at(self.axis.cursor, left, width, self.axis.view)
            painter.setPen(QPen(self.theme.colour("hover_line"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
        if self.axis.duration > 0:
            x = pixel_at(self.axis.playhead, left, width, self.axis.view)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.colour("playhead"))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawPolygon(
                QPolygonF([QPointF(x - 5, bottom - 7), QPointF(x + 5, bottom - 7), QPointF(x, bottom)])
            )


class Overview(TimeStrip):
    """The whole recording, the part in view, and the playhead; a drag moves the view, a click centres it."""

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__(tr("Overview of the whole recording"), 40, axis, theme)
        self._peaks: Peaks | None = None
        self._grip: float | None = None  # seconds between the view's start and the pointer
        self.installEventFilter(self)

    def set_peaks(self, peaks: Peaks | None) -> None:
        """Draw another recording, or more of one that is being read."""
        self._peaks = peaks
        self.forget_picture()

    def paint_still(self, painter: QPainter) -> None:
        """The waveform, and faint what is not read yet."""
        left, width = self.area()
        painter.fillRect(QRectF(left, 2, width, self.height() - 4), self.theme.colour("plot"))
        if self._peaks is None or self.axis.duration <= 0:
            return
        painter.setPen(QPen(self.theme.colour("strong_border")))
        painter.drawPolyline(self._polyline(self._peaks, left, width))
        read = pixel_at(self._peaks.read / self._peaks.rate, left, width, whole(self.axis.duration))
        unread = QRectF(read, 2, left + width - read, self.height() - 4)
        if unread.width() > 0:
            painter.fillRect(unread, unread_colour(self.theme))
            painter.setPen(QPen(self.theme.colour("muted")))
            painter.drawText(unread, Qt.AlignmentFlag.AlignCenter, _fitting(_UNREAD, unread.width(), painter))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The waveform, dimmed outside the view."""
        painter = QPainter(self)
        left, width = self.area()
        painter.drawPixmap(0, 0, self.still_picture(self.axis.duration))
        if self.axis.duration <= 0:
            return
        everything = whole(self.axis.duration)
        start, end = (
            pixel_at(t, left, width, everything) for t in (self.axis.view.start, self.axis.view.end)
        )
        shade = self.theme.colour("panel", 150)
        painter.fillRect(QRectF(left, 2, start - left, self.height() - 4), shade)
        painter.fillRect(QRectF(end, 2, left + width - end, self.height() - 4), shade)
        painter.setPen(QPen(self.theme.colour("accent"), 1))
        painter.drawRect(QRectF(start, 2, max(end - start, 2) - 1, self.height() - 5))
        x = pixel_at(self.axis.playhead, left, width, everything)
        painter.setPen(QPen(self.theme.colour("playhead"), 2))
        painter.drawLine(QPointF(x, 2), QPointF(x, self.height() - 3))

    def _polyline(self, peaks: Peaks, left: float, width: float) -> QPolygonF:
        drawn = trace(peaks, 0.0, self.axis.duration, int(width))
        known = np.isfinite(drawn.values)
        values = drawn.values[known] / max(peaks.peak, 0.01)
        middle, half = self.height() / 2, self.height() / 2 - 4
        xs = left + drawn.times[known] / self.axis.duration * width
        return QPolygonF(
            [QPointF(x, middle - y * half) for x, y in zip(xs.tolist(), values.tolist(), strict=True)]
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Drag and click."""
        if self.axis.duration <= 0 or not isinstance(event, QMouseEvent):
            return False
        time = time_at(event.position().x(), *self.area(), whole(self.axis.duration))
        view = self.axis.view
        if event.type() == QEvent.Type.MouseButtonPress:
            self._grip = time - view.start if view.holds(time) else view.length / 2
        elif event.type() == QEvent.Type.MouseButtonRelease:
            self._grip = None
        if self._grip is not None:
            self.axis.set_view(time - self._grip, time - self._grip + view.length)
        return False


def _fitting(text: str, width: float, painter: QPainter) -> str:
    return text if painter.fontMetrics().horizontalAdvance(text) < width else ""
