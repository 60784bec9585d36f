"""From files to the features of their windows: read, cut, compute (or fetch from the cache), as a stream of batches."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from .audio import SAMPLE_RATE, Samples, read_info, waveform_blocks
from .cache import Arrays, FeatureCache
from .devices import Device, load_encoder
from .encoders.config import EncoderConfig
from .encoders.registry import find_encoder
from .errors import HumpcatError
from .features.config import FeatureConfig
from .features.window import acoustic_features
from .files import content_hash
from .windows import WINDOW_SECONDS, repeat_to_window, split_into_windows

_LARGEST = float(np.finfo(np.float16).max)
_BATCH = 8  # windows run through the encoder at once; more gain nothing on a CPU


@dataclass(frozen=True, slots=True)
class Stretch:
    """A file or a part of it, `start` to `end` in frames at its own rate (None: to its end).

    `speed` other than 1 makes altered copies to train on (see `waveform_blocks`).
    """

    file: Path
    start: int = 0
    end: int | None = None
    speed: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class WindowFeatures:
    """One window's features: `start` and `end` in seconds of the recording; `encoder` (L, T, C) float16 or None,
    `mfcc` (350, 39), `prosody` (103,), `prosody_valid` (103,)."""

    start: float
    end: float
    encoder: npt.NDArray[np.float16] | None
    mfcc: npt.NDArray[np.float32]
    prosody: npt.NDArray[np.float32]
    prosody_valid: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Extracted:
    """One step of the stream: a window of a stretch, or why the stretch went wrong; `last` closes the stretch."""

    stretch: Stretch
    window: WindowFeatures | None
    error: HumpcatError | None
    last: bool


@dataclass(slots=True, eq=False)
class _Pending:
    """A window on its way: its arrays are at hand, or its clip waits for the encoder."""

    stretch: Stretch
    start: float = 0.0
    end: float = 0.0
    key: dict[str, object] | None = None
    clip: Samples | None = None
    arrays: Arrays | None = None
    acoustic: "Future[Arrays] | None" = None
    error: HumpcatError | None = None
    last: bool = False


class FeatureExtractor:
    """Computes windows' features with one encoder (or none), one configuration, one cache (or none).

    Raises:
        HumpcatError: the encoder is not present or cannot be loaded.
    """

    def __init__(
        self,
        config: FeatureConfig,
        encoder: EncoderConfig | None,
        device: Device,
        precision: str = "auto",
        cache: FeatureCache | None = None,
    ) -> None:
        self.config = config
        self.device = device
        self.cache = cache
        self.precision = "fp32"
        self._encoder = None
        self._key: dict[str, object] = {"features": config.hash()}
        if encoder:
            record = find_encoder(encoder.hash)
            self._encoder, self.precision = load_encoder(record, encoder.layers, device, precision)
            self._key |= {
                "encoder": encoder.hash,
                "layers": list(encoder.layers),
                "precision": self.precision,
            }

    def stream(self, stretches: Iterable[Stretch]) -> Iterator[Extracted]:
        """Yield every stretch's windows in order; memory is a few windows, however many and long the files.

        A stretch that cannot be read yields what went wrong and ends; the others go on.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="acoustic") as pool:
            batch: deque[_Pending] = deque()
            for pending in self._pending(stretches, pool):
                batch.append(pending)
                if len(batch) >= _BATCH:
                    yield from self._finish(batch)
            yield from self._finish(batch)

    def windows(self, stretch: Stretch) -> Iterator[WindowFeatures]:
        """Yield the windows of one stretch.

        Raises:
            HumpcatError: the stretch cannot be read.
        """
        for step in self.stream([stretch]):
            if step.error:
                raise step.error
            if step.window:
                yield step.window

    def window_of(self, clip: Samples) -> WindowFeatures:
        """The features of one clip of at most 7 s, (n,) at 16 kHz, that is at hand already; nothing is cached."""
        arrays = self._acoustic(clip)
        encoded = self.encode([clip])
        if encoded is not None:
            arrays["encoder"] = encoded[0]
        return _window(0.0, len(clip) / SAMPLE_RATE, arrays)

    def encode(self, clips: list[Samples]) -> npt.NDArray[np.float16] | None:
        """The encoder's outputs for clips of at most 7 s, (n, L, T, C), or None without an encoder."""
        if self._encoder is None:
            return None
        windows = torch.from_numpy(np.stack([repeat_to_window(clip) for clip in clips]))
        # Large encoders have a few channels far out; beyond float16's range they would become infinite.
        outputs = self._encoder(windows).float().clamp(-_LARGEST, _LARGEST)
        halves: npt.NDArray[np.float16] = outputs.to(torch.float16).cpu().numpy()
        return halves

    def _pending(self, stretches: Iterable[Stretch], pool: ThreadPoolExecutor) -> Iterator[_Pending]:
        for stretch in stretches:
            try:
                yield from self._cut(stretch, pool)
            except HumpcatError as error:
                yield _Pending(stretch, error=error, last=True)

    def _cut(self, stretch: Stretch, pool: ThreadPoolExecutor) -> Iterator[_Pending]:
        info = read_info(stretch.file)
        end = info.frames if stretch.end is None else min(stretch.end, info.frames)
        if stretch.start >= end:
            raise HumpcatError(f"Nothing of {stretch.file.name} lies between the segment's start and end.")
        content = content_hash(stretch.file) if self.cache else ""
        at, previous = stretch.start / info.rate, None
        blocks = waveform_blocks(stretch.file, stretch.start, end, stretch.speed)
        for number, clip in enumerate(split_into_windows(blocks)):
            if previous:
                yield previous
            previous = _Pending(stretch, at, at + len(clip) / SAMPLE_RATE, clip=clip)
            at += WINDOW_SECONDS
            if self.cache:
                previous.key = {
                    **self._key,
                    "audio": content,
                    "from": stretch.start,
                    "to": end,
                    "speed": stretch.speed,
                    "window": number,
                }
                previous.arrays = self.cache.get(previous.key)
            if previous.arrays is None:
                previous.acoustic = pool.submit(self._acoustic, clip)
        if not previous:
            raise HumpcatError(f"{stretch.file.name} is too short to hold any speech.")
        previous.last = True
        yield previous

    def _acoustic(self, clip: Samples) -> Arrays:
        found = acoustic_features(clip, self.config)
        return {"mfcc": found.mfcc, "prosody": found.prosody, "prosody_valid": found.prosody_valid}

    def _finish(self, batch: deque[_Pending]) -> Iterator[Extracted]:
        waiting = [pending for pending in batch if pending.acoustic]
        encoded = (
            self.encode([pending.clip for pending in waiting if pending.clip is not None])
            if waiting
            else None
        )
        for index, pending in enumerate(waiting):
            assert pending.acoustic is not None
            pending.arrays = dict(pending.acoustic.result())
            if encoded is not None:
                pending.arrays["encoder"] = encoded[index]
            if self.cache and pending.key:
                self.cache.put(pending.key, pending.arrays)
        while batch:
            pending = batch.popleft()
            window = None if pending.arrays is None else _window(pending.start, pending.end, pending.arrays)
            yield Extracted(pending.stretch, window, pending.error, pending.last)


def _window(start: float, end: float, arrays: Arrays) -> WindowFeatures:
    return WindowFeatures(
        start,
        end,
        arrays.get("encoder"),  # type: ignore[arg-type]
        arrays["mfcc"],  # type: ignore[arg-type]
        arrays["prosody"],  # type: ignore[arg-type]
        arrays["prosody_valid"],  # type: ignore[arg-type]
    )
