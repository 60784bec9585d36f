"""The last seconds of a sound that is coming in, in memory that several processes share.

One process writes (the callback of a sound card, or a file being replayed); any number read, each at its own pace, and
none of them can hold the writer up. A reader that falls behind by more than the buffer holds has lost sound, and is
told so.

The memory is a file that all of them map. Layout: int64 fields (_FIELDS), the marks, the samples.
"""

import contextlib
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..audio import Samples
from ..errors import HumpcatError

SECONDS = 30.0  # that a writer to a stalled disk may be behind
_MAGIC = 0x48434C31  # "HCL1"
_FIELDS = ("magic", "rate", "channels", "capacity", "written", "dropped", "marks", "ended", "heard")
_AT = {name: index for index, name in enumerate(_FIELDS)}
_MARKS = 1024  # blocks whose time is remembered; at 10 ms each, ten seconds of them
_HEADER_BYTES = 8 * (len(_FIELDS) + 2 * _MARKS)
_NOBODY = -1
_PREFIX = "humpcat-ring-"
_PIECE = 1 << 20  # bytes
_MOST_BYTES = 1 << 28  # 30 s of 8 channels at 192 kHz fit; of more of them it holds less


class Overrun(Exception):
    """What was to be read has been written over; `oldest` is the first frame that is still there."""

    def __init__(self, oldest: int) -> None:
        super().__init__(oldest)
        self.oldest = oldest


