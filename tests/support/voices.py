"""Voice-like recordings whose melody tells an emotion: quick to make, and learnable from MFCC and prosody."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

RATE = 16_000
# Base pitch (Hz), depth and speed of its swing, brightness (how slowly harmonics fade), syllables a second.
_MELODIES = {
    "angry": (240.0, 70.0, 5.0, 0.4, 5.0),
    "happy": (300.0, 40.0, 2.0, 1.0, 3.5),
    "neutral": (150.0, 5.0, 0.5, 1.5, 2.5),
    "sad": (110.0, 12.0, 0.7, 2.5, 1.5),
}
_RAVDESS = {"neutral": "01", "happy": "03", "sad": "04", "angry": "05"}
_EMODB = {"angry": "W", "happy": "F", "neutral": "N", "sad": "T"}


def voice(emotion: str, seconds: float = 1.2, speaker: int = 0, seed: int = 0) -> npt.NDArray[np.float32]:
    """Speech-like sound (n,) at 16 kHz: harmonics under a swinging pitch, cut into syllables."""
    random = np.random.default_rng([speaker, seed])
    base, depth, swing, fade, syllables = _MELODIES[emotion]
    time = np.arange(round(seconds * RATE)) / RATE
    # The melody wavers: nobody speaks so evenly that the leak guard would take two takes for copies.
    knots = np.arange(0, seconds + 0.2, 0.1)
    waver = np.interp(time, knots, random.normal(1.0, 0.06, len(knots)))
    pitch = base * (0.85 + 0.06 * speaker) * waver + depth * np.sin(
        2 * np.pi * (swing * time + random.random())
    )
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    harmonics = np.sum([np.sin(k * phase) / k**fade for k in range(1, 13)], axis=0)
    pulses = ((time * syllables + random.random()) % 1 < 0.75).astype(float)
    sound = 0.1 * harmonics * pulses + 0.002 * random.normal(size=len(time))
    return sound.astype(np.float32)


def emodb_like(folder: Path, speakers: Sequence[int] = (3, 8, 9, 10), each: int = 2) -> Path:
    """A corpus folder named as EMO-DB names its files: `each` utterances of 4 emotions by every speaker."""
    folder.mkdir(parents=True, exist_ok=True)
    for order, speaker in enumerate(speakers):
        for emotion, letter in _EMODB.items():
            for number in range(each):
                name = f"{speaker:02d}a{number:02d}{letter}a.wav"
                soundfile.write(folder / name, voice(emotion, 1.2, order, number), RATE)
    return folder


def ravdess_like(folder: Path, speakers: Sequence[int] = (1, 2, 3, 24), each: int = 1) -> Path:
    """A corpus folder named as RAVDESS names its files; its voices are not those of `emodb_like`.

    Beside the 4 emotions there is a fearful recording, by which it is told from BanglaSER.
    """
    for order, speaker in enumerate(speakers, 10):
        place = folder / f"Actor_{speaker:02d}"
        place.mkdir(parents=True, exist_ok=True)
        for emotion, code in _RAVDESS.items():
            for number in range(each):
                name = f"03-01-{code}-01-{1 + number % 2:02d}-{1 + number // 2:02d}-{speaker:02d}.wav"
                soundfile.write(place / name, voice(emotion, 1.1, order, number), RATE)
    fearful = folder / f"Actor_{speakers[0]:02d}" / f"03-01-06-01-01-01-{speakers[0]:02d}.wav"
    soundfile.write(fearful, voice("angry", 1.1, 30), RATE)
    return folder
