"""Work beside the GUI thread: a task has progress, partial results, one end, and can be cancelled.

Values go in with the function and come out by signal; nothing is shared. What a cancelled task still sends is dropped
on the GUI thread, where it was cancelled, so that nothing stale arrives.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from core_model.errors import HumpcatError

_log = logging.getLogger(__name__)
# One for each kind of work that a view may want at once (a recording read whole, samples, spectrogram, pitch, MFCC), so
# that zooming waits for none of them, and one for files being opened.
_THREADS = 6


class Cancelled(Exception):
    """Raised inside a task's work by `Report.check` once the task was cancelled."""


class Report:
    """What a task's work tells the task while it runs."""

    def __init__(self, task: "Task") -> None:
        self._task = task

    def check(self) -> None:
        """Stop here when the task was cancelled."""
        if self._task.stopping.is_set():
            raise Cancelled

    def progress(self, done: int, of: int, text: str = "") -> None:
        """Tell how far the work is; also a place where it can be stopped."""
        self.check()
        self._task.progressed.emit(done, of, text)

    def partial(self, value: Any) -> None:
        """Hand over a part of the result; also a place where the work can be stopped."""
        self.check()
        self._task.partial.emit(value)


Work = Callable[[Report], Any]


class Task(QObject):
    """One piece of work. Exactly one of `finished` and `failed` arrives, unless it is cancelled: then nothing does."""

    progressed = Signal(int, int, str)
    partial = Signal(object)
    finished = Signal(object)
    failed = Signal(object)  # the exception: a HumpcatError is for people to read, any other is a defect
    ended = Signal()

    def __init__(self, work: Work, parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self.stopping = threading.Event()

    def cancel(self) -> None:
        """Let nothing more arrive, and ask the work to stop."""
        self.stopping.set()

    def run(self) -> None:
        """Do the work; called on a thread of the pool."""
        try:
            if self.stopping.is_set():  # cancelled while it waited for a thread
                return
            value = self._work(Report(self))
            if not self.stopping.is_set():
                self.finished.emit(value)
        except Cancelled:
            pass
        except HumpcatError as error:
            self.failed.emit(error)
        except Exception as error:  # noqa: BLE001 - handed to whoever asked, who shows it and logs it
            _log.exception("a task failed")
            self.failed.emit(error)
        finally:
            self.ended.emit()


class TaskPool(QObject):
    """A few threads for short work; made once, passed down, closed at the end."""

    def __init__(self, parent: QObject | None = None, threads: int = _THREADS) -> None:
        super().__init__(parent)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="task")
        self._running: set[Task] = set()

    def start(
        self,
        work: Work,
        finished: Callable[[Any], None],
        failed: Callable[[Exception], None],
        partial: Callable[[Any], None] | None = None,
        progressed: Callable[[int, int, str], None] | None = None,
    ) -> Task:
        """Run `work` on a thread; the other functions are called on the GUI thread."""
        task = Task(work, self)
        wanted = (
            (task.finished, finished),
            (task.failed, failed),
            (task.partial, partial),
            (task.progressed, progressed),
        )
        for signal, take in wanted:
            if take is not None:
                signal.connect(_unless_cancelled(task, take), Qt.ConnectionType.QueuedConnection)
        task.ended.connect(lambda: self._forget(task), Qt.ConnectionType.QueuedConnection)
        self._running.add(task)
        self._threads.submit(task.run)
        return task

    def close(self) -> None:
        """Cancel what runs and wait for the threads; work looks whether to stop at least once a block."""
        for task in self._running:
            task.cancel()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _forget(self, task: Task) -> None:
        self._running.discard(task)
        task.deleteLater()


def _unless_cancelled(task: Task, take: Callable[..., None]) -> Callable[..., None]:
    def deliver(*values: Any) -> None:
        if not task.stopping.is_set():
            take(*values)

    return deliver
