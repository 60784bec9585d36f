"""The 39 MFCC values over time, standardised or as they are, as a heat-map with a diverging colour map."""

import pyqtgraph as pg
from PySide6.QtCore import QRectF

from ...display.features import MFCC_STEP, MfccPart, in_colours
from ...display.plot_options import PlotOptions
from ...translation import tr
from ..theme import Theme
from ..time_axis import TimeAxis
from .time_plot import TimePlot

_ROWS = 39
_BLOCK = 13  # 12 coefficients and the log energy; then their first and second differences
_NAMES = {6: "MFCC", 19: "Δ", 32: "ΔΔ"}  # named in the middle of each block


class MfccPlot(TimePlot):
    """Coefficients from the bottom up: 1 to 12, energy, first differences, second differences."""

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        self._image = pg.ImageItem(axisOrder="col-major")
        self._part: MfccPart | None = None
        self._standardised = PlotOptions().standardised
        super().__init__("MFCC", axis, theme)
        self._image.setZValue(1)
        self.addItem(self._image, ignoreBounds=True)
        self._bounds = [pg.InfiniteLine(pos=_BLOCK * i, angle=0) for i in (1, 2)]
        for line in self._bounds:
            line.setZValue(2)
            line.setPen(pg.mkPen(theme.colour("strong_border"), width=1))
            self.addItem(line, ignoreBounds=True)
        self.getPlotItem().getViewBox().setYRange(0, _ROWS, padding=0)
        self.name_heights("left", [(row + 0.5, name) for row, name in _NAMES.items()])

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours: the middle of the map is dark on dark, light on light."""
        super().recolour(theme)
        self._image.setColorMap(pg.colormap.get("CET-D4" if theme.dark else "CET-D1A"))

    def set_options(self, options: PlotOptions) -> None:
        """Standardised, or as they are."""
        if options.standardised != self._standardised:
            self._standardised = options.standardised
            self.set_caption("MFCC" if options.standardised else tr("MFCC · not standardised"))
            self.set_mfcc(self._part)

    def set_mfcc(self, part: MfccPart | None) -> None:
        """Draw a part's MFCCs, or none."""
        self._part = part
        for line in getattr(self, "_bounds", ()):
            line.setVisible(part is not None)
        if part is None:
            self._image.clear()
            return
        shown = in_colours(part.values, self._standardised)
        self._image.setImage(shown, autoLevels=False, levels=(0, 255))
        frames, rows = shown.shape
        self._image.setRect(QRectF(part.start - MFCC_STEP / 2, 0, frames * MFCC_STEP, rows))
