"""Recordings whose files were moved are found again: by content, else by what the header and the name say."""

import contextlib
import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core_model import files
from core_model.audio import read_info
from core_model.errors import HumpcatError
from core_model.files import content_hash
from core_model.project import relinking
from core_model.project.edit import Edit, added, removed
from core_model.project.project import Project
from core_model.project.relinking import (
    Move,
    add_hashes,
    find_moved,
    hash_missing,
    missing,
    moved_alike,
    pointed_out,
    relink,
)
from core_model.project.rows import RecordingRow

RATE = 8000
NAMES = ("anna/1.wav", "anna/2.wav", "bert/1.wav", "bert/2.wav", "bert/other.wav")


def audio(path: Path, seed: int, frames: int = 800) -> Path:
    """Noise; files of one seed are the same to the bit, all of one length are of one size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).uniform(-0.5, 0.5, frames)
    soundfile.write(path, noise, RATE, subtype="PCM_16")
    return path


def row_of(project: Project, path: Path, *, hashed: bool) -> RecordingRow:
    info, digest = read_info(path), content_hash(path) if hashed else ""
    number, size = project.new_id(RecordingRow), path.stat().st_size
    return RecordingRow(number, path, digest, size, info.rate, info.channels, info.frames)


@pytest.fixture(params=[True, False], ids=["hashed", "not hashed"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """A project of five recordings of one size in two folders; two names are there twice."""
    made = Project.create(tmp_path / "p.humpcat")
    paths = [audio(tmp_path / "corpus" / name, seed) for seed, name in enumerate(NAMES)]
    made.apply(Edit("add", added(row_of(made, path, hashed=request.param) for path in paths)))
    yield made
    made.close()


def go_on() -> None:
    """Nobody cancels."""


def no_progress(done: int, of: int) -> None:
    assert 0 <= done <= of


def found(project: Project, *folders: Path) -> dict[str, Path]:
    """Where the missing recordings are, by the file that they were."""
    gone = missing(project.recordings)
    taken = {row.path for row in project.recordings} - {row.path for row in gone}
    moves = find_moved(gone, folders, go_on, no_progress, taken)
    assert all(move.sure == bool(move.recording.content_hash) for move in moves)
    return {f"{move.recording.path.parent.name}/{move.recording.path.name}": move.path for move in moves}


def test_a_file_that_is_not_there_or_has_changed_is_missing(project: Project) -> None:
    assert missing(project.recordings) == []
    first, second, third, *_ = project.recordings
    first.path.unlink()
    audio(second.path, 1, frames=801)
    third.path.unlink()
    third.path.mkdir()
    assert missing(project.recordings) == [first, second, third]


def test_a_moved_folder_is_found_each_file_in_its_place(project: Project, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "deep" / "corpus of 2020"
    target.parent.mkdir(parents=True)
    (tmp_path / "corpus").rename(target)
    assert found(project, tmp_path / "elsewhere") == {name: target / name for name in NAMES}


def test_a_relinked_project_finds_its_recordings_after_reopening(project: Project, tmp_path: Path) -> None:
    (tmp_path / "corpus").rename(tmp_path / "moved")
    gone = missing(project.recordings)
    edit = relink(project, find_moved(gone, [tmp_path], go_on, no_progress))
    assert edit.text == "re-link 5 recordings"
    project.apply(edit)
    with contextlib.closing(Project.open(project.path, read_only=True)) as again:
        assert again.recordings == project.recordings
        assert missing(again.recordings) == []
        assert [row.content_hash for row in again.recordings] == [row.content_hash for row in gone]
    project.apply(edit.reversed())
    assert missing(project.recordings) == gone


def test_files_under_other_names_are_found_by_their_content_alone(project: Project, tmp_path: Path) -> None:
    hashed = bool(project.recordings[0].content_hash)
    for number, name in enumerate(NAMES):
        (tmp_path / "corpus" / name).rename(tmp_path / f"new{number}.wav")
    expected = {name: tmp_path / f"new{number}.wav" for number, name in enumerate(NAMES)}
    assert found(project, tmp_path) == (expected if hashed else {})


def test_a_file_of_the_same_name_and_size_with_other_content_is_no_match_where_content_is_known(
    project: Project, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "corpus")
    other = audio(tmp_path / "new" / "bert" / "other.wav", 99)
    hashed = bool(project.recordings[0].content_hash)
    assert found(project, tmp_path / "new") == ({} if hashed else {"bert/other.wav": other})


def test_another_rate_is_no_match(project: Project, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "corpus")
    path = tmp_path / "new" / "other.wav"
    path.parent.mkdir()
    soundfile.write(path, np.zeros(800), RATE * 2, subtype="PCM_16")
    assert found(project, tmp_path / "new") == {}


def test_of_identical_files_the_one_in_the_same_folder_is_taken_and_none_twice(
    project: Project, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "corpus")
    # anna/1 and bert/1 become the same to the bit, and lie in three places, one of which fits neither.
    same = audio(tmp_path / "same.wav", 0)
    hashed = bool(project.recordings[0].content_hash)
    digest = content_hash(same) if hashed else ""
    twins = [replace(row, content_hash=digest) for row in project.recordings if row.path.name == "1.wav"]
    for place in ("a/x", "b/bert", "c/anna"):
        path = tmp_path / "new" / place / "1.wav"
        path.parent.mkdir(parents=True)
        shutil.copy(same, path)
    for order in (twins, twins[::-1]):
        moves = find_moved(order, [tmp_path / "new"], go_on, no_progress)
        assert {move.recording.path.parent.name: move.path.parent.name for move in moves} == {
            "anna": "anna",
            "bert": "bert",
        }
    (only,) = find_moved(twins, [tmp_path / "new" / "a"], go_on, no_progress)
    assert only.path.parent.name == "x"


def test_a_file_that_is_another_recording_is_not_taken(project: Project, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "corpus/anna/1.wav", tmp_path / "corpus/bert/1.wav")
    copy = Path(shutil.copy(tmp_path / "corpus/bert/2.wav", tmp_path / "2.wav"))
    (tmp_path / "corpus/bert/2.wav").unlink()
    assert found(project, tmp_path) == {"bert/2.wav": copy}


def test_only_files_of_a_fitting_size_are_read_and_each_once(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = bool(project.recordings[0].content_hash)
    (tmp_path / "corpus").rename(tmp_path / "moved")
    for number in range(5):
        audio(tmp_path / "moved" / f"long{number}.wav", number, frames=900)
        audio(tmp_path / "moved" / f"alike{number}.wav", 50 + number)
    read: list[Path] = []

    def counting(function: object) -> object:
        assert callable(function)
        return lambda path: (read.append(path), function(path))[1]

    files._content_hash.cache_clear()
    monkeypatch.setattr(relinking, "content_hash", counting(relinking.content_hash))
    monkeypatch.setattr(relinking, "read_info", counting(relinking.read_info))
    assert len(found(project, tmp_path / "moved", tmp_path / "moved")) == 5
    assert len(read) == len(set(read)) == 5
    gone = [replace(row, path=row.path.with_name("new name.wav")) for row in missing(project.recordings)]
    read.clear()
    assert len(find_moved(gone, [tmp_path / "moved"], go_on, no_progress)) == (5 if hashed else 0)
    assert len(read) == len(set(read)) == (10 if hashed else 0)


def test_a_search_can_be_stopped_and_tells_how_far_it_is(project: Project, tmp_path: Path) -> None:
    (tmp_path / "corpus").rename(tmp_path / "moved")
    told: list[tuple[int, int]] = []
    left = iter(range(9))

    def check() -> None:
        next(left)

    with pytest.raises(StopIteration):
        find_moved(missing(project.recordings), [tmp_path / "moved"], check, lambda *at: told.append(at))
    assert told and all(of == 5 for _, of in told)


def test_folders_that_are_not_there_hold_nothing(project: Project, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "corpus")
    assert found(project, tmp_path / "none", tmp_path / "p.humpcat") == {}
    assert find_moved([], [tmp_path], go_on, no_progress) == []


# By hand


def test_one_that_is_pointed_out_leads_to_the_others(project: Project, tmp_path: Path) -> None:
    (tmp_path / "corpus").rename(tmp_path / "moved")
    audio(tmp_path / "moved" / "bert" / "2.wav", 7, frames=900)
    gone = missing(project.recordings)
    move = pointed_out(gone[0], tmp_path / "moved" / "anna" / "1.wav")
    assert move.sure == bool(gone[0].content_hash)
    others = moved_alike(move, gone)
    assert [other.path for other in others] == [
        tmp_path / "moved" / name for name in NAMES if name not in ("anna/1.wav", "bert/2.wav")
    ]
    project.apply(relink(project, [move, *others]))
    assert [row.path.name for row in missing(project.recordings)] == ["2.wav"]


def test_another_recording_cannot_be_pointed_out(project: Project, tmp_path: Path) -> None:
    row = project.recordings[0]
    longer = audio(tmp_path / "longer.wav", 1, frames=1600)
    with pytest.raises(
        HumpcatError, match=r"longer\.wav is another recording: 0\.20 s at 8000 Hz in 1 channel"
    ):
        pointed_out(row, longer)
    (tmp_path / "text.wav").write_text("no audio")
    with pytest.raises(HumpcatError, match="not an audio file"):
        pointed_out(row, tmp_path / "text.wav")


def test_the_same_sound_in_another_format_may_be_pointed_out_and_is_not_sure(
    project: Project, tmp_path: Path
) -> None:
    row = project.recordings[0]
    samples, rate = soundfile.read(row.path)
    soundfile.write(tmp_path / "1.flac", samples, rate)
    move = pointed_out(row, tmp_path / "1.flac")
    assert not move.sure
    project.apply(relink(project, [move]))
    assert missing(project.recordings) == []
    assert project.recordings[0].content_hash == ""


def test_two_recordings_are_never_one_file(project: Project) -> None:
    first, second, *_ = project.recordings
    with pytest.raises(HumpcatError, match=r"2\.wav is in the project already"):
        relink(project, [Move(first, second.path, sure=True)])
    swap = relink(project, [Move(first, second.path, sure=True), Move(second, first.path, sure=True)])
    project.apply(swap)
    assert [row.path for row in project.recordings[:2]] == [second.path, first.path]


# Hashes


def test_hashes_are_computed_where_there_are_none_and_kept(project: Project) -> None:
    hashed = bool(project.recordings[0].content_hash)
    first, second, third, *_ = project.recordings
    pairs = list(hash_missing(project.recordings, go_on))
    assert [row.id for row, _ in pairs] == ([] if hashed else [row.id for row in project.recordings])
    assert all(digest == content_hash(row.path) for row, digest in pairs)
    # Meanwhile one was removed and one has moved.
    project.apply(Edit("remove", removed([first])))
    moved = second.path.rename(second.path.with_name("moved.wav"))
    project.apply(relink(project, [Move(second, moved, sure=False)]))
    project.apply(add_hashes(project, pairs))
    by_id = {row.id: row.content_hash for row in project.recordings}
    assert by_id[second.id] == ""
    assert by_id[third.id] == content_hash(third.path)


def test_files_that_are_gone_or_changed_get_no_hash(project: Project) -> None:
    first, second, *others = (replace(row, content_hash="") for row in project.recordings)
    first.path.unlink()
    audio(second.path, 5, frames=900)
    assert [row for row, _ in hash_missing([first, second, *others], go_on)] == others


# Many


def test_a_thousand_moved_files_of_one_size_and_few_names_are_told_apart(tmp_path: Path) -> None:
    chosen = random.Random(1)
    with contextlib.closing(Project.create(tmp_path / "p.humpcat")) as project:
        paths = [tmp_path / "old" / f"s{n // 10}" / f"{n % 10}.wav" for n in range(1000)]
        for seed, path in enumerate(paths):
            audio(path, seed, frames=200)
        project.apply(Edit("add", added(row_of(project, path, hashed=True) for path in paths)))
        (tmp_path / "new").mkdir()
        places = [tmp_path / "new" / f"s{n // 10}" / f"{n % 10}.wav" for n in range(1000)]
        chosen.shuffle(places)
        for path, place in zip(paths, places, strict=True):
            place.parent.mkdir(exist_ok=True)
            os.rename(path, place)
        moves = find_moved(missing(project.recordings), [tmp_path / "new"], go_on, no_progress)
        assert [move.path for move in moves] == places
