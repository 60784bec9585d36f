"""Whole models, small and untrained: an encoder that is present, and bundles on disk."""

from pathlib import Path

import torch

from core_model.bundle import BundleRecord
from core_model.bundle_weights import save_bundle
from core_model.encoders.config import EncoderConfig
from core_model.encoders.registry import add_encoder
from core_model.features import mfcc
from core_model.features.config import FeatureConfig
from core_model.features.prosody import PROSODY_NAMES
from core_model.labels import PAPER
from core_model.network.config import HUBERT, NetworkConfig
from core_model.network.network import HumpCat
from core_model.standardise import Statistics

ACOUSTIC = ("mfcc", "prosody")


def present_encoder(folder: Path, layers: tuple[int, ...] = (1, 2)) -> EncoderConfig:
    """Add an encoder's folder to the program's own, under the name "tiny"."""
    return add_encoder(folder, "tiny").config(layers)


def flat_statistics(layers: int = 0, width: int = 0) -> Statistics:
    """Mean 0 and deviation 1, but for MFCC, whose usual values are told roughly so that tokens differ."""
    return Statistics(
        torch.zeros(layers, width),
        torch.ones(layers, width),
        torch.zeros(mfcc.SIZE),
        torch.full((mfcc.SIZE,), 3.0),
        torch.zeros(len(PROSODY_NAMES)),
        torch.full((len(PROSODY_NAMES),), 50.0),
    )


def tiny_network(
    encoder: EncoderConfig | None, features: tuple[str, ...] | None = None, seed: int = 0
) -> HumpCat:
    """A network with random weights for this encoder, in evaluation mode; without one, of MFCC and prosody."""
    torch.manual_seed(seed)
    layers, width = (len(encoder.layers), encoder.width) if encoder else (2, 768)
    chosen = features or ((HUBERT, *ACOUSTIC) if encoder else ACOUSTIC)
    return HumpCat(NetworkConfig(4, chosen, encoder_layers=layers, encoder_width=width)).eval()


def tiny_bundle(
    folder: Path, encoder: EncoderConfig | None = None, features: tuple[str, ...] | None = None, seed: int = 0
) -> BundleRecord:
    """Write a bundle with random weights to `folder`."""
    network = tiny_network(encoder, features, seed)
    prior = flat_statistics(len(encoder.layers), encoder.width) if encoder else flat_statistics()
    record = BundleRecord(
        name=folder.name,
        folder=folder,
        id="",
        scheme=PAPER,
        network=network.config,
        features=FeatureConfig(),
        encoder=encoder,
        training={"corpora": ["none"]},
        metrics={"UA": 25.0},
    )
    return save_bundle(record, network, prior, "# Untrained\n")
