"""From a project's rows to agreement as it is shown: who is compared, in what, what is disputed and what decided."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rated_projects import LENGTH, rated, segment

from app.agreement_view import (
    MODEL,
    Comparison,
    Question,
    compare,
    default_raters,
    raters_named,
    with_intervals,
)
from core_model import agreement
from core_model.errors import HumpcatError
from core_model.exchange.content import content_of
from core_model.project import editing
from core_model.project.edit import Edit, RowChange, added
from core_model.project.project import Project
from core_model.project.rows import ADJUDICATED, GOLD, AnnotationRow

SAID = {"R1": "aahhsS", "Beate": "aahnsa", "Chandra": "ahhnss"}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = rated(tmp_path / "study.humpcat", SAID, predicted="aahhss")
    yield made
    made.close()


def _compared(
    project: Project, *raters: int, what: str = "label", recording: int | None = None
) -> Comparison:
    content = content_of(project)
    return compare(content, Question(raters or default_raters(content), what, recording))


def _value(found: Comparison, name: str) -> float | None:
    return next(measure.found.value for measure in found.measures if measure.name == name)


def test_coefficients_are_those_of_the_table(project: Project) -> None:
    found = _compared(project)
    assert [each.name for each in found.participants] == ["R1", "Beate", "Chandra"]
    assert found.common == 6
    assert _value(found, "Fleiss' κ") == agreement.fleiss_kappa(found.table, 0).value
    assert _value(found, "Krippendorff's α") == agreement.krippendorff_alpha(found.table, resamples=0).value
    assert [pair.kappa.name for pair in found.pairs] == ["R1 – Beate", "R1 – Chandra", "Beate – Chandra"]
    assert found.pairs[0].kappa.found.value == agreement.cohen_kappa(found.table[:, :2], resamples=0).value


def test_intervals_come_afterwards_and_can_be_stopped(project: Project) -> None:
    found = _compared(project)
    assert all(measure.found.low is None for measure in found.measures)
    whole = with_intervals(found)
    for before, after in zip(found.measures, whole.measures, strict=True):
        assert after.found.value == before.found.value
        assert after.found.low is not None and after.found.high is not None

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        with_intervals(found, check=stop)


def test_what_most_differ_about_comes_first(project: Project) -> None:
    found = _compared(project)
    assert [unit.segment.start // LENGTH for unit in found.disputes] == [1, 3, 5]
    assert [unit.majority for unit in found.disputes] == ["angry", "neutral", "sad"]
    last = found.disputes[-1].said
    assert [each.unsure for each in last if each is not None] == [True, False, False]
    assert [(row.start // LENGTH, label) for row, label in found.undisputed] == [
        (0, "angry"), (2, "happy"), (4, "sad"),
    ]  # fmt: skip


def test_two_who_differ_have_no_majority(project: Project) -> None:
    assert {unit.majority for unit in _compared(project, 1, 2).disputes} == {None}


def test_confusion_counts_rows_for_the_first(project: Project) -> None:
    found = _compared(project, 1, 2)
    counts = found.confusion(0, 1)
    happy, neutral = found.labels.index("happy"), found.labels.index("neutral")
    assert counts[happy, neutral] == 1 and counts[neutral, happy] == 0
    assert counts.sum() == 6


def test_the_model_is_no_person_and_has_no_vote(project: Project) -> None:
    found = _compared(project, 1, 2, MODEL)
    model = found.participants[2]
    assert (model.name, model.detail, model.person) == ("model", "default", False)
    assert found.disputes[0].majority is None  # R1 and the model say happy, Beate neutral
    assert len(found.undisputed) == 4
    assert not _compared(project, 1, MODEL).undisputed  # one person alone decides nothing


def test_predictions_of_other_bounds_are_not_of_these_segments(project: Project) -> None:
    project.apply(editing.move_edges(project, segment(project, 1, 5), 5 * LENGTH + 100, 6 * LENGTH))
    found = _compared(project, 1, MODEL)
    assert found.common == 5


def test_what_gold_says_counts_as_decided(project: Project) -> None:
    first = _compared(project).disputes[0]
    edit = editing.adjudicate_all(project, [(first.segment, "neutral")])
    project.apply(edit)
    found = _compared(project)
    assert found.disputes[0].gold == "neutral" and found.decided == 1
    others = editing.adjudicate_all(project, found.undisputed)
    project.apply(others)
    assert _compared(project).undisputed == ()
    assert len(_gold(project)) == 4
    for each in (others, edit):
        project.apply(each.reversed())
    assert _compared(project).decided == 0


def test_ratings_are_compared_by_how_far_they_are_apart(project: Project) -> None:
    for rater, values in ((1, (1, 4, 4, 4, 4, 4)), (2, (7, 4, 5, 4, 4, 6))):
        for second, value in enumerate(values):
            project.apply(editing.set_rating([segment(project, rater, second)], "arousal", value))
    found = _compared(project, 1, 2, what="arousal")
    assert [unit.segment.start // LENGTH for unit in found.disputes] == [0, 5, 2]
    assert [unit.share for unit in found.disputes] == pytest.approx([1, 2 / 6, 1 / 6])
    assert [measure.name for measure in found.measures] == [
        "Agreement", "Weighted κ", "α, ordinal", "α, interval",
    ]  # fmt: skip
    values = found.table + 1
    assert _value(found, "α, interval") == agreement.krippendorff_alpha(values, "interval", 0).value
    assert not found.undisputed


def test_one_recording_alone(tmp_path: Path) -> None:
    project = rated(tmp_path / "two.humpcat", SAID, recordings=2)
    assert (_compared(project).common, _compared(project, recording=2).common) == (12, 6)
    project.close()


def test_what_is_undefined_has_a_reason(tmp_path: Path) -> None:
    project = rated(tmp_path / "same.humpcat", {"R1": "aaa", "Beate": "aaa-", "Chandra": "---a"})
    found = _compared(project, 1, 2)
    reasons = {measure.name: measure.reason for measure in found.measures}
    assert reasons["Agreement"] == ""
    assert "only one label was used" in reasons["Cohen's κ"]
    all_three = _compared(project, 1, 2, 3)
    assert "no unit was labelled by all 3" in {measure.reason for measure in all_three.measures}
    assert [pair.kappa.reason for pair in all_three.pairs][1:] == ["no unit in common"] * 2
    project.close()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"R1": "aaa"}, "needs two raters"),
        ({"R1": "...", "Beate": "..."}, "Nobody has labels yet"),
        ({"R1": "aaa", "Beate": "..."}, "Only R1 has labels yet"),
        ({"R1": "aa--", "Beate": "--aa"}, "R1 and Beate have no segments in common"),
        ({"R1": "aa..", "Beate": "..aa"}, "no two gave one of them a label"),
    ],
)
def test_what_stands_in_the_way_is_told(tmp_path: Path, said: dict[str, str], words: str) -> None:
    project = rated(tmp_path / "empty.humpcat", said)
    assert words in _compared(project).obstacle
    project.close()


def test_a_model_without_predictions_is_told(tmp_path: Path) -> None:
    project = rated(tmp_path / "empty.humpcat", {"R1": "aaa"})
    assert "predicted none" in _compared(project, 1, MODEL).obstacle
    project.close()


def test_raters_are_found_by_name(project: Project) -> None:
    content = content_of(project)
    assert raters_named(content, ["beate", "Model", "R1"]) == (2, MODEL, 1)
    with pytest.raises(HumpcatError, match="no rater Bea"):
        raters_named(content, ["Bea"])


# Decisions


def test_a_decision_leaves_the_neighbours_alone(tmp_path: Path) -> None:
    """Raters who segment apart: the one's segment reaches into what was decided by the other's bounds."""
    project = rated(tmp_path / "apart.humpcat", {"R1": "as", "Beate": "as"})
    project.apply(editing.adjudicate_all(project, [(segment(project, 1, 0), "angry")]))
    later = segment(project, 2, 1)
    earlier = replace(segment(project, 2, 0), end=LENGTH - 400)
    moved = replace(later, start=LENGTH - 400)
    changes = (RowChange(segment(project, 2, 0), earlier), RowChange(later, moved))
    project.apply(Edit("move", changes))
    project.apply(editing.adjudicate_all(project, [(moved, "sad")]))
    assert _gold(project) == [(0, LENGTH, "angry"), (LENGTH, 2 * LENGTH, "sad")]
    project.close()


def test_many_decisions_are_one_edit_and_the_gold_tier_comes_and_goes_with_it(project: Project) -> None:
    found = _compared(project)
    edit = editing.adjudicate_all(project, found.undisputed)
    assert edit.text == "decide 3 segments"
    project.apply(edit)
    assert [label for *_, label in _gold(project)] == ["angry", "happy", "sad"]
    assert {row.origin for row in project.annotations if row.rater == 4} == {ADJUDICATED}
    assert editing.adjudicate_all(project, found.undisputed).empty
    project.apply(edit.reversed())
    assert project.gold() is None and len(project.annotations) == 18


def test_a_place_that_gold_has_otherwise_is_passed_over_or_refused(project: Project) -> None:
    made, gold = editing.add_rater(project, "gold", GOLD)
    project.apply(made)
    halves = [(0, LENGTH // 3), (LENGTH // 3, 2 * LENGTH // 3)]
    rows = [AnnotationRow(100 + n, 1, gold.id, *span, "sad") for n, span in enumerate(halves)]
    project.apply(Edit("", added(rows)))
    with pytest.raises(HumpcatError, match="other segments here"):
        editing.adjudicate_all(project, [(segment(project, 1, 0), "angry")])
    project.apply(editing.adjudicate_all(project, _compared(project).undisputed))
    assert [label for *_, label in _gold(project)] == ["sad", "sad", "happy", "sad"]


def _gold(project: Project) -> list[tuple[int, int, str | None]]:
    tier = project.gold()
    assert tier is not None
    return [(row.start, row.end, row.label) for row in project.annotations_of(1, tier.id)]
