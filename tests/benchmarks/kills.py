"""Kills a short job at random moments, resumes it, and compares what it comes to with an undisturbed one, bit for bit.

    python tests/benchmarks/kills.py [KILLS] [SEED]

Prints a line for each kill: when it came, and what the job was doing. Then cancels one job in each phase and prints how
long it took until the job was cancelled, and until its process was gone.
"""

import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from job_runs import result, training, wait_for_event, worker
from voices import emodb_like

from training_jobs.jobs.run_folder import RunFolder
from training_jobs.jobs.state import DONE

PHASES = (
    ("phase", "Comparing"),
    ("phase", "Extracting"),
    ("epoch", "'number': 2"),
    ("phase", "Testing"),
    ("phase", "Writing"),
)


def say(text: str) -> None:
    """One line of the log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def kill_through(run: RunFolder, chosen: random.Random, duration: float) -> int:
    """Work on a job until it is done, killing it at random moments; how often that was."""
    kills = 0
    while run.state().status != DONE:
        process = worker(run)
        after = chosen.uniform(0.3, duration)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after)
        process.kill()
        if process.wait() < 0:
            kills += 1
            state = run.written_state()
            say(f"{run.id[-4:]} killed after {after:4.1f} s: {state.phase or state.status}")
    return kills


def main(kills: int, seed: int) -> None:
    """Kill until there were enough kills; then cancel."""
    chosen = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"HUMPCAT_HOME": f"{folder}/home", "OMP_NUM_THREADS": "1"}
        corpus = emodb_like(Path(folder) / "corpus", (3, 8, 9, 10, 11), each=2)
        whole = training(corpus)
        began = time.monotonic()
        assert worker(whole).wait() == 0, whole.log.read_text()
        duration, expected = time.monotonic() - began, result(whole)
        say(f"undisturbed: {duration:.1f} s, weights {expected[0][:16]}")
        count, jobs = 0, 0
        while count < kills:
            os.environ["HUMPCAT_HOME"] = (
                f"{folder}/home{jobs}"  # a cache of its own: extraction is killed, too
            )
            run = training(corpus)
            count += kill_through(run, chosen, duration)
            jobs += 1
            same = result(run) == expected
            say(f"{run.id[-4:]} done: {'the same to the bit' if same else 'ANOTHER RESULT'}")
            assert same
        say(f"{count} kills of {jobs} jobs, each with the identical result")
        for kind, text in PHASES:
            run = training(corpus)
            process = worker(run)
            wait_for_event(run, kind, text)
            asked = time.monotonic()
            run.ask_cancel()
            while not run.written_state().is_over:
                time.sleep(0.01)
            stopped = time.monotonic() - asked
            process.wait()
            gone = time.monotonic() - asked
            status = run.state().status
            say(f"asked in {text!r}: {status} after {stopped:.2f} s, its process gone after {gone:.2f} s")


if __name__ == "__main__":
    main(*map(int, (sys.argv[1:] + ["50", "0"][len(sys.argv) - 1 :])[:2]))
