"""Playing a recording through PortAudio at any speed, and knowing which of its samples is being heard.

One clock: samples. The callback notes which frame leaves the converter at which time of the stream, and each hop of
sound carries the time of the recording that it is from; where the playhead is follows from these and the stream's time
now, so it cannot drift from what is heard, whatever the speed was on the way.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from core_model.audio import AudioInfo, Samples
from core_model.errors import HumpcatError

from .display.time_view import Span
from .sound import Sound
from .stretching import FASTEST, SLOWEST, Place, place_at, stretch_hop
from .translation import tr

_TICK_MS = 16  # 60 positions a second, as often as a screen shows them
_AHEAD = 80  # hops read ahead, 0.8 s; what a slow disk may cost before a gap is heard
_FIRST = 30  # hops at hand before the device starts, so that it does not begin with a gap
_KEPT = 10  # of the hops ahead stay as they are when the speed changes: the device may take them meanwhile
_BATCH = 8  # hops made at a time
_FADE_SECONDS = 0.0025  # at both ends, so that an edge cut through a wave does not click
_NO_DEVICE = tr("Connect loudspeakers or headphones and try again; everything else works without sound.")

Callback = Callable[
    [Any, int, Any], bool
]  # buffer to fill, frames, PortAudio's times; whether more will come
OpenStream = Callable[[float, int, Callback, Callable[[], None]], Any]


@dataclass(frozen=True, slots=True)
class Passage:
    """What to play: from `start` to `end` in seconds.

    Attributes:
        loop: played over and over once it is reached; what is begun behind it goes to `end` and from there into it.
    """

    info: AudioInfo
    start: float
    end: float
    loop: Span | None = None

    @property
    def frames(self) -> tuple[int, int]:
        """First frame and the frame behind the last, at the recording's rate."""
        return round(self.start * self.info.rate), min(round(self.end * self.info.rate), self.info.frames)


@dataclass(frozen=True, slots=True)
class _Head:
    """Where the reading head stands: in the sound, and in the lap that began at frame `start`."""

    place: Place
    start: int


@dataclass(frozen=True, slots=True)
class _Hop:
    """A piece of sound ready to be heard; empty at the very end.

    Attributes:
        before: where the head stood.
        pace: frames of the recording that pass with each of its frames.
    """

    samples: Samples
    before: _Head
    pace: float


