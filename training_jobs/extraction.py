"""The features of a whole corpus in memory: computed once, kept in the cache, ready for every epoch and split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core_model.extractor import FeatureExtractor, Stretch, WindowFeatures
from core_model.labels import LabelScheme
from core_model.predictor import merge, summary_of, to_tensors
from core_model.standardise import Summary

from .manifest import Utterance, frames_of

Progress = Callable[[int, int], None]


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
        utterance: (N,) which utterance each window belongs to.
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
        """The rows of one or more utterances' windows."""
        return np.flatnonzero(np.isin(self.utterance, utterances))

    def part(self, utterances: Sequence[int]) -> "FeatureTable":
        """The table of some of the utterances, in the order of the table."""
        rows = self.windows_of(utterances)
        place = {int(old): new for new, old in enumerate(utterances)}
        return FeatureTable(
            self.scheme,
            tuple(self.utterances[row] for row in utterances),
            None if self.encoder is None else self.encoder[rows],
            self.mfcc[rows],
            self.prosody[rows],
            self.prosody_valid[rows],
            self.summary.take(rows.tolist()),
            np.array([place[int(owner)] for owner in self.utterance[rows]], dtype=np.int64),
            self.duration[rows],
            self.labels[list(utterances)],
        )


def extract_table(
    utterances: Sequence[Utterance],
    scheme: LabelScheme,
    extractor: FeatureExtractor,
    progress: Progress | None = None,
) -> FeatureTable:
    """Extract every utterance; those that cannot be read are skipped and named.

    `progress(done, of)` is called after each utterance and may raise to stop; what was extracted stays in the cache.
    """
    kept: list[Utterance] = []
    skipped: list[tuple[Utterance, str]] = []
    rows: list[WindowFeatures] = []
    owners: list[int] = []
    pending = iter(utterances)
    gathered: list[WindowFeatures] = []
    for step in extractor.stream(_stretches(utterances)):
        if step.window:
            gathered.append(step.window)
        if not step.last:
            continue
        utterance = next(pending)
        if step.error:
            skipped.append((utterance, str(step.error)))
        else:
            owners += [len(kept)] * len(gathered)
            rows += gathered
            kept.append(utterance)
        gathered = []
        if progress:
            progress(len(kept) + len(skipped), len(utterances))
    return _table(kept, rows, owners, scheme, skipped)


def join(tables: Sequence[FeatureTable]) -> FeatureTable:
    """Several tables as one, in order."""
    offsets = np.cumsum([0, *(len(table.utterances) for table in tables)])
    encoders = [table.encoder for table in tables if table.encoder is not None]
    return FeatureTable(
        tables[0].scheme,
        tuple(utterance for table in tables for utterance in table.utterances),
        torch.cat(encoders) if encoders else None,
        torch.cat([table.mfcc for table in tables]),
        torch.cat([table.prosody for table in tables]),
        torch.cat([table.prosody_valid for table in tables]),
        merge([table.summary for table in tables]),
        np.concatenate([table.utterance + offset for table, offset in zip(tables, offsets, strict=False)]),
        np.concatenate([table.duration for table in tables]),
        np.concatenate([table.labels for table in tables]),
        tuple(skipped for table in tables for skipped in table.skipped),
    )


def _stretches(utterances: Sequence[Utterance]) -> list[Stretch]:
    return [Stretch(utterance.file, *frames_of(utterance), utterance.speed) for utterance in utterances]


def _table(
    kept: list[Utterance],
    rows: list[WindowFeatures],
    owners: list[int],
    scheme: LabelScheme,
    skipped: list[tuple[Utterance, str]],
) -> FeatureTable:
    encoder, mfcc, prosody, valid = to_tensors(rows)
    return FeatureTable(
        scheme,
        tuple(kept),
        encoder,
        mfcc,
        prosody,
        valid,
        merge([summary_of(window) for window in rows]),
        np.array(owners, dtype=np.int64),
        np.array([window.end - window.start for window in rows]),
        np.array(scheme.indices(utterance.emotion for utterance in kept), dtype=np.int64),
        tuple(skipped),
    )
