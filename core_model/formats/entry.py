"""What every format can hold: stretches of a recording with what a rater or a model says of them."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import HumpcatError

PREDICTION = "prediction"  # the tier and the origin of what a model says
GOLD = "gold"  # the tier of what the raters settled on
HUMAN = "human"
ORIGINS = (HUMAN, "accepted", "corrected", "imported", PREDICTION)
RATINGS = ("valence", "arousal", "dominance")
SCALE = (1, 7)  # of a rating


@dataclass(frozen=True, slots=True)
class Entry:
    """One segment on one tier: `start` and `end` in seconds, `label` "" where it has none yet.

    `file` is as it stands in the exchanged file: absolute, or relative to that file's folder. `tier` is a rater's name,
    "gold" or "prediction".

    Raises:
        HumpcatError: the times are no stretch of time, or a rating is off its scale of 1 to 7.
    """

    file: str
    start: float
    end: float
    tier: str
    label: str = ""
    valence: int | None = None
    arousal: int | None = None
    dominance: int | None = None
    note: str = ""
    unsure: bool = False
    origin: str = HUMAN
    confidence: float | None = None
    probabilities: tuple[tuple[str, float], ...] = ()
    model: str = ""
    speaker: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end < math.inf:
            raise HumpcatError(
                f"A segment ends after it starts, and starts at 0 s or later; not {self.start:g} to {self.end:g} s."
            )
        for rating in (self.valence, self.arousal, self.dominance):
            if rating is not None and not SCALE[0] <= rating <= SCALE[1]:
                raise HumpcatError(f"A rating is a whole number from {SCALE[0]} to {SCALE[1]}, not {rating}.")


@dataclass(frozen=True, slots=True)
class Sound:
    """What a writer knows about a recording: its name as in `Entry.file`, length in seconds, rate in Hz."""

    file: str
    duration: float
    rate: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something in a file that was not taken, or not wholly: where it stands, and why."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds: its entries, what of it was refused, and its tiers, the empty ones among them."""

    entries: tuple[Entry, ...]
    refused: tuple[Refusal, ...] = ()
    tiers: tuple[str, ...] = ()


def unknown_duration(file: str) -> float | None:  # noqa: ARG001 - the place of a function that would look
    """The length of a recording of which nothing is known."""
    return None


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a reader takes where the file does not say: the recording ("": the file's own name without its ending),
    the rater, and a recording's length in seconds, for annotations of whole recordings.
    """

    file: str = ""
    tier: str = "R1"
    duration_of: Callable[[str], float | None] = field(default=unknown_duration)


def usual_origin(tier: str) -> str:
    """The origin of what stands on a tier, where nothing else is said."""
    return PREDICTION if tier == PREDICTION else HUMAN
