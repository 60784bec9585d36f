"""The queue: one job at a time, in the order of their start, whatever becomes of those that wait."""

from pathlib import Path

from job_runs import training, wait_for, worker
from voices import emodb_like

from training_jobs.jobs.state import DONE, QUEUED, RUNNING


def test_a_job_killed_while_it_waited_has_its_turn_when_it_is_resumed(tmp_path: Path) -> None:
    corpus = emodb_like(tmp_path / "corpus", (3, 8, 9, 10, 11), each=1)
    first, second = training(corpus), training(corpus)
    running = worker(first)
    wait_for(lambda: first.state().status == RUNNING, "the first job")
    waiting = worker(second)
    wait_for(lambda: second.written_state().phase.startswith("Waiting"), "the second job to wait")
    assert second.state().status == QUEUED
    for process in (waiting, running):
        process.kill()
        process.wait()
    assert worker(second).wait() == 0, second.log.read_text()
    assert second.state().status == DONE
