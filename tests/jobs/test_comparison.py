"""Two models on the same utterances."""

from pathlib import Path

import numpy as np
import pytest

from core_model.errors import HumpcatError
from core_model.files import write_json
from training_jobs.comparison import compare, compare_jobs
from training_jobs.jobs.run_folder import RunFolder, Spec, create_run
from training_jobs.manifest import Utterance
from training_jobs.outcome import NETWORK, OUTCOMES, Outcome, write_outcome

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
    assert found.ua_intervals[0] == (1.0, 1.0)
    (low, high), (wa_low, wa_high) = found.ua_intervals[1], found.wa_intervals[1]
    assert low < 0.75 < high and wa_low < 0.75 < wa_high
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


def test_an_answer_that_the_other_model_does_not_know_is_wrong() -> None:
    knows_more = _outcome([0, 2, 1], [0, 1, 1], ("angry", "sad", "bored"))
    found = compare(("one", [_outcome([0, 1, 1], [0, 1, 1])]), ("more", [knows_more]))
    assert found.agreement == (2, 1, 0, 0) and found.wa == pytest.approx((1, 2 / 3))


def test_of_few_utterances_no_model_is_called_better() -> None:
    truth = [0, 1] * 9
    found = compare(("a", [_outcome(truth, truth)]), ("b", [_outcome([1 - t for t in truth], truth)]))
    assert found.sentence() == "18 utterances are too few to tell which is better (20 or more are needed)."


def test_what_taints_the_figures_is_told_first() -> None:
    truth = [0, 1] * 10
    same = [_outcome(truth, truth)]
    found = compare(("a", same), ("b", same), "LEAKING: these figures are too high.")
    assert found.sentence().startswith("LEAKING: these figures are too high. No difference")
    assert found.to_json()["brand"].startswith("LEAKING")


def _job(heard: list[int], name: str, standardisation: str = "speaker", brand: str = "") -> RunFolder:
    run = create_run(Spec("evaluate", name, {"standardisation": standardisation}))
    write_outcome(run.checkpoint / OUTCOMES / "test.safetensors", _outcome(heard, [0, 1] * 10))
    write_json(run.report / "report.json", {"brand": brand})
    return run


def test_jobs_are_compared_with_what_taints_either() -> None:
    right = [0, 1] * 10
    found = compare_jobs(_job(right, "one"), _job([0] * 20, "other", brand="LEAKING."))
    assert (found.names, found.count, found.agreement) == (("one", "other"), 20, (10, 10, 0, 0))
    assert found.sentence().startswith("LEAKING. one is ahead of other by 50.0 points of UA")


def test_jobs_that_standardised_differently_are_not_compared() -> None:
    right = [0, 1] * 10
    with pytest.raises(HumpcatError, match="by speaker and by none"):
        compare_jobs(_job(right, "one"), _job(right, "other", "none"))


def test_a_job_that_has_tested_nothing_is_told() -> None:
    unfinished = create_run(Spec("evaluate", "one", {"standardisation": "speaker"}))
    with pytest.raises(HumpcatError, match="has tested nothing yet"):
        compare_jobs(unfinished, _job([0, 1] * 10, "other"))


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(HumpcatError, match="in common"):
        compare(("a", [_outcome([0], [0])]), ("b", [_outcome([0], [0], first=9)]))
