"""Writing a benchmark's report: one page, a record for programs, and a table (CSV) for each of the paper's."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core_model.files import write_aside

from ..report.page import environment, flat, left_out
from ..report.results import Estimate
from ..report.tables import Table, write_table
from ..report.writing import PAGE
from .findings import Benchmark, Finding, FoundTable
from .marks import letters_of

RECORD = "benchmark.json"
_COLUMNS = (
    "row",
    "features",
    "paper_table",
    "paper_row",
    "paper_ua",
    "paper_wa",
    "paper_validation_ua",
    "our_ua",
    "our_ua_low",
    "our_ua_high",
    "our_wa",
    "our_wa_low",
    "our_wa_high",
    "our_validation_ua",
    "probe_ua",
    "before_ua",
    "tests",
    "tested_utterances",
    "why_not",
    "differs",
)


def write_benchmark(folder: Path, found: Benchmark) -> Path:
    """Write report.html, benchmark.json and table-III.csv and so on; return the page's path.

    What `folder` held before stays until the new report is whole, and then goes.

    Raises:
        HumpcatError: the disk is full, or the folder cannot be written.
    """
    with write_aside(folder) as aside:
        aside.mkdir()
        for table in found.tables:
            write_table(
                aside, Table(f"table-{table.number}", _COLUMNS, tuple(map(_row, table.rows))), found.brand
            )
        record = json.dumps(found.to_json(), indent=1, ensure_ascii=False, default=str)
        (aside / RECORD).write_text(record + "\n", encoding="utf-8", errors="backslashreplace")
        (aside / PAGE).write_text(_page(found), encoding="utf-8", errors="backslashreplace")
    return folder / PAGE


def _page(found: Benchmark) -> str:
    return (
        environment()
        .get_template("benchmark.html.j2")
        .render(
            found=found,
            left_out=left_out(found.skipped),
            record=RECORD,
            letters={table.number: _letters(table) for table in found.tables},
            configuration={section: flat(values) for section, values in found.configuration.items()},
        )
    )


def _letters(table: FoundTable) -> dict[str, str]:
    return letters_of(row.differs for row in table.rows)


def _row(row: Finding) -> Sequence[Any]:
    theirs, ours = row.paper, row.ours
    return (
        row.label,
        row.features,
        *(
            (f"Table {theirs.table}", theirs.row, theirs.ua, theirs.wa, theirs.validation)
            if theirs
            else (None,) * 5
        ),
        *_three(ours.ua if ours else None),
        *_three(ours.wa if ours else None),
        ours.validation if ours else None,
        ours.probe.value if ours and ours.probe else None,
        ours.before.value if ours and ours.before else None,
        ours.tests if ours else None,
        ours.count if ours else None,
        row.why,
        "; ".join(row.differs),
    )


def _three(estimate: Estimate | None) -> Sequence[float | None]:
    return (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)
