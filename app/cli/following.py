"""Starting jobs from the command line, watching them to their end, and telling what they came to."""

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from core_model.errors import HumpcatError, Interrupted
from training_jobs.jobs.options import Options
from training_jobs.jobs.run_folder import RunFolder, Spec, create_run
from training_jobs.jobs.start import start
from training_jobs.jobs.state import CANCELLED, DONE, FAILED, State
from training_jobs.jobs.telling import sentence

_POLL = 0.1  # s
_TOLD = ("epoch", "metrics", "skipped", "notice")  # phases are in the bar


def add_detach(parser: argparse.ArgumentParser) -> None:
    """The option of every command that starts a job."""
    parser.add_argument(
        "--detach",
        action="store_true",
        help="leave the job to itself and print its id ('humpcat jobs' watches and steers it)",
    )


def run_job(kind: str, name: str, options: Options, detach: bool) -> RunFolder | None:
    """Start a job; watch it to its end, unless it is to be left to itself.

    Returns:
        The job's run folder when it is done; None when it was left to itself.

    Raises:
        HumpcatError: it failed.
        Interrupted: it was cancelled or interrupted.
    """
    run = create_run(Spec(kind, name, options.to_json()))
    start(run)
    if detach:
        sys.stdout.write(f"{run.id}\n")
        return None
    require_done(run, follow(run))
    return run


def follow(run: RunFolder, cancel_on_interrupt: bool = True) -> State:
    """Tell what a job does until it is over.

    Ctrl-C, the end of the terminal, and a wish to end cancel the job, or, without `cancel_on_interrupt`, only the
    watching.
    """
    offset = 0
    with _interrupts(run, cancel_on_interrupt), _bar() as bar:
        task = bar.add_task("", total=None)
        while True:
            state = run.state()
            for event, offset in run.events(offset):  # noqa: B007, B020 - it goes on where it stopped
                _tell(event, bar.console)
            if state.is_over:
                return state
            bar.update(task, description=_phase(state), completed=state.done, total=state.of or None)
            time.sleep(_POLL)


def require_done(run: RunFolder, state: State) -> None:
    """Raise what a job ended with, unless it is done.

    Raises:
        HumpcatError: it failed.
        Interrupted: it was cancelled or interrupted.
    """
    if state.status == DONE:
        return
    if state.status == FAILED:
        raise HumpcatError(state.message, state.hint)
    why = "" if state.status == CANCELLED else f" {state.message}"
    raise Interrupted(
        f"The job was {state.status}.{why}", f"'humpcat jobs resume {run.id}' goes on where it was."
    )


def remaining(seconds: float | None) -> str:
    """How long is left, as people say it."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s left"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min left"
    return f"about {seconds / 3600:.1f} h left"


def _phase(state: State) -> str:
    return f"{state.phase or state.status}  {remaining(state.remaining)}".rstrip()


def _tell(event: dict[str, Any], console: Console) -> None:
    if event["event"] in _TOLD:
        console.print(sentence(event), highlight=False, markup=False, soft_wrap=True)


@contextmanager
def _bar() -> Iterator[Progress]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        yield bar


@contextmanager
def _interrupts(run: RunFolder, cancel: bool) -> Iterator[None]:
    """The first wish to end is passed on to the job, whose end is waited for; the second ends the watching."""
    asked = 0

    def hear(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked += 1
        if not cancel or asked > 1:
            raise KeyboardInterrupt
        run.ask_cancel()

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), hear) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
