"""What the leak guard finds, and what it takes for a copy: the correlations that its thresholds were chosen from.

    python tests/benchmarks/leaks.py ../shared/data [FILES]

For every corpus: time, and the likest pairs of different recordings. Then, for FILES of each corpus (12), copies made
worse in several ways: how many are found, and how like they are at the least. The copies go to a temporary folder.
"""

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from core_model.audio import audio_files, read_waveform
from training_jobs.fingerprint import Fingerprint, fingerprint
from training_jobs.fingerprint_match import LIKENESS, matches

Wave = npt.NDArray[np.float32]
RATE = 16_000
CORPORA = ("ravdess", "emodb", "banglaser")
TRIM = round(0.3 * RATE)


def phone(wave: Wave) -> Wave:
    """8 kHz, 12 dB quieter, 0.3 s off either end."""
    return soxr.resample(wave[TRIM:-TRIM] * 0.25, RATE, 8_000)


def write(extension: str, rate: int = RATE, **options: object) -> Callable[[Path, Wave], Path]:
    """A function that writes a wave beside `path`."""

    def written(path: Path, wave: Wave) -> Path:
        file = path.with_suffix(f".{extension}")
        soundfile.write(file, wave, rate, **options)
        return file

    return written


OGG = {"format": "OGG", "subtype": "VORBIS", "compression_level": 1.0}
OPUS = {"format": "OGG", "subtype": "OPUS", "compression_level": 1.0}
MP3 = {"format": "MP3", "bitrate_mode": "CONSTANT"}
COPIES: dict[str, tuple[Callable[[Wave], Wave], Callable[[Path, Wave], Path]]] = {
    "trimmed by 0.3 s at both ends": (lambda wave: wave[TRIM:-TRIM], write("wav")),
    "8 kHz": (lambda wave: soxr.resample(wave, RATE, 8_000), write("wav", 8_000)),
    "8 bit, normalised": (lambda wave: wave / np.abs(wave).max() * 0.9, write("wav", subtype="PCM_U8")),
    "8 bit, -12 dB": (lambda wave: wave * 0.25, write("wav", subtype="PCM_U8")),
    "Vorbis, lowest quality": (lambda wave: wave, write("ogg", **OGG)),
    "MP3, 32 kbit/s": (lambda wave: wave, write("mp3", **MP3, compression_level=0.85)),
    "MP3, lowest rate (8 kbit/s)": (lambda wave: wave, write("mp3", **MP3, compression_level=0.99)),
    "Opus, lowest rate (6 kbit/s)": (lambda wave: wave, write("opus", **OPUS)),
    "trimmed, MP3 at 44.1 kHz": (
        lambda wave: soxr.resample(wave[TRIM:-TRIM], RATE, 44_100),
        write("mp3", 44_100, **MP3, compression_level=0.95),
    ),
    "trimmed, 8 kHz, -12 dB, MP3 lowest": (phone, write("mp3", 8_000, **MP3, compression_level=0.99)),
    "trimmed, 8 kHz, -12 dB, Opus lowest": (phone, write("opus", 8_000, **OPUS)),
}


def say(line: str) -> None:
    """One line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def distinct(folder: Path) -> list[Path]:
    """Files of different content."""
    return list({hashlib.sha256(file.read_bytes()).digest(): file for file in audio_files(folder)}.values())


def within(folder: Path) -> tuple[list[Path], list[Fingerprint]]:
    """The likest pairs of a corpus' different files."""
    files = distinct(folder)
    begun = time.process_time()
    prints = [fingerprint(file) for file in files]
    made = time.process_time()
    judged = sorted(matches(prints, least=0.0), key=lambda match: -match.likeness)
    done = time.process_time()
    likeness = np.array([match.likeness for match in judged])
    say(
        f"{folder.name}: {len(files)} different files, {len(files) * (len(files) - 1) // 2} pairs; fingerprints "
        f"{made - begun:.1f} s, comparing {done - made:.1f} s of one core; {len(judged)} pairs judged, "
        f"{(likeness >= LIKENESS).sum()} at {LIKENESS} and above; the next: "
        + ", ".join(f"{value:.2f}" for value in likeness[likeness < LIKENESS][:6])
    )
    for match in judged:
        if match.likeness >= LIKENESS - 0.15:
            names = f"{files[match.query].name}, {files[match.reference].name}"
            say(f"    {match.likeness:.3f} over {match.overlap:.2f} s, {match.offset:+.3f} s: {names}")
    return files, prints


def copies(chosen: list[int], files: list[Path], prints: list[Fingerprint]) -> None:
    """How many copies of chosen files are found among all files."""
    with tempfile.TemporaryDirectory() as place:
        for name, (change, save) in COPIES.items():
            made = []
            for row in chosen:
                wave = read_waveform(files[row]).samples
                made.append(fingerprint(save(Path(place) / files[row].stem, change(wave))))
            found = {
                match.query: match.likeness
                for match in matches(made, prints, least=0.0)
                if match.reference == chosen[match.query]
            }
            like = np.array([*found.values(), 0.0])[: max(1, len(found))]
            say(
                f"  {name}: {sum(value >= LIKENESS for value in found.values())} of {len(chosen)} found; "
                f"likeness {like.min():.2f} at the least, {np.median(like):.2f} in the middle"
            )


def main() -> None:
    """All of it."""
    folder, each = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 12
    files: list[Path] = []
    prints: list[Fingerprint] = []
    chosen: list[int] = []
    for corpus in CORPORA:
        more, their = within(folder / corpus)
        rows = np.random.default_rng(0).choice(len(more), each, replace=False)
        chosen += [len(files) + int(row) for row in rows]
        files += more
        prints += their
    copies(chosen, files, prints)


if __name__ == "__main__":
    main()
