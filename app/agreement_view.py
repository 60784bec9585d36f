"""How far the raters of a project agree, as the page and the command line show it: from rows to what is shown.

Values in, values out, without Qt, so that it can be worked out on another thread.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from core_model import agreement
from core_model.agreement import RESAMPLES, Agreement, RatedSegment, Table, Unit
from core_model.errors import HumpcatError
from core_model.exchange.content import Content
from core_model.label_schemes import HIGHEST, LOWEST, RATINGS
from core_model.project.rows import GOLD, HUMAN, AnnotationRow, PredictionRow, RaterRow

from .translation import tr

MODEL = 0  # among the numbers of raters, which begin with 1
LABEL = "label"
# Krippendorff 2004, "Content Analysis", p. 241: draw conclusions from 0.8 on, tentative ones from 0.667 on.
_RELIABLE, _TENTATIVE = 0.8, 0.667


@dataclass(frozen=True, slots=True)
class Question:
    """Who is compared, and in what.

    Attributes:
        raters: their ids in the order of columns, `MODEL` for the model.
        what: `label`, or one of the ratings.
        recording: its id; None for all of the project.
        model_id: whose predictions the model's are; None for those of the model that predicted last.
    """

    raters: tuple[int, ...]
    what: str = LABEL
    recording: int | None = None
    model_id: str | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """A rater in the comparison, or the model, whose own name is the `detail`."""

    id: int
    name: str
    person: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """A coefficient as it is shown.

    Attributes:
        word: what such a value is commonly called; empty where there is no convention.
        reason: why the value is undefined; empty where it is not.
    """

    name: str
    found: Agreement
    word: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two participants by their columns, and how far they agree."""

    first: int
    second: int
    share: Measure
    kappa: Measure


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody says of a unit: a label, or a rating in digits."""

    text: str
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class DisputedUnit:
    """A unit of which not all say the same.

    Attributes:
        segment: whose bounds a decision takes: the first person's.
        said: by column; None where nothing was said.
        share: how disputed it is, 0 to 1.
        majority: the label that most persons chose, if there is one such label.
        gold: the label that was decided.
    """

    segment: AnnotationRow
    said: tuple[Opinion | None, ...]
    share: float
    majority: str | None
    gold: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """All that is shown.

    Attributes:
        labels: what the positions in `table` stand for.
        table: (units, participants), as `core_model.agreement` has it.
        common: how many units two or more spoke of.
        undisputed: segments that two persons or more label alike and nobody otherwise, not on the gold tier yet.
        obstacle: why there is nothing to show, and what to do; empty otherwise.
    """

    question: Question
    participants: tuple[Participant, ...]
    labels: tuple[str, ...]
    table: Table
    common: int
    measures: tuple[Measure, ...]
    pairs: tuple[Pair, ...]
    disputes: tuple[DisputedUnit, ...]
    undisputed: tuple[tuple[AnnotationRow, str], ...]
    obstacle: str = ""

    def confusion(self, first: int, second: int) -> npt.NDArray[np.int64]:
        """How often one participant (rows) said one label and another (columns) another: (labels, labels)."""
        return agreement.confusion(self.table[:, [first, second]], len(self.labels))

    @property
    def decided(self) -> int:
        """How many of the disputes are."""
        return sum(unit.gold is not None for unit in self.disputes)


# Whom and what to compare


def default_raters(content: Content) -> tuple[int, ...]:
    """All persons who said anything."""
    spoke = {row.rater for row in content.annotations if _says_anything(row)}
    return tuple(rater.id for rater in content.raters if rater.kind == HUMAN and rater.id in spoke)


def model_of(content: Content, model_id: str | None = None) -> tuple[str, str] | None:
    """Id and name of the model that predicted last, or of the one asked for; None without any of its predictions."""
    rows = [row for row in content.predictions if model_id in (None, row.model_id)]
    last = max(rows, key=lambda row: row.changed, default=None)
    return (last.model_id, last.model_name) if last is not None else None


def compare(content: Content, question: Question) -> Comparison:
    """Everything but the intervals of the coefficients."""
    raters = {rater.id: rater for rater in content.raters}
    who = tuple(_participant(number, raters, content, question) for number in question.raters)
    rows = _rows(content, question)
    said = [[_opinion(row, question.what) for row in theirs] for theirs in rows]
    segments = [
        [_rated(row, each) for row, each in zip(theirs, words, strict=True)]
        for theirs, words in zip(rows, said, strict=True)
    ]
    units = agreement.match(segments)
    names = _names(content, question.what)
    labels, table = agreement.label_table(units, segments, names)
    comparison = Comparison(question, who, labels, table, _common(table), (), (), (), ())
    obstacle = _obstacle(content, comparison, rows, units)
    if obstacle:
        return replace(comparison, obstacle=obstacle)
    comparison = _with_units(comparison, content, rows, said, units)
    return with_intervals(comparison, 0)


def with_intervals(
    comparison: Comparison, resamples: int = RESAMPLES, check: Callable[[], None] = lambda: None
) -> Comparison:
    """The coefficients once more, with their intervals; `check` is called between them and may raise to stop."""
    table, ratings = comparison.table, comparison.question.what != LABEL
    if comparison.obstacle:
        return comparison
    measures = []
    for name, measure, words in _plan(len(comparison.participants), ratings=ratings):
        check()
        found = measure(_values(table, comparison), resamples=resamples)
        measures.append(_measured(name, found, words, comparison))
    pairs = []
    for first in range(len(comparison.participants)):
        for second in range(first + 1, len(comparison.participants)):
            check()
            pairs.append(_pair(comparison, first, second, resamples))
    return replace(comparison, measures=tuple(measures), pairs=tuple(pairs))


def _participant(
    number: int, raters: dict[int, RaterRow], content: Content, question: Question
) -> Participant:
    if number == MODEL:
        model = model_of(content, question.model_id)
        return Participant(MODEL, "model", person=False, detail=model[1] if model else "")
    rater = raters[number]
    return Participant(number, rater.name, person=rater.kind == HUMAN)


def _says_anything(row: AnnotationRow) -> bool:
    return row.label is not None or any(getattr(row, name) is not None for name in RATINGS)


# Rows and units

_Placed = AnnotationRow | PredictionRow


def _rows(content: Content, question: Question) -> list[list[_Placed]]:
    """What each participant marked, by recording and start."""
    order = {row.id: place for place, row in enumerate(content.recordings)}
    wanted = {question.recording} if question.recording is not None else order.keys()
    by_rater: dict[int, list[_Placed]] = {number: [] for number in question.raters}
    for row in content.annotations:
        if row.rater in by_rater and row.recording in wanted:
            by_rater[row.rater].append(row)
    if MODEL in by_rater:
        spans = {(row.recording, row.span) for theirs in by_rater.values() for row in theirs}
        by_rater[MODEL] = _predictions(content, question.model_id, spans)
    for theirs in by_rater.values():
        theirs.sort(key=lambda row: (order[row.recording], row.start, row.end))
    return [by_rater[number] for number in question.raters]


def _predictions(
    content: Content, model_id: str | None, spans: set[tuple[int, tuple[int, int]]]
) -> list[_Placed]:
    """One model's, the newest of each span, of exactly the stretches that the raters marked."""
    model = model_of(content, model_id)
    newest: dict[Hashable, PredictionRow] = {}
    for row in content.predictions:
        place = (row.recording, row.span)
        if model is not None and row.model_id == model[0] and place in spans:
            held = newest.get(place)
            if held is None or (held.changed, held.id) < (row.changed, row.id):
                newest[place] = row
    return list(newest.values())


