"""Where in a recording somebody speaks: Silero VAD's network (MIT) through ONNX Runtime, without torch."""

import functools
import importlib.util
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from .audio import SAMPLE_RATE, Samples, read_info, waveform_blocks
from .errors import HumpcatError
from .facts import Segment

FRAME = 512  # samples that one probability stands for: 32 ms
_CONTEXT = 64  # samples of the frame before that the network also hears
_BLOCK_FRAMES = 512


@dataclass(frozen=True, slots=True)
class SpeechConfig:
    """What counts as a segment of speech (times in seconds).

    Attributes:
        threshold: probability from which a frame is speech; speech ends 0.15 below it.
        shortest: speech shorter than this is left out.
        pause: a pause shorter than this does not end a segment.
        margin: each segment is widened by this on both sides.
    """

    threshold: float = 0.5
    shortest: float = 0.25
    pause: float = 0.3
    margin: float = 0.05


def speech_segments(
    path: Path, config: SpeechConfig = SpeechConfig(), on_block: Callable[[], None] | None = None
) -> list[Segment]:
    """Find the segments of speech in a recording; memory does not grow with its length.

    `on_block` is called after every few seconds of the recording and may raise to end the search.

    Raises:
        HumpcatError: the recording cannot be read.
    """
    info = read_info(path)
    probabilities = speech_probabilities(_told(waveform_blocks(path), on_block))
    return [
        Segment(path, round(start * info.rate), min(info.frames, round(end * info.rate)), info.rate)
        for start, end in segments_of(probabilities, info.duration, config)
    ]


def speech_probabilities(blocks: Iterable[Samples]) -> npt.NDArray[np.float32]:
    """Probability of speech for every 32 ms of a stream of 16 kHz blocks: (n,) float32."""
    session = _session()
    hidden, cell = (np.zeros((1, 1, 128), dtype=np.float32) for _ in range(2))
    context, found = np.zeros(_CONTEXT, dtype=np.float32), []
    for samples in _whole_frames(blocks):
        frames = samples.reshape(-1, FRAME)
        contexts = np.vstack([context, frames[:-1, -_CONTEXT:]])
        context = frames[-1, -_CONTEXT:].copy()
        inputs = {"input": np.concatenate([contexts, frames], axis=1), "h": hidden, "c": cell}
        probabilities, hidden, cell = session.run(["speech_probs", "hn", "cn"], inputs)
        found.append(np.ravel(probabilities))
    return np.concatenate(found) if found else np.zeros(0, dtype=np.float32)


def segments_of(
    probabilities: npt.NDArray[np.float32], duration: float, config: SpeechConfig
) -> list[tuple[float, float]]:
    """Turn frame probabilities into (start, end) in seconds, with hysteresis; they never overlap.

    Speech begins at `threshold` and goes on until the probability has stayed 0.15 below it for `pause`.
    """
    seconds = FRAME / SAMPLE_RATE
    spans: list[list[float]] = []
    speaking = False
    for frame, probability in enumerate(probabilities):
        at = frame * seconds
        if probability >= config.threshold or (speaking and probability >= config.threshold - 0.15):
            if spans and at - spans[-1][1] < config.pause:
                spans[-1][1] = at + seconds
            else:
                spans.append([at, at + seconds])
            speaking = True
        else:
            speaking = False
    kept = [(start, end) for start, end in spans if end - start >= config.shortest]
    # Pauses are longer than both margins together, unless somebody sets them otherwise: then they meet half-way.
    widened = []
    for index, (start, end) in enumerate(kept):
        before = kept[index - 1][1] if index else -np.inf
        after = kept[index + 1][0] if index + 1 < len(kept) else np.inf
        first = max(0.0, start - config.margin, (before + start) / 2)
        widened.append((first, min(duration, end + config.margin, (end + after) / 2)))
    return widened


def _told(blocks: Iterable[Samples], on_block: Callable[[], None] | None) -> Iterator[Samples]:
    for block in blocks:
        yield block
        if on_block:
            on_block()


def _whole_frames(blocks: Iterable[Samples]) -> Iterable[Samples]:
    """Regroup a stream into pieces of whole frames; the last one is filled with silence."""
    held = np.zeros(0, dtype=np.float32)
    size = FRAME * _BLOCK_FRAMES
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= size:
            yield held[:size]
            held = held[size:]
    if len(held):
        yield np.pad(held, (0, -len(held) % FRAME))


@functools.cache
def _session() -> onnxruntime.InferenceSession:
    # The package's own loader imports torch; its ONNX file is all that is needed.
    spec = importlib.util.find_spec("silero_vad")
    if spec is None or spec.origin is None:
        raise HumpcatError(
            "Speech activity needs the package silero-vad.", "Install it: pip install silero-vad"
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    file = Path(spec.origin).parent / "data" / "silero_vad_16k_sequence.onnx"
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
