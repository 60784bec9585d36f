"""What a job's work tells the world, and how it hears that it must stop."""

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from types import FrameType
from typing import Any

import psutil

from core_model.errors import HumpcatError

from .estimate import Estimate
from .run_folder import RunFolder
from .state import CANCELLED, INTERRUPTED, State
from .telling import sentence

POLL = 0.1  # s between looks for a wish to stop
PATIENCE = 0.6  # s that the work gets to stop by itself before its process ends under it
HEARTBEAT = 1.0  # s
STOPPED = 130  # exit code of a process whose job was cancelled or interrupted

_logger = logging.getLogger(__name__)


class Stopped(Exception):
    """Raised inside the work of a job that must stop; `status` is cancelled or interrupted."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Control:
    """One job's state while its process works on it.

    The work calls `phase`, `progress`, `event`; each raises `Stopped` once a stop was asked for. A thread beside it
    writes the state, looks for the wish to stop, and, when the work does not hear it within 0.6 s (a library call that
    cannot be interrupted), ends the process: everything is written aside and renamed, so that is safe at any moment.
    """

    def __init__(self, run: RunFolder, state: State) -> None:
        self._run = run
        self._state = state
        self._lock = threading.RLock()
        self._estimate = Estimate()
        self._part = ""
        self._phase_began = time.monotonic()
        self._stop = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="job watch", daemon=True)

    @contextlib.contextmanager
    def watching(self) -> Iterator["Control"]:
        """Write the state and look for a wish to stop for as long as the block lasts."""
        with contextlib.suppress(ValueError):  # signals come to main threads only
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, self._terminate)
        self._thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            self._thread.join()

    @property
    def state(self) -> State:
        """The state as it stands."""
        return self._state

    def change(self, **facts: Any) -> None:
        """Change fields of the state and write it at once."""
        with self._lock:
            self._state = replace(self._state, **facts, heartbeat=time.time())
            self._run.write_state(self._state)

    def check(self) -> None:
        """Raise if the job must stop.

        Raises:
            Stopped: it must.
        """
        if self._stop:
            raise Stopped(self._stop)

    @contextlib.contextmanager
    def part(self, number: int, of: int) -> Iterator[None]:
        """The phases inside the block are of one part of several, counted from 1."""
        self._part = f"{number} of {of}: "
        yield
        self._part = ""

    def phase(self, text: str) -> None:
        """Begin a phase of the work."""
        self.check()
        self._estimate = Estimate()
        self._phase_began = time.monotonic()
        text = f"{self._part}{text}"
        self.event("phase", text=text)
        self.change(phase=text, done=0.0, of=0.0, remaining=None)

    def progress(self, done: float, of: float) -> None:
        """How far the phase is."""
        self.check()
        with self._lock:
            remaining = self._estimate.remaining(done, of)
            self._state = replace(self._state, done=done, of=of, remaining=remaining)

    def event(self, kind: str, **facts: Any) -> None:
        """Tell of something: metrics, an artifact. Warnings of our loggers become events by themselves."""
        self.check()
        with self._lock:
            self._run.add_event(kind, facts)
        if said := sentence({"event": kind, **facts}):
            _logger.info("%s", said)

    def measured(self, what: str, work: float, encoder: str = "") -> None:
        """Tell how much work the phase did, so that later jobs can be estimated (see `cost`)."""
        seconds = round(time.monotonic() - self._phase_began, 3)
        self.event("measured", what=what, work=work, encoder=encoder, seconds=seconds)

    def _terminate(self, _signal: int, _frame: FrameType | None) -> None:
        self._stop = self._stop or INTERRUPTED

    def _watch(self) -> None:
        written = time.monotonic()
        asked = 0.0
        while not self._ended.wait(POLL):
            if not self._stop and self._run.is_cancel_asked():
                self._stop = CANCELLED
            now = time.monotonic()
            if self._stop:
                asked = asked or now
                if now - asked > PATIENCE:
                    self._end()
            elif now - written > HEARTBEAT:
                written = now
                self._beat()

    def _beat(self) -> None:
        try:
            self.change()
        except HumpcatError as error:  # a full disk: the work will meet it too
            _logger.warning("%s", error)

    def _end(self) -> None:
        """End the process in the middle of whatever it does."""
        with self._lock, contextlib.suppress(HumpcatError):
            self.change(**how_it_stopped(self._stop))
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
        sys.stderr.flush()
        os._exit(STOPPED)


def how_it_stopped(status: str) -> dict[str, Any]:
    """The fields of a state that was stopped on somebody's wish."""
    message = "Stopped on request." if status == CANCELLED else "Its process was told to end."
    return {
        "status": status,
        "message": message,
        "hint": "Resume it to go on where it was.",
        "ended": time.time(),
    }
