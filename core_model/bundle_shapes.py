"""What tensors a bundle's weights must hold, without torch: a file from elsewhere is judged before it is let in."""

from collections.abc import Iterator

from .bundle import BundleRecord
from .features import mfcc
from .features.prosody import PROSODY_GROUPS, PROSODY_NAMES
from .network.config import HUBERT, MFCC, PROSODY, NetworkConfig

NETWORK, STATISTICS = "network.", "statistics."  # what the tensors' names begin with

Shape = tuple[int, ...]
Shapes = Iterator[tuple[str, Shape]]

_DIRECTIONS = ("a_to_b", "b_to_a")


def bundle_shapes(record: BundleRecord) -> dict[str, Shape]:
    """The shape of every tensor in the weights of a bundle, by name.

    Raises:
        ValueError: the convolution's sizes are not two each.
    """
    network = {NETWORK + name: shape for name, shape in _network(record.network)}
    return network | {STATISTICS + name: shape for name, shape in statistics_shapes(record).items()}


def statistics_shapes(record: BundleRecord) -> dict[str, Shape]:
    """The shapes of a bundle's prior statistics; of the encoder none where there is none."""
    network = record.network
    shapes: dict[str, Shape] = {
        "encoder": (network.encoder_layers, network.encoder_width) if record.encoder else (0, 0),
        "mfcc": (mfcc.SIZE,),
        "prosody": (len(PROSODY_NAMES),),
    }
    return {f"{branch}_{moment}": shape for branch, shape in shapes.items() for moment in ("mean", "std")}


def _network(config: NetworkConfig) -> Shapes:
    """As `network.HumpCat` names them; a test compares the two for every choice of branches."""
    has, width = config.features, config.width
    if HUBERT in has:
        yield from _linear("fuse_layers.hidden", config.encoder_width, config.fusion_width)
        yield "fuse_layers.score.weight", (1, config.fusion_width)
        yield from _conv_block(config)
    if MFCC in has:
        yield from _lstm("embed_mfcc.lstm", mfcc.SIZE, width // 2)
    if PROSODY in has:
        one = (len(PROSODY_NAMES),)
        groups = tuple(len(group.indices) for group in PROSODY_GROUPS)
        for number, size in enumerate(one if config.prosody_tokens == "single" else groups):
            yield from _linear(f"embed_prosody.embed.{number}.0", size, width)
            yield from _linear(f"embed_prosody.embed.{number}.2", width, width)
    if MFCC in has and PROSODY in has:
        yield from _cat("stage_1", config)
    if HUBERT in has and len(has) > 1:
        yield from _cat("stage_2", config)
    for part in ("norm_a", "norm_b"):
        yield from _norm(f"interact.{part}", width)
    for direction in _DIRECTIONS:
        yield from _attention(f"interact.{direction}", width)
    yield "classify.weight", (config.labels, 2 * width)
    if config.shortcut:
        yield from _linear("shortcut", config.encoder_layers * config.encoder_width, config.labels)


def _conv_block(config: NetworkConfig) -> Shapes:
    (kernel_time, kernel_channels), (_, stride) = config.conv_kernel, config.conv_stride
    left = (config.encoder_width - kernel_channels) // stride + 1
    yield "conv_block.convolve.weight", (config.conv_channels, 1, kernel_time, kernel_channels)
    yield "conv_block.convolve.bias", (config.conv_channels,)
    yield from _linear("conv_block.project", config.conv_channels * left, config.width)


def _cat(stage: str, config: NetworkConfig) -> Shapes:
    for name in (f"{stage}.{direction}" for direction in _DIRECTIONS):
        for part in ("norm_queries", "norm_keys", "norm_forward"):
            yield from _norm(f"{name}.{part}", config.width)
        yield from _attention(f"{name}.attention", config.width)
        yield from _linear(f"{name}.feed_forward.0", config.width, config.feed_forward)
        yield from _linear(f"{name}.feed_forward.3", config.feed_forward, config.width)


def _attention(name: str, width: int) -> Shapes:
    for part in ("query", "key", "value", "output"):
        yield from _linear(f"{name}.{part}", width, width)


def _lstm(name: str, size: int, hidden: int) -> Shapes:
    for direction in ("l0", "l0_reverse"):
        yield f"{name}.weight_ih_{direction}", (4 * hidden, size)
        yield f"{name}.weight_hh_{direction}", (4 * hidden, hidden)
        for part in ("ih", "hh"):
            yield f"{name}.bias_{part}_{direction}", (4 * hidden,)


def _norm(name: str, width: int) -> Shapes:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def _linear(name: str, size: int, width: int) -> Shapes:
    yield f"{name}.weight", (width, size)
    yield f"{name}.bias", (width,)
