"""Model bundles on disk, without their weights: which there are, what each one is.

A bundle is a folder: `bundle.json` (this module), `model.safetensors` (see `bundle_weights`) and `card.md`.
"""

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .encoders.config import EncoderConfig
from .errors import HumpcatError
from .features.config import FeatureConfig
from .files import read_json, write_json
from .folders import models_folder, resources_folder
from .labels import LabelScheme
from .model_names import BUNDLE_FILE, DEFAULT_MODEL
from .network.config import HUBERT, NetworkConfig
from .settings import read_settings

FORMAT = 1
WEIGHTS_FILE = "model.safetensors"
CARD_FILE = "card.md"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BundleRecord:
    """What a trained network is, but for its weights.

    Attributes:
        name: the folder's name, unique among those installed.
        folder: where it is.
        id: SHA-256 of the weights' file; predictions name it.
        scheme: the labels, in the order of the probabilities.
        network, features, encoder: what must be rebuilt to use it; no encoder for acoustic variants.
        temperature: divides the logits so that confidence means frequency (fitted on validation data).
        prior_strength: windows that the prior counts as against a speaker's own statistics.
        training: data, split, recipe, seed, as the card tells them.
        metrics: UA, WA and others, each measured as `training` says.
        code_version: of the program that wrote it.
    """

    name: str
    folder: Path
    id: str
    scheme: LabelScheme
    network: NetworkConfig
    features: FeatureConfig
    encoder: EncoderConfig | None
    temperature: float = 1.0
    prior_strength: float = 4.0
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    code_version: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the probabilities."""
        return self.scheme.labels

    @property
    def encoder_name(self) -> str:
        """The encoder's name, or "none"."""
        return self.encoder.name if self.encoder else "none"

    def card(self) -> str:
        """The model card, Markdown; empty when the bundle has none."""
        file = self.folder / CARD_FILE
        return file.read_text(encoding="utf-8") if file.is_file() else ""


def list_bundles() -> list[BundleRecord]:
    """Every bundle installed: the user's by name, then those that ship; damaged ones are left out and logged."""
    found: dict[str, BundleRecord] = {}
    for folder in _folders():
        try:
            record = read_record(folder)
        except HumpcatError as error:
            _logger.warning("Left out: %s", error)
            continue
        found.setdefault(record.name, record)
    return list(found.values())


def find_bundle(name_or_folder: str) -> BundleRecord:
    """The installed bundle of this name, or the one in this folder; "": the default model, as set.

    Raises:
        HumpcatError: there is none, or it is damaged.
    """
    if not name_or_folder:
        return _default()
    folder = Path(name_or_folder)
    if (folder / BUNDLE_FILE).is_file():
        return read_record(folder)
    for folder in _folders():
        if folder.resolve().name == name_or_folder:
            return read_record(folder)
    names = ", ".join(record.name for record in list_bundles()) or "none"
    raise HumpcatError(
        f"No model is called {name_or_folder!r}.", f"Installed: {names}. Or give a bundle's folder."
    )


def _default() -> BundleRecord:
    name = read_settings().default_model
    try:
        return find_bundle(name or DEFAULT_MODEL)
    except HumpcatError as error:
        hint = f"Choose another one (in commands humpcat models default {DEFAULT_MODEL})."
        raise HumpcatError(f"The default model, {name}, cannot be used. {error.message}", hint) from error


def read_record(folder: Path) -> BundleRecord:
    """Read a bundle's `bundle.json`.

    Raises:
        HumpcatError: it is missing, damaged, contradicts itself, or is of a version that this program does not know.
    """
    value = read_json(folder / BUNDLE_FILE)
    version = value.get("format")
    if version != FORMAT:
        raise HumpcatError(
            f"The model in {folder} has format {version!r}; this program knows format {FORMAT}.",
            "Update HuMP-CAT Studio, or get the model in this format.",
        )
    try:
        record = BundleRecord(
            name=folder.resolve().name,
            folder=folder,
            id=value["id"],
            scheme=LabelScheme(tuple(value["labels"])),
            network=NetworkConfig.from_json(value["network"]),
            features=FeatureConfig.from_json(value["features"]),
            encoder=EncoderConfig.from_dict(value["encoder"]) if value["encoder"] else None,
            temperature=float(value["temperature"]),
            prior_strength=float(value["prior_strength"]),
            training=dict(value["training"]),
            metrics=dict(value["metrics"]),
            code_version=value["code_version"],
        )
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise HumpcatError(
            f"{folder / BUNDLE_FILE} is damaged ({error!r}).", "Get the model again from its source."
        ) from error
    _check(record)
    return record


def _check(record: BundleRecord) -> None:
    """Refuse a record whose parts contradict one another, before they fail somewhere inside."""
    network, encoder = record.network, record.encoder
    heard = (len(encoder.layers), encoder.width) if encoder else None
    wrong = ""
    if len(record.labels) != network.labels:
        wrong = f"it names {len(record.labels)} labels and its network has {network.labels}"
    elif (HUBERT in network.features) != (encoder is not None):
        wrong = "its network needs an encoder that it does not name, or the reverse"
    elif heard and heard != (network.encoder_layers, network.encoder_width):
        wrong = "its network and its encoder differ in layers or width"
    elif not (0 < record.temperature < math.inf and 0 <= record.prior_strength < math.inf):
        wrong = "its temperature or prior strength is out of range"
    elif record.features.version != FeatureConfig().version:
        raise HumpcatError(
            f"The model {record.name} was trained on version {record.features.version} of the acoustic features; "
            f"this program computes version {FeatureConfig().version}.",
            "Use the program's version that goes with the model, or train it anew.",
        )
    if wrong:
        raise HumpcatError(
            f"{record.folder / BUNDLE_FILE} is damaged: {wrong}.", "Get the model again from its source."
        )


def write_record(record: BundleRecord, folder: Path) -> None:
    """Write `bundle.json` into `folder`."""
    value = {
        "format": FORMAT,
        "id": record.id,
        "labels": list(record.labels),
        "network": record.network.to_json(),
        "features": record.features.to_json(),
        "features_hash": record.features.hash(),
        "encoder": record.encoder.to_dict() if record.encoder else None,
        "temperature": record.temperature,
        "prior_strength": record.prior_strength,
        "training": record.training,
        "metrics": record.metrics,
        "code_version": record.code_version,
    }
    write_json(folder / BUNDLE_FILE, value)


def _folders() -> Iterator[Path]:
    for parent in (models_folder(), resources_folder() / "models"):
        for folder in sorted(parent.iterdir()) if parent.is_dir() else ():
            if (folder / BUNDLE_FILE).is_file() and not folder.name.startswith("."):
                yield folder
