"""`humpcat encoder`, as a process of its own."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from local_hub import LocalHub, read_folder

from app.main import main

REPOSITORY = "someone/tiny-hubert"


def humpcat(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "app.main", "encoder", *words]
    environment = {**os.environ, "COLUMNS": "160"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_an_encoder_is_fetched_listed_and_removed(local_hub: LocalHub, tiny_hubert: Path) -> None:
    local_hub.put(REPOSITORY, read_folder(tiny_hubert))
    fetched = humpcat("fetch", REPOSITORY, "--name", "mine")
    assert (fetched.returncode, fetched.stderr) == (0, "")
    before, _bar, after = fetched.stdout.partition("━")
    assert f"Source:  {local_hub.address}/{REPOSITORY}" in before
    size = sum(file.stat().st_size for file in tiny_hubert.iterdir())
    assert f"Size:    {size / 1e6:.1f} MB" in before and "Licence: apache-2.0" in before
    assert "mine is present: hubert, 3 layers of width 32" in after
    listed = humpcat("list")
    assert any(line.split()[:2] == ["mine", "hubert"] for line in listed.stdout.splitlines())
    assert "facebook/hubert-base-ls960" in listed.stdout
    assert humpcat("remove", "mine").returncode == 0
    assert "mine" not in humpcat("list").stdout


def test_a_known_encoder_that_is_present_is_not_offered(
    tiny_hubert: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_hubert, tmp_path / "copy")
    assert main(["encoder", "add", str(folder), "--name", "hubert-base"]) == 0
    assert "hubert-base is present" in capsys.readouterr().out
    assert main(["encoder", "list"]) == 0
    present, _title, offered = capsys.readouterr().out.partition("To fetch")
    assert "hubert-base" in present and "wavlm-large" in offered
    assert "hubert-base-ls960" not in offered


def test_failures_are_one_line_and_exit_code_1(local_hub: LocalHub, tmp_path: Path) -> None:
    for words, told in (
        (("fetch", "someone/unheard-of"), "There is no model someone/unheard-of"),
        (("add", str(tmp_path)), "holds no encoder"),
        (("remove", "nobody"), "The encoder nobody is not present"),
    ):
        result = humpcat(*words)
        assert result.returncode == 1 and told in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert humpcat("fetch").returncode == 2


def wait_for_a_part(home: Path) -> None:
    """Until some of the weights are on disk: what the server has sent may still be on its way."""
    end = time.monotonic() + 10
    while not any(part.stat().st_size for part in home.rglob("model.safetensors.*.part")):
        assert time.monotonic() < end
        threading.Event().wait(0.01)


def test_ctrl_c_stops_a_fetch_at_once_and_the_next_goes_on(
    local_hub: LocalHub, tiny_hubert: Path, home: Path
) -> None:
    local_hub.put(REPOSITORY, read_folder(tiny_hubert))
    local_hub.hold_after["model.safetensors"] = 100_000
    command = [sys.executable, "-P", "-m", "app.main", "encoder", "fetch", REPOSITORY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert local_hub.held.wait(30)
        wait_for_a_part(home)
        child.send_signal(signal.SIGINT)
        output, errors = child.communicate(timeout=5)
    assert child.returncode == 130
    assert "goes on from here" in output and "Traceback" not in errors
    local_hub.release.set()
    assert humpcat("fetch", REPOSITORY).returncode == 0
    assert local_hub.ranges("model.safetensors")[-1] is not None
