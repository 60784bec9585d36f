"""The part of a recording that has not been read yet: faint, so that nobody takes it for silence."""

import pyqtgraph as pg
from PySide6.QtGui import QColor

from ..theme import Theme

_FAINT = 70  # of 255


def unread_colour(theme: Theme) -> QColor:
    """The same in every plot and strip."""
    return theme.colour("muted", _FAINT)


class UnreadPart(pg.LinearRegionItem):
    """Lies behind what a plot draws, from where reading has come to until the recording's end."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(movable=False)
        self.setZValue(0)
        self.recolour(theme)
        self.hide()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.setBrush(unread_colour(theme))
        for line in self.lines:
            line.setPen(None)

    def show_between(self, start: float, end: float) -> None:
        """Cover these seconds; none when `end` is not after `start`."""
        self.setVisible(end > start)
        if end > start:
            self.setRegion((start, end))
