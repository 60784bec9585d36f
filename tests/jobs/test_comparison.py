"""Two models on the same utterances."""

from pathlib import Path

import numpy as np
import pytest

from core_model.errors import HumpcatError
from training_jobs.comparison import compare
from training_jobs.manifest import Utterance
from training_jobs.outcome import NETWORK, Outcome

_LABELS = ("angry", "sad")


def _outcome(
    heard: list[int], truth: list[int], labels: tuple[str, ...] = _LABELS, first: int = 0
) -> Outcome:
    test = tuple(Utterance(Path(f"{n}.wav"), labels[t], "s", "c") for n, t in enumerate(truth, first))
    return Outcome("test", (), (), test, labels, np.array(truth), {NETWORK: np.eye(len(labels))[heard]})


def test_a_clear_difference_is_told_with_its_interval() -> None:
    truth = [0, 1] * 40
    wrong = [1 - t if n % 4 == 0 else t for n, t in enumerate(truth)]
    found = compare(("good", [_outcome(truth, truth)]), ("bad", [_outcome(wrong, truth)]))
    assert found.ua == pytest.approx((1.0, 0.75))
    assert found.agreement == (60, 20, 0, 0)
    assert found.chance == pytest.approx(2 * 0.5**20)
    assert found.sentence().startswith("good is ahead of bad by 25.0 points of UA")


def test_the_same_answers_are_no_difference() -> None:
    truth = [0, 1] * 10
    found = compare(("a", [_outcome(truth, truth)]), ("b", [_outcome(truth, truth)]))
    assert (found.difference, found.chance) == ((0.0, 0.0, 0.0), 1.0)
    assert "can be told from chance" in found.sentence()


def test_only_utterances_and_labels_that_both_know_count() -> None:
    one = _outcome([0, 1, 1], [0, 1, 1])
    other = _outcome([0, 1, 2], [0, 1, 2], ("angry", "sad", "bored"))
    found = compare(("one", [one]), ("other", [other]))
    assert found.count == 2
    assert found.alone == 2


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(HumpcatError, match="in common"):
        compare(("a", [_outcome([0], [0])]), ("b", [_outcome([0], [0], first=9)]))
