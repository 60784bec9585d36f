"""Edits of a project: in the file and in memory at once, each with its reverse, and no two segments on one spot."""

import itertools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core_model.errors import HumpcatError
from core_model.facts import WindowPrediction
from core_model.label_schemes import built_in_schemes, scheme_of
from core_model.project import editing
from core_model.project.edit import Edit, RowChange, added, removed
from core_model.project.project import Project, free_spans, overlap
from core_model.project.rows import GOLD, AnnotationRow, PredictionRow, RaterRow, RecordingRow

RATE, FRAMES = 16_000, 160_000
LABELS = ("angry", "happy", "neutral", "sad")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project of two raters and three recordings of 10 s that lie beside it."""
    made = Project.create(tmp_path / "p.humpcat")
    made.apply(editing.add_rater(made, "R2")[0])
    made.apply(Edit("add recordings", added(new_recording(made, f"{name}.wav") for name in "abc")))
    yield made
    made.close()


def new_recording(project: Project, name: str) -> RecordingRow:
    return RecordingRow(
        project.new_id(RecordingRow), project.path.parent / name, "", 320_044, RATE, 1, FRAMES
    )


def segments(
    project: Project, *spans: tuple[int, int], recording: int = 1, rater: int = 1
) -> list[AnnotationRow]:
    """These segments on a tier, made."""
    edit = editing.add_segments(project, recording, rater, spans)
    project.apply(edit)
    return [change.row for change in edit.changes if isinstance(change.row, AnnotationRow)]


def prediction(
    project: Project, recording: int, span: tuple[int, int], label: str = "angry"
) -> PredictionRow:
    probabilities = tuple(0.7 if each == label else 0.1 for each in LABELS)
    windows = (WindowPrediction(0.0, 3.0, probabilities),)
    return PredictionRow(
        project.new_id(PredictionRow), recording, *span, LABELS, probabilities, windows, "model", "m1", "cpu"
    )


def rows(project: Project) -> dict[str, list[Any]]:
    """All that a project holds."""
    return {
        "recordings": project.recordings,
        "raters": project.raters,
        "annotations": sorted(project.annotations, key=lambda row: row.id),
        "predictions": sorted(project.predictions, key=lambda row: row.id),
        "settings": [project.setting("scheme"), project.setting("rater")],
    }


def reopened(path: Path) -> dict[str, list[Any]]:
    """All that a project's file holds."""
    again = Project.open(path, read_only=True)
    try:
        return rows(again)
    finally:
        again.close()


def assert_as_in_its_file(project: Project) -> None:
    assert reopened(project.path) == rows(project)
    for recording in project.recordings:
        assert project.recording_at(recording.path) == recording
        for rater in project.raters:
            tier = project.annotations_of(recording.id, rater.id)
            assert all(a.end <= b.start for a, b in itertools.pairwise(tier))
            assert all(0 <= row.start < row.end <= recording.frames for row in tier)


def test_a_new_project_has_one_rater_and_nothing_else(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "new" / "p.humpcat", "Anna")
    assert [rater.name for rater in project.raters] == ["Anna"]
    assert not project.recordings and not project.annotations and not project.read_only
    project.close()
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["p.humpcat"]


def test_a_project_is_not_made_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "p.humpcat").write_text("mine")
    with pytest.raises(HumpcatError, match=r"p\.humpcat is there already"):
        Project.create(tmp_path / "p.humpcat")
    assert (tmp_path / "p.humpcat").read_text() == "mine"


# Edits and their reverses


def some_segments(project: Project, chosen: random.Random, most: int = 3) -> list[AnnotationRow]:
    return chosen.sample(project.annotations, min(len(project.annotations), chosen.randint(1, most)))


