"""A bundle's weights and statistics: written as safetensors, read back and checked; nothing is ever unpickled."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from . import __version__
from .bundle import CARD_FILE, WEIGHTS_FILE, BundleRecord, read_record, write_record
from .bundle_shapes import NETWORK, STATISTICS, statistics_shapes
from .errors import HumpcatError
from .files import content_hash, write_aside
from .network.network import HumpCat
from .standardise import Statistics

_AGAIN = "Get the model again from its source."


def save_bundle(record: BundleRecord, network: HumpCat, prior: Statistics, card: str) -> BundleRecord:
    """Write a whole bundle to `record.folder`, or nothing; return the record as it was written.

    Raises:
        HumpcatError: the folder cannot be written.
    """
    tensors = _prefixed(NETWORK, network.state_dict()) | _prefixed(STATISTICS, prior.tensors())
    with write_aside(record.folder) as aside:
        aside.mkdir()
        try:
            (aside / WEIGHTS_FILE).write_bytes(save(tensors))
        except SafetensorError as error:  # its own name for a full disk
            raise HumpcatError(
                f"The weights of {record.folder} cannot be written ({error}).", "Is the disk full?"
            ) from error
        written = replace(record, id=content_hash(aside / WEIGHTS_FILE), code_version=__version__)
        write_record(written, aside)
        (aside / CARD_FILE).write_text(card, encoding="utf-8")
    return read_record(record.folder)


def load_weights(record: BundleRecord) -> tuple[HumpCat, Statistics]:
    """Rebuild a bundle's network (in evaluation mode) and its prior statistics.

    Raises:
        HumpcatError: the weights are missing, damaged, or do not fit the configuration.
    """
    tensors = _tensors(record.folder / WEIGHTS_FILE, record)
    try:
        network = HumpCat(record.network)
        network.load_state_dict(_without(NETWORK, tensors))
        prior = Statistics(**_without(STATISTICS, tensors))
    except (RuntimeError, TypeError) as error:
        raise HumpcatError(
            f"The weights of the model {record.name} do not fit its configuration.", _AGAIN
        ) from error
    if {name: tuple(tensor.shape) for name, tensor in prior.tensors().items()} != statistics_shapes(record):
        raise HumpcatError(f"The statistics of the model {record.name} do not fit its configuration.", _AGAIN)
    return network.requires_grad_(False).eval(), prior


def _tensors(path: Path, record: BundleRecord) -> dict[str, Tensor]:
    if not path.is_file():
        raise HumpcatError(f"The model {record.name} has no weights: {path} is missing.", _AGAIN)
    if content_hash(path) != record.id:
        raise HumpcatError(f"The weights of the model {record.name} are damaged or were exchanged.", _AGAIN)
    try:
        return load_file(path)
    except SafetensorError as error:
        raise HumpcatError(
            f"The weights of the model {record.name} are damaged ({error}).", _AGAIN
        ) from error


def _prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {prefix + name: tensor.contiguous().to(torch.float32) for name, tensor in tensors.items()}


def _without(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
