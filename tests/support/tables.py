"""Tables of made-up features whose labels can be learnt, without any audio."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from core_model.labels import LabelScheme
from core_model.network.config import NetworkConfig
from core_model.standardise import summarise
from training_jobs.extraction import FeatureTable
from training_jobs.manifest import Utterance

LABELS = ("angry", "happy", "sad")
FRAMES = 350


def network_config(**changes: object) -> NetworkConfig:
    """A small network of MFCC and prosody for `LABELS`."""
    config = NetworkConfig(len(LABELS), ("mfcc", "prosody"), width=8, heads=2, feed_forward=16, dropout=0.1)
    return replace(config, **changes)  # type: ignore[arg-type]


def utterances_of(
    speakers: int, each: int = 9, corpus: str = "made", labels: Sequence[str] = LABELS
) -> list[Utterance]:
    """`each` utterances of every speaker, the labels in turn."""
    return [
        Utterance(
            Path(f"{corpus}/{speaker}-{number}.wav"), labels[number % len(labels)], f"s{speaker}", corpus
        )
        for speaker in range(speakers)
        for number in range(each)
    ]


def table_of(
    utterances: Sequence[Utterance],
    windows: Sequence[int] | None = None,
    seed: int = 0,
    distance: float = 2.0,
) -> FeatureTable:
    """Noise whose mean tells the label; `windows` of each utterance (default 1), all of 2 s."""
    random = np.random.default_rng(seed)
    scheme = LabelScheme(LABELS)
    labels = np.array(scheme.indices(utterance.emotion for utterance in utterances), dtype=np.int64)
    owners = np.repeat(np.arange(len(utterances)), windows if windows is not None else 1)
    # Each label lights up channels of its own.
    lit = np.eye(len(LABELS))[labels[owners]] * distance
    mfcc = random.normal(size=(len(owners), FRAMES, 39)) + np.tile(lit, 13)[:, None, :]
    prosody = random.normal(size=(len(owners), 103)) + np.resize(np.tile(lit, 35).T, (103, len(owners))).T
    tensors = (
        torch.from_numpy(mfcc.astype(np.float32)),
        torch.from_numpy(prosody.astype(np.float32)),
        torch.ones(len(owners), 103),
    )
    return FeatureTable(
        scheme, tuple(utterances), None, *tensors, summarise(None, *tensors), owners.astype(np.int64),
        np.full(len(owners), 2.0), labels,
    )  # fmt: skip
