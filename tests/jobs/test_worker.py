"""Jobs as users meet them: killed, cancelled, queued, out of disk, robbed of files; and always the same result."""

import contextlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from job_runs import QUICK, result, training, wait_for, wait_for_event, worker
from voices import emodb_like

from core_model.settings import settings_file
from training_jobs.jobs.run_folder import RunFolder
from training_jobs.jobs.start import resume, start
from training_jobs.jobs.state import CANCELLED, DONE, FAILED, INTERRUPTED, QUEUED, RUNNING
from training_jobs.worker import keep_to

SPEAKERS = (3, 8, 9, 10, 11)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return emodb_like(tmp_path_factory.mktemp("corpora") / "corpus", SPEAKERS, each=2)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> tuple[str, list[bytes]]:
    """What the job comes to when nothing disturbs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUMPCAT_HOME", str(tmp_path_factory.mktemp("whole")))
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        run = training(corpus)
        assert worker(run).wait() == 0, run.log.read_text()
    return result(run)


def test_a_job_leaves_a_bundle_a_report_its_splits_and_its_story(corpus: Path) -> None:
    run = training(corpus, install="mine")
    assert worker(run).wait() == 0, run.log.read_text()
    state = run.state()
    assert (state.status, state.attempt) == (DONE, 1) and state.started <= state.ended
    assert json.loads((run.report / "report.json").read_text())["leaks"]["found"] is False
    assert (run.report / "report.html").is_file() and (run.path / "splits" / "test.csv").is_file()
    kinds = [event["event"] for event, _ in run.events()]
    assert kinds.count("epoch") == 5 and kinds.count("metrics") == 1
    assert not (run.checkpoint / "training.safetensors").exists()
    assert worker(run).wait() == 0  # once more is no harm
    assert run.state().attempt == 1


def test_a_job_killed_at_any_moment_ends_as_if_it_never_had_been(
    corpus: Path, whole: tuple[str, list[bytes]]
) -> None:
    run = training(corpus)
    chosen = random.Random(7)
    kills = 0
    while run.state().status != DONE:
        process = worker(run)
        # Later and later, so that each kill meets the work in another phase.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2.0 + chosen.uniform(0, 2.0) * (kills + 1))
        process.kill()
        if process.wait() == -signal.SIGKILL:
            kills += 1
            state = run.state()
            assert state.status == DONE or (state.status == INTERRUPTED and "killed" in state.message)
    assert kills >= 1
    assert result(run) == whole


def test_a_cancelled_job_stops_soon_in_every_phase_and_can_be_resumed(corpus: Path) -> None:
    # After the first fold's test four more folds are to come: in none of the phases the job ends by itself.
    run = training(corpus, protocol="folds", folds=5, recipe=replace(QUICK, epochs=12))
    phases = [("phase", "Extracting"), ("epoch", "'number': 2"), ("phase", "Testing")]
    for attempt, (kind, text) in enumerate(phases, start=1):
        process = worker(run)
        wait_for_event(run, kind, text)
        asked = time.time()
        run.ask_cancel()
        assert process.wait() == 130
        state = run.state()
        assert (state.status, state.attempt) == (CANCELLED, attempt)
        # A second is promised, and told by tests/benchmarks/kills.py; a busy machine may take longer.
        assert state.ended - asked < 5


def test_a_process_told_to_end_is_interrupted_and_says_so(corpus: Path) -> None:
    run = training(corpus)
    process = worker(run)
    wait_for_event(run, "epoch")
    process.terminate()
    assert process.wait() == 130
    assert run.state().status == INTERRUPTED and "told to end" in run.state().message


def test_a_machine_that_slept_goes_on(corpus: Path, whole: tuple[str, list[bytes]]) -> None:
    run = training(corpus)
    process = worker(run)
    wait_for_event(run, "epoch")
    process.send_signal(signal.SIGSTOP)
    beat = run.written_state().heartbeat
    wait_for(lambda: time.time() - beat > 3, "a heartbeat to grow old")
    assert run.state().status == RUNNING
    process.send_signal(signal.SIGCONT)
    assert process.wait() == 0
    assert result(run) == whole


def test_two_jobs_take_turns_in_the_order_of_their_start(corpus: Path) -> None:
    first, second, third = (training(corpus) for _ in range(3))
    processes = [worker(first)]
    wait_for(lambda: first.state().status == RUNNING, "the first job")
    for run in (second, third):
        processes.append(worker(run))
        wait_for_event_free(run)
    assert second.state().status == QUEUED and third.state().status == QUEUED
    wait_for(lambda: second.id in third.state().phase, "the third job to wait for the second")
    processes[1].kill()
    assert [process.wait() for process in processes] == [0, -9, 0]
    assert second.state().status == INTERRUPTED
    assert third.state().started >= first.state().ended


def wait_for_event_free(run: RunFolder) -> None:
    """Wait until a job's process says that it waits for another."""
    wait_for(lambda: "Waiting" in run.written_state().phase, "the queue")


