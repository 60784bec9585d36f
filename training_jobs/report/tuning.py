"""The learning curve: UA against the amount of tuning data."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..outcome import NETWORK, PROBE, Outcome
from .results import Estimate, mean_of


@dataclass(frozen=True, slots=True)
class TuningPoint:
    """A point of a learning curve: the mean over draws at one share of tuning data. Shares lie in 0 to 1.

    Attributes:
        series: a kind of predictions ("network", "probe") or another name.
        share: of the target corpus that was to tune.
        used: of the target corpus that did: whole speakers and few utterances seldom make a share exactly.
        utterances: that tuned, the mean over the draws, as `used` is.
        draws: how many there were.
        ua: unweighted accuracy.
    """

    series: str
    share: float
    used: float
    utterances: float
    draws: int
    ua: Estimate


def tuning_points(tests: Iterable[tuple[float, Outcome]], whole: int) -> tuple[TuningPoint, ...]:
    """The points of the network and, where something tuned, of the probe.

    Args:
        tests: of each test the share that was to tune, and what it came to.
        whole: number of utterances of the target corpus.
    """
    together: dict[tuple[str, float], list[Outcome]] = {}
    for share, outcome in tests:
        for kind in (NETWORK, PROBE):
            if kind in outcome.predictions:
                together.setdefault((kind, share), []).append(outcome)
    return tuple(_point(*key, outcomes, whole) for key, outcomes in together.items())


def _point(kind: str, share: float, outcomes: list[Outcome], whole: int) -> TuningPoint:
    tuned = float(np.mean([len(outcome.train) for outcome in outcomes]))
    ua = mean_of([outcome.metrics(kind).ua for outcome in outcomes])
    return TuningPoint(kind, share, tuned / whole, tuned, len(outcomes), ua)
