"""`humpcat agreement`: what is shown and what is written."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rated_projects import rated

from core_model.project.project import Project

Humpcat = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Open in a window all the while, so to speak."""
    said = {"R1": "aahhsS", "Beate": "aahnsa", "Chandra": "ahhnss"}
    made = rated(tmp_path / "study.humpcat", said, predicted="aahhss", recordings=2)
    yield made
    made.close()


def test_all_persons_are_compared(here: Humpcat, project: Project) -> None:
    told = here("agreement", project.path)
    assert told.returncode == 0
    for words in (
        "R1, Beate, Chandra: label, 12 units", "Fleiss' κ", "Krippendorff's α", "Beate – Chandra",
        "Confusion (rows: R1, columns: Chandra)", "0 of 6 disputes decided", "sad (unsure)",
    ):  # fmt: skip
        assert words in told.stdout, words


def test_two_are_compared_in_one_recording(here: Humpcat, project: Project, tmp_path: Path) -> None:
    out = tmp_path / "agreement.json"
    words = ("--raters", "beate", "model", "--recording", "2.wav", "--json", out)
    assert here("agreement", project.path, *words).returncode == 0
    written = json.loads(out.read_text(encoding="utf-8"))
    assert [(each["name"], each["person"]) for each in written["raters"]] == [
        ("Beate", True), ("model", False),
    ]  # fmt: skip
    assert written["units"] == 6
    share = next(each for each in written["measures"] if each["name"] == "Agreement")
    assert share["value"] == pytest.approx(4 / 6) and share["low"] <= share["value"] <= share["high"]
    assert sum(map(sum, written["pairs"][0]["confusion"])) == 6
    disputes = written["disputes"]
    assert [(Path(each["file"]).name, each["start"], each["end"]) for each in disputes] == [
        ("2.wav", 3.0, 4.0), ("2.wav", 5.0, 6.0),
    ]  # fmt: skip
    assert disputes[0]["said"]["Beate"] == {"text": "neutral", "unsure": False}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--raters", "Bea", "R1"), "no rater Bea"),
        (("--recording", "9.wav"), "no recording called 9.wav"),
        (
            ("--what", "arousal"),
            "have segments in common, but no two gave one of them a rating of arousal yet",
        ),
        (("--raters", "R1"), "Choose two raters"),
    ],
)
def test_what_cannot_be_compared_is_told(
    here: Humpcat, project: Project, words: tuple[str, ...], sentence: str
) -> None:
    told = here("agreement", project.path, *words)
    assert told.returncode == 1 and sentence in told.stderr
