"""What the page Live shows while something is heard: sound forty times a second, figures three times a second."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer

from core_model.live.level import LevelMeter
from core_model.live.ring_buffer import Overrun
from core_model.live.session_log import Pressed

from ...display.emotion_history import EmotionHistory, Moment
from ...display.rolling import Rolling
from ...recorder import Source
from ...tasks import TaskPool
from ...translation import tr
from .live_page import LivePage
from .live_pitch import LivePitch

_FRAME_MS = 25
# Frames between two: of the minute of emotion, of the stretches that are tracked for F0, of figures that people read.
_TIMELINE, _PITCH, _FIGURES = 2, 4, 12

Heard = dict[str, Any]


class LiveScreen(QObject):
    """One source at a time; what it said stays on the screen until the next one.

    Args:
        pressed: answers the labels pressed so far, and the colours of all labels.
        tell_time: told three times a second that time has gone by.
    """

    def __init__(
        self,
        page: LivePage,
        tasks: TaskPool,
        pressed: Callable[[], tuple[Sequence[Pressed], Mapping[str, str]]],
        tell_time: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._page, self._pressed, self._tell_time = page, pressed, tell_time
        self._pitch = LivePitch(tasks, self)
        self._source: Source | None = None
        self._rolling: Rolling | None = None
        self._meter: LevelMeter | None = None
        self._labels: tuple[str, ...] = ()
        self.history: EmotionHistory | None = None
        self._newest: Heard = {}
        self._dropped = self._frame = 0
        self._painted = (0, time.monotonic())
        self._timer = QTimer(self, interval=_FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._draw)
        page.source.reset_asked.connect(self._forget_clipping)

    def show_source(self, source: Source | None) -> None:
        """Draw what another source gives; without one, what there was stays as it is."""
        self._source = source
        self._meter = LevelMeter(source.ring.channels) if source is not None else None
        if source is not None:
            self.history, self._newest, self._dropped = None, {}, 0
            self._page.box.current.latency.clear()
            self._begin_at_newest(source)

    def use_labels(self, labels: tuple[str, ...]) -> None:
        """Another model's labels; its history begins anew."""
        self._labels, self.history = labels, None

    def hear(self, heard: Heard) -> Moment | None:
        """Show what the model says; the moment that it is about."""
        if self._rolling is None:
            return None
        rate = self._rolling.rate
        if self.history is None:
            self.history = EmotionHistory(rate, heard["frame"] - round(heard["hop"] * rate))
        smoothed = heard["smoothed"]
        self._newest = heard
        self._page.box.show_label(self._labels, heard)
        return self.history.add(heard["frame"], None if smoothed is None else tuple(smoothed))

    def run(self, on: bool) -> None:
        """Draw while somebody looks and something comes."""
        if not on:
            self._timer.stop()
        elif not self._timer.isActive():
            if self._source is not None:
                self._begin_at_newest(self._source)
            self._timer.start()

    def show_figures(self) -> None:
        """Latency and counters, as measured."""
        self._tell_time()
        if self._source is not None:
            self._dropped = self._source.ring.dropped
        now, frames = time.monotonic(), self._page.plots.frames
        before, then = self._painted
        self._painted = (frames, now)
        lines = []
        latency, newest = self._page.box.current.latency, self._newest
        if len(latency):
            p50, p95 = 1000 * latency.p50, 1000 * latency.p95
            lines.append(
                tr("Sound to label: {p50:.0f} ms (p50), {p95:.0f} ms (p95)").format(p50=p50, p95=p95)
            )
        if newest:
            asked = self._page.box.config.hop
            slow = (
                tr(" (asked for {asked:.2f} s: the machine sustains no less)").format(asked=asked)
                if newest["hop"] > asked
                else ""
            )
            lines.append(
                tr("Hop {value:.2f} s{slow}; windows skipped: {value2}").format(
                    value=newest["hop"], slow=slow, value2=newest["skipped"]
                )
            )
        shown = (frames - before) / max(now - then, 1e-3)
        lines.append(
            tr("Blocks dropped: {dropped}; {shown:.0f} frames a second").format(
                dropped=self._dropped, shown=shown
            )
        )
        self._page.box.show_measured("\n".join(lines))

    def close(self) -> None:
        """Stop drawing."""
        self._timer.stop()
        self._pitch.close()

    def _begin_at_newest(self, source: Source) -> None:
        self._rolling = Rolling(source.ring.rate, source.ring.written)
        self._page.plots.show_sound(self._rolling)

    def _draw(self) -> None:
        """One frame: what came since the last one."""
        if self._source is not None and self._rolling is not None and self._meter is not None:
            self._take_in(self._source, self._rolling, self._meter)
        self._frame += 1
        if self._frame % _TIMELINE == 0 and self._rolling is not None:
            pressed, colours = self._pressed()
            now = self._rolling.frames
            self._page.timeline.show_history(self.history, self._labels, pressed, colours, now)
        if self._frame % _FIGURES == 0:
            self.show_figures()

    def _take_in(self, source: Source, rolling: Rolling, meter: LevelMeter) -> None:
        try:
            block = source.ring.read(rolling.frames)
        except Overrun:  # nobody looked for long, or a file runs faster than it can be drawn
            self._begin_at_newest(source)
            return
        if len(block):
            rolling.add(block)
            meter.add(block, time.monotonic())
            self._page.plots.show_newest()
        self._page.source.show_level(meter)
        if self._frame % _PITCH == 0:
            self._pitch.follow(source, rolling)

    def _forget_clipping(self) -> None:
        if self._meter is not None:
            self._meter.reset()
