"""Corpora are known by the names of their files, or refused in a sentence."""

from collections import Counter
from pathlib import Path

import pytest

from core_model.errors import HumpcatError
from training_jobs.corpora.reading import read_corpus
from training_jobs.manifest import Utterance

PAPER = ("angry", "happy", "neutral", "sad")


def folder_of(folder: Path, *names: str) -> Path:
    """A folder of empty files: only their names count here."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def told(utterances: list[Utterance]) -> list[tuple[str, str, str, str]]:
    return [(each.file.name, each.emotion, each.speaker, each.corpus) for each in utterances]


def test_ravdess_is_recognised(tmp_path: Path) -> None:
    names = [f"Actor_{n % 24 + 1:02d}/03-01-{n:02d}-01-02-01-{n % 24 + 1:02d}.wav" for n in range(1, 9)]
    found = read_corpus(folder_of(tmp_path, *names))
    emotions = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgusted", "surprised"]
    assert [each.emotion for each in found] == emotions
    assert [each.speaker for each in found] == [f"{n + 1:02d}" for n in range(1, 9)]
    assert {each.corpus for each in found} == {"ravdess"}


def test_emodb_is_recognised_in_any_letter_case(tmp_path: Path) -> None:
    letters = {
        "W": "angry", "l": "bored", "E": "disgusted", "a": "fearful", "F": "happy", "t": "sad", "N": "neutral",
    }  # fmt: skip
    names = [f"wav/{n:02d}A0{n}{letter}b.WAV" for n, letter in enumerate(letters, start=3)]
    found = read_corpus(folder_of(tmp_path, *names))
    assert [each.emotion for each in found] == list(letters.values())
    assert [each.speaker for each in found] == [f"{n:02d}" for n in range(3, 10)]


def test_banglaser_is_recognised(tmp_path: Path) -> None:
    names = [f"03-01-{n:02d}-01-01-03-3{n - 1}.flac" for n in range(1, 6)]
    found = read_corpus(folder_of(tmp_path, *names))
    assert [each.emotion for each in found] == ["happy", "sad", "angry", "surprised", "neutral"]
    assert [each.speaker for each in found] == ["30", "31", "32", "33", "34"]
    assert {each.corpus for each in found} == {"banglaser"}


def test_companions_and_strangers_are_left_out(tmp_path: Path) -> None:
    names = ("03a01Wa.wav", "._03a01Wa.wav", "04a02Fb.wav", ".DS_Store", "notes.txt", "silence.wav")
    assert told(read_corpus(folder_of(tmp_path, *names))) == [
        ("03a01Wa.wav", "angry", "03", "emodb"),
        ("04a02Fb.wav", "happy", "04", "emodb"),
    ]


def test_names_that_ravdess_and_banglaser_share_are_asked_about(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "03-01-03-01-01-02-05.wav", "03-01-04-01-01-02-06.wav")
    with pytest.raises(HumpcatError, match="fit ravdess and banglaser alike") as error:
        read_corpus(folder)
    assert "--corpus" in error.value.hint
    assert [each.emotion for each in read_corpus(folder, "RAVDESS")] == ["happy", "sad"]
    assert [each.emotion for each in read_corpus(folder, "banglaser")] == ["angry", "surprised"]


def test_two_corpora_in_one_folder_are_refused_not_mixed_up(tmp_path: Path) -> None:
    ravdess = [f"a/03-01-0{n}-01-01-01-0{n}.wav" for n in range(1, 9)]
    banglaser = [f"b/03-01-0{n}-01-03-01-0{n}.wav" for n in range(1, 4)]
    with pytest.raises(HumpcatError, match="files of ravdess and of banglaser"):
        read_corpus(folder_of(tmp_path, *ravdess, *banglaser))


def test_what_is_no_corpus_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(HumpcatError, match="holds no audio files"):
        read_corpus(folder_of(tmp_path / "empty", "readme.txt"))
    with pytest.raises(HumpcatError, match="fit no known corpus") as error:
        read_corpus(folder_of(tmp_path / "odd", "hello.wav", "world.wav", "03a01Wa.wav"))
    assert "manifest" in error.value.hint
    with pytest.raises(HumpcatError, match="neither a folder nor a manifest"):
        read_corpus(tmp_path / "nowhere")
    with pytest.raises(HumpcatError, match="No corpus format is called 'nothing'"):
        read_corpus(tmp_path / "odd", "nothing")
    with pytest.raises(HumpcatError, match=r"No file in .* is named as ravdess"):
        read_corpus(tmp_path / "odd", "ravdess")


def test_a_manifest_is_a_corpus_too(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.wav")
    (tmp_path / "mine.CSV").write_text("file,emotion,speaker\na.wav,sad,s1\n", encoding="utf-8")
    assert told(read_corpus(tmp_path / "mine.CSV")) == [("a.wav", "sad", "s1", "mine")]


@pytest.mark.parametrize(
    ("name", "files", "speakers", "counts"),
    [
        ("emodb", 535, 10, (127, 71, 79, 62)),
        ("ravdess", 1440, 24, (192, 192, 96, 192)),
        ("banglaser", 1466, 34, (306, 306, 242, 306)),
    ],
)
def test_the_real_corpora_are_read_whole(
    corpora: Path, name: str, files: int, speakers: int, counts: tuple[int, ...]
) -> None:
    found = read_corpus(corpora / name)
    assert {each.corpus for each in found} == {name}
    assert (len(found), len({each.speaker_id for each in found})) == (files, speakers)
    by_emotion = Counter(each.emotion for each in found)
    assert tuple(by_emotion[label] for label in PAPER) == counts
