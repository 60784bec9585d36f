"""Starting and resuming the process of a job."""

import os
import subprocess
import sys
import time

from core_model.errors import HumpcatError

from .run_folder import RunFolder
from .state import RESUMABLE, State

# Processes that this one has started; kept, so that each is asked for its end and none stays behind as a zombie.
_started: "list[subprocess.Popen[bytes]]" = []


def start(run: RunFolder) -> None:
    """Start a job's process, which outlives this one; it waits for its turn by itself.

    Raises:
        HumpcatError: the run folder cannot be written.
    """
    try:
        with run.log.open("ab") as log:
            # -P: no module of the folder where the user happens to stand takes the place of ours.
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "training_jobs.worker", str(run.path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=run.path,
                start_new_session=True,
                creationflags=_detached(),
                # Threads that wait by spinning keep others, and one another, from their work on a busy machine.
                env={"OMP_WAIT_POLICY": "PASSIVE", **os.environ},
            )
        _started[:] = [process, *(other for other in _started if other.poll() is None)]
    except OSError as error:
        raise HumpcatError(f"The job {run.id} cannot be started ({error}).", "Look at its folder.") from error


def _detached() -> int:
    """What a session is elsewhere, on Windows: the process does not end with this one's console, or by its Ctrl-C."""
    return sum(getattr(subprocess, name, 0) for name in ("CREATE_NEW_PROCESS_GROUP", "DETACHED_PROCESS"))


def resume(run: RunFolder) -> None:
    """Start a job anew where it stopped.

    Raises:
        HumpcatError: it is done, or under way.
    """
    state = run.state()
    if state.status not in RESUMABLE:
        raise HumpcatError(f"The job {run.id} is {state.status}.", "There is nothing to resume.")
    run.take_back_cancel()
    run.write_state(State(created=state.created, heartbeat=time.time(), attempt=state.attempt))
    start(run)
