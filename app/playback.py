"""Playing a recording through PortAudio, and knowing which of its samples is being heard.

One clock: samples. The callback notes which frame leaves the converter at which time of the stream; where the
playhead is follows from that and the stream's time now, so it cannot drift from what is heard.
"""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr
from PySide6.QtCore import QObject, QTimer, Signal

from core_model.audio import AudioInfo, Samples, read_blocks
from core_model.errors import HumpcatError

_TICK_MS = 16  # 60 positions a second, as often as a screen shows them
_BLOCKS_A_SECOND = 10
_QUEUED = 8  # blocks read ahead, 0.8 s; what a slow disk may cost before a gap is heard
_FIRST = 3  # blocks at hand before the device starts, so that it does not begin with a gap
_WAIT_SECONDS = 0.2
_NO_DEVICE = "Connect loudspeakers or headphones and try again; everything else works without sound."

Callback = Callable[
    [Any, int, Any], bool
]  # buffer to fill, frames, PortAudio's times; whether more will come
OpenStream = Callable[[float, int, Callback, Callable[[], None]], Any]


@dataclass(frozen=True, slots=True)
class Passage:
    """What to play: from `start` to `end` in seconds, over and over when `loop`."""

    info: AudioInfo
    start: float
    end: float
    loop: bool = False

    @property
    def frames(self) -> tuple[int, int]:
        """First frame and the frame behind the last, at the recording's rate."""
        return round(self.start * self.info.rate), min(round(self.end * self.info.rate), self.info.frames)

    def time_after(self, seconds: float) -> float:
        """The recording's time after `seconds` of sound were heard."""
        first, last = self.frames
        start, length = first / self.info.rate, max(last - first, 1) / self.info.rate
        return start + (max(seconds, 0.0) % length if self.loop else min(max(seconds, 0.0), length))


