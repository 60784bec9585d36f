"""A child process for short computations whose libraries the window's own process had better not import.

librosa, numba and the pitch tracker's runtime hold Python's lock while they are read from disk and compiled: on a cold
start that is seconds in which no thread, the GUI's neither, would go on. Here only their process waits.
"""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from core_model.errors import HumpcatError

_LOOK_SECONDS = 0.05  # between two looks whether to stop


def go_on() -> None:
    """The check of work that nobody stops."""


class ComputeProcess:
    """Started at its first use, and again after it died; made once, passed down, closed at the end.

    `run` is called on threads of the task pool, never on the GUI thread, since it waits.

    Args:
        work: what it does, for the sentence that tells its end: "computes pitch and MFCC".
    """

    def __init__(self, work: str = "computes pitch and MFCC") -> None:
        self._work = work
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False

    def run(self, function: Callable[..., Any], *arguments: Any, check: Callable[[], None] = go_on) -> Any:
        """Call a module-level function there and wait for its value; `check` may raise to stop waiting.

        Raises:
            HumpcatError: the process died, or the function said so.
        """
        future = None
        try:
            future = self._started().submit(function, *arguments)
            while not future.done():
                wait([future], timeout=_LOOK_SECONDS)
                check()
            return future.result()
        except BrokenProcessPool as error:
            self._forget()
            raise HumpcatError(
                f"The process that {self._work} ended unexpectedly.", "Try again; a new one is started."
            ) from error
        finally:
            if future is not None:
                future.cancel()  # of no effect on one that is done

    def close(self) -> None:
        """End the process; what it computes now is waited for, what waits is dropped."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._closed:
                raise HumpcatError("The program is being closed.")
            if self._pool is None:
                # Spawned, not forked: a fork would take over the window's threads' locks as they are.
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin)
            return self._pool

    def _forget(self) -> None:
        with self._lock:
            self._pool = None


def _begin() -> None:
    """In the child: leave Ctrl+C to the parent, and end when the parent has, however it did."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(0)
