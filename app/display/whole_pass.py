"""One pass over a recording: its peaks and, for a long one, a coarse spectrogram; what it gave is remembered."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from core_model.audio import AudioInfo, mono, read_blocks

from . import loading
from .peaks import PeakBuilder, Peaks, is_long
from .spectra import Spectrogram, SpectrogramBuilder

_PARTIAL_SECONDS = 0.25  # between two drawings of a recording that is being read
_REMEMBERED_BYTES = 64_000_000


@dataclass(frozen=True, slots=True, eq=False)
class WholePass:
    """What one pass over a recording gives: its peaks, and for a long one a coarse spectrogram."""

    peaks: Peaks
    coarse: Spectrogram | None = None

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        arrays = [*self.peaks.levels]
        if self.peaks.detail is not None:
            arrays.append(self.peaks.detail.samples)
        return sum(array.nbytes for array in arrays) + (self.coarse.levels.nbytes if self.coarse else 0)


def read_whole(info: AudioInfo, check: Callable[[], None], partial: Callable[[WholePass], None]) -> WholePass:
    """Read a recording from its first frame to its last.

    Args:
        info: which recording.
        check: called at every block; may raise to stop.
        partial: called a few times a second with what there is so far.

    Raises:
        HumpcatError: as `read_blocks`.
    """
    builder, coarse = PeakBuilder(info.rate, info.frames), _coarse_builder(info)
    told = time.monotonic()
    for block in read_blocks(info.path):
        check()
        samples = mono(block)
        builder.add(samples)
        if coarse is not None:
            coarse.add(samples)
        if time.monotonic() - told > _PARTIAL_SECONDS and is_long(info.frames):
            partial(WholePass(builder.peaks(), coarse.so_far() if coarse is not None else None))
            told = time.monotonic()
    return WholePass(builder.peaks(finished=True), coarse.finish() if coarse is not None else None)


def coarse_grid(info: AudioInfo) -> tuple[float, int] | None:
    """Step in seconds and number of columns of a recording's coarse spectrogram; None for a short one."""
    if info.duration <= loading.WHOLE_SECONDS:
        return None
    step = loading.coarse_step(info.duration)
    return step, int(info.duration / step)


def _coarse_builder(info: AudioInfo) -> SpectrogramBuilder | None:
    grid = coarse_grid(info)
    if grid is None:
        return None
    step, columns = grid
    return SpectrogramBuilder(info.rate, 0, step / 2, step, columns)


class Remembered:
    """The recordings seen last, so that going back is instant: as many as fit in `limit` bytes, at least one."""

    def __init__(self, limit: int = _REMEMBERED_BYTES) -> None:
        self._limit = limit
        self._held: OrderedDict[AudioInfo, WholePass] = OrderedDict()

    def get(self, info: AudioInfo) -> WholePass | None:
        """What was put in for a recording, if it is still there."""
        found = self._held.get(info)
        if found is not None:
            self._held.move_to_end(info)
        return found

    def put(self, info: AudioInfo, found: WholePass) -> None:
        """Remember a pass, and forget those not asked for longest."""
        self._held[info] = found
        self._held.move_to_end(info)
        while len(self._held) > 1 and sum(each.nbytes for each in self._held.values()) > self._limit:
            self._held.popitem(last=False)
