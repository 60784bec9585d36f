"""One pass over the training utterances, and what it came to."""

from dataclasses import dataclass
from typing import Any

from .metrics import Metrics


@dataclass(frozen=True, slots=True)
class Epoch:
    """Number from 1, mean training loss, and the averaged network's validation metrics, if there is validation."""

    number: int
    loss: float
    validation: Metrics | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON-able values."""
        validation = self.validation.to_json() if self.validation else None
        return {"number": self.number, "loss": self.loss, "validation": validation}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Epoch":
        """An epoch from what `to_json` gave."""
        validation = Metrics.from_json(told["validation"]) if told["validation"] else None
        return cls(told["number"], told["loss"], validation)
