"""F0 of what comes in, tracked beside the window's process, a stretch at a time."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from core_model.audio import Samples, mono

from ...compute_process import ComputeProcess
from ...display.rolling import STEPS_PER_SECOND, Rolling
from ...recorder import Source
from ...tasks import TaskPool

if TYPE_CHECKING:  # its libraries are imported in the process that tracks, never in the window's
    from core_model.features.pitch import PitchTrack

_STRETCH = 0.6  # s that the tracker hears at a time; its frames need some sound around them
_UNSURE = 0.08  # s at the beginning of a stretch, which the one before has heard better
_QUIET = 0.003  # amplitude; what is softer is not brought to full level


class LivePitch(QObject):
    """Asks for the newest stretch as soon as the one before is done, so that it never falls behind."""

    def __init__(self, tasks: TaskPool, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._process = ComputeProcess()
        self._busy = False

    def follow(self, source: Source, rolling: Rolling) -> None:
        """Track what is new, unless a stretch is being tracked now."""
        step = rolling.next_step - round(_STRETCH * STEPS_PER_SECOND)
        first = step * rolling.rate // STEPS_PER_SECOND
        if self._busy or first < source.ring.oldest or step < rolling.oldest_step:
            return
        self._busy = True
        samples = mono(source.ring.read(first))
        peak = float(np.abs(samples).max(initial=0))
        work = partial(_track, self._process, samples / max(peak, _QUIET), rolling.rate)
        self._tasks.start(lambda _: work(), partial(self._take, rolling, step), self._give_up)

    def close(self) -> None:
        """End the process."""
        self._process.close()

    def _take(self, rolling: Rolling, step: int, track: "PitchTrack") -> None:
        self._busy = False
        unsure = round(_UNSURE * STEPS_PER_SECOND) if step > rolling.oldest_step else 0
        f0 = np.where(track.f0 > 0, track.f0, np.nan).astype(np.float32)
        rolling.add_pitch(step + unsure, f0[unsure:])

    def _give_up(self, _: Exception) -> None:
        """The plots go on without; the next stretch is tried again."""
        self._busy = False


def _track(process: ComputeProcess, samples: Samples, rate: int) -> "PitchTrack":
    found: PitchTrack = process.run(_tracked, samples, rate)
    return found


def _tracked(samples: Samples, rate: int) -> "PitchTrack":
    from core_model.features.pitch import track_pitch

    return track_pitch(samples, rate)
