"""What the tests of jobs, engine and command line share: an untrained model installed, recordings, the command."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from tiny_models import tiny_bundle
from voices import RATE, voice

from app.main import main

Humpcat = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def model(home: Path) -> Path:
    """An untrained acoustic model, installed as the default one."""
    return tiny_bundle(home / "data" / "models" / "default").folder


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """A folder of two recordings, and a third in a folder inside."""
    folder = tmp_path / "recordings"
    (folder / "inner").mkdir(parents=True)
    soundfile.write(folder / "a.wav", voice("angry", 1.0), RATE)
    soundfile.write(folder / "b.flac", voice("sad", 8.5), RATE)
    soundfile.write(folder / "inner" / "c.wav", voice("happy", 1.0), RATE)
    return folder


@pytest.fixture
def humpcat(tmp_path: Path) -> Humpcat:
    """Runs the command as a process of its own, in an empty folder."""
    place = tmp_path / "working folder"
    place.mkdir()

    def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "app.main", *map(str, words)],
            capture_output=True,
            text=True,
            cwd=place,
            env={**os.environ, "COLUMNS": "200", "OMP_NUM_THREADS": "1", **environment},
            check=False,
        )

    return run


@pytest.fixture
def here(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Humpcat:
    """Runs the command in this process, which has imported torch already."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        capfd.readouterr()
        try:
            code = main([*map(str, words)])
        except SystemExit as end:  # argparse, of wrong usage
            code = int(end.code or 0)
        told = capfd.readouterr()
        return subprocess.CompletedProcess(words, code, told.out, told.err)

    return run
