"""Training by folds, by speakers in turn, and on splits of the user's, through the command, to the end."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from voices import emodb_like

from core_model.bundle import find_bundle
from training_jobs.evaluation import fit_temperature, with_temperature
from training_jobs.jobs.run_folder import find_run
from training_jobs.outcome import NETWORK, OUTCOMES, UNKNOWN, pooled, read_outcomes

Humpcat = Callable[..., subprocess.CompletedProcess[str]]
QUICK = ("--features", "mfcc,prosody", "--epochs", 2)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return emodb_like(tmp_path / "corpus", speakers=(3, 8, 9, 10), each=1)


def test_speakers_in_turn_make_a_model_though_one_of_them_cannot_be_read(here: Humpcat, corpus: Path) -> None:
    for file in corpus.glob("08*.wav"):
        file.write_text("no sound", encoding="utf-8")
    words = ("--name", "turns", "--protocol", "leave-one-speaker-out")
    trained = here("train", corpus, *words, *QUICK)
    assert trained.returncode == 0, trained.stderr
    run = find_run("last")
    outcomes = read_outcomes(run.checkpoint / OUTCOMES)
    assert sum(bool(outcome.truth.size) for outcome in outcomes) == 3
    assert "| emodb | 12 | 3 |" in find_bundle("turns").card()
    assert not (run.checkpoint / "training.safetensors").exists()


def test_the_temperature_after_folds_fits_what_the_networks_said_before_theirs(
    here: Humpcat, corpus: Path
) -> None:
    trained = here("train", corpus, "--name", "folds", "--protocol", "folds", "--folds", 2, *QUICK)
    assert trained.returncode == 0, trained.stderr
    outcomes = read_outcomes(find_run("last").checkpoint / OUTCOMES)
    assert len({outcome.temperature for outcome in outcomes}) == 2  # each fold has one of its own
    everything = pooled(outcomes)
    raw = [
        with_temperature(outcome.predictions[kind], 1 / outcome.temperature)
        for kind in (NETWORK, UNKNOWN)
        for outcome in outcomes
    ]
    truth = [*everything.truth, *everything.truth]
    expected = fit_temperature(np.array(truth), np.concatenate(raw))
    assert find_bundle("folds").temperature == pytest.approx(expected)


def test_split_files_that_cannot_be_told_apart_or_train_nothing_are_refused(
    here: Humpcat, corpus: Path, tmp_path: Path
) -> None:
    assert here("train", corpus, "--name", "one", *QUICK).returncode == 0
    made = find_run("last").path / "splits" / "test.csv"
    (tmp_path / "other").mkdir()
    again = tmp_path / "other" / "test.csv"
    again.write_bytes(made.read_bytes())
    refused = here("train", corpus, "--name", "two", "--split", made, again, *QUICK)
    assert refused.returncode == 1 and "Several split files are called test" in refused.stderr
    again.write_text(made.read_text().replace("train,", "test,").replace("validation,", "test,"))
    refused = here("train", corpus, "--name", "two", "--split", again, *QUICK)
    assert refused.returncode == 1 and "leaves nothing to train on" in refused.stderr
