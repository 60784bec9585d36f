"""One job at a time on a machine, in the order in which they were asked for; the queue is a folder of tickets.

A GPU has memory for one, and two on one CPU take longer than one after the other.
"""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from core_model.errors import HumpcatError

from .run_folder import RunFolder
from .state import QUEUED

POLL = 0.2  # s


@contextlib.contextmanager
def turn(run: RunFolder, on_wait: Callable[[list[str]], None]) -> Iterator[None]:
    """Wait for a job's turn, and keep all others waiting for as long as the block lasts.

    The turn is a lock of the operating system: it ends with its process, however that ends.

    Args:
        run: the job, whose state says queued and names this process.
        on_wait: called every 0.2 s with the ids of the jobs before it; may raise to leave the queue.
    """
    # Locks of one machine mean nothing on another, so every machine that shares the folder has a queue of its own.
    folder = run.path.parent / ".queue" / socket.gethostname()
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "turn.lock")
    ticket = folder / f"{time.time_ns():020d} {run.id}"
    ticket.touch()
    try:
        while True:
            before = _before(ticket, run.path.parent)
            if not before:
                with contextlib.suppress(Timeout):
                    lock.acquire(timeout=0)
                    break
            on_wait(before)
            time.sleep(POLL)
    finally:
        ticket.unlink(missing_ok=True)
    try:
        yield
    finally:
        lock.release()


def _before(ticket: Path, jobs: Path) -> list[str]:
    """Ids of the jobs that wait with older tickets; tickets of jobs that wait no more are thrown away."""
    waiting = []
    for other in sorted(ticket.parent.glob("[0-9]* *")):
        if other.name >= ticket.name:
            break
        name = other.name.partition(" ")[2]
        # An older ticket of this very job is that of an attempt that was killed while it waited.
        if name != ticket.name.partition(" ")[2] and _waits(RunFolder(jobs / name)):
            waiting.append(name)
        else:
            other.unlink(missing_ok=True)
    return waiting


def _waits(run: RunFolder) -> bool:
    try:
        return run.state().status == QUEUED
    except HumpcatError:  # deleted meanwhile
        return False
