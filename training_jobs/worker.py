"""The process of one job, started by the program, by hand or by a cluster: `python -m training_jobs.worker RUN_FOLDER`.

Exit codes: 0 done, 1 failed, 130 cancelled or interrupted.
"""

import contextlib
import errno
import faulthandler
import importlib
import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

import core_model
from core_model.errors import HumpcatError
from core_model.settings import read_settings

from .jobs.control import STOPPED, Control, Stopped, how_it_stopped
from .jobs.queue import turn
from .jobs.run_folder import RunFolder
from .jobs.state import DONE, FAILED, QUEUED, RUNNING, State, this_process

_NICE = 19  # the last in line, of -20 to 19

_logger = logging.getLogger(__name__)


def work(run: RunFolder) -> State:
    """Do a job, or go on with it, and return the state that it ended in.

    Raises:
        HumpcatError: another process works on it, or the run folder is no run folder.
    """
    lock = FileLock(run.path / "worker.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise HumpcatError(f"Another process works on the job {run.id}.", "Wait for it.") from error
    with lock:
        before = run.written_state()
        if before.status == DONE:
            return before
        if before.is_over:  # whoever starts it anew does not want it cancelled any more
            run.take_back_cancel()
        run.mend_events()
        control = Control(
            run, State(created=before.created, attempt=before.attempt + 1, status=QUEUED, **this_process())
        )
        with _telling(run), control.watching():
            ended = _ended(run, control)
        control.change(**ended)
        return control.state


def _ended(run: RunFolder, control: Control) -> dict[str, Any]:
    """Queue, wait for the turn, do the work; the fields of the state in which it ended."""
    try:
        control.change()
        with turn(run, lambda before: _wait(control, before)):
            control.change(status=RUNNING, started=time.time(), phase="Starting", hint="", message="")
            spec = run.spec()
            # What does the work imports torch: only now, when the turn has come.
            work_module = importlib.import_module(f"training_jobs.work.{spec.kind}")
            keep_to(read_settings().job_threads)
            work_module.run(run, spec.options, control)
        return {"status": DONE, "ended": time.time(), "phase": "", "remaining": None, "message": "Done."}
    except Stopped as stopped:
        return how_it_stopped(stopped.status)
    except HumpcatError as error:
        _logger.error("%s", error, exc_info=True)
        return _failed(error.message, error.hint or "Put that right, then resume the job.")
    except MemoryError:
        _logger.exception("the memory is full")
        return _failed("The computer's memory is full.", "Close other programs, then resume the job.")
    except OSError as error:
        _logger.exception("a file or a device failed")
        return _failed(_told(error), "Put that right, then resume the job.")
    except Exception as error:
        _logger.exception("unexpected")
        told = f"Unexpected {type(error).__name__}: {error}"
        return _failed(told, f"Its log is {run.log}; please report it.")


def keep_to(threads: int) -> None:
    """Use so many processor threads in this process and its children; 0: as many as they like."""
    if threads:
        import torch  # it is there by now

        os.environ["OMP_NUM_THREADS"] = str(threads)
        torch.set_num_threads(threads)


def _wait(control: Control, before: list[str]) -> None:
    control.check()
    text = f"Waiting for {before[0] if before else 'the job that is under way'}"
    if control.state.phase != text:
        control.change(phase=text)


def _failed(message: str, hint: str) -> dict[str, Any]:
    return {"status": FAILED, "message": message, "hint": hint, "ended": time.time(), "remaining": None}


def _told(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "The disk is full."
    return f"{error.filename or 'A file'} cannot be used ({error.strerror or error})."


class _Notices(logging.Handler):
    """Warnings of our own modules, as events of the job: reports and whoever watches repeat them."""

    def __init__(self, run: RunFolder) -> None:
        super().__init__(logging.WARNING)
        self._run = run

    def emit(self, record: logging.LogRecord) -> None:
        """Add the event; an error has a state of its own."""
        if record.levelno == logging.WARNING:
            with contextlib.suppress(HumpcatError):  # a full disk: the work will meet it, too
                self._run.add_event("notice", {"text": record.getMessage()})


@contextlib.contextmanager
def _telling(run: RunFolder) -> Iterator[None]:
    """Log into the run folder, and tell of warnings as events, for as long as the block lasts."""
    file = logging.FileHandler(run.log, encoding="utf-8")
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    notices = _Notices(run)
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in ("core_model", "training_jobs")]
    root.addHandler(file)
    root.setLevel(logging.INFO)
    for logger in ours:
        logger.addHandler(notices)
    try:
        yield
    finally:
        root.removeHandler(file)
        for logger in ours:
            logger.removeHandler(notices)
        with contextlib.suppress(OSError):  # a full disk keeps the last lines of the log, not the state
            file.close()


def main(arguments: Sequence[str]) -> int:
    """Do the job of the run folder named."""
    faulthandler.enable()
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m training_jobs.worker RUN_FOLDER\n")
        return 2
    run = RunFolder(Path(arguments[0]).resolve())
    _stand_back()
    try:
        state = work(run)
    except HumpcatError as error:
        _say(f"humpcat {core_model.__version__}: {error}")
        return 1
    if state.status == DONE:
        return 0
    _say(f"humpcat: {state.message} {state.hint}")
    return 1 if state.status == FAILED else STOPPED


def _stand_back() -> None:
    """Let the window and a live session go first: a job takes what they leave. On a machine of its own that is all."""
    with contextlib.suppress(psutil.Error, OSError):
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if psutil.WINDOWS else _NICE)
    if hasattr(os, "getsid") and os.getsid(0) == os.getpid():
        # Linux weighs sessions against one another before it looks at the processes in them.
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_NICE), encoding="ascii")


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # the log, on a full disk
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    logging.shutdown()
    with contextlib.suppress(OSError):  # a full disk
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)  # all is written; to take torch apart would keep whoever waits for the end of the process