def _opinion(row: _Placed, what: str) -> Opinion | None:
    if isinstance(row, PredictionRow):
        return Opinion(row.label) if what == LABEL else None
    value = getattr(row, what)
    return Opinion(str(value), row.unsure) if value is not None else None


def _rated(row: _Placed, opinion: Opinion | None) -> RatedSegment:
    return row.recording, row.start, row.end, opinion.text if opinion is not None else None


def _names(content: Content, what: str) -> tuple[str, ...]:
    return content.scheme.names if what == LABEL else tuple(map(str, range(LOWEST, HIGHEST + 1)))


def _common(table: Table) -> int:
    return int(np.sum(np.sum(~np.isnan(table), axis=1) >= 2))


def _values(table: Table, comparison: Comparison) -> Table:
    """The table as coefficients take it: positions of labels, values of ratings."""
    return table if comparison.question.what == LABEL else table + LOWEST


def _with_units(
    comparison: Comparison,
    content: Content,
    rows: list[list[_Placed]],
    said: list[list[Opinion | None]],
    units: Sequence[Unit],
) -> Comparison:
    """With the units that are disputed, and those that are not."""
    shared = np.flatnonzero(np.sum(~np.isnan(comparison.table), axis=1) >= 2).tolist()
    people = [each.person for each in comparison.participants]
    deciding = {unit: _deciding(units[unit], rows, people) for unit in shared}
    gold = _decided(content, deciding)
    opinions = {
        unit: tuple(
            said[column][index] if index is not None else None for column, index in enumerate(units[unit])
        )
        for unit in deciding
    }
    shares = _shares(comparison)
    disputes = tuple(
        DisputedUnit(deciding[unit], opinions[unit], share, _majority(opinions[unit], people), gold.get(unit))
        for unit, share in shares
    )
    undisputed = []
    if comparison.question.what == LABEL:
        for unit in sorted(deciding.keys() - {unit for unit, _ in shares} - gold.keys()):
            voices = [each for each, person in zip(opinions[unit], people, strict=True) if each and person]
            if len(voices) >= 2:
                undisputed.append((deciding[unit], voices[0].text))
    return replace(comparison, disputes=disputes, undisputed=tuple(undisputed))


