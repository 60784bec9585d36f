"""Which device and precision are chosen; bf16 only where it was seen to agree with fp32 on this machine."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core_model import devices
from core_model.devices import Device, choose_device, devices_present, has_bf16, load_encoder
from core_model.encoders.registry import EncoderRecord, add_encoder
from core_model.errors import HumpcatError
from core_model.folders import cache_folder
from core_model.settings import Settings, write_settings

CPU = Device("cpu", "test")
needs_bf16 = pytest.mark.skipif(not has_bf16(CPU), reason="this processor has no bf16")


def checks() -> list[Path]:
    return sorted((cache_folder() / "precision").glob("*.json"))


@pytest.fixture
def good(tiny_hubert: Path) -> EncoderRecord:
    return add_encoder(tiny_hubert, "good")


@pytest.fixture
def bad(tiny_hubert: Path, tmp_path: Path) -> EncoderRecord:
    """An encoder whose attention is a race between huge, almost equal scores, which bf16 cannot tell apart."""
    folder = shutil.copytree(tiny_hubert, tmp_path / "bad")
    tensors = load_file(folder / "model.safetensors")
    for name in tensors:
        if "q_proj.weight" in name or "k_proj.weight" in name:
            tensors[name] = tensors[name] * 3_000
        if "v_proj.weight" in name or "out_proj.weight" in name:
            tensors[name] = tensors[name] * 100
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return add_encoder(folder, "bad")


def test_the_cpu_is_always_there_and_auto_takes_the_first() -> None:
    present = devices_present()
    assert present[-1].kind == "cpu"
    assert present[-1].name
    assert choose_device() == choose_device("auto") == present[0]
    assert choose_device("cpu") == present[-1]


def test_an_unknown_device_is_told() -> None:
    with pytest.raises(HumpcatError, match="'tpu' is no device") as caught:
        choose_device("tpu")
    assert "auto, cpu, cuda, mps" in caught.value.hint


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_a_device_that_is_not_there_is_told() -> None:
    with pytest.raises(HumpcatError, match="no cuda device"):
        choose_device("cuda")
    write_settings(Settings(device="cuda"))
    with pytest.raises(HumpcatError, match="no cuda device") as caught:
        choose_device()
    assert "humpcat settings reset device" in caught.value.hint
    assert choose_device("cpu").kind == "cpu"


def test_an_unknown_precision_is_told(good: EncoderRecord) -> None:
    with pytest.raises(HumpcatError, match="'int8' is no precision"):
        load_encoder(good, (1,), CPU, "int8")


@pytest.mark.parametrize(("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_a_precision_asked_for_is_taken_unchecked(
    good: EncoderRecord, precision: str, dtype: torch.dtype
) -> None:
    encoder, chosen = load_encoder(good, (1, 2), CPU, precision)
    assert chosen == precision
    assert {each.dtype for each in encoder.parameters()} == {dtype}
    assert checks() == []


@needs_bf16
def test_bf16_that_agrees_is_chosen_and_checked_only_once(good: EncoderRecord) -> None:
    assert load_encoder(good, (1, 2), CPU)[1] == "bf16"
    (file,) = checks()
    assert json.loads(file.read_text())["cosine"] >= 0.999
    file.write_text(json.dumps({"cosine": 0.5}))  # what was found then is believed now
    assert load_encoder(good, (1, 2), CPU)[1] == "fp32"
    assert checks() == [file]


@needs_bf16
def test_bf16_that_disagrees_falls_back_to_fp32(bad: EncoderRecord) -> None:
    encoder, chosen = load_encoder(bad, (1, 2), CPU)
    assert chosen == "fp32"
    assert {each.dtype for each in encoder.parameters()} == {torch.float32}
    assert json.loads(checks()[0].read_text())["cosine"] < 0.999


@needs_bf16
def test_other_layers_and_other_processors_are_checked_anew(good: EncoderRecord) -> None:
    load_encoder(good, (1, 2), CPU)
    load_encoder(good, (1,), CPU)
    load_encoder(good, (1,), Device("cpu", "another"))
    assert len(checks()) == 3


@needs_bf16
@pytest.mark.parametrize("content", ["", "{}", '{"cosine": "high"}', "[1]"])
def test_a_damaged_check_is_made_again(good: EncoderRecord, content: str) -> None:
    load_encoder(good, (1,), CPU)
    (file,) = checks()
    file.write_text(content)
    assert load_encoder(good, (1,), CPU)[1] == "bf16"
    assert json.loads(file.read_text())["cosine"] >= 0.999


@needs_bf16
def test_a_cache_that_cannot_be_written_costs_a_warning(good: EncoderRecord) -> None:
    cache_folder().parent.mkdir(parents=True, exist_ok=True)
    cache_folder().write_text("a file where a folder should be")
    with pytest.warns(RuntimeWarning, match="will be repeated"):
        assert load_encoder(good, (1,), CPU)[1] == "bf16"


def test_the_clip_for_the_check_is_voice_like() -> None:
    clip = devices._voice()
    assert clip.shape == (1, 112_000)
    assert 0.02 < clip.square().mean().sqrt() < 0.5
