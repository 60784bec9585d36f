"""A recording at an output device's rate and channels, read in order, any part of it again."""

from collections.abc import Iterator

import numpy as np
import soxr

from core_model.audio import AudioInfo, Samples, read_blocks

_BLOCKS_A_SECOND = 10
_BEHIND_SECONDS = 3  # what was read last stays at hand, so that going back a little opens no file
_LEAD_SECONDS = 0.05  # a resampler begins that much earlier, so that it has come to rest


class Sound:
    """What a recording sounds like on a device.

    Attributes:
        rate: the device's, in Hz.
        channels: the device's, 1 or 2; a recording with another number of them is averaged.
        frames: the length at that rate; an MP3 file may turn out to be shorter than it says.
    """

    def __init__(self, info: AudioInfo, rate: int, channels: int) -> None:
        self.rate, self.channels = rate, channels
        self.frames = max(1, round(info.frames * rate / info.rate))
        self._info = info
        self._start = 0  # the first frame at hand
        self._at_hand: Samples = np.zeros((0, channels), dtype=np.float32)
        self._coming = self._blocks(0)

    def read(self, first: int, last: int) -> Samples:
        """Frames `first` to `last`, (last - first, channels), fewer where the recording ends.

        Raises:
            HumpcatError: the file cannot be read.
        """
        if not self._start <= first <= self._start + len(self._at_hand):
            self._go_to(first)
        while self._start + len(self._at_hand) < last:
            block = next(self._coming, None)
            if block is None:
                self.frames = max(1, min(self.frames, self._start + len(self._at_hand)))
                break
            behind = self._at_hand[-_BEHIND_SECONDS * self.rate :]
            self._start += len(self._at_hand) - len(behind)
            self._at_hand = np.concatenate((behind, block))
        return self._at_hand[first - self._start : max(last - self._start, 0)]

    def _go_to(self, frame: int) -> None:
        lead = 0 if self.rate == self._info.rate else _LEAD_SECONDS
        first = max(0, int((frame / self.rate - lead) * self._info.rate))
        self._start = round(first * self.rate / self._info.rate)
        self._at_hand = self._at_hand[:0]
        self._coming = self._blocks(first)

    def _blocks(self, first: int) -> Iterator[Samples]:
        info = self._info
        size = max(1, info.rate // _BLOCKS_A_SECOND)
        blocks = (_with_channels(block, self.channels) for block in read_blocks(info.path, first, None, size))
        if self.rate == info.rate:
            yield from blocks
            return
        resampler = soxr.ResampleStream(info.rate, self.rate, self.channels, dtype="float32")
        for block in blocks:
            yield resampler.resample_chunk(block)
        yield resampler.resample_chunk(np.zeros((0, self.channels), dtype=np.float32), last=True)


def _with_channels(block: Samples, channels: int) -> Samples:
    """A block with one or two channels: as it is, or all channels averaged."""
    if block.shape[1] == channels:
        return block
    mean = block.mean(axis=1, keepdims=True, dtype=np.float32)
    return np.ascontiguousarray(np.repeat(mean, channels, axis=1))
