"""The tables of a report, as CSV files: everything that its figures and its page show, at full precision."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..manifest import Utterance
from ..outcome import KINDS, Outcome
from .results import Estimate, KindResult, Results
from .tuning import TuningPoint

PARTS = ("train", "validation", "test")
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file: its name without ending, its columns, its rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def write_table(folder: Path, table: Table, brand: str) -> None:
    """Write a table; a brand becomes its last column, so that no row can be taken out without it.

    Bytes of a file's name that are no UTF-8 are written escaped.
    """
    columns, more = (table.columns, ()) if not brand else ((*table.columns, "warning"), (brand,))
    path = folder / f"{table.name}.csv"
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([*map(_cell, row), *more] for row in table.rows)


def tables_of(
    outcomes: Sequence[Outcome], results: Results | None, tuning: Sequence[TuningPoint]
) -> Iterator[Table]:
    """Every table that these outcomes fill."""
    yield _splits(outcomes)
    if any(outcome.epochs for outcome in outcomes):
        yield _learning(outcomes)
    if any(outcome.standardisation for outcome in outcomes):
        yield _standardisation(outcomes)
    if tuning:
        yield _tuning(tuning)
    if results is not None:
        yield _results(results)
        yield _each(results)
        yield _labels(results)
        yield _groups("speakers", results)
        yield _groups("corpora", results)
        yield _reliability(results)
        yield from (_confusion(result, results.labels) for result in results.kinds)
        yield _predictions(outcomes, results.labels)


def part_counts(outcome: Outcome) -> dict[str, Counter[tuple[str, str, str]]]:
    """By part of the split how many utterances each (corpus, speaker, label) has."""
    parts: dict[str, tuple[Utterance, ...]] = {part: getattr(outcome, part) for part in PARTS}
    return {part: Counter((u.corpus, u.speaker, u.emotion) for u in spoken) for part, spoken in parts.items()}


def _splits(outcomes: Sequence[Outcome]) -> Table:
    rows = tuple(
        (outcome.name, part, *who, count)
        for outcome in outcomes
        for part, counts in part_counts(outcome).items()
        for who, count in sorted(counts.items())
    )
    return Table("splits", ("split", "part", "corpus", "speaker", "emotion", "count"), rows)


def _learning(outcomes: Sequence[Outcome]) -> Table:
    rows = tuple(
        (o.name, e.number, e.loss, e.validation.ua if e.validation else None, int(e.number == o.best))
        for o in outcomes
        for e in o.epochs
    )
    return Table("learning", ("split", "epoch", "loss", "validation_ua", "kept"), rows)


def _standardisation(outcomes: Sequence[Outcome]) -> Table:
    rows = tuple((o.name, *told) for o in outcomes for told in sorted(o.standardisation.items()))
    return Table("standardisation", ("split", "speaker", "standardised_by"), rows)


def _tuning(points: Sequence[TuningPoint]) -> Table:
    rows = tuple((p.series, p.share, p.used, p.utterances, p.draws, *_three(p.ua)) for p in points)
    columns = ("series", "share", "share_used", "utterances", "draws", "ua", "ua_low", "ua_high")
    return Table("tuning", columns, rows)


def _results(results: Results) -> Table:
    rows = tuple(
        (
            result.kind,
            sum(results.sizes),
            *_three(result.ua),
            *_three(result.wa),
            result.f1,
            result.ece,
            *(_three(difference.ua) if difference else (None,) * 3),
        )
        for result in results.kinds
        for difference in [next((d for d in results.differences if d.against == result.kind), None)]
    )
    ahead = ("network_ahead_ua", "network_ahead_low", "network_ahead_high")
    columns = (
        "kind",
        "count",
        "ua",
        "ua_low",
        "ua_high",
        "wa",
        "wa_low",
        "wa_high",
        "macro_f1",
        "ece",
        *ahead,
    )
    return Table("results", columns, rows)


def _each(results: Results) -> Table:
    rows = tuple(
        (name, result.kind, size, scores.ua, scores.wa, scores.f1, scores.ece)
        for result in results.kinds
        for name, size, scores in zip(results.names, results.sizes, result.each, strict=True)
    )
    return Table("tests", ("split", "kind", "count", "ua", "wa", "macro_f1", "ece"), rows)


def _labels(results: Results) -> Table:
    rows = tuple(
        (result.kind, found.score.label, found.score.count, *_three(found.recall), found.score.precision)
        for result in results.kinds
        for found in result.labels
    )
    columns = ("kind", "emotion", "count", "recall", "recall_low", "recall_high", "precision")
    return Table("labels", columns, rows)


def _groups(name: str, results: Results) -> Table:
    rows = tuple(
        (result.kind, score.name, score.count, score.labels, score.ua, score.wa)
        for result in results.kinds
        for score in getattr(result, name)
    )
    group = {"speakers": "speaker", "corpora": "corpus"}[name]
    return Table(name, ("kind", group, "count", "labels", "ua", "wa"), rows)


def _reliability(results: Results) -> Table:
    rows = tuple(
        (result.kind, bin_.low, bin_.high, bin_.count, bin_.confidence, bin_.accuracy)
        for result in results.kinds
        for bin_ in result.bins
    )
    return Table("reliability", ("kind", "low", "high", "count", "confidence", "accuracy"), rows)


def _confusion(result: KindResult, labels: Sequence[str]) -> Table:
    rows = tuple((label, *counts) for label, counts in zip(labels, result.confusion.tolist(), strict=True))
    return Table(f"confusion-{result.kind.replace(' ', '-')}", ("truth", *labels), rows)


def _predictions(outcomes: Sequence[Outcome], labels: Sequence[str]) -> Table:
    columns = ("file", "start", "end", "speaker", "corpus", "emotion", "split", "kind", "predicted")
    rows = tuple(
        (*_whose(utterance), outcome.name, kind, labels[int(said.argmax())], *said.tolist())
        for outcome in outcomes
        for kind in KINDS
        if kind in outcome.predictions
        for utterance, said in zip(outcome.test, outcome.predictions[kind], strict=True)
    )
    return Table("predictions", (*columns, *(f"p_{label}" for label in labels)), rows)


def _whose(utterance: Utterance) -> Row:
    return (
        utterance.file.as_posix(),
        utterance.start,
        utterance.end,
        utterance.speaker,
        utterance.corpus,
        utterance.emotion,
    )


def _three(estimate: Estimate | None) -> Row:
    return (None,) * 3 if estimate is None else (estimate.value, estimate.low, estimate.high)


def _cell(value: Any) -> Any:
    """Numbers with 6 decimals; what is not there is empty."""
    if value is None:
        return ""
    return f"{value:.6f}" if isinstance(value, float) else value


def by_how(standardisation: Mapping[str, str]) -> dict[str, list[str]]:
    """The speakers standardised in each way, the most usual way first."""
    ways: dict[str, list[str]] = {}
    for speaker, how in sorted(standardisation.items()):
        ways.setdefault(how, []).append(speaker)
    return dict(sorted(ways.items(), key=lambda way: (-len(way[1]), way[0])))
