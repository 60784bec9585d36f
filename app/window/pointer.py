"""What the mouse does on everything that lies along the time axis, the same on all of it.

Drag selects, a drag at the selection's edge moves that edge, a click moves the playhead, a drag with the middle or
right button (or with Alt) pans, the wheel pans, Ctrl+wheel zooms at the pointer.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from ..display.time_view import grabbed_edge, time_at
from .time_axis import TimeAxis

_DRAG = 4.0  # px that make a click a drag
_NOTCH = 120  # of QWheelEvent.angleDelta
_ZOOM_NOTCH = 1.25
_PAN_NOTCH = 0.1  # of the view


class TimePointer(QObject):
    """Filters a widget's mouse events and turns them into changes of the time axis.

    Args:
        widget: whose events are filtered.
        area: answers the pixel at which the time axis begins in the widget, and its width.
    """

    def __init__(self, widget: QWidget, axis: TimeAxis, area: Callable[[], tuple[float, float]]) -> None:
        super().__init__(widget)
        self._widget, self._axis, self._area = widget, axis, area
        self._pressed: float | None = None  # x of the press
        self._anchor: float | None = None  # the time a selection is drawn from
        self._panning = False
        self._held_edge = ""
        widget.setMouseTracking(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt's hook."""
        if self._axis.duration <= 0:
            return False
        match event.type():
            case QEvent.Type.MouseButtonPress if isinstance(event, QMouseEvent):
                self._press(event)
            case QEvent.Type.MouseMove if isinstance(event, QMouseEvent):
                self._move(event)
                return False  # the widget reads the height, for frequencies and rows
            case QEvent.Type.MouseButtonRelease if isinstance(event, QMouseEvent):
                self._release(event)
            case QEvent.Type.Wheel if isinstance(event, QWheelEvent):
                self._wheel(event)
            case QEvent.Type.Leave:
                self._axis.set_cursor(None)
                return False
            case _:
                return False
        return True

    def _time(self, x: float) -> float:
        left, width = self._area()
        return time_at(x, left, width, self._axis.view)

    def _edge(self, x: float) -> str:
        return grabbed_edge(x, *self._area(), self._axis.view, self._axis.selection)

    def _press(self, event: QMouseEvent) -> None:
        x = event.position().x()
        self._pressed = x
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        self._panning = event.button() != Qt.MouseButton.LeftButton or alt
        selection = self._axis.selection
        if self._panning:
            self._widget.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif (event.modifiers() & Qt.KeyboardModifier.ShiftModifier) and selection is None:
            self._anchor = self._axis.playhead
        elif (edge := self._edge(x)) and selection is not None:
            self._anchor = selection.end if edge == "start" else selection.start
            self._held_edge = edge
        else:
            self._anchor = None

    def _move(self, event: QMouseEvent) -> None:
        x = event.position().x()
        time = self._time(x)
        self._axis.set_cursor(time)
        if self._pressed is None:
            over = Qt.CursorShape.SizeHorCursor if self._edge(x) else Qt.CursorShape.ArrowCursor
            self._widget.setCursor(over)
        elif self._panning:
            self._axis.pan(self._time(self._pressed) - time)
            self._pressed = x
        elif self._anchor is not None or abs(x - self._pressed) >= _DRAG:
            if self._anchor is None:
                self._anchor = self._time(self._pressed)
            self._axis.dragging = True
            self._axis.select_between(self._anchor, time)

    def _release(self, event: QMouseEvent) -> None:
        clicked = self._pressed is not None and not self._panning and self._anchor is None
        edge, self._held_edge = self._held_edge, ""
        self._pressed, self._anchor, self._panning = None, None, False
        self._widget.setCursor(Qt.CursorShape.ArrowCursor)
        if clicked:
            self._axis.select(None)
            self._axis.seek(self._time(event.position().x()))
        elif self._axis.dragging:
            self._axis.dragging = False
            self._axis.drag_ended.emit(edge)

    def _wheel(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        notches = (delta.y() or delta.x()) / _NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._axis.zoom(_ZOOM_NOTCH**-notches, self._time(event.position().x()))
        else:
            self._axis.pan(-notches * _PAN_NOTCH * self._axis.view.length)
