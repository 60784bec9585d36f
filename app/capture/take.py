"""Writing a take: a thread that brings what comes into the ring buffer to disk while it comes."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core_model.errors import HumpcatError
from core_model.files import not_written
from core_model.live.ring_buffer import Overrun, RingBuffer

from .wav_file import LARGEST, WavFile

_LOOK_SECONDS = 0.1
_SYNC_SECONDS = 1.0
_PIECE_SECONDS = 1.0  # written at a time
UNFINISHED = ".unfinished.wav"

Piece = tuple[int, int]  # frames of the ring buffer: where the take went on, where it was paused


@dataclass(frozen=True, slots=True)
class Take:
    """A recording that was made.

    Attributes:
        pieces: what of the ring buffer it holds, one after another.
        lost: frames of silence in place of sound that was gone before it could be written.
        error: why it ended, if nobody ended it.
    """

    path: Path
    rate: int
    channels: int
    frames: int
    pieces: tuple[Piece, ...]
    lost: int
    error: HumpcatError | None


class TakeWriter:
    """Writes from the ring buffer's frame `begin` on, beside the take's path, until it is stopped.

    The file beside it is a whole WAV file at any moment; at the end it is renamed.

    Raises:
        HumpcatError: the file cannot be made.
    """

    def __init__(self, ring: RingBuffer, path: Path, bits: int) -> None:
        self._ring, self._path = ring, path
        self.aside = unfinished(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_written(error, path) from error
        try:
            self._file = WavFile(self.aside, ring.rate, ring.channels, bits)
        except FileExistsError as error:
            raise HumpcatError(
                f"{self.aside.name} is there already: a recording of that name was not finished.",
                "Give the take another name, or rename that file; it can be played.",
            ) from error
        except OSError as error:
            raise not_written(error, path) from error
        self.begin = self._at = ring.written
        self._pieces: list[Piece] = []
        self._until: int | None = None  # where the piece in hand ends, once that is known
        self._lost = 0
        self.error: HumpcatError | None = None
        self._wanted = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="take", daemon=True)
        self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether it ended by itself; `stop` tells why."""
        return self.error is not None

    def pause(self) -> None:
        """Leave out what comes from now on."""
        with self._wanted:
            if self._until is None:
                self._until = self._ring.written

    def resume(self) -> None:
        """Go on with what comes from now on."""
        with self._wanted:
            if self._until is not None:
                self._write_until(self._until)
                self._pieces.append((self.begin, self._at))
                self.begin = self._at = self._ring.written
                self._until = None

    def stop(self) -> Take:
        """End the take with what has come so far and give it its name."""
        self.pause()
        self._stopping.set()
        self._thread.join()
        pieces = (*self._pieces, (self.begin, self._at))
        path, error = self._path, self.error
        try:
            self._file.close()
        except OSError as failed:
            error = error or not_written(failed, self._path)
        try:
            if self._file.frames:
                path = named(self.aside, self._path)
            else:
                self.aside.unlink()
                error = error or HumpcatError("Nothing was recorded: no sound came.", "Record for longer.")
        except OSError as failed:
            path, error = self.aside, error or not_written(failed, self._path)
        frames, ring = self._file.frames, self._ring
        kept = tuple(piece for piece in pieces if piece[1] > piece[0])
        return Take(path, ring.rate, ring.channels, frames, kept, self._lost, error)

    def _run(self) -> None:
        synced = time.monotonic()
        while self.error is None:
            stopping = self._stopping.wait(_LOOK_SECONDS)
            with self._wanted:
                self._write_until(self._ring.written if self._until is None else self._until)
            if time.monotonic() - synced > _SYNC_SECONDS and self.error is None:
                self._sync()
                synced = time.monotonic()
            if stopping:
                return

    def _write_until(self, frame: int) -> None:
        piece = round(self._ring.rate * _PIECE_SECONDS)
        try:
            while self._at < frame and self.error is None:
                end = min(frame, self._at + piece)
                self._append(end)
        except OSError as error:
            self.error = not_written(error, self._path)

    def _append(self, end: int) -> None:
        if self._file.bytes + 4 * self._ring.channels * (end - self._at) > LARGEST:
            self.error = HumpcatError(
                "The take was ended: a WAV file holds no more than 4 GB. It is kept.", "Begin another one."
            )
            return
        try:
            samples = self._ring.read(self._at, end)
        except Overrun as overrun:
            # Silence in place of what is gone, so that times in the take stay times of the world. What is still there
            # is read by itself: by then some of it may be gone too.
            end = min(overrun.oldest, end)
            samples = np.zeros((end - self._at, self._ring.channels), dtype=np.float32)
            self._lost += len(samples)
        self._file.append(samples)
        self._at = end

    def _sync(self) -> None:
        try:
            self._file.sync()
        except OSError as error:
            self.error = not_written(error, self._path)


def unfinished(path: Path) -> Path:
    """What a take is called while it is being made."""
    return path.with_name(path.stem + UNFINISHED)


def named(aside: Path, path: Path) -> Path:
    """Give an unfinished take its name, or the next free one if somebody took that meanwhile.

    Raises:
        OSError: it cannot be renamed.
    """
    number, free = 2, path
    while free.exists():
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    aside.rename(free)
    return free
