"""What weights must hold is told without torch, and is what the network itself has."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from tiny_models import tiny_bundle

from core_model.bundle import BundleRecord, find_bundle
from core_model.bundle_shapes import NETWORK, bundle_shapes
from core_model.encoders.weights import read_tensors
from core_model.network.config import BRANCHES, HUBERT, NetworkConfig
from core_model.network.network import HumpCat

_CHOICES = [chosen for count in (1, 2, 3) for chosen in combinations(BRANCHES, count)]
_OTHER_SIZES = NetworkConfig(
    7,
    encoder_layers=3,
    encoder_width=80,
    width=24,
    heads=3,
    feed_forward=50,
    fusion_width=5,
    conv_channels=3,
    conv_kernel=(7, 11),
    conv_stride=(2, 4),
)


@pytest.fixture
def record(tmp_path: Path) -> BundleRecord:
    return tiny_bundle(tmp_path / "acoustic")


@pytest.mark.parametrize("features", _CHOICES)
@pytest.mark.parametrize("tokens", ["single", "groups"])
@pytest.mark.parametrize("config", [NetworkConfig(4), _OTHER_SIZES])
def test_every_network_has_the_tensors_that_are_told(
    record: BundleRecord, config: NetworkConfig, tokens: str, features: tuple[str, ...]
) -> None:
    shortcut = 0.25 if HUBERT in features else 0.0
    config = replace(config, features=features, prosody_tokens=tokens, shortcut=shortcut)
    told = bundle_shapes(replace(record, network=config))
    there = {f"{NETWORK}{name}": tuple(each.shape) for name, each in HumpCat(config).state_dict().items()}
    assert {name: shape for name, shape in told.items() if name.startswith(NETWORK)} == there


@pytest.mark.parametrize("name", ["default", "source-en"])
def test_the_shipped_models_have_them(name: str) -> None:
    record = find_bundle(name)
    there = {each.name: each.shape for each in read_tensors(record.folder / "model.safetensors")}
    assert bundle_shapes(record) == there
