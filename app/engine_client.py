"""The window's side of the engine: starts the child process, sends requests, hands each answer to who asked.

Lines are decoded on a thread of their own, since the maps of a long recording are megabytes; answers reach the GUI
thread in order. A request that was cancelled, or that a crash took with it, gets no stale answer.
"""

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

import core_model
from core_model.errors import HumpcatError
from core_model.folders import cache_folder, log_folder
from training_jobs.engine_protocol import decode_array, decode_line, encode_line

from .translation import tr

Message = dict[str, Any]

_log = logging.getLogger(__name__)
_RESTARTS = 3  # in a row without one answer; then something is wrong that starting again does not mend
_RESTART_MS = 500
_END_MS = 2000
_LOG_BYTES = 1_000_000
COMMAND = ("-P", "-m", "training_jobs.engine")


@dataclass(frozen=True, slots=True)
class Pending:
    """Who waits for a request's answer."""

    finished: Callable[[Message], None]
    failed: Callable[[HumpcatError], None]
    progressed: Callable[[int, int, str], None] | None = None
    reported: Callable[[Message], None] | None = None


class EngineClient(QObject):
    """One engine process, started at the first request or by `start`, started again when it dies."""

    ready = Signal()
    crashed = Signal(object)  # HumpcatError
    _decoded = Signal(int, object)

    def __init__(self, parent: QObject | None = None, command: Sequence[str] = COMMAND) -> None:
        super().__init__(parent)
        self._command = list(command)
        self._process: QProcess | None = None
        self._life = 0  # counts processes, so that lines of a dead one are known
        self._next = 0
        self._pending: dict[int, Pending] = {}
        self._buffer = bytearray()
        self._deaths = 0
        self._closing = False
        self._decoder = ThreadPoolExecutor(1, thread_name_prefix="engine-lines")
        self._decoded.connect(self._take)

    @property
    def pid(self) -> int:
        """The process's number, 0 while there is none."""
        return int(self._process.processId()) if self._process is not None else 0

    def start(self) -> None:
        """Start the process, unless it runs."""
        if self._process is not None or self._closing:
            return
        self._life += 1
        self._buffer.clear()
        process = QProcess(self)
        process.setProcessEnvironment(_environment())
        process.setWorkingDirectory(str(_working_folder()))
        process.setStandardErrorFile(str(_engine_log()), QProcess.OpenModeFlag.Append)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._die)
        process.errorOccurred.connect(self._fail_to_start)
        self._process = process
        process.start(sys.executable, self._command)

    def request(
        self,
        do: str,
        fields: Mapping[str, Any],
        finished: Callable[[Message], None],
        failed: Callable[[HumpcatError], None],
        progressed: Callable[[int, int, str], None] | None = None,
        reported: Callable[[Message], None] | None = None,
    ) -> int:
        """Send a request; exactly one of `finished` and `failed` is called later, unless it is cancelled."""
        self.start()
        self._next += 1
        self._pending[self._next] = Pending(finished, failed, progressed, reported)
        self._send({"id": self._next, "do": do, **fields})
        return self._next

    def steer(self, request: int, fields: Mapping[str, Any]) -> None:
        """Change what a request that goes on does."""
        if request in self._pending:
            self._send({"do": "steer", "what": request, **fields})

    def cancel(self, request: int) -> None:
        """Forget a request and let the engine stop it at the next window."""
        if self._pending.pop(request, None) is not None and self._process is not None:
            self._send({"do": "cancel", "what": request})

    @property
    def given_up(self) -> bool:
        """Whether it has died so often in a row, without one answer, that starting it again mends nothing."""
        return self._deaths > _RESTARTS

    def close(self) -> None:
        """End the process: it ends by itself when its stdin closes, else it is killed."""
        self._closing = True
        self._pending.clear()
        process, self._process = self._process, None
        if process is not None:
            process.closeWriteChannel()
            if not process.waitForFinished(_END_MS):
                process.kill()
                process.waitForFinished(_END_MS)
        self._decoder.shutdown(wait=True, cancel_futures=True)

    def _send(self, message: Message) -> None:
        if self._process is not None:
            self._process.write(encode_line(message))

    def _read(self) -> None:
        if self._process is None:
            return
        # Only what is new is searched: a line of megabytes arrives in hundreds of pieces.
        *ends, rest = bytes(self._process.readAllStandardOutput().data()).split(b"\n")
        for end in ends:
            self._decoder.submit(self._decode, self._life, bytes(self._buffer) + end)
            self._buffer.clear()
        self._buffer += rest

    def _decode(self, life: int, line: bytes) -> None:
        message: Message = {}
        try:
            message = decode_line(line)
            message = with_arrays(message)
        except HumpcatError as error:
            _log.error("%s", error)
            told = {"event": "error", "message": error.message, "hint": error.hint or tr("Ask again.")}
            message = {"id": message.get("id"), **told}
        self._decoded.emit(life, message)

    def _take(self, life: int, message: Message) -> None:
        if life != self._life:
            return
        event, number = message.get("event"), message.get("id")
        if event == "ready":
            self.ready.emit()
            return
        if not isinstance(number, int) or number not in self._pending:
            return
        pending = self._pending[number]
        if event == "progress":
            if pending.progressed is not None:
                pending.progressed(int(message["done"]), int(message["of"]), str(message.get("text", "")))
            return
        if event == "report":
            self._deaths = 0
            if pending.reported is not None:
                pending.reported(message)
            return
        del self._pending[number]
        self._deaths = 0
        if event == "result":
            pending.finished(message)
        elif event == "error":
            pending.failed(HumpcatError(str(message["message"]), str(message.get("hint", ""))))

    def _fail_to_start(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._die()

    def _die(self, *_: object) -> None:
        """The process is gone without being asked: say so, fail what waited, start again."""
        process, self._process = self._process, None
        if process is None or self._closing:
            return
        process.deleteLater()
        self._life += 1
        self._deaths += 1
        waiting, self._pending = self._pending, {}
        again = not self.given_up
        _log.error(
            "the engine ended (exit code %s), %d requests were waiting", process.exitCode(), len(waiting)
        )
        error = HumpcatError(
            tr("The engine stopped unexpectedly")
            + (tr(" and is being started again.") if again else tr(" again and again.")),
            tr("Nothing is lost: ask again.")
            if again
            else tr("What happened is in {engine_log}.").format(engine_log=_engine_log()),
        )
        self.crashed.emit(error)
        for pending in waiting.values():
            pending.failed(error)
        if again:
            QTimer.singleShot(_RESTART_MS, self, self.start)


def with_arrays(value: Any) -> Any:
    """A decoded message with every array in it made an array."""
    if isinstance(value, list):
        return [with_arrays(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"array"}:
        return decode_array(value)
    return {name: with_arrays(item) for name, item in value.items()}


def _environment() -> QProcessEnvironment:
    """Ours, with the folder of our packages, which `-P` and another working folder would else hide in a checkout."""
    environment = QProcessEnvironment.systemEnvironment()
    ours = str(Path(core_model.__file__).resolve().parent.parent)
    paths = [ours, *filter(None, environment.value("PYTHONPATH", "").split(os.pathsep))]
    environment.insert("PYTHONPATH", os.pathsep.join(paths))
    # Threads that wait for one another sleep: the window and a live session need the cores meanwhile.
    environment.insert("OMP_WAIT_POLICY", environment.value("OMP_WAIT_POLICY", "PASSIVE"))
    return environment


def _working_folder() -> Path:
    folder = cache_folder() / "engine"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _engine_log() -> Path:
    """The engine's log, begun anew when it has grown large."""
    log_folder().mkdir(parents=True, exist_ok=True)
    path = log_folder() / "engine.log"
    if path.is_file() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".old.log"))
    return path
