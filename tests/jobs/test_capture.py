"""Takes on disk: whole at every moment, named without writing over anything; the process that makes them."""

import datetime
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from voices import RATE, voice

from app.capture import client, inputs, process, take
from app.capture.client import CaptureProcess
from app.capture.take import TakeWriter, unfinished
from app.capture.take_names import PATTERN, next_take
from app.capture.wav_file import WavFile
from core_model.errors import HumpcatError
from core_model.live.ring_buffer import RingBuffer, create_ring, open_ring

NOW = datetime.datetime(2025, 3, 31, 14, 5, 59)
_PATIENCE = 60.0  # s


def until(holds: Callable[[], Any]) -> Any:
    """Wait until something holds."""
    end = time.monotonic() + _PATIENCE
    while not (found := holds()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
    return found


def sound(frames: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (frames, channels)).astype(np.float32)


@pytest.fixture
def ring() -> Iterator[RingBuffer]:
    made = create_ring(RATE, 2, 4.0)
    yield made
    made.remove()


# Files


@pytest.mark.parametrize(("bits", "error"), [(16, 1 / 2**16), (24, 1 / 2**24)])
def test_a_wav_file_is_whole_after_every_piece(tmp_path: Path, bits: int, error: float) -> None:
    path, pieces = tmp_path / "a.wav", [sound(n, 2, n) for n in (1, 7, 1000)]
    file = WavFile(path, 48000, 2, bits)
    assert soundfile.info(path).frames == 0
    for count, piece in enumerate(pieces, 1):
        file.append(piece)
        found, rate = soundfile.read(path, always_2d=True)
        assert rate == 48000
        assert np.abs(found - np.concatenate(pieces[:count])).max() <= error
    file.close()
    assert soundfile.info(path).subtype == f"PCM_{bits}"
    assert file.frames == 1008


def test_what_is_too_loud_is_clipped_and_does_not_wrap_around(tmp_path: Path) -> None:
    file = WavFile(tmp_path / "a.wav", 8000, 1, 24)
    file.append(np.array([[1.0], [2.0], [-1.0], [-3.0]], dtype=np.float32))
    file.close()
    assert soundfile.read(tmp_path / "a.wav")[0].round(4).tolist() == [1, 1, -1, -1]


def test_a_wav_file_takes_no_other_files_place(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError):
        WavFile(tmp_path / "a.wav", 8000, 1, 16)
    assert (tmp_path / "a.wav").read_text(encoding="utf-8") == "mine"


def test_a_file_cut_anywhere_behind_a_piece_still_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    file = WavFile(path, 8000, 1, 16)
    file.append(sound(100))
    header = path.read_bytes()[:44]
    file.append(sound(50))
    file.close()
    torn = header + path.read_bytes()[44:261]  # killed between samples and header
    path.write_bytes(torn)
    assert len(soundfile.read(path)[0]) == 100


def test_a_file_whose_writer_is_killed_holds_all_that_was_said_to_be_written(tmp_path: Path) -> None:
    script = (
        "import sys, numpy as np\nfrom pathlib import Path\nfrom app.capture.wav_file import WavFile\n"
        "file = WavFile(Path(sys.argv[1]), 48000, 2, 24)\n"
        "while True:\n"
        "    frames = file.frames + np.arange(480)\n"
        "    file.append(np.repeat(frames[:, None] / 2**23, 2, axis=1).astype(np.float32))\n"
        "    print(file.frames, flush=True)\n"
    )
    path = tmp_path / "a.wav"
    writer = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    said = [int(writer.stdout.readline()) for _ in range(200)]
    writer.kill()
    said += [int(line) for line in writer.stdout]
    writer.wait()
    writer.stdout.close()
    samples, _ = soundfile.read(path, dtype="int32")
    assert len(samples) in (said[-1], said[-1] + 480)  # the last piece may not have been told any more
    assert (samples >> 8 == np.arange(len(samples))[:, None]).all()


# Takes


def test_a_take_is_what_came_less_what_came_while_it_was_paused(ring: RingBuffer, tmp_path: Path) -> None:
    came = sound(1000, 2)
    ring.write(came[:100], 0.0)
    path = tmp_path / "new" / "t.wav"
    writer = TakeWriter(ring, path, 16)
    ring.write(came[100:400], 0.0)
    writer.pause()
    ring.write(came[400:600], 0.0)
    writer.resume()
    ring.write(came[600:1000], 0.0)
    until(lambda: soundfile.info(unfinished(path)).frames == 700)
    assert not path.exists()
    found = writer.stop()
    assert found.pieces == ((100, 400), (600, 1000)) and found.error is None and found.lost == 0
    assert (found.path, found.frames) == (path, 700)
    assert not unfinished(path).exists()
    assert soundfile.read(path)[0] == pytest.approx(np.concatenate([came[100:400], came[600:]]), abs=1e-4)


def test_a_take_ended_while_paused_ends_where_it_was_paused(ring: RingBuffer, tmp_path: Path) -> None:
    writer = TakeWriter(ring, tmp_path / "t.wav", 16)
    ring.write(sound(300, 2), 0.0)
    writer.pause()
    ring.write(sound(300, 2), 0.0)
    assert writer.stop().pieces == ((0, 300),)


def test_a_take_without_sound_leaves_nothing(ring: RingBuffer, tmp_path: Path) -> None:
    found = TakeWriter(ring, tmp_path / "t.wav", 16).stop()
    assert found.frames == 0 and found.error is not None
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_somebody_took_meanwhile_is_left_alone(ring: RingBuffer, tmp_path: Path) -> None:
    writer = TakeWriter(ring, tmp_path / "t.wav", 16)
    ring.write(sound(300, 2), 0.0)
    (tmp_path / "t.wav").write_text("mine", encoding="utf-8")
    assert writer.stop().path == tmp_path / "t-2.wav"
    assert (tmp_path / "t.wav").read_text(encoding="utf-8") == "mine"


def test_sound_that_was_lost_is_silence_of_its_length(
    ring: RingBuffer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take, "_LOOK_SECONDS", 60.0)  # the disk stalls
    writer = TakeWriter(ring, tmp_path / "t.wav", 16)
    came = sound(10 * RATE, 2)
    for start in range(0, len(came), 4000):
        ring.write(came[start : start + 4000], 0.0)
    gone = ring.oldest
    found = writer.stop()
    assert found.lost == gone > 0 and found.frames == len(came)
    samples = soundfile.read(found.path)[0]
    assert (samples[:gone] == 0).all()
    assert samples[gone:] == pytest.approx(came[gone:], abs=1e-4)


def test_sound_that_is_lost_while_it_is_written_ends_no_take(
    ring: RingBuffer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take, "_LOOK_SECONDS", 60.0)
    monkeypatch.setattr(take, "_PIECE_SECONDS", 0.1)
    monkeypatch.setattr(RingBuffer, "oldest", property(_running_away(RingBuffer.oldest.fget)))
    writer = TakeWriter(ring, tmp_path / "t.wav", 16)
    for _ in range(160):
        ring.write(sound(1000, 2), 0.0)
    found = writer.stop()
    assert found.frames == found.pieces[0][1] == 160_000
    assert 0 < found.lost <= found.frames and found.error is None


def _running_away(oldest: Callable[[RingBuffer], int]) -> Callable[[RingBuffer], int]:
    """Sound that comes in between any two looks at what is there."""

    def look(ring: RingBuffer) -> int:
        ring.write(np.zeros((100, 2), dtype=np.float32), 0.0)
        return oldest(ring)

    return look


def test_a_full_wav_file_ends_the_take_with_a_sentence(
    ring: RingBuffer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take, "LARGEST", 4000)
    writer = TakeWriter(ring, tmp_path / "t.wav", 16)
    ring.write(sound(400, 2), 0.0)
    until(lambda: soundfile.info(unfinished(tmp_path / "t.wav")).frames == 400)
    ring.write(sound(2000, 2), 0.0)
    until(lambda: writer.failed)
    found = writer.stop()
    assert found.error is not None and "4 GB" in found.error.message
    assert found.frames == soundfile.info(found.path).frames == 400
    assert found.pieces == ((0, 400),)


def test_a_full_disk_ends_the_take_and_keeps_it(ring: RingBuffer, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        writer = TakeWriter(ring, disk / "t.wav", 16)
        for _ in range(20):
            ring.write(sound(1000, 2), 0.0)
            time.sleep(0)
        until(lambda: writer.failed)
        found = writer.stop()
        assert found.error is not None and "disk is full" in found.error.message
        assert found.frames == soundfile.info(found.path).frames
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_cannot_be_written_is_told_at_once(ring: RingBuffer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(HumpcatError, match="cannot be written"):
        TakeWriter(ring, tmp_path / "file" / "t.wav", 16)
    unfinished(tmp_path / "t.wav").write_text("", encoding="utf-8")
    with pytest.raises(HumpcatError, match="not finished"):
        TakeWriter(ring, tmp_path / "t.wav", 16)


# Names


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (PATTERN, "p_2025-03-31_001.wav"),
        ("{speaker}_{time}", "anna b_14-05-59.wav"),
        ("take", "take.wav"),
        ("{number}", "001.wav"),
        ("a/b:c*{project}", "a-b-c-p.wav"),
        ("..", None),
        ("", None),
        ("{nobody}", None),
        ("{date", None),
        ("x" * 300, "x" * 200 + ".wav"),
    ],
)
def test_a_pattern_makes_a_name_that_every_system_takes(
    tmp_path: Path, pattern: str, name: str | None
) -> None:
    fields = {"project": "p", "speaker": "anna b"}
    if name is None:
        with pytest.raises(HumpcatError):
            next_take(tmp_path, pattern, fields, NOW)
    else:
        assert next_take(tmp_path, pattern, fields, NOW) == tmp_path / name


def test_a_field_that_is_empty_leaves_nothing_behind(tmp_path: Path) -> None:
    path = next_take(tmp_path, "{project}_{speaker}_{date}", {"project": "", "speaker": ""}, NOW)
    assert path.name == "2025-03-31.wav"


def test_the_next_free_number_is_taken(tmp_path: Path) -> None:
    def name(pattern: str) -> str:
        return next_take(tmp_path, pattern, {"project": "p", "speaker": ""}, NOW).name

    for taken in ("p_001.wav", "p_002.unfinished.wav", "take.wav", "take_2.wav"):
        (tmp_path / taken).write_text("", encoding="utf-8")
    assert name("{project}_{number}") == "p_003.wav"
    assert name("take") == "take_3.wav"


def test_a_long_name_leaves_room_for_a_number_and_for_its_ending(tmp_path: Path) -> None:
    for project in ("p" * 300, "আমার " * 60):
        for _ in range(3):
            path = next_take(tmp_path, PATTERN, {"project": project, "speaker": ""}, NOW)
            assert not path.exists()
            unfinished(path).write_text("", encoding="utf-8")


# The process


@pytest.fixture
def capture() -> Iterator[CaptureProcess]:
    made = CaptureProcess()
    yield made
    made.close()


def test_a_file_comes_in_as_from_a_microphone(capture: CaptureProcess, tmp_path: Path) -> None:
    samples = voice("happy", 2.0)
    soundfile.write(tmp_path / "v.wav", samples, RATE, "FLOAT")
    opened = capture.ask("replay", file=str(tmp_path / "v.wav"), speed=1000)
    heard = open_ring(Path(opened["ring"]))
    assert (opened["rate"], opened["channels"], opened["name"], heard.written) == (RATE, 1, "v.wav", 0)
    capture.ask("begin")
    until(lambda: any(event["event"] == "over" for event in capture.events()))
    assert heard.ended
    assert heard.read(0)[:, 0].tolist() == samples.tolist()
    assert not Path(opened["ring"]).exists()


def test_a_replay_in_real_time_takes_its_time(capture: CaptureProcess, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "v.wav", voice("happy", 1.0), RATE)
    opened = capture.ask("replay", file=str(tmp_path / "v.wav"), speed=1)
    heard, began = open_ring(Path(opened["ring"])), time.monotonic()
    capture.ask("begin")
    until(lambda: heard.ended)
    assert time.monotonic() - began >= 0.95


def test_what_cannot_be_done_is_said(capture: CaptureProcess, tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound", encoding="utf-8")
    soundfile.write(tmp_path / "v.wav", voice("happy", 1.0), RATE)
    for do, fields, words in (
        ("replay", {"file": str(tmp_path / "text.wav")}, "not an audio file"),
        ("replay", {"file": str(tmp_path / "none.wav")}, "does not exist"),
        ("replay", {"file": str(tmp_path / "v.wav"), "speed": 0.5}, "speed"),
        ("record", {"path": str(tmp_path / "t.wav")}, "nothing to record"),
        ("stop", {}, "Nothing is being recorded"),
        ("pause", {}, "Nothing is being recorded"),
        ("sing", {}, "does not know"),
    ):
        with pytest.raises(HumpcatError, match=words):
            capture.ask(do, **fields)
    assert capture.running


def test_a_process_that_does_not_answer_is_ended_and_the_next_one_answers(
    capture: CaptureProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture.ask("watch", on=False)
    first = capture.pid
    monkeypatch.setattr(client, "PATIENCE", 0.3)
    os.kill(first, signal.SIGSTOP)
    with pytest.raises(HumpcatError, match="does not answer"):
        capture.ask("watch", on=False)
    monkeypatch.setattr(client, "PATIENCE", _PATIENCE)
    assert capture.ask("watch", on=False)["event"] == "watching"
    assert capture.pid != first


def test_a_process_that_died_is_said_to_have_and_the_next_one_answers(capture: CaptureProcess) -> None:
    capture.ask("watch", on=False)
    os.kill(capture.pid, signal.SIGKILL)
    (event,) = until(capture.events)
    assert event["event"] == "died" and "ended unexpectedly" in event["message"]
    assert not capture.running
    assert capture.ask("watch", on=False)["event"] == "watching"


def test_lines_that_are_no_commands_are_passed_over(capture: CaptureProcess) -> None:
    capture.ask("watch", on=False)
    assert capture._process is not None and capture._process.stdin is not None
    capture._process.stdin.write(b"no json\n[1]\n")
    capture._process.stdin.flush()
    assert capture.ask("watch", on=False)["event"] == "watching"


def test_the_process_ends_with_whoever_started_it(tmp_path: Path) -> None:
    script = (
        "import os, sys, time\nfrom app.capture.client import CaptureProcess\n"
        "c = CaptureProcess(); c.ask('watch', on=False); print(c.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    number = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not _runs(number))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"


def test_without_portaudio_one_sentence_says_so_and_nothing_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing() -> None:
        raise inputs.MISSING

    for module in (inputs, process):
        monkeypatch.setattr(module, "portaudio", missing)
    told: list[dict[str, Any]] = []
    made = process.Capture(told.append)
    for do in ("watch", "inputs", "open"):
        made.obey({"id": 1, "do": do, "on": True})
        assert "PortAudio library is missing" in told.pop()["message"]
    made.look()
    assert told == []


def test_answers_and_what_happens_meanwhile_both_arrive(capture: CaptureProcess, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "v.wav", voice("happy", 0.5), RATE)
    capture.ask("replay", file=str(tmp_path / "v.wav"), speed=1000)
    capture.ask("begin")
    for _ in range(20):
        assert capture.ask("watch", on=False)["event"] == "watching"
    until(lambda: any(event["event"] == "over" for event in capture.events()))


def test_a_file_of_many_channels_comes_in_as_their_mean(capture: CaptureProcess, tmp_path: Path) -> None:
    samples = sound(1000, 8)
    soundfile.write(tmp_path / "v.wav", samples, RATE, "FLOAT")
    opened = capture.ask("replay", file=str(tmp_path / "v.wav"), speed=1000)
    heard = open_ring(Path(opened["ring"]))
    capture.ask("begin")
    until(lambda: heard.ended)
    assert heard.channels == 1
    assert heard.read(0)[:, 0] == pytest.approx(samples.mean(axis=1), abs=1e-6)
