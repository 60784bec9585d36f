"""Bundles: written whole or not at all, read back the same, and refused by a sentence when they are not right."""

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import flat_statistics, present_encoder, tiny_bundle, tiny_network

from core_model import __version__
from core_model.bundle import BundleRecord, find_bundle, list_bundles, read_record
from core_model.bundle_weights import load_weights, save_bundle
from core_model.encoders.config import EncoderConfig
from core_model.errors import HumpcatError
from core_model.files import content_hash
from core_model.folders import models_folder
from core_model.labels import PAPER

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def encoder(tiny_hubert: Path) -> EncoderConfig:
    return present_encoder(tiny_hubert)


@pytest.fixture
def bundle(encoder: EncoderConfig) -> BundleRecord:
    return tiny_bundle(models_folder() / "mine", encoder)


def edit(record: BundleRecord, change: Change) -> Path:
    file = record.folder / "bundle.json"
    value = json.loads(file.read_text())
    change(value)
    file.write_text(json.dumps(value))
    return record.folder


def exchange(record: BundleRecord, tensors: dict[str, torch.Tensor]) -> BundleRecord:
    """Other weights under a hash that fits them, as from a bundle made by hand."""
    save_file(tensors, record.folder / "model.safetensors")
    return replace(record, id=content_hash(record.folder / "model.safetensors"))


def test_a_bundle_is_read_back_as_it_was_written(encoder: EncoderConfig, bundle: BundleRecord) -> None:
    assert read_record(bundle.folder) == bundle
    assert bundle.labels == PAPER.labels
    assert bundle.encoder == encoder
    assert bundle.code_version == __version__
    assert bundle.id == content_hash(bundle.folder / "model.safetensors")
    assert bundle.card() == "# Untrained\n"
    network, prior = load_weights(bundle)
    written = tiny_network(encoder)
    assert not network.training
    assert not any(each.requires_grad for each in network.parameters())
    for (name, got), (_, expected) in zip(
        network.state_dict().items(), written.state_dict().items(), strict=True
    ):
        assert torch.equal(got, expected), name
    assert torch.equal(prior.mfcc_std, flat_statistics().mfcc_std)


def test_statistics_that_are_infinite_survive(tmp_path: Path, bundle: BundleRecord) -> None:
    network, prior = load_weights(bundle)
    never_varied = replace(prior, prosody_std=torch.full_like(prior.prosody_std, torch.inf))
    again = save_bundle(replace(bundle, folder=tmp_path / "again"), network, never_varied, "")
    assert load_weights(again)[1].prosody_std.isinf().all()


def test_a_bundle_without_an_encoder_is_whole(tmp_path: Path) -> None:
    record = tiny_bundle(tmp_path / "acoustic")
    assert record.encoder is None
    assert record.encoder_name == "none"
    load_weights(record)


def test_the_users_bundles_are_found_by_name_and_any_by_folder(tmp_path: Path, bundle: BundleRecord) -> None:
    assert find_bundle("mine") == bundle
    elsewhere = tiny_bundle(tmp_path / "elsewhere")
    assert find_bundle(str(elsewhere.folder)) == elsewhere
    assert bundle in list_bundles()
    assert "elsewhere" not in [record.name for record in list_bundles()]


def test_an_unknown_model_is_told_with_those_that_are_there(tmp_path: Path, bundle: BundleRecord) -> None:
    for name in ("yours", str(tmp_path)):
        with pytest.raises(HumpcatError, match="No model is called") as caught:
            find_bundle(name)
        assert "mine" in caught.value.hint


def test_a_damaged_bundle_is_left_out_of_the_list_but_told_when_asked_for(bundle: BundleRecord) -> None:
    (bundle.folder / "bundle.json").write_text("{")
    assert "mine" not in [record.name for record in list_bundles()]
    with pytest.raises(HumpcatError, match="damaged"):
        find_bundle("mine")


def out(*path: str) -> Change:
    def change(value: dict[str, Any]) -> None:
        for name in path[:-1]:
            value = value[name]
        del value[path[-1]]

    return change


