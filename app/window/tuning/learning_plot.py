"""How training goes: loss by epoch, and UA and WA on the validation part; of several jobs one over the other."""

from collections.abc import Mapping, Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core_model.labels import EMOTIONS, colour_of

from ...jobs_watch import History
from ...translation import tr
from ..theme import SPACE, Theme

_STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
_JOBS = 8  # that are compared
_MOST = 12  # curves of one job: more cannot be told apart
# Of jobs; those of emotions are told apart by colour-blind eyes, and the plot's legend names them.
_COLOURS = tuple(colour_of(name) for name in ("sad", "angry", "disgusted", "fearful", "happy", "surprised"))
assert set(_COLOURS) <= {colour_of(name) for name in EMOTIONS}


class LearningPlot(QWidget):
    """Two plots beside each other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: list[tuple[str, History]] = []
        self.loss, self.score = pg.PlotWidget(), pg.PlotWidget()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * SPACE)
        for plot, title in ((self.loss, tr("Loss")), (self.score, tr("UA and WA on validation, %"))):
            plot.setAccessibleName(title)
            plot.setMenuEnabled(False)
            plot.hideButtons()
            plot.setLabel("left", title)
            plot.setLabel("bottom", tr("Epoch"))
            plot.getAxis("bottom").setTickSpacing(5, 1)
            plot.addLegend(offset=(-8, 8))
            plot.setMouseEnabled(x=False, y=False)
            row.addWidget(plot, 1)
        self.recolour(theme)

    def show_histories(self, named: Sequence[tuple[str, History]]) -> None:
        """Show the curves of jobs, each with its name; a history that has grown is another object."""
        new = list(named)[:_JOBS]
        same = [name for name, _ in new] == [name for name, _ in self._shown]
        if same and all(one is other for (_, one), (_, other) in zip(new, self._shown, strict=True)):
            return
        self._shown = new
        self._draw()

    def _draw(self) -> None:
        for plot in (self.loss, self.score):
            plot.clear()
        several = len(self._shown) > 1
        for at, (name, history) in enumerate(self._shown):
            colour = _COLOURS[at % len(_COLOURS)]
            losses: Mapping[str, Mapping[int, float]] = history.losses
            for place, split in enumerate(list(losses)[:_MOST]):
                title = name if several else split
                style = _STYLES[place % len(_STYLES)] if several else Qt.PenStyle.SolidLine
                own = colour if several else _COLOURS[place % len(_COLOURS)]
                shown = title if not several or place == 0 else None
                _draw_curve(self.loss, losses[split], own, style, shown)
                for measure, line in ((0, Qt.PenStyle.SolidLine), (1, Qt.PenStyle.DashLine)):
                    points = {k: 100 * both[measure] for k, both in history.validation.get(split, {}).items()}
                    kind = ("UA", "WA")[measure]
                    _draw_curve(self.score, points, own, line, f"{kind} {shown}" if shown else None)
        self.score.setVisible(any(history.validation for _, history in self._shown))

    @property
    def empty(self) -> bool:
        """Whether nothing was learned yet."""
        return not any(history.losses for _, history in self._shown)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        for plot in (self.loss, self.score):
            plot.setBackground(theme.colour("plot"))
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(theme.colour("border"))
                axis.setTextPen(theme.colour("muted"))
            plot.plotItem.legend.setLabelTextColor(theme.colour("text"))
        self._draw()


def _draw_curve(
    plot: pg.PlotWidget, points: Mapping[int, float], colour: str, style: Qt.PenStyle, name: str | None
) -> None:
    if points:
        pen = pg.mkPen(colour, width=2, style=style)
        symbol = "o" if len(points) < 2 else None
        plot.plot(list(points), list(points.values()), pen=pen, name=name, symbol=symbol, symbolBrush=colour)
