"""The tiers on the time axis: a lane for the current rater, one for each other, and one for what the model says."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent

from core_model.project.edit import Edit
from core_model.project.rows import AnnotationRow, PredictionRow, RecordingRow

from ..display.lanes import Bar, Lane, Lanes
from ..display.time_view import Span, format_time, pixel_at, time_at
from ..editor import Editor
from ..translation import tr
from .lane_pointer import LanePointer
from .plots.strips import TimeStrip
from .segmenting import Segmenting
from .theme import SPACE, Theme
from .time_axis import TimeAxis

_LANE, _SMALL_LANE = 24, 16  # px
_FULL_LANES = 6
_NARROW, _WORDS = 6, 16  # px, below which a bar has no frame, and its label no room
_EDGE = 5  # px on either side of an edge that take hold of it


class TierLanes(TimeStrip):
    """Click chooses, a drag draws a segment on the own lane or moves an edge, a double click plays."""

    play_asked = Signal()

    def __init__(self, axis: TimeAxis, editor: Editor, segmenting: Segmenting, theme: Theme) -> None:
        super().__init__(tr("Segments of all raters"), _LANE, axis, theme)
        self._editor, self._segmenting = editor, segmenting
        self._recording: RecordingRow | None = None
        self._made, self._lanes = Lanes(), list[Lane]()
        self._previewed: list[tuple[int, int]] = []
        self._pictures: dict[int | None, tuple[Lane, frozenset[int], QPixmap]] = {}
        self.pointer = LanePointer(self, axis, segmenting)
        axis.cursor_changed.connect(self._tell)
        axis.view_changed.connect(lambda _: self.forget_picture())
        editor.changed.connect(self._follow)
        editor.rater_changed.connect(lambda _: self._look_again())
        segmenting.chosen_changed.connect(self.update)

    def show_recording(self, recording: RecordingRow | None) -> None:
        """Take another recording in hand."""
        self._recording = recording
        self._look_again()

    def _look_again(self) -> None:
        self.refresh()
        self.forget_picture()

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
            self._lanes = self._made.of(
                project.raters,
                self._editor.rater,
                project.annotations_of(recording.id),
                project.predictions_of(recording.id),
            )
        self.setFixedHeight(max(1, len(self._lanes)) * self._lane_height() + SPACE)
        self.setVisible(bool(self._lanes))
        self.update()

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
        near = [lane.bars[place] for place in lane.in_view(at - reach, at + reach)]
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
        self.forget_picture()

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
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.colour("window"))
        for row, lane in enumerate(self._lanes):
            painter.drawPixmap(0, SPACE // 2 + row * self._lane_height(), self._picture_of(lane))
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
        self.forget_picture()

    def forget_picture(self) -> None:
        """All lanes are to be painted anew."""
        self._pictures.clear()
        super().forget_picture()

    def _lane_height(self) -> int:
        return _LANE if len(self._lanes) <= _FULL_LANES else _SMALL_LANE

    def _picture_of(self, lane: Lane) -> QPixmap:
        """A lane as it was painted last, or painted anew: an edit changes one of them, and a label is seen at once."""
        chosen = self._chosen(lane)
        known = self._pictures.get(lane.rater)
        ratio = self.devicePixelRatioF()
        size = QSize(self.width(), self._lane_height()) * ratio
        if known is not None and known[0] is lane and known[1] == chosen and known[2].size() == size:
            return known[2]
        picture = QPixmap(size)
        picture.setDevicePixelRatio(ratio)
        picture.fill(self.theme.colour("window"))
        painter = QPainter(picture)
        painter.setFont(self.font())
        self._paint_lane(painter, lane, 0, chosen)
        painter.end()
        self._pictures[lane.rater] = (lane, chosen, picture)
        return picture

    def paint_still(self, painter: QPainter) -> None:
        """The lanes alone."""
        for row, lane in enumerate(self._lanes):
            top = SPACE // 2 + row * self._lane_height()
            self._paint_lane(painter, lane, top, self._chosen(lane))

    def _chosen(self, lane: Lane) -> frozenset[int]:
        return frozenset(row.id for row in self._segmenting.segments) if self.own(lane) else frozenset()

    def _paint_lane(self, painter: QPainter, lane: Lane, top: float, chosen: frozenset[int]) -> None:
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
            words = tr("Drag here to draw a segment, or press a label's key to label the whole recording")
            painter.drawText(ground.adjusted(2 * SPACE, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        self._paint_bars(painter, lane, top + 2, chosen)

    def _paint_bars(self, painter: QPainter, lane: Lane, top: float, chosen: frozenset[int]) -> None:
        assert self._recording is not None
        rate, view, (left, width) = self._recording.rate, self.axis.view, self.area()
        places = lane.in_view(view.start * rate, view.end * rate)
        edges = (lane.edges[places] / rate - view.start) / max(view.length, 1e-9) * width
        edges = edges.clip(-_EDGE, width + _EDGE)  # vectors cannot be clipped
        wide = edges[:, 1] - edges[:, 0] >= _NARROW
        height = self._lane_height() - 4
        self._paint_narrow(painter, lane, places[~wide], edges[~wide], QRectF(left, top, width, height))
        for place, (first, last) in zip(places.tolist(), edges.tolist(), strict=True):
            bar = lane.bars[place]
            if last - first >= _NARROW or bar.number in chosen:
                area = QRectF(left + first, top, max(last - first, 1.0), height)
                self._paint_bar(painter, bar, area, chosen=bar.number in chosen, predicted=lane.rater is None)

    def _paint_narrow(
        self, painter: QPainter, lane: Lane, places: np.ndarray, edges: np.ndarray, ground: QRectF
    ) -> None:
        """A thousand bars in view have no room for frames and words: each is as many pixels as it is wide."""
        ratio = self.devicePixelRatioF()
        pixels = np.zeros(round(ground.width() * ratio), dtype=np.uint32)
        firsts = np.clip(np.round(edges[:, 0] * ratio), 0, len(pixels) - 1).astype(np.intp)
        lasts = np.clip(np.round(edges[:, 1] * ratio), firsts + 1, len(pixels)).astype(np.intp)
        counts = lasts - firsts
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        colours = np.array([self._narrow_colour(label).rgba() for label in lane.labels], dtype=np.uint32)
        if len(places):
            pixels[np.repeat(firsts, counts) + within] = np.repeat(colours[lane.label_of[places]], counts)
        row = QImage(pixels.tobytes(), len(pixels), 1, 4 * len(pixels), QImage.Format.Format_ARGB32)
        painter.drawImage(ground, row)

    def _narrow_colour(self, label: str) -> QColor:
        name = self._editor.scheme.colour_of(label) if label else ""
        colour = QColor(name) if name else self.theme.colour("strong_border")
        colour.setAlpha(170 if name else 90)
        return colour

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
        self.setToolTip(f"{lane.name}: {bar.label or tr('unlabelled')}{bar.suffix}\n{' – '.join(times)}")
