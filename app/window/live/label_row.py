"""The labels that can be pressed during a take: a tile each, with its key; the one that goes on is marked."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from core_model.label_schemes import AnnotationScheme

from ...translation import tr
from ..label_tiles import LabelTile, Share
from ..theme import SPACE, Theme
from .live_plots import LEFT, RIGHT

_WIDEST = 148  # px


class LabelRow(QWidget):
    """Tells which label was pressed, and changes nothing by itself."""

    label_asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scheme: AnnotationScheme | None = None
        self.tiles: list[LabelTile] = []
        self._hint = QLabel(tr("Record a take to label while you listen"))
        self._hint.setObjectName("muted")
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(LEFT, 0, RIGHT, 0)
        self._layout.setSpacing(SPACE)
        self._layout.addStretch(1)
        self._layout.addWidget(self._hint)

    def show_labels(self, scheme: AnnotationScheme, active: str | None, *, on: bool) -> None:
        """Show the scheme's labels, which of them goes on, and whether they can be pressed."""
        if scheme != self._scheme:
            self._lay_out(scheme)
        for tile in self.tiles:
            tile.show_share(Share.ALL if tile.label.name == active else Share.NONE)
            tile.setEnabled(on)
        self._hint.setVisible(not on)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        for tile in self.tiles:
            tile.recolour(theme)

    def _lay_out(self, scheme: AnnotationScheme) -> None:
        self._scheme = scheme
        for tile in self.tiles:
            self._layout.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self.tiles = [LabelTile(label, self._theme) for label in scheme.labels]
        for place, tile in enumerate(self.tiles):
            tile.setMinimumWidth(min(tile.sizeHint().width() + 2 * SPACE, _WIDEST))
            tile.setMaximumWidth(_WIDEST)
            tile.clicked.connect(lambda _, name=tile.label.name: self.label_asked.emit(name))
            self._layout.insertWidget(place, tile)
