"""Real sound through PortAudio: what a sound server plays is recorded and predicted, devices that go are no disaster.

A sound server of the tests' own plays speech into a null sink; its monitor is the only input there is.
"""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from sound_server import RATE, SOURCE, SoundServer
from tiny_models import tiny_bundle

from app.capture.client import CaptureProcess
from app.capture.take import unfinished
from core_model.audio import read_waveform
from core_model.errors import HumpcatError
from core_model.folders import resources_folder
from core_model.live.ring_buffer import RingBuffer, open_ring
from core_model.project.project import Project

SPEECH = sorted((resources_folder() / "demo").glob("*.flac"))[0]
_PATIENCE = 120.0  # s


def until(holds: Callable[[], Any], patience: float = _PATIENCE) -> Any:
    """Wait until something holds."""
    end = time.monotonic() + patience
    while not (found := holds()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
    return found


@pytest.fixture
def capture(server: SoundServer) -> Iterator[CaptureProcess]:
    made = CaptureProcess()
    yield made
    made.close()


def opened(capture: CaptureProcess, channels: int = 1) -> RingBuffer:
    """The monitor, open and awake."""
    ring = open_ring(Path(capture.ask("open", input=f"pulse:{SOURCE}", channels=channels)["ring"]))
    until(lambda: ring.written)
    return ring


def likeness(recorded: np.ndarray, played: np.ndarray) -> tuple[float, float]:
    """Greatest correlation of the played sound (16 kHz) in a recording at 16 kHz, and its gain there."""
    size = len(recorded) + len(played)
    spectrum = np.fft.rfft(recorded, size) * np.conj(np.fft.rfft(played, size))
    at = int(np.argmax(np.fft.irfft(spectrum, size)[: len(recorded)]))
    found = recorded[at : at + len(played)]
    played = played[: len(found)]
    scale = float(found @ played / (played @ played))
    return float(found @ played / np.sqrt((found @ found) * (played @ played))), scale


def events_until(capture: CaptureProcess, name: str) -> list[dict[str, Any]]:
    """All events until one of this name."""
    found: list[dict[str, Any]] = []
    until(lambda: found.extend(capture.events()) or any(each["event"] == name for each in found))
    return found


def test_the_input_is_listed_by_its_name(capture: CaptureProcess) -> None:
    (found,) = capture.ask("inputs")["inputs"]
    assert found["name"].startswith("Monitor of")
    assert (found["channels"], found["rate"], found["usual"]) == (2, RATE, True)


def test_what_is_played_is_recorded(capture: CaptureProcess, server: SoundServer, tmp_path: Path) -> None:
    ring = opened(capture, channels=2)
    capture.ask("record", path=str(tmp_path / "t.wav"), bits=24)
    assert server.play(SPEECH).wait(_PATIENCE) == 0
    end = ring.written + RATE // 2
    until(lambda: ring.written > end)
    take = capture.ask("stop")
    assert ring.dropped == 0 and take["lost"] == 0
    assert soundfile.info(take["path"]).frames == take["frames"]
    correlation, gain = likeness(read_waveform(Path(take["path"])).samples, read_waveform(SPEECH).samples)
    assert correlation > 0.99
    assert gain == pytest.approx(1.0, abs=0.05)


def test_a_rate_and_channels_that_it_cannot_have_are_refused_with_what_it_can(
    capture: CaptureProcess,
) -> None:
    with pytest.raises(HumpcatError, match=r"cannot be opened with 1000 channels") as told:
        capture.ask("open", input=SOURCE, channels=1000)
    assert "its own rate" in told.value.hint
    with pytest.raises(HumpcatError, match=r"no input 'gramophone'"):
        capture.ask("open", input="gramophone")
    assert len(capture.ask("inputs")["inputs"]) == 1


def test_a_device_that_goes_away_ends_the_take_and_one_that_comes_back_can_be_used(
    capture: CaptureProcess, server: SoundServer, tmp_path: Path
) -> None:
    ring = opened(capture)
    capture.ask("record", path=str(tmp_path / "t.wav"))
    until(lambda: ring.written > 2 * RATE)
    server.unplug()
    try:
        began = time.monotonic()
        events = events_until(capture, "lost")
        assert time.monotonic() - began < 5
        take, lost = (next(each for each in events if each["event"] == name) for name in ("take", "lost"))
        assert "went away" in lost["message"] and "kept" in lost["hint"]
        assert soundfile.info(take["path"]).frames == take["frames"] > RATE
        assert capture.ask("inputs")["inputs"] == []
        with pytest.raises(HumpcatError, match="No input device"):
            capture.ask("open")
    finally:
        server.plug_in()
    capture.ask("watch", on=True)
    until(lambda: any(each["event"] == "inputs" and each["inputs"] for each in capture.events()))
    assert opened(capture).written


def test_a_source_that_goes_is_missed_though_the_server_goes_on_with_another(
    capture: CaptureProcess, server: SoundServer, tmp_path: Path
) -> None:
    server.plug_in("second")
    server.rescue_streams()
    server.make_usual("second")
    ring = opened(capture)
    capture.ask("record", path=str(tmp_path / "t.wav"))
    until(lambda: ring.written > RATE)
    server.unplug()
    try:
        events = events_until(capture, "lost")
        take, lost = (next(each for each in events if each["event"] == name) for name in ("take", "lost"))
        assert "went away" in lost["message"]
        assert soundfile.info(take["path"]).frames == take["frames"]
        assert [each["id"] for each in capture.ask("inputs")["inputs"]] == ["pulse:second.monitor"]
    finally:
        server.plug_in()
        server.unplug("second")


def test_what_is_recorded_when_the_process_is_killed_is_a_whole_file(
    capture: CaptureProcess, server: SoundServer, tmp_path: Path
) -> None:
    ring = opened(capture)
    begin = capture.ask("record", path=str(tmp_path / "t.wav"))["begin"]
    until(lambda: ring.written - begin > 3 * RATE)
    os.kill(capture.pid, signal.SIGKILL)
    events_until(capture, "died")
    kept = soundfile.info(unfinished(tmp_path / "t.wav")).frames
    assert ring.written - begin - kept < RATE, "at most a second is lost"
    samples = soundfile.read(unfinished(tmp_path / "t.wav"))[0]
    assert len(samples) == kept


def test_a_take_outlives_whoever_asked_for_it(server: SoundServer, tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom app.capture.client import CaptureProcess\n"
        "from core_model.live.ring_buffer import open_ring\n"
        "c = CaptureProcess(); r = open_ring(Path(c.ask('open')['ring']))\n"
        "c.ask('record', path=sys.argv[1])\n"
        "while r.written < 48000: time.sleep(0.01)\n"
        "print('now', flush=True); time.sleep(60)"
    )
    path = tmp_path / "t.wav"
    parent = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE)
    assert parent.stdout is not None and parent.stdout.readline() == b"now\n"
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(path.exists)
    assert soundfile.info(path).frames > RATE // 2


