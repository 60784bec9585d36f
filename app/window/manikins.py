"""Self-assessment manikins: a small figure for each value of valence, arousal and dominance, chosen by key or mouse.

The idea, a figure in place of a number, is Bradley and Lang's (1994, J. Behav. Ther. Exp. Psychiat. 25, 49-59); the
drawings are our own.
"""

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip, QWidget

from core_model.label_schemes import HIGHEST, LOWEST

from ..translation import tr
from .theme import Theme

VALUES = range(LOWEST, HIGHEST + 1)
MIDDLE = (LOWEST + HIGHEST) // 2
ENDS = {
    "valence": ("unhappy", "happy"),
    "arousal": ("calm", "excited"),
    "dominance": ("controlled", tr("in control")),
}
_NONE = LOWEST - 1  # the slider's value while nothing is said
_HEIGHT, _LEAST_WIDTH, _MOST_WIDTH = 38, 24, 44  # px, of one figure's place
_SIZE = 28.0  # the drawings' own units, a square
_LINE = 1.3
_KEYS_OF_OURS = {
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Backspace,
    *(Qt.Key(Qt.Key.Key_0 + digit) for digit in range(10)),
}


class RatingRow(QAbstractSlider):
    """Seven figures, one of them chosen or none. It shows what it is told and only asks for another value."""

    asked = Signal(object)  # 1 to 7, or None
    left = Signal()  # Esc: the keyboard goes back to the sound

    def __init__(self, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self._theme = name, theme
        self._some: frozenset[int] = frozenset()
        self._under: int | None = None  # the mouse
        self._showing = False
        self.setRange(_NONE, HIGHEST)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)
        self.setMinimumWidth(_LEAST_WIDTH * len(VALUES))
        self.setAccessibleName(tr(name.capitalize()))
        self.valueChanged.connect(self._ask_unless_shown)  # by a screen reader
        self.show_values([None])

    def show_values(self, values: list[int | None]) -> None:
        """Show each segment's value: one figure is chosen where they agree, else all of theirs are outlined."""
        self._some = frozenset(value for value in values if value is not None)
        same = len(set(values)) == 1
        self._showing = True
        self.setValue(values[0] if same and values[0] is not None else _NONE)
        self._showing = False
        self.setAccessibleDescription(self.words)
        self.update()

    @property
    def rating(self) -> int | None:
        """The value shown, None where there is none or several."""
        return self.value() if self.value() in VALUES else None

    @property
    def words(self) -> str:
        """The value as a reader would say it."""
        if self.rating is not None:
            return tr("{rating} of {HIGHEST}").format(rating=self.rating, HIGHEST=HIGHEST)
        return (
            tr("differs: {value}").format(value=", ".join(map(str, sorted(self._some))))
            if self._some
            else tr("not rated")
        )

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Wide enough for seven figures."""
        return QSize(34 * len(VALUES), _HEIGHT)

    def place_of(self, value: int) -> QRectF:
        """Where a figure stands."""
        width = min(self.width() / len(VALUES), _MOST_WIDTH)
        return QRectF((value - LOWEST) * width, 0, width, self.height())

    def event(self, event: QEvent) -> bool:
        """While it has the focus, its keys are no shortcuts of the window's: Delete takes a rating, not a segment."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_ours(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tip(self._value_at(event.pos().x())), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go on by one, digits set, Delete takes the rating away."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        if not _is_ours(event):
            QWidget.keyPressEvent(self, event)
            return
        found = self._asked_by(event)
        if found != self.rating or (found is None and self._some):
            self.asked.emit(found)

    def _asked_by(self, event: QKeyEvent) -> int | None:
        key, now = event.key(), self.rating
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return None
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            return LOWEST if key == Qt.Key.Key_Home else HIGHEST
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = -1 if key == Qt.Key.Key_Left else 1
            return MIDDLE if now is None else min(max(now + step, LOWEST), HIGHEST)
        digit = key - Qt.Key.Key_0
        return digit if digit in VALUES else now

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The figure under the mouse; the one that is chosen already is taken back."""
        value = self._value_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and value is not None:
            self.asked.emit(None if value == self.rating else value)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing: a slider would let go of its handle."""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show which figure a click would choose."""
        self._point_at(self._value_at(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:
        """No figure is under the mouse."""
        self._point_at(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls the panel; a slider would change its value."""
        event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the frame."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the frame."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The figures, the chosen one in the accent."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for value in VALUES:
            self._paint_place(painter, value)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            frame = self.place_of(LOWEST).united(self.place_of(HIGHEST))
            painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_place(self, painter: QPainter, value: int) -> None:
        theme, place = self._theme, self.place_of(value)
        chosen, partly = value == self.rating, value in self._some
        tile = place.adjusted(2, 2, -2, -2)
        painter.setPen(QPen(theme.colour("accent"), 1) if partly else Qt.PenStyle.NoPen)
        under = value == self._under and self.isEnabled()
        painter.setBrush(theme.colour("accent_soft" if chosen else "hover" if under else "panel"))
        painter.drawRoundedRect(tile, 4, 4)
        line = "accent" if partly else "text" if self.isEnabled() else "disabled"
        draw_manikin(painter, place, self.name, value, theme.colour(line))

    def _value_at(self, x: float) -> int | None:
        return next(
            (value for value in VALUES if self.place_of(value).left() <= x < self.place_of(value).right()),
            None,
        )

    def _point_at(self, value: int | None) -> None:
        if value != self._under:
            self._under = value
            self.update()

    def _tip(self, value: int | None) -> str:
        low, high = ENDS[self.name]
        return tr("{capitalize}, {LOWEST} {low} to {HIGHEST} {high}").format(
            capitalize=tr(self.name.capitalize()), LOWEST=LOWEST, low=low, HIGHEST=HIGHEST, high=high
        ) + (f": {value}" if value else "")

    def _ask_unless_shown(self, value: int) -> None:
        if not self._showing:
            self.asked.emit(value if value in VALUES else None)


