"""How right the estimate of an extraction is while it runs: a job on a corpus, with an empty cache.

    python tests/benchmarks/estimate.py CORPUS [MODEL]

Prints at each tenth of the work the time that the phase had taken, what the job said was left, and what was left in
truth; the last column is their ratio. It should lie between 0.67 and 1.33 from the first tenth on.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core_model.model_names import DEFAULT_MODEL
from training_jobs.jobs.options import ExtractOptions
from training_jobs.jobs.run_folder import RunFolder, Spec, create_run
from training_jobs.jobs.state import State

_POLL = 0.05  # s


def watch(run: RunFolder) -> list[tuple[float, State]]:
    """The states of a job's extraction, each with the time at which it was seen."""
    worker = subprocess.Popen([sys.executable, "-m", "training_jobs.worker", str(run.path)])
    seen: list[tuple[float, State]] = []
    while worker.poll() is None:
        state = run.written_state()
        if state.phase.startswith("Extracting") and (not seen or state != seen[-1][1]):
            seen.append((time.monotonic(), state))
        time.sleep(_POLL)
    seen.append((time.monotonic(), run.written_state()))
    return seen


def main(corpus: Path, model: str) -> None:
    """Extract, and compare."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["HUMPCAT_HOME"] = home
        options = ExtractOptions(corpora=(corpus,), model=model)
        seen = watch(create_run(Spec("extract", corpus.name, options.to_json())))
    began, end = seen[0][0], seen[-1][0]
    sys.stdout.write(f"{corpus.name}: {end - began:.0f} s\n share  taken  said   true   ratio\n")
    told = 0.0
    for at, state in seen:
        share = state.done / state.of if state.of else 0.0
        if share >= told + 0.1 and state.remaining and share < 1:
            told = int(share * 10) / 10
            true = end - at
            sys.stdout.write(
                f"{share:6.0%} {at - began:6.1f} {state.remaining:6.1f} {true:6.1f} {state.remaining / true:6.2f}\n"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2] if len(sys.argv) > 2 else DEFAULT_MODEL)
