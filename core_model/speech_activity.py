"""Where in a recording somebody speaks: Silero VAD's network (MIT) through ONNX Runtime, without torch.

The slow half of automatic segmentation: probabilities. `speech_segments` makes segments of them, without the network.
"""

import functools
import importlib.util
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import onnxruntime

from .audio import SAMPLE_RATE, Samples, read_info, waveform_blocks
from .errors import HumpcatError
from .facts import Segment
from .speech_segments import FRAME, Probabilities, SpeechConfig, segments_of

_CONTEXT = 64  # samples of the frame before that the network also hears
_BLOCK_FRAMES = 512
_USUAL = SpeechConfig()


def speech_segments(
    path: Path, config: SpeechConfig = _USUAL, on_block: Callable[[float], None] | None = None
) -> list[Segment]:
    """Find the segments of speech in a recording; memory does not grow with its length.

    `on_block` is as for `speech_probabilities`.

    Raises:
        HumpcatError: the recording cannot be read.
    """
    info = read_info(path)
    probabilities = speech_probabilities(waveform_blocks(path), on_block)
    return [
        Segment(path, round(start * info.rate), min(info.frames, round(end * info.rate)), info.rate)
        for start, end in segments_of(probabilities, info.duration, config)
    ]


def speech_probabilities(
    blocks: Iterable[Samples], on_block: Callable[[float], None] | None = None
) -> Probabilities:
    """Probability of speech for every 32 ms of a stream of 16 kHz blocks: (frames,) float32.

    The last frame is filled with silence. `on_block` is told how many seconds have been heard, about every 16 s of
    the recording (fractions of a second of work), and may raise to end the search.
    """
    stream, found = SpeechStream(), []
    for samples in _whole_frames(blocks):
        found.append(stream.probabilities(samples))
        if on_block:
            on_block(sum(map(len, found)) * FRAME / SAMPLE_RATE)
    return np.concatenate(found) if found else np.zeros(0, dtype=np.float32)


class SpeechStream:
    """The network over a sound that comes piece by piece; it remembers what it heard."""

    def __init__(self) -> None:
        self._session = _session()
        self._hidden, self._cell = (np.zeros((1, 1, 128), dtype=np.float32) for _ in range(2))
        self._context = np.zeros(_CONTEXT, dtype=np.float32)

    def probabilities(self, samples: Samples) -> Probabilities:
        """Go on with whole frames, (n * 512,) at 16 kHz, at least one; the probability of speech in each, (n,)."""
        frames = samples.reshape(-1, FRAME)
        contexts = np.vstack([self._context, frames[:-1, -_CONTEXT:]])
        self._context = frames[-1, -_CONTEXT:].copy()
        inputs = {
            "input": np.concatenate([contexts, frames], axis=1),
            "h": self._hidden,
            "c": self._cell,
        }
        outputs = ["speech_probs", "hn", "cn"]
        probabilities, self._hidden, self._cell = self._session.run(outputs, inputs)
        found: Probabilities = np.ravel(probabilities)
        return found


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
