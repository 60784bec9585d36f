"""Speech encoders give what transformers gives, and compute nothing above the highest block used."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import Tensor

from core_model.audio import read_waveform
from core_model.encoders.encoder import Encoder
from core_model.errors import HumpcatError
from core_model.windows import WINDOW, repeat_to_window

CONV = {"conv_dim": (32,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}
SIZES = {"hidden_size": 32, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 64}
DEEP = {"do_stable_layer_norm": True, "feat_extract_norm": "layer", "conv_bias": True}  # the large models
MODELS: dict[str, Any] = {
    "hubert": lambda: transformers.HubertModel(transformers.HubertConfig(**SIZES, **CONV)),
    "hubert large": lambda: transformers.HubertModel(transformers.HubertConfig(**SIZES, **CONV, **DEEP)),
    "wav2vec2": lambda: transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(**SIZES, **CONV)),
    "wavlm": lambda: transformers.WavLMModel(transformers.WavLMConfig(**SIZES, **CONV)),
}


def noise(windows: int = 2) -> Tensor:
    return 0.1 * torch.randn(windows, WINDOW, generator=torch.Generator().manual_seed(3)) + 0.02


def whisper(layers: int = 4) -> Any:
    both = {f"{part}_{what}": 2 for part in ("encoder", "decoder") for what in ("attention_heads", "ffn_dim")}
    tokens = {"vocab_size": 10, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    quiet = {"suppress_tokens": None, "begin_suppress_tokens": None, "decoder_start_token_id": 1}
    config = transformers.WhisperConfig(d_model=32, encoder_layers=layers, **both, **tokens, **quiet)
    return transformers.WhisperForConditionalGeneration(config)


def by_transformers(encoder: Any, windows: Tensor) -> tuple[Tensor, ...]:
    """Hidden states of Whisper's encoder for 7 s, with transformers' own features."""
    extractor = transformers.WhisperFeatureExtractor(feature_size=encoder.config.num_mel_bins, chunk_length=7)
    features = extractor(list(windows.numpy()), sampling_rate=16_000, return_tensors="pt").input_features
    assert features.shape[-1] == 700
    config = type(encoder.config)(**{**encoder.config.to_dict(), "max_source_positions": 350})
    short = type(encoder)(config).eval()
    state = encoder.state_dict()
    state["embed_positions.weight"] = state["embed_positions.weight"][:350]
    short.load_state_dict(state)
    with torch.no_grad():
        states: tuple[Tensor, ...] = short(features, output_hidden_states=True).hidden_states
    return states


@pytest.mark.parametrize("normalised", [True, False], ids=["standardised", "as it is"])
@pytest.mark.parametrize("family", MODELS)
def test_waveform_encoders_give_transformers_hidden_states(
    tmp_path: Path, family: str, normalised: bool
) -> None:
    torch.manual_seed(0)
    model = MODELS[family]().eval()
    model.save_pretrained(tmp_path)
    extractor = transformers.Wav2Vec2FeatureExtractor(do_normalize=normalised)
    extractor.save_pretrained(tmp_path)
    windows = noise()
    values = extractor(list(windows.numpy()), sampling_rate=16_000, return_tensors="pt").input_values
    with torch.no_grad():
        expected = model(values, output_hidden_states=True).hidden_states
    got = Encoder(tmp_path, (1, 3))(windows)
    assert got.shape == (2, 2, 349, 32)
    for index, layer in enumerate((1, 3)):
        torch.testing.assert_close(got[:, index], expected[layer], atol=2e-4, rtol=1e-3)


def test_whisper_gives_transformers_hidden_states_over_seven_seconds(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = whisper().eval()
    model.save_pretrained(tmp_path)
    expected = by_transformers(model.model.encoder, noise())
    got = Encoder(tmp_path, (1, 3))(noise())
    assert got.shape == (2, 2, 350, 32)
    for index, layer in enumerate((1, 3)):
        torch.testing.assert_close(got[:, index], expected[layer], atol=2e-4, rtol=1e-3)


def test_the_real_whisper_base_gives_transformers_hidden_states_on_real_speech(
    encoders_shared: Path, corpora: Path, tmp_path: Path
) -> None:
    source = encoders_shared / "whisper-base"
    shutil.copy(source / "config.json", tmp_path)
    shutil.copy(source / "encoder.fp16.safetensors", tmp_path / "model.safetensors")
    speech = read_waveform(sorted((corpora / "emodb/wav").iterdir())[0]).samples
    windows = torch.from_numpy(repeat_to_window(speech)).unsqueeze(0)
    config = transformers.WhisperConfig.from_pretrained(tmp_path)
    encoder = transformers.models.whisper.modeling_whisper.WhisperEncoder(config)
    state = {
        name.removeprefix("model.").removeprefix("encoder."): tensor.float()
        for name, tensor in load_file(tmp_path / "model.safetensors").items()
    }
    encoder.load_state_dict(state)
    expected = by_transformers(encoder, windows)
    got = Encoder(tmp_path, (1, 3))(windows)
    for index, layer in enumerate((1, 3)):
        cosine = torch.nn.functional.cosine_similarity(
            got[:, index].flatten(), expected[layer].flatten(), dim=0
        )
        assert cosine > 0.99999
        torch.testing.assert_close(got[:, index], expected[layer], atol=5e-3, rtol=5e-3)


@pytest.mark.parametrize("family", [*MODELS, "whisper"])
def test_blocks_above_the_highest_one_used_are_not_built(tmp_path: Path, family: str) -> None:
    model = whisper() if family == "whisper" else MODELS[family]()
    model.save_pretrained(tmp_path)
    sizes = [
        sum(each.numel() for each in Encoder(tmp_path, layers).parameters()) for layers in ((1, 2), (1, 3))
    ]
    encoder = Encoder(tmp_path, (1, 2))
    blocks = encoder.model.layers if family == "whisper" else encoder.model.encoder.layers
    assert len(blocks) == 2
    assert sizes[1] - sizes[0] == sum(each.numel() for each in blocks[1].parameters())


@pytest.mark.parametrize("family", ["hubert large", "whisper"])
def test_a_cut_encoder_says_the_same_as_the_whole_one(tmp_path: Path, family: str) -> None:
    torch.manual_seed(0)
    model = whisper() if family == "whisper" else MODELS[family]()
    model.save_pretrained(tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", tmp_path / "cut")
    config = json.loads((tmp_path / "cut/config.json").read_text())
    config["encoder_layers" if family == "whisper" else "num_hidden_layers"] = 3
    (tmp_path / "cut/config.json").write_text(json.dumps(config))
    windows = noise(1)
    torch.testing.assert_close(
        Encoder(tmp_path / "cut", (1, 3))(windows), Encoder(tmp_path / "whole", (1, 3))(windows)
    )


def test_an_encoder_is_frozen_and_keeps_nothing_between_calls(tiny_hubert: Path) -> None:
    encoder = Encoder(tiny_hubert, (2,))
    assert not any(each.requires_grad for each in encoder.parameters())
    assert not encoder.training
    first = encoder(noise(1))
    assert not encoder._outputs
    torch.testing.assert_close(encoder(noise(1)), first)


def test_half_precision_hears_whisper_through_a_full_precision_spectrogram(tmp_path: Path) -> None:
    whisper().save_pretrained(tmp_path)
    encoder = Encoder(tmp_path, (1,)).to(torch.bfloat16)
    assert encoder.preprocess.filters.dtype == torch.float32
    assert encoder(noise(1)).dtype == torch.bfloat16


@pytest.mark.parametrize("layers", [(1, 4), (0, 1)])
def test_blocks_that_are_not_there_are_told(tiny_hubert: Path, layers: tuple[int, ...]) -> None:
    with pytest.raises(HumpcatError, match="has blocks 1 to 3"):
        Encoder(tiny_hubert, layers)


def test_a_folder_without_an_encoder_is_told(tmp_path: Path) -> None:
    with pytest.raises(HumpcatError, match="holds no encoder"):
        Encoder(tmp_path, (1,))
    transformers.BertConfig().save_pretrained(tmp_path)
    with pytest.raises(HumpcatError, match="'bert' model"):
        Encoder(tmp_path, (1,))


def test_weights_that_lack_tensors_or_have_others_shapes_are_told(tiny_hubert: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_hubert, tmp_path / "encoder")
    tensors = load_file(folder / "model.safetensors")
    name = "encoder.layers.0.attention.q_proj.weight"
    save_file({key: each for key, each in tensors.items() if key != name}, folder / "model.safetensors")
    with pytest.raises(HumpcatError, match="1 tensors missing"):
        Encoder(folder, (1,))
    save_file({**tensors, name: torch.zeros(3, 3)}, folder / "model.safetensors")
    with pytest.raises(HumpcatError, match=r"do not fit|cannot be loaded"):
        Encoder(folder, (1,))
    (folder / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(HumpcatError, match="cannot be loaded"):
        Encoder(folder, (1,))
    (folder / "model.safetensors").unlink()
    with pytest.raises(HumpcatError, match="cannot be loaded"):
        Encoder(folder, (1,))
