"""From files to the features of their windows: read, cut, compute (or fetch from the cache), as a stream of batches."""

import logging
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
from .devices import Device, choose_device, is_out_of_memory, load_encoder
from .encoders.config import EncoderConfig
from .encoders.encoder import Encoder
from .encoders.registry import find_encoder
from .errors import HumpcatError
from .features.config import FeatureConfig
from .features.window import acoustic_features
from .files import content_hash
from .windows import WINDOW_SECONDS, repeat_to_window, split_into_windows

_LARGEST = float(np.finfo(np.float16).max)
_BATCH = 8  # windows that a GPU encodes at once
_AHEAD = 2  # windows under way for each thread, so that none waits for the one that is taken out next

_logger = logging.getLogger(__name__)


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
    """A window on its way: its arrays are at hand, or being computed; a GPU's still waits for the encoder."""

    stretch: Stretch
    start: float = 0.0
    end: float = 0.0
    key: dict[str, object] | None = None
    clip: Samples | None = None
    arrays: Arrays | None = None
    computed: "Future[Arrays] | None" = None
    error: HumpcatError | None = None
    last: bool = False


class FeatureExtractor:
    """Computes windows' features with one encoder (or none), one configuration, one cache (or none).

    Where a GPU has no memory for the encoder or for one window, the encoder goes to the CPU, and a warning tells so.

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
        self._encoder: Encoder | None = None
        self._key: dict[str, object] = {"features": config.hash()}
        if encoder:
            self._encoder, self.precision = self._loaded(encoder, precision)
            self._key |= {
                "encoder": encoder.hash,
                "layers": list(encoder.layers),
                "precision": self.precision,
            }

    def stream(self, stretches: Iterable[Stretch]) -> Iterator[Extracted]:
        """Yield every stretch's windows in order; memory is a few windows, however many and long the files.

        Windows are computed side by side. On a CPU each is one thread's whole work, so that its values depend on
        nothing but itself; a GPU encodes them in batches, while the threads compute the acoustic features.

        A stretch that cannot be read yields what went wrong and ends; the others go on.
        """
        threads = torch.get_num_threads()
        batch = 1 if self._on_cpu else _BATCH
        pool = ThreadPoolExecutor(threads, "features", initializer=torch.set_num_threads, initargs=(1,))
        try:
            under_way: deque[_Pending] = deque()
            for pending in self._pending(stretches, pool):
                under_way.append(pending)
                if len(under_way) >= batch + _AHEAD * threads:
                    yield from self._finish([under_way.popleft() for _ in range(batch)])
            while under_way:
                yield from self._finish([under_way.popleft() for _ in range(min(batch, len(under_way)))])
        finally:
            pool.shutdown(cancel_futures=True)

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

    def is_cached(self, stretch: Stretch) -> bool:
        """Whether a stretch's features were computed before; only its first window is looked for."""
        if not self.cache:
            return False
        try:
            info = read_info(stretch.file)
            end = info.frames if stretch.end is None else min(stretch.end, info.frames)
            return self.cache.has(self._key_of(stretch, content_hash(stretch.file), end, 0))
        except HumpcatError:
            return False

    def window_of(self, clip: Samples) -> WindowFeatures:
        """The features of one clip of at most 7 s, (n,) at 16 kHz, that is at hand already; nothing is cached.

        Acoustic features and the encoder's are computed side by side: somebody waits for this one window.
        """
        with ThreadPoolExecutor(1, "features") as pool:
            acoustic = pool.submit(self._acoustic, clip)
            encoded = self.encode([clip])
            arrays = acoustic.result()
        if encoded is not None:
            arrays["encoder"] = encoded[0]
        return _window(0.0, len(clip) / SAMPLE_RATE, arrays)

    def encode(self, clips: list[Samples]) -> npt.NDArray[np.float16] | None:
        """The encoder's outputs for clips of at most 7 s, (n, L, T, C), or None without an encoder."""
        if self._encoder is None:
            return None
        windows = torch.from_numpy(np.stack([repeat_to_window(clip) for clip in clips]))
        try:
            return self._encoded(windows)
        except RuntimeError as error:
            if self._on_cpu or not is_out_of_memory(error):
                raise
        if len(clips) > 1:
            _logger.warning("The memory of the GPU is full: %d windows are encoded one by one.", len(clips))
            return np.concatenate([halves for clip in clips if (halves := self.encode([clip])) is not None])
        self._give_up_gpu()
        self._encoder.to("cpu")
        return self._encoded(windows)

    @property
    def _on_cpu(self) -> bool:
        return self.device.kind == "cpu"

    def _loaded(self, encoder: EncoderConfig, precision: str) -> tuple[Encoder, str]:
        record = find_encoder(encoder.hash)
        try:
            return load_encoder(record, encoder.layers, self.device, precision)
        except RuntimeError as error:
            if self._on_cpu or not is_out_of_memory(error):
                raise
        self._give_up_gpu()
        return load_encoder(record, encoder.layers, self.device, precision)

    def _give_up_gpu(self) -> None:
        _logger.warning("The memory of the GPU is full: encoding goes on on the CPU.")
        self.device = choose_device("cpu")

    def _encoded(self, windows: torch.Tensor) -> npt.NDArray[np.float16]:
        assert self._encoder is not None
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
                previous.key = self._key_of(stretch, content, end, number)
                previous.arrays = self.cache.get(previous.key)
            if previous.arrays is None:
                previous.computed = pool.submit(self._computed, clip)
        if not previous:
            raise HumpcatError(f"{stretch.file.name} is too short to hold any speech.")
        previous.last = True
        yield previous

    def _key_of(self, stretch: Stretch, content: str, end: int, window: int) -> dict[str, object]:
        return {
            **self._key,
            "audio": content,
            "from": stretch.start,
            "to": end,
            "speed": stretch.speed,
            "window": window,
        }

    def _acoustic(self, clip: Samples) -> Arrays:
        found = acoustic_features(clip, self.config)
        return {"mfcc": found.mfcc, "prosody": found.prosody, "prosody_valid": found.prosody_valid}

    def _computed(self, clip: Samples) -> Arrays:
        """One thread's part: on a CPU all features of a clip, else the acoustic ones."""
        arrays = self._acoustic(clip)
        if self._on_cpu and (encoded := self.encode([clip])) is not None:
            arrays["encoder"] = encoded[0]
        return arrays

    def _finish(self, batch: list[_Pending]) -> Iterator[Extracted]:
        computed = [pending for pending in batch if pending.computed]
        for pending in computed:
            assert pending.computed is not None
            pending.arrays = pending.computed.result()
        waiting = [pending for pending in computed if pending.arrays and "encoder" not in pending.arrays]
        if (
            waiting
            and (clips := self.encode([each.clip for each in waiting if each.clip is not None])) is not None
        ):
            for pending, encoded in zip(waiting, clips, strict=True):
                assert pending.arrays is not None
                pending.arrays["encoder"] = encoded
        for pending in computed:
            if self.cache and pending.key and pending.arrays:
                self.cache.put(pending.key, pending.arrays)
        for pending in batch:
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
