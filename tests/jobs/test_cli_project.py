"""`humpcat project`: what the window does with projects, without a window."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import soundfile
from tiny_models import tiny_bundle
from voices import RATE, voice

from app.predictions import PredictionStore, State
from core_model.bundle import find_bundle
from core_model.facts import Segment
from core_model.label_schemes import read_scheme
from core_model.project import editing
from core_model.project.edit import Edit
from core_model.project.predicting import stale_predictions
from core_model.project.project import Project
from core_model.project.rows import AnnotationRow, PredictionRow

Humpcat = Callable[..., subprocess.CompletedProcess[str]]
DEMOS = sorted((Path(__file__).parents[2] / "resources" / "demo").glob("*.flac"))[:2]


@pytest.fixture
def project(here: Humpcat, recordings: Path, tmp_path: Path) -> Path:
    """Of three recordings, two of 1 s and one of 8.5 s; nothing said yet."""
    path = tmp_path / "study.humpcat"
    assert here("project", "new", path, recordings, "--rater", "Anna").returncode == 0
    return path


@contextmanager
def editing_of(path: Path) -> Iterator[Project]:
    with closing(Project.open(path)) as project:
        assert not project.read_only
        yield project


@contextmanager
def seen(path: Path) -> Iterator[Project]:
    with closing(Project.open(path, read_only=True)) as project:
        yield project


def segment(path: Path, recording: str, *seconds: tuple[float, float], label: str | None = None) -> None:
    """Anna's segments."""
    with editing_of(path) as project:
        row = next(each for each in project.recordings if each.path.name == recording)
        spans = [(round(start * row.rate), round(end * row.rate)) for start, end in seconds]
        project.apply(editing.add_segments(project, row.id, 1, spans, label=label))


def predictions(path: Path) -> list[PredictionRow]:
    with seen(path) as project:
        return [row for each in project.recordings for row in project.predictions_of(each.id)]


def annotations(path: Path) -> list[AnnotationRow]:
    with seen(path) as project:
        return [row for each in project.recordings for row in project.annotations_of(each.id)]


# New, add


def test_a_project_is_made_of_a_folder(here: Humpcat, recordings: Path, tmp_path: Path) -> None:
    words = (recordings, "--scheme", "big-six", "--rater", "Anna")
    done = here("project", "new", tmp_path / "study", *words)
    path = tmp_path / "study.humpcat"
    assert (done.returncode, done.stdout, done.stderr) == (0, f"3 recordings added.\n{path}\n", "")
    with editing_of(path) as project:
        assert [row.path.name for row in project.recordings] == ["a.wav", "b.flac", "c.wav"]
        assert all(len(row.content_hash) == 64 for row in project.recordings)
        assert [rater.name for rater in project.raters] == ["Anna"]
        assert project.setting(editing.SCHEME)["name"] == "Big six and neutral"
    done = here("project", "new", path)
    assert done.returncode == 1 and "is there already" in done.stderr and path.exists()


def test_an_empty_project_can_be_wanted_but_not_one_of_bad_files(here: Humpcat, tmp_path: Path) -> None:
    assert here("project", "new", tmp_path / "empty").returncode == 0
    assert annotations(tmp_path / "empty.humpcat") == []
    (tmp_path / "text.wav").write_text("This is no sound.", encoding="utf-8")
    done = here("project", "new", tmp_path / "bad", tmp_path / "text.wav")
    assert done.returncode == 1 and done.stderr.startswith(f"humpcat: {tmp_path / 'text.wav'}: ")
    for words in ((tmp_path / "nowhere",), ("--scheme", "nonsense"), ("--rater", " ")):
        done = here("project", "new", tmp_path / "bad", *words)
        assert done.returncode == 1 and done.stderr.count("\n") == 1
    (tmp_path / "hollow").mkdir()
    assert "No audio files" in here("project", "new", tmp_path / "bad", tmp_path / "hollow").stderr
    assert not list(tmp_path.glob("bad*"))


def test_recordings_are_added_once_and_bad_ones_are_named(
    here: Humpcat, project: Path, recordings: Path, tmp_path: Path
) -> None:
    soundfile.write(recordings / "d.wav", voice("sad", 1.0), RATE)
    (recordings / "text.wav").write_text("This is no sound.", encoding="utf-8")
    done = here("project", "add", project, recordings)
    assert (done.returncode, done.stdout) == (0, "1 recording added, 3 there already, 1 left out.\n")
    assert done.stderr.startswith(f"humpcat: {recordings / 'text.wav'}: ") and done.stderr.count("\n") == 1
    done = here("project", "add", project, recordings / "text.wav", tmp_path / "missing.wav")
    assert (done.returncode, done.stdout) == (1, "0 recordings added, 2 left out.\n")
    with seen(project) as held:
        assert len(held.recordings) == 4 and all(row.content_hash for row in held.recordings)


