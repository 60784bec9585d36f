"""Waveform, spectrogram and F0 of the last ten seconds, moving to the left as time goes on.

Drawn with what moves least: a column of the spectrogram is coloured once and then only shifted, the waveform is pixels
made by numpy. So that forty frames a second leave the window's thread mostly idle.
"""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ...display.plot_options import PlotOptions
from ...display.rolling import SHOWN_SECONDS, STEPS_PER_SECOND, Rolling
from ...display.spectra import TOP_HZ, brightness
from ...translation import tr
from ..theme import SPACE, Theme

LEFT, RIGHT = 56, 56  # px for the figures
_CAPTION = 20  # px for the times below
_WAVEFORM = 0.36  # share of the height
_LEAST_HEIGHT = 0.02  # amplitude; so that noise is not shown as speech
_STEADY = 1.5  # times louder or softer before the scale follows, so that it does not breathe
_KILOHERTZ = (2, 4, 6)
_SECONDS = 2  # between two times

Steps = np.ndarray


class LivePlots(QWidget):
    """Painted anew whenever `show_newest` is called; counts its frames."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName(tr("Live waveform, spectrogram and F0"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme, self._options = theme, PlotOptions()
        self._rolling: Rolling | None = None
        self._peak = 1.0
        self._columns = np.zeros((0, 0), dtype=np.uint32)
        self._coloured = 0  # the first step whose column is not coloured yet
        self.frames = 0  # painted

    def show_sound(self, rolling: Rolling | None) -> None:
        """Show another sound, or none."""
        self._rolling = rolling
        self._peak = 1.0
        if rolling is not None:
            self._columns = np.zeros((rolling.rows, rolling.kept), dtype=np.uint32)
            self._coloured = rolling.next_step
        self.update()

    def show_newest(self) -> None:
        """More of the sound has come."""
        rolling = self._rolling
        if rolling is None:
            return
        lows, highs = rolling.waveform(_shown(rolling))
        peak = max(float(np.abs(lows).max(initial=0)), float(highs.max(initial=0)), _LEAST_HEIGHT)
        if not self._peak / _STEADY < peak <= self._peak:
            self._peak = peak * (1 + (_STEADY - 1) / 2)
            self._coloured = rolling.oldest_step
        self._colour(rolling)
        self.update()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours; the spectrogram keeps its own."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Room for both plots."""
        return QSize(640, 320)

    def minimumSizeHint(self) -> QSize:
        """So that both can still be read."""
        return QSize(320, 160)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Both plots, or what to do to see them."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("panel"))
        waveform, spectrogram = self._areas()
        for area in (waveform, spectrogram):
            painter.fillRect(area, self._theme.colour("plot"))
        if self._rolling is None:
            painter.setPen(QPen(self._theme.colour("muted")))
            painter.drawText(
                waveform,
                Qt.AlignmentFlag.AlignCenter,
                tr("Choose an input and press Listen, or replay a recording"),
            )
            return
        self.frames += 1
        painter.fillRect(spectrogram, QColor("#000004"))  # magma's lowest, as silence is
        self._paint_waveform(painter, waveform, self._rolling)
        self._paint_spectrogram(painter, spectrogram, self._rolling)
        self._paint_pitch(painter, spectrogram, self._rolling)
        self._paint_figures(painter, waveform, spectrogram)

    def _areas(self) -> tuple[QRectF, QRectF]:
        width, height = max(1, self.width() - LEFT - RIGHT), max(2, self.height() - _CAPTION - SPACE)
        top = round(height * _WAVEFORM)
        return QRectF(LEFT, 0, width, top), QRectF(LEFT, top + SPACE, width, height - top)

    def _colour(self, rolling: Rolling) -> None:
        """Columns that came since the last time, or all of them on another scale."""
        steps = np.arange(max(self._coloured, rolling.oldest_step), rolling.next_step)
        if len(steps):
            table = _colours(self._options.colours, *brightness(self._peak, self._options))
            self._columns[:, steps % rolling.kept] = table[rolling.levels(steps)].T[::-1]
        self._coloured = rolling.next_step

    def _paint_waveform(self, painter: QPainter, area: QRectF, rolling: Rolling) -> None:
        ratio = self.devicePixelRatioF()
        width, height = max(1, round(area.width() * ratio)), max(1, round(area.height() * ratio))
        steps = _shown(rolling)
        lows, highs = (values / self._peak for values in rolling.waveform(steps))
        early = steps < rolling.oldest_step  # before the sound began
        lows, highs = np.where(early, 2, lows), np.where(early, -2, highs)
        column = np.arange(width) * len(steps) // width
        level = 1 - 2 * (np.arange(height)[:, None] + 0.5) / height
        half = 1 / height  # at least one pixel, so that silence is a line
        inside = (level >= lows[column] - half) & (level <= highs[column] + half)
        line, ground = (self._theme.colour(name).rgb() for name in ("plot_line", "plot"))
        pixels = np.where(inside, np.uint32(line), np.uint32(ground))
        painter.drawImage(area, _image(pixels))

    def _paint_spectrogram(self, painter: QPainter, area: QRectF, rolling: Rolling) -> None:
        image, kept = _image(self._columns), rolling.kept
        first, end = rolling.next_step - _STEPS, rolling.next_step
        scale = area.width() / _STEPS
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        begin = max(first, rolling.oldest_step)
        while begin < end:  # at most two pieces, as the array wraps around
            until = min(end, begin - begin % kept + kept)
            source = QRectF(begin % kept, 0, until - begin, rolling.rows)
            left = area.left() + (begin - first) * scale
            painter.drawImage(QRectF(left, area.top(), (until - begin) * scale, area.height()), image, source)
            begin = until

    def _paint_pitch(self, painter: QPainter, area: QRectF, rolling: Rolling) -> None:
        steps = _shown(rolling)
        heights = self._options.pitch_height(np.asarray(rolling.f0(steps), dtype=np.float64))
        voiced = np.flatnonzero(np.isfinite(heights))
        x = area.left() + (np.arange(len(steps)) + 0.5) * area.width() / len(steps)
        y = area.bottom() - heights * area.height()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(area)
        runs = np.split(voiced, np.flatnonzero(np.diff(voiced) > 1) + 1) if len(voiced) else []
        lines = [QPolygonF([QPointF(x[at], y[at]) for at in run.tolist()]) for run in runs]
        for colour, thick in ((QColor("#000000"), 4), (self._theme.colour("pitch"), 2)):
            painter.setPen(QPen(colour, thick))
            for line in lines:
                painter.drawPolyline(line)
        painter.setClipping(False)

    def _paint_figures(self, painter: QPainter, waveform: QRectF, spectrogram: QRectF) -> None:
        painter.setPen(QPen(self._theme.colour("muted")))
        at_left = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for kilohertz in _KILOHERTZ:
            y = spectrogram.bottom() - kilohertz * 1000 / TOP_HZ * spectrogram.height()
            painter.drawText(
                QRectF(0, y - 10, LEFT - SPACE, 20),
                at_left,
                tr("{kilohertz} kHz").format(kilohertz=kilohertz),
            )
        painter.drawText(QRectF(0, waveform.center().y() - 10, LEFT - SPACE, 20), at_left, "0")
        at_right = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for height, words in self._options.pitch_ticks():
            y = spectrogram.bottom() - height * spectrogram.height()
            painter.drawText(QRectF(spectrogram.right() + SPACE, y - 10, RIGHT, 20), at_right, words)
        for seconds in range(0, round(SHOWN_SECONDS) + 1, _SECONDS):
            x = spectrogram.right() - seconds / SHOWN_SECONDS * spectrogram.width()
            words = f"−{seconds} s" if seconds else "now"
            place = QRectF(x - 30, spectrogram.bottom() + 2, 60, _CAPTION - 2)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)


_STEPS = round(SHOWN_SECONDS * STEPS_PER_SECOND)


def _shown(rolling: Rolling) -> Steps:
    return np.arange(rolling.next_step - _STEPS, rolling.next_step)


def _colours(name: str, low: float, high: float) -> np.ndarray:
    """For each of the 256 levels its colour as 0xffRRGGBB."""
    place = np.clip((np.arange(256) - low) / max(high - low, 1e-6), 0, 1)
    mapped = pg.colormap.get(name).map(place, mode="byte").astype(np.uint32)
    found: np.ndarray = 0xFF000000 | mapped[:, 0] << 16 | mapped[:, 1] << 8 | mapped[:, 2]
    return found.astype(np.uint32)


def _image(pixels: np.ndarray) -> QImage:
    """Pixels (height, width) as an image on the same memory, which must outlive it."""
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
