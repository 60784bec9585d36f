"""The engine's client with real engine processes."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.engine_client import EngineClient, with_arrays
from core_model.errors import HumpcatError
from training_jobs.engine_protocol import encode_array

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def client(qapp: QObject, home: Path) -> Iterator[EngineClient]:
    made = EngineClient()
    yield made
    made.close()


class Answers:
    """What came back for one request."""

    def __init__(self) -> None:
        self.results: list[dict[str, Any]] = []
        self.errors: list[HumpcatError] = []

    @property
    def ended(self) -> bool:
        return bool(self.results or self.errors)


def _ask(client: EngineClient, do: str, **fields: Any) -> tuple[int, Answers]:
    answers = Answers()
    return client.request(do, fields, answers.results.append, answers.errors.append), answers


def test_a_request_is_answered_with_arrays(
    client: EngineClient, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    _, answers = _ask(client, "predict", model="default", device="cpu", file=str(tone()), attention=True)
    until(lambda: answers.ended)
    assert not answers.errors
    weights = answers.results[0]["attention"][0]["maps"][0]["weights"]
    assert isinstance(weights, np.ndarray)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-4)


def test_an_error_comes_back_as_a_sentence(client: EngineClient, models: Path, until: Until) -> None:
    _, answers = _ask(client, "load", model="nobody", device="cpu")
    until(lambda: answers.ended)
    assert "nobody" in answers.errors[0].message


def test_a_cancelled_request_gets_no_answer(
    client: EngineClient, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    number, cancelled = _ask(
        client, "predict", model="default", device="cpu", file=str(tone("long.wav", 40.0))
    )
    client.cancel(number)
    _, answers = _ask(client, "load", model="default", device="cpu")
    until(lambda: answers.ended)
    assert answers.results
    assert not cancelled.ended


def test_a_killed_engine_fails_what_waited_and_comes_back(
    client: EngineClient, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    told: list[HumpcatError] = []
    client.crashed.connect(told.append)
    _, waiting = _ask(client, "predict", model="default", device="cpu", file=str(tone("long.wav", 60.0)))
    until(lambda: client.pid > 0)
    first = client.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: waiting.ended)
    assert "stopped unexpectedly" in waiting.errors[0].message
    assert len(told) == 1
    until(lambda: client.pid not in (0, first))
    _, answers = _ask(client, "load", model="default", device="cpu")
    until(lambda: answers.ended)
    assert answers.results


def test_an_engine_that_cannot_live_is_given_up_with_the_logs_place(
    qtbot: QtBot, home: Path, until: Until
) -> None:
    client, told = EngineClient(command=["-c", "import sys; sys.exit(3)"]), []
    client.crashed.connect(told.append)
    client.start()
    until(lambda: bool(told) and "again and again" in told[-1].message)
    assert "engine.log" in told[-1].hint
    assert len(told) < 10
    client.close()


def test_the_engine_ends_with_its_window(qapp: QObject, home: Path, until: Until) -> None:
    client = EngineClient()
    client.start()
    until(lambda: client.pid > 0)
    pid = client.pid
    client.close()
    assert not psutil.pid_exists(pid)


def test_arrays_are_found_wherever_they_are_in_a_message(tmp_path: Path) -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    message = {"a": [{"b": encode_array(array)}], "c": {"array": 3, "other": 1}}
    decoded = with_arrays(message)
    np.testing.assert_array_equal(decoded["a"][0]["b"], array)
    assert decoded["c"] == {"array": 3, "other": 1}