def test_segments_beyond_the_end_of_a_file_that_is_shorter_now_are_told_of(
    here: Humpcat, project: Path, recordings: Path
) -> None:
    segment(project, "b.flac", (0.5, 1.5), (7.0, 8.0))
    soundfile.write(recordings / "b.flac", voice("sad", 2.0), RATE)
    done = here("project", "add", project, recordings)
    assert (done.returncode, done.stdout) == (0, "0 recordings added, 3 there already.\n")
    assert (
        done.stderr == "humpcat: 1 segment reaching beyond the end of a file that is shorter than it was.\n"
    )
    assert len(annotations(project)) == 2


# Segment


def test_segments_are_made_where_somebody_speaks(here: Humpcat, tmp_path: Path) -> None:
    path = tmp_path / "study.humpcat"
    soundfile.write(tmp_path / "silence.wav", voice("sad", 1.0) * 0, RATE)
    assert here("project", "new", path, *DEMOS, tmp_path / "silence.wav").returncode == 0
    done = here("project", "segment", path, "--recording", DEMOS[0].name, "--margin", "0.1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 segment in 1 recording.\n", "")
    (first,) = annotations(path)
    with seen(path) as project:
        assert 0 < first.start < first.end < project.recording(first.recording).frames
    done = here("project", "segment", path, "--longest", "0.5", "--shortest", "0.1")
    assert done.returncode == 0 and done.stdout.endswith(" segments in 1 recording; no speech in 1.\n")
    assert done.stderr == "humpcat: R1 has segments in 1 recording already.\n"
    rows = annotations(path)
    assert rows[0] == first
    assert len(rows) > 3 and all(row.end - row.start <= 0.5 * 48_000 for row in rows[1:])


def test_what_cannot_be_segmented_is_told(here: Humpcat, project: Path, recordings: Path) -> None:
    (recordings / "a.wav").unlink()
    done = here("project", "segment", project, "--recording", "a.wav")
    assert (done.returncode, done.stdout) == (1, "0 segments in 0 recordings.\n")
    assert str(recordings / "a.wav") in done.stderr and "relink" in done.stderr
    for words, told in (
        (("--rater", "Bo"), "no rater Bo. It has: Anna."),
        (("--recording", "x.wav"), "no recording called x.wav"),
        (("--threshold", "2"), "from 0 to 1"),
    ):
        done = here("project", "segment", project, *words)
        assert done.returncode == 1 and told in done.stderr and done.stderr.count("\n") == 1
    assert here("project", "segment", project, "--pause", "long").returncode == 2


# Predict


def test_segments_are_predicted_and_recordings_without_any_as_a_whole(
    humpcat: Humpcat, model: Path, project: Path
) -> None:
    segment(project, "b.flac", (0.5, 1.5), (2.0, 4.0))
    done = humpcat("project", "predict", project, "--rater", "anna", "--device", "cpu")
    assert (done.returncode, done.stdout, done.stderr) == (0, "4 segments predicted.\n", "")
    rows = predictions(project)
    assert [(row.start / RATE, row.end / RATE) for row in rows] == [(0, 1), (0.5, 1.5), (2, 4), (0, 1)]
    assert {(row.model_name, row.device, row.precision) for row in rows} == {("default", "cpu", "fp32")}
    assert all(sum(row.probabilities) == pytest.approx(1) and row.windows for row in rows)
    done = humpcat("project", "predict", project)
    assert (done.returncode, done.stdout) == (0, "0 segments predicted, 4 were already.\n")
    assert predictions(project) == rows


