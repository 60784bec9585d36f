"""The features of a whole corpus in memory: computed once, kept in the cache, ready for every epoch and split."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from torch import Tensor

from core_model.audio import read_info
from core_model.errors import HumpcatError
from core_model.extractor import FeatureExtractor, Stretch, WindowFeatures
from core_model.labels import LabelScheme
from core_model.predictor import to_tensors
from core_model.standardise import Summary, summarise
from core_model.windows import WINDOW_SECONDS

from .manifest import Utterance, frames_of
from .rows import Rows

Progress = Callable[[float, float], None]

_CACHED = 0.05  # of a window's cost is reading it from the cache (measured: 4 ms of 90)


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Features of N windows of U utterances, not yet standardised.

    Attributes:
        scheme: the labels.
        utterances: U of them; `skipped` names those that could not be read, and why.
        encoder: (N, L, T, C) float16, or None for acoustic variants.
        mfcc: (N, 350, 39) float32.
        prosody, prosody_valid: (N, 103) float32.
        summary: the windows' moments over time.
        utterance: (N,) which utterance each window belongs to, ascending.
        duration: (N,) seconds of speech in each window.
        labels: (U,) index of each utterance's emotion in the scheme.
    """

    scheme: LabelScheme
    utterances: tuple[Utterance, ...]
    encoder: Tensor | None
    mfcc: Tensor
    prosody: Tensor
    prosody_valid: Tensor
    summary: Summary
    utterance: npt.NDArray[np.int64]
    duration: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    skipped: tuple[tuple[Utterance, str], ...] = ()

    def windows_of(self, utterances: Sequence[int] | int) -> npt.NDArray[np.int64]:
        """The rows of one or more utterances' windows, ascending."""
        if isinstance(utterances, int):
            return np.arange(*np.searchsorted(self.utterance, [utterances, utterances + 1]))
        return np.flatnonzero(np.isin(self.utterance, utterances))


def extract_table(
    utterances: Sequence[Utterance],
    scheme: LabelScheme,
    extractor: FeatureExtractor,
    progress: Progress | None = None,
) -> FeatureTable:
    """Extract every utterance; those that cannot be read are skipped and named.

    `progress(done, of)` is called after each utterance and may raise to stop; what was extracted stays in the cache. It
    counts windows to compute; those in the cache count for the little time that they take.

    Raises:
        HumpcatError: not one utterance can be read.
    """
    stretches = [_stretch(utterance) for utterance in utterances]
    windows = [_most_windows(stretch) for stretch in stretches]
    table = _Builder(scheme, sum(windows))
    work = np.cumsum([_work(extractor, *each, progress) for each in zip(stretches, windows, strict=True)])
    pending = iter(utterances)
    gathered: list[WindowFeatures] = []
    for step in extractor.stream(stretches):
        if step.window:
            gathered.append(step.window)
        if not step.last:
            continue
        table.add(next(pending), gathered, step.error)
        gathered = []
        if progress:
            progress(float(work[table.done - 1]), float(work[-1]))
    return table.built()


def _stretch(utterance: Utterance) -> Stretch:
    try:
        start, end = frames_of(utterance)
    except HumpcatError:
        # The stream meets what is wrong with the file again, and names this utterance alone.
        start, end = 0, None
    return Stretch(utterance.file, start, end, utterance.speed)


def _most_windows(stretch: Stretch) -> int:
    try:
        info = read_info(stretch.file)
    except HumpcatError:
        return 0
    frames = (info.frames if stretch.end is None else stretch.end) - stretch.start
    return math.ceil(frames / (info.rate * stretch.speed) / WINDOW_SECONDS)


def _work(extractor: FeatureExtractor, stretch: Stretch, windows: int, progress: Progress | None) -> float:
    if progress:
        progress(0, 1)  # thousands of files are hashed here: a cancellation must not wait for them
    return max(1, windows) * (_CACHED if extractor.is_cached(stretch) else 1.0)


class _Builder:
    """A table under construction."""

    def __init__(self, scheme: LabelScheme, capacity: int) -> None:
        self._scheme = scheme
        self._kept: list[Utterance] = []
        self._skipped: list[tuple[Utterance, str]] = []
        self._owners: list[int] = []
        self._durations: list[float] = []
        self._has_encoder = False
        self._encoder, self._mfcc, self._prosody, self._valid = (Rows(capacity) for _ in range(4))
        self._summary = {each.name: Rows(capacity) for each in fields(Summary)}

    @property
    def done(self) -> int:
        """Utterances added, readable or not."""
        return len(self._kept) + len(self._skipped)

    def add(
        self, utterance: Utterance, windows: Sequence[WindowFeatures], error: HumpcatError | None
    ) -> None:
        """Add an utterance's windows, or why it has none."""
        if error:
            self._skipped.append((utterance, str(error)))
            return
        for window in windows:
            encoder, mfcc, prosody, valid = to_tensors([window])
            if encoder is not None:
                self._has_encoder = True
                self._encoder.add(encoder)
            self._mfcc.add(mfcc)
            self._prosody.add(prosody)
            self._valid.add(valid)
            summary = summarise(encoder, mfcc, prosody, valid)
            for name, rows in self._summary.items():
                rows.add(getattr(summary, name))
            self._owners.append(len(self._kept))
            self._durations.append(window.end - window.start)
        self._kept.append(utterance)

    def built(self) -> FeatureTable:
        """The whole table.

        Raises:
            HumpcatError: not one utterance could be read.
        """
        if not self._kept:
            reason = f" The first: {self._skipped[0][1]}" if self._skipped else ""
            raise HumpcatError(f"None of the {len(self._skipped)} utterances can be read.{reason}")
        return FeatureTable(
            self._scheme,
            tuple(self._kept),
            self._encoder.built() if self._has_encoder else None,
            self._mfcc.built(),
            self._prosody.built(),
            self._valid.built(),
            Summary(**{name: rows.built() for name, rows in self._summary.items()}),
            np.array(self._owners, dtype=np.int64),
            np.array(self._durations),
            np.array(self._scheme.indices(utterance.emotion for utterance in self._kept), dtype=np.int64),
            tuple(self._skipped),
        )
