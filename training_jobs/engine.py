"""The engine: a child process that keeps one model loaded and answers requests, JSON lines over stdin and stdout.

One thread reads requests, so that a cancellation is seen while another request runs; the main thread answers them in
turn. A request says `{"id": 7, "do": "predict", ...}`; every answer carries the id, and exactly one ends it: an event
"result", "error" or "cancelled". The process ends when its stdin closes, so that it never outlives its window.
"""

import contextlib
import logging
import os
import queue
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import core_model
from core_model.errors import HumpcatError

from .engine_protocol import decode_line, encode_line, private_stdout

if TYPE_CHECKING:
    from .engine_requests import Engine

Message = dict[str, Any]

_logger = logging.getLogger(__name__)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer the requests of one stream until it closes."""
    from .engine_requests import Engine  # here: what torch and the others print at import is no answer either

    waiting: queue.Queue[Message | None] = queue.Queue()
    with tempfile.TemporaryDirectory(prefix="humpcat-engine-") as folder:

        def send(message: Message) -> None:
            answers.write(encode_line(message))
            answers.flush()

        engine = Engine(send, Path(folder))
        threading.Thread(target=_read, args=(requests, engine, waiting), daemon=True).start()
        # A broken pipe: the window is gone, and with it whoever would read the answer.
        with contextlib.suppress(BrokenPipeError):
            send({"event": "ready", "pid": os.getpid(), "version": core_model.__version__})
            while (request := waiting.get()) is not None:
                engine.answer(request)


def _read(requests: BinaryIO, engine: "Engine", waiting: "queue.Queue[Message | None]") -> None:
    for line in requests:
        try:
            request = decode_line(line)
        except HumpcatError as error:
            _logger.error("%s", error)
            continue
        if request.get("do") == "cancel":
            engine.cancel(request.get("what"))
        elif request.get("do") == "steer":
            engine.steer(request)
        else:
            waiting.put(request)
    engine.stop()
    waiting.put(None)


def main() -> None:
    """Serve this process's own stdin and stdout."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with private_stdout() as answers:
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
    logging.shutdown()
    os._exit(
        0
    )  # all is written and cleared away; to take torch apart would keep the window that closes for a second
