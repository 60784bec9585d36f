"""Reading audio files: what they are, their samples as they stand, and mono speech at 16 kHz.

Files are only ever opened for reading. Everything libsndfile reads is read: WAV, FLAC, OGG/Vorbis, Opus, MP3
and AIFF, at any rate, with any number of channels, from 8-bit integers to 64-bit floats.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from .errors import HumpcatError

SAMPLE_RATE = 16_000
EXTENSIONS = (
    ".wav",
    ".flac",
    ".ogg",
    ".oga",
    ".opus",
    ".mp3",
    ".aif",
    ".aiff",
    ".aifc",
    ".au",
    ".caf",
    ".w64",
    ".rf64",
)

Samples = npt.NDArray[np.float32]

_BLOCK_SECONDS = 10
_LOUDEST = 1e12  # floats on the scale of 32-bit integers are seen; the encoders' sums overflow from 1e18 on
_UNKNOWN_LENGTH = 1 << 62  # libsndfile gives the largest number that it has
_CONVERT = "Convert it to WAV or FLAC, or export it again from the program that made it."


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file's header says: rate in Hz, length in frames (one sample of every channel)."""

    path: Path
    rate: int
    channels: int
    frames: int
    format: str

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate


@dataclass(frozen=True, slots=True)
class Waveform:
    """Mono speech: `samples` (n,) float32 in [-1, 1] at 16 kHz, beginning `start` seconds into the recording."""

    samples: Samples
    start: float = 0.0

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / SAMPLE_RATE


def read_info(path: Path) -> AudioInfo:
    """Read a file's header.

    Raises:
        HumpcatError: the file is missing, is no audio, holds no samples, or does not say how many.
    """
    with _open(path) as stream:
        info = AudioInfo(
            path, stream.samplerate, stream.channels, stream.frames, f"{stream.format} {stream.subtype}"
        )
    if info.frames <= 0:
        raise HumpcatError(f"{path.name} holds no samples: its length is 0 s.", "Record or export it again.")
    if info.frames >= _UNKNOWN_LENGTH:
        raise HumpcatError(
            f"{path.name} does not say how long it is, as a file made from a live stream.", _CONVERT
        )
    return info


def read_blocks(
    path: Path, start: int = 0, end: int | None = None, block_frames: int | None = None
) -> Iterator[Samples]:
    """Yield frames `start` to `end` as blocks of shape (n, channels), float32, at the file's own rate.

    Memory is one block (10 s unless told), however long the file.

    Raises:
        HumpcatError: the file cannot be read to `end`, holds samples that are no sound (NaN, infinite, absurdly
            large), or `start` is negative.
    """
    if start < 0:
        raise HumpcatError(
            f"A segment of {path.name} cannot start before the recording.", "Check the segment's start."
        )
    with _open(path) as stream:
        rate, size = stream.samplerate, block_frames or _BLOCK_SECONDS * stream.samplerate
        stop = stream.frames if end is None else min(end, stream.frames)
        try:
            stream.seek(min(start, stop))
            at = stream.tell()
            while at < stop:
                block = stream.read(min(size, stop - at), dtype="float32", always_2d=True)
                if not len(block):
                    break
                _check_sound(block, at, rate, path)
                yield block
                at += len(block)
        except soundfile.LibsndfileError as error:
            raise HumpcatError(f"{path.name} is damaged ({_reason(error)}).", _CONVERT) from error
        # An MP3 header only estimates the length; every other format states it.
        if at < stop and stream.format != "MP3":
            raise HumpcatError(
                f"{path.name} is cut off: it ends at {at / rate:.2f} s of the {stop / rate:.2f} s that it announces.",
                "Copy it again from its source.",
            )


def mono(block: Samples) -> Samples:
    """The mean of a block's channels, (n, channels) to (n,), as the model hears it."""
    total = block[:, 0]
    for channel in range(1, block.shape[1]):  # `mean` along so short an axis takes twenty times as long
        total = total + block[:, channel]
    return total if block.shape[1] == 1 else np.divide(total, block.shape[1], out=total)


def waveform_blocks(
    path: Path, start: int = 0, end: int | None = None, speed: float = 1.0
) -> Iterator[Samples]:
    """Yield frames `start` to `end` (at the file's own rate) as mono float32 blocks at 16 kHz.

    Channels are averaged; the resampler (soxr, high quality) runs on over the blocks, so that block edges leave no
    trace. At a `speed` other than 1 the voice is as from a tape played faster or slower: pitch and formants move with
    it (Ko et al. 2015, "Audio augmentation for speech recognition"). Memory is one block.
    """
    rate = read_info(path).rate * speed
    resampler = None if rate == SAMPLE_RATE else soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
    for block in read_blocks(path, start, end):
        samples = mono(block)
        yield samples if resampler is None else resampler.resample_chunk(np.ascontiguousarray(samples))
    if resampler is not None:
        yield resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True)


def read_waveform(path: Path, start: int = 0, end: int | None = None) -> Waveform:
    """Read frames `start` to `end` (at the file's own rate) as mono speech at 16 kHz, all in memory.

    Raises:
        HumpcatError: as `read_info` and `read_blocks`; or nothing lies between `start` and `end`.
    """
    info = read_info(path)
    blocks = list(waveform_blocks(path, start, end))
    samples = np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)
    if not len(samples):
        raise HumpcatError(
            f"Nothing lies between {start / info.rate:.2f} s and the segment's end in {path.name} "
            f"({info.duration:.2f} s long).",
            "Check the segment's start and end.",
        )
    return Waveform(samples, start / info.rate)


def audio_files(folder: Path) -> list[Path]:
    """All audio files below `folder`, by extension, sorted; macOS' `._` companions are left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in EXTENSIONS and not path.name.startswith("._") and path.is_file()
    )


def _open(path: Path) -> soundfile.SoundFile:
    # Unlike Path.is_file it also answers for a name too long and a folder that may not be entered.
    if not os.path.isfile(path):
        raise HumpcatError(f"{path} does not exist or is not a file.", "Check the path.")
    try:
        # As bytes where names are bytes, since they need not be UTF-8; Windows' names are text.
        return soundfile.SoundFile(path if os.name == "nt" else os.fsencode(path))
    except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: a headerless .raw file
        raise HumpcatError(
            f"{path.name} is not an audio file that can be read ({_reason(error)}).", _CONVERT
        ) from error


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", "") or str(error)
    return text.removeprefix("Error : ").rstrip(". ").lower()


def _check_sound(block: Samples, at: int, rate: int, path: Path) -> None:
    if block.min() > -_LOUDEST and block.max() < _LOUDEST:  # NaN is no less than anything
        return
    sound = (np.abs(block) < _LOUDEST).all(axis=1)
    seconds = (at + int(sound.argmin())) / rate
    raise HumpcatError(
        f"{path.name} holds samples that are no sound (NaN, infinite or beyond any level), "
        f"the first at {seconds:.2f} s.",
        _CONVERT,
    )
