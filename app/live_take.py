"""One take of a live session, from its first frame to its place in a project: nothing said is only in memory."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from core_model.audio import read_info
from core_model.errors import HumpcatError
from core_model.files import not_written
from core_model.live.session_log import (
    SUFFIX,
    Pressed,
    SaidOfWindow,
    Session,
    SessionLog,
    read_session,
    sessions_folder,
)
from core_model.project.edit import Edit
from core_model.project.project import Project
from core_model.project.sessions import TakeFile, keep_session

from .capture.take import named
from .capture.take_told import TakeBegun, TakeDone
from .display.emotion_history import Moment


class LiveTake:
    """A take being recorded, and what is said meanwhile.

    Args:
        recorder: the process that writes it.
        rater: who presses labels.
        speaker: who speaks, empty where nobody said.

    Raises:
        HumpcatError: what is said cannot be written down.
    """

    def __init__(
        self, begun: TakeBegun, recorder: int, project: Path, rater: int, speaker: str, rate: int
    ) -> None:
        session = Session(recorder, begun.path, begun.aside, project, rater, rate, begun.begin)
        session.speaker = speaker
        self._log = SessionLog(session)
        self._lock = _lock(self._log.path)
        try:
            self._lock.acquire(timeout=0)
        except OSError as error:
            raise not_written(error, self._log.path) from error
        self.active: Pressed | None = None

    @property
    def session(self) -> Session:
        """All that was said so far."""
        return self._log.session

    def press(self, label: str, frame: int) -> None:
        """A label begins here and ends the one before; pressed again it ends."""
        before, self.active = self.active, None
        if before is not None:
            self._log.press(Pressed(before.label, before.start, max(frame, before.start)))
        if before is None or before.label != label:
            self.active = Pressed(label, frame, None)
            self._log.press(self.active)

    def use_model(self, model: dict[str, Any]) -> None:
        """Which model says what follows."""
        self._log.use_model(model)

    def hear(self, moment: Moment) -> None:
        """What it said of a moment in the take."""
        if moment.probabilities is not None and moment.end > self.session.begin:
            self._log.hear(SaidOfWindow(moment.start, moment.end, moment.probabilities))

    def finish(self, done: TakeDone) -> None:
        """The take is on disk."""
        self._log.finish(done.path, done.pieces)

    def close(self, *, keep: bool) -> None:
        """Done; `keep` what was said for the next time its project is opened, where the project has it not."""
        self._log.close(keep=keep)
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Rescued:
    """A take whose program was ended before its project had it."""

    log: Path
    session: Session
    take: TakeFile

    def edit(self, project: Project) -> Edit:
        """What adds it to its project."""
        return keep_session(project, self.session, self.take)

    def forget(self) -> None:
        """The project has it."""
        self.log.unlink(missing_ok=True)


def rescue(project: Path) -> list[Rescued]:
    """The takes of a project that nobody writes any more, each under its name by now; slow disks may take a while."""
    return [found for log in sorted(sessions_folder().glob(f"*{SUFFIX}")) for found in _rescued(log, project)]


def _rescued(log: Path, project: Path) -> Iterator[Rescued]:
    lock = _lock(log)
    try:
        with lock.acquire(timeout=0):
            session = read_session(log)
            if session is None:
                log.unlink(missing_ok=True)  # not even its first line was written
            elif os.path.realpath(session.project) == os.path.realpath(project) and not _writes(session.pid):
                take = _take_of(session)
                if take is not None:
                    yield Rescued(log, session, take)
    except Timeout:  # another window has it
        return
    if not log.exists():
        Path(lock.lock_file).unlink(missing_ok=True)


def _take_of(session: Session) -> TakeFile | None:
    """The file, under its name; None where it is not there or cannot be read."""
    path = session.take
    try:
        if not path.exists() and session.aside.exists():
            path = named(session.aside, path)
        return take_file(path)
    except (OSError, HumpcatError):
        return None


def take_file(path: Path) -> TakeFile:
    """What a take's header says.

    Raises:
        HumpcatError: it is gone, or holds nothing.
        OSError: it cannot be looked at.
    """
    info = read_info(path)
    return TakeFile(path, path.stat().st_size, info.rate, info.channels, info.frames)


def _writes(pid: int) -> bool:
    """Whether a capture process is still at work; a number may belong to another program by now."""
    try:
        return "app.capture.process" in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def _lock(log: Path) -> FileLock:
    return FileLock(log.with_suffix(".lock"))
