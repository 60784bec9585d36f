"""Running a speech encoder: windows in, the outputs of chosen transformer blocks out.

Blocks above the highest one used are not even built (METHOD.md, "SSL encoder").
"""

import threading
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError
from torch import Tensor, nn

from ..errors import HumpcatError
from ..files import read_json
from ..windows import WINDOW_SECONDS

_MODELS: dict[str, Any] = {
    "hubert": transformers.HubertModel,
    "wav2vec2": transformers.Wav2Vec2Model,
    "wavlm": transformers.WavLMModel,
    "whisper": transformers.models.whisper.modeling_whisper.WhisperEncoder,
}
FAMILIES = tuple(_MODELS)

# A whole Whisper, as the hub has it, keeps its encoder under a prefix that transformers' WhisperEncoder ignores.
_KEYS = {"whisper": {r"^(model\.)?encoder\.": ""}}


class Encoder(nn.Module):
    """A frozen speech encoder cut above the last block used.

    Args:
        folder: `config.json` and safetensors weights, as transformers' `save_pretrained` writes them.
        layers: the blocks whose outputs are wanted, counted from 1 (HuBERT in the paper: 1 and 9).

    Raises:
        HumpcatError: the folder holds no encoder of a known family, lacks weights, or has fewer blocks.
    """

    def __init__(self, folder: Path, layers: tuple[int, ...]) -> None:
        super().__init__()
        config = _config(folder)
        self.family: str = config.model_type
        self.layers = layers
        self.width: int = config.hidden_size
        count_name = "encoder_layers" if self.family == "whisper" else "num_hidden_layers"
        if max(layers) > getattr(config, count_name) or min(layers) < 1:
            raise HumpcatError(
                f"The encoder in {folder.name} has blocks 1 to {getattr(config, count_name)}; "
                f"{', '.join(map(str, layers))} were asked for.",
                "Choose other layers.",
            )
        setattr(config, count_name, max(layers))
        self.model = _load(folder, config)
        self.preprocess = _WhisperInput(config) if self.family == "whisper" else _WaveInput(folder)
        if self.family == "whisper":
            self._cut_positions()
        self._outputs: dict[tuple[int, int], Tensor] = {}  # by thread: several may run the encoder at once
        blocks = self.model.layers if self.family == "whisper" else self.model.encoder.layers
        for layer in layers:
            blocks[layer - 1].register_forward_hook(self._keep(layer))
        self.requires_grad_(False).eval()

    @torch.inference_mode()
    def forward(self, windows: Tensor) -> Tensor:
        """Map windows (B, 112000) float32 to block outputs (B, L, T, C), in the encoder's own precision.

        Block `i`'s output is transformers' `hidden_states[i]`; but of the highest block of all transformers shows what
        a final layer norm made of it (Whisper and the large, pre-norm models). Decision: never that norm, so that an
        encoder whose upper blocks were cut off says the same as the whole one. T is 349 (HuBERT and its kin) or 350
        (Whisper).
        """
        reference = next(self.model.parameters())
        inputs = self.preprocess(windows.to(reference.device)).to(reference.dtype)
        self.model(inputs)
        thread = threading.get_ident()
        return torch.stack([self._outputs.pop((thread, layer)) for layer in self.layers], dim=1)

    def _keep(self, layer: int) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            kept = output[0] if isinstance(output, tuple) else output
            self._outputs[threading.get_ident(), layer] = kept

        return hook

    def _cut_positions(self) -> None:
        # Whisper insists on 30 s; its sinusoidal positions are a table from the start, so 7 s take its first rows.
        positions = WINDOW_SECONDS * 50
        table = self.model.embed_positions.weight.data[:positions].clone()
        self.model.embed_positions = nn.Embedding.from_pretrained(table)
        self.model.config.max_source_positions = positions
        self.model.max_source_positions = positions


class _WaveInput(nn.Module):
    """HuBERT, wav2vec 2.0 and WavLM take the waveform, standardised where their preprocessor says so."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        file = folder / "preprocessor_config.json"
        # hubert-base-ls960 was trained on standardised clips and its preprocessor says so; without one, the same.
        self.standardise = bool(read_json(file).get("do_normalize", True)) if file.is_file() else True

    def forward(self, windows: Tensor) -> Tensor:
        if not self.standardise:
            return windows
        mean = windows.mean(dim=1, keepdim=True)
        variance = windows.var(dim=1, keepdim=True, unbiased=False)
        return (windows - mean) / torch.sqrt(variance + 1e-7)


class _WhisperInput(nn.Module):
    """Whisper takes its own log-mel spectrogram: 25 ms frames, 10 ms shift, floor 8 decades below the peak."""

    filters: Tensor
    window: Tensor

    def __init__(self, config: Any) -> None:
        super().__init__()
        extractor = transformers.WhisperFeatureExtractor(
            feature_size=config.num_mel_bins, chunk_length=WINDOW_SECONDS
        )
        self.n_fft: int = extractor.n_fft
        self.hop: int = extractor.hop_length
        filters = torch.as_tensor(extractor.mel_filters, dtype=torch.float32)  # (201, bands)
        self.register_buffer("filters", filters.T.contiguous(), persistent=False)
        self.register_buffer("window", torch.hann_window(self.n_fft), persistent=False)

    def _apply(self, fn: Any, recurse: bool = True) -> "_WhisperInput":
        # The spectrogram stays float32 whatever the encoder's precision; only the device may change.
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self.filters, self.window = self.filters.float(), self.window.float()
        return self

    def forward(self, windows: Tensor) -> Tensor:
        spectrum = torch.stft(windows.float(), self.n_fft, self.hop, window=self.window, return_complex=True)
        mel = self.filters @ spectrum[..., :-1].abs().square()  # (B, bands, 700)
        log = mel.clamp(min=1e-10).log10()
        log = torch.maximum(log, log.amax(dim=(1, 2), keepdim=True) - 8.0)
        return (log + 4.0) / 4.0


def _config(folder: Path) -> Any:
    try:
        config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise HumpcatError(
            f"{folder} holds no encoder: its config.json is missing or unknown.", "Add it again."
        ) from error
    if config.model_type not in _MODELS:
        raise HumpcatError(
            f"{folder.name} is a {config.model_type!r} model.", f"Encoders can be: {', '.join(_MODELS)}."
        )
    return config


def _load(folder: Path, config: Any) -> Any:
    level = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()  # it lists every block left out as an unexpected key
    transformers.logging.disable_progress_bar()
    try:
        model, info = _MODELS[config.model_type].from_pretrained(
            folder,
            config=config,
            local_files_only=True,
            use_safetensors=True,
            dtype=torch.float32,
            key_mapping=_KEYS.get(config.model_type),
            output_loading_info=True,
        )
    except (OSError, RuntimeError, SafetensorError, ValueError) as error:
        raise HumpcatError(f"The weights in {folder} cannot be loaded.", "Add the encoder again.") from error
    finally:
        transformers.logging.set_verbosity(level)
    missing = [key for key in info["missing_keys"] if "masked_spec_embed" not in key]
    if missing or info["mismatched_keys"]:
        raise HumpcatError(
            f"The weights in {folder} do not fit their config.json ({len(missing)} tensors missing, "
            f"{len(info['mismatched_keys'])} of another shape).",
            "Add the encoder again.",
        )
    return model
