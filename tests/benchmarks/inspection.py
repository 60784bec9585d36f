"""Time to inspect a corpus of 100 000 files: list, recognise, read all headers, write the manifest; nothing is decoded.

    python tests/benchmarks/inspection.py [FILES]

The tree is made of 0.1 s WAV files, once named as CREMA-D names its files and once in folders of speakers and labels,
which every convention has to look at; each run is a process of its own, as a user would start it.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

import numpy as np
import soundfile

FILES = 100_000
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_EMOTIONS = ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD")


def crema_names() -> Iterator[str]:
    """More names than anybody needs, as CREMA-D has them."""
    for text in product(_LETTERS, repeat=2):
        for actor, emotion, level in product(range(1001, 1092), _EMOTIONS, ("LO", "MD", "HI", "XX")):
            yield f"{actor}_I{''.join(text)}_{emotion}_{level}.wav"


def folder_names() -> Iterator[str]:
    """100 speakers, 5 labels."""
    labels = ("Wut", "Freude", "neutral", "Trauer", "Angst")
    for number, speaker, label in product(range(FILES), range(100), labels):
        yield f"{speaker:03d}/{label}/{number:05d}.wav"


def _used() -> float:
    """Seconds of CPU that the children have taken: what tells on a machine that others use too."""
    times = os.times()
    return times.children_user + times.children_system


def main() -> None:
    """Make both trees in turn and inspect them."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    for title, names in (
        ("named as CREMA-D", crema_names()),
        ("folders of speakers and labels", folder_names()),
    ):
        with tempfile.TemporaryDirectory() as place:
            root = Path(place) / "corpus"
            sound = Path(place) / "one.wav"
            soundfile.write(sound, np.zeros(1600, dtype=np.float32), 16_000)
            data = sound.read_bytes()
            for name in islice(names, files):
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            command = [
                sys.executable,
                "-m",
                "app.main",
                "corpus",
                "inspect",
                str(root),
                "--csv",
                f"{place}/out.csv",
            ]
            started, used = time.perf_counter(), _used()
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            seconds, used = time.perf_counter() - started, _used() - used
            rows = sum(1 for _ in (Path(place) / "out.csv").open()) - 1
            sys.stdout.write(
                f"{title}: {rows} of {files} files in {seconds:.1f} s, {used:.1f} s of CPU ({told.splitlines()[0]})\n"
            )


if __name__ == "__main__":
    main()
