"""Emotion of a sound that is coming in: which windows, whether there is speech in them, what the model says of them.

Nothing here knows where the sound comes from or what time it is: the same samples give the same labels, whether they
come from a microphone, from a file in real time, or from a file at once.
"""

import math
import os
import time
from dataclasses import dataclass

import numpy as np
import torch

from ..audio import SAMPLE_RATE, Samples
from ..extractor import WindowFeatures
from ..predictor import Predictor
from ..speech_activity import SpeechStream
from ..speech_segments import FRAME
from ..windows import SHORTEST, WINDOW
from .config import MODEL, LiveConfig
from .speaker import LiveSpeaker

# Decision: a window has a label while a quarter of its last second is speech. A breath between two words leaves the
# label where it is; a second after the last word there is none.
_RECENT = SAMPLE_RATE
_LEAST_SPEECH = 0.25
_WARMING = 3  # times
_LEAST_OF_SPEAKER = 0.5  # share of speech in a window that the speaker's statistics take in

Probabilities = tuple[float, ...]


def leave_a_core() -> None:
    """Keep this process' torch off one core: acoustic features are computed beside it, and a window is painted.

    With both cores of a small machine each window took half as long again, as torch's threads wait for one another.
    """
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))


@dataclass(frozen=True, slots=True)
class LiveLabel:
    """What was made of one window.

    Attributes:
        start, end: samples at 16 kHz since the session began.
        speech: share of speech in the window's last second, 0 to 1.
        probabilities: of the model's labels for this window; None where there is no speech.
        smoothed: their exponential mean over the windows up to this one; None where there is no speech.
        standardised: in words, by whose statistics.
        calibrated: seconds of speech that a calibration under way has; None while there is none.
    """

    start: int
    end: int
    speech: float
    probabilities: Probabilities | None
    smoothed: Probabilities | None
    standardised: str
    calibrated: float | None


class Listener:
    """One live session's ear."""

    def __init__(self, predictor: Predictor, config: LiveConfig) -> None:
        self.predictor, self.config = predictor, config
        self.speaker = LiveSpeaker(predictor)
        self.heard = 0  # samples
        self.last_end = 0
        self._sound: Samples = np.zeros(0, dtype=np.float32)  # the newest of it
        self._speech = SpeechStream()
        self._frames: list[float] = []  # probabilities of speech of the newest whole frames
        self._smoothed: Probabilities | None = None
        self._speaker_heard = 0  # the end of the last window that went into the speaker's statistics

    def warm_up(self) -> float:
        """Predict what nobody spoke, until libraries have compiled what they compile; seconds that a window takes."""
        time_axis = np.arange(round(self.config.window * SAMPLE_RATE)) / SAMPLE_RATE
        clip = (0.1 * np.sin(2 * np.pi * 150 * time_axis) * (time_axis % 0.4 < 0.3)).astype(np.float32)
        took = math.inf
        for _ in range(_WARMING):
            began = time.monotonic()
            self.predictor.answer(self.predictor.extractor.window_of(clip), None)
            took = min(took, time.monotonic() - began)
        return took

    @property
    def next_end(self) -> int:
        """Where the next window ends: a hop after the last one, and never before half a second has been heard."""
        return max(self.last_end + round(self.config.hop * SAMPLE_RATE), SHORTEST)

    def hear(self, samples: Samples) -> None:
        """Take in the next samples, (n,) mono at 16 kHz."""
        begun = self.heard % FRAME
        self._sound = np.concatenate([self._sound, samples])
        self.heard += len(samples)
        whole = (begun + len(samples)) // FRAME * FRAME
        if whole:
            at = len(self._sound) - len(samples) - begun
            self._frames += self._speech.probabilities(self._sound[at : at + whole]).tolist()
        # Besides a window, what waits for one that is not yet due.
        kept = WINDOW + FRAME + max(0, self.heard - self.last_end)
        self._sound = self._sound[-kept:]
        self._frames = self._frames[-(kept // FRAME) :]

    def label(self, end: int) -> LiveLabel:
        """Listen to the window that ends at sample `end`, which has been heard and is not before the last one's."""
        start = max(0, end - round(self.config.window * SAMPLE_RATE))
        hop, self.last_end = (end - self.last_end) / SAMPLE_RATE, end
        speech = self._share(max(start, end - _RECENT), end)
        if speech < _LEAST_SPEECH:
            self._smoothed = None
            return LiveLabel(start, end, speech, None, None, "", self._calibrated())
        window = self.predictor.extractor.window_of(self._between(start, end))
        statistics, standardised = self.speaker.statistics(self.config.standardisation)
        probabilities = self.predictor.answer(window, statistics)
        self._tell_speaker(start, end, window, probabilities if statistics is None else None)
        self._smoothed = _mean(self._smoothed, probabilities, hop, self.config.smoothing)
        return LiveLabel(start, end, speech, probabilities, self._smoothed, standardised, self._calibrated())

    def _tell_speaker(
        self, start: int, end: int, window: WindowFeatures, answer: Probabilities | None
    ) -> None:
        wanted = self.config.standardisation != MODEL or self.speaker.calibrating
        long_enough = end - start >= round(self.config.window * SAMPLE_RATE)
        if not wanted or not long_enough or start < self._speaker_heard:
            return
        if self._share(start, end) >= _LEAST_OF_SPEAKER:
            self.speaker.hear(window, answer or self.predictor.answer(window, None))
            self._speaker_heard = end

    def _calibrated(self) -> float | None:
        return self.speaker.calibration_seconds if self.speaker.calibrating else None

    def _between(self, start: int, end: int) -> Samples:
        first = self.heard - len(self._sound)
        return self._sound[start - first : end - first]

    def _share(self, start: int, end: int) -> float:
        """Share of speech frames among those between two samples; none yet is no speech."""
        first = self.heard // FRAME - len(self._frames)
        found = self._frames[max(0, start // FRAME - first) : max(0, end // FRAME - first)]
        return float(np.mean(np.array(found) >= self.config.threshold)) if found else 0.0


def _mean(before: Probabilities | None, now: Probabilities, hop: float, constant: float) -> Probabilities:
    """The exponential mean with a time constant in seconds, `hop` seconds after the last one."""
    if before is None or constant <= 0:
        return now
    share = -math.expm1(-hop / constant)
    return tuple(share * new + (1 - share) * old for new, old in zip(now, before, strict=True))
