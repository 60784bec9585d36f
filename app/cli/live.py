"""`humpcat live`: emotion from the microphone, or from a file as if it were one, in the terminal and as CSV lines."""

import argparse
import contextlib
import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from app.capture.client import CaptureProcess
from app.cli.inputs import add_input_options, capturing, list_inputs, open_input, stopped_by_signals, told
from app.cli.project_parts import opened, rater_named
from app.live_take import take_file
from core_model.audio import SAMPLE_RATE
from core_model.bundle import find_bundle
from core_model.device_names import DEVICES, PRECISIONS
from core_model.errors import HumpcatError
from core_model.files import not_written
from core_model.live.config import LIMITS, STANDARDISATIONS, LiveConfig
from core_model.live.following import Following, Heard
from core_model.live.latency import Latency
from core_model.live.listener import Listener, leave_a_core
from core_model.live.ring_buffer import open_ring
from core_model.live.session_log import SaidOfWindow, Session
from core_model.predictor import Predictor
from core_model.project.sessions import keep_session
from training_jobs.engine_requests import told_model

NO_SPEECH = "no speech"
_USUAL = LiveConfig()
_BAR = 20  # characters


class _Stop(Exception):
    """Enough was heard."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "live",
        help="emotion from the microphone, as it is spoken",
        description="Show the emotion of what is spoken, every hop anew, until Ctrl+C. Columns of the CSV: start, end "
        "(s since the beginning), emotion (or 'no speech'), confidence, one for each label (smoothed), speech (share "
        "of the last second), latency (s from the window's end to the line).",
    )
    add_input_options(parser)
    parser.add_argument("--replay", type=Path, metavar="FILE", help="listen to a file instead")
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="X",
        help="of the replay: 1 (real time) or more; no window is skipped",
    )
    parser.add_argument("--model", default="", help="name or folder of a model (default: the default model)")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="of the encoder")
    for name, text in (
        ("hop", "seconds between two labels"),
        ("window", "seconds that each label hears"),
        ("smoothing", "time constant of the mean over labels, in seconds; 0 for none"),
        ("threshold", "probability from which it is speech"),
    ):
        low, high = LIMITS[name]
        limits = f"{text}, {low:g} to {high:g} (default: %(default)s)"
        parser.add_argument(f"--{name}", type=float, default=getattr(_USUAL, name), metavar="X", help=limits)
    parser.add_argument(
        "--standardisation",
        choices=STANDARDISATIONS,
        default=_USUAL.standardisation,
        help="by this speaker's statistics so far (running), of the first 20 s of speech (calibrated), or the model's",
    )
    parser.add_argument(
        "--csv", type=Path, metavar="FILE", help="write lines there as they come; - for standard output"
    )
    parser.add_argument("--record", type=Path, metavar="WAV", help="also record what is heard")
    parser.add_argument(
        "--project",
        type=Path,
        metavar="FILE",
        help="with --record: add the take to this project, with what the model said",
    )
    parser.add_argument("--seconds", type=float, metavar="S", help="stop after this long")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Listen until there is nothing more to hear, then tell how well it went."""
    config = LiveConfig(
        arguments.hop,
        arguments.window,
        arguments.smoothing,
        arguments.threshold,
        arguments.standardisation,
    )
    if arguments.replay is not None and arguments.record is not None:
        raise HumpcatError("A replay is a recording already.", "Leave out --record.")
    if arguments.project is not None:
        if arguments.record is None:
            raise HumpcatError(
                "Without a take there is nothing to add to a project.", "Name one: --record WAV."
            )
        with opened(arguments.project):  # now, not after an hour of listening
            pass
    with capturing() as capture:
        if arguments.list_inputs:
            return list_inputs(capture)
        leave_a_core()
        predictor = Predictor(find_bundle(arguments.model), arguments.device, arguments.precision)
        listener = Listener(predictor, config)
        if config.standardisation == STANDARDISATIONS[1]:
            listener.speaker.calibrate()
        with _lines(arguments.csv) as stream:
            session = _Session(capture, arguments, predictor.record.labels, stream)
            session.listen(listener)
    session.tell()
    if arguments.project is not None:
        session.keep(arguments.project, told_model(predictor))
    if session.error is not None:
        raise session.error
    return 0


