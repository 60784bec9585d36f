"""Speech activity against the package's own functions, and its bounds."""

import importlib.util
import itertools
import sys
import tracemalloc
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from core_model.audio import read_waveform, waveform_blocks
from core_model.errors import HumpcatError
from core_model.speech_activity import speech_probabilities, speech_segments
from core_model.speech_segments import FRAME_SECONDS, SpeechConfig, segments_of


@pytest.fixture
def talk(corpora: Path, tmp_path: Path) -> Path:
    """Eight utterances with a second of silence before, between and after them; 20 s and more."""
    files = sorted((corpora / "emodb/wav").iterdir())[:8]
    silence = np.zeros(16_000, dtype=np.float32)
    parts = [part for path in files for part in (silence, read_waveform(path).samples)]
    path = tmp_path / "talk.wav"
    soundfile.write(path, np.concatenate([*parts, silence]), 16_000, subtype="FLOAT")
    return path


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """silero_vad.sequence_vad, loaded by file: the package's own __init__ wants torchaudio."""
    spec = importlib.util.find_spec("silero_vad")
    assert spec is not None and spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0])
    shell = types.ModuleType("silero_vad")
    shell.__path__, shell.__spec__ = [str(folder)], spec
    utilities = types.ModuleType("silero_vad.utils_vad")  # imports torch and torchaudio
    utilities.get_speech_timestamps_from_probs = None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "silero_vad", shell)
    monkeypatch.setitem(sys.modules, "silero_vad.utils_vad", utilities)
    module = importlib.import_module("silero_vad.sequence_vad")
    yield module.SileroVADSequence(str(folder / "data" / "silero_vad_16k_sequence.onnx"))
    sys.modules.pop("silero_vad.sequence_vad")


def test_probabilities_are_the_packages_own(talk: Path, package: Any) -> None:
    samples = read_waveform(talk).samples
    assert len(samples) > 20 * 16_000  # several blocks
    expected = package.audio_forward(samples)
    np.testing.assert_allclose(speech_probabilities(waveform_blocks(talk)), expected, atol=1e-5)
    np.testing.assert_allclose(speech_probabilities([samples[:7_000], samples[7_000:]]), expected, atol=1e-5)


def test_utterances_are_found_where_they_were_put(corpora: Path, talk: Path) -> None:
    segments = speech_segments(talk)
    lengths = [len(read_waveform(path).samples) for path in sorted((corpora / "emodb/wav").iterdir())[:8]]
    starts = np.cumsum([16_000, *(length + 16_000 for length in lengths[:-1])])
    for start, length in zip(starts, lengths, strict=True):
        inside = [each for each in segments if each.end > start and each.start < start + length]
        spoken = sum(min(each.end, start + length) - max(each.start, start) for each in inside)
        assert spoken > 0.6 * length
    silent = sum(each.end - each.start for each in segments) - sum(lengths)
    assert silent < 8 * 0.3 * 16_000
    assert all(one.end <= other.start for one, other in itertools.pairwise(segments))
    assert all(0 <= each.start < each.end <= sum(lengths) + 9 * 16_000 for each in segments)


def test_segments_are_in_samples_of_the_recordings_own_rate(talk: Path, tmp_path: Path) -> None:
    samples, _ = soundfile.read(talk, dtype="float32")
    soundfile.write(tmp_path / "fast.wav", np.repeat(samples, 3), 48_000, subtype="FLOAT")
    expected, got = speech_segments(talk), speech_segments(tmp_path / "fast.wav")
    assert [each.rate for each in got] == [48_000] * len(expected)
    for one, other in zip(expected, got, strict=True):
        assert other.start_seconds == pytest.approx(one.start_seconds, abs=0.1)
        assert other.end_seconds == pytest.approx(one.end_seconds, abs=0.1)


def test_silence_holds_no_speech(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(16_000 * 5), 16_000)
    assert speech_segments(tmp_path / "silence.wav") == []
    assert len(speech_probabilities([])) == 0


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(HumpcatError, match="does not exist"):
        speech_segments(tmp_path / "missing.wav")


def test_how_much_was_heard_is_told_and_the_telling_may_end_it(talk: Path) -> None:
    told: list[float] = []
    seconds = len(read_waveform(talk).samples) / 16_000
    probabilities = speech_probabilities(waveform_blocks(talk), told.append)
    assert len(told) > 1 and told == sorted(told)
    assert told[-1] == len(probabilities) * FRAME_SECONDS
    assert seconds <= told[-1] < seconds + FRAME_SECONDS

    def enough(_: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        speech_segments(talk, on_block=enough)


def test_segments_of_a_recording_are_those_of_its_probabilities(talk: Path) -> None:
    config = SpeechConfig(threshold=0.7, pause=0.1, longest=1.0)
    probabilities = speech_probabilities(waveform_blocks(talk))
    expected = segments_of(probabilities, len(read_waveform(talk).samples) / 16_000, config)
    assert len(expected) > len(speech_segments(talk))
    found = speech_segments(talk, config)
    assert [(each.start, each.end) for each in found] == [
        (round(16_000 * start), round(16_000 * end)) for start, end in expected
    ]


def test_memory_stays_bounded_for_a_long_recording(talk: Path, tmp_path: Path) -> None:
    samples = read_waveform(talk).samples
    peaks = []
    for minutes in (1, 10):
        path = tmp_path / f"{minutes}.wav"
        soundfile.write(path, np.resize(samples, minutes * 60 * 16_000), 16_000)
        tracemalloc.start()
        try:
            assert speech_segments(path)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] - peaks[0] < 1e6  # nine minutes more are 35 MB
