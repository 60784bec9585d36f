"""Which encoders are present: those the user added or fetched, and those that ship with the program.

An encoder's folder holds `config.json` (transformers' own), `model.safetensors`, for some families
`preprocessor_config.json`, its licence, and `encoder.json` with the facts below. No torch: the window asks.
"""

import dataclasses
import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import HumpcatError
from ..files import read_json, write_aside, write_json
from ..folders import encoders_folder, resources_folder
from .config import FAMILIES, EncoderConfig
from .known import KNOWN_ENCODERS
from .weights import Progress, Tensor, read_tensors, weights_hash

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
PICKLED_FILE = "pytorch_model.bin"
RECORD_FILE = "encoder.json"
SMALL_FILES = ("preprocessor_config.json", "LICENSE", "LICENSE.txt", "LICENSE.md", "README.md")

_FORMAT = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_QUERY = re.compile(r"(?:(?:^|\.)encoder\.|^)layers\.(\d+)\.(?:attention|self_attn)\.q_proj\.weight$")
_HASH_START = re.compile(r"[0-9a-f]{8,64}")

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EncoderRecord:
    """An encoder that is present.

    Args:
        name: unique among those present.
        family: one of FAMILIES.
        width: values in one output frame.
        layers: number of transformer blocks that the weights hold.
        source: hub id, or the folder it was added from.
        licence: as its source states it; "" when it states none.
        hash: `weights_hash` of the weights.
        size: bytes of the weights.
        added: when, ISO 8601 in UTC.
        folder: where it is.
        shipped: it came with the program and cannot be removed.
    """

    name: str
    family: str
    width: int
    layers: int
    source: str
    licence: str
    hash: str
    size: int
    added: str
    folder: Path
    shipped: bool

    def config(self, layers: tuple[int, ...] | None = None) -> EncoderConfig:
        """This encoder with the blocks to use; without `layers`, its usual ones.

        Raises:
            HumpcatError: it has no such block.
        """
        chosen = layers or self.usual_layers()
        if max(chosen) > self.layers:
            raise HumpcatError(
                f"{self.name} has {self.layers} layers; layer {max(chosen)} was asked for.",
                f"Choose layers from 1 to {self.layers}.",
            )
        return EncoderConfig(
            name=self.name, family=self.family, width=self.width, hash=self.hash, layers=chosen
        )

    def usual_layers(self) -> tuple[int, ...]:
        """The known encoder's layers, else the first and the one three quarters up (as 1 and 9 of 12)."""
        origin = self.source.partition(",")[0]  # "openai/whisper-base, its encoder's blocks 1 to 3"
        for known in KNOWN_ENCODERS.values():
            if origin == known.source and max(known.layers) <= self.layers:
                return known.layers
        return tuple(sorted({1, max(1, self.layers * 3 // 4)}))


def list_encoders() -> list[EncoderRecord]:
    """Every encoder present, by name; folders that are no whole encoder are left out and logged."""
    found: dict[str, EncoderRecord] = {}
    for folder, shipped in _folders():
        try:
            record = read_record(folder, shipped=shipped)
        except HumpcatError as error:
            _logger.warning("Left out: %s", error)
            continue
        found.setdefault(record.name, record)
    return sorted(found.values(), key=lambda record: record.name)


def find_encoder(name_or_hash: str) -> EncoderRecord:
    """The encoder of this name, or whose weights' hash begins so (8 digits or more).

    Raises:
        HumpcatError: none is present.
    """
    present = list_encoders()
    for record in present:
        if record.name == name_or_hash:
            return record
    if _HASH_START.fullmatch(name_or_hash):
        for record in present:
            if record.hash.startswith(name_or_hash):
                return record
    if name_or_hash in KNOWN_ENCODERS:
        hint = f"Download it on the page Models (in commands humpcat encoder fetch {name_or_hash})."
    else:
        names = ", ".join(record.name for record in present) or "none"
        hint = f"Present: {names}. Add one on the page Models (in commands humpcat encoder add FOLDER)."
    raise HumpcatError(f"The encoder {name_or_hash} is not present.", hint)


def add_encoder(
    folder: Path,
    name: str | None = None,
    progress: Progress | None = None,
    *,
    source: str | None = None,
    licence: str = "",
) -> EncoderRecord:
    """Copy in a folder that transformers' `save_pretrained` wrote; a `pytorch_model.bin` becomes safetensors.

    Args:
        folder: holds `config.json` and the weights, unsharded.
        name: what to call it; by default the folder's (of a folder in the hub's cache, the repository's).
        progress: told the bytes checked and the bytes to check.
        source: where it comes from, if not from `folder`.
        licence: as its source states it.

    Raises:
        HumpcatError: the folder holds no encoder, its weights are damaged or unsafe, the name is taken or
            unusable, the same weights are present already, or the disk is full.
    """
    config = _read_config(folder)
    name = check_free(name if name is not None else _name_of(folder))
    with write_aside(encoders_folder() / name) as aside:
        aside.mkdir()
        _place_weights(folder, aside / WEIGHTS_FILE)
        for file in (CONFIG_FILE, *SMALL_FILES):
            if (folder / file).is_file():
                shutil.copyfile(folder / file, aside / file)
        record = _describe(aside, config, name, source or str(folder.resolve()), licence, progress)
        _refuse_twin(record)
        _write_record(record)
    return dataclasses.replace(record, folder=encoders_folder() / name)


def describe_encoder(folder: Path, name: str, source: str, licence: str) -> EncoderRecord:
    """Write `encoder.json` into a folder made in place, such as one that ships with the program.

    Raises:
        HumpcatError: as `add_encoder`.
    """
    record = _describe(folder, _read_config(folder), name, source, licence, None)
    _write_record(record)
    return record


def verify_encoder(name: str, progress: Progress | None = None) -> EncoderRecord:
    """Compare an encoder's weights with the hash that they had when they came.

    Args:
        name: or hash.
        progress: told the bytes that are read and the bytes of the weights.

    Raises:
        HumpcatError: it is not present, or its weights are damaged.
    """
    record = find_encoder(name)
    if weights_hash(record.folder / WEIGHTS_FILE, progress) != record.hash:
        raise HumpcatError(
            f"The weights of the encoder {record.name} are damaged: they are not those that came.",
            "Remove it, and download or add it again.",
        )
    return record


def remove_encoder(name: str) -> None:
    """Delete an encoder that the user added.

    Raises:
        HumpcatError: it is not present, it ships with the program, or it cannot be deleted.
    """
    record = find_encoder(name)
    if record.shipped:
        raise HumpcatError(f"{record.name} ships with the program and stays.")
    try:
        shutil.rmtree(record.folder)
    except OSError as error:
        raise HumpcatError(
            f"{record.folder} cannot be deleted ({error.strerror}).", "Close what uses it."
        ) from error


def check_free(name: str) -> str:
    """Return `name` if an encoder can be added under it.

    Raises:
        HumpcatError: it is taken, or is no name.
    """
    if not _NAME.fullmatch(name):
        raise HumpcatError(
            f"{name!r} cannot name an encoder.",
            "Use up to 64 letters, digits, dots, dashes and underscores (in commands --name NAME).",
        )
    for record in list_encoders():
        if record.name == name:
            remove = "" if record.shipped else ", or remove that one first"
            raise HumpcatError(
                f"An encoder named {name} is present already.",
                f"Choose another name (in commands --name NAME){remove}.",
            )
    return name


def read_record(folder: Path, *, shipped: bool = False) -> EncoderRecord:
    """Read an encoder's facts and check that its weights have the size they had (not their content).

    Raises:
        HumpcatError: the folder is no whole encoder of this version.
    """
    facts = read_json(folder / RECORD_FILE)
    kinds = {field.name: field.type for field in dataclasses.fields(EncoderRecord)}
    wanted = set(kinds) - {"folder", "shipped"}
    version = facts.pop("format", None)
    if version != _FORMAT:
        raise HumpcatError(
            f"{folder} holds an encoder in format {version!r}, unknown here.", "Update HuMP-CAT Studio."
        )
    if set(facts) != wanted or any(type(facts[key]) is not kinds[key] for key in wanted):
        raise HumpcatError(
            f"{folder / RECORD_FILE} is damaged.", "Remove that folder and add the encoder again."
        )
    record = EncoderRecord(**facts, folder=folder, shipped=shipped)
    weights = folder / WEIGHTS_FILE
    if not weights.is_file() or weights.stat().st_size != record.size:
        raise HumpcatError(
            f"The weights in {folder} are missing or cut off.", "Remove it and add the encoder again."
        )
    return record


def _folders() -> Iterator[tuple[Path, bool]]:
    for parent, shipped in ((encoders_folder(), False), (resources_folder() / "encoders", True)):
        for folder in sorted(parent.iterdir()) if parent.is_dir() else ():
            if folder.is_dir() and not folder.name.startswith("."):  # a dot: being written
                yield folder, shipped


def _name_of(folder: Path) -> str:
    folder = folder.resolve()
    if folder.parent.name == "snapshots":  # the hub's cache: models--facebook--NAME/snapshots/COMMIT
        return folder.parent.parent.name.rpartition("--")[2]
    return folder.name


def _read_config(folder: Path) -> dict[str, Any]:
    if not (folder / CONFIG_FILE).is_file():
        raise HumpcatError(
            f"{folder} holds no encoder: there is no {CONFIG_FILE}.",
            "Give a folder as transformers' save_pretrained writes it.",
        )
    config = read_json(folder / CONFIG_FILE)
    if config.get("model_type") not in FAMILIES:
        raise HumpcatError(
            f"{folder} holds a model of type {config.get('model_type')!r}, no speech encoder known here.",
            f"Known: {', '.join(FAMILIES)}.",
        )
    return config


def _place_weights(folder: Path, target: Path) -> None:
    """Copy or convert the weights of `folder`; a hard link would let later edits of the original in."""
    usual = folder / WEIGHTS_FILE
    safe = [usual] if usual.is_file() else sorted(folder.glob("*.safetensors"))
    if len(safe) > 1 or (not safe and list(folder.glob("*.index.json"))):
        raise HumpcatError(
            f"The weights in {folder} are spread over several files.",
            "Save them as one: model.save_pretrained(FOLDER, max_shard_size='100GB')",
        )
    if safe:
        read_tensors(safe[0])  # before copying gigabytes that are of no use
        shutil.copyfile(safe[0], target)
    elif (folder / PICKLED_FILE).is_file():
        _convert(folder / PICKLED_FILE, target)
    else:
        raise HumpcatError(f"{folder} holds no weights.", f"It needs a {WEIGHTS_FILE} (or a {PICKLED_FILE}).")


def _convert(source: Path, target: Path) -> None:
    command = [sys.executable, "-P", "-m", f"{__package__}.convert", str(source), str(target)]
    child = subprocess.run(command, cwd=target.parent, capture_output=True, text=True, check=False)
    if child.returncode == 0:
        return
    reason = (child.stderr.strip().splitlines() or [f"exit code {child.returncode}"])[-1]
    _logger.warning("Conversion of %s failed: %s", source, child.stderr)
    known: dict[int, tuple[str, str]] = {
        3: (
            f"{source} was refused: it is damaged, or holds more than tensors and could run a program.",
            "Get the encoder from its makers, best as safetensors.",
        ),
        4: (f"{source} is damaged or holds no tensors ({reason}).", "Get the file again."),
        5: (f"{source} could not be converted to safetensors ({reason}).", "Free some space and try again."),
    }
    raise HumpcatError(*known.get(child.returncode, (f"{source} could not be converted ({reason}).", "")))


def _describe(
    folder: Path, config: dict[str, Any], name: str, source: str, licence: str, progress: Progress | None
) -> EncoderRecord:
    weights = folder / WEIGHTS_FILE
    layers, width = _measure(read_tensors(weights), config, weights)
    return EncoderRecord(
        name=name,
        family=config["model_type"],
        width=width,
        layers=layers,
        source=source,
        licence=licence,
        hash=weights_hash(weights, progress),
        size=weights.stat().st_size,
        added=datetime.now(UTC).isoformat(timespec="seconds"),
        folder=folder,
        shipped=False,
    )


def _measure(tensors: list[Tensor], config: dict[str, Any], weights: Path) -> tuple[int, int]:
    """Count the blocks there are from the first on (those above the ones used may be cut), and the width."""
    whisper = config["model_type"] == "whisper"
    width = config.get("d_model" if whisper else "hidden_size")
    stated = config.get("encoder_layers" if whisper else "num_hidden_layers")
    widths = {int(found[1]): tensor.shape[0] for tensor in tensors if (found := _QUERY.search(tensor.name))}
    there = next(number for number in range(len(widths) + 1) if number not in widths)
    if (
        there == 0
        or not isinstance(stated, int)
        or not isinstance(width, int)
        or set(widths.values()) != {width}
    ):
        raise HumpcatError(
            f"The weights in {weights.parent} do not fit its {CONFIG_FILE}.",
            "Save the encoder again with save_pretrained.",
        )
    return min(there, stated), width


def _refuse_twin(record: EncoderRecord) -> None:
    for other in list_encoders():
        if other.hash == record.hash:
            raise HumpcatError(f"The same weights are present already as {other.name}.", f"Use {other.name}.")


def _write_record(record: EncoderRecord) -> None:
    facts = dataclasses.asdict(record)
    del facts["folder"], facts["shipped"]
    write_json(record.folder / RECORD_FILE, {"format": _FORMAT, **facts})