class _Session:
    """One run: what was heard so far, and how it is shown."""

    def __init__(
        self,
        capture: CaptureProcess,
        arguments: argparse.Namespace,
        labels: tuple[str, ...],
        stream: TextIO | None,
    ) -> None:
        self._capture, self._arguments, self._labels = capture, arguments, labels
        self._writer = csv.writer(stream, lineterminator="\n") if stream is not None else None
        self._stream = stream
        self._latency, self._count = Latency(), 0
        self._last: Heard | None = None
        self._dropped = 0
        self._begin, self._said_until = 0, 0  # frames of the ring buffer
        self._said: list[SaidOfWindow] = []
        self._take_told: dict[str, Any] | None = None
        self._stopped = False
        self.error: HumpcatError | None = None

    def listen(self, listener: Listener) -> None:
        """Until Ctrl+C, the end of the file, the end of the time, or of the device."""
        replayed = self._arguments.replay is not None
        if replayed:
            file = str(self._arguments.replay.absolute())
            replay = self._capture.ask("replay", file=file, speed=self._arguments.speed)
            ring = open_ring(Path(replay["ring"]))
        else:
            ring = open_input(self._capture, self._arguments)
        following = Following(ring, listener, 0 if replayed else None, every=replayed)
        if self._arguments.record is not None:
            begun = self._capture.ask("record", path=str(self._arguments.record.absolute()))
            self._begin = self._said_until = int(begun["begin"])
        if self._writer is not None:
            self._writer.writerow(
                ["start", "end", "emotion", "confidence", *self._labels, "speech", "latency"]
            )
        if replayed:
            self._capture.ask("begin")
        with stopped_by_signals(self._stop), contextlib.suppress(_Stop):
            for heard in following.labels(self._check):
                self._take(heard)
                self._dropped = ring.dropped
        if self._arguments.record is not None and self.error is None:
            self._take_event(self._capture.ask("stop"))

    def tell(self) -> None:
        """How well it went, on standard error."""
        if sys.stderr.isatty():
            sys.stderr.write("\n")
        last = self._last
        if last is None:
            sys.stderr.write("Nothing was heard.\n")
            return
        p50, p95 = 1000 * self._latency.p50, 1000 * self._latency.p95
        latency = "" if self._arguments.speed > 1 else f"; latency: {p50:.0f} ms (p50), {p95:.0f} ms (p95)"
        sys.stderr.write(
            f"{self._count} labels, hop {last.hop:.2f} s{latency}; skipped windows: {last.skipped}; "
            f"dropped blocks: {self._dropped}\n"
        )

    def keep(self, path: Path, model: dict[str, Any]) -> None:
        """Add the take to a project, with what was said of it."""
        told = self._take_told
        if told is None or not told["frames"]:
            return
        take = take_file(Path(told["path"]))
        with opened(path) as project:
            rater = rater_named(project, None).id
            session = Session(0, take.path, take.path, project.path, rater, take.rate, self._begin)
            session.pieces = tuple((int(start), int(end)) for start, end in told["pieces"])
            session.model, session.windows = model, self._said
            project.apply(keep_session(project, session, take))

    def _stop(self) -> None:
        self._stopped = True

    def _check(self) -> None:
        for event in self._capture.events():
            if event["event"] in ("lost", "died", "hung", "take"):
                self._take_event(event)
        if self._stopped or self.error is not None:
            raise _Stop

    def _take_event(self, event: dict[str, Any]) -> None:
        self.error = self.error or told(event)
        if event["event"] == "take":
            self._take_told = event
            sys.stderr.write(f"Recorded {event['frames'] / event['rate']:.2f} s into {event['path']}\n")

    def _take(self, heard: Heard) -> None:
        label, self._last = heard.label, heard
        self._count += 1
        if label.smoothed is not None and self._arguments.project is not None:
            self._said.append(SaidOfWindow(self._said_until, heard.frame, label.smoothed))
        self._said_until = heard.frame
        start, end = label.start / SAMPLE_RATE, label.end / SAMPLE_RATE
        said, confidence = NO_SPEECH, ""
        if label.smoothed is not None:
            highest = max(label.smoothed)
            said, confidence = self._labels[label.smoothed.index(highest)], f"{highest:.4f}"
        shares = [f"{each:.6f}" for each in label.smoothed or ()] or [""] * len(self._labels)
        latency = time.monotonic() - heard.captured
        if label.probabilities is not None:
            self._latency.add(latency)
        if self._writer is not None and self._stream is not None:
            row = [
                f"{start:.6f}",
                f"{end:.6f}",
                said,
                confidence,
                *shares,
                f"{label.speech:.2f}",
                f"{latency:.3f}",
            ]
            try:
                self._writer.writerow(row)
                self._stream.flush()  # whoever reads along waits for it, and a line written is not lost
            except BrokenPipeError:
                raise
            except OSError as error:
                raise not_written(error, self._arguments.csv) from error
        self._show(end, said, confidence)
        if self._arguments.seconds is not None and end >= self._arguments.seconds:
            raise _Stop

    def _show(self, end: float, said: str, confidence: str) -> None:
        """One line that is written over on a terminal, else a line each; none where the CSV goes there."""
        if self._stream is sys.stdout:
            return
        bar = "#" * round(_BAR * float(confidence or 0))
        line = f"{end:8.2f} s  {said:<10} {confidence[:4]:<4} {bar:<{_BAR}}"
        if sys.stdout.isatty():
            sys.stdout.write(f"\r{line}")
        elif self._writer is None:
            sys.stdout.write(f"{line.rstrip()}\n")
        sys.stdout.flush()


@contextlib.contextmanager
def _lines(path: Path | None) -> Iterator[TextIO | None]:
    """A file that grows line by line; one that is there is not written over."""
    if path is None or str(path) == "-":
        yield sys.stdout if path is not None else None
        return
    try:
        with path.open("x", newline="", encoding="utf-8") as stream:
            yield stream
    except FileExistsError as error:
        raise HumpcatError(f"{path} is there already.", "Name another file for --csv.") from error
    except OSError as error:
        raise not_written(error, path) from error
