"""The capture process: holds the input device, writes takes, and obeys JSON lines on stdin; it answers on stdout.

A process of its own, because a device that hangs hangs whoever holds it, because PortAudio can look for new devices
only while nothing is open, and because a take then outlives the window: when stdin closes, whatever the reason, the
take is finished and given its name.

Commands (`do`): inputs, watch, open, replay, begin, record, pause, resume, stop, monitor, close. Each is answered once,
by an event that carries its id. Events without an id come by themselves: inputs (the list has changed), lost (the
device is gone), take (it ended by itself), over (a file has come to its end).
"""

import logging
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from core_model.errors import HumpcatError
from core_model.live.ring_buffer import remove_abandoned
from training_jobs.engine_protocol import decode_line, encode_line, private_stdout

from .inputs import find, list_inputs, portaudio
from .sources import Microphone, Monitor, Replay
from .take import Take, TakeWriter

Message = dict[str, Any]

_TICK = 0.1  # s between two looks at the device
_LOOK_FOR_INPUTS = 2.0  # s
_GONE = "What was recorded is kept. Connect it again, or choose another input."

_logger = logging.getLogger(__name__)


class Capture:
    """One source at a time, and one take of it.

    Args:
        send: takes every event.
    """

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self._source: Microphone | Replay | None = None
        self._take: TakeWriter | None = None
        self._monitor: Monitor | None = None
        self._watching = False
        self._listed: list[Message] = []
        self._look_at = 0.0
        self._commands: dict[str, Callable[[Message], Message]] = {
            "inputs": self._inputs,
            "watch": self._watch,
            "open": self._open,
            "replay": self._replay,
            "begin": self._begin,
            "record": self._record,
            "pause": self._pause,
            "resume": self._resume,
            "stop": self._stop,
            "monitor": self._hear,
            "close": self._close,
        }

    def obey(self, command: Message) -> None:
        """Carry out one command and answer it."""
        try:
            does = self._commands.get(str(command.get("do")))
            if does is None:
                raise HumpcatError(f"The capture process does not know the command {command.get('do')!r}.")
            self._send({**does(command), "id": command.get("id")})
        except HumpcatError as error:
            self._send(_told(error) | {"id": command.get("id")})
        except Exception as error:  # whatever a driver throws, the window must hear of it
            _logger.exception("command %s failed", command.get("do"))
            told = HumpcatError(f"The sound system failed: {error}.", "Choose another input, or try again.")
            self._send(_told(told) | {"id": command.get("id")})

    def look(self) -> None:
        """What happens by itself: a device that goes, a disk that is full, a file that ends, a device that comes."""
        if self._take is not None and self._take.failed:
            self._send(self._end_take())
        source = self._source
        if isinstance(source, Replay) and source.over:
            error = source.error
            self._source = None
            source.close()  # before it is told, so that nothing is left for whoever hears it
            self._send({"event": "over"} | (_told_words(error) if error is not None else {}))
        elif isinstance(source, Microphone) and (why := source.why_lost()):
            self._lose(source, why)
        if self._watching and source is None and time.monotonic() > self._look_at:
            found = _listed()
            self._look_at = time.monotonic() + _LOOK_FOR_INPUTS
            if found != self._listed:
                self._listed = found
                self._send({"event": "inputs", "inputs": found})

    def close(self) -> None:
        """Finish the take and give the device back."""
        if self._take is not None:
            self._send(self._end_take())
        if self._monitor is not None:
            self._monitor.close()
            self._monitor = None
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def _lose(self, source: Microphone, why: str) -> None:
        """First the take, then the word, then the device, which may never answer."""
        _logger.warning("the input %s went away: %s", source.name, why)
        source.ring.end()
        if self._take is not None:
            self._send(self._end_take())
        error = HumpcatError(f"The input {source.name} went away.", _GONE)
        self._send({"event": "lost", **_told_words(error)})
        source.ring.remove()
        self.close()

    def _inputs(self, _: Message) -> Message:
        self._listed = _listed()
        return {"event": "inputs", "inputs": self._listed}

    def _watch(self, command: Message) -> Message:
        portaudio()  # where it is missing, that is said once, and nothing is looked for
        self._watching = bool(command.get("on"))
        return {"event": "watching"}

    def _open(self, command: Message) -> Message:
        self.close()
        found = find(str(command.get("input", "default")))
        rate = command.get("rate")
        channels = int(command.get("channels") or min(found.input.channels, 2))
        self._source = Microphone(found, int(rate) if rate else None, channels)
        return self._opened()

    def _replay(self, command: Message) -> Message:
        self.close()
        self._source = Replay(Path(command["file"]), float(command.get("speed", 1)))
        return self._opened()

    def _opened(self) -> Message:
        assert self._source is not None
        ring, name = self._source.ring, self._source.name
        facts = {"ring": str(ring.path), "rate": ring.rate, "channels": ring.channels}
        return {"event": "opened", "name": name, **facts}

    def _begin(self, _: Message) -> Message:
        if isinstance(self._source, Replay):
            self._source.begin()
        return {"event": "begun"}

    def _record(self, command: Message) -> Message:
        if self._take is not None:
            raise HumpcatError("A take is being recorded already.", "Stop it first.")
        if not isinstance(self._source, Microphone):
            raise HumpcatError("There is nothing to record.", "Open an input first.")
        self._take = TakeWriter(self._source.ring, Path(command["path"]), int(command.get("bits", 16)))
        return {"event": "recording", "begin": self._take.begin, "aside": str(self._take.aside)}

    def _pause(self, _: Message) -> Message:
        self._taking().pause()
        return {"event": "paused"}

    def _resume(self, _: Message) -> Message:
        self._taking().resume()
        return {"event": "resumed"}

    def _stop(self, _: Message) -> Message:
        self._taking()
        return self._end_take()

    def _taking(self) -> TakeWriter:
        if self._take is None:
            raise HumpcatError("Nothing is being recorded.", "Begin a take first.")
        return self._take

    def _end_take(self) -> Message:
        assert self._take is not None
        take = self._take.stop()
        self._take = None
        return told_take(take)

    def _hear(self, command: Message) -> Message:
        if self._monitor is not None:
            self._monitor.close()
            self._monitor = None
        if command.get("on") and self._source is not None:
            self._monitor = Monitor(self._source.ring)
        return {"event": "monitoring", "on": self._monitor is not None}

    def _close(self, _: Message) -> Message:
        self.close()
        return {"event": "closed"}


