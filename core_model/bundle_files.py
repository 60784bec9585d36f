"""A model as one file, to be given to others: a zip of the bundle's three files, checked before it is let in."""

import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .bundle import CARD_FILE, WEIGHTS_FILE, BundleRecord, list_bundles, read_record
from .bundle_shapes import bundle_shapes
from .encoders.registry import find_encoder
from .encoders.weights import read_tensors
from .errors import HumpcatError
from .files import content_hash, write_aside
from .folders import models_folder, resources_folder
from .model_names import BUNDLE_FILE, SUFFIX, require_name

_NEEDED, _OPTIONAL = (BUNDLE_FILE, WEIGHTS_FILE), (CARD_FILE,)
# Decision: the network has a few million weights; a header or card of megabytes is none of ours.
_LARGEST = {WEIGHTS_FILE: 1 << 30, BUNDLE_FILE: 16 << 20, CARD_FILE: 1 << 20}
_BLOCK = 1 << 20
_AGAIN = "Get the file again from whoever made it."
_ZIP = b"PK\x03\x04"  # its first bytes, where it is not empty


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
    """Check a model's file or folder and put the model among the installed ones: whole, or not at all.

    Args:
        path: of the file, or of a bundle's folder, such as a job makes.
        name: what to call the model; by default as the file is called.

    Raises:
        HumpcatError: it is no model, is damaged, of another version, or there already.
    """
    name = name or path.name.removesuffix(SUFFIX)
    require_name(name)
    if path.is_dir():
        read_record(path)  # else anything might be copied
        _take_in(path, name, lambda aside: _copy(path, aside))
    else:
        with _opened(path) as archive:
            _check_members(path, archive)
            _take_in(path, name, lambda aside: _unpack(path, archive, aside))
    return read_record(models_folder() / name)


def installed_twin(folder: Path) -> str:
    """The name under which the model in a folder is installed; "" where it is not.

    Raises:
        HumpcatError: the folder holds no bundle that can be read.
    """
    wanted = read_record(folder).id
    return next((record.name for record in list_bundles() if record.id == wanted), "")


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
        raise HumpcatError(
            f"No model is called {name!r}.", "The page Models shows them (in commands humpcat models list)."
        )
    freed = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    retired = folder.with_name(f".{name}.deleted")
    try:
        if folder.is_symlink():  # what it points to is not ours
            folder.unlink()
            return 0
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
        raise _no_zip(path, error) from error
    except (OSError, EOFError, NotImplementedError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise HumpcatError(f"{path.name} cannot be read ({reason}).", _AGAIN) from error


def _take_in(path: Path, name: str, fill: Callable[[Path], None]) -> None:
    with write_aside(models_folder() / name) as aside:
        aside.mkdir()
        fill(aside)
        _require_new(_checked(path, aside), name)


def _copy(path: Path, aside: Path) -> None:
    """Copy a bundle's files out of its folder, and nothing else that lies there."""
    for name in (*_NEEDED, *_OPTIONAL):
        if (path / name).is_file():
            shutil.copyfile(path / name, aside / name)


def _no_zip(path: Path, error: zipfile.BadZipFile) -> HumpcatError:
    with path.open("rb") as stream:
        begins_well = stream.read(len(_ZIP)) == _ZIP
    if begins_well:
        return HumpcatError(f"{path.name} is damaged, or only a part of a model ({error}).", _AGAIN)
    return HumpcatError(f"{path.name} is no model of this program.", f"Models are files named NAME{SUFFIX}.")


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
        # As they are written: then no member can be larger than the file, and none is a link or a riddle.
        stored = info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
        link = stat.S_ISLNK(info.external_attr >> 16)
        if not stored or link or info.flag_bits & 1:
            what = "a link" if link else "encrypted" if info.flag_bits & 1 else "packed"
            raise HumpcatError(
                f"{info.filename} in {path.name} is {what}, as no model's is.",
                "It was packed by another program; ask for the file as 'Export' wrote it.",
            )


def _unpack(path: Path, archive: zipfile.ZipFile, aside: Path) -> None:
    """Copy the members, and no more of each than it says it holds."""
    for name in archive.namelist():
        size = archive.getinfo(name).file_size
        with archive.open(name) as stream, (aside / name).open("wb") as out:
            while block := stream.read(_BLOCK):
                size -= len(block)
                if size < 0:
                    raise HumpcatError(f"{name} in {path.name} holds more than it says.", _AGAIN)
                out.write(block)


def _checked(path: Path, folder: Path) -> BundleRecord:
    """The bundle that was unpacked into a folder, once it is known to be whole and to fit its network."""
    try:
        record = read_record(folder)
    except HumpcatError as error:
        # The folder is gone by the time that this is read.
        message = error.message.replace(str(folder), path.name).replace(folder.name, path.name)
        raise HumpcatError(message, error.hint or _AGAIN) from error
    if content_hash(folder / WEIGHTS_FILE) != record.id:
        raise HumpcatError(f"The weights in {path.name} are damaged, or not those of its card.", _AGAIN)
    try:
        shapes = {tensor.name: tensor.shape for tensor in read_tensors(folder / WEIGHTS_FILE)}
    except HumpcatError as error:
        raise HumpcatError(f"The weights in {path.name} are no safetensors, or damaged.", _AGAIN) from error
    try:
        fits = shapes == bundle_shapes(record)
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise HumpcatError(f"The weights in {path.name} do not fit the network that it describes.", _AGAIN)
    try:
        record.card()
    except UnicodeDecodeError as error:
        raise HumpcatError(f"The card in {path.name} is no text.", _AGAIN) from error
    return record


def _require_new(record: BundleRecord, name: str) -> None:
    """Refuse a model that is here, and a name that is: a shipped model's, too, as nobody would notice the change."""
    for other in list_bundles():
        if other.id == record.id:
            raise HumpcatError(f"This model is here already, as {other.name}.", "Use that one.")
    # Also those that are too damaged to be listed.
    if any((folder / name).exists() for folder in (models_folder(), resources_folder() / "models")):
        raise HumpcatError(
            f"A model is called {name} already.",
            "Give this one another name (in commands --name NAME).",
        )
