"""Audio files of every kind become mono speech at 16 kHz; bad ones are told apart by a sentence."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from core_model.audio import (
    SAMPLE_RATE,
    audio_files,
    read_blocks,
    read_info,
    read_waveform,
    waveform_blocks,
)
from core_model.errors import HumpcatError

FORMATS = [
    ("a.wav", "WAV", "PCM_U8", 0.02),
    ("a.wav", "WAV", "PCM_16", 1e-3),
    ("a.wav", "WAV", "PCM_24", 1e-3),
    ("a.wav", "WAV", "PCM_32", 1e-3),
    ("a.wav", "WAV", "FLOAT", 1e-3),
    ("a.wav", "WAV", "DOUBLE", 1e-3),
    ("a.flac", "FLAC", "PCM_16", 1e-3),
    ("a.flac", "FLAC", "PCM_24", 1e-3),
    ("a.ogg", "OGG", "VORBIS", 0.1),
    ("a.opus", "OGG", "OPUS", 0.1),
    ("a.mp3", "MP3", "MPEG_LAYER_III", 0.1),
    ("a.aiff", "AIFF", "PCM_16", 1e-3),
]


def tone(rate: int, seconds: float = 1.0, hertz: float = 440.0) -> np.ndarray:
    time = np.arange(round(rate * seconds)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate: int = SAMPLE_RATE, **kind: str) -> Path:
    soundfile.write(path, samples, rate, **kind)
    return path


def inner(samples: np.ndarray) -> np.ndarray:
    """Without the first and last tenth of a second, where resamplers and lossy codecs ring."""
    return samples[SAMPLE_RATE // 10 : -SAMPLE_RATE // 10]


@pytest.mark.parametrize(("name", "kind", "subtype", "tolerance"), FORMATS)
def test_every_format_gives_the_tone_that_was_written(
    tmp_path: Path, name: str, kind: str, subtype: str, tolerance: float
) -> None:
    rate = 48_000 if subtype == "OPUS" else 44_100
    path = write(tmp_path / name, tone(rate, 2.0), rate, format=kind, subtype=subtype)
    info = read_info(path)
    assert (info.rate, info.channels) == (rate, 1)
    assert info.duration == pytest.approx(2.0, abs=0.05)
    samples = read_waveform(path).samples
    assert samples.dtype == np.float32
    n = min(len(samples), 2 * SAMPLE_RATE)
    np.testing.assert_allclose(inner(samples[:n]), inner(tone(SAMPLE_RATE, 2.0)[:n]), atol=tolerance)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_every_rate_comes_back_at_16_khz(tmp_path: Path, rate: int) -> None:
    waveform = read_waveform(write(tmp_path / "a.wav", tone(rate, 1.5), rate, subtype="FLOAT"))
    assert len(waveform.samples) == pytest.approx(1.5 * SAMPLE_RATE, abs=1)
    np.testing.assert_allclose(
        inner(waveform.samples)[:20_000], inner(tone(SAMPLE_RATE, 1.5))[:20_000], atol=1e-3
    )


@pytest.mark.parametrize("channels", [1, 2, 8])
def test_channels_are_averaged(tmp_path: Path, channels: int) -> None:
    levels = np.linspace(0.1, 0.8, channels, dtype=np.float32)
    path = write(tmp_path / "a.wav", np.tile(levels, (8000, 1)), subtype="FLOAT")
    np.testing.assert_allclose(read_waveform(path).samples, levels.mean(), rtol=1e-6)


def test_eight_channels_at_96_khz_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.tile(tone(96_000)[:, None], (1, 8)), 96_000, subtype="PCM_24")
    np.testing.assert_allclose(inner(read_waveform(path).samples), inner(tone(SAMPLE_RATE)), atol=1e-3)


def test_resampling_in_blocks_equals_resampling_at_once(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(scale=0.1, size=44_100 * 35).astype(np.float32)
    path = write(tmp_path / "a.wav", noise, 44_100, subtype="FLOAT")
    blocks = list(waveform_blocks(path))
    assert len(blocks) > 3
    at_once = soxr.resample(noise, 44_100, SAMPLE_RATE)
    np.testing.assert_allclose(np.concatenate(blocks), at_once, atol=1e-6)


def test_a_stretch_is_cut_in_the_files_own_frames(tmp_path: Path) -> None:
    ramp = (np.arange(20_000) / 20_000).astype(np.float32)
    path = write(tmp_path / "a.wav", ramp, subtype="FLOAT")
    waveform = read_waveform(path, 4_000, 12_000)
    np.testing.assert_array_equal(waveform.samples, ramp[4_000:12_000])
    assert waveform.start == 0.25
    assert waveform.duration == 0.5
    np.testing.assert_array_equal(read_waveform(path, 19_000, 99_999).samples, ramp[19_000:])


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.mp3"])
def test_a_stretch_of_a_compressed_file_lies_where_it_lies_in_the_whole(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, np.random.default_rng(0).normal(scale=0.1, size=80_000))
    whole = read_waveform(path).samples
    np.testing.assert_allclose(read_waveform(path, 30_000, 40_000).samples, whole[30_000:40_000], atol=1e-4)


def test_blocks_have_the_size_asked_for_and_all_channels(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros((2_500, 2)))
    assert [block.shape for block in read_blocks(path, block_frames=1_000)] == [
        (1_000, 2),
        (1_000, 2),
        (500, 2),
    ]


def test_silence_is_audio(tmp_path: Path) -> None:
    assert not read_waveform(write(tmp_path / "a.wav", np.zeros(8_000))).samples.any()


def cut_in_half(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def text_file(folder: Path) -> Path:
    path = folder / "text.wav"
    path.write_text("this is no audio\n" * 50)
    return path


def nothing(folder: Path) -> Path:
    path = folder / "zero bytes.wav"
    path.touch()
    return path


def empty(folder: Path) -> Path:
    return write(folder / "empty.wav", np.zeros(0))


def truncated(folder: Path) -> Path:
    noise = np.random.default_rng(0).normal(scale=0.1, size=48_000)
    return cut_in_half(write(folder / "cut.flac", noise))


def with_nan(folder: Path) -> Path:
    samples = tone(SAMPLE_RATE)
    samples[8_000] = np.nan
    return write(folder / "nan.wav", samples, subtype="FLOAT")


def infinite(folder: Path) -> Path:
    return write(folder / "inf.wav", np.full((900, 2), np.inf), subtype="FLOAT")


def far_out(folder: Path) -> Path:
    samples = tone(SAMPLE_RATE)
    samples[4_000] = -1e30
    return write(folder / "far.wav", samples, subtype="FLOAT")


def endless(folder: Path) -> Path:
    """A FLAC as it comes out of a pipe: its header gives the length as unknown, which is 0."""
    path = write(folder / "stream.flac", tone(SAMPLE_RATE))
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)
    return path


def missing(folder: Path) -> Path:
    return folder / "missing.wav"


def a_folder(folder: Path) -> Path:
    (folder / "folder.wav").mkdir()
    return folder / "folder.wav"


def long_name(folder: Path) -> Path:
    return folder / ("x" * 300 + ".wav")


BAD = [
    (text_file, "is not an audio file"),
    (nothing, "is not an audio file"),
    (empty, "holds no samples"),
    (truncated, "damaged|cut off"),
    (with_nan, r"no sound .* first at 0\.50 s"),
    (infinite, r"no sound .* first at 0\.00 s"),
    (far_out, r"no sound .* first at 0\.25 s"),
    (endless, "does not say how long"),
    (missing, "does not exist"),
    (a_folder, "is not a file"),
    (long_name, "does not exist"),
]


@pytest.mark.parametrize(("make", "sentence"), BAD)
def test_a_bad_file_is_told_by_a_sentence_with_its_name(
    tmp_path: Path, make: Callable[[Path], Path], sentence: str
) -> None:
    path = make(tmp_path)
    with pytest.raises(HumpcatError, match=sentence) as caught:
        read_waveform(path)
    assert path.name in caught.value.message
    assert caught.value.hint


def test_a_stretch_outside_the_recording_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros(16_000))
    with pytest.raises(HumpcatError, match=r"Nothing lies between 2\.00 s"):
        read_waveform(path, 32_000, 48_000)
    with pytest.raises(HumpcatError, match="cannot start before"):
        read_waveform(path, -10, 500)


@pytest.fixture(scope="session")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "hour.wav"
    minute = (np.random.default_rng(0).normal(scale=0.1, size=(60 * 8_000, 2)) * 32_767).astype(np.int16)
    with soundfile.SoundFile(path, "w", 8_000, 2, "PCM_16") as stream:
        for _ in range(60):
            stream.write(minute)
    return path


def test_memory_stays_that_of_a_block_for_an_hour_of_audio(hour: Path) -> None:
    tracemalloc.start()
    try:
        frames = sum(len(block) for block in waveform_blocks(hour))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert frames == 3_600 * SAMPLE_RATE
    assert peak < 8e6  # the hour itself takes 230 MB


def test_a_folder_is_searched_for_audio_by_extension(tmp_path: Path) -> None:
    for name in ("b/c.WAV", "a.flac", "notes.txt", "b/._c.wav", "d.opus"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "folder.wav").mkdir()
    assert audio_files(tmp_path) == [tmp_path / "a.flac", tmp_path / "b/c.WAV", tmp_path / "d.opus"]
