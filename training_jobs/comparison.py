"""Two models on the same utterances: how each does, by how much they differ, and whether that can be chance."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core_model.errors import HumpcatError
from core_model.files import read_json

from .breakdown import ua_difference
from .jobs.run_folder import RunFolder
from .manifest import Utterance
from .metrics import measure
from .outcome import NETWORK, OUTCOMES, Outcome, read_outcomes

_NONE = HumpcatError(
    "The two models were not tested on any utterance in common.", "Compare them on one corpus."
)
LEAST = 20  # decision: of fewer utterances a bootstrap knows too little to call one model better


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two models said of the same utterances; all shares lie in 0 to 1.

    An answer with a label that the other model does not know counts as what it is: wrong.

    Attributes:
        names: of the models.
        count: utterances that both were tested on, with labels that both know.
        alone: how many only one of them was tested on, as its labels are not the other's.
        ua, wa: of each model.
        ua_intervals, wa_intervals: their 95 % intervals (bootstrap over utterances).
        difference: of the first one's UA over the second's, with its 95 % interval (bootstrap over utterances).
        agreement: utterances that both got right, only the first, only the second, neither.
        chance: probability of so uneven a share of "only" by chance (McNemar's test, exact).
        brand: what taints the figures, such as leaks that were allowed; or "".
    """

    names: tuple[str, str]
    count: int
    alone: int
    ua: tuple[float, float]
    wa: tuple[float, float]
    ua_intervals: tuple[tuple[float, float], tuple[float, float]]
    wa_intervals: tuple[tuple[float, float], tuple[float, float]]
    difference: tuple[float, float, float]
    agreement: tuple[int, int, int, int]
    chance: float
    brand: str = ""

    def sentence(self) -> str:
        """Which is better, in plain words, what taints that first."""
        return f"{self.brand} {self._verdict()}".strip()

    def _verdict(self) -> str:
        points, low, high = (100 * value for value in self.difference)
        better, other = self.names if points >= 0 else self.names[::-1]
        interval = f"({min(abs(low), abs(high)):.1f} to {max(abs(low), abs(high)):.1f})"
        if self.count < LEAST:
            return (
                f"{self.count} utterances are too few to tell which is better ({LEAST} or more are needed)."
            )
        if low <= 0 <= high:
            return (
                f"No difference between {self.names[0]} and {self.names[1]} can be told from chance: {points:+.1f} "
                f"points of UA ({low:+.1f} to {high:+.1f}) on {self.count} utterances."
            )
        return f"{better} is ahead of {other} by {abs(points):.1f} points of UA {interval} on {self.count} utterances."

    def to_json(self) -> dict[str, Any]:
        """As JSON-able values."""
        return {**asdict(self), "sentence": self.sentence()}


def compare_jobs(first: RunFolder, second: RunFolder) -> Comparison:
    """Compare what two jobs' networks said of the utterances that both tested.

    Raises:
        HumpcatError: a job has tested nothing yet, they have no utterance in common, or they standardised differently.
    """
    asked = [run.spec().options.get("standardisation") for run in (first, second)]
    if asked[0] != asked[1]:
        raise HumpcatError(
            f"The two jobs standardised features differently: by {asked[0]} and by {asked[1]}.",
            "Measure both models the same way.",
        )
    brands = dict.fromkeys(filter(None, map(_brand, (first, second))))
    return compare((_name(first), _tested(first)), (_name(second), _tested(second)), " ".join(brands))


def compare(
    first: tuple[str, Sequence[Outcome]], second: tuple[str, Sequence[Outcome]], brand: str = ""
) -> Comparison:
    """Compare two models' outcomes, each with the model's name.

    Raises:
        HumpcatError: they have no utterance in common.
    """
    said = [_said(outcomes) for _, outcomes in (first, second)]
    labels = sorted(set(_labels(first[1])) & set(_labels(second[1])))
    both = [each for each in said[0] if each in said[1] and said[0][each][0] in labels]
    if not both:
        raise _NONE
    names = sorted({label for each in said for pair in each.values() for label in pair})
    place = {label: at for at, label in enumerate(names)}
    truth = np.array([place[said[0][each][0]] for each in both], np.int64)
    heard = [np.array([place[one[each][1]] for each in both], np.int64) for one in said]
    sure = [np.eye(len(names))[each] for each in heard]  # (n, labels), as probabilities
    one_found, other_found = (measure(names, truth, each) for each in sure)
    right = [each == truth for each in heard]
    one, other = right
    agreement = [int(each.sum()) for each in (one & other, one & ~other, ~one & other, ~one & ~other)]
    return Comparison(
        (first[0], second[0]),
        len(both),
        len(set(said[0]) ^ set(said[1])) + sum(each in said[1] and each not in both for each in said[0]),
        (one_found.ua, other_found.ua),
        (one_found.wa, other_found.wa),
        (one_found.ua_interval, other_found.ua_interval),
        (one_found.wa_interval, other_found.wa_interval),
        ua_difference(truth, sure[0], sure[1]),
        (agreement[0], agreement[1], agreement[2], agreement[3]),
        _mcnemar(agreement[1], agreement[2]),
        brand,
    )


def _said(outcomes: Sequence[Outcome]) -> dict[Utterance, tuple[str, str]]:
    """Of each test utterance the label and what was heard; of draws the first that tested it counts."""
    found: dict[Utterance, tuple[str, str]] = {}
    for outcome in outcomes:
        heard = outcome.predictions[NETWORK].argmax(axis=1)
        for utterance, truth, best in zip(outcome.test, outcome.truth, heard, strict=True):
            found.setdefault(utterance, (outcome.labels[int(truth)], outcome.labels[int(best)]))
    return found


def _labels(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    return outcomes[0].labels if outcomes else ()


def _tested(run: RunFolder) -> list[Outcome]:
    outcomes = [each for each in read_outcomes(run.checkpoint / OUTCOMES) if each.truth.size]
    if not outcomes:
        raise HumpcatError(f"The job {run.id} has tested nothing yet.", "Wait until it is done.")
    return outcomes


def _name(run: RunFolder) -> str:
    return run.spec().name


def _brand(run: RunFolder) -> str:
    report = run.report / "report.json"
    return str(read_json(report).get("brand") or "") if report.is_file() else ""


def _mcnemar(one: int, other: int) -> float:
    from scipy.special import bdtr

    if one == other:
        return 1.0
    return min(1.0, 2 * float(bdtr(min(one, other), one + other, 0.5)))
