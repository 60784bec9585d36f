"""HuMP-CAT (Zhao et al.): HuBERT, MFCC and prosody fused by two cross-attention transformers, AM-Softmax on top."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..features import mfcc
from ..features.prosody import PROSODY_GROUPS, PROSODY_NAMES
from .config import HUBERT, MFCC, PROSODY, NetworkConfig
from .layers import (
    CAT,
    AMSoftmax,
    ConvBlock,
    Interaction,
    LayerFusion,
    MfccEmbedding,
    ProsodyEmbedding,
    Shortcut,
    pool,
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Standardised features of B windows; a branch that the network lacks may be None.

    Attributes:
        encoder: (B, L, T, C) outputs of the chosen encoder blocks.
        mfcc: (B, T_m, 39).
        prosody: (B, 103).
    """

    encoder: Tensor | None = None
    mfcc: Tensor | None = None
    prosody: Tensor | None = None

    def to(self, device: str | torch.device) -> "Inputs":
        """The same on another device."""
        moved = (
            None if each is None else each.to(device) for each in (self.encoder, self.mfcc, self.prosody)
        )
        return Inputs(*moved)


@dataclass(frozen=True, slots=True)
class AttentionMap:
    """One attention layer's weights (B, H, queries, keys): which branch looked at which, at which stage."""

    stage: str  # "stage 1", "stage 2", "final"
    query: str
    key: str
    weights: Tensor


@dataclass(frozen=True, slots=True)
class Output:
    """Cosines with the labels' directions (B, labels), the pooled embedding (B, 2 d), the attention maps in order, the
    encoder blocks' fusion weights (B, L, T) where there is an encoder, and the shortcut's logits (B, labels) if any."""

    cosines: Tensor
    embedding: Tensor
    maps: tuple[AttentionMap, ...]
    layer_weights: Tensor | None
    shortcut: Tensor | None = None


class HumpCat(nn.Module):
    """The network. Stage 1 fuses prosody with MFCC, stage 2 HuBERT with both; a branch left out leaves its stage out.

    With one branch alone, its tokens interact with themselves.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        width, has = config.width, config.features
        self.dropout = nn.Dropout(config.dropout)
        if HUBERT in has:
            self.fuse_layers = LayerFusion(config.encoder_width, config.fusion_width)
            self.conv_block = ConvBlock(
                config.encoder_width,
                config.conv_channels,
                config.conv_kernel,
                config.conv_stride,
                width,
                config.map_dropout,
            )
        if MFCC in has:
            # The conv block's stride over time, so that both sequences share one time grid.
            self.embed_mfcc = MfccEmbedding(mfcc.SIZE, width, config.conv_stride[0])
        if PROSODY in has:
            one = (tuple(range(len(PROSODY_NAMES))),)
            groups = tuple(group.indices for group in PROSODY_GROUPS)
            self.embed_prosody = ProsodyEmbedding(one if config.prosody_tokens == "single" else groups, width)
        if MFCC in has and PROSODY in has:
            self.stage_1 = self._cat()
        if HUBERT in has and len(has) > 1:
            self.stage_2 = self._cat()
        self.interact = Interaction(width, config.heads, config.dropout)
        self.classify = AMSoftmax(2 * width, config.labels, config.margin, config.scale)
        if config.shortcut:
            self.shortcut = Shortcut(config.encoder_layers, config.encoder_width, config.labels)

    def _cat(self) -> CAT:
        config = self.config
        return CAT(config.width, config.heads, config.feed_forward, config.dropout)

    def forward(self, inputs: Inputs) -> Output:
        """Run B windows; every attention map comes back with the result."""
        maps: list[AttentionMap] = []
        hubert, layer_weights = self._hubert(inputs.encoder)
        pair = self._acoustic(inputs, maps)  # R(p), R(m) after stage 1, or the one of them that is there
        if hubert is not None and pair:
            a, b, a_to_b, b_to_a = self.stage_2(hubert, torch.cat([tokens for _, tokens in pair], dim=1))
            name = "+".join(name for name, _ in pair)
            maps += [
                AttentionMap("stage 2", HUBERT, name, a_to_b),
                AttentionMap("stage 2", name, HUBERT, b_to_a),
            ]
            pair = [(HUBERT, a), (name, b)]
        elif hubert is not None:
            pair = [(HUBERT, hubert)]
        (name_a, a), (name_b, b) = pair[0], pair[-1]
        a, b, a_to_b, b_to_a = self.interact(a, b)
        maps += [AttentionMap("final", name_a, name_b, a_to_b), AttentionMap("final", name_b, name_a, b_to_a)]
        embedding = pool(torch.cat([a, b], dim=1))  # (B, 2 d)
        cosines = self.classify(self.dropout(embedding))
        shortcut = self.shortcut(_present(inputs.encoder, HUBERT)) if self.config.shortcut else None
        return Output(cosines, embedding, tuple(maps), layer_weights, shortcut)

    def logits(self, output: Output) -> Tensor:
        """Logits (B, labels) to predict by: the scaled cosines without a margin, and the shortcut's by its share.

        The loss has logits of its own (`AMSoftmax.logits`): the shortcut is not trained by it.
        """
        own = self.classify.logits(output.cosines)
        if output.shortcut is None:
            return own
        return torch.lerp(own.log_softmax(dim=-1), output.shortcut.log_softmax(dim=-1), self.config.shortcut)

    def _hubert(self, layers: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
        if HUBERT not in self.config.features:
            return None, None
        fused, weights = self.fuse_layers(_present(layers, HUBERT))
        return self.dropout(self.conv_block(fused)), weights  # (B, T', d)

    def _acoustic(self, inputs: Inputs, maps: list[AttentionMap]) -> list[tuple[str, Tensor]]:
        pair: list[tuple[str, Tensor]] = []
        if PROSODY in self.config.features:
            pair.append(
                (PROSODY, self.dropout(self.embed_prosody(_present(inputs.prosody, PROSODY))))
            )  # (B, N, d)
        if MFCC in self.config.features:
            pair.append(
                (MFCC, self.dropout(self.embed_mfcc(_present(inputs.mfcc, MFCC))))
            )  # (B, T_m // 4, d)
        if len(pair) < 2:
            return pair
        (_, prosody), (_, frames) = pair
        prosody, frames, p_to_m, m_to_p = self.stage_1(prosody, frames)
        maps += [
            AttentionMap("stage 1", PROSODY, MFCC, p_to_m),
            AttentionMap("stage 1", MFCC, PROSODY, m_to_p),
        ]
        return [(PROSODY, prosody), (MFCC, frames)]


def _present(tensor: Tensor | None, branch: str) -> Tensor:
    if tensor is None:
        raise ValueError(f"the network needs {branch} features")
    return tensor
