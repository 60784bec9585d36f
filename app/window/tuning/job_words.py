"""Jobs in words: what they do, how far they are, how they ended."""

import time

from training_jobs.jobs.state import CANCELLED, DONE, FAILED, INTERRUPTED, QUEUED, RUNNING

from ...jobs_watch import Job
from ...translation import tr
from .plan_view import duration

KINDS = {
    "finetune": tr("Fine-tuning"),
    "train": tr("Source model"),
    "evaluate": tr("Evaluation"),
    "predict": tr("Prediction"),
    "extract": tr("Features"),
    "benchmark": tr("Benchmark"),
}
ICONS = {  # icon and colour by status
    QUEUED: ("hourglass", "muted"),
    RUNNING: ("spinner-gap", "accent"),
    DONE: ("check-circle", "good"),
    FAILED: ("warning-circle", "error"),
    CANCELLED: ("x-circle", "muted"),
    INTERRUPTED: ("warning", "warning"),
}

_ENDED = {
    DONE: tr("{kind_of} {name} is done."),
    FAILED: tr("{kind_of} {name} has failed."),
    CANCELLED: tr("{kind_of} {name} was cancelled."),
    INTERRUPTED: tr("{kind_of} {name} was interrupted."),
}


def kind_of(job: Job) -> str:
    """The kind, for people."""
    return KINDS.get(job.kind, job.kind)


def started_at(job: Job) -> str:
    """When it was asked for."""
    return time.strftime("%d %b %H:%M", time.localtime(job.state.created)) if job.state.created else ""


def doing(job: Job) -> str:
    """What it does now, how far it is, or how it ended, in a few words."""
    state = job.state
    if state.status == DONE:
        took = state.ended - state.started
        return (
            tr("Done in {duration}").format(duration=duration(took))
            if state.started and took > 0
            else tr("Done")
        )
    if state.is_over:
        return state.message or tr(state.status.capitalize())
    share = f" {100 * state.done / state.of:.0f} %" if state.of else ""
    left = (
        tr(", about {duration} left").format(duration=duration(state.remaining))
        if state.remaining is not None
        else ""
    )
    return f"{state.phase or tr(state.status.capitalize())}{share}{left}"


def ended_sentence(job: Job) -> str:
    """What is told wherever the user is, once it is over."""
    return _ENDED[job.state.status].format(kind_of=kind_of(job), name=job.name)
