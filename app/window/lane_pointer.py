"""The mouse on the tiers: bars are chosen and played, segments drawn, edges moved."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent

from ..display.lanes import Bar
from .pointer import TimePointer
from .segmenting import Segmenting
from .time_axis import TimeAxis

if TYPE_CHECKING:
    from .tier_lanes import TierLanes


class LanePointer(TimePointer):
    """As everywhere on the time axis, and besides what is done to bars."""

    def __init__(self, lanes: "TierLanes", axis: TimeAxis, segmenting: Segmenting) -> None:
        super().__init__(lanes, axis, lanes.area)
        self._lanes, self._segmenting = lanes, segmenting
        self._on_own_lane = False
        self._y = 0.0

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Qt's hook."""
        if isinstance(event, QMouseEvent):
            self._y = event.position().y()
        if event.type() == QEvent.Type.MouseButtonDblClick and isinstance(event, QMouseEvent):
            self._lanes.play_asked.emit()
            return True
        return bool(super().eventFilter(watched, event))  # type: ignore[arg-type]

    def _edge(self, x: float) -> str:
        return self._lanes.bar_at(x, self._y)[2]

    def _press(self, event: QMouseEvent) -> None:
        plain = event.button() == Qt.MouseButton.LeftButton and not (
            event.modifiers() & Qt.KeyboardModifier.AltModifier
        )
        lane, bar, _ = self._lanes.bar_at(event.position().x(), event.position().y())
        own = self._lanes.own(lane)
        self._on_own_lane = plain and own and bar is None
        if plain and bar is not None:
            self._choose(bar, own, event.modifiers())
        super()._press(event)
        if plain and bar is None:
            self._anchor = None  # a new segment is drawn, wherever the selection's edges are

    def _choose(self, bar: Bar, own: bool, modifiers: Qt.KeyboardModifier) -> None:
        if not own:
            self._lanes.select_bar(bar)
            return
        ids = [row.id for row in self._segmenting.segments]
        if modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            rest = [number for number in ids if number != bar.number]
            self._segmenting.choose([bar.number, *rest] if bar.number not in ids else rest)
        elif ids != [bar.number]:
            self._segmenting.choose([bar.number])

    def _release(self, event: QMouseEvent) -> None:
        _, bar, _ = self._lanes.bar_at(event.position().x(), event.position().y())
        drawn = self._on_own_lane and self._axis.dragging
        clicked_bar = bar is not None and not self._axis.dragging and not self._panning
        self._on_own_lane = False
        if clicked_bar:
            self._pressed, self._anchor, self._held_edge = None, None, ""
            self._widget.setCursor(Qt.CursorShape.ArrowCursor)
            return
        super()._release(event)
        if drawn and self._axis.selection is not None:
            self._segmenting.new_segment()
