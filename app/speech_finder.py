"""Where somebody speaks: the engine is asked for the probabilities, a recording at a time, and they are kept."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from core_model.errors import HumpcatError
from core_model.speech_segments import Probabilities

from .engine_client import EngineClient, Message
from .translation import tr

_KEPT = 64  # recordings; 3 hours are 1.3 MB


class SpeechFinder(QObject):
    """Made once. `cancel` drops all that waits; what was asked quietly gives way to what is asked next."""

    found = Signal(object, object)  # a path, and its probabilities of speech, (frames,) every 32 ms
    progressed = Signal(str, int, int)
    failed = Signal(object)
    finished = Signal()  # nothing waits any more
    cancelled = Signal()

    def __init__(self, engine: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._known: OrderedDict[Path, Probabilities] = OrderedDict()
        self._waiting: list[Path] = []
        self._running: tuple[Path, int] | None = None
        self._quiet = True
        self._asked = 0

    def get(self, path: Path) -> Probabilities | None:
        """The probability of speech every 32 ms of a recording, (frames,), if it is known."""
        return self._known.get(path)

    @property
    def busy(self) -> bool:
        """Whether something runs or waits."""
        return self._running is not None or bool(self._waiting)

    def ask(self, paths: Sequence[Path], *, quiet: bool = False) -> None:
        """Find out about recordings; `found` is emitted for each. Quietly: without progress or complaint."""
        running = self._running[0] if self._running is not None else None
        new = [
            path
            for path in paths
            if path not in self._waiting and path != running and path not in self._known
        ]
        if self._quiet:  # nobody waits for those: the list was only leafed through
            self._asked -= len(self._waiting)
            self._waiting.clear()
            new = [path for path in paths if path != running and path not in self._known]
        self._quiet = quiet and (self._quiet or self._running is None)
        self._waiting += new
        self._asked += len(new)
        for path in paths:
            if path in self._known:
                self.found.emit(path, self._known[path])
        self._next()

    def cancel(self) -> None:
        """Drop what waits and what runs."""
        self.cancelled.emit()
        self._waiting.clear()
        if self._running is not None:
            self._engine.cancel(self._running[1])
        self._running = None
        self._close()

    def _next(self) -> None:
        if self._running is not None:
            return
        if not self._waiting:
            self._close()
            return
        path = self._waiting.pop(0)
        number = self._engine.request(
            "speech", {"file": str(path)}, partial(self._take, path), partial(self._fail, path), self._tell
        )
        self._running = (path, number)
        self._tell(0, 0, "")

    def _take(self, path: Path, answer: Message) -> None:
        self._running = None
        self._known[path] = np.asarray(answer["probabilities"], dtype=np.float32)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        self.found.emit(path, self._known[path])
        self._next()

    def _fail(self, path: Path, error: HumpcatError) -> None:
        self._running = None
        if not self._quiet:
            self.failed.emit(error)
        self._next()

    def _tell(self, done: int, of: int, _: str) -> None:
        if self._quiet:
            return
        if self._asked > 1:
            count = self._asked - len(self._waiting)
            self.progressed.emit(
                tr("Finding speech, recording {count} of {asked}").format(count=count, asked=self._asked),
                count - 1,
                self._asked,
            )
        else:
            self.progressed.emit(tr("Finding speech"), done if of else -1, of or 1)

    def _close(self) -> None:
        if self._asked and not self._quiet:
            self.progressed.emit("", 0, 0)
        self._asked, self._quiet = 0, True
        self.finished.emit()
