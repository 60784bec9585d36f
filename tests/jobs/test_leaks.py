"""The leak guard finds what training and test share, says so in a sentence, and refuses it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from core_model.audio import read_waveform
from core_model.cache import FeatureCache
from core_model.errors import HumpcatError
from training_jobs.leaks import (
    IDENTICAL,
    NEAR,
    SPEAKER,
    LeakReport,
    find_leaks,
    link_audio,
    refuse,
    second_copies,
)
from training_jobs.manifest import Utterance, with_speeds

ROOT = Path(__file__).resolve().parents[2]
DEMOS = sorted((ROOT / "resources" / "demo").glob("*.flac"))


class Stopped(Exception):
    """What a cancelled job raises from its progress."""


def said(file: Path, speaker: str, corpus: str = "demo", **more: float) -> Utterance:
    return Utterance(file, "happy", speaker, corpus, **more)


def kinds(report: LeakReport) -> list[str]:
    return [leak.kind for leak in report.leaks]


def mp3_of(file: Path, folder: Path) -> Path:
    wave = read_waveform(file).samples
    soundfile.write(folder / f"{file.stem}.mp3", 0.5 * wave[4_800:-4_800], 16_000)
    return folder / f"{file.stem}.mp3"


@pytest.fixture
def ravdess(corpora: Path) -> list[Utterance]:
    files = sorted((corpora / "ravdess").glob("Actor_0[67]/03-01-0[35]-*.flac"))
    return [said(file, file.stem[-2:], "ravdess") for file in files]


def test_parts_that_share_nothing_are_said_to() -> None:
    report = find_leaks([said(DEMOS[0], "a"), said(DEMOS[1], "b")], [said(DEMOS[2], "c")])
    assert not report.found
    assert report.sentence() == (
        "No leak: no speaker and no audio of the training part is in the test part (2 + 1 utterances compared)."
    )
    assert not report.brand
    refuse(report)


def test_what_a_model_learned_before_is_said_to_be_known_by_speakers_and_files_only() -> None:
    report = replace(find_leaks([], [said(DEMOS[0], "a")]), model="source-en")
    assert report.sentence() == (
        "No leak: no speaker and no audio of the training part is in the test part (1 utterance compared). "
        "What source-en learned before is compared by speakers and identical files only."
    )


def test_a_shared_speaker_is_found_once(tmp_path: Path) -> None:
    train = [said(DEMOS[0], "a"), said(DEMOS[1], "a"), said(DEMOS[2], "b")]
    report = find_leaks(train, [said(DEMOS[3], "a"), said(DEMOS[4], "c")])
    assert kinds(report) == [SPEAKER]
    assert report.lines() == ["speaker: demo/a (2 training and 1 test utterances)"]
    assert report.sentence() == "LEAK: 1 speaker is in both training and test (3 + 2 utterances compared)."


def test_a_speaker_is_found_behind_a_changed_speed() -> None:
    train = with_speeds([said(DEMOS[0], "a")], (0.9, 1.1))
    report = find_leaks(train, [said(DEMOS[1], "a")])
    assert kinds(report) == [SPEAKER]
    assert report.checked == (1, 1)


def test_one_name_in_two_corpora_is_two_people() -> None:
    assert not find_leaks([said(DEMOS[0], "01", "ravdess")], [said(DEMOS[1], "01", "emodb")]).found


def test_speakers_without_a_name_are_no_leak_but_are_told() -> None:
    report = find_leaks([said(DEMOS[0], "", "mesd")], [said(DEMOS[1], "", "mesd")])
    assert not report.found
    assert report.sentence() == (
        "No audio of the training part is in the test part, but who speaks is unknown in mesd: shared speakers cannot "
        "be ruled out (1 + 1 utterances compared)."
    )
    assert report.brand.startswith("SPEAKERS UNKNOWN")
    both = find_leaks([said(DEMOS[0], "", "mesd")], [said(DEMOS[0], "", "mesd")])
    assert both.sentence() == (
        "LEAK: 1 identical recording is in both training and test, and who speaks is unknown in mesd: shared speakers "
        "cannot be ruled out (1 + 1 utterances compared)."
    )
    assert both.brand.startswith("LEAKING")


def test_a_copy_of_a_file_is_found_under_any_name(tmp_path: Path) -> None:
    (tmp_path / "other.flac").write_bytes(DEMOS[0].read_bytes())
    report = find_leaks([said(DEMOS[0], "a")], [said(tmp_path / "other.flac", "b")])
    assert kinds(report) == [IDENTICAL]
    assert report.leaks[0].train == str(DEMOS[0]) and report.leaks[0].test == str(tmp_path / "other.flac")


def test_a_file_at_another_speed_is_the_same_recording() -> None:
    assert kinds(find_leaks(with_speeds([said(DEMOS[0], "a")], (0.9,)), [said(DEMOS[0], "b")])) == [IDENTICAL]


def test_stretches_of_one_file_leak_where_they_overlap() -> None:
    first, second = said(DEMOS[0], "a", start=0.5, end=1.5), said(DEMOS[0], "b", start=1.5, end=2.5)
    assert not find_leaks([first], [second]).found
    assert not find_leaks([first], [replace(second, start=1.2)]).found  # a turn that interrupts another
    report = find_leaks([first], [replace(second, start=0.9)])
    assert kinds(report) == [IDENTICAL]
    assert report.leaks[0].detail == "0.60 s of the same content"
    assert "from 0.90 s to 2.50 s" in report.leaks[0].test
    assert kinds(find_leaks([said(DEMOS[0], "a")], [second])) == [IDENTICAL]


def test_the_same_samples_in_another_container_are_near_identical(tmp_path: Path) -> None:
    samples, rate = soundfile.read(DEMOS[0], dtype="int16")
    soundfile.write(tmp_path / "same.wav", samples, rate)
    assert kinds(find_leaks([said(DEMOS[0], "a")], [said(tmp_path / "same.wav", "b")])) == [NEAR]


def test_a_trimmed_quieter_mp3_is_near_identical(tmp_path: Path) -> None:
    train = [said(demo, "a") for demo in DEMOS]
    report = find_leaks(train, [said(mp3_of(DEMOS[3], tmp_path), "b")])
    assert kinds(report) == [NEAR]
    assert report.leaks[0].train == str(DEMOS[3])
    assert report.leaks[0].detail.startswith("the same sound for 2.")


def test_a_leak_is_refused_with_a_way_out() -> None:
    report = find_leaks([said(DEMOS[0], "a")], [said(DEMOS[0], "a")])
    assert report.sentence() == (
        "LEAK: 1 speaker and 1 identical recording are in both training and test (1 + 1 utterances compared)."
    )
    with pytest.raises(HumpcatError, match="LEAK: 1 speaker and 1 identical recording") as refused:
        refuse(report)
    assert "--allow-leaks" in refused.value.hint
    refuse(report, allow=True)
    with pytest.raises(HumpcatError, match="identical"):
        refuse(report, expected=[SPEAKER])


def test_shared_speakers_pass_where_the_protocol_has_them() -> None:
    report = find_leaks([said(DEMOS[0], "a")], [said(DEMOS[1], "a")])
    refuse(report, expected=[SPEAKER])
    assert report.found


def test_a_report_survives_json_and_lists_no_more_than_asked() -> None:
    parts = [said(demo, demo.stem) for demo in DEMOS]
    report = find_leaks(parts, parts)
    assert LeakReport.from_json(json.loads(json.dumps(report.to_json()))) == report
    assert len(report.leaks) == 12
    assert report.lines(3)[-1] == "and 9 more"


def test_an_unreadable_file_is_no_leak(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_text("no audio")
    bad = said(tmp_path / "bad.wav", "a")
    report = find_leaks([bad, said(tmp_path / "gone.wav", "b")], [replace(bad, speaker="c")])
    assert not report.found
    assert report.unread == 3
    assert "3 of them unreadable" in report.sentence()


def test_second_copies_are_told_with_what_they_copy(tmp_path: Path) -> None:
    (tmp_path / "copy.flac").write_bytes(DEMOS[1].read_bytes())
    files = [DEMOS[0], DEMOS[1], tmp_path / "copy.flac", DEMOS[2], mp3_of(DEMOS[1], tmp_path), DEMOS[2]]
    rows = [said(file, "a") for file in files]
    assert second_copies(rows) == {2: 1, 4: 1, 5: 3}
    parts = [said(DEMOS[0], "a", start=start, end=start + 1) for start in (0.0, 1.0, 0.5, 2.0)]
    assert second_copies(parts) == {2: 0}


def test_turns_that_overlap_a_little_are_no_copies_however_many_they_are() -> None:
    turns = [said(DEMOS[0], "ab"[turn % 2], start=0.5 * turn, end=0.5 * turn + 0.7) for turn in range(4)]
    assert second_copies(turns) == {}
    assert not find_leaks(turns[::2], turns[1::2]).found


def test_links_serve_every_split(tmp_path: Path) -> None:
    rows = [said(demo, demo.stem) for demo in [*DEMOS, mp3_of(DEMOS[0], tmp_path)]]
    links = link_audio(rows, cache=FeatureCache(tmp_path / "cache"))
    for test in range(len(rows)):
        train = [row for number, row in enumerate(rows) if number != test]
        found = find_leaks(train, [rows[test]], links=links)
        assert NEAR in kinds(found) if test in (0, len(rows) - 1) else not found.found


def test_progress_rises_to_the_end_and_can_stop_it() -> None:
    told: list[tuple[int, int]] = []
    rows = [said(demo, demo.stem) for demo in DEMOS]
    link_audio(rows, lambda done, of: told.append((done, of)))
    assert told == sorted(told) and told[0] == (0, 12) and told[-1] == (12, 12)

    def stop(done: int, of: int) -> None:
        if done > 7:
            raise Stopped

    with pytest.raises(Stopped):
        find_leaks(rows[:3], rows[3:], stop)


def test_the_guard_needs_no_torch() -> None:
    code = "import sys, training_jobs.leaks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_identical_pair_of_ravdess_is_found(ravdess: list[Utterance]) -> None:
    [pair] = second_copies(ravdess).items()
    names = [ravdess[row].file.stem for row in pair]
    assert names == ["03-01-03-01-02-02-07", "03-01-03-01-02-01-07"]
    one, other = (ravdess[row] for row in pair)
    report = find_leaks([one], [other])
    assert kinds(report) == [SPEAKER, IDENTICAL]


def test_a_wrong_split_of_ravdess_is_refused(ravdess: list[Utterance], tmp_path: Path) -> None:
    """Every second recording tests: both speakers are in both parts; and a copy of one is passed off as another's."""
    copied = next(row.file for row in ravdess[::2])
    test = [*ravdess[1::2], said(mp3_of(copied, tmp_path), "99", "elsewhere")]
    report = find_leaks(ravdess[::2], test)
    assert (report.count(SPEAKER), report.count(IDENTICAL), report.count(NEAR)) == (2, 1, 1)
    with pytest.raises(HumpcatError, match="2 speakers, 1 identical recording and 1 near-identical"):
        refuse(report)
    by_speaker = [[row for row in ravdess if row.speaker == name] for name in ("06", "07")]
    refuse(find_leaks(*by_speaker))


def test_without_a_test_there_is_nothing_to_leak() -> None:
    report = find_leaks([said(DEMOS[0], "a")], [])
    assert not report.found and report.sentence() == "Nothing is tested, so there is nothing to leak."
