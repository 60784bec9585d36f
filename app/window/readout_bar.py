"""One line under the plots: the values at the cursor, of every plot at once."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ..display import readout
from ..display.plot_options import PlotOptions
from ..translation import tr
from .loader import Loader
from .theme import SPACE
from .time_axis import TimeAxis

_HEIGHT = 28
_START_FREQUENCY = 1000.0
_WIDE = 1100  # px from which the amplitude's level has room; the intensity tells about as much
# The longest that stands in each column; its width is the column's, so that nothing jumps while the numbers change.
_LONGEST = (
    ("playhead", "00:00.000"),
    ("amplitude", ""),  # with its level where there is room
    (tr("at 0.00 kHz"), "−000.0 dB"),
    ("F0", "unvoiced"),
    ("intensity", "−00.0 dB"),
    ("dd_mfcc12", "−00.000"),
    ("attention", ""),
)


class ReadoutBar(QWidget):
    """Values at the cursor, or at the playhead while the pointer is on no plot."""

    def __init__(self, axis: TimeAxis, loader: Loader) -> None:
        super().__init__()
        self._axis, self._loader = axis, loader
        self._frequency, self._row, self._attention = _START_FREQUENCY, 0, ""
        self._options = PlotOptions()
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName(tr("Values at the cursor"))
        for signal in (
            axis.cursor_changed,
            axis.playhead_changed,
            loader.peaks_ready,
            loader.spectrogram_ready,
        ):
            signal.connect(lambda _: self.update())
        loader.pitch_ready.connect(lambda _: self.update())
        loader.intensity_ready.connect(lambda _: self.update())
        loader.mfcc_ready.connect(lambda _: self.update())

    def set_options(self, options: PlotOptions) -> None:
        """F0 is told in the unit in which it is drawn."""
        self._options = options
        self.setToolTip(tr("F0 in semitones above 100 Hz") if options.in_semitones else "")
        self.update()

    def set_frequency(self, frequency: float) -> None:
        """The frequency whose level is read: the pointer's height in the spectrogram."""
        self._frequency = max(frequency, 0.0)
        self.update()

    def set_row(self, row: float) -> None:
        """The MFCC row that is read: the pointer's height in that plot."""
        self._row = int(max(row, 0))
        self.update()

    def set_attention(self, text: str) -> None:
        """What the attention panel says of the place under the pointer."""
        self._attention = text
        self.update()

    def entries(self) -> list[tuple[str, str]]:
        """Names and values, in the order of the plots."""
        axis, loader = self._axis, self._loader
        if axis.duration <= 0:
            return []
        time = axis.cursor if axis.cursor is not None else axis.playhead
        amplitude = readout.amplitude_at(time, loader.peaks, loader.detail)
        coefficient = readout.mfcc_at(time, self._row, loader.mfcc)
        level = readout.level_at(time, self._frequency, loader.spectrogram)
        name, value = coefficient if coefficient is not None else ("MFCC", None)
        shown = readout.NOTHING if value is None else f"{value:.3f}".replace("-", "−")
        entries = [
            ("cursor" if axis.cursor is not None else "playhead", readout.time_text(time)),
            ("amplitude", readout.amplitude_text(amplitude, self.width() >= _WIDE)),
            (
                tr("at {frequency_text}").format(frequency_text=readout.frequency_text(self._frequency)),
                readout.level_text(level),
            ),
            ("F0", readout.pitch_text(readout.pitch_at(time, loader.pitch), self._options)),
            ("intensity", readout.level_text(readout.intensity_at(time, loader.intensity))),
            (name, shown),
        ]
        return [*entries, ("attention", self._attention)] if self._attention else entries

    def _longest(self) -> list[tuple[str, str]]:
        amplitude = readout.amplitude_text(-0.5, self.width() >= _WIDE)
        return [(name, amplitude if name == "amplitude" else longest) for name, longest in _LONGEST]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Name and value of each entry, in columns of fixed width."""
        painter = QPainter(self)
        metrics = self.fontMetrics()
        x, base = 3.0 * SPACE, (self.height() + metrics.ascent() - metrics.descent()) / 2
        muted, text = self.palette().placeholderText().color(), self.palette().text().color()
        for (name, value), longest in zip(self.entries(), self._longest(), strict=False):
            painter.setPen(muted)
            painter.drawText(QPointF(x, base), name)
            start = x + metrics.horizontalAdvance(name) + 2 * SPACE
            painter.setPen(text)
            room = QRectF(start, 0, max(self.width() - start, 0), self.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, value)
            x += sum(map(metrics.horizontalAdvance, longest)) + 6 * SPACE