class Playback:
    """One passage being played, on a thread of its own that reads ahead of the callback.

    It begins once the one `before` it has given the device back: PortAudio may open and close only one stream at a
    time, and some devices can be held only once.
    """

    def __init__(
        self,
        passage: Passage,
        open_stream: OpenStream,
        volume: float = 1.0,
        speed: float = 1.0,
        before: "Playback | None" = None,
    ) -> None:
        self.passage, self.volume = passage, volume
        self.error: HumpcatError | None = None
        self.ended_at: float | None = None  # seconds, once all of it was heard
        self._speed, self._loop = speed, passage.loop
        self._open, self._before = open_stream, before
        self._ready: deque[_Hop] = deque()
        self._current: Samples = np.zeros((0, 1), dtype=np.float32)
        # Frames handed out before the last buffer, and when its first one sounds.
        self._clock: tuple[int, float] | None = None
        # Behind how many frames handed out which frame of the recording sounds, and how fast they pass.
        self._marks: deque[tuple[int, float, float]] = deque()
        self._handed = 0
        self._stream: Any = None
        self._started = self._finished = False
        self._stopping = threading.Event()
        self._drained = threading.Event()
        self._wanted = threading.Event()  # there is room for more, or something changed
        self._changed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="playback", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it still plays or is about to."""
        return self._thread.is_alive()

    def set_speed(self, speed: float) -> None:
        """Go on at another speed."""
        self._speed = speed
        self._change()

    def set_loop(self, loop: Span | None) -> None:
        """Play another stretch over and over, or none, from where it is."""
        self._loop = loop
        self._change()

    def stop(self) -> None:
        """Stop soon; what the device still holds is dropped."""
        self._stopping.set()
        self._drain()

    def join(self) -> None:
        """Wait until the device is given back."""
        self._thread.join()

    def position(self) -> float | None:
        """The recording's time that is heard now, None before the first sound. For one thread only."""
        stream, clock = self._stream, self._clock
        if stream is None or clock is None:
            return None
        frames, sounds_at = clock
        try:
            heard = min(frames + (stream.time - sounds_at) * stream.samplerate, self._handed)
        except Exception:  # noqa: BLE001 - the device went away between two lines; the thread reports it
            return None
        if heard <= 0 or not self._marks:
            return None
        while len(self._marks) > 1 and self._marks[1][0] <= heard:
            self._marks.popleft()
        begins, time, pace = self._marks[0]
        return float((time + (heard - begins) * pace) / stream.samplerate)

    def _change(self) -> None:
        self._changed.set()
        self._wanted.set()

    def _drain(self) -> None:
        self._drained.set()
        self._wanted.set()

    def _run(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            before.join()
        if self._stopping.is_set():
            return
        try:
            with self._opened() as sound:
                self._feed(sound)
            if not (self._finished or self._stopping.is_set()):
                raise HumpcatError(tr("Playing stopped: the output device went away."), _NO_DEVICE)
        except HumpcatError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - PortAudio's own, whose class exists only where PortAudio does
            self.error = HumpcatError(tr("Playing stopped: {error}.").format(error=error), _NO_DEVICE)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Sound]:
        """The sound as the running stream wants it: at the device's own rate when it refuses the recording's."""
        channels = 2 if self.passage.info.channels == 2 else 1
        stream = self._open(float(self.passage.info.rate), channels, self._callback, self._drain)
        self._stream = stream
        try:
            yield Sound(self.passage.info, round(stream.samplerate), stream.channels)
        finally:
            self._stream = None
            stream.abort()
            stream.close()

    def _feed(self, sound: Sound) -> None:
        """Keep hops ready until the device has taken the last one or stops."""
        start = min(round(self.passage.start * sound.rate), sound.frames - 1)
        head, ended = _Head(place_at(start), start), False
        while not self._drained.is_set():
            self._wanted.clear()
            if self._changed.is_set():
                self._changed.clear()
                head, ended = self._take_back(head), False
            if ended or self._finished or len(self._ready) >= _AHEAD:
                self._start_stream()
                self._wanted.wait()
                continue
            hop, head = self._next_hop(sound, head)
            self._ready.append(hop)
            ended = not len(hop.samples)
            if len(self._ready) >= _FIRST:
                self._start_stream()

    def _take_back(self, head: _Head) -> _Head:
        """Drop what is ready but heard only later, so that a change is heard soon; where to go on from."""
        with contextlib.suppress(IndexError):  # the device may take the last one meanwhile
            while len(self._ready) > _KEPT or not len(self._ready[-1].samples):
                head = self._ready.pop().before
        return head

    def _next_hop(self, sound: Sound, head: _Head) -> tuple[_Hop, _Head]:
        speed, loop = self._speed, self._loop
        end = self._lap_end(sound, head, loop)
        if head.place.time >= end and loop is not None:
            start = min(round(loop.start * sound.rate), sound.frames - 1)
            head = _Head(place_at(start), start)
            end = self._lap_end(sound, head, loop)
        samples, place = stretch_hop(sound.read, head.place, speed, head.start, end, sound.rate)
        samples = _faded(samples, head.place.time - head.start, end - head.place.time, speed, sound.rate)
        return _Hop(samples, head, speed), _Head(place, head.start)

    def _lap_end(self, sound: Sound, head: _Head, loop: Span | None) -> int:
        """The frame where the head turns back or stops."""
        if loop is not None:
            end = max(round(loop.end * sound.rate), round(loop.start * sound.rate) + 1)
            if head.place.time <= end:
                return min(end, sound.frames)
        end = max(round(self.passage.end * sound.rate), round(self.passage.start * sound.rate) + 1)
        # A loop that is left behind the passage's end plays on to the recording's.
        return min(end, sound.frames) if head.start < end else sound.frames

    def _start_stream(self) -> None:
        if not self._started:
            self._started = True
            self._stream.start()

    def _callback(self, out: Any, frames: int, time: Any) -> bool:
        """The device's thread: copy what is there, note when it sounds, never wait; false when that was all."""
        sounds_at = time.outputBufferDacTime or self._stream.time + self._stream.latency
        self._clock = (self._handed, sounds_at)
        filled = 0
        while filled < frames and (len(self._current) or self._take_hop()):
            count = min(frames - filled, len(self._current))
            out[filled : filled + count] = self._current[:count] * self.volume
            self._current = self._current[count:]
            filled += count
            self._handed += count
        out[filled:] = 0
        return not self._finished or len(self._current) > 0

    def _take_hop(self) -> bool:
        try:
            hop = self._ready.popleft()
        except IndexError:
            self._wanted.set()
            return False
        if len(self._ready) <= _AHEAD - _BATCH:
            self._wanted.set()
        self._marks.append((self._handed, hop.before.place.time, hop.pace))
        self._current = hop.samples
        if not len(hop.samples):
            self._finished = True
            self.ended_at = hop.before.place.time / self._stream.samplerate
        return not self._finished


