"""`humpcat live` and `humpcat record` where there is no sound card: a file listened to, and what is refused."""

import csv
import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sound_server import SILENT
from voices import RATE, voice

from core_model.bundle import find_bundle
from core_model.extractor import Stretch
from core_model.predictor import Predictor

Humpcat = Callable[..., subprocess.CompletedProcess[str]]
LABELS = ["angry", "happy", "neutral", "sad"]
# Everything is speech, and every label its own window's.
PLAIN = ("--threshold", "0", "--smoothing", "0", "--standardisation", "model", "--device", "cpu")


@pytest.fixture
def silent(humpcat: Humpcat) -> dict[str, str]:
    """An environment without any input."""
    if humpcat("record", "--list-inputs", **SILENT).returncode == 0:
        pytest.skip("this machine has a sound card")
    return SILENT


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    path = tmp_path / "v.wav"
    soundfile.write(path, np.concatenate([voice("happy", 2.0), voice("sad", 2.2)]), RATE, "FLOAT")
    return path


def test_a_replay_writes_what_predict_says_of_the_same_windows(
    humpcat: Humpcat, model: Path, spoken: Path
) -> None:
    words = ("--hop", "1", "--window", "2", "--speed", "100", "--csv", "-", *PLAIN)
    result = humpcat("live", "--replay", spoken, *words)
    assert result.returncode == 0, result.stderr
    assert "4 labels, hop 1.00 s" in result.stderr and "skipped windows: 0" in result.stderr
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(float(row["start"]), float(row["end"])) for row in rows] == [(0, 1), (0, 2), (1, 3), (2, 4)]
    predictor = Predictor(find_bundle("default"), "cpu")
    for row in rows:
        start, end = (round(float(row[name]) * RATE) for name in ("start", "end"))
        offline = predictor.predict(Stretch(spoken, start, end))
        assert [float(row[label]) for label in LABELS] == pytest.approx(offline.probabilities, abs=1e-4)
        assert row["emotion"] == offline.emotion


def test_silence_is_no_speech(humpcat: Humpcat, model: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(3 * RATE), RATE)
    result = humpcat("live", "--replay", tmp_path / "silence.wav", "--speed", "100", "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert {(row["emotion"], row["confidence"], row["speech"]) for row in rows} == {("no speech", "", "0.00")}


def test_lines_go_to_a_new_file_only(humpcat: Humpcat, model: Path, spoken: Path, tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("mine", encoding="utf-8")
    words = ("live", "--replay", spoken, "--speed", "100", *PLAIN)
    result = humpcat(*words, "--csv", tmp_path / "l.csv")
    assert result.returncode == 1 and "is there already" in result.stderr
    assert (tmp_path / "l.csv").read_text(encoding="utf-8") == "mine"


def test_without_a_file_the_screen_shows_a_line_a_label(humpcat: Humpcat, model: Path, spoken: Path) -> None:
    shown = humpcat("live", "--replay", spoken, "--speed", "100", "--seconds", "2", "--hop", "0.5", *PLAIN)
    assert shown.returncode == 0, shown.stderr
    assert [line.split()[0] for line in shown.stdout.splitlines()] == ["0.50", "1.00", "1.50", "2.00"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("live",), "No input device was found"),
        (("live", "--hop", "0.01"), "The hop is 0.01"),
        (("live", "--replay", "none.wav"), "does not exist"),
        (("live", "--replay", "none.wav", "--record", "t.wav"), "recording already"),
        (("live", "--replay", "x.wav", "--speed", "0.5"), "speed"),
        (("record",), "No input device was found"),
        (("record", "--name", "{nobody}"), "no field"),
        (("record", "--seconds", "0"), "longer than 0"),
        (("record", "--project", "none.humpcat"), "none.humpcat"),
        (("record", "--list-inputs"), "no input device was found"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    humpcat: Humpcat, model: Path, silent: dict[str, str], tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    soundfile.write(tmp_path / "working folder" / "x.wav", voice("sad", 1.0), RATE)
    result = humpcat(*words, **silent)
    assert result.returncode == 1 and result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert told in line
