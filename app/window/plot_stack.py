"""The plots one below the other on the shared time axis, with the overview and the ruler above them."""

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from core_model.audio import AudioInfo

from .attention_panel import AttentionPanel
from .emotion_strip import EmotionStrip
from .loader import Loader
from .plots.mfcc_plot import MfccPlot
from .plots.spectrogram_plot import SpectrogramPlot
from .plots.strips import Overview, Ruler
from .plots.time_plot import LEFT, RIGHT
from .plots.waveform_plot import WaveformPlot
from .readout_bar import ReadoutBar
from .theme import SPACE, Theme
from .time_axis import TimeAxis

_ZOOM_IN = "Zoom in to a minute or less to see this (Ctrl+wheel, or +)"
_SIZES = [110, 150, 90, 230]


class PlotStack(QWidget):
    """Overview, ruler, emotion over time, then the plots in a splitter, and the read-out under them."""

    width_changed = Signal(int)

    def __init__(self, axis: TimeAxis, loader: Loader, theme: Theme) -> None:
        super().__init__()
        self.overview, self.ruler = Overview(axis, theme), Ruler(axis, theme)
        self.emotions = EmotionStrip(axis, theme)
        self.waveform = WaveformPlot(axis, theme)
        self.spectrogram = SpectrogramPlot(axis, theme)
        self.mfcc = MfccPlot(axis, theme)
        self.attention = AttentionPanel(axis, theme)
        self.readout = ReadoutBar(axis, loader)
        self.panels: dict[str, QWidget] = {
            "overview": self.overview,
            "waveform": self.waveform,
            "spectrogram": self.spectrogram,
            "mfcc": self.mfcc,
            "attention": self.attention,
        }
        self._axis, self._loader = axis, loader
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        for plot in (self.waveform, self.spectrogram, self.mfcc, self.attention):
            self._splitter.addWidget(plot)
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
        loader.detail_ready.connect(self.waveform.set_detail)
        loader.spectrogram_ready.connect(self.spectrogram.set_spectrogram)
        loader.pitch_ready.connect(self.spectrogram.set_pitch)
        loader.mfcc_ready.connect(self.mfcc.set_mfcc)
        loader.too_long.connect(self._show_too_long)
        self.spectrogram.height_changed.connect(self.readout.set_frequency)
        self.mfcc.height_changed.connect(self.readout.set_row)
        self.attention.pointed.connect(self.readout.set_attention)

    def show_recording(self, info: AudioInfo | None) -> None:
        """Put the time axis on a recording and let its plots be filled."""
        self._axis.reset(info.duration if info is not None else 0.0)
        self._loader.show(info)

    def add_strip(self, strip: QWidget) -> None:
        """One more strip on the time axis, above the plots."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(layout.indexOf(self._splitter), strip)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        for part in (*self.panels.values(), self.ruler, self.emotions):
            part.recolour(theme)  # type: ignore[attr-defined]

    def arrangement(self) -> QByteArray:
        """The plots' heights, to be remembered."""
        return self._splitter.saveState()

    def arrange(self, state: QByteArray) -> None:
        """Give the plots the heights remembered."""
        self._splitter.restoreState(state)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More pixels want more samples."""
        super().resizeEvent(event)
        self.width_changed.emit(max(self.width() - LEFT - RIGHT, 1))

    def _show_too_long(self, too_long: bool) -> None:
        self.mfcc.show_empty(_ZOOM_IN if too_long else "")
        if too_long:
            self.mfcc.set_mfcc(None)
            self.spectrogram.set_pitch(None)
            return
        self.mfcc.set_mfcc(self._loader.mfcc)
        self.spectrogram.set_pitch(self._loader.pitch)
