"""The waveform, sharp at every zoom, with the relevance curve of a prediction laid over it."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QResizeEvent

from ...display.peaks import Detail, Peaks, trace
from ...display.plot_options import PlotOptions
from ...display.time_view import Span
from ...translation import tr
from ..theme import Theme
from ..time_axis import TimeAxis
from .curve import Curve
from .time_plot import TimePlot
from .unread import UnreadPart

_TOGETHER = 16  # points; two a pixel
_CROWDED = 4  # lines of text; in less height figures stand on each other
_LEAST_HEIGHT = 0.01  # amplitude; so that silence is a line and not enlarged noise


class WaveformPlot(TimePlot):
    """Mono amplitude over time."""

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        self._peaks: Peaks | None = None
        self._detail: Detail | None = None
        self._line = Curve(together=_TOGETHER, connect="finite", skipFiniteCheck=False)
        self._relevance = Curve(connect="all")
        self._floor = Curve()
        self._under = pg.FillBetweenItem(self._floor, self._relevance)
        self._curve: tuple[np.ndarray, np.ndarray] | None = None
        self._height, self._relevance_shown = 1.0, True
        self._unread = UnreadPart(theme)
        super().__init__(tr("Waveform"), axis, theme)
        for item, depth in ((self._unread, 0), (self._line, 1), (self._under, 5), (self._relevance, 6)):
            item.setZValue(depth)
            self.addItem(item, ignoreBounds=True)
        self._set_height(1.0)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        super().recolour(theme)
        self._line.setPen(pg.mkPen(theme.colour("plot_line")))
        self._relevance.setPen(pg.mkPen(theme.colour("relevance"), width=2))
        self._under.setBrush(pg.mkBrush(theme.colour("relevance", 28)))
        self._unread.recolour(theme)

    def set_peaks(self, peaks: Peaks | None) -> None:
        """Draw another recording, or more of the one that is being read."""
        self._peaks = peaks
        if peaks is None:
            self._detail = None
        self._set_height(max(peaks.peak if peaks else 1.0, _LEAST_HEIGHT))
        self._draw()

    def set_detail(self, detail: Detail | None) -> None:
        """Samples of the part in view, for a recording too long to keep them all."""
        self._detail = detail
        self._draw()

    def set_relevance(self, times: np.ndarray | None, values: np.ndarray | None) -> None:
        """Lay a relevance curve (times in seconds, values with mean 1) over the waveform; None takes it away."""
        self._curve = None if times is None or values is None else (times, values)
        self._draw_relevance()

    def set_options(self, options: PlotOptions) -> None:
        """With the relevance, or without."""
        self._relevance_shown = options.relevance
        self._draw_relevance()

    def _set_height(self, peak: float) -> None:
        self._height = peak * 1.08
        self.getPlotItem().getViewBox().setYRange(-self._height, self._height, padding=0)
        self._draw_relevance()

    def _show_view(self, view: Span) -> None:
        super()._show_view(view)
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has other pixels."""
        super().resizeEvent(event)
        self._draw()

    def _thin_names(self) -> None:
        crowded = self.height() < _CROWDED * self.fontMetrics().height()
        self.getPlotItem().getAxis("left").setTicks([[(0.0, "0")], []] if crowded else None)

    def _draw(self) -> None:
        if self._peaks is None:
            self._line.clear()
            self._unread.hide()
            return
        view = self.axis.view
        drawn = trace(self._peaks, view.start, view.end, int(self.area()[1]), self._detail)
        self._line.setData(drawn.times, drawn.values)
        ahead = drawn.times[np.isnan(drawn.values)]
        self._unread.show_between(float(ahead[0]) if len(ahead) else view.end, view.end)

    def _draw_relevance(self) -> None:
        shown = self._curve is not None and self._relevance_shown
        self.set_caption(tr("Waveform · relevance") if shown else tr("Waveform"))
        self._relevance.setVisible(shown)
        self._under.setVisible(shown)
        if self._curve is None or not shown:
            return
        times, values = self._curve
        # Relevance has mean 1, which is drawn at half the height: a curve that says nothing is a flat line there.
        low, top = -self._height, max(2.0, float(np.max(values, initial=0.0)))
        self._relevance.setData(times, low + values / top * 2 * self._height)
        self._floor.setData(times, np.full(len(times), low))
