"""A report as JSON: what other programs read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..outcome import Outcome
from .context import ReportContext
from .results import KindResult, Results
from .tables import part_counts

FORMAT = 1


def record_of(context: ReportContext, outcomes: Sequence[Outcome], results: Results | None) -> dict[str, Any]:
    """The whole report as JSON-able values, the brand first; all shares lie in 0 to 1, None is "not measured"."""
    return {
        "format": FORMAT,
        "brand": context.brand,
        "kind": context.kind,
        "title": context.title,
        "made": context.made,
        "notes": list(context.notes),
        "protocol": context.protocol,
        "leaks": _leaks(context),
        "results": _results(results) if results else None,
        "tuning": [asdict(point) for point in context.tuning],
        "outcomes": [_outcome(outcome) for outcome in outcomes],
        "data": dict(context.data),
        "skipped": {reason: list(files) for reason, files in context.skipped.items()},
        "configuration": dict(context.configuration),
        "versions": dict(context.versions),
    }


def _leaks(context: ReportContext) -> dict[str, Any] | None:
    if context.leaks is None:
        return None
    leaks: Sequence[Mapping[str, Any]] = context.leaks.leaks
    return {
        "found": context.leaks.found,
        "sentence": context.leaks.sentence,
        "leaks": [dict(leak) for leak in leaks],
    }


def _results(results: Results) -> dict[str, Any]:
    return {
        "interval": "Student's t over draws" if results.by_draws else "bootstrap over utterances",
        "labels": list(results.labels),
        "tests": dict(zip(results.names, results.sizes, strict=True)),
        "kinds": {result.kind: _kind(result) for result in results.kinds},
        "network_ahead_of": {each.against: asdict(each.ua) for each in results.differences},
    }


def _kind(result: KindResult) -> dict[str, Any]:
    return {
        "ua": asdict(result.ua),
        "wa": asdict(result.wa),
        "macro_f1": result.f1,
        "ece": result.ece,
        "each": [asdict(scores) for scores in result.each],
        "confusion": result.confusion.tolist(),
        "labels": [
            {**asdict(found.score), "interval": asdict(found.recall) if found.recall else None}
            for found in result.labels
        ],
        "speakers": [asdict(score) for score in result.speakers],
        "corpora": [asdict(score) for score in result.corpora],
        "reliability": [asdict(each) for each in result.bins],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.name,
        "best_epoch": outcome.best,
        "epochs": [
            {"number": e.number, "loss": e.loss, "validation_ua": e.validation.ua if e.validation else None}
            for e in outcome.epochs
        ],
        "parts": {part: _part(counts) for part, counts in part_counts(outcome).items()},
        "standardisation": dict(outcome.standardisation),
    }


def _part(counts: Counter[tuple[str, str, str]]) -> dict[str, Any]:
    speakers: dict[str, dict[str, int]] = {}
    for (corpus, speaker, label), count in sorted(counts.items()):
        speakers.setdefault(f"{corpus}/{speaker}", {})[label] = count
    labels: Counter[str] = Counter()
    for (_, _, label), count in counts.items():
        labels[label] += count
    return {"utterances": counts.total(), "labels": dict(sorted(labels.items())), "speakers": speakers}
