"""Writing a job's report."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from core_model.files import write_aside

from ..outcome import BEFORE, NETWORK, PROBE, Outcome
from . import figures
from .context import ReportContext
from .drawing import house_style, svg_of
from .figures import Drawn
from .page import RECORD, Picture, page_of
from .record import record_of
from .results import Results, results_of, short_names
from .tables import tables_of, write_table

PAGE = "report.html"


def write_report(folder: Path, context: ReportContext, outcomes: Sequence[Outcome]) -> Path:
    """Write report.html, report.json, and figures (SVG) and tables (CSV) beside them; return the page's path.

    What `folder` held before, an older report, stays until the new one is whole, and then goes.

    Args:
        folder: of the report alone.
        context: what the job knows beside its outcomes.
        outcomes: one of a single test, or many draws or folds; those without test utterances count for no figure.

    Raises:
        HumpcatError: the disk is full, or the folder cannot be written.
        ValueError: the outcomes differ in their labels, or one lacks the network's predictions.
    """
    results = results_of(outcomes, context.pooled)
    with write_aside(folder) as aside:
        aside.mkdir()
        for table in tables_of(outcomes, results, context.tuning):
            write_table(aside, table, context.brand)
        pictures = {}
        with house_style():
            for drawn in _figures(context, outcomes, results):
                alone, inside = svg_of(drawn.figure, drawn.caption, context.brand)
                _write(aside / f"{drawn.name}.svg", alone)
                pictures[drawn.name] = Picture(inside, drawn.caption, drawn.name)
        record = record_of(context, outcomes, results)
        _write(aside / RECORD, json.dumps(record, indent=1, ensure_ascii=False, default=str) + "\n")
        _write(aside / PAGE, page_of(context, outcomes, results, pictures))
    return folder / PAGE


def _figures(context: ReportContext, outcomes: Sequence[Outcome], results: Results | None) -> Iterator[Drawn]:
    if results is not None:
        yield figures.headline_figure(results)
        for kind in (NETWORK, BEFORE, PROBE):
            if found := results.kind(kind):
                yield figures.confusion_figure(found, results.labels)
        yield figures.labels_figure(results)
        yield figures.speakers_figure(results, short_names(outcomes))
        yield figures.reliability_figure(results)
    for drawn in (figures.learning_figure(outcomes), figures.tuning_figure(context.tuning)):
        if drawn is not None:
            yield drawn


def _write(path: Path, text: str) -> None:
    """As UTF-8; bytes of a file's name that are none are written escaped."""
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
