"""Annotations with all that file formats stumble over."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from core_model.formats.entry import Entry, Sound

RATE = 192_000
DURATION = 30.0
FILE = "señal é 声.wav"
SOUND = Sound(FILE, DURATION, RATE)
NOTE = 'a "quoted" word,\ta tab;\nthe next line – [ɪŋɡlɪʃ] 😀 <b>&amp;</b> item [3]: xmin = 5 \\'


def seconds(sample: int) -> float:
    """A time that is a sample of a recording at 192 kHz."""
    return sample / RATE


def awkward(file: str = FILE) -> list[Entry]:
    """Two raters and a model: gaps, touching, overlapping and equal segments, unlabelled ones, every field."""
    return [
        Entry(file, seconds(1), seconds(7), "R1", "angry", 7, 1, 4, NOTE, True, speaker="Müller"),
        Entry(file, seconds(7), seconds(192_001), "R1", 'wü"st, "sehr"'),
        Entry(file, seconds(192_001), seconds(300_011), "R1"),  # no label, and nothing else
        Entry(file, 4.0, 5.0, "R1", "", note="later"),
        Entry(file, 4.5, 6.0, "R1", "sad", 1),  # overlaps the one before
        Entry(file, 1 / 3, 2 / 3, "R2 (Zoë)", "happy", origin="accepted"),
        Entry(file, 4.0, 5.0, "R2 (Zoë)", "neutral", origin="corrected"),
        Entry(
            file, 4.0, 5.0, "prediction", "angry", origin="prediction", confidence=0.625,
            probabilities=(("angry", 0.625), ("happy", 0.25), ("sad", 0.125)), model="default",
        ),
        Entry(file, 29.0, 30.0, "gold", "gold: 声"),
    ]  # fmt: skip


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The entries in one order, whichever the file had."""
    return sorted(entries, key=lambda entry: (entry.file, entry.tier, entry.start, entry.end, entry.label))


def samples(entries: Iterable[Entry], rate: int = RATE) -> list[tuple[str, int, int, str]]:
    """Rater, first and last sample, and label."""
    return [(e.tier, round(e.start * rate), round(e.end * rate), e.label) for e in in_order(entries)]


def rounded(entries: Iterable[Entry], decimals: int) -> list[Entry]:
    """The entries in order, their times rounded, for formats that round them."""
    return in_order(
        replace(entry, start=round(entry.start, decimals), end=round(entry.end, decimals))
        for entry in entries
    )


def many(count: int = 20_000) -> list[Entry]:
    """Months of work: `count` segments of one rater, touching in pairs."""
    labels = ("angry", "happy", "neutral", "sad", "")
    return [
        Entry("long.wav", n * 0.5, n * 0.5 + (0.5 if n % 2 else 0.25), "R1", labels[n % 5], valence=1 + n % 7)
        for n in range(count)
    ]


def write_sound(
    path: Path, seconds: float = 1.0, rate: int = 16_000, channels: int = 1, **options: str
) -> Path:
    """A recording of noise, the same for the same arguments."""
    noise = np.random.default_rng(rate + channels).uniform(-0.9, 0.9, (round(seconds * rate), channels))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, noise, rate, **options)
    return path
