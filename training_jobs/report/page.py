"""The report as one HTML page that needs nothing else: no network, no script, no other file."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from core_model.folders import resources_folder
from core_model.labels import colour_of

from ..manifest import Utterance
from ..outcome import BEFORE, NETWORK, PROBE, Outcome
from .context import ReportContext
from .drawing import NAMES
from .results import Estimate, Results, short_names
from .tables import PARTS, by_how

RECORD = "report.json"
_NAMED = 12  # speakers named in a cell; the CSV names all
_LISTED = 100  # leaks, speakers who fell back; report.json has all
_REASONS = 12  # for which files were left out
_MINUS = "\N{MINUS SIGN}"
_BY = {
    "speaker": "the speaker’s own unlabelled statistics",
    "corpus": "the corpus’ unlabelled statistics",
    "none": "the model’s own statistics, of its training data",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure inside the page: SVG, its caption, its file's name without ending."""

    svg: str
    caption: str
    name: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part of one split: its utterances by label, and its speakers."""

    split: str
    part: str
    count: int
    labels: tuple[int, ...]
    speakers: int
    named: str


@dataclass(frozen=True, slots=True)
class Way:
    """A way of standardising, in words, and the speakers that it served."""

    how: str
    fallback: bool
    count: int
    named: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A reason for which files were left out, how many they were, and one of them."""

    reason: str
    count: int
    example: str


def page_of(
    context: ReportContext,
    outcomes: Sequence[Outcome],
    results: Results | None,
    pictures: Mapping[str, Picture],
) -> str:
    """The whole page; every name in it is escaped, and control characters are shown as a replacement character."""
    names = short_names(outcomes)
    template = environment().get_template("report.html.j2")
    return template.render(
        context=context,
        outcomes=outcomes,
        results=results,
        pictures=pictures,
        noun="fold" if context.pooled else "draw",
        labels=_all_labels(outcomes, results),
        parts=[
            row for outcome in outcomes for row in _part_rows(outcome, names, _all_labels(outcomes, results))
        ],
        ways=_ways(outcomes, names),
        speakers=names,
        interval_note=_interval_note(results),
        # `models.describe_data` lists what could not be read beside the corpora
        data={name: facts for name, facts in context.data.items() if isinstance(facts, Mapping)},
        configuration={section: flat(values) for section, values in context.configuration.items()},
        left_out=left_out(context.skipped),
        record=RECORD,
        listed=_LISTED,
        NETWORK=NETWORK,
        PROBE=PROBE,
        BEFORE=BEFORE,
    )


def flat(values: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Nested values as rows of (dotted name, value)."""
    rows: list[tuple[str, str]] = []
    for name, value in values.items():
        whole = f"{above}{name}"
        if isinstance(value, Mapping) and value:
            rows += flat(value, f"{whole}.")
        else:
            rows.append((whole, _told(value)))
    return rows


def left_out(skipped: Mapping[str, Sequence[str]]) -> list[LeftOut]:
    """What was left out, the most usual reason first; many reasons of few files each become one row."""
    rows = [LeftOut(reason, len(files), PurePath(files[0]).name) for reason, files in skipped.items()]
    rows.sort(key=lambda row: -row.count)
    if len(rows) <= _REASONS:
        return rows
    shown, others = rows[: _REASONS - 1], rows[_REASONS - 1 :]
    first = others[0]
    rest = LeftOut(
        f"{len(others)} other reasons", sum(row.count for row in others), f"{first.example}: {first.reason}"
    )
    return [*shown, rest]


def environment() -> Environment:
    """The templates of reports, with the filters that they share; everything is escaped but markup of our own."""
    made = Environment(
        loader=FileSystemLoader(resources_folder() / "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    made.filters.update(
        percent=_percent, points=_points, interval=_interval, colour=colour_of, svg=Markup, kind=_kind_name
    )
    made.tests["several"] = lambda sequence: len(sequence) > 1
    return made


def _plain(value: Any) -> Any:
    """What a browser would swallow or choke on becomes visible; markup of our own passes."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(c) in ("Cc", "Cs", "Cf") and c not in "\n\t"
        else c
        for c in value
    )


def _percent(share: float | None, decimals: int = 1) -> str:
    return "–" if share is None else f"{100 * share:.{decimals}f}"


def _points(share: float) -> str:
    """A difference in percentage points, with its sign."""
    value = f"{100 * abs(share):.1f}"
    return value if value == "0.0" else f"{_MINUS if share < 0 else '+'}{value}"


def _interval(estimate: Estimate | None, signed: bool = False) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return "–"
    show = _points if signed else _percent
    return f"{show(estimate.low)} to {show(estimate.high)}"


def _kind_name(kind: str) -> str:
    return NAMES.get(kind, kind)


def _told(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None or value == {} else str(value)


def _all_labels(outcomes: Sequence[Outcome], results: Results | None) -> tuple[str, ...]:
    """The model's labels, and after them any that only the utterances have."""
    known = results.labels if results else outcomes[0].labels if outcomes else ()
    spoken = {u.emotion for outcome in outcomes for part in PARTS for u in getattr(outcome, part)}
    return (*known, *sorted(spoken - set(known)))


def _part_rows(outcome: Outcome, names: Mapping[str, str], labels: Sequence[str]) -> list[PartRow]:
    return [_part_row(outcome.name, part, getattr(outcome, part), names, labels) for part in PARTS]


def _part_row(
    split: str, part: str, spoken: Sequence[Utterance], names: Mapping[str, str], labels: Sequence[str]
) -> PartRow:
    counts = Counter(utterance.emotion for utterance in spoken)
    who = sorted({names[utterance.speaker_id] for utterance in spoken})
    return PartRow(split, part, len(spoken), tuple(counts[each] for each in labels), len(who), _some(who))


def _ways(outcomes: Sequence[Outcome], names: Mapping[str, str]) -> list[Way]:
    """How speakers were standardised; one whose way differs between the splits is listed under each."""
    together: dict[str, set[str]] = {}
    for outcome in outcomes:
        for how, speakers in by_how(outcome.standardisation).items():
            together.setdefault(how, set()).update(names.get(speaker, speaker) for speaker in speakers)
    ways = [_way(how, sorted(who)) for how, who in together.items()]
    return sorted(ways, key=lambda way: (way.fallback, way.how))


def _way(how: str, who: Sequence[str]) -> Way:
    """One way, in words; those who fell back are all named, as far as a page can."""
    by, _, reason = how.partition(": ")
    told = _BY.get(by, by)
    if not reason:
        return Way(told, False, len(who), _some(who))
    return Way(f"fell back to {told}: {reason}", True, len(who), _some(who, _LISTED))


def _some(names: Sequence[str], most: int = _NAMED) -> str:
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 2])} and {len(names) - most + 2} more"


def _interval_note(results: Results | None) -> str:
    if results is None:
        return ""
    if results.by_draws:
        return (
            f"Figures are means over {len(results.names)} draws, with the 95 % interval of the mean by Student’s t "
            "(cut at 0 and 100 %). Draws share test utterances, so their spread says little about other corpora."
        )
    pooled = (
        f"Every utterance is tested once; the predictions of all {len(results.names)} folds count together. "
        if len(results.names) > 1
        else ""
    )
    return (
        f"{pooled}Intervals are 95 % bootstrap intervals over utterances. Utterances of one speaker are alike, so with "
        "few speakers the truth is less certain than they say."
    )
