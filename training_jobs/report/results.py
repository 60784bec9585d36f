"""What the outcomes of a job add up to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..breakdown import (
    GroupScore,
    LabelScore,
    ReliabilityBin,
    group_scores,
    label_scores,
    reliability,
    ua_difference,
    wilson_interval,
)
from ..manifest import Utterance
from ..metrics import (
    Floats,
    Ints,
    calibration_error,
    confusion_matrix,
    macro_f1,
    mean_interval,
    measure,
    unweighted_accuracy,
    weighted_accuracy,
)
from ..outcome import BEFORE, KINDS, NETWORK, PROBE, Outcome


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share, or a difference of shares, with its 95 % interval; None where a single draw tells of none."""

    value: float
    low: float | None
    high: float | None

    @property
    def span(self) -> tuple[float, float]:
        """The interval as it can be drawn: where there is none, the value twice."""
        return (
            self.value if self.low is None else self.low,
            self.value if self.high is None else self.high,
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """One outcome's scores for one kind of predictions, without intervals."""

    ua: float
    wa: float
    f1: float
    ece: float


@dataclass(frozen=True, slots=True)
class LabelResult:
    """A label's score over all outcomes, and its recall with an interval; None where it was never tested."""

    score: LabelScore
    recall: Estimate | None


@dataclass(frozen=True, slots=True, eq=False)
class KindResult:
    """All that is known of one kind of predictions.

    Attributes:
        kind: one of `outcome.KINDS`.
        ua, wa: the headline.
        f1, ece: macro F1 and calibration error; of draws their means.
        each: scores of each outcome.
        confusion: (labels, labels) counts, added up over the outcomes.
        labels, speakers, corpora, bins: over all outcomes' predictions together.
    """

    kind: str
    ua: Estimate
    wa: Estimate
    f1: float
    ece: float
    each: tuple[Scores, ...]
    confusion: Ints
    labels: tuple[LabelResult, ...]
    speakers: tuple[GroupScore, ...]
    corpora: tuple[GroupScore, ...]
    bins: tuple[ReliabilityBin, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much the network's UA exceeds another kind's on the same utterances."""

    against: str
    ua: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """What the tested outcomes came to.

    Attributes:
        labels: of the predictions.
        names: of the outcomes tested.
        sizes: their numbers of test utterances.
        by_draws: whether figures are means over draws with Student's t interval, instead of one set of predictions
            with a bootstrap interval.
        kinds: those that every tested outcome has, the network first.
        differences: the network against the probe and the model before.
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    by_draws: bool
    kinds: tuple[KindResult, ...]
    differences: tuple[Difference, ...]

    def kind(self, name: str) -> KindResult | None:
        """One kind's result, if it was predicted."""
        return next((each for each in self.kinds if each.kind == name), None)


def results_of(outcomes: Sequence[Outcome], pooled: bool) -> Results | None:
    """Add up the outcomes that tested something; None where none did.

    Args:
        outcomes: of one job, with the same labels.
        pooled: whether several outcomes are folds that test each utterance once; otherwise they are repeated draws.

    Raises:
        ValueError: the outcomes differ in their labels, or one lacks the network's predictions.
    """
    tested = [outcome for outcome in outcomes if len(outcome.truth)]
    if not tested:
        return None
    labels = tested[0].labels
    if any(outcome.labels != labels or NETWORK not in outcome.predictions for outcome in tested):
        raise ValueError("outcomes of one job have the same labels and predictions of the network")
    by_draws = len(tested) > 1 and not pooled
    kinds = [kind for kind in KINDS if all(kind in outcome.predictions for outcome in tested)]
    return Results(
        labels,
        tuple(outcome.name for outcome in tested),
        tuple(len(outcome.truth) for outcome in tested),
        by_draws,
        tuple(_kind(kind, tested, by_draws) for kind in kinds),
        tuple(_difference(kind, tested, by_draws) for kind in (PROBE, BEFORE) if kind in kinds),
    )


def mean_of(shares: Sequence[float]) -> Estimate:
    """The mean over draws with Student's t interval, of a single draw without one.

    For few draws the interval can leave 0 to 1, where no share can be: it is cut there.
    """
    mean, low, high = mean_interval(shares)
    if len(shares) < 2:
        return Estimate(mean, None, None)
    return Estimate(mean, max(0.0, low), min(1.0, high))


def short_names(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """By speaker id the name to show: without the corpus where all utterances are of one."""
    spoken = [
        u for outcome in outcomes for part in (outcome.train, outcome.validation, outcome.test) for u in part
    ]
    single = len({utterance.corpus for utterance in spoken}) == 1
    return {u.speaker_id: u.speaker if single else u.speaker_id for u in spoken}


def _kind(kind: str, tested: Sequence[Outcome], by_draws: bool) -> KindResult:
    labels, truth = tested[0].labels, np.concatenate([outcome.truth for outcome in tested])
    said = np.concatenate([outcome.predictions[kind] for outcome in tested])
    spoken = [utterance for outcome in tested for utterance in outcome.test]
    each = tuple(_scores(outcome.truth, outcome.predictions[kind]) for outcome in tested)
    confusion = _confusion(truth, said)
    if by_draws:
        ua, wa = (mean_of([getattr(score, name) for score in each]) for name in ("ua", "wa"))
        f1, ece = (float(np.mean([getattr(score, name) for score in each])) for name in ("f1", "ece"))
    else:
        found = measure(labels, truth, said)
        ua, wa = Estimate(found.ua, *found.ua_interval), Estimate(found.wa, *found.wa_interval)
        f1, ece = found.f1, found.ece
    recalls = _recalls(tested, kind, by_draws)
    return KindResult(
        kind,
        ua,
        wa,
        f1,
        ece,
        each,
        confusion,
        tuple(map(LabelResult, label_scores(labels, confusion), recalls)),
        group_scores([utterance.speaker_id for utterance in spoken], truth, said),
        _by_corpus(spoken, truth, said),
        reliability(truth, said),
    )


def _by_corpus(spoken: Sequence[Utterance], truth: Ints, said: Floats) -> tuple[GroupScore, ...]:
    return group_scores([utterance.corpus for utterance in spoken], truth, said)


def _difference(against: str, tested: Sequence[Outcome], by_draws: bool) -> Difference:
    if by_draws:
        found = mean_interval(
            [
                _scores(outcome.truth, outcome.predictions[NETWORK]).ua
                - _scores(outcome.truth, outcome.predictions[against]).ua
                for outcome in tested
            ]
        )
    else:
        truth = np.concatenate([outcome.truth for outcome in tested])
        ours, theirs = (
            np.concatenate([outcome.predictions[kind] for outcome in tested]) for kind in (NETWORK, against)
        )
        found = ua_difference(truth, ours, theirs)
    return Difference(against, Estimate(*found))


def _scores(truth: Ints, said: Floats) -> Scores:
    confusion = _confusion(truth, said)
    return Scores(
        unweighted_accuracy(confusion),
        weighted_accuracy(confusion),
        macro_f1(confusion),
        calibration_error(truth, said),
    )


def _recalls(tested: Sequence[Outcome], kind: str, by_draws: bool) -> list[Estimate | None]:
    """Of each label: over draws the mean with Student's t interval; else the share with Wilson's."""
    each = np.array([_confusion(outcome.truth, outcome.predictions[kind]) for outcome in tested])
    right, counts = np.diagonal(each, axis1=1, axis2=2), each.sum(axis=2)
    if by_draws:
        columns = [right[there, k] / counts[there, k] for k, there in enumerate((counts > 0).T)]
        return [mean_of(column.tolist()) if len(column) else None for column in columns]
    sums = zip(right.sum(axis=0).tolist(), counts.sum(axis=0).tolist(), strict=True)
    return [Estimate(part / whole, *wilson_interval(part, whole)) if whole else None for part, whole in sums]


def _confusion(truth: Ints, said: Floats) -> Ints:
    return confusion_matrix(truth, said.argmax(axis=1).astype(np.int64), said.shape[1])