def test_what_comes_in_can_be_heard(capture: CaptureProcess, server: SoundServer) -> None:
    opened(capture)
    assert capture.ask("monitor", on=True)["on"]
    assert not capture.ask("monitor", on=False)["on"]


def test_the_command_record_ends_with_ctrl_c_and_brings_the_take_into_a_project(
    capture: CaptureProcess, server: SoundServer, tmp_path: Path
) -> None:
    project = tmp_path / "p.humpcat"
    Project.create(project).close()
    command = [
        "record",
        "--folder",
        str(tmp_path),
        "--name",
        "{project}_{speaker}_{number}",
        "--speaker",
        "anna",
    ]
    path = tmp_path / "p_anna_001.wav"
    with _running([*command, "--project", str(project)]) as running:
        until(lambda: unfinished(path).exists() and soundfile.info(unfinished(path)).frames > RATE)
        running.send_signal(signal.SIGINT)
        out, told = running.communicate(timeout=_PATIENCE)
    assert running.returncode == 0, told
    assert out.splitlines()[0] == str(path)
    assert "dropped blocks: 0" in told
    held = Project.open(project)
    assert [row.path for row in held.recordings] == [path]
    held.close()


def test_the_command_live_labels_what_is_spoken(
    capture: CaptureProcess, server: SoundServer, tmp_path: Path
) -> None:
    model = tiny_bundle(tmp_path / "tiny").folder
    lines = tmp_path / "l.csv"
    player = server.play_over_and_over([SPEECH])
    try:
        Project.create(tmp_path / "p.humpcat").close()
        words = ["--model", str(model), "--device", "cpu", "--hop", "0.5", "--csv", str(lines)]
        words += ["--project", str(tmp_path / "p.humpcat")]
        with _running(["live", *words, "--record", str(tmp_path / "t.wav")]) as running:
            until(lambda: lines.exists() and _spoken(lines) > 4)
            running.send_signal(signal.SIGINT)
            _, told = running.communicate(timeout=_PATIENCE)
    finally:
        server.stop_playing(player)
    assert running.returncode == 0, told
    assert "p95" in told and "dropped blocks: 0" in told
    with lines.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    spoken = [row for row in rows if row["confidence"]]
    assert sum(float(spoken[0][label]) for label in ("angry", "happy", "neutral", "sad")) == pytest.approx(
        1, abs=1e-4
    )
    assert soundfile.info(tmp_path / "t.wav").frames > RATE
    project = Project.open(tmp_path / "p.humpcat")
    (prediction,) = project.predictions
    assert prediction.recording == project.recordings[0].id and prediction.model_name == "tiny (live)"
    assert len(prediction.windows) == len(spoken)
    project.close()


def _spoken(lines: Path) -> int:
    with lines.open(encoding="utf-8") as file:
        return sum(bool(row["confidence"]) for row in csv.DictReader(file))


@contextmanager
def _running(words: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """The program with these words, ended at the end whatever happened."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.main", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
