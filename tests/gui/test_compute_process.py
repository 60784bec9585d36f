"""The compute process: values, failures, a death, a stop, and no orphan."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from app.compute_process import ComputeProcess
from app.tasks import Cancelled
from core_model.errors import HumpcatError

_LEAVES_A_CHILD = """
import os, sys
from app.compute_process import ComputeProcess
print(ComputeProcess().run(os.getpid), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def compute() -> Iterator[ComputeProcess]:
    made = ComputeProcess()
    yield made
    made.close()


def test_it_is_another_process_and_always_the_same_one(compute: ComputeProcess) -> None:
    first = compute.run(os.getpid)
    assert first != os.getpid()
    assert compute.run(os.getpid) == first


def test_an_error_comes_back_as_it_was(compute: ComputeProcess) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        compute.run(int, "no number")


def test_its_death_is_told_and_the_next_call_has_a_new_one(compute: ComputeProcess) -> None:
    first = compute.run(os.getpid)
    with pytest.raises(HumpcatError, match="ended unexpectedly"):
        compute.run(os.kill, first, signal.SIGKILL)
    assert compute.run(os.getpid) != first


def test_waiting_can_be_stopped(compute: ComputeProcess) -> None:
    compute.run(os.getpid)

    def check() -> None:
        raise Cancelled

    begun = time.monotonic()
    with pytest.raises(Cancelled):
        compute.run(time.sleep, 1.0, check=check)
    assert time.monotonic() - begun < 0.9


def test_it_ends_with_the_window_even_when_that_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _LEAVES_A_CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    parent.stdin.close()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running()
