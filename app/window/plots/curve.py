"""A line in a plot that keeps its width in pictures of any resolution."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF


class Curve(pg.PlotCurveItem):
    """On screen pyqtgraph's own curve, whose pens count the screen's pixels whatever the scale.

    Args:
        together: points that a picture draws as one line, all by default. A dense zigzag is drawn in short pieces: the
            time that antialiasing takes grows with the square of the crossings, and holds up the window.
    """

    def __init__(self, together: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._together = together

    def paint(self, painter: QPainter, option: Any, widget: Any) -> None:
        """In a picture, for which no widget is given, the line in the scene's pixels with a pen that scales."""
        if widget is not None:
            super().paint(painter, option, widget)
            return
        pen = QPen(self.opts["pen"])
        pen.setCosmetic(False)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.save()
        painter.setTransform(self.sceneTransform().inverted()[0] * painter.transform())
        painter.setPen(pen)
        for line in self._lines():
            painter.drawPolyline(line)
        painter.restore()

    def _lines(self) -> Iterator[QPolygonF]:
        """What is in view, in the scene's pixels, broken where values are missing."""
        times, values = self.getData()
        view = self.getViewBox()
        if times is None or view is None:
            return
        start, end = view.viewRange()[0]
        part = slice(max(int(np.searchsorted(times, start)) - 1, 0), int(np.searchsorted(times, end)) + 1)
        place = self.sceneTransform()
        x, y = times[part] * place.m11() + place.dx(), values[part] * place.m22() + place.dy()
        known = np.isfinite(y)
        for run in np.split(np.arange(len(x)), np.flatnonzero(np.diff(known)) + 1):
            if len(run) and known[run[0]]:
                step = self._together or len(run)
                for at in range(run[0], run[-1] + 1, step):
                    piece = slice(at, min(at + step, run[-1]) + 1)
                    yield pg.functions.arrayToQPolygonF(x[piece], y[piece])
