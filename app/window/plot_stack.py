"""The plots one below the other on the shared time axis, with the overview and the ruler above them."""

from functools import partial

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from core_model.audio import AudioInfo

from ..display.plot_options import PlotOptions
from ..translation import tr
from .attention_panel import AttentionPanel
from .emotion_strip import EmotionStrip
from .loader import Loader
from .plots.intensity_plot import IntensityPlot
from .plots.mfcc_plot import MfccPlot
from .plots.spectrogram_plot import SpectrogramPlot
from .plots.strips import Overview, Ruler, TimeStrip
from .plots.time_plot import LEFT, RIGHT, TimePlot
from .plots.waveform_plot import WaveformPlot
from .readout_bar import ReadoutBar
from .theme import SPACE, Theme
from .time_axis import TimeAxis

_ZOOM_IN = tr("Zoom in to a minute or less to see this (Ctrl+wheel, or +)")
_SIZES = [150, 150, 60, 80, 150]


class PlotStack(QWidget):
    """Overview, ruler, emotion over time, then the plots in a splitter, and the read-out under them."""

    width_changed = Signal(int)
    menu_asked = Signal(str, QPoint)  # of which plot, where on the screen

    def __init__(self, axis: TimeAxis, loader: Loader, theme: Theme) -> None:
        super().__init__()
        self.overview, self.ruler = Overview(axis, theme), Ruler(axis, theme)
        self.emotions = EmotionStrip(axis, theme)
        self.waveform = WaveformPlot(axis, theme)
        self.spectrogram = SpectrogramPlot(axis, theme)
        self.intensity = IntensityPlot(axis, theme)
        self.mfcc = MfccPlot(axis, theme)
        self.attention = AttentionPanel(axis, theme)
        self.readout = ReadoutBar(axis, loader)
        self.panels: dict[str, QWidget] = {
            "overview": self.overview,
            "waveform": self.waveform,
            "spectrogram": self.spectrogram,
            "intensity": self.intensity,
            "mfcc": self.mfcc,
            "attention": self.attention,
        }
        self.plots: dict[str, TimePlot] = {
            "waveform": self.waveform,
            "spectrogram": self.spectrogram,
            "intensity": self.intensity,
            "mfcc": self.mfcc,
            "attention": self.attention.plot,
        }
        self._touched = "waveform"
        self._strips: list[QWidget] = [self.emotions]
        self._axis, self._loader = axis, loader
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        for name in self.plots:
            self._splitter.addWidget(self.panels[name])
        self._splitter.setSizes(_SIZES)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE, 0, 0)
        layout.setSpacing(0)
        for widget in (self.overview, self.ruler, self.emotions):
            layout.addWidget(widget)
        layout.addWidget(self._splitter, 1)
        layout.addWidget(self.readout)

    def _connect(self) -> None:
        loader = self._loader
        loader.peaks_ready.connect(self.waveform.set_peaks)
        loader.peaks_ready.connect(self.overview.set_peaks)
        loader.peaks_ready.connect(self.spectrogram.set_peaks)
        loader.peaks_ready.connect(self.intensity.set_peaks)
        loader.detail_ready.connect(self.waveform.set_detail)
        loader.spectrogram_ready.connect(self.spectrogram.set_spectrogram)
        loader.pitch_ready.connect(self.spectrogram.set_pitch)
        loader.intensity_ready.connect(self.intensity.set_intensity)
        loader.mfcc_ready.connect(self.mfcc.set_mfcc)
        loader.too_long.connect(self._show_too_long)
        self.spectrogram.height_changed.connect(self.readout.set_frequency)
        self.mfcc.height_changed.connect(self.readout.set_row)
        self.attention.pointed.connect(self.readout.set_attention)
        for name, plot in self.plots.items():
            plot.touched.connect(partial(self._touch, name))
            plot.menu_asked.connect(partial(self.menu_asked.emit, name))

    def set_options(self, options: PlotOptions) -> None:
        """Draw as these options say; what has to be computed anew arrives later."""
        for part in (self.waveform, self.spectrogram, self.mfcc, self.readout, self._loader):
            part.set_options(options)

    @property
    def current(self) -> str:
        """The plot that had the focus or was clicked last, if it is shown still; else the first that is."""
        shown = self.shown()
        return self._touched if self._touched in shown or not shown else shown[0]

    def shown(self) -> list[str]:
        """The names of the plots that are not hidden, from the top down."""
        return [name for name in self.plots if not self.panels[name].isHidden()]

    def filled(self) -> list[str]:
        """Those of the plots shown that have something to show."""
        return [name for name in self.shown() if not self.plots[name].is_empty]

    def strips(self) -> list[TimeStrip]:
        """The strips above the plots, less overview and ruler, that are not hidden."""
        return [strip for strip in self._strips if isinstance(strip, TimeStrip) and not strip.isHidden()]

    def focus_next(self, step: int = 1) -> None:
        """Give the next plot that is shown the keyboard's focus, or the one before with -1."""
        shown = self.shown()
        if shown:
            focused = next((i for i, name in enumerate(shown) if self.plots[name].hasFocus()), None)
            at = shown.index(self.current) if focused is None else (focused + step) % len(shown)
            self.plots[shown[at]].setFocus(Qt.FocusReason.TabFocusReason)

    def show_recording(self, info: AudioInfo | None) -> None:
        """Put the time axis on a recording and let its plots be filled."""
        self._axis.reset(info.duration if info is not None else 0.0)
        self._loader.show(info)

    def add_strip(self, strip: QWidget) -> None:
        """One more strip on the time axis, above the plots."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(layout.indexOf(self._splitter), strip)
        self._strips.append(strip)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        for part in (*self.panels.values(), self.ruler, self.emotions):
            part.recolour(theme)  # type: ignore[attr-defined]

    def arrangement(self) -> QByteArray:
        """The plots' heights, to be remembered."""
        return QByteArray(self._mark()) + self._splitter.saveState()

    def arrange(self, state: QByteArray) -> None:
        """Give the plots the heights remembered."""
        mark = self._mark()
        if state.startsWith(mark):  # else of a version with other plots
            self._splitter.restoreState(state.sliced(len(mark)))

    def _mark(self) -> bytes:
        return f"{self._splitter.count()} plots:".encode()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More pixels want more samples."""
        super().resizeEvent(event)
        self.width_changed.emit(max(self.width() - LEFT - RIGHT, 1))

    def _touch(self, name: str) -> None:
        self._touched = name

    def _show_too_long(self, too_long: bool) -> None:
        loader = self._loader
        for plot in (self.mfcc, self.intensity):
            plot.show_empty(_ZOOM_IN if too_long else "")
        self.mfcc.set_mfcc(None if too_long else loader.mfcc)
        self.intensity.set_intensity(None if too_long else loader.intensity)
        self.spectrogram.set_pitch(None if too_long else loader.pitch)
