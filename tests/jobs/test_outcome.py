from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core_model.errors import HumpcatError
from training_jobs.epoch import Epoch
from training_jobs.manifest import Utterance
from training_jobs.metrics import measure
from training_jobs.outcome import NETWORK, PROBE, Outcome, read_outcome, read_outcomes, write_outcome

LABELS = ("angry", "sad")


def outcome(name: str = "draw 1") -> Outcome:
    truth = np.array([0, 1, 1])
    said = np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
    spoken = tuple(Utterance(Path(f"{k}.wav"), LABELS[k], f"s{k}", "own", 0.5, 1.25) for k in truth)
    epochs = (Epoch(1, 0.7), Epoch(2, 0.1 + 0.2, measure(LABELS, truth, said)))
    return Outcome(
        name,
        spoken[:1],
        (),
        spoken,
        LABELS,
        truth,
        {NETWORK: said, PROBE: 1 - said},
        epochs,
        2,
        {"own/s0": "speaker"},
    )


def test_an_outcome_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    written = outcome()
    write_outcome(tmp_path / "draw-01.safetensors", written)
    back = read_outcome(tmp_path / "draw-01.safetensors")
    for name in ("name", "train", "validation", "test", "labels", "epochs", "best", "standardisation"):
        assert getattr(back, name) == getattr(written, name)
    np.testing.assert_array_equal(back.truth, written.truth)
    assert set(back.predictions) == {NETWORK, PROBE}
    np.testing.assert_array_equal(back.predictions[PROBE], written.predictions[PROBE])
    assert back.metrics().ua == 0.75 and back.metrics(PROBE).ua == 0.25


def test_outcomes_come_in_the_order_of_their_files(tmp_path: Path) -> None:
    for number in (2, 10, 1):
        write_outcome(tmp_path / f"draw-{number}.safetensors", replace(outcome(), name=f"draw {number}"))
    assert [each.name for each in read_outcomes(tmp_path)] == ["draw 1", "draw 2", "draw 10"]


def test_a_cut_outcome_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "draw.safetensors"
    write_outcome(path, outcome())
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(HumpcatError, match="damaged"):
        read_outcome(path)
