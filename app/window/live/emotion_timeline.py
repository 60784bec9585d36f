"""Emotion over the last minute: stacked probabilities, and below them the labels that somebody pressed."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core_model.labels import colour_of
from core_model.live.session_log import Pressed

from ...display.emotion_history import HISTORY_SECONDS, EmotionHistory, Moment
from ...translation import tr
from ..theme import SPACE, Theme
from .live_plots import LEFT, RIGHT

_CAPTION, _PRESSED = 20, 24  # px
_SECONDS = 10  # between two times
_WORDS = 1.2  # a name is written where it has this many times its width


class EmotionTimeline(QWidget):
    """Shows a history up to a frame that is now."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName(tr("Emotion over the last minute"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._theme = theme
        self._history: EmotionHistory | None = None
        self._labels: tuple[str, ...] = ()
        self._pressed: Sequence[Pressed] = ()
        self._colours: Mapping[str, str] = {}
        self._now = 0

    def show_history(
        self,
        history: EmotionHistory | None,
        labels: tuple[str, ...],
        pressed: Sequence[Pressed],
        colours: Mapping[str, str],
        now: int,
    ) -> None:
        """Show what was said of the minute that ends with frame `now`; `colours` are of the labels pressed."""
        self._history, self._labels, self._now = history, labels, now
        self._pressed, self._colours = pressed, colours
        self.update()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the stack, the labels pressed and the times."""
        return QSize(640, 140)

    def minimumSizeHint(self) -> QSize:
        """So that a stack can still be read."""
        return QSize(320, 96)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The stack, the labels pressed, the times."""
        painter, theme = QPainter(self), self._theme
        painter.fillRect(self.rect(), theme.colour("panel"))
        width = max(1, self.width() - LEFT - RIGHT)
        stack = QRectF(LEFT, 0, width, max(8, self.height() - _PRESSED - _CAPTION - 2 * SPACE))
        pressed = QRectF(LEFT, stack.bottom() + SPACE, width, _PRESSED)
        for area in (stack, pressed):
            painter.fillRect(area, theme.colour("plot"))
        painter.setPen(QPen(theme.colour("muted")))
        for area, words in ((stack, "model"), (pressed, "you")):
            beside = QRectF(0, area.top(), LEFT - SPACE, area.height())
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        for seconds in range(0, round(HISTORY_SECONDS) + 1, _SECONDS):
            x = stack.right() - seconds / HISTORY_SECONDS * width
            place = QRectF(x - 30, pressed.bottom(), 60, _CAPTION)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"−{seconds} s" if seconds else "now")
        if self._history is not None:
            self._paint_stack(painter, stack, self._history)
            self._paint_pressed(painter, pressed, self._history.rate)

    def _x(self, frame: int, area: QRectF, rate: int) -> float:
        return area.right() - (self._now - frame) / rate / HISTORY_SECONDS * area.width()

    def _paint_stack(self, painter: QPainter, area: QRectF, history: EmotionHistory) -> None:
        painter.setClipRect(area)
        for moment in history:
            if moment.probabilities is None:
                continue
            left, right = (self._x(frame, area, history.rate) for frame in (moment.start, moment.end))
            top = area.bottom()
            for label, share in zip(self._labels, moment.probabilities, strict=True):
                height = share * area.height()
                painter.fillRect(
                    QRectF(left, top - height, right - left + 0.5, height), QColor(colour_of(label))
                )
                top -= height
        for label, start, end in _runs(history, self._labels):
            left, right = (self._x(frame, area, history.rate) for frame in (start, end))
            self._write(painter, QRectF(left, area.top(), right - left, area.height()), label)
        painter.setClipping(False)

    def _paint_pressed(self, painter: QPainter, area: QRectF, rate: int) -> None:
        painter.setClipRect(area)
        for pressed in self._pressed:
            left = self._x(pressed.start, area, rate)
            right = self._x(self._now if pressed.end is None else pressed.end, area, rate)
            place = QRectF(left, area.top(), max(right - left, 2), area.height())
            painter.fillRect(place, QColor(self._colours.get(pressed.label) or colour_of(pressed.label)))
            self._write(painter, place, pressed.label)
        painter.setClipping(False)

    def _write(self, painter: QPainter, area: QRectF, label: str) -> None:
        """A name on a plate in the theme's ground, so that it is read on every colour."""
        wanted = painter.fontMetrics().horizontalAdvance(label)
        if area.width() < _WORDS * wanted + 2 * SPACE:
            return
        plate = QRectF(area.left() + SPACE, area.center().y() - 9, wanted + 2 * SPACE, 18)
        painter.fillRect(plate, self._theme.colour("panel", 225))
        painter.setPen(QPen(self._theme.colour("text")))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, label)


def _runs(history: EmotionHistory, labels: tuple[str, ...]) -> list[tuple[str, int, int]]:
    """Stretches of one most probable label: its name, from which frame, to which."""
    runs: list[tuple[str, int, int]] = []
    for moment in history:
        label = _label(moment, labels)
        if label is None:
            continue
        if runs and runs[-1][0] == label and runs[-1][2] == moment.start:
            runs[-1] = (label, runs[-1][1], moment.end)
        else:
            runs.append((label, moment.start, moment.end))
    return runs


def _label(moment: Moment, labels: tuple[str, ...]) -> str | None:
    if moment.probabilities is None:
        return None
    return labels[moment.probabilities.index(max(moment.probabilities))]
