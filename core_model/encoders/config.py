"""Which encoder a network listens through, and which of its transformer blocks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import HumpcatError

FAMILIES = ("hubert", "wav2vec2", "wavlm", "whisper")
HUBERT_LAYERS = (1, 9)  # paper, section III: the blocks with most emotion in HuBERT base

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """An encoder as a bundle refers to it.

    Args:
        name: the name under which it is present, e.g. "hubert-base".
        family: one of FAMILIES; it decides the input (waveform, or Whisper's log-mel) and the frame times.
        layers: transformer blocks whose outputs are used, counted from 1, ascending.
        width: values in one output frame.
        hash: `weights_hash` of the weights, 64 hexadecimal digits; the same everywhere, unlike the name.

    Raises:
        HumpcatError: a value is out of range.
    """

    name: str
    family: str
    width: int
    hash: str
    layers: tuple[int, ...] = HUBERT_LAYERS

    def __post_init__(self) -> None:
        if not self.name:
            raise _wrong("it has no name")
        if self.family not in FAMILIES:
            raise _wrong(f"its family {self.family!r} is none of {', '.join(FAMILIES)}")
        if not self.layers or self.layers[0] < 1 or list(self.layers) != sorted(set(self.layers)):
            raise _wrong(f"its layers {list(self.layers)} are not ascending numbers from 1")
        if self.width < 1:
            raise _wrong(f"its width is {self.width}")
        if not _HASH.fullmatch(self.hash):
            raise _wrong("its hash is not 64 hexadecimal digits")

    def to_dict(self) -> dict[str, Any]:
        """Facts that JSON can hold."""
        return {
            "name": self.name,
            "family": self.family,
            "layers": list(self.layers),
            "width": self.width,
            "hash": self.hash,
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "EncoderConfig":
        """The inverse of `to_dict`.

        Raises:
            HumpcatError: a key is missing or unknown, or a value is of the wrong kind or out of range.
        """
        expected = {"name": str, "family": str, "layers": list, "width": int, "hash": str}
        if set(facts) != set(expected):
            odd = ", ".join(sorted(set(facts) ^ set(expected)))
            raise _wrong(f"these keys are missing or unknown: {odd}")
        for key, kind in expected.items():
            if type(facts[key]) is not kind:
                raise _wrong(f"{key} is {facts[key]!r}")
        if any(type(layer) is not int for layer in facts["layers"]):
            raise _wrong(f"its layers are {facts['layers']!r}")
        return cls(**{**facts, "layers": tuple(facts["layers"])})


def _wrong(reason: str) -> HumpcatError:
    return HumpcatError(
        f"The description of an encoder is not valid: {reason}.", "Get the file anew from its maker."
    )
