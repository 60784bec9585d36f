"""`humpcat record`: a take from a microphone into a file, and into a project."""

import argparse
import datetime
import sys
import threading
import time
from pathlib import Path
from typing import Any

from app.capture.client import CaptureProcess
from app.capture.take_names import FIELDS, PATTERN, next_take
from app.capture.wav_file import BITS
from app.cli.inputs import add_input_options, capturing, list_inputs, open_input, stopped_by_signals, told
from app.cli.project_parts import opened
from app.cli.project_recordings import add_recordings
from core_model.errors import HumpcatError
from core_model.live.level import LevelMeter
from core_model.live.ring_buffer import Overrun, RingBuffer

_LOOK = 0.1  # s
_BAR = 30  # characters


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    fields = ", ".join(f"{{{name}}} {text}" for name, text in FIELDS.items())
    parser = subparsers.add_parser(
        "record",
        help="record a take from a microphone",
        description="Record until Ctrl+C, or for a number of seconds. Samples are on disk as they come, in a file that "
        "can be played at any moment and takes its name at the end.",
        epilog=f"fields of a name: {fields}",
    )
    parser.add_argument("--folder", type=Path, default=Path(), help="where takes go (default: this folder)")
    parser.add_argument(
        "--name", default=PATTERN, metavar="PATTERN", help="a take's name, with fields (default: %(default)s)"
    )
    parser.add_argument("--speaker", default="", metavar="NAME", help="who speaks, for the field {speaker}")
    parser.add_argument(
        "--bits", type=int, choices=BITS, default=BITS[0], help="a sample (default: %(default)s)"
    )
    parser.add_argument("--seconds", type=float, metavar="S", help="stop after this long")
    parser.add_argument("--project", type=Path, metavar="FILE", help="add the take to this project")
    add_input_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Record one take; its path is the only thing on standard output."""
    if arguments.seconds is not None and not arguments.seconds > 0:
        raise HumpcatError("A take lasts longer than 0 s.", "Choose another number for --seconds.")
    if arguments.project is not None:
        with opened(arguments.project):  # now, not after an hour of recording
            pass
    with capturing() as capture:
        if arguments.list_inputs:
            return list_inputs(capture)
        project = arguments.project.stem if arguments.project is not None else ""
        fields = {"project": project, "speaker": arguments.speaker}
        path = next_take(arguments.folder.absolute(), arguments.name, fields, datetime.datetime.now())
        ring = open_input(capture, arguments)
        begin = int(capture.ask("record", path=str(path), bits=arguments.bits)["begin"])
        end = None if arguments.seconds is None else begin + round(arguments.seconds * ring.rate)
        take = _recorded(capture, ring, begin, end)
    seconds = take["frames"] / take["rate"]
    newline = "\n" if sys.stderr.isatty() else ""  # under the level
    sys.stderr.write(f"{newline}Recorded {seconds:.2f} s; dropped blocks: {ring.dropped}\n")
    sys.stdout.write(f"{take['path']}\n")
    sys.stdout.flush()
    if arguments.project is not None:
        with opened(arguments.project) as project:
            add_recordings(project, [Path(take["path"])])
    error = told(take)
    if error is not None:
        raise error
    return 0


def _recorded(capture: CaptureProcess, ring: RingBuffer, begin: int, end: int | None) -> dict[str, Any]:
    """Show the level until Ctrl+C, the end, or a device that goes; the take."""
    stopped = threading.Event()
    meter, at = LevelMeter(ring.channels), begin
    with stopped_by_signals(stopped.set):
        while not stopped.is_set() and (end is None or ring.written < end):
            time.sleep(_LOOK)
            at = _measure(meter, ring, at)
            _show(meter, (at - begin) / ring.rate, ring.dropped)
            events = {event["event"]: event for event in capture.events()}
            error = told(events["lost"]) if "lost" in events else None
            if "take" in events:
                return {**events["take"], **_words(error or told(events["take"]))}
            if broken := events.get("died") or events.get("hung"):
                raise HumpcatError(broken["message"], broken["hint"])
        return capture.ask("stop")


def _measure(meter: LevelMeter, ring: RingBuffer, at: int) -> int:
    try:
        block = ring.read(at)
    except Overrun:  # suspended for long: a level is of now
        return ring.written
    meter.add(block, time.monotonic())
    return at + len(block)


def _show(meter: LevelMeter, seconds: float, dropped: int) -> None:
    if not sys.stderr.isatty():
        return
    level, held = float(meter.levels.max()), float(meter.held.max())
    bar = "#" * round((level + 60) / 60 * _BAR)
    clipped = "  CLIPPED" if meter.clipped.any() else ""
    sys.stderr.write(
        f"\r{seconds:8.1f} s [{bar:<{_BAR}}] {held:6.1f} dB  dropped: {dropped}{clipped}  (Ctrl+C ends) "
    )
    sys.stderr.flush()


def _words(error: HumpcatError | None) -> dict[str, str]:
    return {} if error is None else {"message": error.message, "hint": error.hint}
