"""The building blocks of HuMP-CAT: layer fusion, the conv block, embeddings, cross-attention, AM-Softmax.

Shapes: B windows, L encoder blocks, T frames (50 a second), C channels, N tokens, d the width, H heads.
"""

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LayerFusion(nn.Module):
    """Attention over encoder blocks, frame by frame (paper, section III-B: "attention-based fusion").

    Decision: a small additive attention scores each block's frame; softmax over the blocks; weighted sum.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(channels, hidden)
        self.score = nn.Linear(hidden, 1, bias=False)

    def forward(self, layers: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, L, T, C) to the fused map (B, T, C) and the weights of the blocks (B, L, T)."""
        scores = self.score(torch.tanh(self.hidden(layers))).squeeze(-1)  # (B, L, T)
        weights = scores.softmax(dim=1)
        return torch.einsum("blt,bltc->btc", weights, layers), weights


class ConvBlock(nn.Module):
    """The HuBERT conv block: kernel 10x18, stride 4x3 over (time, channel), then a projection of each step to d.

    The strided convolution is computed as an unstrided one over its stride's phases (`strided_convolution`): the same
    sums in half the time, forward and backward.
    """

    def __init__(
        self,
        channels: int,
        conv_channels: int,
        kernel: tuple[int, int],
        stride: tuple[int, int],
        width: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.convolve = nn.Conv2d(1, conv_channels, kernel, stride)
        self.dropout = nn.Dropout(dropout)
        left = (channels - kernel[1]) // stride[1] + 1
        self.project = nn.Linear(conv_channels * left, width)

    def forward(self, fused: Tensor) -> Tensor:
        """Map (B, T, C) to (B, T', d), T' = (T - 10) // 4 + 1."""
        maps = F.gelu(strided_convolution(fused, self.convolve))  # (B, K, T', C')
        return cast(Tensor, self.project(self.dropout(maps.transpose(1, 2).flatten(2))))


def strided_convolution(image: Tensor, convolve: nn.Conv2d) -> Tensor:
    """Apply a one-channel strided `convolve` to (B, T, C): (B, K, T', C').

    Sample 4 i + p of the image and tap 4 j + p of the kernel always meet, so the stride's phases p can become input
    channels of a convolution without a stride. Torch's own backward pass through a strided convolution with a single
    input channel takes twice as long (tests/benchmarks/conv_block.py).
    """
    (kt, kc), (st, sc) = convolve.kernel_size, convolve.stride
    frames, channels = (image.shape[1] - kt) // st + 1, (image.shape[2] - kc) // sc + 1
    weight = F.pad(convolve.weight, (0, -kc % sc, 0, -kt % st))
    weight = weight.unflatten(3, (-1, sc)).unflatten(2, (-1, st))  # (K, 1, j, st, i, sc)
    image = F.pad(image, (0, -image.shape[2] % sc, 0, -image.shape[1] % st))
    phases = image.unflatten(2, (-1, sc)).unflatten(1, (-1, st))  # (B, t, st, c, sc)
    phases = phases.permute(0, 2, 4, 1, 3).flatten(1, 2)  # (B, st * sc, t, c)
    weight = weight.permute(0, 1, 3, 5, 2, 4).flatten(1, 3)  # (K, st * sc, j, i)
    return F.conv2d(phases, weight, convolve.bias)[..., :frames, :channels]


class MfccEmbedding(nn.Module):
    """Averages blocks of frames, then a Bi-LSTM (paper, section III-D2): (B, T, 39) to (B, T // block, d)."""

    def __init__(self, size: int, width: int, block: int) -> None:
        super().__init__()
        self.block = block
        self.lstm = nn.LSTM(size, width // 2, batch_first=True, bidirectional=True)

    def forward(self, frames: Tensor) -> Tensor:
        """Average, then embed."""
        averaged = F.avg_pool1d(frames.transpose(1, 2), self.block).transpose(1, 2)
        return cast(Tensor, self.lstm(averaged)[0])


class ProsodyEmbedding(nn.Module):
    """Two fully connected non-linear layers for each group of values (paper, section III-D1; one group: the paper).

    Each group gives one token; the layers are alike in shape and differ in weights.
    """

    def __init__(self, groups: tuple[tuple[int, ...], ...], width: int) -> None:
        super().__init__()
        self.groups = groups
        self.embed = nn.ModuleList(
            nn.Sequential(nn.Linear(len(group), width), nn.GELU(), nn.Linear(width, width), nn.GELU())
            for group in groups
        )

    def forward(self, values: Tensor) -> Tensor:
        """Map (B, 103) to (B, N, d)."""
        return torch.stack(
            [embed(values[:, group]) for group, embed in zip(self.groups, self.embed, strict=True)], 1
        )


class Attention(nn.Module):
    """Multi-head attention that hands back its weights."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def forward(self, queries: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        """Let `queries` (B, N, d) attend to `keys` (B, M, d): output (B, N, d), weights (B, H, N, M)."""
        q, k, v = (
            project(tokens).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, N or M, d / H)
            for project, tokens in ((self.query, queries), (self.key, keys), (self.value, keys))
        )
        weights = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(dim=-1)
        return self.output((weights @ v).transpose(1, 2).flatten(2)), weights


class CrossTransformer(nn.Module):
    """One direction of a CAT: pre-norm cross-attention and feed-forward, each with a residual (He et al. 2023)."""

    def __init__(self, width: int, heads: int, feed_forward: int, dropout: float) -> None:
        super().__init__()
        self.norm_queries, self.norm_keys, self.norm_forward = (nn.LayerNorm(width) for _ in range(3))
        self.attention = Attention(width, heads)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, feed_forward), nn.GELU(), nn.Dropout(dropout), nn.Linear(feed_forward, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
        """Queries (B, N, d) look at keys (B, M, d): (B, N, d) and the weights (B, H, N, M)."""
        attended, weights = self.attention(self.norm_queries(queries), self.norm_keys(keys))
        tokens = queries + self.dropout(attended)
        return tokens + self.dropout(self.feed_forward(self.norm_forward(tokens))), weights


class CAT(nn.Module):
    """Cross-attention transformer: A looks at B, and in another transformer B looks at A (paper, equation 4)."""

    def __init__(self, width: int, heads: int, feed_forward: int, dropout: float) -> None:
        super().__init__()
        self.a_to_b = CrossTransformer(width, heads, feed_forward, dropout)
        self.b_to_a = CrossTransformer(width, heads, feed_forward, dropout)

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return A's new tokens, B's new tokens, the weights A->B (B, H, N_A, N_B) and B->A (B, H, N_B, N_A)."""
        new_a, a_to_b = self.a_to_b(a, b)
        new_b, b_to_a = self.b_to_a(b, a)
        return new_a, new_b, a_to_b, b_to_a


def pool(tokens: Tensor) -> Tensor:
    """Mean and variance over tokens (paper, section III-D2): (B, N, d) to (B, 2 d)."""
    return torch.cat([tokens.mean(dim=1), tokens.var(dim=1, unbiased=False)], dim=1)


class AMSoftmax(nn.Module):
    """Cosines between the embedding and one direction for each label, and the loss that wants a margin between them.

    Wang et al. 2018, "Additive Margin Softmax for Face Verification": logits s (cos - m) for the right label,
    s cos for the others.
    """

    def __init__(self, size: int, labels: int, margin: float, scale: float) -> None:
        super().__init__()
        self.margin, self.scale = margin, scale
        self.weight = nn.Parameter(torch.empty(labels, size))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, embedding: Tensor) -> Tensor:
        """Cosine of each embedding (B, E) with each label's direction: (B, labels) in [-1, 1]."""
        return F.linear(F.normalize(embedding, dim=-1), F.normalize(self.weight, dim=-1))

    def logits(self, cosines: Tensor, targets: Tensor | None = None) -> Tensor:
        """Scaled logits; with targets (B,) the right label's cosine is lowered by the margin first."""
        if targets is not None:
            cosines = cosines - self.margin * F.one_hot(targets, cosines.shape[-1]).to(cosines.dtype)
        return self.scale * cosines


class Shortcut(nn.Module):
    """Linear logits of the encoder blocks' means over time, past the network.

    Decision, and no part of the paper: with few utterances to tune on, a linear map that is drawn to its source's
    weights loses less than a network does, and from nothing the two err apart. No attention map tells of it. Its
    weights are buffers: it is no part of the gradient's training, but fitted to its optimum by itself.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, layers: int, channels: int, labels: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(labels, layers * channels))
        self.register_buffer("bias", torch.zeros(labels))

    def forward(self, layers: Tensor) -> Tensor:
        """Map standardised outputs (B, L, T, C) to logits (B, labels)."""
        return F.linear(layers.mean(dim=2).flatten(1), self.weight, self.bias)


class Interaction(nn.Module):
    """The two last attention layers (paper, section III-D2: the two outputs "are interacted through two attention
    layers"). Decision: each output looks at the other through one pre-norm attention layer with a residual."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm_a, self.norm_b = nn.LayerNorm(width), nn.LayerNorm(width)
        self.a_to_b, self.b_to_a = Attention(width, heads), Attention(width, heads)
        self.dropout = nn.Dropout(dropout)

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return as `CAT`: A's and B's new tokens, the weights A->B and B->A."""
        norm_a, norm_b = self.norm_a(a), self.norm_b(b)
        from_b, a_to_b = self.a_to_b(norm_a, norm_b)
        from_a, b_to_a = self.b_to_a(norm_b, norm_a)
        return a + self.dropout(from_b), b + self.dropout(from_a), a_to_b, b_to_a
