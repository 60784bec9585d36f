"""All jobs as they stand on disk, looked at again and again, whoever started them and wherever."""

import contextlib
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from core_model.errors import HumpcatError
from training_jobs.jobs.run_folder import RunFolder, list_runs
from training_jobs.jobs.state import FAILED, State
from training_jobs.jobs.telling import sentence

from .tasks import Report, Task, TaskPool

_LOOK_MS = 700
_LOG_BYTES = 1 << 16  # of the log's end


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands."""

    run: RunFolder
    kind: str
    name: str
    state: State

    @property
    def id(self) -> str:
        """The job's id."""
        return self.run.id


@dataclass(slots=True)
class History:
    """What a job has told so far.

    Attributes:
        offset: of `events.jsonl`, up to which it has been read.
        losses: by split the loss of each epoch, in their order.
        validation: by split UA and WA of each epoch on the validation part, where there is one.
        tested: by split UA and WA of each kind of predictions.
        lines: what is worth reading, as sentences.
    """

    offset: int = 0
    losses: dict[str, dict[int, float]] = field(default_factory=dict)
    validation: dict[str, dict[int, tuple[float, float]]] = field(default_factory=dict)
    tested: dict[str, dict[str, tuple[float, float]]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def take(self, event: dict[str, Any], offset: int) -> None:
        """Add an event."""
        self.offset = offset
        split = str(event.get("split", ""))
        if event["event"] == "epoch":
            epoch = event["epoch"]
            self.losses.setdefault(split, {})[epoch["number"]] = epoch["loss"]
            if said := epoch["validation"]:
                self.validation.setdefault(split, {})[epoch["number"]] = said["ua"], said["wa"]
        elif event["event"] == "metrics":
            self.tested[split] = {kind: (each["ua"], each["wa"]) for kind, each in event["metrics"].items()}
        elif event["event"] in ("notice", "skipped"):
            self.lines.append(sentence(event))


@dataclass(frozen=True, slots=True)
class Looked:
    """One look: all jobs, what those that are watched have told, and the end of the log of the job `logged`."""

    jobs: tuple[Job, ...]
    histories: dict[str, History]
    logged: str
    log: str


class JobsWatch(QObject):
    """Looks while it is awake: more often than people can tell, and only at what can have changed."""

    changed = Signal(object)  # Looked
    ended = Signal(object)  # a Job that was under way at the look before
    failed = Signal(object)

    def __init__(self, tasks: TaskPool, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self.jobs: tuple[Job, ...] = ()
        self.histories: dict[str, History] = {}
        self.watched: tuple[str, ...] = ()  # ids of the jobs whose history is shown
        self.logged = ""  # id of the job whose log is shown
        self._specs: dict[str, tuple[str, str]] = {}
        self._task: Task | None = None
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Begin to look."""
        self.look()
        self._timer.start()

    def close(self) -> None:
        """Look no more."""
        self._timer.stop()

    @property
    def under_way(self) -> tuple[Job, ...]:
        """Jobs that run or wait."""
        return tuple(job for job in self.jobs if not job.state.is_over)

    def look(self) -> None:
        """Look now, unless somebody is at it."""
        if self._task is not None:
            return
        before = {job.id: job for job in self.jobs}
        watched, logged = self.watched, self.logged
        histories = {name: self.histories.get(name) or History() for name in watched}

        def work(_: Report) -> Looked:
            jobs = self._read(before)
            for job in jobs:
                if job.id in histories:
                    histories[job.id] = _followed(job.run, histories[job.id])
            log = next((_end_of(job.run.log) for job in jobs if job.id == logged), "")
            return Looked(jobs, histories, logged, log)

        self._task = self._tasks.start(work, self._take, self._fail)

    def _read(self, before: dict[str, Job]) -> tuple[Job, ...]:
        """Called on a thread. A job that is over stays as it is until its state is written anew."""
        return tuple(self._job(run, before.get(run.id)) for run in list_runs())

    def _job(self, run: RunFolder, known: Job | None) -> Job:
        try:
            state = run.state()
        except HumpcatError as error:  # one damaged folder must not hide the others
            state = State(status=FAILED, message=error.message, hint=error.hint)
        if known is not None and known.kind:
            return known if known.state == state else Job(run, known.kind, known.name, state)
        try:
            spec = run.spec()
            return Job(run, spec.kind, spec.name, state)
        except HumpcatError as error:
            return Job(run, "", run.id, State(status=FAILED, message=error.message, hint=error.hint))

    def _take(self, looked: Looked) -> None:
        self._task = None
        before = {job.id: job for job in self.jobs}
        self.jobs = looked.jobs
        self.histories.update(looked.histories)
        self.changed.emit(looked)
        for job in looked.jobs:
            known = before.get(job.id)
            if known is not None and not known.state.is_over and job.state.is_over:
                self.ended.emit(job)

    def _fail(self, error: Exception) -> None:
        self._task = None
        self.failed.emit(error)


def _followed(run: RunFolder, history: History) -> History:
    """A history with what has been told since; another one, as the window may be drawing the one it has."""
    events = list(run.events(history.offset))
    if not events:
        return history
    history = deepcopy(history)
    for event, offset in events:
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):  # another version's
            history.take(event, offset)
    return history


def _end_of(log: Path) -> str:
    try:
        with log.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - _LOG_BYTES))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
