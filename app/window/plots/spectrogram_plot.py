"""The spectrogram, 0 to 8 kHz, with the pitch over it on a scale of its own at the right."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen

from ...display.features import PitchPart
from ...display.peaks import Peaks
from ...display.spectra import BIN_HZ, TOP_HZ, Spectrogram, brightness
from ..theme import Theme
from ..time_axis import TimeAxis
from .time_plot import TimePlot
from .unread import UnreadPart

_PITCH_LOW, _PITCH_HIGH = 50.0, 650.0  # Hz at the plot's bottom and top
_PITCH_TICKS = (100, 200, 300, 400, 500, 600)


class SpectrogramPlot(TimePlot):
    """Level in dB over time and frequency."""

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        self._image = pg.ImageItem(axisOrder="col-major")
        self._image.setColorMap(pg.colormap.get("magma"))
        self._outline = pg.PlotCurveItem(connect="finite")
        self._pitch = pg.PlotCurveItem(connect="finite")
        self._levels = brightness(1.0)
        self._unread = UnreadPart(theme)
        super().__init__("Spectrogram · F0", axis, theme)
        for depth, item in enumerate((self._unread, self._image, self._outline, self._pitch)):
            item.setZValue(depth)
            self.addItem(item, ignoreBounds=True)
        self.getPlotItem().getViewBox().setYRange(0, TOP_HZ, padding=0)
        left = self.getPlotItem().getAxis("left")
        left.setTicks([[(hz, f"{hz // 1000} kHz") for hz in (1000, 3000, 5000, 7000)], []])
        right = self.getPlotItem().getAxis("right")
        right.setStyle(showValues=True, tickLength=-4)
        right.setTicks([[(float(self._height_of(hz)), f"{hz} Hz") for hz in _PITCH_TICKS[::2]], []])

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours; the image keeps its own."""
        super().recolour(theme)
        self.getPlotItem().getViewBox().setBackgroundColor("#000004")  # magma's lowest colour
        self._unread.recolour(theme)
        self._pitch.setPen(pg.mkPen(theme.colour("pitch"), width=2))
        self._outline.setPen(pg.mkPen("#000000", width=4))
        self.getPlotItem().getAxis("right").setTextPen(QPen(theme.colour("muted")))

    def set_peaks(self, peaks: Peaks | None) -> None:
        """Fit the brightness to the recording's greatest magnitude, and mark what is not read yet."""
        if peaks is None:
            self._unread.hide()
            return
        self._unread.show_between(peaks.read / peaks.rate, self.axis.duration)
        levels = brightness(peaks.peak)
        if levels != self._levels:
            self._levels = levels
            if self._image.image is not None:
                self._image.setLevels(levels)

    def set_spectrogram(self, shown: Spectrogram | None) -> None:
        """Draw a spectrogram, or none."""
        if shown is None or not len(shown.levels):
            self._image.clear()
            return
        self._image.setImage(shown.levels, autoLevels=False, levels=self._levels)
        columns, rows = shown.levels.shape
        left, low = shown.start - shown.step / 2, -BIN_HZ / 2
        self._image.setRect(QRectF(left, low, columns * shown.step, rows * BIN_HZ))

    def set_pitch(self, pitch: PitchPart | None) -> None:
        """Draw a pitch track, or none."""
        for line in (self._outline, self._pitch):
            if pitch is None or not len(pitch.times):
                line.clear()
            else:
                line.setData(pitch.times, self._height_of(pitch.f0))

    @staticmethod
    def _height_of(f0: float | np.ndarray) -> float | np.ndarray:
        return (f0 - _PITCH_LOW) / (_PITCH_HIGH - _PITCH_LOW) * TOP_HZ
