"""The command itself: help, versions, failures; `humpcat features` and `humpcat doctor`."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny_models import tiny_bundle
from voices import RATE

import core_model
from app.cli.command_line import COMMANDS, is_command
from core_model.errors import HumpcatError
from core_model.features.prosody import PROSODY_NAMES
from core_model.settings import settings_file

Humpcat = Callable[..., subprocess.CompletedProcess[str]]


def table_of(text: str) -> tuple[list[str], list[list[str]]]:
    header, *rows = csv.reader(io.StringIO(text))
    return header, rows


def test_help_names_every_command_and_each_has_its_own(here: Humpcat) -> None:
    told = here("--help")
    assert told.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name}" in told.stdout
        assert here(name, "--help").returncode == 0
    assert here("--version").stdout == f"humpcat {core_model.__version__}\n"


def test_what_is_no_command_is_for_the_window() -> None:
    assert is_command(["predict"]) and is_command(["--debug", "doctor"]) and is_command(["-h"])
    assert not is_command([]) and not is_command(["--debug"]) and not is_command(["recording.wav", "predict"])


def test_no_traceback_is_shown_unless_asked_for(
    humpcat: Humpcat, here: Humpcat, home: Path, recordings: Path
) -> None:
    bundle = tiny_bundle(home / "data" / "models" / "default")
    (bundle.folder / "model.safetensors").write_bytes(b"torn")
    told = humpcat("predict", recordings)
    assert told.returncode == 1 and told.stdout == ""
    assert len(told.stderr.splitlines()) == 1 and "are damaged" in told.stderr
    with pytest.raises(HumpcatError, match="are damaged"):
        here("predict", recordings, "--debug")


def test_the_unexpected_is_one_line_too(here: Humpcat, home: Path) -> None:
    bundle = tiny_bundle(home / "data" / "models" / "default")
    (bundle.folder / "card.md").write_bytes(b"\xff\xfe no text")
    told = here("models", "show", "default")
    assert told.returncode == 1 and len(told.stderr.splitlines()) == 1
    assert told.stderr.startswith("humpcat: unexpected UnicodeDecodeError: ") and "--debug" in told.stderr
    with pytest.raises(UnicodeDecodeError):
        here("models", "show", "default", "--debug")


def test_a_reader_that_goes_away_is_no_error(model: Path, recordings: Path) -> None:
    command = [sys.executable, "-P", "-m", "app.main", "features", "--kind", "mfcc", *["long.wav"] * 40]
    soundfile.write(recordings / "long.wav", np.zeros(RATE * 20, dtype=np.float32), RATE)
    with subprocess.Popen(
        command, cwd=recordings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None and child.stderr is not None
        assert child.stdout.readline().startswith("file,time,")
        child.stdout.close()
        assert child.stderr.read() == ""
    assert child.returncode == 0


def test_prosody_is_a_row_a_recording_with_disvoices_names(here: Humpcat, recordings: Path) -> None:
    told = here("features", recordings, "--kind", "prosody")
    assert (told.returncode, told.stderr) == (0, "")
    header, rows = table_of(told.stdout)
    assert header == ["file", *PROSODY_NAMES] and len(header) == 104
    assert [Path(row[0]).name for row in rows] == ["a.wav", "b.flac", "c.wav"]
    values = [float(cell) for row in rows for cell in row[1:] if cell]
    assert len(values) > 200 and np.isfinite(values).all()


def test_mfcc_and_pitch_are_rows_in_time(here: Humpcat, recordings: Path, tmp_path: Path) -> None:
    header, rows = table_of(here("features", recordings / "a.wav", "--kind", "mfcc").stdout)
    assert header[:2] == ["file", "time"] and len(header) == 41
    assert [row[1] for row in rows[:3]] == ["0.00", "0.02", "0.04"] and len(rows) in (50, 51)
    out = tmp_path / "pitch.csv"
    assert here("features", recordings / "b.flac", "--kind", "pitch", "--out", out).stdout == ""
    header, rows = table_of(out.read_text(encoding="utf-8"))
    assert header == ["file", "time", "f0", "confidence"] and rows[1][1] == "0.01"
    assert len(rows) == pytest.approx(850, abs=3)
    voiced = [float(row[2]) for row in rows if row[2]]
    assert len(voiced) > 100 and np.median(voiced) == pytest.approx(94, abs=15)


def test_features_of_bad_files_are_left_out_and_told(here: Humpcat, recordings: Path) -> None:
    (recordings / "text.wav").write_text("no sound", encoding="utf-8")
    told = here("features", recordings, recordings / "missing.wav", "--kind", "prosody")
    assert told.returncode == 1 and len(table_of(told.stdout)[1]) == 3
    assert len(told.stderr.splitlines()) == 2 and "Traceback" not in told.stderr


def test_the_doctor_tells_what_there_is(humpcat: Humpcat, model: Path, home: Path) -> None:
    told = humpcat("doctor")
    assert (told.returncode, told.stderr) == (0, "Ready to predict.\n")
    for expected in (
        f"HuMP-CAT Studio {core_model.__version__}", "torch 2", "transformers", "cpu: ", "(chosen)", "default: angry",
        "audio devices", str(home / "data" / "models"), str(home / "cache"), sys.executable,
    ):  # fmt: skip
        assert expected in told.stdout


def test_the_doctor_says_what_predicting_lacks(here: Humpcat, home: Path) -> None:
    bundle = tiny_bundle(home / "data" / "models" / "default")
    os.rename(bundle.folder / "bundle.json", bundle.folder / "kept.json")
    (bundle.folder / "bundle.json").write_text("{", encoding="utf-8")
    told = here("doctor")
    assert told.returncode == 1 and "damaged" in told.stderr


def test_the_doctor_says_what_is_set_wrongly(here: Humpcat, model: Path) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("cache_gb = ", encoding="utf-8")
    told = here("doctor")
    assert told.returncode == 1 and "settings.toml cannot be read" in told.stderr and "cpu: " in told.stdout


def test_settings_are_set_shown_and_reset(here: Humpcat, model: Path) -> None:
    assert here("settings", "set", "cache_gb", "12").returncode == 0
    assert "cache_gb = 12.0" in here("settings", "show").stdout
    refused = here("settings", "set", "default_model", "nobody")
    assert refused.returncode == 1 and "No model is called 'nobody'" in refused.stderr
    assert here("settings", "reset", "cache_gb").returncode == 0
    assert "cache_gb = 0.0" in here("settings", "show").stdout


def test_models_that_are_none_are_told_so(here: Humpcat, home: Path) -> None:
    told = here("models", "show", "nobody")
    assert told.returncode == 1 and "No model is called 'nobody'" in told.stderr
