"""Manifests: what is written is read back, and what cannot be meant is refused in a sentence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core_model.errors import HumpcatError
from training_jobs.manifest import Utterance, frames_of, read_manifest, with_speeds, write_manifest

HEADER = "file,start,end,emotion,speaker,corpus\n"


def manifest(folder: Path, rows: str, header: str = HEADER) -> Path:
    path = folder / "corpus.csv"
    path.write_text(header + rows, encoding="utf-8")
    return path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    inside, outside = tmp_path / "corpus" / "wav" / "ä b.wav", tmp_path / "elsewhere" / "c.wav"
    utterances = [
        Utterance(inside, "angry", "s1", "mine"),
        Utterance(inside, "happy", "s1", "mine", 0.25, 1.5),
        Utterance(outside, "sad", "s2", "other", 3.0, None),
    ]
    path = tmp_path / "corpus" / "all.csv"
    write_manifest(path, utterances)
    assert read_manifest(path) == utterances
    text = path.read_text(encoding="utf-8")
    assert "wav/ä b.wav," in text and str(tmp_path / "corpus") not in text
    assert outside.as_posix() in text


def test_a_corpus_can_be_moved_with_its_manifest(tmp_path: Path) -> None:
    write_manifest(tmp_path / "old" / "all.csv", [Utterance(tmp_path / "old" / "a.wav", "sad", "s", "c")])
    (tmp_path / "old").rename(tmp_path / "new")
    assert read_manifest(tmp_path / "new" / "all.csv")[0].file == tmp_path / "new" / "a.wav"


def test_a_byte_order_mark_and_missing_times_and_corpus_are_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_bytes(b"\xef\xbb\xbffile,emotion,speaker\r\na.wav,angry,7\r\n")
    assert read_manifest(path) == [Utterance(tmp_path / "a.wav", "angry", "7", "words")]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(HumpcatError, match=r"lacks the columns emotion, speaker\.") as told:
        read_manifest(manifest(tmp_path, "a.wav,0\n", "file,start\n"))
    assert "file, start, end, emotion, speaker, corpus" in told.value.hint


@pytest.mark.parametrize(
    ("start", "end"),
    [("2", "1"), ("1", "1"), ("-1", "2"), ("nan", "1"), ("0", "inf"), ("x", ""), ("inf", "")],
)
def test_times_that_are_no_stretch_are_refused_with_their_line(tmp_path: Path, start: str, end: str) -> None:
    rows = f"a.wav,0,1,angry,s,c\na.wav,{start},{end},angry,s,c\n"
    with pytest.raises(HumpcatError, match="line 3"):
        read_manifest(manifest(tmp_path, rows))


@pytest.mark.parametrize("row", [",0,1,angry,s,c", "a.wav,0,1,,s,c", "a.wav", "a.wav,0,1,angry"])
def test_rows_without_file_emotion_or_the_speakers_cell_are_refused_with_their_line(
    tmp_path: Path, row: str
) -> None:
    with pytest.raises(HumpcatError, match=r"line 2: .*must not be empty"):
        read_manifest(manifest(tmp_path, row + "\n"))


def test_a_file_that_is_no_text_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    path.write_bytes("file,emotion,speaker\nä.wav,sad,1\n".encode("utf-16"))
    with pytest.raises(HumpcatError, match="cannot be read"):
        read_manifest(path)


def test_seconds_become_frames_of_the_files_own_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(44_100, dtype=np.float32), 44_100)
    whole = Utterance(path, "sad", "s", "c")
    assert frames_of(whole) == (0, None)
    assert frames_of(replace(whole, start=0.25, end=0.5)) == (11_025, 22_050)
    assert frames_of(replace(whole, start=0.25)) == (11_025, None)


def test_a_copy_at_another_speed_is_another_voice() -> None:
    one = Utterance(Path("a.wav"), "sad", "7", "c")
    faster, slower = with_speeds([one], (1.1, 0.9))
    assert (one.speaker_id, faster.speaker_id, slower.speaker_id) == ("c/7", "c/7@1.1", "c/7@0.9")
