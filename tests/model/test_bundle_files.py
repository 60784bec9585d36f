"""A model as one file: what goes out comes in again, and nothing else does."""

import hashlib
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save
from tiny_models import present_encoder, tiny_bundle

from core_model.bundle import BundleRecord, list_bundles, read_record
from core_model.bundle_files import (
    delete_bundle,
    export_bundle,
    import_bundle,
    installed_twin,
    missing_encoder,
)
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


def test_the_folder_of_a_jobs_model_is_taken_in_and_found_again(record: BundleRecord) -> None:
    (record.folder / "notes.txt").write_text("no part of a model")
    assert installed_twin(record.folder) == ""
    made = import_bundle(record.folder, "yours")
    assert (made.id, made.labels) == (record.id, record.labels)
    assert sorted(path.name for path in made.folder.iterdir()) == sorted(
        path.name for path in record.folder.iterdir() if path.name != "notes.txt"
    )
    assert installed_twin(record.folder) == "yours"


def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(HumpcatError, match=r"bundle\.json cannot be read"):
        import_bundle(tmp_path, "yours")
    assert not (models_folder() / "yours").exists()


def test_a_damaged_folder_is_refused(record: BundleRecord) -> None:
    weights = record.folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(HumpcatError, match="damaged"):
        import_bundle(record.folder, "yours")
    assert "yours" not in [each.name for each in list_bundles()]


def test_a_model_that_is_here_already_is_named(file: Path) -> None:
    import_bundle(file, "yours")
    with pytest.raises(HumpcatError, match="here already, as yours"):
        import_bundle(file, "again")
    with pytest.raises(HumpcatError, match="here already, as yours"):
        import_bundle(file, "yours")


@pytest.mark.parametrize("name", ["yours", "source-en"])
def test_a_name_that_another_model_has_is_refused(file: Path, name: str) -> None:
    tiny_bundle(models_folder() / "yours", seed=1)
    with pytest.raises(HumpcatError, match=f"called {name} already"):
        import_bundle(file, name)
    assert {folder.name for folder in models_folder().iterdir()} == {"yours"}


@pytest.mark.parametrize("name", ["../yours", ".yours", "your\nown", "a/b", "a\\b", "c:", "yours.", "."])
def test_what_is_no_name_is_refused(file: Path, name: str) -> None:
    with pytest.raises(HumpcatError, match="is no name for a model"):
        import_bundle(file, name)
    assert not models_folder().exists()


def test_a_model_is_called_as_its_file_is(file: Path) -> None:
    assert import_bundle(file.rename(file.with_name("mine (1).humpcat-model"))).name == "mine (1)"


def test_a_truncated_file_is_refused(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    _refused(file, "only a part of a model")


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.humpcat-model"
    path.write_text("dear colleague")
    _refused(path, "no model of this program")
    _refused(tmp_path / "nowhere.humpcat-model", "cannot be read")


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "holiday.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("beach.txt", "sand")
    _refused(path, "no model of this program: it lacks bundle.json and model.safetensors")


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
    members["model.safetensors"] = b"\x80\x04" + bytes(40)
    _sign(members)


def _misfit(members: Members) -> None:
    tensors = load(members["model.safetensors"])
    members["model.safetensors"] = save({**tensors, "network.classify.weight": np.zeros((4, 3), np.float32)})
    _sign(members)


def _lacking(members: Members) -> None:
    tensors = load(members["model.safetensors"])
    del tensors["statistics.mfcc_mean"]
    members["model.safetensors"] = save(tensors)
    _sign(members)


def _odd_kernel(members: Members) -> None:
    told = json.loads(members["bundle.json"])
    told["network"] |= {
        "features": ["hubert"],
        "encoder_width": 512,
        "conv_kernel": [3],
        "conv_stride": [1, 1],
    }
    told["encoder"] = {"name": "x", "family": "hubert", "layers": [1, 2], "width": 512, "hash": "a" * 64}
    members["bundle.json"] = json.dumps(told).encode()


def _sign(members: Members) -> None:
    """The id that goes with the weights, as somebody who means it would write it."""
    told = json.loads(members["bundle.json"])
    identity = hashlib.sha256(members["model.safetensors"]).hexdigest()
    members["bundle.json"] = json.dumps({**told, "id": identity}).encode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_misfit, "do not fit the network"),
        (_lacking, "do not fit the network"),
        (_odd_kernel, "do not fit the network"),
        (lambda members: members.update({"bundle.json": b"[" * 100_000}), "not JSON"),
        (lambda members: members.update({"card.md": b"\xff\xfe"}), "no text"),
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
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_DEFLATED if name == "card.md" else zipfile.ZIP_STORED)
    assert file.stat().st_size < 1_000_000
    _refused(file, "too much for a model")


def _repack(file: Path, change: Callable[[zipfile.ZipInfo], None]) -> None:
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            change(info)
            archive.writestr(info, content)


def _pack(info: zipfile.ZipInfo) -> None:
    info.compress_type = zipfile.ZIP_DEFLATED


def _link(info: zipfile.ZipInfo) -> None:
    info.external_attr = (stat.S_IFLNK | 0o777) << 16 if info.filename == "card.md" else 0


@pytest.mark.parametrize(("change", "told"), [(_pack, "is packed"), (_link, "card.md in .* is a link")])
def test_a_file_packed_by_another_program_is_refused(
    file: Path, change: Callable[[zipfile.ZipInfo], None], told: str
) -> None:
    _repack(file, change)
    _refused(file, told)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("bundle.json", "{}")
    _refused(file, "a file twice")


def test_a_member_that_says_more_or_less_than_it_holds_is_refused(file: Path) -> None:
    content = file.read_bytes()
    place = content.rindex(b"PK\x01\x02")  # of the last member, the card, in the directory at the end
    sizes = slice(place + 20, place + 28)  # packed and unpacked
    assert content[sizes] == struct.pack("<II", 12, 12)
    for said, told in (
        ((12, 11), "is packed"),
        ((99, 99), "damaged"),
        ((5, 5), "damaged"),
        ((0, 9**9), "MB"),
    ):
        changed = bytearray(content)
        changed[sizes] = struct.pack("<II", *said)
        file.write_bytes(changed)
        _refused(file, told)


def test_a_disk_that_fills_up_leaves_nothing_behind(record: BundleRecord, file: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="only POSIX limits the size of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        _refused(file, "cannot be written")
        with pytest.raises(HumpcatError, match="cannot be written"):
            export_bundle(record, tmp_path / "full" / "mine.humpcat-model")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list((tmp_path / "full").iterdir())


def test_a_link_to_a_model_is_deleted_without_the_model(record: BundleRecord) -> None:
    models_folder().mkdir(parents=True)
    (models_folder() / "mine").symlink_to(record.folder)
    delete_bundle("mine")
    assert not list(models_folder().iterdir())
    assert read_record(record.folder) == record


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
