"""The state of a job: what it is doing, how far it is, how it ended."""

import os
import socket
import time
from dataclasses import asdict, dataclass, fields
from typing import Any

import psutil

QUEUED = "queued"
RUNNING = "running"
DONE = "done"
FAILED = "failed"
CANCELLED = "cancelled"
INTERRUPTED = "interrupted"
ENDED = (DONE, FAILED, CANCELLED, INTERRUPTED)
RESUMABLE = (FAILED, CANCELLED, INTERRUPTED)

_GRACE = 30.0  # s that a job may take from its run folder to its process
_SILENCE = 120.0  # s without a heartbeat after which a job on another machine counts as dead
_KILLED = "Its process ended without a word: it was killed, or the machine was switched off."


@dataclass(frozen=True, slots=True)
class State:
    """What `state.json` says of a job; times are seconds since 1970.

    Attributes:
        status: one of queued, running, done, failed, cancelled, interrupted.
        message, hint: how it ended, in a sentence, and what to do.
        phase, done, of: what it is doing, and how far that is; `of` is 0 where nobody can say.
        remaining: seconds that the phase will still take, as estimated; None where nobody can say yet.
        pid, pid_started, host: the process that works on it.
        heartbeat: when that process last wrote.
        attempt: how often the job has been started.
        created, started, ended: when; 0 for not yet.
    """

    status: str = QUEUED
    message: str = ""
    hint: str = ""
    phase: str = ""
    done: float = 0.0
    of: float = 0.0
    remaining: float | None = None
    pid: int = 0
    pid_started: float = 0.0
    host: str = ""
    heartbeat: float = 0.0
    attempt: int = 0
    created: float = 0.0
    started: float = 0.0
    ended: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As JSON-able values."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "State":
        """A state from what `to_json` gave; fields of a later version are left out."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in told.items() if name in known})

    @property
    def is_over(self) -> bool:
        """Whether no process works on it or will, unless it is resumed."""
        return self.status in ENDED


def this_process() -> dict[str, Any]:
    """The fields of a state that name the process that calls."""
    return {
        "pid": os.getpid(),
        "pid_started": psutil.Process().create_time(),
        "host": socket.gethostname(),
    }


def looked_at(state: State) -> State:
    """A state as it is in truth: a job whose process is gone was interrupted, whatever its file says.

    A process that sleeps (a machine with its lid closed) is not gone, however old its heartbeat.
    """
    if state.is_over or _is_alive(state):
        return state
    told = {**state.to_json(), "status": INTERRUPTED, "message": _KILLED, "hint": "Resume it."}
    return State.from_json({**told, "ended": state.heartbeat or state.created})


def _is_alive(state: State) -> bool:
    if not state.pid:
        return time.time() - max(state.created, state.heartbeat) < _GRACE
    if state.host != socket.gethostname():  # a run folder on a disk that machines share
        return time.time() - state.heartbeat < _SILENCE
    try:
        process = psutil.Process(state.pid)
        # Another process may have the number by now. Start times are told to 0.01 s.
        same = abs(float(process.create_time()) - state.pid_started) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