def plans(project: Project, chosen: random.Random) -> dict[str, Callable[[], Edit]]:
    """An edit of each kind, of random rows."""
    recording = chosen.choice(project.recordings).id if project.recordings else 0
    first, second = chosen.sample(project.raters, 2) if len(project.raters) > 1 else [project.raters[0]] * 2
    some = some_segments(project, chosen)
    one = some[0] if some else AnnotationRow(0, 0, 0, 0, 1)
    numbers = [chosen.randint(-100, FRAMES + 100) for _ in range(4)]
    spans = [(min(pair), max(pair)) for pair in (numbers[:2], numbers[2:])]
    label = chosen.choice([*LABELS, None])
    name = f"n{chosen.randint(0, 99)}"
    predicted = prediction(project, recording, (0, FRAMES), chosen.choice(LABELS))
    tier = project.annotations_of(one.recording, one.rater)
    return {
        "add": lambda: editing.add_segments(project, recording, first.id, spans),
        "split": lambda: editing.split(project, one, one.start + (one.end - one.start) // 2),
        "merge": lambda: editing.merge(tier[:2]),
        "merge far": lambda: editing.merge(tier[::2]),
        "edges": lambda: editing.move_edges(project, one, *numbers[:2]),
        "delete": lambda: editing.delete_segments(some),
        "label": lambda: editing.set_label(some, label),
        "answer": lambda: editing.answer_suggestion(one, predicted, "happy"),
        "rating": lambda: editing.set_rating(some, "valence", chosen.randint(1, 7)),
        "note": lambda: editing.set_note(some, f"ü {name}\nzwei"),
        "unsure": lambda: editing.set_unsure(some, chosen.random() < 0.5),
        "repeat": lambda: editing.repeat_on_next(one, [one, *some][-1]),
        "add rater": lambda: editing.add_rater(project, name, chosen.choice(["human", GOLD]))[0],
        "rename": lambda: editing.rename_rater(project, first, name),
        "remove rater": lambda: editing.remove_rater(project, first),
        "copy": lambda: editing.copy_segments(project, first.id, second.id, labels=chosen.random() < 0.5),
        "adjudicate": lambda: editing.adjudicate(project, one, second.id, "sad"),
        "scheme": lambda: editing.change_scheme(
            project, chosen.choice(built_in_schemes()), {"angry": "sad", "happy": None}
        ),
        "speaker": lambda: editing.set_speaker(project.recordings[:2], name),
        "remove recording": lambda: editing.remove_recordings(project, [project.recording(recording)]),
        "predict": lambda: Edit("predict", added([predicted])),
        "new recording": lambda: Edit("add", added([new_recording(project, f"{name}.wav")])),
    }


RARE = {"remove rater", "remove recording", "delete"}


def random_edits(
    project: Project, count: int, seed: int
) -> tuple[list[Edit], list[dict[str, list[Any]]], set[str]]:
    """Make edits of all kinds; those made, and what the project held before each."""
    chosen = random.Random(seed)
    made: list[Edit] = []
    before: list[dict[str, list[Any]]] = []
    kinds: set[str] = set()
    while len(made) < count:
        offered = plans(project, chosen)
        kind = chosen.choice([*offered, *(set(offered) - RARE), "add", "add"])
        held = rows(project)
        try:
            edit = offered[kind]()
            project.apply(edit)
        except (HumpcatError, KeyError):
            assert rows(project) == held, f"a refused edit ({kind}) changed something"
            continue
        if not edit.empty:
            made.append(edit)
            before.append(held)
            kinds.add(kind)
    return made, before, kinds


@pytest.mark.parametrize("seed", range(3))
def test_two_hundred_edits_of_all_kinds_are_undone_and_redone_one_by_one(project: Project, seed: int) -> None:
    made, before, kinds = random_edits(project, 200, seed)
    assert len(kinds) >= 19, f"only {sorted(kinds)}"
    assert_as_in_its_file(project)
    last = rows(project)
    for number in range(len(made) - 1, -1, -1):
        project.apply(made[number].reversed())
        assert rows(project) == before[number], made[number].text
        if number % 20 == 0:
            assert_as_in_its_file(project)
    for number, edit in enumerate(made):
        assert rows(project) == before[number], edit.text
        project.apply(edit)
    assert rows(project) == last
    assert_as_in_its_file(project)


def test_every_edit_says_what_is_undone(project: Project) -> None:
    first, second = segments(project, (0, 8000), (8000, 16000))
    assert editing.set_label([first], "angry").text == "label 'angry'"
    assert editing.set_label([first, second], "angry").text == "label 'angry' of 2 segments"
    assert editing.set_label([first], None).text == "no label"
    assert editing.delete_segments([first, second]).text == "delete 2 segments"
    assert editing.set_label([first], "angry").span == (0, 8000)
    assert editing.set_label([first], "angry").recording == 1


def test_another_speaker_leaves_the_annotations_where_they_are(project: Project) -> None:
    segments(project, (0, 8000))
    project.apply(editing.set_speaker(project.recordings, "Anna"))
    assert [row.speaker for row in project.recordings] == ["Anna"] * 3
    assert len(project.annotations_of(1)) == 1
    assert_as_in_its_file(project)


def test_undoing_a_speaker_keeps_the_hash_that_was_computed_meanwhile(project: Project) -> None:
    speaker = editing.set_speaker(project.recordings[:1], "Anna")
    project.apply(speaker)
    now = project.recording(1)
    hashed = replace(now, content_hash="ab" * 32)
    project.apply(Edit("hash", (RowChange(now, hashed),)))
    project.apply(speaker.reversed())
    assert project.recording(1) == replace(hashed, speaker="")
    assert_as_in_its_file(project)


def test_recordings_can_change_places(project: Project) -> None:
    a, b, _ = project.recordings
    edit = Edit("swap", (RowChange(a, replace(a, path=b.path)), RowChange(b, replace(b, path=a.path))))
    for each in (edit, edit.reversed()):
        project.apply(each)
        assert_as_in_its_file(project)
    assert project.recordings[:2] == [a, b]


def test_removing_a_recording_takes_all_that_was_said_of_it_and_undoing_brings_it_back(
    project: Project,
) -> None:
    segments(project, (0, 8000))
    project.apply(Edit("predict", added([prediction(project, 1, (0, 8000))])))
    held = rows(project)
    edit = editing.remove_recordings(project, [project.recording(1)])
    project.apply(edit)
    assert not project.annotations and not project.predictions
    assert [row.id for row in project.recordings] == [2, 3]
    project.apply(edit.reversed())
    assert rows(project) == held
    assert_as_in_its_file(project)


def test_ids_are_not_given_twice_while_the_project_is_open(project: Project) -> None:
    (one,) = segments(project, (0, 8000))
    project.apply(editing.delete_segments([one]))
    (other,) = segments(project, (0, 8000))
    assert other.id > one.id


# What is refused


@pytest.mark.parametrize(
    "change",
    [
        RowChange(None, AnnotationRow(900, 1, 1, 4000, 9000)),
        RowChange(None, AnnotationRow(900, 77, 1, 0, 10)),
        RowChange(None, AnnotationRow(900, 1, 77, 0, 10)),
        RowChange(None, AnnotationRow(900, 2, 1, 10, 10)),
        RowChange(None, AnnotationRow(900, 2, 1, -5, 10)),
        RowChange(None, AnnotationRow(900, 2, 1, 0, 1 << 70)),
        RowChange(None, AnnotationRow(900, 2, 1, 0, 10, note="\ud800")),
        RowChange(None, RaterRow(1, "Bert")),
        RowChange(None, RaterRow(9, "R2")),
        RowChange(RaterRow(1, "R1"), None),
        RowChange(AnnotationRow(901, 1, 1, 0, 5), None),
        RowChange(AnnotationRow(901, 1, 1, 0, 5), AnnotationRow(901, 1, 1, 0, 5, "angry")),
    ],
    ids=[
        "overlap",
        "no recording",
        "no rater",
        "empty",
        "before the start",
        "beyond counting",
        "no text",
        "id taken",
        "name taken",
        "rater in use",
        "delete nothing",
        "change nothing",
    ],
)
def test_a_refused_edit_changes_neither_the_file_nor_the_memory(project: Project, change: RowChange) -> None:
    segments(project, (0, 8000))
    held = rows(project)
    fine = RowChange(None, AnnotationRow(800, 3, 1, 0, 8000))
    with pytest.raises(HumpcatError, match="not made"):
        project.apply(Edit("half", (fine, change)))
    assert rows(project) == held
    assert_as_in_its_file(project)
    project.apply(Edit("whole", (fine,)))
    assert_as_in_its_file(project)


def test_segments_of_one_rater_never_overlap_whoever_makes_the_edit(project: Project) -> None:
    first, _, third = segments(project, (0, 100_00), (200_00, 300_00), (400_00, 500_00))
    with pytest.raises(HumpcatError, match="may not overlap"):
        project.apply(editing.merge([first, third]))
    longer = replace(first, end=250_00)
    with pytest.raises(HumpcatError, match="may not overlap"):
        project.apply(Edit("move", (RowChange(first, longer),)))
    project.apply(Edit("other rater", added([replace(longer, id=99, rater=2)])))
    with pytest.raises(HumpcatError, match="may not overlap"):
        project.apply(
            Edit("to the first", (RowChange(replace(longer, id=99, rater=2), replace(longer, id=99)),))
        )
    assert_as_in_its_file(project)


def test_one_edit_can_put_a_segment_where_another_one_was(project: Project) -> None:
    first, second = segments(project, (0, 100_00), (100_00, 200_00))
    swapped = (
        RowChange(first, replace(first, start=100_00, end=200_00)),
        RowChange(second, replace(second, start=0, end=100_00)),
    )
    project.apply(Edit("swap", swapped))
    project.apply(
        Edit("replace", (*removed(project.annotations), *added([AnnotationRow(99, 1, 1, 0, 150_00)])))
    )
    assert_as_in_its_file(project)


# What people do


def test_a_segment_drawn_over_others_fills_what_is_free(project: Project) -> None:
    segments(project, (20_000, 30_000), (40_000, 50_000))
    drawn = segments(project, (10_000, 200_000))
    assert [row.span for row in drawn] == [(10_000, 20_000), (30_000, 40_000), (50_000, FRAMES)]
    with pytest.raises(HumpcatError, match="no room"):
        editing.add_segments(project, 1, 1, [(0, 200_000), (21_000, 22_000)][1:])


def test_a_slip_of_the_mouse_is_no_segment(project: Project) -> None:
    with pytest.raises(HumpcatError, match="no room"):
        editing.add_segments(project, 1, 1, [(1000, 1159)])
    assert [row.span for row in segments(project, (1000, 1160))] == [(1000, 1160)]


def test_both_halves_of_a_split_segment_keep_what_was_said(project: Project) -> None:
    segments(project, (0, 16_000))
    project.apply(editing.set_label(project.annotations, "angry"))
    (one,) = project.annotations
    project.apply(editing.split(project, one, 4000))
    assert [(row.span, row.label) for row in project.annotations_of(1)] == [
        ((0, 4000), "angry"),
        ((4000, 16_000), "angry"),
    ]
    for outside in (0, 4000, 20_000):
        with pytest.raises(HumpcatError, match="not inside"):
            editing.split(project, project.annotations_of(1)[0], outside)


def test_merged_segments_keep_the_longest_ones_label_and_all_notes(project: Project) -> None:
    short, long, none = segments(project, (0, 1000), (1000, 4000), (5000, 16_000))
    project.apply(editing.set_label([short], "sad"))
    project.apply(editing.set_label([long], "angry"))
    for row, note in zip(project.annotations_of(1), ("first", "second", "first"), strict=True):
        project.apply(editing.set_note([row], note))
    project.apply(editing.merge([project.annotation(each.id) or each for each in (none, short, long)]))
    (merged,) = project.annotations
    assert (merged.id, merged.span, merged.label, merged.note) == (
        short.id,
        (0, 16_000),
        "angry",
        "first\nsecond",
    )
    with pytest.raises(HumpcatError, match="no segment to merge"):
        editing.merge([merged])


def test_segments_of_two_raters_cannot_be_merged(project: Project) -> None:
    theirs = segments(project, (0, 1000), rater=1) + segments(project, (1000, 2000), rater=2)
    with pytest.raises(HumpcatError, match="cannot be merged"):
        editing.merge(theirs)


def test_edges_stop_at_neighbours_and_at_the_ends(project: Project) -> None:
    _, middle, _ = segments(project, (0, 1000), (2000, 3000), (4000, 5000))
    for wanted, got in (
        ((500, 3000), (1000, 3000)),
        ((2000, 9000), (2000, 4000)),
        ((2990, 3000), (2840, 3000)),
        ((2000, 2000), (2000, 2160)),
    ):
        (change,) = editing.move_edges(project, middle, *wanted).changes
        assert isinstance(change.after, AnnotationRow)
        assert change.after.span == got, wanted
    last = segments(project, (150_000, 155_000))[0]
    (change,) = editing.move_edges(project, last, 150_000, 999_999).changes
    assert isinstance(change.after, AnnotationRow)
    assert change.after.end == FRAMES


def test_a_label_says_whether_a_suggestion_was_followed(project: Project) -> None:
    (one,) = segments(project, (0, 8000))
    suggested = prediction(project, 1, (0, 8000), "sad")
    for label, origin in (("sad", "accepted"), ("angry", "corrected")):
        (change,) = editing.answer_suggestion(one, suggested, label).changes
        assert isinstance(change.after, AnnotationRow)
        assert (change.after.label, change.after.origin) == (label, origin)


@pytest.mark.parametrize("value", [0, 8])
def test_ratings_go_from_one_to_seven(project: Project, value: int) -> None:
    with pytest.raises(HumpcatError, match="from 1 to 7"):
        editing.set_rating(segments(project, (0, 8000)), "arousal", value)


def test_labels_of_segments_stay_apart_by_rater(project: Project) -> None:
    segments(project, (0, 8000), rater=1)
    segments(project, (0, 8000), rater=2)
    project.apply(editing.set_label(project.annotations_of(1, 1), "angry"))
    assert [row.label for row in project.annotations_of(1, 2)] == [None]


def test_copied_segments_carry_no_labels_unless_asked(project: Project) -> None:
    segments(project, (0, 8000), (8000, 9000))
    segments(project, (8500, 9500), rater=2)
    project.apply(editing.set_label(project.annotations_of(1, 1), "angry"))
    for labels, expected in ((False, None), (True, "angry")):
        edit = editing.copy_segments(project, 1, 2, labels=labels)
        (row,) = (change.after for change in edit.changes)
        assert isinstance(row, AnnotationRow)
        assert (row.span, row.label, row.origin) == ((0, 8000), expected, "copied")


def test_a_decision_lands_on_the_gold_tier_and_can_be_changed(project: Project) -> None:
    (one,) = segments(project, (0, 8000))
    edit, gold = editing.add_rater(project, "gold", GOLD)
    project.apply(edit)
    for label in ("sad", "angry"):
        project.apply(editing.adjudicate(project, one, gold.id, label))
        assert [(row.span, row.label, row.origin) for row in project.annotations_of(1, gold.id)] == [
            ((0, 8000), label, "adjudicated")
        ]


def test_raters_have_names_of_their_own(project: Project) -> None:
    for name in ("", " ", "r1"):
        with pytest.raises(HumpcatError):
            editing.add_rater(project, name)
    first = project.raters[0]
    with pytest.raises(HumpcatError, match="There is a rater R2 already"):
        editing.rename_rater(project, first, "R2")
    project.apply(editing.rename_rater(project, first, "r1"))
    assert project.rater(1).name == "r1"


def test_the_last_person_cannot_be_removed(project: Project) -> None:
    project.apply(editing.add_rater(project, "gold", GOLD)[0])
    segments(project, (0, 8000), rater=2)
    project.apply(editing.remove_rater(project, project.rater(2)))
    assert not project.annotations
    with pytest.raises(HumpcatError, match="at least one rater"):
        editing.remove_rater(project, project.rater(1))


def test_another_label_scheme_maps_what_is_in_use_or_is_refused(project: Project) -> None:
    segments(project, (0, 8000), (8000, 9000), (9000, 12_000))
    for row, label in zip(project.annotations_of(1), ("angry", "sad", "happy"), strict=True):
        project.apply(editing.set_label([row], label))
    assert editing.labels_in_use(project) == {"angry": 1, "sad": 1, "happy": 1}
    scheme = scheme_of("mine", ["cross", "happy"])
    with pytest.raises(HumpcatError, match="angry, sad"):
        editing.change_scheme(project, scheme, {})
    with pytest.raises(HumpcatError, match="angry"):
        editing.change_scheme(project, scheme, {"angry": "furious", "sad": None})
    edit = editing.change_scheme(project, scheme, {"angry": "cross", "sad": None})
    project.apply(edit)
    assert [row.label for row in project.annotations_of(1)] == ["cross", None, "happy"]
    assert project.setting(editing.SCHEME) == json.loads(json.dumps(scheme.to_json()))
    project.apply(edit.reversed())
    assert [row.label for row in project.annotations_of(1)] == ["angry", "sad", "happy"]
    assert project.setting(editing.SCHEME) is None


# Looking things up


def test_a_prediction_is_found_by_its_span_and_nearly_by_it(project: Project) -> None:
    exact, near = prediction(project, 1, (0, 8000)), prediction(project, 1, (9000, 17_000))
    newer = replace(exact, id=project.new_id(PredictionRow), model_id="m2", changed=5.0)
    project.apply(Edit("predict", added([exact, near, newer])))
    assert project.prediction_of(1, (0, 8000)) == newer
    assert project.prediction_of(1, (0, 8000), "m1") == exact
    assert project.prediction_of(1, (9500, 17_500)) == near
    assert project.prediction_of(1, (40_000, 50_000)) is None
    assert project.predictions_of(1) == [exact, newer, near]
    assert (near.label, near.confidence, near.span) == ("angry", 0.7, (9000, 17_000))


def test_free_spans_are_what_is_left(project: Project) -> None:
    taken = [AnnotationRow(n, 1, 1, *span) for n, span in enumerate([(10, 20), (20, 30), (50, 60)])]
    assert free_spans(taken, 0, 100) == [(0, 10), (30, 50), (60, 100)]
    assert free_spans(taken, 15, 55) == [(30, 50)]
    assert free_spans(taken, 12, 28) == []
    assert free_spans([], 5, 9) == [(5, 9)]
    assert overlap((0, 10), (5, 15)) == pytest.approx(1 / 3)
    assert overlap((0, 10), (10, 15)) == 0


def test_settings_are_kept_as_they_are(project: Project) -> None:
    for value in ({"a": [1, "ü"]}, None, 3):
        project.apply(Edit("setting", (project.setting_change("any", value),)))
        assert project.setting("any", "default") == value
    assert project.setting("other", "default") == "default"
    assert_as_in_its_file(project)


# Saving elsewhere


def test_a_project_saved_elsewhere_is_the_same_and_finds_its_recordings(
    project: Project, tmp_path: Path
) -> None:
    random_edits(project, 60, 1)
    other = tmp_path / "deep" / "er" / "ä o'b.humpcat"
    project.save_as(other)
    assert reopened(other) == rows(project)
    with pytest.raises(HumpcatError, match="is there already"):
        project.save_as(other)
    with pytest.raises(HumpcatError, match="is there already"):
        project.save_as(project.path)


def test_recordings_move_with_the_project_where_they_lie_beside_it(project: Project, tmp_path: Path) -> None:
    elsewhere = RecordingRow(50, Path("/far/away/d.wav"), "", 1, RATE, 1, FRAMES)
    project.apply(Edit("add", added([elsewhere])))
    project.close()
    (tmp_path / "moved").mkdir()
    moved = project.path.rename(tmp_path / "moved" / "p.humpcat")
    paths = [row.path for row in reopened(moved)["recordings"]]
    # Relative only where more than the root is shared.
    far = elsewhere.path if tmp_path.parts[1] != "far" else paths[-1]
    assert paths == [*(moved.parent / f"{name}.wav" for name in "abc"), far]


def test_names_of_recordings_need_not_be_text(project: Project) -> None:
    name = b"caf\xe9.wav".decode("utf-8", "surrogateescape")
    project.apply(Edit("add", added([new_recording(project, name)])))
    assert project.recordings[-1].path.name == name
    assert_as_in_its_file(project)
