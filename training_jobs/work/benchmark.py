"""The job `benchmark`: the paper's tables on the corpora and encoders that are there, beside the paper's figures."""

import time
from collections.abc import Sequence
from typing import Any

from core_model.encoders.registry import list_encoders
from core_model.errors import HumpcatError
from core_model.labels import PAPER

from ..benchmark.differences import differences
from ..benchmark.findings import Benchmark, Finding, finding_of, score_of, table_of
from ..benchmark.plan import (
    Measurement,
    PlannedTable,
    Present,
    Row,
    Variant,
    check_tables,
    choose_source,
    missing_corpora,
    order_encoders,
    plan,
    title_of,
)
from ..benchmark.splitting import BenchmarkSplits, corpora_of, source_guards, split_corpora
from ..benchmark.writing import write_benchmark
from ..jobs.control import Control
from ..jobs.options import BenchmarkOptions
from ..jobs.run_folder import RunFolder
from ..leaks import LeakReport
from ..outcome import Outcome
from ..report.context import LeakVerdict, by_reason, versions
from .gathering import Gathered, gather
from .guarding import guard
from .measuring import Measurer, Tables, in_order
from .splitting import keep_splits

Outcomes = dict[Measurement, list[Outcome]]


def run(folder: RunFolder, told: dict[str, Any], control: Control) -> None:
    """Do the job; see `BenchmarkOptions`.

    Raises:
        HumpcatError: a corpus cannot be used, nothing can be measured, there is a leak, a file vanished, or the disk is
            full.
    """
    options = BenchmarkOptions.from_json(told)
    check_tables(options.tables)
    gathered = gather(folder, options, PAPER.labels, control)
    source = choose_source(options.source, corpora_of(gathered.utterances))
    splits = split_corpora(gathered.utterances, source, options)
    encoders = order_encoders(options.encoders, list_encoders())
    targets = tuple(name for name in corpora_of(gathered.utterances) if name != source)
    present = Present(source, splits.no_source, targets, splits.unusable, encoders)
    tables = plan(present, options.tables)
    wanted = [row.measurement for table in tables for row in table.rows if row.measurement]
    _require_something(wanted, present)
    verdict = _guard(folder, gathered, source, splits, options)
    reader = Tables(gathered, source, present.main, options, control)
    measurer = Measurer(folder, gathered, source, splits, reader, options, control)
    outcomes = _measured(measurer, in_order(wanted, present.main), control)
    control.phase("Writing the report")
    found = _benchmark(folder, gathered, present, splits, options, tables, outcomes, verdict)
    page = write_benchmark(folder.report, found)
    control.event("artifact", what="report", path=str(page))


def _measured(measurer: Measurer, wanted: Sequence[Measurement], control: Control) -> Outcomes:
    """Within the source corpus first, then the source models: its features are in memory for both."""
    within = [each for each in wanted if not each.target]
    transfers = [each for each in wanted if each.target]
    sources = list(dict.fromkeys(each.variant for each in transfers))
    steps: list[Measurement | Variant] = [*within, *sources, *transfers]
    found: Outcomes = {}
    for number, each in enumerate(steps, 1):
        with control.part(number, len(steps)):
            if isinstance(each, Variant):
                measurer.start(each)
            else:
                found[each] = measurer.outcomes(each)
    return found


def _guard(
    folder: RunFolder,
    gathered: Gathered,
    source: str,
    splits: BenchmarkSplits,
    options: BenchmarkOptions,
) -> LeakReport:
    """Keep the splits, and look for leaks inside each and between the source corpus and the targets."""
    named = [*splits.of(None), *(each for target in splits.targets for each in splits.of(target))]
    keep_splits(folder, gathered.utterances, named)
    guarded = [*named, *source_guards(gathered.utterances, source, splits.targets)]
    return guard(folder, gathered, guarded, options.allow_leaks)


def _benchmark(
    folder: RunFolder,
    gathered: Gathered,
    present: Present,
    splits: BenchmarkSplits,
    options: BenchmarkOptions,
    tables: Sequence[PlannedTable],
    outcomes: Outcomes,
    verdict: LeakReport,
) -> Benchmark:
    def finding(row: Row) -> Finding:
        score = score_of(outcomes[row.measurement], not row.measurement.target) if row.measurement else None
        return finding_of(row, score, differences(row, present, splits, gathered.utterances, options))

    events = [event for event, _ in folder.events()]
    notices = dict.fromkeys(event["text"] for event in events if event["event"] == "notice")
    unreadable = dict.fromkeys(
        (event["file"], event["reason"]) for event in events if event["event"] == "skipped"
    )
    measured = {each.variant.encoder.name for each in outcomes if each.variant.encoder}
    return Benchmark(
        title=folder.spec().name,
        made=time.strftime("%Y-%m-%d %H:%M"),
        source=title_of(present.source),
        encoders=tuple(record.name for record in present.encoders if record.name in measured),
        tables=tuple(table_of(table.number, [finding(row) for row in table.rows]) for table in tables),
        missing=missing_corpora(present),
        unusable=_unusable(present),
        notes=(*gathered.corpora, *notices),
        skipped=by_reason((*gathered.left_out, *unreadable)),
        brand=verdict.brand,
        leaks=LeakVerdict(verdict.sentence(), bool(verdict.brand), tuple(verdict.to_json()["leaks"])),
        configuration={
            "source models": options.recipe.to_json(),
            "fine-tuning": options.tuning.to_json(),
            "protocol": {
                "draws": options.draws,
                "folds": len(splits.of(None)),
                "standardisation": options.standardisation,
            },
        },
        versions=versions(),
    )


def _require_something(wanted: Sequence[Measurement], present: Present) -> None:
    if not wanted:
        reasons = "; ".join(f"{name}: {why}" for name, why in _unusable(present).items())
        raise HumpcatError(
            f"Nothing of these tables can be measured on these corpora and encoders{f' ({reasons})' * bool(reasons)}.",
            "Add a target corpus beside the source, or an encoder ('humpcat encoder list').",
        )


def _unusable(present: Present) -> dict[str, str]:
    """Corpora that cannot be split, and why."""
    source = {present.source: present.no_folds} if present.no_folds else {}
    return source | dict(present.unusable)
