"""The one time axis that every plot shares: the view, the cursor, the playhead and the selection, in seconds."""

from PySide6.QtCore import QObject, Signal

from ..display.time_view import Span, clamp, ordered, pan, turn_to, whole, zoom

_ZOOM_STEP = 1.5


class TimeAxis(QObject):
    """What all plots agree on. It knows no audio and no widget."""

    view_changed = Signal(Span)
    cursor_changed = Signal(object)  # seconds, or None when the pointer is on no plot
    playhead_changed = Signal(float)
    selection_changed = Signal(object)  # Span or None
    sought = Signal(float)  # the user moved the playhead
    drag_ended = Signal(
        str
    )  # a drag over the sound ended; it moved the selection's "start" or "end", or drew anew ("")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.duration = 0.0
        self.view = whole(0.0)
        self.cursor: float | None = None
        self.playhead = 0.0
        self.selection: Span | None = None
        self.dragging = False  # the pointer is moving the selection
        self.pixels = 1000.0  # the width of the plots

    def reset(self, duration: float) -> None:
        """Take a recording of this length, all of it in view."""
        self.duration = duration
        self.set_cursor(None)
        self.select(None)
        self.set_playhead(0.0)
        self._show(whole(duration))

    def set_pixels(self, pixels: int) -> None:
        """The width of the plots."""
        self.pixels = float(pixels)

    def set_view(self, start: float, end: float) -> None:
        """Show a part of the recording."""
        self._show(clamp(Span(start, end), self.duration))

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Make the view `factor` times as long around `at`: a time, or the playhead if in view, or the middle."""
        if at is None:
            middle = (self.view.start + self.view.end) / 2
            at = self.playhead if self.view.holds(self.playhead) else middle
        self._show(zoom(self.view, factor, at, self.duration))

    def zoom_in(self) -> None:
        """One step in."""
        self.zoom(1 / _ZOOM_STEP)

    def zoom_out(self) -> None:
        """One step out."""
        self.zoom(_ZOOM_STEP)

    def show_all(self) -> None:
        """The whole recording."""
        self._show(whole(self.duration))

    def show_selection(self) -> None:
        """The selection, filling the view."""
        if self.selection is not None:
            self.set_view(self.selection.start, self.selection.end)

    def show(self, span: Span) -> None:
        """Bring a span into view: the view stays if it holds it, turns to it if it fits, else grows around it."""
        if self.view.holds(span.start) and self.view.holds(span.end):
            return
        margin = span.length * 0.05
        if span.length + 2 * margin <= self.view.length:
            middle = (span.start + span.end) / 2
            self.set_view(middle - self.view.length / 2, middle + self.view.length / 2)
        else:
            self.set_view(span.start - margin, span.end + margin)

    def pan(self, seconds: float) -> None:
        """Move the view."""
        self._show(pan(self.view, seconds, self.duration))

    def seek(self, time: float) -> None:
        """Put the playhead somewhere, as the user asked, and show it."""
        time = min(max(time, 0.0), self.duration)
        self.set_playhead(time)
        self._show(turn_to(self.view, time, self.duration))
        self.sought.emit(time)

    def set_playhead(self, time: float) -> None:
        """Move the playhead, as playback does."""
        self.playhead = time
        self.playhead_changed.emit(time)

    def follow(self, time: float) -> None:
        """Move the playhead and turn the page when it leaves the view."""
        self.set_playhead(time)
        self._show(turn_to(self.view, time, self.duration))

    def set_cursor(self, time: float | None) -> None:
        """The pointer is over this time, or over no plot."""
        if time is not None and not 0 <= time <= self.duration:
            time = None
        if time != self.cursor:
            self.cursor = time
            self.cursor_changed.emit(time)

    def select_between(self, a: float, b: float) -> None:
        """Select what lies between two times, in either order."""
        self.select(ordered(a, b, self.duration))

    def select(self, selection: Span | None) -> None:
        """Take a selection; an empty one is none."""
        selection = selection if selection is not None and selection.length > 0 else None
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit(selection)

    def _show(self, view: Span) -> None:
        if view != self.view:
            self.view = view
            self.view_changed.emit(view)
