"""A model as one file, to be given to others: a zip of the bundle's three files, checked before it is let in."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from .bundle import CARD_FILE, WEIGHTS_FILE, BundleRecord, list_bundles, read_record
from .encoders.registry import find_encoder
from .errors import HumpcatError
from .files import content_hash, write_aside
from .folders import models_folder, resources_folder
from .model_names import BUNDLE_FILE, SUFFIX, require_free

_NEEDED, _OPTIONAL = (BUNDLE_FILE, WEIGHTS_FILE), (CARD_FILE,)
# Decision: the network has a few million weights; a header or card of megabytes is none of ours.
_LARGEST = {WEIGHTS_FILE: 1 << 30, BUNDLE_FILE: 16 << 20, CARD_FILE: 1 << 20}
_BLOCK = 1 << 20
_AGAIN = "Get the file again from whoever made it."
_LONGEST_HEADER = 1 << 24  # bytes of a safetensors header


def export_bundle(record: BundleRecord, path: Path) -> None:
    """Write a bundle as one file, whole or not at all.

    Raises:
        HumpcatError: the bundle's weights are not those that it names, or the file cannot be written.
    """
    if content_hash(record.folder / WEIGHTS_FILE) != record.id:
        raise HumpcatError(f"The weights of the model {record.name} are damaged.", "Make the model again.")
    with write_aside(path) as aside, zipfile.ZipFile(aside, "w", zipfile.ZIP_STORED) as archive:
        for name in (*_NEEDED, *_OPTIONAL):
            if (record.folder / name).is_file():
                archive.write(record.folder / name, name)


def import_bundle(path: Path, name: str = "") -> BundleRecord:
    """Check a model's file and put the model among the installed ones: whole, or not at all.

    Args:
        path: of the file.
        name: what to call the model; by default as the file is called.

    Raises:
        HumpcatError: the file is no model, is damaged, of another version, or there already.
    """
    name = name or path.name.removesuffix(SUFFIX)
    require_free(name)
    with _opened(path) as archive:
        _check_members(path, archive)
        with write_aside(models_folder() / name) as aside:
            aside.mkdir()
            for member in archive.namelist():
                _unpack(path, archive, member, aside / member)
            _check_bundle(path, aside)
    return read_record(models_folder() / name)


def delete_bundle(name: str) -> int:
    """Delete a model that the user made or imported; how many bytes that frees.

    Raises:
        HumpcatError: there is none of this name, it ships with the program, or it cannot be deleted.
    """
    folder = models_folder() / name
    if Path(name).name != name or not (folder / BUNDLE_FILE).is_file():
        shipped = (resources_folder() / "models" / name / BUNDLE_FILE).is_file()
        if shipped:
            raise HumpcatError(f"{name} ships with the program and stays.")
        raise HumpcatError(f"No model is called {name!r}.", "'humpcat models list' shows them.")
    freed = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    retired = folder.with_name(f".{name}.deleted")
    try:
        shutil.rmtree(retired, ignore_errors=True)
        os.replace(folder, retired)  # at once, so that nobody finds half of it
        shutil.rmtree(retired)
    except OSError as error:
        raise HumpcatError(
            f"{folder} cannot be deleted ({error.strerror}).", "Close what uses it."
        ) from error
    return freed


def missing_encoder(record: BundleRecord) -> str:
    """The name of the encoder that a model needs and that is not here; "" where nothing is missing."""
    try:
        if record.encoder is not None:
            find_encoder(record.encoder.hash)
    except HumpcatError:
        return record.encoder_name
    return ""


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        raise HumpcatError(f"{path.name} is no model, or only a part of one ({error}).", _AGAIN) from error
    except (OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise HumpcatError(f"{path.name} cannot be read ({error}).", _AGAIN) from error


def _check_members(path: Path, archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    foreign = sorted(set(names) - {*_NEEDED, *_OPTIONAL})
    if missing := [name for name in _NEEDED if name not in names]:
        raise HumpcatError(
            f"{path.name} is no model of this program: it lacks {' and '.join(missing)}.", _AGAIN
        )
    if foreign or len(names) != len(set(names)):
        raise HumpcatError(
            f"{path.name} holds what no model has: {', '.join(foreign[:3]) or 'a file twice'}.",
            "It was not made by this program; it was not opened.",
        )
    for info in archive.infolist():
        if info.file_size > _LARGEST[info.filename]:
            raise HumpcatError(
                f"{info.filename} in {path.name} would take {info.file_size / 1e6:.0f} MB: too much for a model.",
                _AGAIN,
            )


def _unpack(path: Path, archive: zipfile.ZipFile, name: str, target: Path) -> None:
    """Copy a member, and no more than it says it holds."""
    size = archive.getinfo(name).file_size
    with archive.open(name) as stream, target.open("wb") as out:
        while block := stream.read(_BLOCK):
            size -= len(block)
            if size < 0:
                raise HumpcatError(f"{name} in {path.name} holds more than it says.", _AGAIN)
            out.write(block)


def _check_bundle(path: Path, folder: Path) -> None:
    try:
        record = replace(read_record(folder), name=path.name)
    except HumpcatError as error:
        raise HumpcatError(error.message.replace(str(folder), path.name), error.hint or _AGAIN) from error
    if content_hash(folder / WEIGHTS_FILE) != record.id:
        raise HumpcatError(f"The weights in {path.name} are damaged, or not those of its card.", _AGAIN)
    _check_weights(path, folder / WEIGHTS_FILE)
    twin = next((other.name for other in list_bundles() if other.id == record.id), "")
    if twin:
        raise HumpcatError(f"This model is here already, as {twin}.", "Use that one.")


def _check_weights(path: Path, weights: Path) -> None:
    """The weights' header says tensors that lie in the file; whether they fit the network is seen when it is built."""
    with weights.open("rb") as stream:
        try:
            header = _header(stream)
        except (ValueError, KeyError, TypeError) as error:
            raise HumpcatError(f"The weights in {path.name} are no safetensors ({error}).", _AGAIN) from error
    if not any(name.startswith("network.") for name in header):
        raise HumpcatError(f"The weights in {path.name} are of another program.", "It cannot be used here.")


def _header(stream: BinaryIO) -> dict[str, object]:
    length = int.from_bytes(stream.read(8), "little")
    if not 0 < length < _LONGEST_HEADER:
        raise ValueError("its header has no length")
    header = json.loads(stream.read(length))
    if not isinstance(header, dict):
        raise ValueError("its header is no table")
    return header
