"""Below the list of disputes: what is decided of the one chosen."""

import itertools
import math
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from core_model.label_schemes import AnnotationScheme

from ..agreement_view import DisputedUnit
from ..translation import tr
from .label_tiles import LabelTile, Share
from .theme import SPACE, Theme

_TILE = 76  # px, the least width of a label's button


class DecidingBar(QWidget):
    """A button for each label, and one for the majority's."""

    label_asked = Signal(str)
    majority_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scheme: AnnotationScheme | None = None
        self.tiles: list[LabelTile] = []
        self.majority = QPushButton()
        self.majority.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.majority.clicked.connect(self.majority_asked)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        self._grid.setSpacing(SPACE)
        self._columns = 0

    def show_unit(self, scheme: AnnotationScheme, unit: DisputedUnit | None) -> None:
        """Show what is decided of a unit, and what the majority would."""
        if scheme != self._scheme:
            self._scheme = scheme
            self._make(scheme)
        for tile in self.tiles:
            given = unit is not None and unit.gold == tile.label.name
            tile.show_share(Share.ALL if given else Share.NONE)
            tile.setEnabled(unit is not None)
        majority = unit.majority if unit is not None else None
        self.majority.setText(
            tr("Majority: {majority}").format(majority=majority) if majority else tr("No majority")
        )
        self.majority.setToolTip(tr("What most persons say; the model has no vote (Enter)"))
        self.majority.setEnabled(majority is not None)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        for tile in self.tiles:
            tile.recolour(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many in a row as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def _make(self, scheme: AnnotationScheme) -> None:
        for tile in self.tiles:
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self.tiles = [LabelTile(label, self._theme) for label in scheme.labels]
        for tile in self.tiles:
            tile.clicked.connect(partial(self.label_asked.emit, tile.label.name))
        self._columns = 0
        self._arrange()

    def _arrange(self) -> None:
        parts: list[QWidget] = [*self.tiles, self.majority]
        rows = math.ceil(len(parts) / max((self.width() - 3 * SPACE) // (_TILE + SPACE), 1))
        columns = math.ceil(len(parts) / rows)  # alike, so that names are cut as little as can be
        if columns == self._columns:
            return
        self._columns = columns
        for place, part in enumerate(parts):
            self._grid.addWidget(part, place // columns, place % columns)
        for before, after in itertools.pairwise(parts):
            QWidget.setTabOrder(before, after)
