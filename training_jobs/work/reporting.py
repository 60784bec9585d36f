"""The report of a job: what its outcomes came to, with all that is needed to judge it."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..extraction import FeatureTable
from ..jobs.control import Control
from ..jobs.run_folder import RunFolder
from ..leaks import LeakReport
from ..models import describe_data
from ..outcome import Outcome
from ..report.context import LeakVerdict, ReportContext, by_reason, versions
from ..report.tuning import TuningPoint
from ..report.untested import untested_labels
from ..report.writing import write_report
from .gathering import Gathered

_logger = logging.getLogger(__name__)


def report(
    run: RunFolder,
    outcomes: Sequence[Outcome],
    gathered: Gathered,
    table: FeatureTable,
    verdict: LeakReport,
    protocol: str,
    configuration: Mapping[str, Mapping[str, Any]],
    control: Control,
    pooled: bool = False,
    tuning: Sequence[TuningPoint] = (),
    notes: Sequence[str] = (),
) -> None:
    """Write the job's report.

    Raises:
        HumpcatError: the disk is full.
    """
    control.phase("Writing the report")
    for sentence in untested_labels(outcomes, pooled):
        _logger.warning("%s", sentence)  # a notice, which the notes below repeat
    spec = run.spec()
    context = ReportContext(
        kind=spec.kind,
        title=spec.name,
        protocol=protocol,
        pooled=pooled,
        made=time.strftime("%Y-%m-%d %H:%M"),
        notes=(*gathered.corpora, *notes, *_notices(run)),
        configuration=configuration,
        versions=versions(),
        data=describe_data(table.utterances, table.scheme.labels, table.skipped),
        skipped=by_reason((*gathered.left_out, *_unreadable(table))),
        leaks=LeakVerdict(
            verdict.sentence(),
            bool(verdict.brand),
            tuple(verdict.to_json()["leaks"]),
        ),
        brand=verdict.brand,
        tuning=tuple(tuning),
    )
    page = write_report(run.report, context, outcomes)
    control.event("artifact", what="report", path=str(page))


def _notices(run: RunFolder) -> list[str]:
    """What the job was warned of, in all of its attempts, each once."""
    return list(dict.fromkeys(event["text"] for event, _ in run.events() if event["event"] == "notice"))


def _unreadable(table: FeatureTable) -> list[tuple[str, str]]:
    return [(str(each.file), reason) for each, reason in table.skipped if each.speed == 1.0]
