"""What the window asks the corpora's process. `desk`, which does it, is imported there only: that takes a second."""

from pathlib import Path

from training_jobs.jobs.cost import Cost
from training_jobs.jobs.options import FinetuneOptions, TrainOptions
from training_jobs.tuning_plan import TuningPlan

from ..background import Progress
from .corpus_table import Asked, CorpusTable, ProblemGroup


def read(progress: Progress, asked: Asked) -> CorpusTable:
    """See `desk.read`."""
    from . import desk

    return desk.read(progress, asked)


def listen(progress: Progress, asked: Asked) -> tuple[ProblemGroup, ...]:
    """See `desk.listen`."""
    from . import desk

    return desk.listen(progress, asked)


def compare(progress: Progress, asked: Asked) -> None:
    """See `desk.compare`."""
    from . import desk

    desk.compare(progress, asked)


def plan(asked: Asked, options: FinetuneOptions | TrainOptions) -> tuple[TuningPlan, Cost]:
    """See `desk.plan`."""
    from . import desk

    return desk.plan(asked, options)


def save_manifest(asked: Asked, path: Path) -> int:
    """See `desk.save_manifest`."""
    from . import desk

    return desk.save_manifest(asked, path)
