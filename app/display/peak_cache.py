"""What a pass over a long recording gave, on disk: seen before, it is drawn without being read again.

An entry belongs to a path with a size and a time of change, not to a content, since the hash of three hours would
have to read them. Only long recordings are kept: short ones are read faster than their samples would be stored.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core_model.audio import AudioInfo
from core_model.cache import Arrays, FeatureCache
from core_model.folders import cache_folder

from .peaks import BUCKET, from_base, is_long
from .spectra import Spectrogram
from .whole_pass import WholePass, coarse_grid

_VERSION = 1  # of what an entry holds: another is computed anew
_LIMIT = 500_000_000  # bytes; three hours at 48 kHz take 18 MB

Key = Mapping[str, object]


class PeakCache:
    """A folder of entries, bounded in size, least recently used first out; a damaged one is as good as none."""

    def __init__(self, folder: Path | None = None, limit: int = _LIMIT) -> None:
        self._files = FeatureCache(folder or cache_folder() / "peaks", limit)

    def key(self, info: AudioInfo) -> Key | None:
        """What the recording's entry is found by: take it before reading; None when nothing is kept of it."""
        if not is_long(info.frames):
            return None
        try:
            status = info.path.stat()
        except OSError:
            return None
        return {
            "version": _VERSION,
            "path": str(info.path),
            "size": status.st_size,
            "changed": status.st_mtime_ns,
            "rate": info.rate,
            "frames": info.frames,
            "bucket": BUCKET,
            "coarse": coarse_grid(info),
        }

    def get(self, info: AudioInfo) -> WholePass | None:
        """The pass over a recording that has not changed since."""
        key = self.key(info)
        arrays = self._files.get(key) if key is not None else None
        return _pass_from(info, arrays) if arrays is not None else None

    def put(self, info: AudioInfo, key: Key | None, found: WholePass) -> None:
        """Keep a pass that began when `key` was taken, unless the file has changed meanwhile.

        A disk that is full or read-only costs only the time to read the recording again.
        """
        if key is None or key != self.key(info):
            return
        arrays: Arrays = {"peaks": found.peaks.levels[0]}
        if found.coarse is not None:
            arrays["coarse"] = found.coarse.levels
        self._files.put(key, arrays)
        self._files.sweep()  # entries are large: the cache's own sweeping is too seldom for them


def _pass_from(info: AudioInfo, arrays: Arrays) -> WholePass | None:
    grid, nothing = coarse_grid(info), np.zeros(0)
    peaks = from_base(info.rate, info.frames, arrays.get("peaks", nothing))
    if peaks is None:
        return None
    if grid is None:
        return WholePass(peaks)
    step, columns = grid
    levels = arrays.get("coarse", nothing)
    if levels.ndim != 2 or len(levels) != columns or levels.dtype != np.uint8:
        return None
    return WholePass(peaks, Spectrogram(step / 2, step, levels.astype(np.uint8, copy=False)))
