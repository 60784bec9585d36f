"""Run folders: what is written is whole, what is torn is passed over, what is dead is told as interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from core_model.errors import HumpcatError
from training_jobs.jobs.estimate import Estimate
from training_jobs.jobs.run_folder import RunFolder, Spec, create_run, find_run, list_runs
from training_jobs.jobs.start import start
from training_jobs.jobs.state import INTERRUPTED, QUEUED, RUNNING, State, looked_at, this_process


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_run(Spec("finetune", "To Urdu: 10 %!", {"model": "default"}), tmp_path)


def test_a_new_job_is_queued_and_says_all_that_is_to_be_done(run: RunFolder) -> None:
    assert run.spec() == Spec("finetune", "To Urdu: 10 %!", {"model": "default"})
    assert run.state().status == QUEUED
    assert "-finetune-to-urdu-10-" in run.id
    assert [path.name for path in run.path.parent.iterdir()] == [run.id]


def test_a_spec_of_another_version_is_refused_with_what_to_do(run: RunFolder) -> None:
    told = json.loads((run.path / "spec.json").read_text())
    for change in ({"version": 2}, {"kind": "cook"}):
        (run.path / "spec.json").write_text(json.dumps({**told, **change}))
        with pytest.raises(HumpcatError, match="another version of this program"):
            run.spec()


def test_events_are_read_from_where_one_stopped_and_torn_lines_are_passed_over(run: RunFolder) -> None:
    run.add_event("phase", {"text": "Lernen: äöü"})
    ((first, offset),) = run.events()
    assert first["text"] == "Lernen: äöü"
    with (run.path / "events.jsonl").open("ab") as stream:
        stream.write(b'{"event": "epoch", "numb')  # killed while it wrote
    assert list(run.events(offset)) == []
    run.mend_events()
    run.add_event("phase", {"text": "again"})
    assert [event["text"] for event, _ in run.events(offset)] == ["again"]
    run.mend_events()
    assert len(list(run.events())) == 2


def test_jobs_are_found_by_a_part_of_their_id_and_by_their_folder(tmp_path: Path) -> None:
    first = create_run(Spec("train", "english", {}), tmp_path)
    second = create_run(Spec("finetune", "urdu", {}), tmp_path)
    assert [run.id for run in list_runs(tmp_path)] == [second.id, first.id]
    assert find_run("urdu", tmp_path) == second and find_run("last", tmp_path) == second
    assert find_run(str(first.path)).id == first.id
    with pytest.raises(HumpcatError, match="2 jobs have '-' in their names"):
        find_run("-", tmp_path)
    with pytest.raises(HumpcatError, match="There is no job 'polish'"):
        find_run("polish", tmp_path)


def test_a_job_whose_process_is_gone_was_interrupted(run: RunFolder) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    started = psutil.Process(child.pid).create_time()
    state = State(
        status=RUNNING, created=time.time(), pid=child.pid, pid_started=started, host=os.uname().nodename
    )
    run.write_state(state)
    assert run.state().status == RUNNING
    os.kill(child.pid, signal.SIGSTOP)  # asleep, with an old heartbeat, is not dead
    assert looked_at(State(**{**state.to_json(), "heartbeat": time.time() - 9999})).status == RUNNING
    os.kill(child.pid, signal.SIGCONT)
    child.kill()
    child.wait()
    ended = run.state()
    assert ended.status == INTERRUPTED and "killed" in ended.message and "Resume" in ended.hint
    assert run.written_state().status == RUNNING


def test_on_windows_too_a_job_is_started_apart_from_the_console(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    class Process:
        def __init__(self, command: list[str], **facts: Any) -> None:
            asked.update(facts, command=command)

        def poll(self) -> int:
            return 0

    # The numbers that Windows gives them, where other systems have none.
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    monkeypatch.setattr(subprocess, "DETACHED_PROCESS", 0x8, raising=False)
    monkeypatch.setattr(subprocess, "Popen", Process)
    start(run)
    assert asked["creationflags"] == 0x208 and asked["start_new_session"]
    assert asked["command"][-1] == str(run.path)


def test_another_process_of_the_same_number_is_not_the_jobs() -> None:
    mine = State(status=RUNNING, **this_process())
    assert looked_at(mine).status == RUNNING
    assert looked_at(State(**{**mine.to_json(), "pid_started": mine.pid_started - 60})).status == INTERRUPTED


def test_a_job_that_no_process_took_up_is_interrupted_after_a_while() -> None:
    assert looked_at(State(created=time.time())).status == QUEUED
    assert looked_at(State(created=time.time() - 60)).status == INTERRUPTED
    assert looked_at(State(created=time.time() - 60, heartbeat=time.time())).status == QUEUED


def test_a_job_on_another_machine_is_known_by_its_heartbeat() -> None:
    there = State(status=RUNNING, pid=1, host="elsewhere", heartbeat=time.time() - 30)
    assert looked_at(there).status == RUNNING
    assert looked_at(State(**{**there.to_json(), "heartbeat": time.time() - 600})).status == INTERRUPTED


def test_a_job_under_way_is_not_deleted(run: RunFolder) -> None:
    run.write_state(State(status=RUNNING, **this_process()))
    with pytest.raises(HumpcatError, match="under way"):
        run.delete()
    run.write_state(State(status=INTERRUPTED))
    run.delete()
    assert not run.path.exists()


def test_even_work_is_estimated_right_from_a_tenth_on() -> None:
    now = 100.0
    estimate = Estimate(lambda: now)
    told = []
    for done in range(101):
        now = 100 + 0.5 * done + (0.2 if done % 2 else 0.0)
        told.append(estimate.remaining(done, 100))
    assert told[:2] == [None, None]
    for done in range(10, 100):
        left = told[done]
        assert left is not None and abs(left - 0.5 * (100 - done)) < 0.34 * 0.5 * (100 - done)


def test_work_taken_up_in_the_middle_is_estimated_by_what_was_done_since() -> None:
    now = 0.0
    estimate = Estimate(lambda: now)
    assert estimate.remaining(50, 100) is None
    now = 10.0
    assert estimate.remaining(60, 100) == pytest.approx(40.0)


def test_what_comes_before_the_first_step_does_not_count() -> None:
    now = iter([0.0, 20.0, 40.0, 50.0])
    estimate = Estimate(lambda: next(now))
    assert [estimate.remaining(0, 1) for _look_at_a_file in range(3)] == [None] * 3
    assert estimate.remaining(10, 100) == pytest.approx(90.0)