def _shares(comparison: Comparison) -> list[tuple[int, float]]:
    """The disputed units and how disputed each is, most disputed first; ratings by how far they are apart."""
    if comparison.question.what == LABEL:
        return [(each.unit, each.share) for each in agreement.disputes(comparison.table)]
    said = np.sum(~np.isnan(comparison.table), axis=1) >= 2
    apart = np.zeros(len(said))
    apart[said] = np.nanmax(comparison.table[said], axis=1) - np.nanmin(comparison.table[said], axis=1)
    order = np.argsort(-apart, kind="stable")
    return [(int(unit), float(apart[unit]) / (HIGHEST - LOWEST)) for unit in order if apart[unit] > 0]


def _deciding(unit: Unit, rows: list[list[_Placed]], people: Sequence[bool]) -> AnnotationRow:
    """The segment whose bounds a decision takes: the first person's, else the gold tier's."""
    columns = sorted(range(len(unit)), key=lambda column: not people[column])
    found = (rows[column][index] for column in columns if (index := unit[column]) is not None)
    return next(row for row in found if isinstance(row, AnnotationRow))


def _decided(content: Content, deciding: dict[int, AnnotationRow]) -> dict[int, str]:
    """The gold tier's labels of these units."""
    tiers = {rater.id for rater in content.raters if rater.kind == GOLD}
    gold = [row for row in content.annotations if row.rater in tiers and row.label is not None]
    numbers = list(deciding)
    ours: list[RatedSegment] = [(row.recording, row.start, row.end, None) for row in deciding.values()]
    theirs: list[RatedSegment] = [(row.recording, row.start, row.end, row.label) for row in gold]
    both = (
        (unit, row) for unit, row in agreement.match([ours, theirs]) if unit is not None and row is not None
    )
    return {numbers[unit]: label for unit, row in both if (label := gold[row].label) is not None}


def _majority(said: Iterable[Opinion | None], people: Sequence[bool]) -> str | None:
    votes: dict[str, int] = {}
    for opinion, person in zip(said, people, strict=True):
        if opinion is not None and person:
            votes[opinion.text] = votes.get(opinion.text, 0) + 1
    most = [label for label, count in votes.items() if count == max(votes.values())]
    return most[0] if len(most) == 1 else None


# Coefficients in words

_Words = Callable[[float], str]


def _plan(raters: int, *, ratings: bool) -> list[tuple[str, Callable[..., Agreement], _Words | None]]:
    """The coefficients over all participants at once: name, function, and what says a value in words."""
    share = (tr("Agreement"), agreement.percentage_agreement, None)
    alpha = agreement.krippendorff_alpha
    if ratings:
        weighted = partial(agreement.cohen_kappa, weights="quadratic")
        return [
            share,
            *([(tr("Weighted κ"), weighted, agreement.in_words)] if raters == 2 else []),
            (tr("α, ordinal"), partial(alpha, level="ordinal"), _reliability),
            (tr("α, interval"), partial(alpha, level="interval"), _reliability),
        ]
    return [
        share,
        *([(tr("Cohen's κ"), agreement.cohen_kappa, agreement.in_words)] if raters == 2 else []),
        (tr("Fleiss' κ"), agreement.fleiss_kappa, agreement.in_words),
        (tr("Krippendorff's α"), alpha, _reliability),
    ]


