"""What a live session is set to; without torch, as the window shows it."""

from dataclasses import dataclass, fields
from typing import Any

from ..errors import HumpcatError
from ..windows import WINDOW_SECONDS

MODEL, RUNNING, CALIBRATED = "model", "running", "calibrated"
STANDARDISATIONS = (RUNNING, CALIBRATED, MODEL)
CALIBRATION_SECONDS = 20.0  # of speech
LIMITS = {
    "hop": (0.1, 1.0),
    "window": (1.0, float(WINDOW_SECONDS)),
    "smoothing": (0.0, 5.0),
    "threshold": (0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class LiveConfig:
    """How a sound that is coming in is listened to (times in seconds).

    Attributes:
        hop: from the end of one window to the end of the next.
        window: how much of the newest sound each prediction hears.
        smoothing: time constant of the exponential mean over predictions; 0 for none.
        threshold: probability from which 32 ms are speech.
        standardisation: by the statistics of the model, of this speaker so far (running), or of a stretch that the
            speaker gave for it (calibrated).

    Raises:
        HumpcatError: a value is out of its limits.
    """

    hop: float = 0.25
    window: float = 3.0
    smoothing: float = 0.5
    threshold: float = 0.5
    standardisation: str = RUNNING

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or not low <= value <= high:
                raise HumpcatError(f"The {name} is {value}.", f"Choose {low:g} to {high:g}.")
        if self.standardisation not in STANDARDISATIONS:
            raise HumpcatError(
                f"{self.standardisation!r} is no standardisation.",
                f"Choose one of {', '.join(STANDARDISATIONS)}.",
            )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "LiveConfig":
        """From what `dataclasses.asdict` made of one; other names are ignored.

        Raises:
            HumpcatError: a value is out of its limits.
        """
        return cls(**{each.name: values[each.name] for each in fields(cls) if each.name in values})
