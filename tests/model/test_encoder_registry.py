"""Which encoders are present, and how a folder becomes one."""

import json
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.numpy
import torch
import transformers

from core_model.encoders.config import EncoderConfig
from core_model.encoders.encoder import Encoder
from core_model.encoders.registry import (
    add_encoder,
    describe_encoder,
    find_encoder,
    list_encoders,
    read_record,
    remove_encoder,
    verify_encoder,
)
from core_model.encoders.weights import weights_hash
from core_model.errors import HumpcatError
from core_model.folders import encoders_folder

HASH = "0123456789abcdef" * 4


def added() -> list[str]:
    return [record.name for record in list_encoders() if not record.shipped]


@pytest.fixture
def source(tiny_hubert: Path, tmp_path: Path) -> Path:
    """A copy of the tiny encoder that a test may spoil."""
    return shutil.copytree(tiny_hubert, tmp_path / "tiny-hubert")


@pytest.fixture
def pickled(source: Path) -> Path:
    """The tiny encoder as an older transformers wrote it."""
    state = {name: torch.from_numpy(value) for name, value in load(source / "model.safetensors").items()}
    torch.save(state, source / "pytorch_model.bin")
    (source / "model.safetensors").unlink()
    return source


def tiny_model(family: str) -> transformers.PreTrainedModel:
    if family == "whisper":
        both = {
            f"{part}_{what}": 2 for part in ("encoder", "decoder") for what in ("attention_heads", "ffn_dim")
        }
        tokens = {"vocab_size": 10, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
        no_text = {"suppress_tokens": None, "begin_suppress_tokens": None, "decoder_start_token_id": 1}
        config = transformers.WhisperConfig(d_model=32, encoder_layers=3, **both, **tokens, **no_text)
        return transformers.WhisperForConditionalGeneration(config)
    kind = {"wav2vec2": "Wav2Vec2", "wavlm": "WavLM"}[family]
    size = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
    small = {"conv_dim": (8,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}
    return getattr(transformers, f"{kind}Model")(getattr(transformers, f"{kind}Config")(**size, **small))


def load(path: Path) -> dict:
    return safetensors.numpy.load_file(path)


def test_weights_that_have_changed_since_they_came_are_found(source: Path) -> None:
    record = add_encoder(source)
    assert verify_encoder("tiny-hubert") == record
    weights = record.folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(HumpcatError, match="tiny-hubert are damaged"):
        verify_encoder("tiny-hubert")


def test_a_folder_is_added_found_by_name_and_hash_and_removed(source: Path) -> None:
    told: list[tuple[int, int]] = []
    record = add_encoder(source, progress=lambda done, of: told.append((done, of)), licence="Apache-2.0")
    assert (record.name, record.family, record.width, record.layers) == ("tiny-hubert", "hubert", 32, 3)
    assert record.source == str(source.resolve()) and record.licence == "Apache-2.0"
    assert told[-1][0] == told[-1][1] > 0
    assert find_encoder("tiny-hubert") == find_encoder(record.hash) == find_encoder(record.hash[:8]) == record
    assert (record.folder / "preprocessor_config.json").is_file()
    shutil.rmtree(source)
    assert Encoder(record.folder, (1, 2))(torch.zeros(1, 112_000)).shape == (1, 2, 349, 32)
    remove_encoder("tiny-hubert")
    assert added() == [] and not record.folder.exists()


@pytest.mark.parametrize("family", ["wav2vec2", "wavlm", "whisper"])
def test_every_family_is_recognised_and_runs(family: str, tmp_path: Path) -> None:
    folder = tmp_path / family
    tiny_model(family).save_pretrained(folder)
    record = add_encoder(folder)
    assert (record.family, record.width, record.layers) == (family, 32, 3)
    assert Encoder(record.folder, record.config().layers)(torch.zeros(1, 112_000)).shape[1] == 2


def test_an_encoder_fine_tuned_for_recognition_counts_its_blocks_under_their_prefix(
    tiny_hubert: Path, tmp_path: Path
) -> None:
    config = transformers.HubertConfig.from_pretrained(tiny_hubert)
    transformers.HubertForCTC(config).save_pretrained(tmp_path / "ctc")
    record = add_encoder(tmp_path / "ctc")
    assert record.layers == 3
    Encoder(record.folder, (1, 3))


def test_a_cut_encoder_states_the_blocks_that_it_has(source: Path) -> None:
    weights = {
        name: value for name, value in load(source / "model.safetensors").items() if "layers.2." not in name
    }
    safetensors.numpy.save_file(weights, source / "model.safetensors", metadata={"format": "pt"})
    record = describe_encoder(source, "cut", source="facebook/hubert-base-ls960", licence="Apache-2.0")
    assert record.layers == 2 and read_record(source).hash == record.hash
    assert record.config().layers == (1,)
    with pytest.raises(HumpcatError, match="has 2 layers; layer 3"):
        record.config((1, 3))


def test_the_hash_is_of_the_tensors_not_of_the_file(source: Path) -> None:
    path = source / "model.safetensors"
    before = weights_hash(path)
    weights = load(path)
    safetensors.numpy.save_file(weights, path, metadata={"format": "pt", "by": "another writer"})
    assert weights_hash(path) == before
    name = next(iter(weights))
    weights[name] = weights[name] + 1
    safetensors.numpy.save_file(weights, path)
    assert weights_hash(path) != before


def test_a_pickled_folder_becomes_safetensors_with_the_same_tensors(pickled: Path, tiny_hubert: Path) -> None:
    record = add_encoder(pickled)
    assert record.hash == weights_hash(tiny_hubert / "model.safetensors")
    assert not list(record.folder.glob("*.bin"))
    Encoder(record.folder, (1, 3))


def test_a_pickle_that_would_run_a_program_is_refused(pickled: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return Path.touch, (tmp_path / "sprung",)

    (pickled / "pytorch_model.bin").write_bytes(pickle.dumps({"encoder.layers.0.bias": Trap()}))
    with pytest.raises(HumpcatError, match="was refused"):
        add_encoder(pickled)
    torch.save({"encoder.layers.0.bias": Trap()}, pickled / "pytorch_model.bin")
    with pytest.raises(HumpcatError, match="was refused"):
        add_encoder(pickled)
    assert not (tmp_path / "sprung").exists()
    assert list(encoders_folder().iterdir()) == []


def test_a_cut_off_pickle_is_refused_with_a_sentence(pickled: Path) -> None:
    file = pickled / "pytorch_model.bin"
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(HumpcatError, match=r"pytorch_model\.bin (is|was)"):
        add_encoder(pickled)
    assert added() == []


def test_cut_off_weights_are_refused_with_a_sentence(source: Path) -> None:
    weights = source / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(HumpcatError, match="damaged or cut off"):
        add_encoder(source)
    assert list(encoders_folder().iterdir()) == []


def test_folders_that_are_no_encoder_are_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(HumpcatError, match="holds no encoder"):
        add_encoder(tmp_path / "empty")
    with pytest.raises(HumpcatError, match="holds no encoder"):
        add_encoder(tmp_path / "nowhere")
    config = json.loads((source / "config.json").read_text())
    (source / "config.json").write_text(json.dumps({**config, "hidden_size": 64}))
    with pytest.raises(HumpcatError, match="do not fit"):
        add_encoder(source)
    (source / "config.json").write_text(json.dumps({**config, "model_type": "bert"}))
    with pytest.raises(HumpcatError, match="'bert'"):
        add_encoder(source)
    (source / "config.json").write_text(json.dumps(config))
    (source / "model.safetensors").unlink()
    with pytest.raises(HumpcatError, match="holds no weights"):
        add_encoder(source)
    (source / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(HumpcatError, match="spread over several files"):
        add_encoder(source)
    assert added() == []


def test_a_taken_name_a_wrong_name_and_the_same_weights_are_refused(source: Path) -> None:
    add_encoder(source, "mine")
    with pytest.raises(HumpcatError, match="named mine is present") as told:
        add_encoder(source, "mine")
    assert "--name" in told.value.hint
    with pytest.raises(HumpcatError, match="cannot name"):
        add_encoder(source, "../mine")
    with pytest.raises(HumpcatError, match="same weights are present already as mine"):
        add_encoder(source, "other")
    assert added() == ["mine"]


def test_a_folder_of_the_hubs_cache_is_named_after_its_repository(source: Path, tmp_path: Path) -> None:
    snapshots = tmp_path / "models--facebook--hubert-tiny" / "snapshots"
    snapshots.mkdir(parents=True)
    assert add_encoder(Path(shutil.move(source, snapshots / "dba3bb02fda4248b"))).name == "hubert-tiny"


def test_an_encoder_spoilt_later_is_left_out(source: Path, caplog: pytest.LogCaptureFixture) -> None:
    record = add_encoder(source)
    with (record.folder / "model.safetensors").open("ab") as stream:
        stream.truncate(1000)
    assert added() == []
    assert "missing or cut off" in caplog.text
    (record.folder / "encoder.json").write_text("{}")
    with pytest.raises(HumpcatError, match="format None"):
        read_record(record.folder)


def test_what_is_not_present_names_what_to_do() -> None:
    with pytest.raises(HumpcatError, match="not present") as told:
        find_encoder("hubert-large")
    assert "humpcat encoder fetch hubert-large" in told.value.hint
    with pytest.raises(HumpcatError) as told:
        find_encoder("unheard-of")
    assert "humpcat encoder add FOLDER" in told.value.hint


def test_asking_what_is_present_loads_no_torch() -> None:
    code = (
        "import sys; from core_model.encoders import registry; registry.list_encoders(); print(*sys.modules)"
    )
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "transformers", "huggingface_hub"} & set(modules)


def test_the_encoder_that_ships_has_the_blocks_of_the_one_that_it_was_cut_from() -> None:
    assert find_encoder("whisper-base-cut").usual_layers() == (1, 3)


def test_a_config_survives_json_and_refuses_what_is_not_one() -> None:
    config = EncoderConfig(name="hubert-base", family="hubert", width=768, hash=HASH)
    assert config.layers == (1, 9)
    facts = json.loads(json.dumps(config.to_dict()))
    assert EncoderConfig.from_dict(facts) == config
    layers: list[object] = [[9, 1], [0, 1], [], ["1"], 1]
    wrong: list[dict[str, object]] = [{"layers": value} for value in layers]
    wrong += [{"width": 0}, {"width": "768"}, {"width": True}, {"hash": "abc"}, {"name": ""}, {"more": 1}]
    wrong += [{"family": "bert"}]
    for change in wrong:
        with pytest.raises(HumpcatError, match="not valid"):
            EncoderConfig.from_dict({**facts, **change})
    with pytest.raises(HumpcatError, match=re.escape("missing or unknown: hash")):
        EncoderConfig.from_dict({key: value for key, value in facts.items() if key != "hash"})
