"""A line in a plot that keeps its width in pictures of any resolution."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QPainter, QPen


class Curve(pg.PlotCurveItem):
    """On screen pyqtgraph's own curve, whose pens count the screen's pixels whatever the scale."""

    def paint(self, painter: QPainter, option: Any, widget: Any) -> None:
        """In a picture, for which no widget is given, the line in the scene's pixels with a pen that scales."""
        if widget is not None:
            super().paint(painter, option, widget)
            return
        to_scene = self.sceneTransform()
        pen = QPen(self.opts["pen"])
        pen.setCosmetic(False)
        painter.save()
        painter.setTransform(to_scene.inverted()[0] * painter.transform())
        painter.setPen(pen)
        painter.drawPath(to_scene.map(self.getPath()))
        painter.restore()
