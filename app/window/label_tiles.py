"""A tile for each label of the scheme: colour, name, key, and whether the segments in hand have it."""

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from core_model.label_schemes import AnnotationScheme, SchemeLabel

from ..translation import tr
from .actions import native_key
from .keys import EnterButton
from .theme import SPACE, Theme

_COLUMNS = 2
_CUT = 0.25  # of the names; where more would not fit, one column is easier to read
_HEIGHT, _PAD, _DISC = 28, 7, 12  # px
_BRIGHT = 0.4  # relative luminance from which on a mark on the disc is black
_NO_LABEL = SchemeLabel(tr("no label"), "", "Backspace")


class Share(Enum):
    """How many of the segments in hand have a label."""

    NONE = "no"
    SOME = "some"
    ALL = "yes"


class LabelTile(EnterButton):
    """One label as a button. It shows what it is told: a click asks, and changes nothing by itself."""

    def __init__(self, label: SchemeLabel, theme: Theme) -> None:
        super().__init__()
        self.label, self._theme = label, theme
        self.share = Share.NONE
        self.setText(label.name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard with the sound
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        key = native_key(label.key) if label.key else ""
        self.setToolTip(f"{label.name} ({key})" if key else label.name)
        self.setAccessibleName(
            tr("{name}, key {key}").format(name=label.name, key=key) if key else label.name
        )
        self.show_share(Share.NONE)

    def show_share(self, share: Share) -> None:
        """Show whether all, some or none of the segments have this label."""
        self.share = share
        self.setChecked(share is Share.ALL)
        self.setAccessibleDescription(tr("some of the segments") if share is Share.SOME else "")
        self.update()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.update()

    def nextCheckState(self) -> None:
        """A click does not check it: the label comes back from the project."""

    def sizeHint(self) -> QSize:
        """Room for the whole name and a digit."""
        metrics = self.fontMetrics()
        return QSize(_PAD * 4 - 2 + _DISC + metrics.horizontalAdvance(self.label.name + "9"), _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Half of a narrow panel; the name is cut then, and the tool tip has it."""
        return QSize(72, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, disc with its mark, name, key."""
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        self._paint_disc(painter, QRectF(_PAD, (_HEIGHT - _DISC) / 2, _DISC, _DISC))
        metrics = self.fontMetrics()
        key = self.label.key if len(self.label.key) == 1 else ""
        key_width = metrics.horizontalAdvance(key) + _PAD if key else 0
        left = 2 * _PAD + _DISC
        words = QRectF(left, 0, self.width() - left - key_width - _PAD + 2, _HEIGHT)
        quiet = not self.isEnabled() or self.label is _NO_LABEL
        painter.setPen(theme.colour("muted" if quiet else "text"))
        name = metrics.elidedText(self.label.name, Qt.TextElideMode.ElideRight, int(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(theme.colour("muted"))
        place = QRectF(self.width() - key_width - _PAD, 0, key_width, _HEIGHT)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, key)

    def _paint_ground(self, painter: QPainter) -> None:
        theme, width = self._theme, 1.0
        ground, edge = "raised", "border"
        if self.isEnabled() and (self.isDown() or self.underMouse()):
            ground = "hover"
        if self.share is not Share.NONE:
            ground = "accent_soft" if self.share is Share.ALL else ground
            edge = "accent"
        if self.hasFocus():
            edge, width = "accent", 2.0
        painter.setPen(QPen(theme.colour(edge), width))
        painter.setBrush(theme.colour(ground))
        inset = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 4, 4)

    def _paint_disc(self, painter: QPainter, disc: QRectF) -> None:
        if not self.label.colour:
            painter.setPen(QPen(self._theme.colour("muted"), 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(disc.adjusted(1, 1, -1, -1))
            return
        colour = QColor(self.label.colour)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(disc)
        if self.share is Share.NONE:
            return
        mark = Qt.GlobalColor.black if _luminance(colour) > _BRIGHT else Qt.GlobalColor.white
        painter.setPen(QPen(mark, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        centre = disc.center()
        tick = (
            [(-3.0, 0.2), (-0.8, 2.4), (3.0, -2.2)] if self.share is Share.ALL else [(-2.6, 0.0), (2.6, 0.0)]
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([centre + QPointF(x, y) for x, y in tick]))


class LabelTiles(QWidget):
    """The scheme's labels in two columns, and a tile that takes the label away."""

    label_asked = Signal(str)
    label_cleared = Signal()
    laid_out = Signal()  # other tiles; last in the order of Tab until they are put in their place

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scheme: AnnotationScheme | None = None
        self.tiles: list[LabelTile] = []
        self._none = LabelTile(_NO_LABEL, theme)
        self._none.clicked.connect(self.label_cleared)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE)
        self._columns = 0

    def show_labels(self, scheme: AnnotationScheme, labels: Sequence[str | None]) -> None:
        """Show the scheme, and which labels the segments in hand have."""
        if scheme != self._scheme:
            self._scheme = scheme
            self._lay_out(scheme)
        for tile in self.tiles:
            tile.show_share(_share(tile.label.name, labels))
        self._none.setVisible(any(label is not None for label in labels))

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        for tile in self.in_order:
            tile.recolour(theme)

    @property
    def in_order(self) -> list[LabelTile]:
        """The tiles as Tab goes through them."""
        return [*self.tiles, self._none]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as leave the names whole."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        width = (self.width() - (_COLUMNS - 1) * SPACE) // _COLUMNS
        cut = sum(tile.sizeHint().width() > width for tile in self.tiles)
        columns = _COLUMNS if cut <= _CUT * len(self.tiles) else 1
        if columns == self._columns:
            return
        self._columns = columns
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for place, tile in enumerate(self.in_order):
            self._grid.addWidget(tile, *divmod(place, columns))

    def _lay_out(self, scheme: AnnotationScheme) -> None:
        for tile in self.tiles:
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self._grid.removeWidget(self._none)
        self.tiles = [LabelTile(label, self._theme) for label in scheme.labels]
        self._columns = 0
        self._arrange()
        for tile in self.tiles:
            tile.show()  # now, not when the event loop comes round to it
        for tile in self.tiles:
            tile.clicked.connect(lambda _, name=tile.label.name: self.label_asked.emit(name))
        self.laid_out.emit()


def _share(name: str, labels: Sequence[str | None]) -> Share:
    count = labels.count(name)
    if not count:
        return Share.NONE
    return Share.ALL if count == len(labels) else Share.SOME


def _luminance(colour: QColor) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