def _pair(comparison: Comparison, first: int, second: int, resamples: int) -> Pair:
    table = _values(comparison.table[:, [first, second]], comparison)
    name = f"{comparison.participants[first].name} – {comparison.participants[second].name}"
    weights: agreement.Weights = "none" if comparison.question.what == LABEL else "quadratic"
    kappa = agreement.cohen_kappa(table, weights, resamples=resamples)
    share = agreement.percentage_agreement(table, resamples=resamples)
    return Pair(
        first,
        second,
        _measured(name, share, None, comparison),
        _measured(name, kappa, agreement.in_words, comparison),
    )


def _measured(name: str, found: Agreement, words: _Words | None, comparison: Comparison) -> Measure:
    if found.value is None:
        return Measure(name, found, reason=_reason(name, found, comparison))
    return Measure(name, found, words(found.value) if words is not None else "")


def _reliability(alpha: float) -> str:
    if alpha >= _RELIABLE:
        return "reliable"
    return "tentative" if alpha >= _TENTATIVE else "unreliable"


def _reason(name: str, found: Agreement, comparison: Comparison) -> str:
    if found.units:
        thing = "label" if comparison.question.what == LABEL else "value"
        return tr("only one {thing} was used, so chance alone would agree").format(thing=thing)
    if "Fleiss" in name:
        return tr("no unit was labelled by all {participants}").format(
            participants=len(comparison.participants)
        )
    return tr("no unit in common")


# Where there is nothing to show


def _obstacle(
    content: Content, comparison: Comparison, rows: list[list[_Placed]], units: Sequence[Unit]
) -> str:
    if len(comparison.participants) < 2:
        return _too_few(content, comparison)
    names = _listed([each.name for each in comparison.participants])
    for each, theirs in zip(comparison.participants, rows, strict=True):
        if each.id == MODEL and not theirs and len(comparison.participants) == 2:
            return (
                tr(
                    "The model has predicted none of these segments as they are now: predict them "
                    "(Ctrl+Shift+P)."
                )
                if comparison.question.what == LABEL
                else tr("The model predicts labels, no ratings: compare labels, or choose another rater.")
            )
    if comparison.common:
        return ""
    if any(sum(index is not None for index in unit) >= 2 for unit in units):
        thing = (
            "label"
            if comparison.question.what == LABEL
            else tr("rating of {what}").format(what=comparison.question.what)
        )
        return tr("{names} have segments in common, but no two gave one of them a {thing} yet.").format(
            names=names, thing=thing
        )
    where = tr(" in this recording") if comparison.question.recording is not None else ""
    return tr(
        "{names} have no segments in common{where}: copy the segments of one to the other "
        "(Raters… > Copy segments)."
    ).format(names=names, where=where)


def _too_few(content: Content, comparison: Comparison) -> str:
    people = [rater for rater in content.raters if rater.kind == HUMAN]
    if len(people) < 2 and MODEL not in comparison.question.raters:
        return tr("Agreement needs two raters: add one with Raters…")
    spoke = default_raters(content)
    if not spoke:
        return tr(
            "Nobody has labels yet: label segments as one rater, then as another, and compare them here."
        )
    if len(spoke) == 1 and comparison.question.raters == spoke:
        name = comparison.participants[0].name
        return tr(
            "Only {name} has labels yet: copy the segments to another rater, who labels them too (Raters…)."
        ).format(name=name)
    return tr("Choose two raters or more.")


def _listed(names: Sequence[str]) -> str:
    return tr("{value} and {value2}").format(value=", ".join(names[:-1]), value2=names[-1])


# For the command line


def raters_named(content: Content, names: Sequence[str]) -> tuple[int, ...]:
    """The raters of these names, `model` being the model unless a rater is called so.

    Raises:
        HumpcatError: there is no such rater.
    """
    known = {rater.name.lower(): rater.id for rater in content.raters}
    known.setdefault("model", MODEL)
    unknown = [name for name in names if name.lower() not in known]
    if unknown:
        there = ", ".join([*(rater.name for rater in content.raters), "model"])
        raise HumpcatError(
            tr("There is no rater {value} in this project.").format(value=unknown[0]),
            tr("There are {there}.").format(there=there),
        )
    return tuple(dict.fromkeys(known[name.lower()] for name in names))
