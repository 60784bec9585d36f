"""The Play menu and the keys that move the playhead and the selection."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from core_model.audio import AudioInfo

from ..display.time_view import Span
from ..playback import Passage, Player
from .time_axis import TimeAxis

_NUDGE = 0.01  # of the view
_PAN = 0.25


class Playing(QObject):
    """Plays the recording in hand and lets the playhead follow what is heard."""

    def __init__(self, axis: TimeAxis, player: Player, parent: QObject) -> None:
        super().__init__(parent)
        self._axis, self._player = axis, player
        self._info: AudioInfo | None = None
        self._loop = False
        player.moved.connect(axis.follow)
        axis.sought.connect(self._play_on_from)

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        axis = self._axis
        return {
            "play": self.play_or_pause,
            "play_selection": self.play_selection,
            "loop": self.set_loop,
            "to_start": lambda: axis.seek(0.0),
            "to_end": lambda: axis.seek(axis.duration),
            "nudge_left": lambda: axis.seek(axis.playhead - _NUDGE * axis.view.length),
            "nudge_right": lambda: axis.seek(axis.playhead + _NUDGE * axis.view.length),
            "zoom_in": axis.zoom_in,
            "zoom_out": axis.zoom_out,
            "show_all": axis.show_all,
            "show_selection": axis.show_selection,
            "pan_left": lambda: axis.pan(-_PAN * axis.view.length),
            "pan_right": lambda: axis.pan(_PAN * axis.view.length),
            "select_all": lambda: axis.select(Span(0.0, axis.duration)),
            "select_none": lambda: axis.select(None),
            "selection_start": self.begin_selection,
            "selection_end": self.end_selection,
        }

    def show(self, info: AudioInfo | None) -> None:
        """Take another recording in hand; what plays stops."""
        self._player.stop()
        self._info = info

    def play_or_pause(self) -> None:
        """Play from the playhead (from the start when it is at the end), or pause."""
        if self._player.playing:
            self._player.stop()
        elif self._info is not None:
            start = self._axis.playhead
            self._play(0.0 if start >= self._axis.duration - 0.01 else start, self._axis.duration)

    def play_selection(self) -> None:
        """Play the selection, or what is in view when nothing is selected."""
        span = self._axis.selection or self._axis.view
        if self._info is not None:
            self._play(span.start, min(span.end, self._axis.duration))

    def set_loop(self, loop: bool) -> None:
        """Play over and over, from now on."""
        self._loop = loop
        passage = self._player.passage
        if passage is not None and passage.loop != loop:
            self._player.play(Passage(passage.info, passage.start, passage.end, loop))

    def begin_selection(self) -> None:
        """Let the selection begin at the playhead."""
        end = self._axis.selection.end if self._axis.selection is not None else self._axis.duration
        self._axis.select_between(self._axis.playhead, max(end, self._axis.playhead))

    def end_selection(self) -> None:
        """Let the selection end at the playhead."""
        start = self._axis.selection.start if self._axis.selection is not None else 0.0
        self._axis.select_between(min(start, self._axis.playhead), self._axis.playhead)

    def _play(self, start: float, end: float) -> None:
        if self._info is None:
            return
        passage = Passage(self._info, start, end, self._loop)
        first, last = passage.frames
        if first < last:  # a selection may lie between two samples
            self._player.play(passage)

    def _play_on_from(self, time: float) -> None:
        if not self._player.playing:
            return
        if time >= self._axis.duration:
            self._player.stop()
        else:
            self._play(time, self._axis.duration)
