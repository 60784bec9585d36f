"""What the capture process tells of a take, as whoever asked for it holds it."""

from dataclasses import dataclass
from pathlib import Path

from core_model.errors import HumpcatError


@dataclass(frozen=True, slots=True)
class TakeBegun:
    """A take that is being written: where its name will be, and where it is meanwhile; from which frame on."""

    path: Path
    aside: Path
    begin: int


@dataclass(frozen=True, slots=True)
class TakeDone:
    """A take on disk; `error` tells why it ended, where nobody ended it."""

    path: Path
    rate: int
    channels: int
    frames: int
    pieces: tuple[tuple[int, int], ...]
    error: HumpcatError | None
