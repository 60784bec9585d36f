"""What the measurements of accuracy share: the features of corpora, and the rows of a table."""

import sys
from collections.abc import Sequence
from pathlib import Path

from core_model.cache import FeatureCache
from core_model.devices import choose_device
from core_model.encoders.registry import find_encoder
from core_model.extractor import FeatureExtractor
from core_model.features.config import FeatureConfig
from core_model.labels import PAPER
from core_model.network.config import NetworkConfig
from training_jobs import models
from training_jobs.extraction import FeatureTable
from training_jobs.recipe import DEFAULT_RECIPE
from training_jobs.shipped import ENCODER, LAYERS, read_without_copies


def extracted(shared: Path, corpora: Sequence[str]) -> FeatureTable:
    """The features of corpora below `shared` and of their altered copies, by the shipped encoder."""
    utterances, _ = read_without_copies([shared / "data" / corpus for corpus in corpora])
    extractor = FeatureExtractor(
        FeatureConfig(), find_encoder(ENCODER).config(LAYERS), choose_device(), cache=FeatureCache()
    )
    return models.extract_corpus(utterances, PAPER, extractor, DEFAULT_RECIPE.speeds)


def usual_network() -> NetworkConfig:
    """The network that the program trains on the shipped encoder."""
    return models.with_labels(NetworkConfig(len(PAPER.labels)), PAPER, find_encoder(ENCODER).config(LAYERS))


def head(what: str = "measurement", unit: str = "UA %") -> None:
    """The head of a table of rows by `say`."""
    sys.stdout.write(f"| {what} | {unit} | 95 % |\n|---|---|---|\n")


def say(what: str, value: float, low: float, high: float) -> None:
    """One row of a table: what was measured, its value and the interval; shares of 1, written in %."""
    sys.stdout.write(f"| {what} | {100 * value:.1f} | {100 * low:.1f} to {100 * high:.1f} |\n")
    sys.stdout.flush()
