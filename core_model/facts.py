"""The facts that the program is about: recordings, their segments, what people and models say of them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Recording:
    """An audio file: content hash (SHA-256), rate in Hz, channels, length in frames."""

    path: Path
    content_hash: str
    rate: int
    channels: int
    frames: int

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a recording: `start` and `end` (not included) in samples at the recording's own rate."""

    file: Path
    start: int
    end: int
    rate: int

    @property
    def start_seconds(self) -> float:
        """Start in seconds."""
        return self.start / self.rate

    @property
    def end_seconds(self) -> float:
        """End in seconds."""
        return self.end / self.rate


@dataclass(frozen=True, slots=True)
class WindowPrediction:
    """What the model says of one window: its start and end in seconds of the recording, a probability a label."""

    start: float
    end: float
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of a segment: a probability for each label, from which windows, by which model."""

    segment: Segment
    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    windows: tuple[WindowPrediction, ...]
    model_name: str
    model_id: str

    @property
    def emotion(self) -> str:
        """The most probable label."""
        return self.labels[self.probabilities.index(self.confidence)]

    @property
    def confidence(self) -> float:
        """The most probable label's probability."""
        return max(self.probabilities)
