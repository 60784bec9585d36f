"""What a benchmark came to: rows with our figures and the paper's, as the page, the tables and programs read them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..outcome import BEFORE, PROBE, Outcome
from ..paper import NOTES, Figure
from ..report.context import LeakVerdict
from ..report.results import Estimate, results_of
from .plan import Row

VERSION = 1
_PROBE = (
    "The probe learned from the tuning part alone; the network learned from the source corpus before that."
)


@dataclass(frozen=True, slots=True)
class Score:
    """Ours: shares from 0 to 1.

    Attributes:
        tests: number of folds or draws.
        count: utterances tested, added up over them.
        by_draws: whether `ua` is a mean over draws with Student's t interval; else of the folds' predictions together,
            or of a single test, with a bootstrap interval over utterances.
        ua, wa: of the network.
        probe: UA of the linear probe on the same features and splits.
        before: UA of the source model before fine-tuning.
        validation: mean over folds of the validation part's UA at the epoch that it chose, before a linear shortcut
            joins the network.
    """

    tests: int
    count: int
    by_draws: bool
    ua: Estimate
    wa: Estimate
    probe: Estimate | None
    before: Estimate | None
    validation: float | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A row: what was asked, the paper's figure, ours, and `differs`: all in which the two were measured otherwise.

    `why` says why ours is not there; `aside`: the paper's figure is that of its own encoder, HuBERT-base.
    """

    label: str
    features: str
    paper: Figure | None
    ours: Score | None
    why: str
    aside: bool
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundTable:
    """One of the paper's tables, with a title, a sentence on what both measured, and notes to tell below it."""

    number: str
    title: str
    about: str
    rows: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Benchmark:
    """All that a benchmark tells.

    Attributes:
        title: the job's name.
        made: when, as people read it.
        source: the source corpus, by the paper's name if it has one.
        encoders: names of those that were measured.
        tables: with all rows.
        missing: the paper's corpora that were not there.
        unusable: corpora that were there and could not be split, and why.
        notes: sentences to tell with the tables.
        skipped: by reason the files that were left out.
        brand: what must be shown beside every figure; empty: nothing.
        leaks: the leak guard's verdict.
        configuration, versions: what the figures depend on.
    """

    title: str
    made: str
    source: str
    encoders: tuple[str, ...]
    tables: tuple[FoundTable, ...]
    missing: tuple[str, ...]
    unusable: Mapping[str, str]
    notes: tuple[str, ...]
    skipped: Mapping[str, Sequence[str]]
    brand: str
    leaks: LeakVerdict
    configuration: Mapping[str, Mapping[str, Any]]
    versions: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """As JSON-able values; shares from 0 to 1."""
        return {"version": VERSION, **asdict(self)}


TITLES: Mapping[str, tuple[str, str]] = {
    "III": (
        "Speech encoders",
        "Trained and tested within the source corpus, folds by speaker.",
    ),
    "IV": (
        "Acoustic features without a speech encoder",
        "Trained and tested within the source corpus, folds by speaker.",
    ),
    "V": (
        "All features within the source corpus",
        "Trained and tested within the source corpus, folds by speaker.",
    ),
    "VI": (
        "Target corpora",
        "The source model is fine-tuned on a small part of the target corpus and tested on all the rest.",
    ),
    "VII": (
        "Features beside the speech encoder",
        "Source models with different branches, fine-tuned and tested on the targets as in Table VI.",
    ),
}


def table_of(number: str, rows: Sequence[Finding]) -> FoundTable:
    """A table with its title and its notes."""
    probe = [_PROBE] if number in ("VI", "VII") else []
    return FoundTable(number, *TITLES[number], tuple(rows), (*probe, *NOTES.get(number, ())))


def score_of(outcomes: Sequence[Outcome], pooled: bool) -> Score | None:
    """Add up the outcomes of one measurement; None where nothing was tested.

    Args:
        outcomes: of folds, or of draws.
        pooled: whether they are folds.
    """
    results = results_of(outcomes, pooled)
    if results is None:
        return None
    network, probe, before = results.kinds[0], results.kind(PROBE), results.kind(BEFORE)
    return Score(
        len(results.names),
        sum(results.sizes),
        results.by_draws,
        network.ua,
        network.wa,
        probe.ua if probe else None,
        before.ua if before else None,
        _validation(outcomes),
    )


def finding_of(row: Row, score: Score | None, differs: Sequence[str]) -> Finding:
    """A row with its score."""
    return Finding(row.label, row.features, row.figure, score, row.why, row.aside, tuple(differs))


def _validation(outcomes: Sequence[Outcome]) -> float | None:
    chosen = [epoch.validation for each in outcomes for epoch in each.epochs if epoch.number == each.best]
    values = [metrics.ua for metrics in chosen if metrics]
    return float(np.mean(values)) if values else None