class Playback:
    """One passage being played, on a thread of its own that reads ahead of the callback.

    It begins once the one `before` it has given the device back: PortAudio may open and close only one stream at a
    time, and some devices can be held only once.
    """

    def __init__(
        self, passage: Passage, volume: float, open_stream: OpenStream, before: "Playback | None" = None
    ) -> None:
        self.passage, self.volume = passage, volume
        self.error: HumpcatError | None = None
        self._open, self._before = open_stream, before
        self._blocks: queue.Queue[Samples | None] = queue.Queue(_QUEUED)
        self._current = np.zeros((0, 1), dtype=np.float32)
        # Frames handed out before the last buffer, and when its first one sounds.
        self._clock: tuple[int, float] | None = None
        self._handed = 0
        self._stream: Any = None
        self._started = self._finished = False
        self._stopping = threading.Event()
        self._drained = threading.Event()
        self._thread = threading.Thread(target=self._run, name="playback", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it still plays or is about to."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop soon; what the device still holds is dropped."""
        self._stopping.set()
        self._drained.set()

    def join(self) -> None:
        """Wait until the device is given back."""
        self._thread.join()

    def position(self) -> float | None:
        """The recording's time that is heard now, None before the first sound."""
        stream, clock = self._stream, self._clock
        if stream is None or clock is None:
            return None
        frames, sounds_at = clock
        try:
            heard = frames + (stream.time - sounds_at) * stream.samplerate
        except Exception:  # noqa: BLE001 - the device went away between two lines; the thread reports it
            return None
        if heard <= 0:
            return None
        return self.passage.time_after(min(heard, self._handed) / stream.samplerate)

    def _run(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            before.join()
        if self._stopping.is_set():
            return
        try:
            with self._opened() as (rate, channels):
                self._feed(rate, channels)
                self._drained.wait()
            if not (self._finished or self._stopping.is_set()):
                raise HumpcatError("Playing stopped: the output device went away.", _NO_DEVICE)
        except HumpcatError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - PortAudio's own, whose class exists only where PortAudio does
            self.error = HumpcatError(f"Playing stopped: {error}.", _NO_DEVICE)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[tuple[float, int]]:
        """The running stream's rate and channels; the device's own rate when it refuses the recording's."""
        channels = 2 if self.passage.info.channels == 2 else 1
        stream = self._open(float(self.passage.info.rate), channels, self._callback, self._drained.set)
        self._stream = stream
        try:
            yield stream.samplerate, stream.channels
        finally:
            self._stream = None
            stream.abort()
            stream.close()

    def _feed(self, rate: float, channels: int) -> None:
        info = self.passage.info
        first, last = self.passage.frames
        while not self._drained.is_set():
            resampler = (
                None if rate == info.rate else soxr.ResampleStream(info.rate, rate, channels, dtype="float32")
            )
            for block in read_blocks(info.path, first, last, max(1, info.rate // _BLOCKS_A_SECOND)):
                block = _with_channels(block, channels)
                self._put(block if resampler is None else resampler.resample_chunk(block))
                if self._drained.is_set():
                    return
            if resampler is not None:
                self._put(resampler.resample_chunk(np.zeros((0, channels), dtype=np.float32), last=True))
            if not self.passage.loop:
                break
        self._put(None)

    def _put(self, block: Samples | None) -> None:
        while not self._drained.is_set():  # set by `stop`, and when the device stops by itself
            with contextlib.suppress(queue.Full):
                self._blocks.put(block, timeout=_WAIT_SECONDS)
                self._start_when_filled(block is None)
                return

    def _start_when_filled(self, complete: bool) -> None:
        if not self._started and (complete or self._blocks.qsize() >= _FIRST):
            self._started = True
            self._stream.start()

    def _callback(self, out: Any, frames: int, time: Any) -> bool:
        """The device's thread: copy what is there, note when it sounds, never wait; false when that was all."""
        sounds_at = time.outputBufferDacTime or self._stream.time + self._stream.latency
        self._clock = (self._handed, sounds_at)
        filled = 0
        while filled < frames:
            if not len(self._current) and not self._next_block():
                break
            count = min(frames - filled, len(self._current))
            out[filled : filled + count] = self._current[:count].reshape(count, -1) * self.volume
            self._current = self._current[count:]
            filled += count
        self._handed += filled
        out[filled:] = 0
        return not self._finished or len(self._current) > 0

    def _next_block(self) -> bool:
        try:
            block = self._blocks.get_nowait()
        except queue.Empty:
            return False
        if block is None:
            self._finished = True
            return False
        self._current = block
        return True


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
        self._volume = 1.0
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def playing(self) -> bool:
        """Whether something plays."""
        return self._playback is not None

    @property
    def passage(self) -> Passage | None:
        """What plays."""
        return self._playback.passage if self._playback is not None else None

    def play(self, passage: Passage) -> None:
        """Play a passage instead of what plays now."""
        was = self.playing
        self._drop()
        self._playback = Playback(passage, self._volume, self._open, self._ending)
        self._timer.start()
        if not was:
            self.playing_changed.emit(True)

    def stop(self) -> None:
        """Stop where it is."""
        if self._playback is not None:
            self._drop()
            self.playing_changed.emit(False)

    def set_volume(self, volume: float) -> None:
        """0 to 1, also while it plays."""
        self._volume = volume
        if self._playback is not None:
            self._playback.volume = volume

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
            if playback.error is None:
                self.moved.emit(playback.passage.end)
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
            "Sound cannot be played: the PortAudio library is missing.",
            "On Debian and Ubuntu install libportaudio2.",
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
                f"Sound cannot be played on {device['name']} ({error}).", _NO_DEVICE
            ) from error


def _look_again(sounddevice: Any) -> Any:
    """PortAudio lists devices once; begin anew, so that one plugged in since is found."""
    try:
        sounddevice._terminate()  # noqa: SLF001 - the only way to make PortAudio look again
        sounddevice._initialize()  # noqa: SLF001
        return sounddevice.query_devices(kind="output")
    except (sounddevice.PortAudioError, ValueError) as error:
        raise HumpcatError("Sound cannot be played: no output device was found.", _NO_DEVICE) from error


def _with_channels(block: Samples, channels: int) -> Samples:
    """A block with one or two channels: as it is, or all channels averaged."""
    if block.shape[1] == channels:
        return block
    mean = block.mean(axis=1, keepdims=True, dtype=np.float32)
    return np.ascontiguousarray(np.repeat(mean, channels, axis=1))
