"""Jobs as real processes: started, watched, killed."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core_model.files import content_hash
from training_jobs.jobs.options import TrainOptions
from training_jobs.jobs.run_folder import RunFolder, Spec, create_run
from training_jobs.outcome import OUTCOMES, read_outcomes
from training_jobs.recipe import Recipe

PATIENCE = 120.0  # s
QUICK = Recipe(epochs=5, batch=8, crop=1.0, mask=0.2, speeds=(0.9,), mixing=0.3, average=0.9)


def training(corpus: Path, **options: object) -> RunFolder:
    """A job that trains a small acoustic model, not started yet."""
    chosen = {
        "corpora": (corpus,),
        "labels": ("angry", "happy", "neutral", "sad"),
        "features": ("mfcc", "prosody"),
        "recipe": QUICK,
        "device": "cpu",
        **options,
    }
    return create_run(Spec("train", "small", TrainOptions(**chosen).to_json()))  # type: ignore[arg-type]


def worker(run: RunFolder, preparation: Callable[[], None] | None = None) -> "subprocess.Popen[bytes]":
    """Start a job's process as a child of this one."""
    with run.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "training_jobs.worker", str(run.path)],
            stdout=log,
            stderr=log,
            preexec_fn=preparation,
        )


def wait_for(condition: Callable[[], bool], what: str = "it") -> None:
    """Look until something is so.

    Raises:
        TimeoutError: it never is.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.02)


def wait_for_event(run: RunFolder, kind: str, text: str = "") -> None:
    """Wait until a job has told of something."""
    wait_for(
        lambda: any(event["event"] == kind and text in str(event) for event, _ in run.events()),
        f"{kind} {text}",
    )


def result(run: RunFolder) -> tuple[str, list[bytes]]:
    """All that a job came to, to the bit: the hash of its weights, and every prediction."""
    predictions = [
        np.concatenate([outcome.predictions[kind].ravel() for kind in sorted(outcome.predictions)]).tobytes()
        for outcome in read_outcomes(run.checkpoint / OUTCOMES)
    ]
    return content_hash(run.bundle / "model.safetensors"), predictions
