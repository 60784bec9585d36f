"""Every choice that makes one HuMP-CAT network, saved in its bundle, so that another reading of the paper is a
configuration and not a fork."""

from dataclasses import asdict, dataclass
from typing import Any

from ..errors import HumpcatError

HUBERT, MFCC, PROSODY = "hubert", "mfcc", "prosody"
BRANCHES = (HUBERT, MFCC, PROSODY)
PROSODY_TOKENS = ("single", "groups")


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Sizes and variants of the network.

    Attributes:
        labels: number of labels.
        features: the branches present, a non-empty subset of hubert, mfcc, prosody (paper, Table VII).
        encoder_layers: number of encoder blocks fused (paper: 2, blocks 1 and 9).
        encoder_width: channels of a block's output (HuBERT base: 768).
        width: d, the width of every token; pooled mean and variance make 2 d (paper: 64).
        heads: attention heads (decision: 4, so that a head has 8 channels).
        feed_forward: width of the feed-forward layers (decision: 4 d).
        fusion_width: width of the additive attention that scores the encoder blocks (decision: 16).
        conv_channels: channels of the HuBERT conv block (decision: 8).
        conv_kernel, conv_stride: over (time, channel) (paper: 10x18 and 4x3).
        prosody_tokens: one token ("single", the paper) or one for each feature group ("groups").
        map_dropout: on the conv block's maps before their projection (decision: 0.5; that projection holds most of the
            weights, and learns voices by heart).
        dropout: on tokens, attention outputs and the pooled vector (decision).
        margin, scale: AM-Softmax's m and s (decision: m = 0.2 as usual; s = 10 instead of 30, which was made for
            thousands of faces: with four labels it over-fitted sooner on the RAVDESS fold tried).
        shortcut: share of the log-probabilities that a linear shortcut past the network has, from the encoder blocks'
            means over time (decision; 0: none, the paper's network; see `layers.Shortcut`).
    """

    labels: int
    features: tuple[str, ...] = BRANCHES
    encoder_layers: int = 2
    encoder_width: int = 768
    width: int = 32
    heads: int = 4
    feed_forward: int = 128
    fusion_width: int = 16
    conv_channels: int = 8
    conv_kernel: tuple[int, int] = (10, 18)
    conv_stride: tuple[int, int] = (4, 3)
    prosody_tokens: str = "groups"
    map_dropout: float = 0.5
    dropout: float = 0.3
    margin: float = 0.2
    scale: float = 10.0
    shortcut: float = 0.0

    def __post_init__(self) -> None:
        sizes = (
            self.labels,
            self.encoder_layers,
            self.encoder_width,
            self.width,
            self.heads,
            self.feed_forward,
        )
        if min(*sizes, self.fusion_width, self.conv_channels, *self.conv_kernel, *self.conv_stride) < 1:
            raise HumpcatError("A network's sizes are whole numbers from 1 on.")
        if (
            not self.features
            or not set(self.features) <= set(BRANCHES)
            or len(set(self.features)) < len(self.features)
        ):
            raise HumpcatError(
                f"A network's features are a non-empty choice of {', '.join(BRANCHES)}, not {self.features}."
            )
        if self.prosody_tokens not in PROSODY_TOKENS:
            raise HumpcatError(
                f"Prosody tokens are {' or '.join(PROSODY_TOKENS)}, not {self.prosody_tokens!r}."
            )
        if not 0 <= self.shortcut < 1 or (self.shortcut and HUBERT not in self.features):
            raise HumpcatError("A network's shortcut is a share from 0 to below 1, and past an encoder only.")
        if self.width % self.heads:
            raise HumpcatError(f"The width {self.width} must be a multiple of the {self.heads} heads.")

    def to_json(self) -> dict[str, Any]:
        """The configuration as JSON-able values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "NetworkConfig":
        """Rebuild a configuration.

        Raises:
            HumpcatError: a field is unknown or missing.
        """
        try:
            fields: dict[str, Any] = {
                name: tuple(field) if isinstance(field, list) else field for name, field in value.items()
            }
            return cls(**fields)
        except TypeError as error:
            raise HumpcatError(f"The network's configuration does not fit this program ({error}).") from error
