"""A model as one file: what goes out comes in again, and nothing else does."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_models import present_encoder, tiny_bundle

from core_model.bundle import BundleRecord, list_bundles, read_record
from core_model.bundle_files import delete_bundle, export_bundle, import_bundle, missing_encoder
from core_model.encoders.registry import remove_encoder
from core_model.errors import HumpcatError
from core_model.folders import models_folder

Members = dict[str, bytes]


@pytest.fixture
def record(tmp_path: Path) -> BundleRecord:
    """A bundle that is not installed."""
    return tiny_bundle(tmp_path / "mine")


@pytest.fixture
def file(record: BundleRecord, tmp_path: Path) -> Path:
    """The same as a file."""
    path = tmp_path / "mine.humpcat-model"
    export_bundle(record, path)
    return path


def _rewrite(path: Path, change: Callable[[Members], None]) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_what_is_exported_is_imported_whole(record: BundleRecord, file: Path) -> None:
    made = import_bundle(file, "yours")
    assert made.folder == models_folder() / "yours"
    assert (made.id, made.labels, made.network) == (record.id, record.labels, record.network)
    assert made.card() == record.card()


def test_a_model_that_is_here_already_is_named(file: Path) -> None:
    import_bundle(file, "yours")
    with pytest.raises(HumpcatError, match="here already, as yours"):
        import_bundle(file, "again")
    with pytest.raises(HumpcatError, match="called yours already"):
        import_bundle(file, "yours")


def test_a_truncated_file_is_refused(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    _refused(file, "only a part of one")


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.humpcat-model"
    path.write_text("dear colleague")
    _refused(path, "no model")


def _foreign(members: Members) -> None:
    members["../evil.py"] = b"print()"


def _without_weights(members: Members) -> None:
    del members["model.safetensors"]


def _other_weights(members: Members) -> None:
    members["model.safetensors"] = members["model.safetensors"][:-4] + b"\0\1\2\3"


def _future(members: Members) -> None:
    told = json.loads(members["bundle.json"])
    members["bundle.json"] = json.dumps({**told, "format": 99}).encode()


def _pickle(members: Members) -> None:
    import hashlib

    content = b"\x80\x04" + bytes(40)
    told = json.loads(members["bundle.json"])
    members["model.safetensors"] = content
    members["bundle.json"] = json.dumps({**told, "id": hashlib.sha256(content).hexdigest()}).encode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_foreign, "holds what no model has: ../evil.py"),
        (_without_weights, "lacks model.safetensors"),
        (_other_weights, "damaged, or not those of its card"),
        (_future, "format 99"),
        (_pickle, "no safetensors"),
        (lambda members: members.update({"bundle.json": b"{}"}), "format None"),
    ],
)
def test_a_foreign_or_damaged_file_is_refused_with_the_reason(
    file: Path, change: Callable[[Members], None], told: str
) -> None:
    _rewrite(file, change)
    _refused(file, told)


def test_a_member_of_absurd_size_is_refused_before_it_is_unpacked(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["card.md"] = bytes(3_000_000)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    _refused(file, "too much for a model")


def test_damaged_weights_are_not_given_to_others(record: BundleRecord, tmp_path: Path) -> None:
    weights = record.folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\7")
    with pytest.raises(HumpcatError, match="damaged"):
        export_bundle(read_record(record.folder), tmp_path / "out.humpcat-model")
    assert not (tmp_path / "out.humpcat-model").exists()


def test_the_encoder_that_is_missing_is_named(tiny_hubert: Path, tmp_path: Path) -> None:
    record = tiny_bundle(tmp_path / "heard", present_encoder(tiny_hubert))
    assert missing_encoder(record) == ""
    remove_encoder("tiny")
    assert missing_encoder(record) == "tiny"


def test_only_the_users_own_models_are_deleted(file: Path) -> None:
    import_bundle(file, "yours")
    assert delete_bundle("yours") > 0
    assert "yours" not in {record.name for record in list_bundles()}
    with pytest.raises(HumpcatError, match="ships with the program"):
        delete_bundle("source-en")
    with pytest.raises(HumpcatError, match="No model is called"):
        delete_bundle("../models")


def _refused(path: Path, told: str) -> None:
    with pytest.raises(HumpcatError, match=told):
        import_bundle(path, "yours")
    assert not (models_folder() / "yours").exists()
    assert not list(models_folder().glob(".*"))
