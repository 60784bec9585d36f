"""What was said in a live session, on disk as soon as it is said: predictions, and labels that somebody pressed.

One JSON object a line, appended; a line cut short by a crash is left out. It lies in the program's own folder until
the project has it all, so that a session that was killed is taken up when the project is opened the next time.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import HumpcatError
from ..facts import WindowPrediction
from ..files import not_written
from ..folders import data_folder

SUFFIX = ".jsonl"
Piece = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Pressed:
    """A label that was pressed: from where to where, in frames of the ring buffer; `end` None while it goes on."""

    label: str
    start: int
    end: int | None


@dataclass(frozen=True, slots=True)
class SaidOfWindow:
    """What the model said between two frames of the ring buffer: from the end of the window before to its own."""

    start: int
    end: int
    probabilities: tuple[float, ...]


@dataclass(slots=True)
class Session:
    """All that a log tells.

    Attributes:
        pid: of the process that wrote it.
        take: where the recording is to be; `aside` where it is while it is made.
        project: the project's file.
        rater: who pressed; `speaker` who speaks, empty where nobody said.
        begin: the frame of the ring buffer where the take begins.
        pieces: what of the ring buffer the take holds, as far as it is known.
        model: name, id, labels, device and precision of the model that listened, if one did.
    """

    pid: int
    take: Path
    aside: Path
    project: Path
    rater: int
    rate: int
    begin: int
    pieces: tuple[Piece, ...] = ()
    speaker: str = ""
    model: dict[str, Any] | None = None
    pressed: list[Pressed] = field(default_factory=list)
    windows: list[SaidOfWindow] = field(default_factory=list)


class SessionLog:
    """Appends to one session's log.

    Raises:
        HumpcatError: it cannot be written.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.path = sessions_folder() / f"{session.take.stem}-{os.getpid()}-{session.begin}{SUFFIX}"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab", buffering=0)
        except OSError as error:
            raise not_written(error, self.path) from error
        facts = ("take", "aside", "project")
        told: dict[str, Any] = {name: str(getattr(session, name)) for name in facts}
        self._append(
            {
                **told,
                **{name: getattr(session, name) for name in ("pid", "rater", "rate", "begin", "speaker")},
            }
        )

    def press(self, pressed: Pressed) -> None:
        """A label begins, or the one that began at the same frame ends."""
        if pressed.end is None:
            self.session.pressed.append(pressed)
        else:
            kept = [each for each in self.session.pressed if each.start != pressed.start]
            self.session.pressed[:] = [*kept, pressed]
        self._append({"pressed": [pressed.label, pressed.start, pressed.end]})

    def use_model(self, model: dict[str, Any]) -> None:
        """Which model says what follows; what another one said before is not kept with it."""
        if model != self.session.model:
            self.session.model = model
            self.session.windows.clear()
            self._append({"model": model})

    def hear(self, said: SaidOfWindow) -> None:
        """The model said something of a window."""
        self.session.windows.append(said)
        self._append({"window": [said.start, said.end, list(said.probabilities)]})

    def finish(self, take: Path, pieces: Sequence[Piece]) -> None:
        """The take is on disk under its name."""
        self.session.take, self.session.pieces = take, tuple(pieces)
        self._append({"finished": str(take), "pieces": [list(piece) for piece in pieces]})

    def close(self, *, keep: bool) -> None:
        """Done; without `keep` the project has it all, and the log goes."""
        self._file.close()
        if not keep:
            self.path.unlink(missing_ok=True)

    def _append(self, value: dict[str, Any]) -> None:
        try:
            self._file.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")
        except OSError as error:
            raise not_written(error, self.path) from error


def sessions_folder() -> Path:
    """Where logs of sessions lie until their project has what they say."""
    return data_folder() / "sessions"


def read_session(path: Path) -> Session | None:
    """A session from its log; None where not even its first line is whole."""
    session: Session | None = None
    for value in _lines(path):
        if session is None:
            try:
                take, aside, project = (Path(value[name]) for name in ("take", "aside", "project"))
                pid, rater, rate, begin = (int(value[name]) for name in ("pid", "rater", "rate", "begin"))
                session = Session(pid, take, aside, project, rater, rate, begin)
                session.speaker = str(value.get("speaker", ""))
            except (KeyError, TypeError, ValueError):
                return None
        else:
            _take_in(session, value)
    return session


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise HumpcatError(f"{path} cannot be read ({error.strerror or error}).") from error
    for line in lines:
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def _take_in(session: Session, value: dict[str, Any]) -> None:
    if "pressed" in value:
        label, start, end = value["pressed"]
        session.pressed[:] = [each for each in session.pressed if each.start != start]
        session.pressed.append(Pressed(str(label), int(start), None if end is None else int(end)))
    elif "window" in value:
        start, end, probabilities = value["window"]
        session.windows.append(SaidOfWindow(int(start), int(end), tuple(map(float, probabilities))))
    elif "model" in value:
        session.model = dict(value["model"])
        session.windows.clear()
    elif "finished" in value:
        session.take = Path(value["finished"])
        session.pieces = tuple((int(start), int(end)) for start, end in value["pieces"])


def in_take(session: Session, frames: int) -> tuple[list[Pressed], list[WindowPrediction]]:
    """What was said, in frames and seconds of the take: what was said while it was paused is left out.

    Args:
        frames: of the take. Of one whose pieces are not known (it was killed), it is taken for a single piece.
    """
    pieces = session.pieces or ((session.begin, session.begin + frames),)
    places: list[tuple[int, int, int]] = []  # start and end in the ring buffer, start in the take
    at = 0
    for start, end in pieces:
        places.append((start, end, at))
        at += end - start
    pressed, windows = [], []
    for begin, until, shift in places:
        for each in session.pressed:
            first, last = max(each.start, begin), min(until if each.end is None else each.end, until)
            if first < last:
                pressed.append(Pressed(each.label, first - begin + shift, last - begin + shift))
        for said in session.windows:
            first, last = max(said.start, begin), min(said.end, until)
            if first < last:
                times = [(frame - begin + shift) / session.rate for frame in (first, last)]
                windows.append(WindowPrediction(times[0], times[1], said.probabilities))
    return pressed, windows
