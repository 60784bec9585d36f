"""`humpcat jobs`: list, show, wait for, cancel, resume, delete jobs, and read their logs."""

import argparse
import json
import shutil
import sys
import time

from rich.console import Console
from rich.table import Table

from app.cli import following, results
from core_model.errors import HumpcatError
from training_jobs.jobs.run_folder import PAGE, RunFolder, find_run, list_runs
from training_jobs.jobs.start import resume
from training_jobs.jobs.state import State

_CANCEL_PATIENCE = 10.0  # s; it takes one


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "jobs",
        help="watch and steer jobs",
        description="Jobs go on when the program or the terminal is closed. A JOB is an id, a part of one that no "
        "other has, 'last', or a run folder.",
    )
    commands = parser.add_subparsers(dest="action", required=True)
    listed = commands.add_parser("list", help="all jobs, the newest first")
    listed.add_argument("--json", action="store_true", help="for programs")
    listed.set_defaults(run=_list)
    for name, run, text in (
        ("show", _show, "how a job stands, and what came out"),
        (
            "wait",
            _wait,
            "watch a job until it is over; exit code 0: done, 1: failed, 130: cancelled or interrupted",
        ),
        ("cancel", _cancel, "stop a job, within a second; it can be resumed"),
        ("resume", _resume, "go on with a job that failed, was cancelled or was interrupted"),
        ("logs", _logs, "the log of a job's process"),
        ("delete", _delete, "delete a job's run folder, its report and checkpoints; installed models stay"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("job", metavar="JOB")
        command.set_defaults(run=run)
        if name == "resume":
            following.add_detach(command)


def _list(arguments: argparse.Namespace) -> int:
    runs = [(run, _state(run)) for run in list_runs()]
    if arguments.json:
        told = [{"id": run.id, "folder": str(run.path), **state.to_json()} for run, state in runs]
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return 0
    if not runs:
        sys.stdout.write(
            "No jobs yet: 'humpcat train', 'finetune', 'evaluate', 'benchmark', 'extract' and 'predict --detach' start "
            "some.\n"
        )
        return 0
    table = Table("job", "status", "doing", "started")
    for run, state in runs:
        started = time.strftime("%Y-%m-%d %H:%M", time.localtime(state.started)) if state.started else ""
        doing = state.message if state.is_over else _doing(state)
        table.add_row(run.id, state.status, doing, started)
    Console().print(table)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    run = find_run(arguments.job)
    state = run.state()
    lines = [
        f"{run.id}",
        f"status: {state.status}{f' (attempt {state.attempt})' if state.attempt > 1 else ''}",
    ]
    if not state.is_over:
        lines.append(f"doing: {_doing(state)}")
    elif state.message:
        lines.append(f"{state.message} {state.hint}".strip())
    lines.append(f"folder: {run.path}")
    for name, path in (("model", run.bundle), ("report", run.report / PAGE), ("splits", run.path / "splits")):
        if path.exists():
            lines.append(f"{name}: {path}")
    sys.stdout.write("\n".join(lines) + "\n")
    results.show(run)
    return 0


def _wait(arguments: argparse.Namespace) -> int:
    run = find_run(arguments.job)
    state = following.follow(run, cancel_on_interrupt=False)
    following.require_done(run, state)
    return 0


def _cancel(arguments: argparse.Namespace) -> int:
    run = find_run(arguments.job)
    state = run.state()
    if state.is_over:
        raise HumpcatError(f"The job {run.id} is {state.status} already.", "There is nothing to cancel.")
    run.ask_cancel()
    deadline = time.monotonic() + _CANCEL_PATIENCE
    while not run.state().is_over:
        if time.monotonic() > deadline:
            raise HumpcatError(f"The job {run.id} has not stopped yet.", f"Its process is {state.pid}.")
        time.sleep(0.05)
    sys.stdout.write(f"{run.id}: {run.state().status}\n")
    return 0


def _resume(arguments: argparse.Namespace) -> int:
    run = find_run(arguments.job)
    resume(run)
    if arguments.detach:
        sys.stdout.write(f"{run.id}\n")
        return 0
    following.require_done(run, following.follow(run))
    results.show(run)
    return 0


def _logs(arguments: argparse.Namespace) -> int:
    log = find_run(arguments.job).log
    if log.is_file():
        with log.open(encoding="utf-8", errors="replace") as stream:
            shutil.copyfileobj(stream, sys.stdout)
    return 0


def _delete(arguments: argparse.Namespace) -> int:
    run = find_run(arguments.job)
    size = sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
    run.delete()
    sys.stdout.write(f"{run.id} is deleted: {size / 1e6:.1f} MB are free.\n")
    return 0


def _doing(state: State) -> str:
    share = f" {100 * state.done / state.of:.0f} %" if state.of else ""
    left = following.remaining(state.remaining)
    return f"{state.phase}{share}{f', {left}' if left else ''}"


def _state(run: RunFolder) -> State:
    try:
        return run.state()
    except HumpcatError as error:  # one damaged folder must not hide the others
        return State(status="failed", message=error.message, hint=error.hint)
