"""The intensity over time, in dB below a sine of full scale."""

import math

import numpy as np
import pyqtgraph as pg

from ...display.features import INTENSITY_STEP, IntensityPart
from ...display.peaks import Peaks
from ...translation import tr
from ..theme import Theme
from ..time_axis import TimeAxis
from .curve import Curve
from .time_plot import TimePlot

_SHOWN = 60  # dB below the recording's peak
_LEAST_PEAK = 1e-4
_TICKS = 20  # dB
_EDGE = 5  # dB above the lower edge, where half of a tick's words would be cut off


class IntensityPlot(TimePlot):
    """A line; its scale belongs to the recording, so that it stays while the view moves."""

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        self._line = Curve(connect="finite")
        super().__init__(tr("Intensity"), axis, theme)
        self._line.setZValue(1)
        self.addItem(self._line, ignoreBounds=True)
        self.set_peaks(None)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        super().recolour(theme)
        self._line.setPen(pg.mkPen(theme.colour("plot_line"), width=2))

    def set_peaks(self, peaks: Peaks | None) -> None:
        """Fit the scale to the recording's greatest magnitude, which no intensity exceeds."""
        top = 20 * math.log10(max(peaks.peak if peaks is not None else 1.0, _LEAST_PEAK))
        self.getPlotItem().getViewBox().setYRange(top - _SHOWN, top, padding=0)
        first = math.floor((top - _EDGE) / _TICKS) * _TICKS
        ticks = [
            (level, f"{level} dB".replace("-", "−"))
            for level in range(first, int(top - _SHOWN + _EDGE), -_TICKS)
        ]
        self.name_heights("left", ticks)

    def set_intensity(self, part: IntensityPart | None) -> None:
        """Draw a part's intensity, or none."""
        if part is None:
            self._line.clear()
            return
        self._line.setData(part.start + INTENSITY_STEP * np.arange(len(part.levels)), part.levels)
