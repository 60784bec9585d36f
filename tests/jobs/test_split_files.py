"""Splits written, shared and read back: the same utterances wherever the corpus lies now."""

from dataclasses import replace
from pathlib import Path

import pytest

from core_model.errors import HumpcatError
from training_jobs.manifest import Utterance
from training_jobs.split_files import read_split, write_split
from training_jobs.splits import Split


def corpus(root: Path) -> list[Utterance]:
    return [
        Utterance(root / emotion / f"{number:03d}.wav", emotion, f"s{number}", "own")
        for emotion in ("angry", "sad")
        for number in range(3)
    ]


SPLIT = Split((0, 3), (1,), (2, 5))


def test_a_split_is_found_again_where_the_corpus_lies_now(tmp_path: Path) -> None:
    write_split(tmp_path / "draw.csv", corpus(tmp_path / "here"), SPLIT)
    assert read_split(tmp_path / "draw.csv", corpus(tmp_path / "there" / "deeper")) == SPLIT
    moved = [replace(each, file=each.file.with_suffix(".FLAC")) for each in corpus(Path("/Elsewhere"))]
    assert read_split(tmp_path / "draw.csv", moved[::-1]) == Split((5, 2), (4,), (3, 0))


def test_segments_of_one_file_are_told_apart_by_their_times(tmp_path: Path) -> None:
    file = tmp_path / "long.wav"
    segments = [Utterance(file, "sad", "a", "own", start, start + 1.5) for start in (0.0, 1.5, 1 / 3 + 7)]
    write_split(tmp_path / "draw.csv", segments, Split((2,), (), (0,)))
    assert read_split(tmp_path / "draw.csv", segments) == Split((2,), (), (0,))


def test_an_utterance_that_is_gone_is_not_taken_for_another_of_its_name(tmp_path: Path) -> None:
    write_split(tmp_path / "draw.csv", corpus(tmp_path), SPLIT)
    with pytest.raises(HumpcatError, match=r"names 1 utterance missing .* angry/000\.wav for one"):
        read_split(tmp_path / "draw.csv", corpus(tmp_path)[1:])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file,emotion\na.wav,sad\n", "is no split"),
        ("part,file\ntraining,angry/000.wav\n", "line 2: the part must be one of train, validation, test"),
        ("part,corpus,file\ntrain,own,angry/000.wav\ntest,own,angry/000.wav\n", "twice"),
        ("part,corpus,file\ntrain,own,angry/000.wav\n", "has no test part"),
        ("", "is no split"),
    ],
)
def test_what_is_no_split_is_refused_with_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "draw.csv").write_text(text)
    with pytest.raises(HumpcatError, match=told):
        read_split(tmp_path / "draw.csv", corpus(tmp_path))