def to(new: Any, *path: str) -> Change:
    def change(value: dict[str, Any]) -> None:
        for name in path[:-1]:
            value = value[name]
        value[path[-1]] = new

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (to(2, "format"), "has format 2; this program knows format 1"),
        (out("format"), "has format None"),
        (out("labels"), "damaged"),
        (to(["angry", "happy"], "labels"), "names 2 labels and its network has 4"),
        (to(["angry", "angry", "sad", "happy"], "labels"), "two different labels"),
        (to([], "network"), "damaged"),
        (to(0, "network", "heads"), "damaged|heads|sizes"),
        (to("wide", "network", "width"), "damaged|does not fit"),
        (to(3, "network", "depth"), "does not fit this program"),
        (to(["video"], "network", "features"), "non-empty choice"),
        (to(["mfcc"], "network", "features"), "needs an encoder that it does not name, or the reverse"),
        (to(None, "encoder"), "needs an encoder"),
        (to(64, "encoder", "width"), "differ in layers or width"),
        (to("unknown", "encoder", "family"), "family"),
        (to("abc", "encoder", "hash"), "hash"),
        (out("features", "mfcc"), "does not fit this program"),
        (to(99, "features", "version"), "version 99 of the acoustic features"),
        (to(0, "temperature"), "out of range"),
        (to("hot", "temperature"), "damaged"),
        (to(float("nan"), "temperature"), "out of range"),
    ],
)
def test_a_record_that_is_not_right_is_refused(bundle: BundleRecord, change: Change, sentence: str) -> None:
    with pytest.raises(HumpcatError, match=sentence):
        read_record(edit(bundle, change))


def test_a_folder_that_is_no_bundle_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("holiday")
    with pytest.raises(HumpcatError, match="cannot be read"):
        read_record(tmp_path)
    (tmp_path / "bundle.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HumpcatError, match="not JSON"):
        read_record(tmp_path)
    (tmp_path / "bundle.json").write_text("[]")
    with pytest.raises(HumpcatError, match="object was expected"):
        read_record(tmp_path)


def test_missing_and_truncated_weights_are_told(bundle: BundleRecord) -> None:
    weights = bundle.folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(HumpcatError, match="damaged or were exchanged"):
        load_weights(bundle)
    with pytest.raises(HumpcatError, match=r"are damaged \("):
        load_weights(replace(bundle, id=content_hash(weights)))
    weights.unlink()
    with pytest.raises(HumpcatError, match="is missing"):
        load_weights(bundle)


class Trap:
    """Unpickled, it writes a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.file, "executed")


def test_a_pickle_in_place_of_weights_is_refused_and_never_run(tmp_path: Path, bundle: BundleRecord) -> None:
    weights = bundle.folder / "model.safetensors"
    weights.write_bytes(pickle.dumps(Trap(tmp_path / "trap")))
    with pytest.raises(HumpcatError, match="are damaged"):
        load_weights(replace(bundle, id=content_hash(weights)))
    assert not (tmp_path / "trap").exists()


@pytest.mark.parametrize(
    "name",
    ["network.classify.weight", "statistics.mfcc_mean", "statistics.prosody_std", "statistics.encoder_std"],
)
def test_a_tensor_that_is_missing_or_of_another_shape_is_refused(bundle: BundleRecord, name: str) -> None:
    tensors = load_file(bundle.folder / "model.safetensors")
    with pytest.raises(HumpcatError, match="do not fit its configuration"):
        load_weights(exchange(bundle, {key: each for key, each in tensors.items() if key != name}))
    with pytest.raises(HumpcatError, match="do not fit its configuration"):
        load_weights(exchange(bundle, {**tensors, name: torch.zeros(2, 2)}))


def test_weights_for_another_configuration_are_refused(bundle: BundleRecord) -> None:
    for network in (replace(bundle.network, width=64), replace(bundle.network, conv_kernel=(10, 99))):
        with pytest.raises(HumpcatError, match="do not fit its configuration"):
            load_weights(replace(bundle, network=network))


def test_writing_replaces_a_bundle_whole(bundle: BundleRecord, encoder: EncoderConfig) -> None:
    (bundle.folder / "old.txt").write_text("old")
    again = tiny_bundle(bundle.folder, encoder, seed=1)
    assert again.id != bundle.id
    assert {file.name for file in again.folder.iterdir()} == {"bundle.json", "card.md", "model.safetensors"}
    assert [folder.name for folder in models_folder().iterdir()] == ["mine"]


def test_a_disk_that_fills_up_leaves_the_old_bundle_as_it_was(
    bundle: BundleRecord, encoder: EncoderConfig
) -> None:
    resource = pytest.importorskip("resource", reason="only POSIX limits the size of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(HumpcatError, match="cannot be written"):
            tiny_bundle(bundle.folder, encoder, seed=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    load_weights(read_record(bundle.folder))
    assert [folder.name for folder in models_folder().iterdir()] == ["mine"]
