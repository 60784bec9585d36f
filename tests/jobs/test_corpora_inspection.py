"""Inspection counts from headers; listening finds what should not be trusted; both end when nobody wants them."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from corpus_trees import NAMED, RATE, sound, sounds

from core_model.errors import HumpcatError
from training_jobs.audio_checks import (
    ADVICE,
    CLIPPED,
    CONTRADICTION,
    DUPLICATE,
    LONG,
    SHORT,
    SILENT,
    UNREADABLE,
    check_audio,
)
from training_jobs.corpora.inspection import NO_HEADER, inspect_corpus
from training_jobs.corpora.reading import open_corpus, read_corpus
from training_jobs.manifest import Utterance, write_manifest


class Cancelled(Exception):
    """What a caller raises who does not want to wait."""


def heard(folder: Path, *names: str, emotion: str = "sad") -> list[Utterance]:
    return [Utterance(folder / name, emotion, "s", "c") for name in names]


def test_an_inspection_counts_by_label_speaker_gender_and_rate(tmp_path: Path) -> None:
    folder = sounds(tmp_path, NAMED["esd"])
    soundfile.write(folder / "0015_001100.wav", np.zeros((RATE, 2)), 2 * RATE)
    done: list[tuple[int, int]] = []
    inspection = inspect_corpus(open_corpus(folder), lambda *counts: done.append(counts))
    assert done[-1] == (6, 6)
    assert sum(inspection.seconds) == pytest.approx(6 * 0.5)
    assert {name: count.utterances for name, count in inspection.by_label.items()} == {
        "angry": 1, "surprised": 1, "neutral": 1, "sad": 2, "happy": 1,
    }  # fmt: skip
    assert set(inspection.by_speaker) == {
        f"esd-{n}" for n in ("zh/0001", "zh/0007", "zh/0010", "en/0015", "en/0020")
    }
    assert {name: count.utterances for name, count in inspection.by_gender.items()} == {
        "female": 4,
        "male": 2,
    }
    assert inspection.by_corpus["esd-zh"].seconds == pytest.approx(1.5)
    assert (inspection.rates, inspection.channels) == ({RATE: 5, 2 * RATE: 1}, {1: 5, 2: 1})
    assert inspection.speakers_by_label["esd-zh/0001"] == {"angry": 1}
    assert json.loads(json.dumps(inspection.to_json()))["words"]["surprise"] == {
        "label": "surprised", "utterances": 1,
    }  # fmt: skip


def test_files_whose_header_cannot_be_read_are_left_out_and_told(tmp_path: Path) -> None:
    folder = sounds(tmp_path, NAMED["emodb"])
    (folder / "wav" / "03a01Wa.wav").write_bytes(b"RIFF no")
    (folder / "wav" / "08b10Ac.wav").write_bytes(b"nothing")
    inspection = inspect_corpus(open_corpus(folder))
    assert [each.speaker for each in inspection.reading.utterances] == ["16"]
    [(reason, files)] = inspection.skipped_by_reason.items()
    assert reason.startswith(NO_HEADER) and len(files) == 2


def test_a_corpus_of_which_nothing_can_be_read_is_refused(tmp_path: Path) -> None:
    folder = sounds(tmp_path, NAMED["emodb"])
    for path in folder.rglob("*.wav"):
        path.write_bytes(b"nothing")
    with pytest.raises(HumpcatError, match=r"None of the 3 files of .* can be read"):
        inspect_corpus(open_corpus(folder))


def test_a_corpus_without_speakers_says_so(tmp_path: Path) -> None:
    inspection = inspect_corpus(open_corpus(sounds(tmp_path, NAMED["mesd"])))
    assert inspection.unknown_speakers == 3 and not inspection.by_speaker


def test_the_manifest_of_a_corpus_is_read_back_as_the_corpus(tmp_path: Path) -> None:
    for name in ("mesd", "ravdess"):
        utterances = read_corpus(sounds(tmp_path / name, NAMED[name]))
        write_manifest(tmp_path / f"{name}.csv", utterances)
        assert read_corpus(tmp_path / f"{name}.csv") == utterances


def test_each_problem_is_found_and_told_with_what_to_do(tmp_path: Path) -> None:
    tone = np.sin(np.arange(2 * RATE) / 10)
    soundfile.write(tmp_path / "good.wav", 0.3 * tone, RATE)
    soundfile.write(tmp_path / "clipped.wav", np.clip(3 * tone, -1, 1), RATE)
    soundfile.write(tmp_path / "silent.wav", 1e-4 * tone, RATE)
    soundfile.write(tmp_path / "short.wav", 0.3 * tone[: RATE // 8], RATE)
    soundfile.write(tmp_path / "long.wav", 0.3 * np.tile(tone, 20), RATE)
    soundfile.write(tmp_path / "torn.flac", 0.3 * tone, RATE)
    whole = (tmp_path / "torn.flac").read_bytes()
    (tmp_path / "torn.flac").write_bytes(whole[: len(whole) // 2])
    names = ("good.wav", "clipped.wav", "silent.wav", "short.wav", "long.wav", "torn.flac", "none.wav")
    checks = check_audio(heard(tmp_path, *names))
    told = {(problem.kind, problem.utterances[0].file.name) for problem in checks.problems}
    assert told == {
        (CLIPPED, "clipped.wav"), (SILENT, "silent.wav"), (SHORT, "short.wav"), (LONG, "long.wav"),
        (UNREADABLE, "torn.flac"), (UNREADABLE, "none.wav"),
    }  # fmt: skip
    assert checks.checked == 7
    assert set(checks.to_json()["problems"]) == {CLIPPED, SILENT, SHORT, LONG, UNREADABLE}
    assert all(advice.todo.endswith(".") for advice in ADVICE.values())


def test_loud_peaks_alone_are_not_clipping(tmp_path: Path) -> None:
    samples = 0.3 * np.sin(np.arange(RATE) / 10)
    samples[::50] = 1.0  # single samples at full scale
    soundfile.write(tmp_path / "a.wav", samples, RATE)
    assert check_audio(heard(tmp_path, "a.wav")).problems == ()


def test_identical_audio_is_found_in_another_container_and_under_another_label(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav", 1)
    soundfile.write(tmp_path / "copy.flac", soundfile.read(tmp_path / "a.wav", dtype="int16")[0], RATE)
    sound(tmp_path / "b.wav", 2)
    same = check_audio(heard(tmp_path, "a.wav", "copy.flac", "b.wav"))
    [duplicate] = same.problems
    assert duplicate.kind == DUPLICATE
    assert [each.file.name for each in duplicate.utterances] == ["a.wav", "copy.flac"]
    other = [*heard(tmp_path, "a.wav"), *heard(tmp_path, "copy.flac", emotion="happy")]
    [contradiction] = check_audio(other).problems
    assert (contradiction.kind, contradiction.detail) == (CONTRADICTION, "2 times: happy, sad")


def test_stretches_of_one_file_are_heard_apart(tmp_path: Path) -> None:
    samples = np.zeros(2 * RATE, dtype=np.float32)
    samples[RATE:] = 0.1 * np.random.default_rng(0).normal(size=RATE)
    soundfile.write(tmp_path / "a.wav", samples, RATE)
    parts = [Utterance(tmp_path / "a.wav", "sad", "s", "c", at, at + 1) for at in (0, 1)]
    [silent] = check_audio(parts).problems
    assert (silent.kind, silent.utterances, silent.detail) == (SILENT, (parts[0],), "all zero")


def test_listening_ends_when_progress_raises(tmp_path: Path) -> None:
    utterances = heard(sounds(tmp_path, [f"{n}.wav" for n in range(300)]), *(f"{n}.wav" for n in range(300)))
    seen: list[int] = []

    def cancel(done: int, of: int) -> None:
        seen.append(done)
        raise Cancelled

    with pytest.raises(Cancelled):
        check_audio(utterances, cancel, threads=1)
    assert seen[0] < 300


@pytest.mark.parametrize(("name", "pairs"), [("ravdess", 1), ("banglaser", 2), ("emodb", 0)])
def test_the_known_blemishes_of_real_corpora_are_found(corpora: Path, name: str, pairs: int) -> None:
    checks = check_audio(read_corpus(corpora / name))
    assert len(checks.of_kind(DUPLICATE)) == pairs
    assert not checks.of_kind(CONTRADICTION) and not checks.of_kind(UNREADABLE) and not checks.of_kind(SILENT)
    if name == "ravdess":
        [pair] = checks.of_kind(DUPLICATE)
        assert [each.file.stem for each in pair.utterances] == [
            "03-01-03-01-02-01-07",
            "03-01-03-01-02-02-07",
        ]
