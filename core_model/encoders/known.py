"""Encoders that have a short name here, and where they come from."""

from dataclasses import dataclass

from .config import HUBERT_LAYERS

_WAVLM_LICENCE = "CC BY-SA 3.0 (microsoft/UniSpeech; the hub's page names none)"


@dataclass(frozen=True, slots=True)
class KnownEncoder:
    """An encoder that can be fetched by its short name.

    Args:
        name: short name.
        source: id on the Hugging Face hub.
        licence: as its makers state it.
        megabytes: size of the download, roughly.
        layers: blocks used when none are asked for.
    """

    name: str
    source: str
    licence: str
    megabytes: int
    layers: tuple[int, ...]


# Decision on `layers`: the paper gives (1, 9) for HuBERT base. The first block and the one three quarters up
# are its analogue in deeper or shallower encoders: defaults to start from, not findings. In Whisper base,
# 1 and 3 did well in a first trial.
KNOWN_ENCODERS = {
    encoder.name: encoder
    for encoder in (
        KnownEncoder("hubert-base", "facebook/hubert-base-ls960", "Apache-2.0", 378, HUBERT_LAYERS),
        KnownEncoder("hubert-large", "facebook/hubert-large-ll60k", "Apache-2.0", 1262, (1, 18)),
        KnownEncoder("wav2vec2-base", "facebook/wav2vec2-base", "Apache-2.0", 380, (1, 9)),
        KnownEncoder("wav2vec2-large", "facebook/wav2vec2-large", "Apache-2.0", 1270, (1, 18)),
        KnownEncoder("wavlm-base", "microsoft/wavlm-base", _WAVLM_LICENCE, 378, (1, 9)),
        KnownEncoder("wavlm-base-plus", "microsoft/wavlm-base-plus", _WAVLM_LICENCE, 378, (1, 9)),
        KnownEncoder("wavlm-large", "microsoft/wavlm-large", _WAVLM_LICENCE, 1262, (1, 18)),
        KnownEncoder("whisper-tiny", "openai/whisper-tiny", "Apache-2.0", 151, (1, 3)),
        KnownEncoder("whisper-base", "openai/whisper-base", "Apache-2.0", 290, (1, 3)),
        KnownEncoder("whisper-small", "openai/whisper-small", "Apache-2.0", 967, (1, 9)),
        KnownEncoder("whisper-medium", "openai/whisper-medium", "Apache-2.0", 3056, (1, 18)),
    )
}
