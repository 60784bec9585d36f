"""`humpcat export`, `humpcat import` and `humpcat convert` on a real project."""

import csv
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from exchanged_projects import study

from core_model.project.project import Project

Humpcat = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    study(tmp_path / "study").close()
    return tmp_path / "study" / "study.humpcat"


def labels(path: Path, rater: str) -> list[str | None]:
    project = Project.open(path, read_only=True)
    number = next(each.id for each in project.raters if each.name == rater)
    found = [row.label for each in project.recordings for row in project.annotations_of(each.id, number)]
    project.close()
    return found


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_project_goes_out_and_into_another_one(humpcat: Humpcat, project: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "o.csv", tmp_path / "other.humpcat"
    done = humpcat(
        "export", project, "--out", out, "--rater", "Anna", "--rater", "Bo", "--rater", "prediction"
    )
    assert (done.returncode, done.stdout) == (0, f"8 segments in 1 file: {out}\n")
    assert {row["rater"] for row in rows(out)} == {"Anna", "Bo", "prediction"}
    dry = humpcat("import", other, out, "--create", "--dry-run")
    assert dry.returncode == 1 and "is not there" in dry.stderr and not other.exists()
    done = humpcat("import", other, out, "--create", "--tier-rater", "Bo=Cy", "--set", "sad=neutral")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:2] == ["New recordings: a.wav, ñ 声.wav, c.flac", "New raters: Anna, Cy"]
    assert labels(other, "Cy") == ["neutral", "neutral"]
    dry = humpcat("import", other, out, "--dry-run", "--tier-rater", "Bo=Cy")
    assert dry.returncode == 0
    assert "changed: " in dry.stdout and " Cy: neutral becomes sad\n" in dry.stdout
    assert dry.stdout.endswith("0 added, 2 changed, 6 the same, 0 refused.\n")
    assert labels(other, "Cy") == ["neutral", "neutral"]


def test_what_is_exported_can_be_chosen(here: Humpcat, project: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.csv"
    done = here(
        "export", project, "--out", out, "--recording", "a.wav", "--rater", "gold", "--rater", "bo",
        "--columns", "emotion", "probabilities", "--probabilities", "--raters-as-columns", "--features", "mfcc",
    )  # fmt: skip
    assert done.returncode == 0
    found = rows(out)
    assert list(found[0])[:5] == ["file", "start", "end", "emotion_gold", "angry_gold"]
    assert len(found) == 2 and len(found[0]) == 3 + 2 * 5 + 39
    done = here("export", project, "--format", "predictions", "--out", tmp_path / "p.csv")
    assert done.returncode == 0 and [row["emotion"] for row in rows(tmp_path / "p.csv")] == ["angry", "sad"]


def test_segments_are_cut_out(here: Humpcat, project: Path, tmp_path: Path) -> None:
    words = ("--cut", "flac", "--pattern", "{label}/{number}", "--rater", "Bo")
    done = here("export", project, "--out", tmp_path / "cut", *words)
    assert done.returncode == 0
    assert sorted(path.name for path in (tmp_path / "cut" / "sad").iterdir()) == ["1.flac", "2.flac"]


def test_files_in_the_way_are_replaced_only_when_that_is_said(
    here: Humpcat, project: Path, tmp_path: Path
) -> None:
    out = tmp_path / "grids"
    assert here("export", project, "--out", out, "--format", "textgrid", "--short", "--utf16").returncode == 0
    before = (out / "a.TextGrid").read_bytes()
    assert before.startswith((b"\xff\xfe", b"\xfe\xff"))
    done = here("export", project, "--out", out, "--format", "textgrid")
    assert done.returncode == 1 and "3 files would be replaced" in done.stderr
    assert (out / "a.TextGrid").read_bytes() == before
    assert here("export", project, "--out", out, "--format", "textgrid", "--overwrite").returncode == 0
    assert (out / "a.TextGrid").read_bytes() != before


def test_a_project_in_use_is_exported_but_not_imported_into(
    here: Humpcat, project: Path, tmp_path: Path
) -> None:
    out = tmp_path / "o.csv"
    window = Project.open(project)
    try:
        assert here("export", project, "--out", out).returncode == 0
        done = here("import", project, out)
        assert done.returncode == 1 and "can only be read" in done.stderr and "--dry-run" in done.stderr
        assert here("import", project, out, "--dry-run").returncode == 0
    finally:
        window.close()
    assert here("import", project, out).returncode == 0


def test_what_is_refused_is_named_and_counts_in_the_exit_code(
    here: Humpcat, project: Path, tmp_path: Path
) -> None:
    table = tmp_path / "t.csv"
    table.write_text("file,start,end,emotion,rater\nx.wav,0,1,sad,Cy\nc.flac,1,2,sad,Cy\n", encoding="utf-8")
    done = here("import", project, table)
    assert done.returncode == 1
    assert (
        done.stderr == "humpcat: refused: x.wav 0.000-1.000 s Cy: sad The recording is not in the project.\n"
    )
    assert done.stdout == "New raters: Cy\n1 added, 0 changed, 0 the same, 1 refused; 1 new rater.\n"
    assert labels(project, "Cy") == ["sad"]
    new = tmp_path / "new.humpcat"
    table.write_text("file,start,end,emotion\nx.wav,0,1,sad\n", encoding="utf-8")
    assert here("import", new, table, "--create").returncode == 1 and not new.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--rater", "nobody"), "has no rater nobody"),
        (("--recording", "x.wav"), "no recording called x.wav"),
        (("--cut", "wav", "--format", "csv"), "cut out, or exported"),
        (("--format", "audacity"), "5 files are needed"),
        (("--cut", "wav", "--pattern", "{x}"), "makes no names"),
    ],
)
def test_wrong_wishes_are_one_line(
    words: tuple[str, ...], told: str, here: Humpcat, project: Path, tmp_path: Path
) -> None:
    done = here("export", project, "--out", tmp_path / "o.txt", *words)
    assert done.returncode == 1 and told in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "o.txt").exists()


def test_wrong_usage_is_told_and_projects_are_not_converted(
    here: Humpcat, project: Path, tmp_path: Path
) -> None:
    assert here("export", project).returncode == 2
    assert here("import", project, tmp_path, "--format", "nonsense").returncode == 2
    for words in (("--tier-rater", "x=y"), ("--set", "joy=happy")):
        table = tmp_path / "t.csv"
        table.write_text("file,start,end,emotion,rater\nc.flac,1,2,sad,Cy\n", encoding="utf-8")
        done = here("import", project, table, *words)
        assert done.returncode == 1 and "names nothing" in done.stderr
    assert "humpcat export" in here("convert", project, tmp_path / "o.csv").stderr


def test_formats_are_converted(here: Humpcat, project: Path, tmp_path: Path) -> None:
    table, grid = tmp_path / "o.csv", tmp_path / "o.eaf"
    assert here("export", project, "--out", table, "--recording", "c.flac").returncode == 0
    done = here("convert", table, grid)
    assert (done.returncode, done.stdout) == (0, f"1 segment in 1 file: {grid}\n")
    assert here("convert", grid, table).returncode == 1  # it is there
    assert here("convert", grid, tmp_path / "tracks", "--to", "audacity").returncode == 0
    assert (tmp_path / "tracks" / "c.txt").read_text(encoding="utf-8") == "0.000000\t5.000000\tsad\n"
    done = here("convert", grid, tmp_path / "c.TextGrid", "--short", "--utf16")
    assert done.returncode == 0 and (tmp_path / "c.TextGrid").read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")
