"""Segments cut out of recordings."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from formats_content import write_sound  # from tests/support

from core_model.errors import HumpcatError
from core_model.formats.cuts import Cut, check_pattern, cut_segments, example_name
from core_model.formats.entry import Entry, Refusal


def _cut(folder: Path, entries: list[Entry], home: Path, **options: str) -> tuple[list[Path], list[Refusal]]:
    done = list(cut_segments(folder, entries, lambda file: home / file, **options))
    return [each.path for each in done if isinstance(each, Cut)], [r for r in done if isinstance(r, Refusal)]


@pytest.mark.parametrize(
    ("subtype", "channels", "rate"),
    [("PCM_U8", 1, 8000), ("PCM_16", 2, 44_100), ("PCM_24", 1, 192_000), ("PCM_32", 1, 48_000), ("FLOAT", 3, 16_000),
     ("DOUBLE", 1, 16_000)],
)  # fmt: skip
def test_a_wav_is_the_recordings_own_samples(tmp_path: Path, subtype: str, channels: int, rate: int) -> None:
    source = write_sound(tmp_path / "a.wav", 1.0, rate, channels, subtype=subtype)
    before = hashlib.sha256(source.read_bytes()).digest(), source.stat().st_mtime_ns
    start, end = 1001, rate - 7
    (path,), refused = _cut(
        tmp_path / "cuts", [Entry("a.wav", start / rate, end / rate, "R1", "sad")], tmp_path
    )
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.subtype, info.format) == (
        rate,
        channels,
        subtype,
        info.format,
    )
    assert info.format in ("WAV", "WAVEX") and refused == []
    whole, cut = (soundfile.read(each, dtype="float64")[0] for each in (source, path))
    np.testing.assert_array_equal(cut, whole[start:end])
    assert before == (hashlib.sha256(source.read_bytes()).digest(), source.stat().st_mtime_ns)
    assert not list(path.parent.glob(".*"))


@pytest.mark.parametrize(
    ("subtype", "kept"), [("PCM_16", "PCM_16"), ("PCM_U8", "PCM_S8"), ("FLOAT", "PCM_24")]
)
def test_a_flac_is_the_recordings_own_sound(tmp_path: Path, subtype: str, kept: str) -> None:
    source = write_sound(tmp_path / "a.wav", 1.0, 22_050, 2, subtype=subtype)
    (path,), _ = _cut(tmp_path, [Entry("a.wav", 0.25, 0.75, "R1")], tmp_path, kind="flac")
    assert path.name == "a_0.25-0.75_unlabelled.flac" and soundfile.info(path).subtype == kept
    whole, cut = (soundfile.read(each)[0] for each in (source, path))
    np.testing.assert_allclose(cut, whole[round(0.25 * 22_050) : round(0.75 * 22_050)], atol=2**-23)


def test_of_a_compressed_recording_16_bits_are_kept(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.ogg", 2.0, 16_000, format="OGG", subtype="VORBIS")
    (path,), _ = _cut(tmp_path, [Entry("a.ogg", 0.5, 1.5, "R1", "sad")], tmp_path)
    assert soundfile.info(path).subtype == "PCM_16" and soundfile.info(path).frames == 16_000


def test_names_are_safe_and_never_taken(tmp_path: Path) -> None:
    write_sound(tmp_path / "sub" / "a.wav")
    entries = [
        Entry("sub/a.wav", 0, 0.5, "../R1", "so/so: \n?"),
        Entry("sub/a.wav", 0, 0.5, "../R1", "so/so: \n?"),
        Entry("sub/a.wav", 0, 0.5, "../R1", "SO/SO: \n?"),
    ]
    paths, _ = _cut(tmp_path / "out", entries, tmp_path, pattern="{rater}/{recording} {label}")
    names = [path.relative_to(tmp_path / "out").as_posix() for path in paths]
    assert names == [
        ".._R1/sub_a so_so_ __.wav", ".._R1/sub_a so_so_ __ (2).wav", ".._R1/sub_a SO_SO_ __ (3).wav",
    ]  # fmt: skip
    again, _ = _cut(tmp_path / "out", entries[:1], tmp_path, pattern="{rater}/{recording} {label}")
    assert again[0].name == "sub_a so_so_ __ (4).wav", "what is there stays"
    assert example_name("CON", entries[0]) == "_CON.wav"
    assert len(os.fsencode(example_name("{label}", Entry("a", 0, 1, "R1", "声" * 300)))) < 200


def test_a_recording_is_never_written_over(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "a.wav")
    before = source.read_bytes()
    (path,), _ = _cut(tmp_path, [Entry("a.wav", 0, 0.5, "R1")], tmp_path, pattern="{file}")
    assert path.name == "a (2).wav" and source.read_bytes() == before


def test_what_cannot_be_cut_is_named_and_the_rest_is_cut(tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav", 1.0)
    (tmp_path / "bad.wav").write_bytes(b"no sound")
    entries = [
        Entry("gone.wav", 0, 1, "R1"), Entry("bad.wav", 0, 1, "R1"), Entry("a.wav", 0.5, 2, "R1"),
        Entry("a.wav", 0.5, 0.500001, "R1"), Entry("a.wav", 0.5, 1.0, "R1"),
    ]  # fmt: skip
    paths, refused = _cut(tmp_path / "out", entries, tmp_path, pattern="{number:03d}")
    assert [path.name for path in paths] == ["005.wav"]
    assert [refusal.where for refusal in refused] == [
        "gone.wav, 0 s",
        "bad.wav, 0 s",
        "a.wav, 0.5 s",
        "a.wav, 0.5 s",
    ]
    assert refused[2].why == "It ends after its recording, which is 1.00 s long."
    assert refused[3].why == "It is shorter than one sample."


@pytest.mark.parametrize(
    "pattern",
    ["{colour}", "{file.__class__}", "{file[0]}", "{start", "{label:.2f}", "{file!r}", "{start:{end}}", "{}"],
)
def test_a_pattern_that_makes_no_names_is_refused(pattern: str) -> None:
    with pytest.raises(HumpcatError, match="makes no names"):
        check_pattern(pattern)
