"""From real files to windows' features: order, times, the cache, and one bad file among many."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from tiny_models import present_encoder

from core_model.audio import read_waveform
from core_model.cache import FeatureCache
from core_model.devices import Device
from core_model.encoders.config import EncoderConfig
from core_model.encoders.encoder import Encoder
from core_model.errors import HumpcatError
from core_model.extractor import FeatureExtractor, Stretch, WindowFeatures
from core_model.features.config import FeatureConfig
from core_model.features.mfcc import mfcc
from core_model.windows import repeat_to_window

CPU = Device("cpu", "test")


@pytest.fixture
def speech(corpora: Path) -> list[Path]:
    return sorted((corpora / "emodb/wav").iterdir())[:4]


@pytest.fixture
def encoder(tiny_hubert: Path) -> EncoderConfig:
    return present_encoder(tiny_hubert)


@pytest.fixture
def extractor(encoder: EncoderConfig) -> FeatureExtractor:
    return FeatureExtractor(FeatureConfig(), encoder, CPU, "fp32")


@pytest.fixture
def long(speech: list[Path], tmp_path: Path) -> Path:
    """Speech of 16.5 s at 48 kHz in stereo: windows of 7, 7 and 2.5 s."""
    samples = np.concatenate([read_waveform(path).samples for path in speech * 3])[: 33 * 8_000]
    path = tmp_path / "long.wav"
    soundfile.write(path, np.repeat(np.repeat(samples, 3)[:, None], 2, axis=1), 48_000)
    return path


def assert_equal(one: WindowFeatures, other: WindowFeatures) -> None:
    assert (one.start, one.end) == (other.start, other.end)
    for name in ("encoder", "mfcc", "prosody", "prosody_valid"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_a_window_holds_what_its_parts_compute(
    extractor: FeatureExtractor, tiny_hubert: Path, speech: list[Path]
) -> None:
    (window,) = extractor.windows(Stretch(speech[0]))
    samples = read_waveform(speech[0]).samples
    repeated = repeat_to_window(samples)
    np.testing.assert_array_equal(window.mfcc, mfcc(repeated)[:350])
    expected = Encoder(tiny_hubert, (1, 2))(torch.from_numpy(repeated).unsqueeze(0))[0]
    assert window.encoder is not None
    assert window.encoder.dtype == np.float16
    np.testing.assert_allclose(window.encoder, expected.numpy(), atol=2e-3, rtol=2e-3)
    assert window.prosody.shape == window.prosody_valid.shape == (103,)
    assert np.isfinite(window.prosody).all()
    assert (window.start, window.end) == (0.0, pytest.approx(len(samples) / 16_000))


def test_a_long_recording_gives_windows_at_their_times(extractor: FeatureExtractor, long: Path) -> None:
    windows = list(extractor.windows(Stretch(long)))
    assert [window.start for window in windows] == [0, 7, 14]
    assert [window.end for window in windows] == pytest.approx([7, 14, 16.5], abs=1e-3)


def test_a_segments_times_are_those_of_the_recording(extractor: FeatureExtractor, long: Path) -> None:
    windows = list(extractor.windows(Stretch(long, 96_000, 48_000 * 10)))
    assert [window.start for window in windows] == [2, 9]
    assert [window.end for window in windows] == pytest.approx([9, 10], abs=1e-3)
    beyond = list(extractor.windows(Stretch(long, 48_000 * 15, 48_000 * 99)))
    assert [window.end for window in beyond] == pytest.approx([16.5], abs=1e-3)


def test_batches_of_files_give_what_each_gives_alone(
    extractor: FeatureExtractor, speech: list[Path], long: Path
) -> None:
    stretches = [Stretch(path) for path in (speech[0], long, *speech[1:], long)]
    together = [step.window for step in extractor.stream(stretches)]
    alone = [window for stretch in stretches for window in extractor.windows(stretch)]
    assert len(together) == len(alone) == 10  # more than one batch
    for one, other in zip(together, alone, strict=True):
        assert one is not None
        assert (one.start, one.end) == (other.start, other.end)
        np.testing.assert_array_equal(one.mfcc, other.mfcc)
        assert one.encoder is not None and other.encoder is not None
        np.testing.assert_allclose(one.encoder, other.encoder, atol=5e-3)


def test_what_is_cached_equals_what_is_computed(
    encoder: EncoderConfig, extractor: FeatureExtractor, long: Path, tmp_path: Path
) -> None:
    cache = FeatureCache(tmp_path / "cache")
    cached = FeatureExtractor(FeatureConfig(), encoder, CPU, "fp32", cache)
    for _ in range(2):
        for one, other in zip(cached.windows(Stretch(long)), extractor.windows(Stretch(long)), strict=True):
            assert_equal(one, other)
    files = list((tmp_path / "cache").rglob("*.features"))
    assert len(files) == 3
    # A copy of the recording under another name is the same audio; another part of it, or other layers, are not.
    copy = tmp_path / "copy.wav"
    copy.write_bytes(long.read_bytes())
    list(cached.windows(Stretch(copy)))
    assert len(list((tmp_path / "cache").rglob("*.features"))) == 3
    list(cached.windows(Stretch(long, 48_000)))
    assert len(list((tmp_path / "cache").rglob("*.features"))) == 6


GPU = Device("cuda", "test")
DRIVER = RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported")


def assert_encoded_on_the_cpu(extractor: FeatureExtractor, reference: FeatureExtractor) -> None:
    clips = [np.random.default_rng(seed).normal(scale=0.1, size=16_000).astype(np.float32) for seed in (0, 1)]
    encoded = extractor.encode(clips)
    expected = reference.encode(clips)
    assert encoded is not None and expected is not None
    np.testing.assert_allclose(encoded, expected, atol=5e-3)
    assert extractor.device.kind == "cpu"


def test_an_encoder_that_finds_no_room_on_the_gpu_is_loaded_onto_the_cpu(
    encoder: EncoderConfig,
    extractor: FeatureExtractor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    to = Encoder.to

    def no_room(module: Encoder, place: str, *rest: Any) -> Any:
        if place == "cuda":
            raise DRIVER
        return to(module, place, *rest)

    monkeypatch.setattr(Encoder, "to", no_room)
    fallen = FeatureExtractor(FeatureConfig(), encoder, GPU, "fp32")
    assert "The memory of the GPU is full: encoding goes on on the CPU." in caplog.text
    assert_encoded_on_the_cpu(fallen, extractor)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("MPS backend out of memory (MPS allocated: 9.00 GB, other allocations: 1.00 GB)"),
    ],
)
def test_windows_that_find_no_room_on_the_gpu_are_encoded_on_the_cpu(
    encoder: EncoderConfig,
    extractor: FeatureExtractor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: RuntimeError,
) -> None:
    to, forward = Encoder.to, Encoder.forward
    places = []

    def note(module: Encoder, place: str, *rest: Any) -> Any:
        places.append(place)
        return module if place == "cuda" else to(module, place, *rest)

    def no_room(module: Encoder, windows: torch.Tensor) -> torch.Tensor:
        if places[-1] == "cuda":
            raise error
        return forward(module, windows)

    monkeypatch.setattr(Encoder, "to", note)
    monkeypatch.setattr(Encoder, "forward", no_room)
    assert_encoded_on_the_cpu(FeatureExtractor(FeatureConfig(), encoder, GPU, "fp32"), extractor)
    assert [record.getMessage() for record in caplog.records] == [
        "The memory of the GPU is full: 2 windows are encoded one by one.",
        "The memory of the GPU is full: encoding goes on on the CPU.",
    ]


def test_a_bad_file_is_told_in_its_place_and_the_others_go_on(
    extractor: FeatureExtractor, speech: list[Path], tmp_path: Path
) -> None:
    text, cut = tmp_path / "text.wav", tmp_path / "cut.flac"
    text.write_text("no audio")
    soundfile.write(cut, np.random.default_rng(0).normal(scale=0.1, size=16_000 * 30), 16_000)
    cut.write_bytes(cut.read_bytes()[:-50_000])
    files = [speech[0], text, cut, tmp_path / "missing.wav", speech[1]]
    steps = list(extractor.stream([Stretch(path) for path in files]))
    closing = [step for step in steps if step.last]
    assert [step.stretch.file for step in closing] == files
    assert [step.error is None for step in closing] == [True, False, False, False, True]
    assert any(step.window for step in steps if step.stretch.file == cut)  # what came before the damage
    with pytest.raises(HumpcatError, match="not an audio file"):
        list(extractor.windows(Stretch(text)))


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [(99_999_999, None, "Nothing of"), (4_000, 4_000, "Nothing of"), (-5, 4_000, "cannot start before")],
)
def test_a_stretch_outside_the_recording_is_told(
    extractor: FeatureExtractor, speech: list[Path], start: int, end: int | None, sentence: str
) -> None:
    with pytest.raises(HumpcatError, match=sentence):
        list(extractor.windows(Stretch(speech[0], start, end)))


@pytest.mark.parametrize("samples", [1, 100, 500, 4_000])
@pytest.mark.parametrize("level", [0.0, 1e-6, 0.5])
def test_the_shortest_and_quietest_sounds_have_finite_features(
    extractor: FeatureExtractor, tmp_path: Path, samples: int, level: float
) -> None:
    path = tmp_path / "a.wav"
    noise = np.random.default_rng(0).uniform(-level, level, samples)
    soundfile.write(path, noise, 16_000, subtype="FLOAT")
    (window,) = extractor.windows(Stretch(path))
    for values in (window.encoder, window.mfcc, window.prosody):
        assert values is not None
        assert np.isfinite(values).all()


def test_a_stream_left_early_leaves_nothing_running(extractor: FeatureExtractor, long: Path) -> None:
    stream = extractor.stream([Stretch(long)] * 20)
    next(stream)
    assert _feature_threads()
    stream.close()
    assert not _feature_threads()


def _feature_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("features")]


def test_threads_side_by_side_do_not_take_one_anothers_windows(
    extractor: FeatureExtractor, speech: list[Path]
) -> None:
    stretches = [Stretch(path, start) for start in (0, 1_000, 2_000) for path in speech * 2]
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(4)
        together = [step.window for step in extractor.stream(stretches)]
    finally:
        torch.set_num_threads(threads)
    for stretch, window in zip(stretches, together, strict=True):
        assert window is not None
        (alone,) = extractor.windows(stretch)
        assert_equal(window, alone)


def test_without_an_encoder_only_acoustic_features_are_computed(speech: list[Path]) -> None:
    (window,) = FeatureExtractor(FeatureConfig(), None, CPU).windows(Stretch(speech[0]))
    assert window.encoder is None


def test_a_clip_at_hand_gives_what_its_file_gives(extractor: FeatureExtractor, speech: list[Path]) -> None:
    (expected,) = extractor.windows(Stretch(speech[0]))
    assert_equal(extractor.window_of(read_waveform(speech[0]).samples), expected)


def test_an_encoder_that_is_not_present_is_told() -> None:
    gone = EncoderConfig(name="gone", family="hubert", width=32, hash="0" * 64)
    with pytest.raises(HumpcatError, match="not present"):
        FeatureExtractor(FeatureConfig(), gone, CPU)
