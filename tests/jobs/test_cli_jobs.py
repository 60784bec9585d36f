"""`humpcat jobs`, and what starts jobs that are left to themselves."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from job_runs import training, wait_for, worker
from voices import emodb_like

from core_model.cache import FeatureCache
from training_jobs.jobs.run_folder import find_run
from training_jobs.jobs.state import CANCELLED, DONE, INTERRUPTED, RUNNING

Humpcat = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return emodb_like(tmp_path_factory.mktemp("corpora") / "corpus", (3, 8, 9, 10, 11), each=1)


def test_without_jobs_it_is_told_what_starts_some(here: Humpcat, home: Path) -> None:
    assert "'humpcat train'" in here("jobs", "list").stdout
    assert json.loads(here("jobs", "list", "--json").stdout) == []
    result = here("jobs", "show", "last")
    assert result.returncode == 1 and "There is no job 'last'." in result.stderr


def test_a_job_left_to_itself_is_watched_shown_and_deleted(here: Humpcat, corpus: Path, model: Path) -> None:
    started = here("extract", corpus, "--detach")
    assert started.returncode == 0
    name = started.stdout.strip()
    assert here("jobs", "wait", name).returncode == 0
    assert find_run(name).state().status == DONE
    assert any(FeatureCache().folder.glob("*/*.features"))
    assert name in here("jobs", "list").stdout
    (told,) = json.loads(here("jobs", "list", "--json").stdout)
    assert (told["id"], told["status"]) == (name, DONE)
    shown = here("jobs", "show", "last")
    assert "status: done" in shown.stdout and str(find_run(name).path) in shown.stdout
    assert "training_jobs" in here("jobs", "logs", name).stdout or find_run(name).log.is_file()
    refused = here("jobs", "cancel", name)
    assert refused.returncode == 1 and "done already" in refused.stderr
    assert here("jobs", "delete", name).returncode == 0
    assert "No jobs yet" in here("jobs", "list").stdout


def test_features_extracted_ahead_are_those_that_a_test_needs(
    here: Humpcat, corpus: Path, model: Path
) -> None:
    result = here("extract", corpus)
    assert result.returncode == 0 and "in the cache: 20 of 20 utterances." in result.stdout, result.stderr
    before = set(FeatureCache().folder.glob("*/*"))
    assert here("evaluate", corpus).returncode == 0
    made = set(FeatureCache().folder.glob("*/*")) - before
    assert not made


def test_how_a_job_ended_is_the_exit_code_of_who_waits(here: Humpcat, corpus: Path) -> None:
    run = training(corpus)
    process = worker(run)
    wait_for(lambda: run.state().status == RUNNING, "the job")
    assert here("jobs", "cancel", run.id).stdout == f"{run.id}: {CANCELLED}\n"
    process.wait()
    waited = here("jobs", "wait", run.id)
    assert waited.returncode == 130
    assert waited.stderr == (
        f"humpcat: The job was cancelled. 'humpcat jobs resume {run.id}' goes on where it was.\n"
    )
    process = worker(run)
    wait_for(lambda: run.state().status == RUNNING, "the job")
    process.kill()
    process.wait()
    waited = here("jobs", "wait", run.id)
    assert (waited.returncode, run.state().status) == (130, INTERRUPTED)
    resumed = here("jobs", "resume", run.id)
    assert resumed.returncode == 0 and "Confusion" in resumed.stdout, resumed.stderr
    bad = training(corpus, labels=("angry", "bored"))
    assert worker(bad).wait() == 1
    failed = here("jobs", "wait", bad.id)
    assert failed.returncode == 1 and "bored" in failed.stderr