def told_take(take: Take) -> Message:
    """A finished take as an event."""
    return {
        "event": "take",
        "path": str(take.path),
        "rate": take.rate,
        "channels": take.channels,
        "frames": take.frames,
        "pieces": [list(piece) for piece in take.pieces],
        "lost": take.lost,
        **(_told_words(take.error) if take.error is not None else {}),
    }


def serve(commands: BinaryIO, events: BinaryIO) -> None:
    """Obey until stdin closes, then finish what is under way."""
    waiting: queue.Queue[Message | None] = queue.Queue()
    threading.Thread(target=_read, args=(commands, waiting), daemon=True).start()
    # Ctrl+C, and a terminal that is closed, go to all its processes: whoever gave the commands decides what happens,
    # and closes stdin.
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: waiting.put(None))

    def send(message: Message) -> None:
        try:
            events.write(encode_line(message))
            events.flush()
        except OSError:  # nobody listens any more; the take still has to be finished
            _logger.info("nobody heard %s", message.get("event"))

    remove_abandoned()
    capture = Capture(send)
    while True:
        try:
            command = waiting.get(timeout=_TICK)
        except queue.Empty:
            capture.look()
            continue
        if command is None:
            capture.close()
            return
        capture.obey(command)
        capture.look()


def _read(commands: BinaryIO, waiting: "queue.Queue[Message | None]") -> None:
    for line in commands:
        try:
            waiting.put(decode_line(line))
        except HumpcatError as error:
            _logger.error("%s", error)
    waiting.put(None)


def _listed() -> list[Message]:
    return [found.input.to_json() for found in list_inputs()]


def _told(error: HumpcatError) -> Message:
    return {"event": "error", **_told_words(error)}


def _told_words(error: HumpcatError) -> Message:
    return {"message": error.message, "hint": error.hint}


def main() -> None:
    """Serve this process's own stdin and stdout."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with private_stdout() as events:
        serve(sys.stdin.buffer, events)


if __name__ == "__main__":
    main()