def test_the_window_finds_what_was_predicted(here: Humpcat, model: Path, project: Path) -> None:
    segment(project, "b.flac", (0.5, 1.5))
    assert here("project", "predict", project).returncode == 0
    with editing_of(project) as held:
        store = PredictionStore(lambda: held, lambda edit: held.apply(edit) is None)
        store.use_model(find_bundle("default").id)
        recording = next(row for row in held.recordings if row.path.name == "b.flac")
        of = Segment(recording.path, RATE // 2, 3 * RATE // 2, RATE)
        found = store.find(of)
        assert found is not None and found.fact.segment == of and store.state_of(of) is State.PREDICTED
        before = held.predictions
        store.put(found)
        assert [row.id for row in held.predictions] == [row.id for row in before]


def test_only_what_moved_is_predicted_again_unless_all_is_wanted(
    here: Humpcat, model: Path, project: Path
) -> None:
    segment(project, "b.flac", (0.5, 1.5), (2.0, 4.0))
    here("project", "predict", project)
    with editing_of(project) as held:
        moved = next(row for row in held.annotations if row.start == RATE // 2)
        held.apply(editing.move_edges(held, moved, RATE // 2, RATE))
        used = find_bundle("default").id
        assert [row.span for row in stale_predictions(held, used)] == [(RATE // 2, 3 * RATE // 2)]
        assert len(stale_predictions(held, "another")) == 4
    assert here("project", "predict", project).stdout == "1 segment predicted, 3 were already.\n"
    assert here("project", "predict", project, "--all").stdout == "4 segments predicted.\n"
    assert len(predictions(project)) == 5  # the stale one is still there
    (shown,) = json.loads(here("project", "show", project, "--json").stdout)["predictions"]
    assert (shown["model"], shown["count"], shown["stale"]) == ("default", 5, 1)


def test_the_project_knows_its_model(here: Humpcat, model: Path, home: Path, project: Path) -> None:
    tiny_bundle(home / "data" / "models" / "other", seed=1)
    here("project", "predict", project)
    with editing_of(project) as held:
        held.apply(
            Edit("model", (held.setting_change("model", "other"), held.setting_change("device", "cpu")))
        )
    assert here("project", "predict", project).stdout == "3 segments predicted.\n"
    shown = json.loads(here("project", "show", project, "--json").stdout)["predictions"]
    assert [(each["model"], each["count"], each["stale"]) for each in shown] == [
        ("default", 3, 3), ("other", 3, 0),
    ]  # fmt: skip
    done = here("project", "predict", project, "--model", "nonsense")
    assert done.returncode == 1 and "No model is called 'nonsense'" in done.stderr


def test_what_cannot_be_predicted_is_named_and_the_others_are(
    here: Humpcat, model: Path, project: Path, recordings: Path
) -> None:
    (recordings / "a.wav").unlink()
    content = bytearray((recordings / "b.flac").read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)  # of its size, but torn
    (recordings / "b.flac").write_bytes(content)
    done = here("project", "predict", project)
    assert (done.returncode, done.stdout) == (1, "1 segment predicted, 2 left out.\n")
    gone, torn = done.stderr.splitlines()
    assert gone.startswith(f"humpcat: {recordings / 'a.wav'}: The file is missing")
    assert torn.startswith(f"humpcat: {recordings / 'b.flac'} 0.000-8.500 s: ")
    assert len(predictions(project)) == 1


@pytest.mark.skipif(os.name == "nt", reason="no signals")
def test_predictions_made_until_it_is_killed_are_kept(humpcat: Humpcat, model: Path, project: Path) -> None:
    segment(project, "b.flac", *((at / 8, (at + 1) / 8) for at in range(64)))
    command = [sys.executable, "-P", "-m", "app.main", "project", "predict", str(project)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while len(predictions(project)) < 2 and time.monotonic() < deadline:
            assert process.poll() is None
        process.kill()
    kept = len(predictions(project))
    assert 2 <= kept < 66
    done = humpcat("project", "predict", project)
    assert done.stdout == f"{66 - kept} segments predicted, {kept} were already.\n"


# Show, scheme


def test_a_project_is_shown(here: Humpcat, project: Path, recordings: Path) -> None:
    segment(project, "b.flac", (0.5, 1.5), label="angry")
    segment(project, "b.flac", (2.0, 4.0))
    (recordings / "a.wav").unlink()
    done = here("project", "show", project)
    assert done.returncode == 0
    assert done.stdout.startswith("3 recordings, 1 of them missing, 0:00:10; The paper's four\n")
    assert f"missing: {recordings / 'a.wav'}\n" in done.stdout and "angry" in done.stdout
    found = json.loads(here("project", "show", project, "--json").stdout)
    assert (found["recordings"], found["missing"]) == (3, [str(recordings / "a.wav")])
    assert found["raters"] == [
        {"name": "Anna", "kind": "human", "segments": 2, "labelled": 1, "unsure": 0, "labels": {"angry": 1}}
    ]


def test_a_scheme_is_shown_changed_and_labels_in_use_are_mapped(
    here: Humpcat, project: Path, tmp_path: Path
) -> None:
    segment(project, "b.flac", (0.5, 1.5), label="angry")
    segment(project, "b.flac", (2.0, 4.0), label="happy")
    own = tmp_path / "own.json"
    shown = here("project", "scheme", project, "--json").stdout
    own.write_text(
        shown.replace('"angry"', '"cross"').replace('"The paper\'s four"', '"Own"'), encoding="utf-8"
    )
    assert read_scheme(own).names[0] == "cross"
    done = here("project", "scheme", project, "--set", own)
    assert done.returncode == 1 and "does not have: angry" in done.stderr
    done = here("project", "scheme", project, "--set", own, "--map", "angry=cross", "--map", "happy=")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Own: cross, happy, neutral, sad; 2 segments relabelled.\n"
    assert [row.label for row in annotations(project)] == ["cross", None]
    assert "Own: 4 labels" in here("project", "scheme", project).stdout
    done = here("project", "scheme", project, "--map", "bored=sad")
    assert done.returncode == 1 and "names no label in use. In use: cross." in done.stderr
    assert here("project", "restore", project, "--out", tmp_path / "before").returncode == 0
    assert [row.label for row in annotations(tmp_path / "before.humpcat")] == ["angry", "happy"]


# Relink, backups


def test_recordings_that_have_moved_are_found(
    here: Humpcat, project: Path, recordings: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    shutil.move(recordings / "a.wav", there / "new name.wav")
    (recordings / "b.flac").unlink()
    for words in (("--dry-run",), ()):
        before = project.read_bytes()
        done = here("project", "relink", project, there, *words)
        assert (done.returncode, done.stdout) == (
            1, f"{recordings / 'a.wav'} -> {there / 'new name.wav'}\nFound 1 of 2 missing recordings.\n",
        )  # fmt: skip
        assert done.stderr == f"humpcat: {recordings / 'b.flac'}: The file is not in these folders.\n"
        assert (project.read_bytes() == before) == bool(words)
    with seen(project) as held:
        assert held.recordings[0].path == there / "new name.wav"
    soundfile.write(recordings / "b.flac", voice("sad", 8.5), RATE)
    done = here("project", "relink", project, there)
    assert (done.returncode, done.stdout) == (0, "Every recording's file is where the project expects it.\n")
    assert "is no folder" in here("project", "relink", project, tmp_path / "nowhere").stderr


def test_backups_are_listed_and_restored(here: Humpcat, project: Path, tmp_path: Path) -> None:
    done = here("project", "backups", project)
    assert done.returncode == 1 and "There is no backup" in done.stderr
    for scheme in ("big-six", "iemocap"):
        assert here("project", "scheme", project, "--set", scheme).returncode == 0
    lines = here("project", "backups", project).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2"]
    project.unlink()  # they outlive it
    new = tmp_path / "elsewhere" / "new.humpcat"
    assert here("project", "restore", project, "--backup", 1, "--out", new).returncode == 0
    with seen(new) as held:
        assert held.setting(editing.SCHEME)["name"] == "Big six and neutral"
        assert all(row.path.is_file() for row in held.recordings)
    assert "is there already" in here("project", "restore", project, "--out", new).stderr
    done = here("project", "restore", project, "--backup", 3, "--out", tmp_path / "x")
    assert done.returncode == 1 and "has no backup 3. It has 2 backups; 1 is the newest." in done.stderr


def test_a_damaged_project_is_salvaged(here: Humpcat, project: Path, tmp_path: Path) -> None:
    segment(project, "b.flac", (0.5, 1.5), label="angry")
    content = project.read_bytes()
    project.write_bytes(content[:-4096])  # its last page
    damaged = project.read_bytes()
    assert "damaged" in here("project", "show", project).stderr
    out = tmp_path / "rescued.humpcat"
    done = here("project", "salvage", project, "--out", out)
    assert done.returncode in (0, 1) and done.stdout.startswith(f"{out}: Read: 3 recordings, 1 rater, ")
    assert (done.returncode == 1) == (" lost)" in done.stdout)
    assert project.read_bytes() == damaged
    with seen(out) as held:
        assert len(held.recordings) == 3
    done = here("project", "salvage", tmp_path / "missing", "--out", tmp_path / "x")
    assert done.returncode == 1 and "Nothing can be read" in done.stderr


# Beside a window


def test_what_a_window_has_open_is_shown_and_not_changed(
    here: Humpcat, model: Path, project: Path, recordings: Path
) -> None:
    with editing_of(project):
        for words in (
            ("add", project, recordings), ("segment", project), ("predict", project),
            ("relink", project, recordings), ("scheme", project, "--set", "iemocap"),
        ):  # fmt: skip
            done = here("project", *words)
            assert done.returncode == 1 and "can only be read" in done.stderr and done.stderr.count("\n") == 1
        for words in (
            ("show", project), ("scheme", project), ("relink", project, recordings, "--dry-run"),
        ):  # fmt: skip
            assert here("project", *words).returncode == 0
    assert here("project", "add", project, recordings).returncode == 0


def test_wrong_usage_is_told(here: Humpcat, project: Path) -> None:
    for words in (
        (),
        ("nonsense",),
        ("add", project),
        ("restore", project),
        ("predict", project, "--device", "x"),
    ):
        assert here("project", *words).returncode == 2
    assert here("project", "show", project.parent / "missing").returncode == 1


def test_nothing_but_predicting_loads_torch() -> None:
    code = "import sys, app.cli.project; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
