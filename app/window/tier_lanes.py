"""The tiers on the time axis: a lane for the current rater, one for each other, and one for what the model says."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent

from core_model.project.edit import Edit
from core_model.project.rows import GOLD, AnnotationRow, PredictionRow, RaterRow, RecordingRow

from ..display.time_view import Span, format_time, pixel_at, time_at
from ..editor import Editor
from .plots.strips import TimeStrip
from .pointer import TimePointer
from .segmenting import Segmenting
from .theme import SPACE, Theme
from .time_axis import TimeAxis

_LANE, _SMALL_LANE = 24, 16  # px
_FULL_LANES = 6
_NARROW, _WORDS = 6, 16  # px, below which a bar has no frame, and its label no room
_EDGE = 5  # px on either side of an edge that take hold of it


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a lane, in samples: an annotation's or a prediction's."""

    start: int
    end: int
    label: str
    number: int  # the row's id
    unsure: bool = False
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One tier of the recording in hand; only predictions overlap, the longer ones first."""

    name: str
    rater: int | None  # None: predictions
    bars: tuple[Bar, ...]

    def in_view(self, start: float, end: float) -> tuple[Bar, ...]:
        """The bars that reach into a stretch (samples)."""
        return tuple(bar for bar in self.bars if bar.end >= start and bar.start <= end)


def lanes_of(
    raters: list[RaterRow],
    current: RaterRow | None,
    annotations: list[AnnotationRow],
    predictions: list[PredictionRow],
) -> list[Lane]:
    """The current rater's lane first, then the others' that have something here, gold among them, then predictions."""
    by_rater: dict[int, list[Bar]] = {}
    for row in annotations:
        bar = Bar(row.start, row.end, row.label or "", row.id, row.unsure)
        by_rater.setdefault(row.rater, []).append(bar)
    first = [current] if current is not None else []
    others = [rater for rater in raters if rater not in first and rater.id in by_rater]
    lanes = [
        Lane("gold" if rater.kind == GOLD else rater.name, rater.id, tuple(by_rater.get(rater.id, ())))
        for rater in [*first, *others]
    ]
    newest = {
        row.span: row for row in sorted(predictions, key=lambda row: (row.start - row.end, row.changed))
    }
    if newest:
        bars = [
            Bar(row.start, row.end, row.label, row.id, suffix=f" {row.confidence:.0%}")
            for row in newest.values()
        ]
        lanes.append(Lane("model", None, tuple(bars)))
    return lanes


class TierLanes(TimeStrip):
    """Click chooses, a drag draws a segment on the own lane or moves an edge, a double click plays."""

    play_asked = Signal()

    def __init__(self, axis: TimeAxis, editor: Editor, segmenting: Segmenting, theme: Theme) -> None:
        super().__init__("Segments of all raters", _LANE, axis, theme)
        self._editor, self._segmenting = editor, segmenting
        self._recording: RecordingRow | None = None
        self._lanes: list[Lane] = []
        self._previewed: list[tuple[int, int]] = []
        self._picture: QPixmap | None = None
        self.pointer = LanePointer(self, axis, segmenting)
        axis.cursor_changed.connect(self._tell)
        axis.view_changed.connect(lambda _: self._repaint())
        editor.changed.connect(self._follow)
        editor.rater_changed.connect(lambda _: self.refresh())
        segmenting.chosen_changed.connect(self._repaint)

    def show_recording(self, recording: RecordingRow | None) -> None:
        """Take another recording in hand."""
        self._recording = recording
        self.refresh()

    def _follow(self, edit: Edit) -> None:
        """Only what is of this recording, or of all of them, is worth another picture."""
        here = self._recording.id if self._recording is not None else None
        for change in edit.changes:
            row = change.row
            if not isinstance(row, AnnotationRow | PredictionRow) or row.recording == here:
                self.refresh()
                return

    def refresh(self) -> None:
        """Look at the recording's rows again."""
        project, recording = self._editor.project, self._recording
        if project is None or recording is None:
            self._lanes = []
        else:
            self._lanes = lanes_of(
                project.raters,
                self._editor.rater,
                project.annotations_of(recording.id),
                project.predictions_of(recording.id),
            )
        self.setFixedHeight(max(1, len(self._lanes)) * self._lane_height() + SPACE)
        self.setVisible(bool(self._lanes))
        self._repaint()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        super().recolour(theme)
        self._repaint()

    def lane_at(self, y: float) -> Lane | None:
        """The lane at a height."""
        row = int((y - SPACE / 2) // self._lane_height())
        return self._lanes[row] if 0 <= row < len(self._lanes) else None

    def bar_at(self, x: float, y: float) -> tuple[Lane | None, Bar | None, str]:
        """What lies under a pixel: lane, bar, and which edge of the bar is near enough to be held ("" for none)."""
        lane, recording = self.lane_at(y), self._recording
        if lane is None or recording is None:
            return lane, None, ""
        left, width = self.area()
        reach = _EDGE / width * self.axis.view.length * recording.rate
        at = time_at(x, left, width, self.axis.view) * recording.rate
        own = self.own(lane)
        near = [
            bar for bar in lane.in_view(at - reach, at + reach) if bar.start - reach <= at <= bar.end + reach
        ]
        inside = next((bar for bar in near if bar.start <= at < bar.end), near[0] if near else None)
        if inside is None or not own:
            return lane, inside if inside is not None and inside.start <= at < inside.end else None, ""
        to_start, to_end = abs(inside.start - at), abs(inside.end - at)
        if min(to_start, to_end) > reach or inside.end - inside.start < 3 * reach:
            return lane, inside if inside.start <= at < inside.end else None, ""
        return lane, inside, "start" if to_start < to_end else "end"

    def preview(self, spans: list[tuple[int, int]]) -> None:
        """Draw segments on the own lane that are not made yet (samples)."""
        self._previewed = spans
        self._repaint()

    def own(self, lane: Lane | None) -> bool:
        """Whether a lane is the current rater's."""
        rater = self._editor.rater
        return lane is not None and rater is not None and lane.rater == rater.id

    def select_bar(self, bar: Bar) -> None:
        """Select the time of a bar that is not the current rater's."""
        if self._recording is not None:
            rate = self._recording.rate
            self._segmenting.choose([])
            self.axis.select(Span(bar.start / rate, bar.end / rate))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The lanes as painted last, with cursor and playhead over them."""
        if self._recording is None:
            return
        if self._picture is None:
            self._picture = self._painted()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        left, width = self.area()
        painter.setClipRect(QRectF(left, 0, width, self.height()))
        if self.axis.cursor is not None:
            x = pixel_at(self.axis.cursor, left, width, self.axis.view)
            painter.setPen(QPen(self.theme.colour("hover_line"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        x = pixel_at(self.axis.playhead, left, width, self.axis.view)
        painter.setPen(QPen(self.theme.colour("playhead"), 2))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width is another picture."""
        super().resizeEvent(event)
        self._repaint()

    def _repaint(self) -> None:
        self._picture = None
        self.update()

    def _lane_height(self) -> int:
        return _LANE if len(self._lanes) <= _FULL_LANES else _SMALL_LANE

    def _painted(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(self.theme.colour("window"))
        painter = QPainter(picture)
        painter.setFont(self.font())
        self.paint_still(painter)
        painter.end()
        return picture

    def paint_still(self, painter: QPainter) -> None:
        """The lanes alone."""
        for row, lane in enumerate(self._lanes):
            self._paint_lane(painter, lane, SPACE / 2 + row * self._lane_height())

    def _paint_lane(self, painter: QPainter, lane: Lane, top: float) -> None:
        left, width = self.area()
        height = self._lane_height()
        own = self.own(lane)
        painter.setClipping(False)
        painter.setPen(QPen(self.theme.colour("text" if own else "muted")))
        name = painter.fontMetrics().elidedText(lane.name, Qt.TextElideMode.ElideRight, int(left) - 3 * SPACE)
        room = QRectF(SPACE, top, left - 3 * SPACE, height)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
        ground = QRectF(left, top + 1, width, height - 2)
        painter.setClipRect(ground)
        painter.fillRect(ground, self.theme.colour("panel" if own else "raised"))
        recording = self._recording
        if recording is None:
            return
        if own:
            self._paint_preview(painter, top)
        if own and not lane.bars and not self._previewed:
            painter.setPen(QPen(self.theme.colour("muted")))
            words = "Drag here to draw a segment, or press a label's key to label the whole recording"
            painter.drawText(ground.adjusted(2 * SPACE, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        chosen = {row.id for row in self._segmenting.segments} if own else set()
        narrow: list[tuple[float, float, Bar]] = []
        for bar, first, last in self._places(lane, recording.rate):
            if last - first < _NARROW and bar.number not in chosen:
                narrow.append((first, last, bar))
                continue
            area = QRectF(first, top + 2, max(last - first, 1.0), height - 4)
            self._paint_bar(painter, bar, area, chosen=bar.number in chosen, predicted=lane.rater is None)
        self._paint_narrow(painter, narrow, top + 2, height - 4)

    def _places(self, lane: Lane, rate: int) -> Iterator[tuple[Bar, float, float]]:
        """The bars in view with their first and last pixels, cut near the edges: vectors cannot be clipped."""
        left, width = self.area()
        view = self.axis.view
        bars = lane.in_view(view.start * rate, view.end * rate)
        edges = np.array([(bar.start, bar.end) for bar in bars], dtype=np.float64).reshape(-1, 2) / rate
        pixels = left + (edges - view.start) / max(view.length, 1e-9) * width
        pixels = pixels.clip(left - _EDGE, left + width + _EDGE)
        yield from zip(bars, *pixels.T.tolist(), strict=True)

    def _paint_narrow(
        self, painter: QPainter, bars: list[tuple[float, float, Bar]], top: float, height: float
    ) -> None:
        """A thousand bars in view have no room for frames and words: a path of each colour, filled at once."""
        by_label: dict[str, list[QRectF]] = {}
        for first, last, bar in bars:
            by_label.setdefault(bar.label, []).append(QRectF(first, top, max(last - first, 1.0), height))
        painter.setPen(Qt.PenStyle.NoPen)
        for label, areas in by_label.items():
            name = self._editor.scheme.colour_of(label) if label else ""
            ground = QColor(name) if name else self.theme.colour("strong_border")
            ground.setAlpha(170 if name else 90)
            painter.setBrush(ground)
            painter.drawRects(areas)

    def _paint_preview(self, painter: QPainter, top: float) -> None:
        recording, view = self._recording, self.axis.view
        if recording is None:
            return
        painter.setPen(QPen(self.theme.colour("accent"), 1, Qt.PenStyle.DashLine))
        for start, end in self._previewed:
            first, last = (pixel_at(each / recording.rate, *self.area(), view) for each in (start, end))
            area = QRectF(first, top + 4, max(last - first, 1.0), self._lane_height() - 8)
            painter.fillRect(area, self.theme.colour("accent_soft"))
            painter.drawRect(area)

    def _paint_bar(self, painter: QPainter, bar: Bar, area: QRectF, *, chosen: bool, predicted: bool) -> None:
        colour = (
            QColor(self._editor.scheme.colour_of(bar.label))
            if bar.label
            else self.theme.colour("strong_border")
        )
        ground = QColor(colour)
        ground.setAlpha(0 if not bar.label else 60 if predicted else 105)
        painter.fillRect(area, ground)
        style = Qt.PenStyle.DashLine if predicted or not bar.label else Qt.PenStyle.SolidLine
        if chosen:
            painter.setPen(QPen(self.theme.colour("text"), 2))
            painter.drawRect(area.adjusted(1, 1, -1, -1))
        elif area.width() > 3:
            painter.setPen(QPen(colour, 1, style))
            painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
        text = f"{bar.label}{bar.suffix}{' ?' if bar.unsure else ''}" if bar.label else "–"
        room = area.adjusted(2 * SPACE, 0, -SPACE, 0)
        shown = room.intersected(QRectF(self.area()[0] + SPACE, area.top(), self.area()[1], area.height()))
        if shown.width() > _WORDS:
            painter.setPen(QPen(self.theme.colour("text")))
            words = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(shown.width()))
            if words not in ("…", ""):
                painter.drawText(shown, Qt.AlignmentFlag.AlignVCenter, words)

    def _tell(self, _: float | None) -> None:
        position = self.mapFromGlobal(self.cursor().pos())
        if not self.rect().contains(position):
            return
        lane, bar, _edge = self.bar_at(position.x(), position.y())
        if lane is None or bar is None or self._recording is None:
            self.setToolTip("")
            return
        times = (format_time(frame / self._recording.rate) for frame in (bar.start, bar.end))
        self.setToolTip(f"{lane.name}: {bar.label or 'unlabelled'}{bar.suffix}\n{' – '.join(times)}")


class LanePointer(TimePointer):
    """As everywhere on the time axis, and besides what is done to bars."""

    def __init__(self, lanes: TierLanes, axis: TimeAxis, segmenting: Segmenting) -> None:
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
