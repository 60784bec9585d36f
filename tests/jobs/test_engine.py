"""The engine as the window starts it: a real child process, spoken to in JSON lines."""

import math
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tiny_models import tiny_bundle
from voices import RATE, voice

import core_model
from core_model.live.ring_buffer import RingBuffer, create_ring
from core_model.speech_segments import FRAME_SECONDS, SpeechConfig, segments_of
from training_jobs.engine_protocol import decode_array, decode_line, encode_line

ROOT = Path(__file__).resolve().parents[2]
Message = dict[str, Any]

# Before any of ours runs: a library that prints when it is imported, and whenever a recording is opened.
_NOISE = """
import os, sys
def noisy(event, arguments):
    if event == "import" and arguments[0] in ("torch", "soxr"):
        print("a library says hello", flush=True)
    elif event == "open" and str(arguments[0]).endswith(".wav"):
        print("print() from a library", flush=True)
        os.write(1, b"and from C\\n")
sys.addaudithook(noisy)
"""


class Child:
    """An engine process with folders of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.home = folder / "home"
        self.scratch = folder / "scratch"
        self.scratch.mkdir(parents=True)
        paths = [str(ROOT), environment.pop("NOISE", "")]
        own = {
            "HUMPCAT_HOME": str(self.home),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "TMPDIR": str(self.scratch),
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "-P", "-m", "training_jobs.engine"]
        with (folder / "log.txt").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **own, **environment},
            )
        self._next = 0

    def send(self, do: str, **fields: Any) -> int:
        self._next += 1
        assert self.process.stdin is not None
        self.process.stdin.write(encode_line({"id": self._next, "do": do, **fields}))
        self.process.stdin.flush()
        return self._next

    def read(self) -> Message:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the engine's stdout ended"
        return decode_line(line)

    def ask(self, do: str, **fields: Any) -> tuple[Message, list[Message]]:
        """The final answer of one request, and its progress."""
        number, progress = self.send(do, **fields), []
        while True:
            answer = self.read()
            assert answer["id"] == number
            if answer["event"] != "progress":
                return answer, progress
            progress.append(answer)

    def close(self) -> int:
        assert self.process.stdin is not None and self.process.stdout is not None
        if not self.process.stdin.closed:
            self.process.stdin.close()
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("engine")
    soundfile.write(folder / "short.wav", voice("happy", 1.5), RATE)
    soundfile.write(folder / "two.wav", voice("sad", 9.0), RATE)
    soundfile.write(folder / "long.wav", voice("angry", 30.0), RATE)
    with soundfile.SoundFile(folder / "hours.flac", "w", RATE, 1) as stream:
        half_a_minute = voice("angry", 30.0)
        for _ in range(120):
            stream.write(half_a_minute)
    (folder / "text.wav").write_text("no sound", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def child(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    made = Child(tmp_path_factory.mktemp("child"))
    tiny_bundle(made.home / "data" / "models" / "default")
    tiny_bundle(made.home / "data" / "models" / "other", seed=1)
    ready = made.read()
    assert ready == {"event": "ready", "pid": made.process.pid, "version": core_model.__version__}
    yield made
    assert made.close() == 0
    assert not list(made.scratch.glob("humpcat*"))


def test_a_model_is_loaded_and_described(child: Child) -> None:
    answer, progress = child.ask("load", model="default", device="cpu", precision="auto")
    model = answer["model"]
    assert answer["event"] == "result"
    assert (model["name"], model["labels"], model["device"]) == (
        "default", ["angry", "happy", "neutral", "sad"], "cpu",
    )  # fmt: skip
    assert model["encoder"] == "none" and len(model["id"]) == 64
    assert all(each["text"].startswith("Loading") for each in progress)
    again, progress = child.ask("load", model="default", device="cpu", precision="auto")
    assert again["model"] == model and progress == []


def test_a_prediction_comes_with_its_windows(child: Child, place: Path) -> None:
    answer, progress = child.ask("predict", model="default", device="cpu", file=str(place / "two.wav"))
    assert answer["event"] == "result" and answer["model_name"] == "default"
    assert [(window["start"], window["end"]) for window in answer["windows"]] == [(0, 7), (7, 9)]
    assert (answer["start"], answer["end"]) == (0, 9 * RATE)
    parts = np.array([window["probabilities"] for window in answer["windows"]])
    np.testing.assert_allclose(answer["probabilities"], (7 * parts[0] + 2 * parts[1]) / 9, atol=1e-6)
    counted = [(each["done"], each["of"]) for each in progress if each["text"] == "Predicting"]
    assert counted == [(1, 2), (2, 2)]
    assert "attention" not in answer


def test_attention_decodes_and_its_rows_sum_to_one(child: Child, place: Path) -> None:
    answer, _ = child.ask(
        "predict", model="default", device="cpu", file=str(place / "two.wav"), start=RATE, end=9 * RATE, attention=True
    )  # fmt: skip
    windows = answer["attention"]
    assert [(window["start"], window["end"]) for window in windows] == [(1, 8), (8, 9)]
    for window in windows:
        assert {each["stage"] for each in window["maps"]} == {"stage 1", "final"}
        for each in window["maps"]:
            weights = decode_array(each["weights"])
            keys, queries = decode_array(each["key_times"]), decode_array(each["query_times"])
            assert weights.shape == (4, len(queries), len(keys))
            assert (len(each["query_names"]), len(each["key_names"])) == weights.shape[1:]
            np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-4)
        times = decode_array(window["relevance"]["times"])
        values = decode_array(window["relevance"]["values"])
        assert times.shape == values.shape
        assert window["start"] <= times.min() and times.max() <= window["end"]
        assert 0 <= window["relevance"]["prosody_share"] <= 1


def test_the_deletion_test_is_answered(child: Child, place: Path) -> None:
    answer, progress = child.ask(
        "deletion_test", model="default", device="cpu", file=str(place / "short.wav")
    )
    assert answer["event"] == "result" and answer["label"] in ("angry", "happy", "neutral", "sad")
    assert len(answer["drop_random_draws"]) == 10
    assert answer["drop_random"] == pytest.approx(np.mean(answer["drop_random_draws"]))
    assert [each["done"] for each in progress if each["text"] == "Predicting"] == list(range(1, 13))


def test_segments_of_speech_are_found_in_frames(child: Child, corpora: Path, tmp_path: Path) -> None:
    speech, rate = soundfile.read(sorted((corpora / "emodb" / "wav").iterdir())[0], dtype="float32")
    gap = np.zeros(2 * rate, dtype=np.float32)
    soundfile.write(tmp_path / "gap.wav", np.concatenate([gap, speech, gap]), rate)
    answer, _ = child.ask("segments", file=str(tmp_path / "gap.wav"))
    assert answer["event"] == "result"
    assert answer["segments"][0][0] == pytest.approx(2 * rate, abs=0.4 * rate)
    assert answer["segments"][-1][1] <= len(speech) + 4 * rate
    none, _ = child.ask("segments", file=str(tmp_path / "gap.wav"), shortest=60.0)
    assert none["segments"] == []
    pieces, _ = child.ask("segments", file=str(tmp_path / "gap.wav"), longest=0.5)
    assert len(pieces["segments"]) > len(answer["segments"])
    assert max(end - start for start, end in pieces["segments"]) <= 0.5 * rate


def test_a_window_makes_the_same_segments_of_the_probabilities(
    child: Child, corpora: Path, tmp_path: Path
) -> None:
    speech, rate = soundfile.read(sorted((corpora / "emodb" / "wav").iterdir())[0], dtype="float32")
    talk = np.tile(np.concatenate([speech, np.zeros(rate, dtype=np.float32)]), 12)
    soundfile.write(tmp_path / "talk.wav", talk, rate)
    answer, progress = child.ask("speech", file=str(tmp_path / "talk.wav"))
    probabilities = decode_array(answer["probabilities"])
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (math.ceil(len(talk) / rate / FRAME_SECONDS),)
    counted = [(each["done"], each["of"]) for each in progress]
    assert len(counted) > 1 and counted == sorted(counted)
    assert counted[-1][0] == pytest.approx(counted[-1][1], abs=1)
    for wanted in ({}, {"threshold": 0.8, "longest": 1.0}):
        asked, _ = child.ask("segments", file=str(tmp_path / "talk.wav"), **wanted)
        made = segments_of(probabilities, len(talk) / rate, SpeechConfig(**wanted))
        assert asked["segments"] == [[round(rate * start), round(rate * end)] for start, end in made]


def test_the_model_can_be_exchanged(child: Child, place: Path) -> None:
    fields = {"device": "cpu", "file": str(place / "short.wav")}
    first, _ = child.ask("predict", model="default", **fields)
    other, progress = child.ask("predict", model="other", **fields)
    back, _ = child.ask("predict", model="default", **fields)
    assert progress[0]["text"] == "Loading the model other"
    assert other["model_id"] != first["model_id"] and other["probabilities"] != first["probabilities"]
    assert back == {**first, "id": back["id"]}


def test_what_cannot_be_done_is_told_with_a_hint_and_the_engine_goes_on(child: Child, place: Path) -> None:
    fields = {"model": "default", "device": "cpu"}
    for do, given, told in (
        ("predict", {**fields, "file": str(place / "text.wav")}, "text.wav is not an audio file"),
        ("predict", {**fields, "file": str(place / "missing.wav")}, "does not exist"),
        ("predict", {**fields, "file": str(place / "short.wav"), "start": 10**9}, "lies between"),
        ("load", {**fields, "model": "nobody"}, "No model is called 'nobody'"),
        ("load", {**fields, "device": "abacus"}, "abacus"),
        ("predict", fields, "KeyError"),
        ("speech", {"file": str(place / "text.wav")}, "text.wav is not an audio file"),
        ("segments", {"file": str(place / "short.wav"), "threshold": 1.5}, "threshold"),
    ):
        answer, _ = child.ask(do, **given)
        assert answer["event"] == "error" and told in answer["message"]
        assert answer["hint"] or "lies between" in told
    answer, _ = child.ask("dance")
    assert answer["event"] == "error" and "'dance'" in answer["message"]
    answer, _ = child.ask("load", model="default", device="cpu")
    assert answer["event"] == "result"


def test_lines_that_are_no_requests_do_no_harm(child: Child) -> None:
    assert child.process.stdin is not None
    child.process.stdin.write(b"no json\n[1, 2]\n\xff\xfe\n" + encode_line({"do": "cancel", "what": [1]}))
    answer, _ = child.ask("load", model="default", device="cpu")
    assert answer["event"] == "result"


def test_a_long_request_is_cancelled_between_windows(child: Child, place: Path) -> None:
    number = child.send("predict", model="default", device="cpu", file=str(place / "hours.flac"))
    while child.read()["event"] != "progress":
        pass
    child.send("cancel", what=number)
    answer = child.read()
    while answer["event"] == "progress":
        assert answer["done"] < answer["of"] / 2
        answer = child.read()
    assert answer == {"id": number, "event": "cancelled"}


def test_a_request_still_waiting_is_cancelled_unstarted(child: Child, place: Path) -> None:
    first = child.send("predict", model="default", device="cpu", file=str(place / "long.wav"))
    second = child.send("predict", model="default", device="cpu", file=str(place / "hours.flac"))
    child.send("cancel", what=second)
    seen = [child.read()]
    while seen[-1].get("id") != second:
        seen.append(child.read())
    assert seen[-1]["event"] == "cancelled" and seen[-2]["event"] == "result"
    assert seen[-2]["id"] == first


def test_the_search_for_speech_is_cancelled_too(child: Child, place: Path) -> None:
    number = child.send("segments", file=str(place / "hours.flac"))
    child.send("cancel", what=number)
    assert child.read() == {"id": number, "event": "cancelled"}
    number = child.send("speech", file=str(place / "hours.flac"))
    answer = child.read()
    assert answer["event"] == "progress" and answer["of"] == 3600
    child.send("cancel", what=number)
    while answer["event"] == "progress":
        assert answer["done"] < answer["of"] / 2
        answer = child.read()
    assert answer == {"id": number, "event": "cancelled"}


def test_a_live_request_reports_labels_until_the_sound_ends_and_can_be_steered(child: Child) -> None:
    ring = create_ring(RATE, 1, 60.0)
    try:
        config = {"hop": 0.5, "window": 1.0, "threshold": 0.0, "standardisation": "model"}
        fields = {"model": "default", "device": "cpu", "config": config, "begin": 0, "every": True}
        number = child.send("live", ring=str(ring.path), **fields)
        begun = _report(child, number)
        assert (begun["begun"]["name"], begun["frame"]) == ("default", 0)
        _come_in(ring, 2.0)
        reports = [_report(child, number) for _ in range(4)]
        assert [each["end"] for each in reports] == [8000, 16000, 24000, 32000]
        assert all(sum(each["smoothed"]) == pytest.approx(1) for each in reports)
        child.send("steer", what=number, config={**config, "hop": 1.0}, calibrate=True)
        child.send("steer", what=number, config={**config, "hop": 99})  # makes no sense, and is passed over
        child.send("steer", what=number + 100, config={**config, "hop": 0.1})  # another session's
        _come_in(ring, 0.4)  # a hop of 0.5 s would not be over, and steering is heard within 0.1 s
        time.sleep(0.3)
        _come_in(ring, 2.0)
        later = [_report(child, number) for _ in range(2)]
        assert [each["end"] for each in later] == [48000, 64000]
        assert [each["calibrated"] for each in later] == [1.0, 2.0]
        ring.end()
        assert child.read() == {"id": number, "event": "result"}
    finally:
        ring.remove()


def test_a_live_request_ends_when_it_is_cancelled_though_no_sound_comes(child: Child) -> None:
    ring = create_ring(RATE, 1, 10.0)
    try:
        number = child.send("live", ring=str(ring.path), model="default", device="cpu", config={})
        assert "begun" in _report(child, number)
        child.send("cancel", what=number)
        assert child.read() == {"id": number, "event": "cancelled"}
    finally:
        ring.remove()


def test_a_live_request_without_sound_is_refused(child: Child, place: Path) -> None:
    answer, _ = child.ask("live", ring=str(place / "none"), model="default", device="cpu")
    assert answer["event"] == "error" and "is gone" in answer["message"] and answer["hint"]


def _report(child: Child, number: int) -> Message:
    while (message := child.read())["event"] == "progress":
        assert message["id"] == number
    assert (message["event"], message["id"]) == ("report", number), message
    return message


def _come_in(ring: RingBuffer, seconds: float) -> None:
    for samples in np.array_split(voice("happy", seconds), round(seconds * 100)):
        ring.write(samples[:, None], time.monotonic())


def test_whatever_libraries_print_stdout_holds_answers_only(place: Path, tmp_path: Path) -> None:
    noise = tmp_path / "noise"
    noise.mkdir()
    (noise / "sitecustomize.py").write_text(_NOISE, encoding="utf-8")
    child = Child(tmp_path / "child", NOISE=str(noise))
    tiny_bundle(child.home / "data" / "models" / "default")
    assert child.read()["event"] == "ready"
    answer, _ = child.ask(
        "predict", model="default", device="cpu", file=str(place / "short.wav"), attention=True
    )
    assert answer["event"] == "result"
    assert child.close() == 0
    log = (tmp_path / "child" / "log.txt").read_text(encoding="utf-8")
    for printed in ("a library says hello", "print() from a library", "and from C"):
        assert printed in log


def test_it_ends_when_stdin_closes_in_mid_request(place: Path, tmp_path: Path) -> None:
    child = Child(tmp_path)
    tiny_bundle(child.home / "data" / "models" / "default")
    child.read()
    child.send("predict", model="default", device="cpu", file=str(place / "hours.flac"))
    child.send("predict", model="default", device="cpu", file=str(place / "hours.flac"))
    while child.read().get("text") != "Predicting":
        pass
    assert child.close() == 0
    assert not list(child.scratch.glob("humpcat*"))


def test_a_killed_engine_leaves_nothing_that_the_next_one_minds(place: Path, tmp_path: Path) -> None:
    first = Child(tmp_path / "first")
    tiny_bundle(first.home / "data" / "models" / "default")
    first.read()
    fields = {"model": "default", "device": "cpu", "file": str(place / "two.wav")}
    whole, _ = first.ask("predict", **fields)
    first.send("predict", **{**fields, "file": str(place / "hours.flac")})
    while first.read().get("text") != "Predicting":
        pass
    first.process.send_signal(signal.SIGKILL)
    first.process.wait(10)
    second = Child(tmp_path / "second")
    shutil.rmtree(second.home, ignore_errors=True)
    first.home.rename(second.home)  # its models, and its cache as the kill left it
    assert second.read()["event"] == "ready"
    answer, _ = second.ask("predict", **fields)
    assert answer == {**whole, "id": answer["id"]}
    assert second.close() == 0
    for stream in (first.process.stdin, first.process.stdout):
        assert stream is not None
        stream.close()
