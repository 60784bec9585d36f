"""The attention heat-maps of a prediction: which map, which head, on the plots' time axis."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..display.heat_map import HeatMap, columns_in_time, short_name, token_text
from ..predictions import AttentionMap, Explanation
from ..translation import tr
from .plots.time_plot import LEFT, TimePlot
from .theme import SPACE, Theme
from .time_axis import TimeAxis

_MEAN = tr("mean of the heads")
_EMPTY = tr("Predict this recording to see what the network attends to (Ctrl+P)")
_LEAST_HEIGHT = 104  # px, of the choosers and a few rows
_LETTERS_HEIGHT = 12  # px between two names on the left axis


class AttentionPlot(TimePlot):
    """One map of every window, side by side in time."""

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        self._images: list[pg.ImageItem] = []
        self._maps: list[HeatMap] = []
        super().__init__(tr("Attention"), axis, theme)
        self.getPlotItem().getAxis("left").setStyle(
            tickLength=-3, tickFont=_small(self), autoExpandTextSpace=False, hideOverlappingLabels=False
        )

    def set_maps(self, maps: list[HeatMap]) -> None:
        """Draw these maps in place of those before."""
        for image in self._images:
            self.removeItem(image)
        self._images, self._maps = [], maps
        for found in maps:
            # Each window by itself: weights sum to 1 over its tokens, of which a shorter window has fewer.
            top = float(found.weights.max(initial=0.0)) or 1.0
            image = pg.ImageItem(found.weights, axisOrder="row-major", autoLevels=False, levels=(0.0, top))
            image.setColorMap(pg.colormap.get("viridis"))
            image.setRect(QRectF(found.start, 0, found.end - found.start, found.weights.shape[0]))
            image.setZValue(1)
            self.addItem(image, ignoreBounds=True)
            self._images.append(image)
        rows = maps[0].weights.shape[0] if maps else 1
        # The first row is at the top, as the names are read.
        view = self.getPlotItem().getViewBox()
        view.invertY(True)
        view.setYRange(0, rows, padding=0)
        self._name_rows()

    def map_at(self, time: float) -> HeatMap | None:
        """The map of the window that holds `time`."""
        return next((found for found in self._maps if found.start <= time < found.end), None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another height has room for other names."""
        super().resizeEvent(event)
        if hasattr(self, "_playhead"):
            self._name_rows()

    def _name_rows(self) -> None:
        axis = self.getPlotItem().getAxis("left")
        if not self._maps:
            axis.setTicks([[], []])
            return
        names = [short_name(name) for name in self._maps[0].rows]
        every = max(1, -(-len(names) * _LETTERS_HEIGHT // max(self.height(), 1)))
        axis.setTicks([[(row + 0.5, names[row]) for row in range(0, len(names), every)], []])


def _small(widget: QWidget) -> QFont:
    font = QFont(widget.font())
    font.setPointSizeF(max(font.pointSizeF() * 0.8, 7))
    return font


class AttentionPanel(QFrame):
    """The plot with its choosers."""

    pointed = Signal(str)
    explain_asked = Signal()

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._axis = axis
        self._explanation: Explanation | None = None
        self.plot = AttentionPlot(axis, theme)
        self._map, self._head = QComboBox(), QComboBox()
        self._map.setAccessibleName(tr("Attention map"))
        self._map.setToolTip(tr("Which of the network's attention layers is shown"))
        self._head.setAccessibleName(tr("Attention head"))
        self._head.setToolTip(tr("One head, or the mean of all"))
        self._words = QLabel()
        self._words.setObjectName("muted")
        # The words may be cut: they must not make the plots wider than the window has room for.
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._explain = QPushButton(tr("Explain the window at the playhead"))
        self._explain.clicked.connect(self.explain_asked)
        self._lay_out()
        self._map.currentIndexChanged.connect(lambda _: self._draw())
        self._head.currentIndexChanged.connect(lambda _: self._draw())
        self.plot.height_changed.connect(self._point)
        axis.cursor_changed.connect(self._leave)
        self._offer_maps()
        self.set_explanation(None)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(LEFT, SPACE, 2 * SPACE, 0)
        row.setSpacing(2 * SPACE)
        for box in (self._map, self._head):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            row.addWidget(box)
        row.addWidget(self._words, 1)
        row.addWidget(self._explain)
        self._choosers = QWidget()
        self._choosers.setLayout(row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._choosers)
        layout.addWidget(self.plot, 1)

    def minimumSizeHint(self) -> QSize:
        """Room for the choosers and a few rows; for one line while there is nothing to show."""
        return QSize(200, self.plot.minimumHeight() if self._choosers.isHidden() else _LEAST_HEIGHT)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.plot.recolour(theme)

    def set_explanation(
        self, explanation: Explanation | None, why_empty: str = _EMPTY, can_explain: bool = False
    ) -> None:
        """Show a prediction's maps; the chosen map and head stay chosen while the new ones have them."""
        self._explain.setVisible(can_explain)
        self._choosers.setVisible(explanation is not None or can_explain)
        self.updateGeometry()
        self.plot.show_empty("" if explanation is not None else why_empty)
        if explanation is not self._explanation:  # else a chooser that is open would close
            self._explanation = explanation
            self._offer_maps()

    def _offer_maps(self) -> None:
        explanation = self._explanation
        maps = explanation.windows[0] if explanation is not None else ()
        _fill(self._map, [found.title for found in maps])
        heads = len(maps[0].weights) if maps else 0
        _fill(
            self._head,
            [_MEAN, *(tr("head {value}").format(value=i + 1) for i in range(heads))] if maps else [],
        )
        for widget in (self._map, self._head, self._words):
            widget.setVisible(bool(maps))
        self.plot.set_caption("" if maps else tr("Attention"))
        self._draw()

    def _draw(self) -> None:
        chosen = self._chosen()
        if not chosen:
            self.plot.set_maps([])
            return
        self.plot.set_maps([columns_in_time(found, self._head.currentIndex() - 1) for found in chosen])
        self.plot.pictured_as = f"{self._map.currentText()} · {self._head.currentText()}"
        self._words.setText(
            tr("rows look at columns") if chosen[0].keys.in_time else tr("columns look at rows")
        )

    def _chosen(self) -> list[AttentionMap]:
        index = self._map.currentIndex()
        if self._explanation is None or index < 0:
            return []
        return [maps[index] for maps in self._explanation.windows]

    def _leave(self, time: float | None) -> None:
        if time is None:
            self.pointed.emit("")

    def _point(self, height: float) -> None:
        time = self._axis.cursor
        found = self.plot.map_at(time) if time is not None else None
        self.pointed.emit(token_text(found, time, height) if found is not None and time is not None else "")


def _fill(box: QComboBox, texts: list[str]) -> None:
    """Offer these texts, keeping the one chosen if it is among them."""
    chosen = box.currentText()
    box.blockSignals(True)
    box.clear()
    box.addItems(texts)
    box.setCurrentIndex(max(box.findText(chosen, Qt.MatchFlag.MatchExactly), 0) if texts else -1)
    box.blockSignals(False)


def relevance_on_waveform(
    explanation: Explanation | None,
) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
    """The curve that the waveform shows."""
    if explanation is None:
        return None, None
    return explanation.times, explanation.relevance