class Player(QObject):
    """Play, pause, loop: what the transport does. Everything that may take time happens on the playback's thread."""

    playing_changed = Signal(bool)
    moved = Signal(float)
    failed = Signal(object)

    def __init__(self, parent: QObject, open_stream: OpenStream | None = None) -> None:
        super().__init__(parent)
        self._open = open_stream or open_device
        self._playback: Playback | None = None
        self._ending: Playback | None = None  # the last one stopped, which may still hold the device
        self._volume = self._speed = 1.0
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def playing(self) -> bool:
        """Whether something plays."""
        return self._playback is not None

    @property
    def speed(self) -> float:
        """How fast it plays, 0.5 to 2."""
        return self._speed

    def play(self, passage: Passage) -> None:
        """Play a passage instead of what plays now."""
        was = self.playing
        self._drop()
        self._playback = Playback(passage, self._open, self._volume, self._speed, self._ending)
        self._timer.start()
        if not was:
            self.playing_changed.emit(True)

    def stop(self) -> None:
        """Stop; `moved` tells where it was heard last."""
        if self._playback is not None:
            position = self._playback.position()
            self._drop()
            if position is not None:
                self.moved.emit(position)
            self.playing_changed.emit(False)

    def set_volume(self, volume: float) -> None:
        """0 to 1, also while it plays."""
        self._volume = volume
        if self._playback is not None:
            self._playback.volume = volume

    def set_speed(self, speed: float) -> None:
        """0.5 to 2, the nearest one else; also while it plays. The pitch stays."""
        self._speed = min(max(speed, SLOWEST), FASTEST)
        if self._playback is not None:
            self._playback.set_speed(self._speed)

    def set_loop(self, loop: Span | None) -> None:
        """Play another stretch over and over, or none, from where it is; of what plays now only."""
        if self._playback is not None:
            self._playback.set_loop(loop)

    def close(self) -> None:
        """Stop and give the device back."""
        self.stop()
        if self._ending is not None:
            self._ending.join()

    def _drop(self) -> None:
        self._timer.stop()
        if self._playback is not None:
            self._playback.stop()
            self._ending, self._playback = self._playback, None

    def _tick(self) -> None:
        playback = self._playback
        if playback is None:
            return
        position = playback.position()
        if position is not None:
            self.moved.emit(position)
        if not playback.alive:
            if playback.ended_at is not None:
                self.moved.emit(playback.ended_at)
            self.stop()
            if playback.error is not None:
                self.failed.emit(playback.error)


def open_device(rate: float, channels: int, callback: Callback, finished: Callable[[], None]) -> Any:
    """Open the default output; at its own rate when it refuses the recording's.

    Raises:
        HumpcatError: there is no PortAudio, or no output that can be opened.
    """
    try:
        import sounddevice
    except OSError as error:
        raise HumpcatError(
            tr("Sound cannot be played: the PortAudio library is missing."),
            tr("On Debian and Ubuntu install libportaudio2."),
        ) from error
    try:
        device = sounddevice.query_devices(kind="output")
    except (sounddevice.PortAudioError, ValueError):
        device = _look_again(sounddevice)
    channels = min(channels, int(device["max_output_channels"]))

    def fill(out: Any, frames: int, times: Any, _: Any) -> None:
        if not callback(out, frames, times):
            raise sounddevice.CallbackStop

    arguments = {"channels": channels, "dtype": "float32", "callback": fill, "finished_callback": finished}
    try:
        return sounddevice.OutputStream(samplerate=rate, **arguments)
    except sounddevice.PortAudioError:
        try:
            return sounddevice.OutputStream(samplerate=float(device["default_samplerate"]), **arguments)
        except sounddevice.PortAudioError as error:
            raise HumpcatError(
                tr("Sound cannot be played on {value} ({error}).").format(value=device["name"], error=error),
                _NO_DEVICE,
            ) from error


def _look_again(sounddevice: Any) -> Any:
    """PortAudio lists devices once; begin anew, so that one plugged in since is found."""
    try:
        sounddevice._terminate()  # noqa: SLF001 - the only way to make PortAudio look again
        sounddevice._initialize()  # noqa: SLF001
        return sounddevice.query_devices(kind="output")
    except (sounddevice.PortAudioError, ValueError) as error:
        raise HumpcatError(tr("Sound cannot be played: no output device was found."), _NO_DEVICE) from error


def _faded(samples: Samples, behind: float, ahead: float, speed: float, rate: int) -> Samples:
    """A hop that begins `behind` frames of the recording after a lap's start, `ahead` before its end, faded there."""
    length = min(_FADE_SECONDS * rate, (behind + ahead) / speed / 2)
    if behind / speed >= length and ahead / speed - len(samples) >= length:
        return samples
    at = np.arange(len(samples)) + 0.5
    gain = np.minimum(behind / speed + at, ahead / speed - at) / max(length, 0.5)
    return samples * np.clip(gain, 0.0, 1.0).astype(np.float32)[:, None]