def test_a_second_process_on_one_job_is_sent_away(corpus: Path) -> None:
    run = training(corpus)
    process = worker(run)
    wait_for(lambda: run.state().status == RUNNING, "the job")
    assert worker(run).wait() == 1
    assert "Another process works on the job" in run.log.read_text()
    run.ask_cancel()
    process.wait()


def test_a_corpus_file_that_vanishes_fails_the_job_which_resumes_when_it_is_back(
    corpus: Path, tmp_path: Path, whole: tuple[str, list[bytes]]
) -> None:
    copy = tmp_path / "corpus"
    shutil.copytree(corpus, copy)
    run = training(copy)
    process = worker(run)
    wait_for_event(run, "phase", "Extracting")
    process.kill()
    process.wait()
    lost = sorted(copy.iterdir())[-1]
    lost.rename(tmp_path / "elsewhere.wav")
    assert worker(run).wait() == 1
    state = run.state()
    assert state.status == FAILED and str(lost) in state.message and "Put them back" in state.hint
    (tmp_path / "elsewhere.wav").rename(lost)
    start(run)  # a failed job is resumed by whoever starts its process
    wait_for(lambda: run.written_state().attempt == 3 and run.state().is_over, "the end")
    assert result(run)[1] == whole[1]


def test_a_full_disk_fails_the_job_and_loses_nothing(corpus: Path, whole: tuple[str, list[bytes]]) -> None:
    run = training(corpus)
    assert worker(run, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))).wait() == 1
    state = run.state()
    assert state.status == FAILED and "cannot be written" in state.message, state
    resume(run)
    wait_for(lambda: run.state().is_over and run.state().attempt == 2, "the end")
    assert run.state().status == DONE, run.log.read_text()
    assert result(run) == whole


# A disk of its own, with the job on it, that is full to the last byte; what the job says in the end is carried off it.
FULL_DISK = """
mount -t tmpfs -o size=1m tmpfs "$1" && cp -r "$2" "$1/run" || exit 77
cat /dev/zero > "$1/rest" 2> "$1/rest.log"
"$3" -P -m training_jobs.worker "$1/run" > /dev/null
code=$?
cp "$1/run/state.json" "$2/state.json"
exit $code
"""


def test_a_job_on_a_disk_without_a_byte_left_says_so(corpus: Path, tmp_path: Path) -> None:
    run = training(corpus)
    (tmp_path / "disk").mkdir()
    command = ["unshare", "-rm", "sh", "-c", FULL_DISK, "sh", tmp_path / "disk", run.path, sys.executable]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare, which gives a process a disk of its own")
    if ended.returncode == 77 or "unshare:" in ended.stderr:
        pytest.skip(f"no disk of its own for a process here: {ended.stderr}")
    assert ended.returncode == 1
    state = run.written_state()
    assert state.status == FAILED and "The disk is full" in state.message and "Free some space" in state.hint


def test_a_job_outlives_whoever_started_it(corpus: Path) -> None:
    run = training(corpus)
    pid = os.fork()
    if not pid:  # the starter, which ends at once
        start(run)
        os._exit(0)
    os.waitpid(pid, 0)
    wait_for(lambda: run.state().is_over, "the end")
    assert run.state().status == DONE


def test_settings_that_are_damaged_fail_the_job_with_a_sentence(corpus: Path) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("job_threads = 'all'")
    run = training(corpus)
    assert worker(run).wait() == 1
    assert run.state().status == FAILED and "job_threads in" in run.state().message


def test_a_job_keeps_to_the_threads_that_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = torch.get_num_threads()
    try:
        keep_to(0)
        assert torch.get_num_threads() == before and os.environ["OMP_NUM_THREADS"] == "1"
        keep_to(before + 1)
        assert torch.get_num_threads() == before + 1 and os.environ["OMP_NUM_THREADS"] == str(before + 1)
    finally:
        torch.set_num_threads(before)


def test_a_job_of_bad_options_fails_with_a_sentence(corpus: Path) -> None:
    for options, told in (
        ({"labels": ("angry", "bored")}, "No utterance is labelled bored"),
        ({"folds": 9, "protocol": "folds"}, "at least 9 speakers"),
        ({"encoder": "nobody", "features": ("hubert", "mfcc")}, "nobody"),
    ):
        run = training(corpus, **options)
        assert worker(run).wait() == 1
        assert run.state().status == FAILED and told in f"{run.state().message} {run.state().hint}"
