"""The Play menu and the keys that move the playhead and the selection."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from core_model.audio import AudioInfo

from ..display.time_view import Span
from ..playback import Passage, Player
from .time_axis import TimeAxis

SPEEDS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
_NUDGE = 0.01  # of the view
_PAN = 0.25


class Playing(QObject):
    """Plays the recording in hand and lets the playhead follow what is heard, and stay where that ends.

    Attributes:
        chosen: the segment in hand, played and looped where nothing is selected.
    """

    speed_changed = Signal(float)

    def __init__(self, axis: TimeAxis, player: Player, parent: QObject) -> None:
        super().__init__(parent)
        self._axis, self._player = axis, player
        self._info: AudioInfo | None = None
        self.chosen: Span | None = None
        self._loop = self._return = self._play_on_select = False
        self._began = 0.0
        player.moved.connect(axis.follow)
        player.playing_changed.connect(self._go_back)
        axis.sought.connect(self._play_on_from)
        axis.selection_changed.connect(lambda _: self._follow_loop())
        axis.drag_ended.connect(lambda _: self._follow_loop())

    @property
    def speed(self) -> float:
        """How fast it plays, 0.5 to 2; the pitch stays."""
        return self._player.speed

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        axis = self._axis
        return {
            "play": self.play_or_pause,
            "play_selection": self.play_selection,
            "loop": self.set_loop,
            "faster": lambda: self.set_speed(next((s for s in SPEEDS if s > self.speed), SPEEDS[-1])),
            "slower": lambda: self.set_speed(next((s for s in SPEEDS[::-1] if s < self.speed), SPEEDS[0])),
            "normal_speed": lambda: self.set_speed(1.0),
            "return_after_playing": self.set_return_after_playing,
            "play_on_select": self.set_play_on_select,
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
        self._info, self.chosen = info, None

    def play_or_pause(self) -> None:
        """Play from the playhead (from the start when it is at the end), or pause."""
        if self._player.playing:
            self._player.stop()
        elif self._info is not None:
            start = self._axis.playhead
            self._play(0.0 if start >= self._axis.duration - 0.01 else start, self._axis.duration)

    def play_selection(self) -> None:
        """Play the selection, else the segment in hand, else what is in view, from its start."""
        span = self._span()
        self._play(span.start, min(span.end, self._axis.duration))

    def segment_chosen(self, start: float, end: float) -> None:
        """Another segment is in hand; it plays at once where that is wanted."""
        self.chosen = Span(start, end)
        if self._play_on_select:
            self._play(start, end)
        else:
            self._follow_loop()

    def segment_left(self) -> None:
        """No segment is in hand."""
        self.chosen = None

    def set_speed(self, speed: float) -> None:
        """Play faster or slower from now on, also what plays now."""
        before = self.speed
        self._player.set_speed(speed)
        if self.speed != before:
            self.speed_changed.emit(self.speed)

    def set_loop(self, loop: bool) -> None:
        """Play over and over what `play_selection` would play, from now on; what plays goes on from where it is."""
        self._loop = loop
        self._follow_loop()

    def set_return_after_playing(self, on: bool) -> None:
        """Whether the playhead goes back to where playing began once it stops."""
        self._return = on

    def set_play_on_select(self, on: bool) -> None:
        """Whether a segment plays when it is taken in hand."""
        self._play_on_select = on

    def begin_selection(self) -> None:
        """Let the selection begin at the playhead."""
        end = self._axis.selection.end if self._axis.selection is not None else self._axis.duration
        self._axis.select_between(self._axis.playhead, max(end, self._axis.playhead))

    def end_selection(self) -> None:
        """Let the selection end at the playhead."""
        start = self._axis.selection.start if self._axis.selection is not None else 0.0
        self._axis.select_between(min(start, self._axis.playhead), self._axis.playhead)

    def _span(self) -> Span:
        return self._axis.selection or self.chosen or self._axis.view

    def _follow_loop(self) -> None:
        if self._player.playing and not self._axis.dragging:  # where a drag leads to is not meant yet
            self._player.set_loop(self._span() if self._loop else None)

    def _play(self, start: float, end: float) -> None:
        if self._info is None:
            return
        passage = Passage(self._info, start, end, self._span() if self._loop else None)
        first, last = passage.frames
        if first < last:  # a selection may lie between two samples
            self._began = start
            self._player.play(passage)

    def _play_on_from(self, time: float) -> None:
        if not self._player.playing:
            return
        if time >= self._axis.duration:
            self._player.stop()
            self._axis.set_playhead(time)  # stopping put it to where the sound was
        else:
            self._play(time, self._axis.duration)

    def _go_back(self, playing: bool) -> None:
        if self._return and not playing:
            self._axis.follow(self._began)
