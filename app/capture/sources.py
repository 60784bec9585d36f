"""Where sound comes from: an input device through PortAudio, or a file as if it were one."""

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import Any

from core_model.audio import Samples, mono, read_blocks, read_info
from core_model.errors import HumpcatError
from core_model.live.ring_buffer import RingBuffer, create_ring
from core_model.wording import counted

from .inputs import Found, portaudio, still_there

_LATENCY = 0.04  # s that PortAudio may hold back; less costs blocks on a busy machine
_SILENT = 1.5  # s without a block: the device is gone, whatever PortAudio says
_FIRST = 5.0  # s for the first one; a sound server that slept may need two
_ASK = 2.0  # s between two questions to a sound server whether it still has the source
_BLOCK = 0.01  # s, of a file
_AS_THEY_ARE = 2  # channels of a file; of more the mean is heard, as by the model
_AT_ONCE = 64.0  # times real time, from which on a file's speed is only its reader's


class Microphone:
    """An input device that writes into a ring buffer of its own.

    Raises:
        HumpcatError: the device is gone, or takes no such rate or number of channels.
    """

    def __init__(self, found: Found, rate: int | None, channels: int) -> None:
        self.name, self._found = found.input.name, found
        self._asked_at = time.monotonic()
        sounddevice = portaudio()
        os.environ.update(found.environment)
        rate = rate or found.input.rate
        if not 1 <= channels <= found.input.channels:  # before memory is taken for so many
            raise _refused(found, rate, channels, f"it has {found.input.channels}")
        self.ring = create_ring(rate, channels)
        self._over = False
        try:
            self._stream = sounddevice.InputStream(
                rate,
                device=found.device,
                channels=channels,
                dtype="float32",
                latency=_LATENCY,
                callback=self._take,
                finished_callback=self._finish,
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            self.ring.remove()
            raise _refused(found, rate, channels, _reason(error)) from error
        self._block_at, self._blocks = time.monotonic(), 0

    def why_lost(self) -> str:
        """Why the device is taken for gone; empty while it is there."""
        now, written = time.monotonic(), self.ring.written
        if written != self._blocks:
            self._block_at, self._blocks = now, written
        if self._over:
            return "PortAudio ended the stream"
        if now - self._block_at > (_SILENT if self._blocks else _FIRST):
            return f"no block for {now - self._block_at:.1f} s"
        if now - self._asked_at > _ASK:
            self._asked_at = now
            return "" if still_there(self._found) else "the sound server has it no more"
        return ""

    def close(self) -> None:
        """Give the device back; with a device that is gone this may never return."""
        self.ring.end()
        with contextlib.suppress(portaudio().PortAudioError):
            self._stream.abort()
            self._stream.close()
        self.ring.remove()

    def _take(self, block: Samples, frames: int, times: Any, status: Any) -> None:
        """PortAudio's thread: copy, and nothing else."""
        now = time.monotonic()
        if status.input_overflow:
            self.ring.count_drop()
        ago = times.currentTime - times.inputBufferAdcTime - frames / self.ring.rate
        self.ring.write(block, now - (ago if 0 < ago < 1 else 0.0))

    def _finish(self) -> None:
        self._over = True


class Replay:
    """A file that writes into a ring buffer as a microphone would, at a speed of 1 or more; it is only read.

    Raises:
        HumpcatError: the file cannot be read.
    """

    def __init__(self, path: Path, speed: float) -> None:
        info = read_info(path)
        if not speed >= 1:
            raise HumpcatError(f"The speed is {speed:g}.", "Choose 1 (real time) or more.")
        self.name = path.name
        self._path, self._speed = path, speed
        self._mixed = info.channels > _AS_THEY_ARE
        self.ring = create_ring(info.rate, 1 if self._mixed else info.channels)
        self.error: HumpcatError | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)

    def begin(self) -> None:
        """Let the file run; whoever must hear its beginning has mapped the ring buffer by now."""
        if not self._thread.ident:
            self._thread.start()

    @property
    def over(self) -> bool:
        """Whether all of it has been written."""
        return self.ring.ended

    def close(self) -> None:
        """Stop where it is."""
        self._stopping.set()
        if self._thread.ident:
            self._thread.join()
        self.ring.end()
        self.ring.remove()

    def _run(self) -> None:
        try:
            self._write_all()
        except HumpcatError as error:
            self.error = error
        finally:
            self.ring.end()

    def _write_all(self) -> None:
        rate, began, written = self.ring.rate, time.monotonic(), 0
        count = max(1, round(rate * _BLOCK))
        for block in read_blocks(self._path):
            for at in range(0, len(block), count):
                piece = block[at : at + count]
                written += len(piece)
                due = began if self._speed >= _AT_ONCE else began + written / rate / self._speed
                if self._stopping.wait(max(0.0, due - time.monotonic())):
                    return
                while self.ring.room < count:
                    if self._stopping.wait(_BLOCK):
                        return
                self.ring.write(mono(piece)[:, None] if self._mixed else piece, time.monotonic())


class Monitor:
    """What comes in, to be heard at once, on the usual output.

    Raises:
        HumpcatError: there is no output.
    """

    def __init__(self, ring: RingBuffer) -> None:
        sounddevice = portaudio()
        self._ring, self._at = ring, -1
        self._behind = round(ring.rate * 2 * _LATENCY)
        try:
            self._stream = sounddevice.OutputStream(
                ring.rate,
                channels=min(ring.channels, 2),
                dtype="float32",
                latency=_LATENCY,
                callback=self._give,
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise HumpcatError(
                f"What comes in cannot be heard ({_reason(error)}).", "Connect loudspeakers or headphones."
            ) from error

    def close(self) -> None:
        """Be silent."""
        with contextlib.suppress(portaudio().PortAudioError):
            self._stream.abort()
            self._stream.close()

    def _give(self, out: Any, frames: int, _times: Any, _status: Any) -> None:
        newest = self._ring.written
        # The two devices' clocks differ: behind or ahead by too much, it jumps, once in minutes.
        if not frames <= newest - self._at <= 2 * self._behind + frames:
            self._at = max(0, newest - self._behind)
        block = self._ring.read(self._at, min(newest, self._at + frames))[:, : out.shape[1]]
        out[: len(block)] = block
        out[len(block) :] = 0
        self._at += len(block)


def _refused(found: Found, rate: int, channels: int, reason: str) -> HumpcatError:
    return HumpcatError(
        f"{found.input.name} cannot be opened with {counted(channels, 'channel')} at {rate} Hz ({reason}).",
        f"Choose its own rate, {found.input.rate} Hz, fewer channels, or another input; "
        "or close the program that holds it.",
    )


def _reason(error: Exception) -> str:
    """PortAudio's words without its name for the function."""
    return str(error).removeprefix("Error opening InputStream: ").removeprefix("Error opening OutputStream: ")