class RingBuffer:
    """A ring buffer on a file: made by `create_ring`, mapped by further processes with `open_ring`.

    Frames are counted from 0 since it was made and never wrap. Of each value only one process is the writer, and each
    is one aligned machine word, written after what it tells of.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        memory = np.memmap(path, dtype=np.uint8, mode="r+")
        words = memory[:_HEADER_BYTES].view(np.int64)
        self._fields = words[: len(_FIELDS)]
        if int(self._fields[_AT["magic"]]) != _MAGIC:
            raise HumpcatError(f"{path} is no ring buffer.", "Start the live session again.")
        self.rate = int(self._fields[_AT["rate"]])
        self.channels = int(self._fields[_AT["channels"]])
        self.capacity = int(self._fields[_AT["capacity"]])
        marks = words[len(_FIELDS) :]
        self._mark_frames = marks[:_MARKS]
        self._mark_times = marks[_MARKS:].view(np.float64)
        self._samples = memory[_HEADER_BYTES:].view(np.float32).reshape(self.capacity, self.channels)

    # The writer's side

    def write(self, block: Samples, when: float) -> None:
        """Append frames; nothing but copies, as a sound card's callback calls it.

        Args:
            block: (n, channels) float32, n at most an eighth of the capacity.
            when: the last one of them sounded, by time.monotonic.
        """
        count = len(block)
        written = int(self._fields[_AT["written"]])
        at = written % self.capacity
        first = min(count, self.capacity - at)
        self._samples[at : at + first] = block[:first]
        if first < count:
            self._samples[: count - first] = block[first:]
        number = int(self._fields[_AT["marks"]])
        self._mark_frames[number % _MARKS] = written + count
        self._mark_times[number % _MARKS] = when
        self._fields[_AT["marks"]] = number + 1
        self._fields[_AT["written"]] = written + count

    def count_drop(self) -> None:
        """One more block that the sound card gave to nobody."""
        self._fields[_AT["dropped"]] += 1

    def end(self) -> None:
        """Nothing more will come."""
        self._fields[_AT["ended"]] = 1

    # The readers' side

    @property
    def written(self) -> int:
        """Frames written so far."""
        return int(self._fields[_AT["written"]])

    @property
    def oldest(self) -> int:
        """The first frame that can still be read: an eighth of the memory is room for what is being written now."""
        return max(0, self.written - (self.capacity - self.capacity // 8))

    @property
    def dropped(self) -> int:
        """Blocks that the sound card had to drop."""
        return int(self._fields[_AT["dropped"]])

    @property
    def ended(self) -> bool:
        """Whether all has been written."""
        return bool(self._fields[_AT["ended"]])

    def read(self, start: int, end: int | None = None) -> Samples:
        """Frames `start` to `end` (None: to the newest) as a copy, (n, channels) float32; as many as there are.

        Raises:
            Overrun: the first of them has been written over, before or while it was read.
        """
        stop = min(self.written, self.written if end is None else end)
        if stop <= start:
            return np.zeros((0, self.channels), dtype=np.float32)
        if start < (oldest := self.oldest):
            raise Overrun(oldest)
        at, count = start % self.capacity, stop - start
        first = min(count, self.capacity - at)
        found: Samples = np.empty((count, self.channels), dtype=np.float32)
        found[:first] = self._samples[at : at + first]
        found[first:] = self._samples[: count - first]
        if start < (oldest := self.oldest):
            raise Overrun(oldest)
        return found

    def time_of(self, frame: int) -> float:
        """When (time.monotonic) the sound before a frame was heard, by the block that brought it; NaN if unknown."""
        number = int(self._fields[_AT["marks"]])
        kept = [index % _MARKS for index in range(max(0, number - _MARKS + 1), number)]
        frames, times = self._mark_frames[kept], self._mark_times[kept]
        after = np.flatnonzero(frames >= frame)
        if not len(after):
            return float("nan")
        return float(times[after[0]] - (int(frames[after[0]]) - frame) / self.rate)

    def tell_heard(self, frame: int) -> None:
        """Let a writer that can wait know how far the one reader has come who must miss nothing."""
        self._fields[_AT["heard"]] = frame

    @property
    def room(self) -> int:
        """How many frames may be written before that reader misses something; the capacity if there is none."""
        heard = int(self._fields[_AT["heard"]])
        return self.capacity if heard == _NOBODY else self.capacity // 2 - (self.written - heard)

    def wait(self, frame: int, timeout: float) -> bool:
        """Sleep until a frame is there, the sound has ended or the time is up; whether the frame is there."""
        until = time.monotonic() + timeout
        while self.written < frame and not self.ended and time.monotonic() < until:
            time.sleep(min(0.005, timeout))
        return self.written >= frame

    def remove(self) -> None:
        """Delete the file; whoever has mapped it keeps it until then (where the system lets files go, else later)."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def create_ring(rate: int, channels: int, seconds: float = SECONDS) -> RingBuffer:
    """Make a ring buffer for `seconds` of sound, or for 256 MB of it.

    Raises:
        HumpcatError: there is no room for it.
    """
    capacity = round(min(rate * seconds, _MOST_BYTES / (4 * channels)))
    fields: npt.NDArray[np.int64] = np.zeros(_HEADER_BYTES // 8, dtype=np.int64)
    fields[: len(_FIELDS)] = (_MAGIC, rate, channels, capacity, 0, 0, 0, 0, _NOBODY)
    size = 4 * capacity * channels
    for folder in _folders():
        with contextlib.suppress(OSError):
            return RingBuffer(_filled(folder, fields.tobytes(), size))
    raise HumpcatError(
        f"There is no room for {size / 1e6:.0f} MB of sound in {_folders()[-1]}.",
        "Free some space, then start again.",
    )


def open_ring(path: Path) -> RingBuffer:
    """Map a ring buffer that another process made.

    Raises:
        HumpcatError: it is gone, or is none.
    """
    try:
        return RingBuffer(path)
    except (OSError, ValueError, IndexError) as error:
        raise HumpcatError(
            "The sound that was coming in is gone.", "Start the live session again."
        ) from error


def remove_abandoned() -> None:
    """Delete the buffers of processes that were killed before they could."""
    import psutil

    for path in (path for folder in _folders() for path in folder.glob(f"{_PREFIX}*")):
        maker = path.name.removeprefix(_PREFIX).partition("-")[0]
        if maker.isdecimal() and not psutil.pid_exists(int(maker)):
            with contextlib.suppress(OSError):
                path.unlink()


def _filled(folder: Path, header: bytes, size: int) -> Path:
    """A file of zeros behind a header. Written out in full: mapped memory without room would kill the process later."""
    handle, name = tempfile.mkstemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(header)
            for start in range(0, size, _PIECE):
                file.write(bytes(min(_PIECE, size - start)))
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _folders() -> list[Path]:
    """Memory where the system has a folder of it, so that the sound passing through wears out no disk; else a disk."""
    memory = Path("/dev/shm")
    disk = Path(tempfile.gettempdir())
    return [memory, disk] if memory.is_dir() and os.access(memory, os.W_OK) else [disk]
