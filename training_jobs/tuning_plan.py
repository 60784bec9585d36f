"""What a fine-tuning would do, as facts to show; `work.planning` finds them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a split: its known speakers with their utterances by label, and all its utterances by label."""

    speakers: dict[str, dict[str, int]]
    labels: dict[str, int]

    @property
    def utterances(self) -> int:
        """How many there are."""
        return sum(self.labels.values())


@dataclass(frozen=True, slots=True)
class TuningPlan:
    """What a fine-tuning would do.

    Attributes:
        sentence: how the split is made.
        runs: how many networks are trained.
        tuning, test: the first draw's parts.
        left_out: by reason how many utterances are not used.
        verdict: the leak guard's sentence on all draws; empty while the audio has not been compared.
        brand: what every score would be branded with; empty: nothing.
        obstacles: why it cannot be started, each a sentence.
        doubts: what lessens the worth of the result, each a sentence.
    """

    sentence: str
    runs: int
    tuning: Part
    test: Part
    left_out: dict[str, int]
    verdict: str = ""
    brand: str = ""
    obstacles: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
