"""`humpcat features`: prosody, MFCC or pitch of recordings as a CSV."""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from core_model.audio import SAMPLE_RATE, audio_files, read_waveform
from core_model.errors import HumpcatError
from core_model.features import mfcc as mfccs
from core_model.features.pitch import STEP_SECONDS, track_pitch
from core_model.features.prosody import PROSODY_NAMES, prosody
from core_model.files import write_aside

Rows = Iterator[list[str]]


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "features",
        help="write features as a CSV",
        description="Prosody: one row of DisVoice's 103 static values a recording; empty where a value is undefined. "
        "MFCC: a row every 20 ms, 39 values. Pitch: a row every 10 ms; F0 is empty where nothing is voiced.",
    )
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="audio files and folders (searched below)"
    )
    parser.add_argument("--kind", choices=tuple(_KINDS), required=True)
    parser.add_argument("--out", type=Path, metavar="CSV", help="where to write (default: standard output)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the rows of every recording that can be read; name the others."""
    columns, rows_of = _KINDS[arguments.kind]
    files = [file for path in arguments.paths for file in (audio_files(path) if path.is_dir() else [path])]
    if not files:
        raise HumpcatError("No audio files were found.", "Give files, or folders that hold some.")
    failed = 0
    with ExitStack() as stack:
        stream = sys.stdout
        if arguments.out:
            aside = stack.enter_context(write_aside(arguments.out))
            # A file's name may hold bytes that are no UTF-8; they are written escaped.
            stream = stack.enter_context(
                aside.open("w", newline="", encoding="utf-8", errors="backslashreplace")
            )
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["file", *columns])
        for file in files:
            try:
                writer.writerows([file.as_posix(), *row] for row in rows_of(file))
            except HumpcatError as error:
                failed += 1
                sys.stderr.write(f"humpcat: {file}: {error}\n")
    return 1 if failed else 0


def _prosody_rows(file: Path) -> Rows:
    samples = read_waveform(file).samples
    result = prosody(samples, track_pitch(samples).f0)
    yield [f"{value:.9g}" if valid else "" for value, valid in zip(result.values, result.valid, strict=True)]


def _mfcc_rows(file: Path) -> Rows:
    hop = mfccs.HOP / SAMPLE_RATE
    for frame, values in enumerate(mfccs.mfcc(read_waveform(file).samples)):
        yield [f"{frame * hop:.2f}", *(f"{value:.6g}" for value in values)]


def _pitch_rows(file: Path) -> Rows:
    track = track_pitch(read_waveform(file).samples)
    for frame, (f0, confidence) in enumerate(zip(track.f0, track.confidence, strict=True)):
        yield [f"{frame * STEP_SECONDS:.2f}", f"{f0:.3f}" if f0 else "", f"{confidence:.4f}"]


_KINDS: dict[str, tuple[tuple[str, ...], Callable[[Path], Rows]]] = {
    "prosody": (PROSODY_NAMES, _prosody_rows),
    "mfcc": (("time", *mfccs.NAMES), _mfcc_rows),
    "pitch": (("time", "f0", "confidence"), _pitch_rows),
}
