"""The window's side of the capture process: what is open, what is being recorded, and what happens by itself.

Nothing here waits. Commands go out, events are looked for by a timer; a process that does not answer is ended and said.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from core_model.errors import HumpcatError
from core_model.live.ring_buffer import RingBuffer, open_ring

from .capture.client import CaptureProcess
from .capture.inputs import Input
from .capture.take_told import TakeBegun, TakeDone

Message = dict[str, Any]

_LOOK_MS = 40
_BROKEN = ("died", "hung")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What is heard: an input, or a file that is replayed; its name and its ring buffer."""

    name: str
    ring: RingBuffer
    replayed: bool


class Recorder(QObject):
    """One source and one take at a time."""

    inputs_changed = Signal(list)  # of Input
    source_changed = Signal(object)  # Source or None
    take_begun = Signal(object)  # TakeBegun
    take_done = Signal(object)  # TakeDone
    paused_changed = Signal(bool)
    monitor_changed = Signal(bool)
    broke_off = Signal()  # the process is gone, with a take that it had no time to finish
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._capture = CaptureProcess()
        # Another process looks for inputs: PortAudio lists only what was there when it began, and beginning anew closes
        # what is open.
        self._watcher = CaptureProcess()
        self._watching = False
        self._awaited: dict[int, str] = {}
        self._wanted: Path | None = None
        self.source: Source | None = None
        self.take: TakeBegun | None = None
        self.paused = False
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)

    @property
    def pid(self) -> int:
        """The process that records."""
        return self._capture.pid

    @property
    def opening(self) -> bool:
        """Whether a source has been asked for and is not there yet."""
        return any(what in ("open", "replay") for what in self._awaited.values())

    @property
    def recording(self) -> bool:
        """Whether a take is being written, or about to."""
        return self.take is not None or "record" in self._awaited.values()

    def watch(self, on: bool) -> None:
        """Tell of inputs that come and go, while somebody looks."""
        if on != self._watching:
            self._watching = on
            self._watcher.send("watch", on=on)
            self._timer.start()

    def open(self, name: str, rate: int | None, channels: int | None) -> None:
        """Open an input by its id, instead of what is open."""
        self._forget_source()
        self._ask("open", input=name, rate=rate, channels=channels)

    def replay(self, path: Path, speed: float) -> None:
        """Open a file as if it were an input; it waits for `begin`."""
        self._forget_source()
        self._ask("replay", file=str(path), speed=speed)

    def begin(self) -> None:
        """Let the file run."""
        self._ask("begin")

    def shut(self) -> None:
        """Close what is open; a take is finished first."""
        if self.source is not None or self.opening:
            self._forget_source()
            self._ask("close")

    def record(self, path: Path, bits: int) -> None:
        """Begin a take of what is open."""
        self._wanted = path
        self._ask("record", path=str(path), bits=bits)

    def pause(self, on: bool) -> None:
        """Leave out of the take what comes, or go on with it."""
        self._ask("pause" if on else "resume")

    def end_take(self) -> None:
        """Finish the take."""
        if self.take is not None:
            self._ask("stop")

    def monitor(self, on: bool) -> None:
        """Let what comes in be heard, or not."""
        self._ask("monitor", on=on)

    def close(self) -> None:
        """End the processes; what they still say of a take is told."""
        self._timer.stop()
        for event in (*self._capture.events(), *self._capture.close()):
            self._take_event(event)
        self._watcher.close()
        self._forget_source()

    def look(self) -> None:
        """What happened since the last look."""
        for event in self._watcher.events():
            if event["event"] == "inputs":
                self.inputs_changed.emit([Input(**each) for each in event["inputs"]])
            elif "message" in event:
                if event["event"] in _BROKEN:  # the list stays as it is until the page is shown again
                    self._watching = False
                self.failed.emit(HumpcatError(event["message"], event["hint"]))
        for event in self._capture.events():
            self._take_event(event)
        if not self._watching and not self._awaited and self.source is None:
            self._timer.stop()

    def _ask(self, do: str, **fields: Any) -> None:
        self._awaited[self._capture.send(do, **fields)] = do
        self._timer.start()

    def _take_event(self, event: Message) -> None:
        kind, asked = event["event"], self._awaited.pop(event.get("id") or 0, "")
        error = HumpcatError(event["message"], event.get("hint", "")) if "message" in event else None
        if kind == "opened" and not self.opening:  # else another one has been asked for since
            self._take_source(event, replayed=asked == "replay")
        elif kind == "recording":
            self._take_begun(event)
        elif kind == "take":
            self._take_done(event, error)
        elif kind in ("paused", "resumed"):
            self.paused = kind == "paused"
            self.paused_changed.emit(self.paused)
        elif kind == "monitoring":
            self.monitor_changed.emit(event["on"])
        elif kind in ("lost", "over", *_BROKEN):
            self._end_source(broken=kind in _BROKEN)
        if error is not None and kind != "take":
            if asked == "monitor":
                self.monitor_changed.emit(False)
            self.failed.emit(error)
            if asked in ("open", "replay"):
                self.source_changed.emit(None)

    def _take_source(self, event: Message, *, replayed: bool) -> None:
        try:
            ring = open_ring(Path(event["ring"]))
        except HumpcatError as error:  # it was closed before we got to it
            self.failed.emit(error)
            return
        self.source = Source(event["name"], ring, replayed)
        self.source_changed.emit(self.source)

    def _take_begun(self, event: Message) -> None:
        assert self._wanted is not None
        self.take, self.paused = TakeBegun(self._wanted, Path(event["aside"]), int(event["begin"])), False
        self.take_begun.emit(self.take)

    def _take_done(self, event: Message, error: HumpcatError | None) -> None:
        self.take, self.paused = None, False
        pieces = tuple((int(start), int(end)) for start, end in event["pieces"])
        rate, channels, frames = (int(event[name]) for name in ("rate", "channels", "frames"))
        self.take_done.emit(TakeDone(Path(event["path"]), rate, channels, frames, pieces, error))

    def _end_source(self, *, broken: bool) -> None:
        if broken:
            self._awaited.clear()
            if self.take is not None:
                self.take, self.paused = None, False
                self.broke_off.emit()
        self._forget_source()

    def _forget_source(self) -> None:
        if self.source is not None:
            self.source = None
            self.source_changed.emit(None)
