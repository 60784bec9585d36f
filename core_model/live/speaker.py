"""The statistics of the one speaker of a live session, gathered while he speaks."""

from collections import deque

import torch

from ..extractor import WindowFeatures
from ..predictor import Predictor, merge, summary_of
from ..standardise import Statistics, Summary, shrunk, statistics_of, why_not_own
from .config import CALIBRATED, CALIBRATION_SECONDS, MODEL

_KEPT = (
    200  # windows, ten minutes of speech at 3 s: a voice and a room change slowly, and memory stays bounded
)

_Heard = tuple[
    float, Summary, tuple[float, ...]
]  # seconds, moments, the answer under the model's own statistics


class LiveSpeaker:
    """Hears windows of speech that do not overlap, and answers by whose statistics the next one is standardised.

    As offline (`training_jobs.standardisation`): statistics of windows that sound all alike, or of fewer than four,
    take an emotion away, so the model's own take their place until there is more. Decision: a calibration is what
    somebody asked for; it needs the four windows, but may sound alike.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._running: deque[_Heard] = deque(maxlen=_KEPT)
        self._calibration: list[_Heard] = []
        self._calibrating = False
        self._calibrated: Statistics | None = None
        self._own: Statistics | None = None
        self._why_not = "no speech yet"

    def hear(self, window: WindowFeatures, answer: tuple[float, ...]) -> None:
        """One more window of speech, which overlaps none heard before.

        Args:
            answer: the probabilities that the model's own statistics give.
        """
        heard = (window.end - window.start, summary_of(window), answer)
        self._running.append(heard)
        self._why_not = why_not_own(torch.tensor([each[2] for each in self._running]))
        self._own = None
        if self._calibrating:
            self._calibration.append(heard)
            if self.calibration_seconds >= CALIBRATION_SECONDS:
                self._calibrated = self._statistics(self._calibration)
                self._calibrating = False

    def calibrate(self) -> None:
        """Gather the next 20 s of speech; until then what was calibrated before goes on."""
        self._calibrating = True
        self._calibration = []

    @property
    def calibration_seconds(self) -> float:
        """Seconds of speech that the calibration in hand has."""
        return sum(seconds for seconds, *_ in self._calibration)

    @property
    def calibrating(self) -> bool:
        """Whether a calibration is under way."""
        return self._calibrating

    def statistics(self, choice: str) -> tuple[Statistics | None, str]:
        """The statistics to standardise by (None: the model's own), and in words by whose."""
        if choice == MODEL:
            return None, "the model's"
        if choice == CALIBRATED:
            if self._calibrated is None:
                return None, "the model's, until calibrated"
            return self._calibrated, "this speaker's, calibrated"
        if self._why_not:
            return None, f"the model's ({self._why_not})"
        if self._own is None:
            self._own = self._statistics(list(self._running))
        return self._own, f"this speaker's ({len(self._running)} windows)"

    def _statistics(self, heard: list[_Heard]) -> Statistics:
        own = statistics_of(merge([summary for _, summary, _ in heard]))
        return shrunk(own, len(heard), self._predictor.prior, self._predictor.record.prior_strength)
