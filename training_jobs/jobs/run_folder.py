"""The run folder of a job: the whole protocol between whoever asks for work, does it, and watches it.

spec.json       what to do, complete: `python -m training_jobs.worker RUN_FOLDER` does it
state.json      how it stands (see `state`), replaced whole
events.jsonl    what happened, a line each, only ever added to
manifest.csv, splits/, checkpoint/, bundle/, report/    what the work has come to
log.txt         what its process logged
cancel          there when the job is asked to stop
reserve         a little of the disk, given up so that a job can say how it ended when the disk is full
"""

import contextlib
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core_model.errors import HumpcatError
from core_model.files import not_written, read_json, write_aside, write_json
from core_model.folders import jobs_folder

from .state import State, looked_at

VERSION = 1
PAGE = "report.html"  # of a report
RESERVE = 1 << 14  # bytes: a state and what its file takes of the folder, in blocks of whatever size
KINDS = ("extract", "train", "finetune", "evaluate", "predict", "benchmark")


@dataclass(frozen=True, slots=True)
class Spec:
    """What a job is to do: its kind, a name for people, and the kind's own options, as JSON-able values."""

    kind: str
    name: str
    options: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """As `spec.json` has it."""
        return {"version": VERSION, "kind": self.kind, "name": self.name, "options": self.options}


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A job's folder; its name is the job's id."""

    path: Path

    @property
    def id(self) -> str:
        """The job's id."""
        return self.path.name

    @property
    def log(self) -> Path:
        """The log of the job's process."""
        return self.path / "log.txt"

    @property
    def report(self) -> Path:
        """The folder of the report."""
        return self.path / "report"

    @property
    def bundle(self) -> Path:
        """The folder of the bundle that came out."""
        return self.path / "bundle"

    @property
    def checkpoint(self) -> Path:
        """The folder of what is kept in case the job is interrupted."""
        return self.path / "checkpoint"

    def spec(self) -> Spec:
        """What the job is to do.

        Raises:
            HumpcatError: `spec.json` is missing, damaged, of another version, or of an unknown kind.
        """
        told = read_json(self.path / "spec.json")
        if told.get("version") != VERSION or told.get("kind") not in KINDS:
            raise HumpcatError(
                f"The job {self.id} was made by another version of this program.",
                "Use that version, or start it anew.",
            )
        return Spec(told["kind"], str(told.get("name", "")), dict(told.get("options", {})))

    def state(self) -> State:
        """How the job stands in truth (see `looked_at`).

        Raises:
            HumpcatError: `state.json` is missing or damaged.
        """
        return looked_at(self.written_state())

    def written_state(self) -> State:
        """How the job stands by its own word.

        Raises:
            HumpcatError: `state.json` is missing or damaged.
        """
        try:
            return State.from_json(read_json(self.path / "state.json"))
        except TypeError as error:
            raise HumpcatError(f"The state of the job {self.id} is damaged.", "Start it anew.") from error

    def write_state(self, state: State) -> None:
        """Replace `state.json`; on a full disk only the state in which a job ends has room kept for it.

        Raises:
            HumpcatError: the disk is full, or the folder cannot be written.
        """
        self._keep_room(not state.is_over)
        text = json.dumps(state.to_json(), indent=2) + "\n"
        # Once a second: not worth waiting for the disk; after a power cut the job is interrupted anyway.
        with write_aside(self.path / "state.json", sync=False) as aside:
            aside.write_text(text, encoding="utf-8")

    def add_event(self, kind: str, facts: dict[str, Any]) -> None:
        """Add a line to `events.jsonl`.

        Raises:
            HumpcatError: the disk is full.
        """
        line = json.dumps({"event": kind, "time": round(time.time(), 3), **facts}, ensure_ascii=False) + "\n"
        try:
            with (self.path / "events.jsonl").open("ab") as stream:
                stream.write(line.encode())
        except OSError as error:
            raise not_written(error, self.path / "events.jsonl") from error

    def mend_events(self) -> None:
        """Close the line that a killed process left torn, so that the next one is not lost with it."""
        with contextlib.suppress(OSError), (self.path / "events.jsonl").open("rb+") as stream:
            if stream.seek(0, 2):
                stream.seek(-1, 2)
                if stream.read(1) != b"\n":
                    stream.write(b"\n")

    def events(self, offset: int = 0) -> Iterator[tuple[dict[str, Any], int]]:
        """Yield events from a byte of `events.jsonl` on, each with the byte after it; torn lines are passed over."""
        try:
            with (self.path / "events.jsonl").open("rb") as stream:
                stream.seek(offset)
                for line in stream:
                    offset += len(line)
                    if not line.endswith(b"\n"):
                        return  # still being written
                    with contextlib.suppress(ValueError):
                        event = json.loads(line)
                        if isinstance(event, dict):
                            yield event, offset
        except OSError:
            return

    def ask_cancel(self) -> None:
        """Ask the job to stop; it does within a second."""
        (self.path / "cancel").touch()

    def is_cancel_asked(self) -> bool:
        """Whether somebody asked the job to stop."""
        return (self.path / "cancel").exists()

    def take_back_cancel(self) -> None:
        """Forget that the job was asked to stop."""
        (self.path / "cancel").unlink(missing_ok=True)

    def delete(self) -> None:
        """Delete the folder and all that is in it.

        Raises:
            HumpcatError: the job is under way, or the folder cannot be deleted.
        """
        try:
            over = self.state().is_over
        except HumpcatError:  # damaged: nobody works on it
            over = True
        if not over:
            raise HumpcatError(f"The job {self.id} is under way.", "Cancel it first.")
        try:
            shutil.rmtree(self.path)
        except OSError as error:
            raise HumpcatError(
                f"{error.filename or self.path} cannot be deleted ({error.strerror}).", "Close what uses it."
            ) from error

    def _keep_room(self, keep: bool) -> None:
        """Keep the reserve, or give it up; without it the state is written if there is room."""
        reserve = self.path / "reserve"
        with contextlib.suppress(OSError):
            if not keep:
                reserve.unlink(missing_ok=True)
            elif not reserve.exists():
                reserve.write_bytes(os.urandom(RESERVE))  # zeros would take no room on some disks