def draw_manikin(painter: QPainter, place: QRectF, rating: str, value: int, line: QColor) -> None:
    """Draw the figure for a value of `valence`, `arousal` or `dominance` into the middle of a place."""
    side = min(place.width() + 3, place.height() - 8, 32.0)  # the drawings leave 2 of 28 free on either side
    painter.save()
    painter.translate(place.center().x() - side / 2, place.center().y() - side / 2)
    painter.scale(side / _SIZE, side / _SIZE)
    pen = QPen(line, _LINE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _DRAWINGS[rating](painter, (value - LOWEST) / (HIGHEST - LOWEST), line)
    painter.restore()


def _valence(painter: QPainter, share: float, ink: QColor) -> None:
    """A face; mouth and brows go from down to up."""
    up = 2 * share - 1
    painter.drawEllipse(QPointF(14, 14), 11.5, 11.5)
    for side in (-1, 1):
        _dot(painter, QPointF(14 + side * 4.2, 12.2), 1.2, ink)
        # Sad brows rise towards the middle of the face, happy ones are arched.
        sad, happy = max(-up, 0.0), max(up, 0.0)
        inner, outer = QPointF(14 + side * 2.4, 8.4 - sad), QPointF(14 + side * 6.2, 8.4 + 0.8 * sad)
        _curve(painter, inner, QPointF(14 + side * 4.4, 7.6 - 2.2 * happy), outer)
    mouth = 18.6 - 1.2 * up
    _curve(painter, QPointF(8.8, mouth), QPointF(14, mouth + 6.4 * up), QPointF(19.2, mouth))


def _arousal(painter: QPainter, share: float, ink: QColor) -> None:
    """A figure with closed eyes and a spot in its body; the eyes open, and the spot becomes a burst."""
    _figure(painter)
    for side in (-1, 1):
        eye = QPointF(14 + side * 2.0, 6.2)
        if share < 0.2:
            _curve(painter, eye + QPointF(-1.1, 0), eye + QPointF(0, 1.2), eye + QPointF(1.1, 0))
        else:
            _dot(painter, eye, 0.5 + 0.8 * share, ink)
    centre, outline = QPointF(14, 20.4), painter.pen()
    if share < 0.1:
        _dot(painter, centre, 0.8, ink)
        return
    outer = 1.2 + 5.0 * share
    star = QPolygonF([_around(centre, outer if n % 2 == 0 else outer * 0.5, n / 16) for n in range(16)])
    painter.setBrush(ink)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawPolygon(star)
    painter.setPen(outline)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if share > 0.8:  # it trembles
        for side in (-1, 1):
            for top in (4.0, 8.0):
                x = 14 + side * 8.6
                _curve(painter, QPointF(x, top - 1.6), QPointF(x + side * 1.6, top), QPointF(x, top + 1.6))


def _dominance(painter: QPainter, share: float, _: QColor) -> None:
    """The same figure, from small to large."""
    size = 0.32 + 0.68 * share
    painter.save()
    painter.translate(14 * (1 - size), 27.4 * (1 - size))
    painter.scale(size, size)
    pen = painter.pen()
    pen.setWidthF(_LINE / size)
    painter.setPen(pen)
    _figure(painter)
    painter.restore()


def _figure(painter: QPainter) -> None:
    """Head and body, seen from the front."""
    body = QPainterPath(QPointF(4.4, 27.2))
    body.cubicTo(QPointF(4.4, 16.4), QPointF(8.2, 13.0), QPointF(14, 13.0))
    body.cubicTo(QPointF(19.8, 13.0), QPointF(23.6, 16.4), QPointF(23.6, 27.2))
    body.closeSubpath()
    painter.drawPath(body)
    painter.drawEllipse(QPointF(14, 6.2), 5.2, 5.2)


def _dot(painter: QPainter, centre: QPointF, radius: float, ink: QColor) -> None:
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawEllipse(centre, radius, radius)
    painter.restore()


def _curve(painter: QPainter, start: QPointF, over: QPointF, end: QPointF) -> None:
    path = QPainterPath(start)
    path.quadTo(over, end)
    painter.drawPath(path)


def _around(centre: QPointF, radius: float, turn: float) -> QPointF:
    angle = 2 * math.pi * turn
    return centre + QPointF(radius * math.sin(angle), -radius * math.cos(angle))


def _is_ours(event: QKeyEvent) -> bool:
    plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
    return plain and event.key() in {*_KEYS_OF_OURS, Qt.Key.Key_Escape}


_DRAWINGS: dict[str, Callable[[QPainter, float, QColor], None]] = {
    "valence": _valence,
    "arousal": _arousal,
    "dominance": _dominance,
}
