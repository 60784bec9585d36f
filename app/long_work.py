"""Long work in a compute process, with progress and an end: the GUI thread's side of `app.background`."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from .background import Look, Stopped, begin, look, stop
from .compute_process import ComputeProcess
from .tasks import Report, TaskPool

_LOOK_MS = 150


class LongWork(QObject):
    """One piece of work at a time; a new one takes the place of the one before, of which nothing more is told."""

    progressed = Signal(float, float)
    finished = Signal(object)
    failed = Signal(object)
    busy_changed = Signal(bool)

    def __init__(self, compute: ComputeProcess, tasks: TaskPool, parent: QObject) -> None:
        super().__init__(parent)
        self._compute, self._tasks = compute, tasks
        self._wanted = (
            0  # how often something was begun or cancelled: what belongs to an earlier time is stale
        )
        self._number: int | None = None
        self.busy = False
        self._timer = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def start(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Call `function(progress, *arguments)` in the process."""
        self.cancel()
        wanted = self._wanted
        self._set_busy(True)
        self._run(begin, function, *arguments, then=lambda number: self._begun(number, wanted))

    def cancel(self) -> None:
        """Stop what is under way; nothing more is told of it."""
        self._wanted += 1
        self._timer.stop()
        if self._number is not None:
            number, self._number = self._number, None
            self._run(stop, number, then=lambda _: None)
        self._set_busy(False)

    def _begun(self, number: int, wanted: int) -> None:
        if wanted != self._wanted:
            self._run(stop, number, then=lambda _: None)
            return
        self._number = number
        self._timer.start()

    def _look(self) -> None:
        wanted, number = self._wanted, self._number
        if number is not None:
            self._run(look, number, then=lambda found: self._take(found, wanted))

    def _take(self, found: Look, wanted: int) -> None:
        if wanted != self._wanted:
            return
        self.progressed.emit(found.done, found.of)
        if not found.over:
            self._timer.start()
            return
        self._number = None
        self._set_busy(False)
        if found.error is None:
            self.finished.emit(found.value)
        elif not isinstance(found.error, Stopped):
            self.failed.emit(found.error)

    def _run(self, function: Callable[..., Any], *arguments: Any, then: Callable[[Any], None]) -> None:
        wanted = self._wanted

        def fail(error: Exception) -> None:
            if wanted == self._wanted:
                self._number = None
                self._set_busy(False)
                self.failed.emit(error)

        def work(report: Report) -> Any:
            return self._compute.run(function, *arguments, check=report.check)

        self._tasks.start(work, then, fail)

    def _set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit(busy)
