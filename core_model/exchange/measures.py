"""Features of segments, as further columns of a table.

What computes them is slow to import, and holds Python's lock meanwhile: it is imported by `measure` itself, which the
window calls in a process of its own.
"""

from collections.abc import Sequence
from pathlib import Path

from ..audio import read_info, read_waveform

KINDS = ("prosody", "mfcc")


def measure(path: Path, start: float, end: float, kinds: Sequence[str]) -> dict[str, float]:
    """Features of a stretch (seconds) of a recording, by name; NaN where a value is undefined.

    Prosody: DisVoice's 103 static values of the stretch alone. MFCC: the 39 values' means over its frames, called
    NAME_mean.

    Raises:
        HumpcatError: the recording cannot be read there.
    """
    from ..features import mfcc as mfccs
    from ..features.pitch import track_pitch
    from ..features.prosody import PROSODY_NAMES, prosody

    rate = read_info(path).rate
    samples = read_waveform(path, round(start * rate), round(end * rate)).samples
    found: dict[str, float] = {}
    if "prosody" in kinds:
        result = prosody(samples, track_pitch(samples).f0)
        named = zip(PROSODY_NAMES, result.values, result.valid, strict=True)
        found |= {name: float(value) if valid else float("nan") for name, value, valid in named}
    if "mfcc" in kinds:
        means = mfccs.mfcc(samples).mean(axis=0)
        found |= {f"{name}_mean": float(value) for name, value in zip(mfccs.NAMES, means, strict=True)}
    return found
