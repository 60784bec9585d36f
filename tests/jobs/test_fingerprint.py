"""Fingerprints know a recording again, and tell two takes of one sentence apart."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr

from core_model.audio import read_waveform
from core_model.cache import FeatureCache
from core_model.errors import HumpcatError
from core_model.files import content_hash
from training_jobs.fingerprint import cached_fingerprint, fingerprint
from training_jobs.fingerprint_match import matches

ROOT = Path(__file__).resolve().parents[2]
DEMOS = sorted((ROOT / "resources" / "demo").glob("*.flac"))
RATE = 16_000
Wave = npt.NDArray[np.float32]

COPIES: dict[str, tuple[Callable[[Wave], Wave], int, dict[str, object]]] = {
    "wav": (lambda wave: wave, RATE, {}),
    "8 kHz": (lambda wave: soxr.resample(wave, RATE, 8_000), 8_000, {}),
    "44.1 kHz": (lambda wave: soxr.resample(wave, RATE, 44_100), 44_100, {}),
    "quieter": (lambda wave: wave * 0.25, RATE, {}),
    "turned over": (lambda wave: -wave, RATE, {}),
    "8 bit": (lambda wave: wave / np.abs(wave).max() * 0.9, RATE, {"subtype": "PCM_U8"}),
    "start trimmed": (lambda wave: wave[4_800:], RATE, {}),
    "both ends trimmed": (lambda wave: wave[4_801:-4_807], RATE, {}),
    "vorbis": (lambda wave: wave, RATE, {"format": "OGG", "subtype": "VORBIS", "compression_level": 1.0}),
    "trimmed mp3": (
        lambda wave: soxr.resample(wave[4_800:-4_800], RATE, 44_100), 44_100,
        {"format": "MP3", "bitrate_mode": "CONSTANT", "compression_level": 0.85},
    ),
    "trimmed opus at 8 kHz": (
        lambda wave: soxr.resample(wave[4_800:-4_800], RATE, 8_000), 8_000, {"format": "OGG", "subtype": "OPUS"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_matches_its_original_and_no_other(name: str, tmp_path: Path) -> None:
    change, rate, options = COPIES[name]
    container = {"OGG": "ogg", "MP3": "mp3"}.get(str(options.get("format")), "wav")
    made = []
    for demo in DEMOS:
        file = tmp_path / f"{demo.stem}.{container}"
        soundfile.write(file, change(read_waveform(demo).samples), rate, **options)
        made.append(fingerprint(file))
    found = {(match.query, match.reference) for match in matches(made, [fingerprint(demo) for demo in DEMOS])}
    assert found == {(row, row) for row in range(len(DEMOS))}


def test_a_match_tells_where_the_sound_lies(tmp_path: Path) -> None:
    wave = read_waveform(DEMOS[0]).samples
    soundfile.write(tmp_path / "late.wav", wave[round(0.5 * RATE) :], RATE)
    [match] = matches([fingerprint(tmp_path / "late.wav")], [fingerprint(DEMOS[0])])
    assert match.offset == pytest.approx(-0.5, abs=0.001)
    assert match.overlap == pytest.approx(len(wave) / RATE - 0.5, abs=0.01)
    assert match.likeness > 0.99


def test_a_segment_of_a_long_recording_is_known(tmp_path: Path) -> None:
    wave = np.concatenate([read_waveform(demo).samples for demo in DEMOS])
    soundfile.write(tmp_path / "long.wav", wave, RATE)
    before = sum(len(read_waveform(demo).samples) for demo in DEMOS[:3])
    part = fingerprint(tmp_path / "long.wav", before, before + len(read_waveform(DEMOS[3]).samples))
    assert [match.reference for match in matches([part], [fingerprint(demo) for demo in DEMOS])] == [3]
    whole = fingerprint(tmp_path / "long.wav")
    assert len({match.reference for match in matches([whole], [fingerprint(demo) for demo in DEMOS])}) == 6


def test_silence_and_steady_tones_match_nothing(tmp_path: Path) -> None:
    time = np.arange(3 * RATE) / RATE
    hum = 0.1 * np.sin(2 * np.pi * 100 * time) + 0.1 * np.sin(2 * np.pi * 440 * time)
    sounds = {
        "silence": 0 * time,
        "hum": hum,
        "noise": 0.01 * np.random.default_rng(0).normal(size=len(time)),
        "hum and noise": hum + 0.001 * np.random.default_rng(1).normal(size=len(time)),
        "hum and other noise": hum + 0.001 * np.random.default_rng(2).normal(size=len(time)),
    }
    prints = [fingerprint(demo) for demo in DEMOS]
    for name, sound in sounds.items():
        soundfile.write(tmp_path / f"{name}.wav", sound, RATE)
        prints.append(fingerprint(tmp_path / f"{name}.wav"))
    assert not list(matches(prints))


def test_what_is_too_short_to_tell_matches_nothing(tmp_path: Path) -> None:
    wave = read_waveform(DEMOS[0]).samples
    for seconds in (0.0001, 0.05, 0.3):
        soundfile.write(tmp_path / f"{seconds}.wav", wave[RATE : RATE + round(seconds * RATE)], RATE)
    prints = [fingerprint(file) for file in tmp_path.glob("*.wav")]
    assert len(prints) == 3
    assert not list(matches(prints, [fingerprint(DEMOS[0])]))


def test_takes_of_one_sentence_are_different_recordings(corpora: Path) -> None:
    files = sorted((corpora / "ravdess" / "Actor_07").glob("*.flac"))
    prints = [fingerprint(file) for file in files]
    found = [(files[match.query].stem, files[match.reference].stem) for match in matches(prints)]
    assert found == [("03-01-03-01-02-01-07", "03-01-03-01-02-02-07")]


def test_a_fingerprint_is_kept_by_content(tmp_path: Path) -> None:
    cache, audio = FeatureCache(tmp_path / "cache"), content_hash(DEMOS[0])
    made = cached_fingerprint(DEMOS[0], audio, cache=cache)
    kept = cached_fingerprint(tmp_path / "gone.flac", audio, cache=cache)
    for name in ("keys", "weak", "places", "outline"):
        one, other = getattr(made, name), getattr(kept, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_blocks_leave_no_trace(tmp_path: Path) -> None:
    wave = np.tile(read_waveform(DEMOS[0]).samples, 8)
    assert len(wave) > 20 * RATE
    soundfile.write(tmp_path / "long.wav", wave, RATE)
    soundfile.write(tmp_path / "late.wav", wave[12 * RATE : 18 * RATE], RATE)
    late = fingerprint(tmp_path / "late.wav")
    assert [match.likeness > 0.99 for match in matches([late], [fingerprint(tmp_path / "long.wav")])] == [
        True
    ]


def test_a_file_that_is_no_audio_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no audio")
    with pytest.raises(HumpcatError, match="not an audio file"):
        fingerprint(tmp_path / "a.wav")