def create_run(spec: Spec, folder: Path | None = None) -> RunFolder:
    """Make a new job's run folder: whole, or not at all.

    Args:
        spec: what to do.
        folder: where run folders lie; by default below the program's data folder.
    """
    name = re.sub(r"[^a-z0-9]+", "-", spec.name.lower()).strip("-")[:40]
    stamp = time.strftime("%Y%m%d-%H%M%S")
    run = RunFolder((folder or jobs_folder()) / f"{stamp}-{spec.kind}-{name}-{uuid.uuid4().hex[:4]}")
    with write_aside(run.path) as aside:
        aside.mkdir()
        write_json(aside / "spec.json", spec.to_json())
        RunFolder(aside).write_state(State(created=time.time()))
    return run


def list_runs(folder: Path | None = None) -> list[RunFolder]:
    """All jobs, the newest first."""
    place = folder or jobs_folder()
    specs = [path for path in place.glob("*/spec.json") if not path.parent.name.startswith(".")]
    # A spec is written once: its file is as old as its job.
    return [RunFolder(path.parent) for path in sorted(specs, key=_age, reverse=True)]


def _age(path: Path) -> tuple[int, str]:
    try:
        return path.stat().st_mtime_ns, path.parent.name
    except OSError:  # deleted just now
        return 0, path.parent.name


def find_run(name: str, folder: Path | None = None) -> RunFolder:
    """The job of this id, or the only one whose id has this in it; "last" is the newest; or a run folder's path.

    Raises:
        HumpcatError: there is none, or there are several.
    """
    if (Path(name) / "spec.json").is_file():
        return RunFolder(Path(name).resolve())
    runs = list_runs(folder)
    found = [run for run in runs if run.id == name] or [run for run in runs if name in run.id]
    if name == "last":
        found = runs[:1]
    if len(found) == 1:
        return found[0]
    if found:
        raise HumpcatError(
            f"{len(found)} jobs have {name!r} in their names.", "Give more of it ('humpcat jobs list')."
        )
    raise HumpcatError(f"There is no job {name!r}.", "'humpcat jobs list' shows them.")
