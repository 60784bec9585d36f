"""In a compute process: work that takes long goes on in a thread, looked at from time to time and stopped on request.

`begin`, `look` and `stop` are called there by `app.long_work` through `ComputeProcess.run`; none of them waits.
"""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

Progress = Callable[[float, float], None]  # done, of; raises Stopped once nobody wants the work any more


class Stopped(Exception):
    """Raised by a progress function inside work that was stopped."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a piece of work stands: how far it is, and, once it is over, its value or what it raised."""

    done: float = 0.0
    of: float = 0.0
    over: bool = False
    value: Any = None
    error: Exception | None = None


class _Piece:
    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.look = Look()
        self.stopping = threading.Event()
        self._function, self._arguments = function, arguments
        threading.Thread(target=self._run, daemon=True).start()

    def progress(self, done: float, of: float) -> None:
        if self.stopping.is_set():
            raise Stopped
        self.look = Look(done, of)

    def _run(self) -> None:
        try:
            value = self._function(self.progress, *self._arguments)
            self.look = replace(self.look, over=True, value=value)
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            self.look = replace(self.look, over=True, error=error)


_pieces: dict[int, _Piece] = {}
_numbers = itertools.count()


def begin(function: Callable[..., Any], *arguments: Any) -> int:
    """Start `function(progress, *arguments)` in a thread; its number."""
    number = next(_numbers)
    _pieces[number] = _Piece(function, arguments)
    return number


def look(number: int) -> Look:
    """How a piece of work stands; once it is over it is told once and forgotten."""
    piece = _pieces.get(number)
    if piece is None:
        return Look(over=True, error=Stopped())
    if piece.look.over:
        del _pieces[number]
    return piece.look


def stop(number: int) -> None:
    """Ask a piece of work to stop; nothing more is told of it."""
    piece = _pieces.pop(number, None)
    if piece is not None:
        piece.stopping.set()
