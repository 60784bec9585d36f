"""What `humpcat record` and `humpcat live` share: choosing an input, and waiting for the capture process."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from app.capture.client import CaptureProcess
from app.capture.inputs import DEFAULT
from core_model.errors import HumpcatError
from core_model.live.ring_buffer import RingBuffer, open_ring


def add_input_options(parser: argparse.ArgumentParser) -> None:
    """Which input, at which rate, with how many channels."""
    parser.add_argument(
        "--input",
        default=DEFAULT,
        metavar="NAME",
        help="a part of an input's name, or its id (default: the usual one)",
    )
    parser.add_argument("--rate", type=int, metavar="HZ", help="sampling rate (default: the input's own)")
    parser.add_argument("--channels", type=int, metavar="N", help="how many channels (default: 1)", default=1)
    parser.add_argument("--list-inputs", action="store_true", help="list the inputs, and end")


@contextlib.contextmanager
def capturing() -> Iterator[CaptureProcess]:
    """A capture process that is ended at the end; its log stays where it is."""
    capture = CaptureProcess()
    try:
        yield capture
    finally:
        capture.close()


def list_inputs(capture: CaptureProcess) -> int:
    """One line an input; 1 where there is none."""
    found = capture.ask("inputs")["inputs"]
    for each in found:
        usual = " (usual)" if each["usual"] else ""
        sys.stdout.write(
            f"{each['name']}{usual}: {each['channels']} channels, {each['rate']} Hz, id {each['id']}\n"
        )
    if not found:
        sys.stderr.write("humpcat: no input device was found; connect a microphone.\n")
    return 0 if found else 1


def open_input(capture: CaptureProcess, arguments: argparse.Namespace) -> RingBuffer:
    """Open the input that the options name.

    Raises:
        HumpcatError: it cannot be opened.
    """
    if arguments.channels < 1 or (arguments.rate is not None and arguments.rate < 1):
        raise HumpcatError("An input has at least one channel and a rate above 0.", "Leave the options out.")
    opened = capture.ask("open", input=arguments.input, rate=arguments.rate, channels=arguments.channels)
    sys.stderr.write(f"Input: {opened['name']}, {opened['rate']} Hz, {opened['channels']} channels\n")
    return open_ring(Path(opened["ring"]))


def told(event: dict[str, Any]) -> HumpcatError | None:
    """The error that an event tells of, if it does."""
    return HumpcatError(event["message"], event.get("hint", "")) if "message" in event else None


@contextlib.contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl+C, a wish to end and a closed terminal call `stop` and end no program: the take has to be finished."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
