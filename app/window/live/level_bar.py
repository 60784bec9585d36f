"""How loud the input is: a bar for each channel, its highest of late, and a mark once it was too loud."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core_model.live.level import FLOOR, LevelMeter

from ...translation import tr
from ..theme import SPACE, Theme

_MARKS = (-48, -36, -24, -12, -6, 0)  # dB
_HOT, _LOUD = -3.0, -12.0  # dB; where speech should not be, and where it is loud enough
_WORDS, _CLIP = 16, 40  # px: below the bars, at their right end


class LevelBar(QWidget):
    """Shows a meter; a click, or Space, forgets that it clipped."""

    reset_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._meter: LevelMeter | None = None
        self.setAccessibleName(tr("Input level"))
        self.setToolTip(
            tr(
                "Level in dB of full scale; the line is the highest of the last 1.5 s. Click to forget "
                "clipping"
            )
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_meter(self, meter: LevelMeter | None) -> None:
        """Show a meter's levels as they are now; None while nothing is heard."""
        self._meter = meter
        if meter is not None:
            clipped = tr(", clipped") if meter.clipped.any() else ""
            self.setAccessibleDescription(f"{float(meter.held.max()):.0f} dB{clipped}")
        self.update()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Two bars and the figures below them."""
        return QSize(240, 2 * 8 + SPACE + _WORDS)

    def minimumSizeHint(self) -> QSize:
        """Wide enough to be read."""
        return QSize(160, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Forget the clipping."""
        self.reset_asked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, marks, and "clip" at the right."""
        painter = QPainter(self)
        theme, meter = self._theme, self._meter
        channels = len(meter.levels) if meter is not None else 1
        width, room = self.width() - _CLIP, self.height() - _WORDS
        height = max(2.0, (room - (channels - 1)) / channels)
        for channel in range(channels):
            top = channel * (height + 1)
            painter.fillRect(QRectF(0, top, width, height), theme.colour("raised"))
            if meter is not None:
                self._paint_channel(painter, meter, channel, QRectF(0, top, width, height))
        font = painter.font()
        font.setPointSizeF(max(6.0, font.pointSizeF() - 2))
        painter.setFont(font)
        painter.setPen(QPen(theme.colour("muted")))
        for mark in _MARKS:
            x = width * _share(mark)
            painter.drawLine(round(x), round(room), round(x), round(room) + 2)
            place = QRectF(x - 20, room + 2, 40, _WORDS - 2)
            if mark == 0:
                place.moveRight(width + 4)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{mark}".replace("-", "−"))
        self._paint_clip(painter, QRectF(width + SPACE, 0, _CLIP - SPACE, room))
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("accent")))
            painter.drawRect(QRectF(0.5, 0.5, self.width() - 1, room - 1))

    def _paint_channel(self, painter: QPainter, meter: LevelMeter, channel: int, area: QRectF) -> None:
        level, held = float(meter.levels[channel]), float(meter.held[channel])
        colour = "error" if level > _HOT else "warning" if level > _LOUD else "good"
        painter.fillRect(
            QRectF(area.left(), area.top(), area.width() * _share(level), area.height()),
            self._theme.colour(colour),
        )
        if held > FLOOR:
            painter.fillRect(
                QRectF(area.width() * _share(held) - 2, area.top(), 2, area.height()),
                self._theme.colour("text"),
            )

    def _paint_clip(self, painter: QPainter, area: QRectF) -> None:
        clipped = self._meter is not None and bool(self._meter.clipped.any())
        painter.setPen(QPen(self._theme.colour("on_accent" if clipped else "disabled")))
        if clipped:
            painter.fillRect(area, self._theme.colour("error"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "clip")


def _share(level: float) -> float:
    return min(max((level - FLOOR) / -FLOOR, 0.0), 1.0)
