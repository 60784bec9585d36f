"""A WAV file that grows, and is a whole WAV file after every piece that was added."""

import os
import struct
from pathlib import Path

import numpy as np

from core_model.audio import Samples

BITS = (16, 24)
_HEADER = struct.Struct(
    "<4sI4s4sIHHIIHH4sI"
)  # RIFF, fmt and data; Microsoft, "Multimedia Programming Interface"
_PCM = 1
LARGEST = (1 << 32) - (1 << 20)  # bytes of samples: the header counts them in 32 bits


class WavFile:
    """Integers of 16 or 24 bits. The header is right after every `append`, whatever happens to the process.

    Raises:
        OSError: the file exists, or cannot be written.
    """

    def __init__(self, path: Path, rate: int, channels: int, bits: int) -> None:
        if bits not in BITS:
            raise ValueError(f"{bits} bits; WAV files are written with {BITS}")
        self.path, self.rate, self.channels, self.bits = path, rate, channels, bits
        self._file = path.open("xb", buffering=0)
        self.bytes = 0
        self._write_header()

    @property
    def frames(self) -> int:
        """How many it holds."""
        return self.bytes // (self.channels * self.bits // 8)

    def append(self, samples: Samples) -> None:
        """Add frames, (n, channels) in [-1, 1]; what is beyond is clipped.

        Raises:
            OSError: not all could be written; the file holds what came before.
        """
        data = memoryview(_integers(samples, self.bits))
        self._file.seek(_HEADER.size + self.bytes)
        written = 0
        while written < len(data):  # a full disk takes a part, and only then says so
            written += self._file.write(data[written:]) or 0
        self.bytes += len(data)
        self._write_header()

    def sync(self) -> None:
        """Wait until the disk has it all, so that a power cut takes nothing."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Leave nothing behind that the header does not count.

        Raises:
            OSError: the disk refused.
        """
        try:
            self._file.truncate(_HEADER.size + self.bytes)
            self.sync()
        finally:
            self._file.close()

    def _write_header(self) -> None:
        frame = self.channels * self.bits // 8
        format_chunk = (16, _PCM, self.channels, self.rate, self.rate * frame, frame, self.bits)
        riff = (b"RIFF", _HEADER.size - 8 + self.bytes, b"WAVE")
        self._file.seek(0)
        self._file.write(_HEADER.pack(*riff, b"fmt ", *format_chunk, b"data", self.bytes))


def _integers(samples: Samples, bits: int) -> bytes:
    full = 1 << (bits - 1)
    whole = np.clip(np.rint(samples.astype(np.float64) * full), -full, full - 1)
    if bits == 16:
        return whole.astype("<i2").tobytes()
    return (
        whole.astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes()
    )  # little-endian: the lowest three
