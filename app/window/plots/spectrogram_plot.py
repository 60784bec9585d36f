"""The spectrogram, with the pitch over it on a scale of its own at the right."""

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen

from ...display.features import PitchPart
from ...display.peaks import Peaks
from ...display.plot_options import PlotOptions
from ...display.spectra import Spectrogram, brightness
from ...translation import tr
from ..theme import Theme
from ..time_axis import TimeAxis
from .curve import Curve
from .time_plot import TimePlot
from .unread import UnreadPart

_FREQUENCY_TICKS = 4  # at most
_GREY = ((0, 0, 0), (255, 255, 255))


class SpectrogramPlot(TimePlot):
    """Level in dB over time and frequency."""

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        self._image = pg.ImageItem(axisOrder="col-major")
        self._outline = Curve(connect="finite")
        self._pitch = Curve(connect="finite")
        self._unread = UnreadPart(theme)
        self._options = PlotOptions()
        self._track: PitchPart | None = None
        self._peak = 1.0
        self._levels = brightness(self._peak, self._options)
        super().__init__(tr("Spectrogram"), axis, theme)
        for depth, item in enumerate((self._unread, self._image, self._outline, self._pitch)):
            item.setZValue(depth)
            self.addItem(item, ignoreBounds=True)
        right = self.getPlotItem().getAxis("right")
        right.setStyle(showValues=True, tickLength=-4)
        self.set_options(self._options)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours; the image keeps its own."""
        super().recolour(theme)
        self._unread.recolour(theme)
        self._paint_with(_colour_map(self._options.colours))
        self.getPlotItem().getAxis("right").setTextPen(QPen(theme.colour("muted")))

    def set_options(self, options: PlotOptions) -> None:
        """Draw with other colours, ranges and units what there is."""
        self._options = options
        self._paint_with(_colour_map(options.colours))
        self._set_levels()
        self.getPlotItem().getViewBox().setYRange(0, options.top_hz, padding=0)
        self.name_heights("left", _frequency_ticks(options.top_hz))
        ticks = [(height * options.top_hz, text) for height, text in options.pitch_ticks()]
        self.name_heights("right", ticks if options.pitch else [])
        unit = f" · F0 ({options.pitch_unit})" if options.pitch else ""
        self.set_caption(tr("Spectrogram{unit}").format(unit=unit))
        self._draw_pitch()

    def set_peaks(self, peaks: Peaks | None) -> None:
        """Fit the brightness to the recording's greatest magnitude, and mark what is not read yet."""
        if peaks is None:
            self._unread.hide()
            return
        self._unread.show_between(peaks.read / peaks.rate, self.axis.duration)
        self._peak = peaks.peak
        self._set_levels()

    def set_spectrogram(self, shown: Spectrogram | None) -> None:
        """Draw a spectrogram, or none."""
        if shown is None or not len(shown.levels):
            self._image.clear()
            return
        self._image.setImage(shown.levels, autoLevels=False, levels=self._levels)
        columns, rows = shown.levels.shape
        left, low = shown.start - shown.step / 2, -shown.bin_hz / 2
        self._image.setRect(QRectF(left, low, columns * shown.step, rows * shown.bin_hz))

    def set_pitch(self, pitch: PitchPart | None) -> None:
        """Draw a pitch track, or none."""
        self._track = pitch
        self._draw_pitch()

    def _draw_pitch(self) -> None:
        track, options = self._track, self._options
        for line in (self._outline, self._pitch):
            if track is None or not len(track.times) or not options.pitch:
                line.clear()
            else:
                line.setData(track.times, options.pitch_height(track.f0) * options.top_hz)

    def _set_levels(self) -> None:
        levels = brightness(self._peak, self._options)
        if levels != self._levels:
            self._levels = levels
            if self._image.image is not None:
                self._image.setLevels(levels)

    def _paint_with(self, colours: pg.ColorMap) -> None:
        """The image, and behind it the colour of silence; the pitch stands out from what is dark and what is light."""
        self._image.setColorMap(colours)
        silence = colours.map(0.0, mode="qcolor")
        self.getPlotItem().getViewBox().setBackgroundColor(silence)
        light = silence.lightnessF() > 0.5
        # A light ground is the paper's, whatever the theme: a darker line, on a white rim.
        self._pitch.setPen(pg.mkPen(self.theme.colour("pitch").darker(200 if light else 100), width=2))
        self._outline.setPen(pg.mkPen("#ffffff" if light else "#000000", width=4))


def _colour_map(name: str) -> pg.ColorMap:
    if name in ("grey", "praat"):
        return pg.ColorMap([0.0, 1.0], _GREY if name == "grey" else _GREY[::-1])
    return pg.colormap.get(name)


def _frequency_ticks(top: int) -> list[tuple[int, str]]:
    """Odd multiples of a step, so that neither end of the scale has one."""
    step = next(hertz for hertz in (500, 1000, 2000, 4000) if top / (2 * hertz) <= _FREQUENCY_TICKS)
    return [(hertz, tr("{value:g} kHz").format(value=hertz / 1000)) for hertz in range(step, top, 2 * step)]
