"""Speaking to the capture process, without Qt: whoever waits for its events looks for them at a pace of its own."""

import contextlib
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

import core_model
from core_model.errors import HumpcatError
from core_model.folders import cache_folder, log_folder
from training_jobs.engine_protocol import decode_line, encode_line

Message = dict[str, Any]

PATIENCE = 12.0  # s for an answer; a device that takes longer hangs
_LOG_BYTES = 1_000_000
_END = 4.0  # s to finish a take when asked to end
_END_KILLED = 0.5  # s
_ENDS = ("died", "hung")
_COMMAND = ("-P", "-m", "app.capture.process")
_log = logging.getLogger(__name__)


class CaptureProcess:
    """One capture process, started at the first command, and again after it was killed or died.

    `events` never waits. An answer that does not come in time is answered here, by an event "hung": the process is
    killed then, and what it was writing is a whole file under its unfinished name.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._events: queue.Queue[Message] = queue.Queue()
        self._due: dict[int, tuple[str, float]] = {}  # commands not answered: what, and until when
        self._next = 0
        self._log: BinaryIO | None = None

    @property
    def running(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's number, 0 while there is none."""
        return self._process.pid if self._process is not None else 0

    def send(self, do: str, **fields: Any) -> int:
        """Give a command; its answer will be an event with this number as its id."""
        process = self._started()
        self._next += 1
        self._due[self._next] = (do, time.monotonic() + PATIENCE)
        with contextlib.suppress(OSError):  # it died just now; `events` will tell
            assert process.stdin is not None
            process.stdin.write(encode_line({"id": self._next, "do": do, **fields}))
            process.stdin.flush()
        return self._next

    def events(self) -> list[Message]:
        """All events since the last look, in order."""
        found = self._arrived()
        if self._process is not None and self._process.poll() is not None:
            assert self._reader is not None
            self._reader.join()
            found += self._arrived()  # what it still said
            code = self._process.returncode
            self._forget()
            found.append({"event": "died", **_words(_died(code))})
        now = time.monotonic()
        late = [do for do, until in self._due.values() if until < now]
        if late:
            _log.error("the capture process did not answer %s", ", ".join(late))
            self._kill()
            found += [*self._arrived(), {"event": "hung", **_words(_hung())}]
        return found

    def ask(self, do: str, **fields: Any) -> Message:
        """Give a command and wait for its answer; for a command line, never for a window.

        Raises:
            HumpcatError: the process says so, died, or hangs. Other events that came meanwhile are put back.
        """
        number = self.send(do, **fields)
        others: list[Message] = []
        while True:
            found = self.events()
            answers = [each for each in found if each.get("id") == number or each["event"] in _ENDS]
            others += [each for each in found if each not in answers[:1]]
            if answers:
                for other in others:
                    self._events.put(other)
                answer = answers[0]
                if "message" in answer and answer["event"] != "take":
                    raise HumpcatError(answer["message"], answer.get("hint", ""))
                return answer
            time.sleep(0.01)

    def close(self) -> list[Message]:
        """End the process: it finishes what it does; else it is killed. Its last events."""
        process = self._process
        if process is None:
            return []
        with contextlib.suppress(OSError):
            assert process.stdin is not None
            process.stdin.close()
        try:
            process.wait(_END)
        except subprocess.TimeoutExpired:
            _log.error("the capture process did not end")
        self._kill()
        return self._arrived()

    def _arrived(self) -> list[Message]:
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                event = self._events.get_nowait()
                self._due.pop(event.get("id") or 0, None)
                found.append(event)
        return found

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None:
            return self._process
        folder = cache_folder() / "capture"
        folder.mkdir(parents=True, exist_ok=True)
        log_folder().mkdir(parents=True, exist_ok=True)
        ours = str(Path(core_model.__file__).resolve().parent.parent)
        path = os.pathsep.join([ours, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._log = _begun_log().open("ab")
        process = subprocess.Popen(
            [sys.executable, *_COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._process = process
        self._reader = threading.Thread(
            target=self._read, args=(process,), name="capture-events", daemon=True
        )
        self._reader.start()
        return process

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            try:
                self._events.put(decode_line(line))
            except HumpcatError as error:
                _log.error("%s", error)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            # One that a driver holds in the kernel ends later; nobody waits for it.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_KILLED)
            assert self._reader is not None
            self._reader.join(_END_KILLED)
        self._forget()

    def _forget(self) -> None:
        process, self._process = self._process, None
        self._due.clear()
        for stream in (process.stdin, process.stdout) if process is not None else ():
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        if self._log is not None:
            self._log.close()
            self._log = None


def _begun_log() -> Path:
    """The capture processes' log, begun anew when it has grown large."""
    path = log_folder() / "capture.log"
    if path.is_file() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".old.log"))
    return path


def _words(error: HumpcatError) -> Message:
    return {"message": error.message, "hint": error.hint}


def _hung() -> HumpcatError:
    return HumpcatError(
        "The sound system does not answer; the process that waited for it was ended.",
        "What was recorded is kept. Choose another input, or try again.",
    )


def _died(code: int) -> HumpcatError:
    return HumpcatError(
        f"The process that records ended unexpectedly (exit code {code}).",
        f"What was recorded is kept. Try again; what happened is in {log_folder() / 'capture.log'}.",
    )
