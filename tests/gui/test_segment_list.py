"""The list of segments: what it says of each, right after every edit; what filters ask; orders and the review queue."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.segment_list import (
    UNLABELLED,
    ListChange,
    ReviewOrder,
    SegmentFilter,
    SegmentList,
    are_in_order,
    in_order,
    place_among,
    review_queue,
    uncertainty,
)
from core_model.errors import HumpcatError
from core_model.project import editing
from core_model.project.edit import Edit, RowChange, added, removed
from core_model.project.project import Project
from core_model.project.rows import GOLD, AnnotationRow, PredictionRow, RaterRow, RecordingRow

RATE, SECONDS = 16_000, 10
LABELS = ("angry", "happy", "neutral", "sad")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Raters R1 and R2, three recordings of 10 s."""
    made = Project.create(tmp_path / "p.humpcat")
    made.apply(editing.add_rater(made, "R2")[0])
    rows = [RecordingRow(n, tmp_path / f"take {n}.wav", "", 1, RATE, 1, SECONDS * RATE) for n in (1, 2, 10)]
    made.apply(Edit("add", added(rows)))
    yield made
    made.close()


def segment(
    project: Project,
    start: float,
    end: float,
    label: str | None = None,
    recording: int = 1,
    rater: int = 1,
    changed: float = 100.0,
) -> AnnotationRow:
    """A segment on a tier, made; seconds."""
    span = (round(start * RATE), round(end * RATE))
    row = AnnotationRow(project.new_id(AnnotationRow), recording, rater, *span, label, changed=changed)
    project.apply(Edit("new", added([row])))
    return row


def predicted(
    project: Project,
    start: float,
    end: float,
    label: str = "angry",
    share: float = 0.7,
    model: str = "m1",
    recording: int = 1,
    changed: float = 50.0,
) -> Edit:
    """A prediction to be made; seconds."""
    rest = (1 - share) / (len(LABELS) - 1)
    shares = tuple(share if each == label else rest for each in LABELS)
    span = (round(start * RATE), round(end * RATE))
    number = project.new_id(PredictionRow)
    row = PredictionRow(number, recording, *span, LABELS, shares, (), model, model, changed=changed)
    return Edit("predict", added([row]))


def made(project: Project, listed: SegmentList, edit: Edit) -> ListChange:
    """The edit made, and what the list says changed."""
    project.apply(edit)
    return listed.follow(edit)


def random_edit(project: Project, chance: random.Random) -> Edit | None:
    """Something that people or models do."""
    rows, recording = project.annotations, chance.choice([1, 2])
    at = chance.randrange(0, 5 * RATE, RATE // 2)  # so that many lie where others do
    span = (at, at + chance.choice([RATE // 2, RATE, RATE + RATE // 10]))
    some = chance.sample(rows, min(len(rows), 3))
    predictions = project.predictions
    acts = [
        lambda: editing.add_segments(project, recording, chance.choice([1, 2]), [span], label="sad"),
        lambda: editing.add_segments(project, recording, chance.choice([1, 2]), [span]),
        lambda: editing.set_label(some, chance.choice((None, *LABELS))),
        lambda: editing.set_label(some[:1], chance.choice(LABELS)),
        lambda: editing.set_note(some, "hm"),
        lambda: editing.move_edges(project, some[0], *span),
        lambda: editing.split(project, some[0], sum(some[0].span) // 2),
        lambda: editing.delete_segments(some[:1]),
        lambda: editing.copy_segments(project, 1, 2, [recording], labels=True),
        lambda: predicted(project, at / RATE, at / RATE + 1.0, model=chance.choice(["m1", "m2"])),
        lambda: predicted(project, some[0].start / RATE, some[0].end / RATE, recording=some[0].recording),
        lambda: Edit("forget", removed(chance.sample(predictions, min(len(predictions), 1)))),
        lambda: editing.rename_rater(project, project.rater(2), f"R2 {chance.random()}"),
    ]
    try:
        return chance.choice(acts)()
    except (HumpcatError, IndexError):  # no room, or nothing there yet
        return None


@pytest.mark.parametrize("seed", range(4))
def test_after_any_edit_the_list_is_the_one_that_would_be_made_anew(project: Project, seed: int) -> None:
    chance, listed, done = random.Random(seed), SegmentList(project, "m1"), []
    seen: set[tuple[bool, bool, bool]] = set()
    for _ in range(300):
        undo = bool(done) and chance.random() < 0.25
        seen |= {(item.raters_differ, item.stale, item.in_use) for item in listed.items.values()}
        edit = done.pop().reversed() if undo else random_edit(project, chance)
        if edit is None or edit.empty:
            continue
        before = dict(listed.items)
        try:
            project.apply(edit)
        except HumpcatError:
            continue
        change = listed.follow(edit)
        if not undo:
            done.append(edit)
        anew = SegmentList(project, "m1").items
        assert listed.items == anew
        assert set(change.added) == anew.keys() - before.keys()
        assert set(change.removed) == before.keys() - anew.keys()
        assert set(change.changed) == {n for n in anew.keys() & before.keys() if anew[n] != before[n]}
    assert [len(set(values)) for values in zip(*seen, strict=True)] == [2, 2, 2]  # it was about something


@pytest.mark.parametrize("seed", range(4))
def test_suggestions_are_those_of_the_project(project: Project, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(80):
        edit = random_edit(project, chance)
        if edit is not None and not edit.empty:
            try:
                project.apply(edit)
            except HumpcatError:
                continue
    seen = 0
    for item in SegmentList(project, "m2").items.values():
        row = item.row
        ours = project.prediction_of(row.recording, row.span, "m2")
        assert item.prediction == (ours or project.prediction_of(row.recording, row.span))
        seen += item.prediction is not None
    assert seen


def test_a_removed_recording_takes_its_segments_and_undoing_brings_them_back(project: Project) -> None:
    row = segment(project, 1, 2, "sad")
    project.apply(predicted(project, 1, 2))
    listed = SegmentList(project, "m1")
    before = dict(listed.items)
    edit = editing.remove_recordings(project, [project.recording(1)])
    assert made(project, listed, edit) == ListChange(removed=(row.id,))
    assert made(project, listed, edit.reversed()) == ListChange(added=(row.id,))
    assert listed.items == before


def test_predictions_that_go_with_an_undone_recording_are_forgotten(project: Project, tmp_path: Path) -> None:
    recording = RecordingRow(11, tmp_path / "new.wav", "", 1, RATE, 1, SECONDS * RATE)
    edit = Edit("add", added([recording]))
    listed = SegmentList(project, "m1")
    made(project, listed, edit)
    made(project, listed, predicted(project, 0, 1, recording=11))
    made(project, listed, edit.reversed())
    made(project, listed, edit)
    row = segment(project, 0, 1, recording=11)
    listed.follow(Edit("new", added([row])))
    assert listed.items[row.id].prediction is None


def test_a_recording_that_moved_is_listed_under_its_new_name(project: Project) -> None:
    row = segment(project, 1, 2)
    listed = SegmentList(project)
    before = project.recording(1)
    hashed = replace(before, content_hash="ab")
    assert not made(project, listed, Edit("hash", (RowChange(before, hashed),)))
    moved = replace(hashed, path=hashed.path.with_name("other.wav"))
    assert made(project, listed, Edit("move", (RowChange(hashed, moved),))).changed == (row.id,)
    assert listed.items[row.id].recording == "other.wav"


def test_an_edit_of_one_among_many_touches_only_its_own_place(project: Project) -> None:
    rows = [segment(project, n / 10, n / 10 + 0.1, "sad") for n in range(90)]
    other = segment(project, 3.0, 3.1, "sad", rater=2)
    listed = SegmentList(project)
    change = made(project, listed, editing.set_label([other], "happy"))
    assert change == ListChange(changed=(rows[30].id, other.id))
    assert listed.items[rows[30].id].raters_differ and not listed.items[rows[31].id].raters_differ


@pytest.mark.parametrize(
    ("end", "label", "differs"),
    [
        (2.0, "happy", True),
        (3.0, "happy", True),
        (3.02, "happy", False),
        (2.0, "sad", False),
        (2.0, None, False),
    ],
)
def test_raters_differ_where_half_of_the_union_is_labelled_otherwise(
    project: Project, end: float, label: str | None, differs: bool
) -> None:
    mine = segment(project, 1, 2, "sad")
    theirs = segment(project, 1, end, label, rater=2)
    listed = SegmentList(project)
    assert listed.items[mine.id].raters_differ is differs
    assert listed.items[theirs.id].raters_differ is differs


def test_the_gold_tier_is_no_opinion_beside_the_raters(project: Project) -> None:
    edit, gold = editing.add_rater(project, "gold", GOLD)
    project.apply(edit)
    mine = segment(project, 1, 2, "sad")
    decided = segment(project, 1, 2, "happy", rater=gold.id)
    listed = SegmentList(project)
    assert not listed.items[mine.id].raters_differ and not listed.items[decided.id].raters_differ


def test_a_suggestion_is_stale_for_other_bounds_and_of_another_model(project: Project) -> None:
    row = segment(project, 1, 2, "sad")
    project.apply(predicted(project, 1, 2, model="m1"))
    listed = SegmentList(project, "m1")
    item = listed.items[row.id]
    assert (item.suggestion, item.confidence, item.stale, item.in_use) == ("angry", 0.7, False, True)
    assert item.model_differs
    made(project, listed, editing.move_edges(project, row, row.start, row.end + RATE // 10))
    assert listed.items[row.id].stale and listed.items[row.id].in_use
    assert listed.use_model("m2") == ListChange(changed=(row.id,))
    assert listed.items[row.id].stale and not listed.items[row.id].in_use
    made(project, listed, predicted(project, 1, 2.1, "sad", model="m2"))
    assert listed.items[row.id].suggestion == "sad" and not listed.items[row.id].stale
    assert not listed.items[row.id].model_differs


def test_uncertainty_is_what_the_margin_leaves() -> None:
    assert uncertainty((0.5, 0.5, 0.0)) == 1.0
    assert uncertainty((0.1, 0.7, 0.2)) == pytest.approx(0.5)
    assert uncertainty((1.0,)) == 0.0


def test_filters_show_what_they_are_asked_for(project: Project) -> None:
    sad, bare = segment(project, 1, 2, "sad"), segment(project, 3, 4)
    theirs = segment(project, 1, 2, "happy", rater=2)
    far = segment(project, 1, 2, "sad", recording=10)
    project.apply(editing.set_note([bare], "Laughs, far away"))
    project.apply(editing.set_unsure([far], True))
    project.apply(predicted(project, 1, 2, "angry", 0.7))
    project.apply(predicted(project, 3, 4, "sad", 0.4, model="m2"))
    items = SegmentList(project, "m1").items.values()

    def shown(**asked: object) -> set[int]:
        return {item.id for item in items if SegmentFilter(**asked).passes(item)}  # type: ignore[arg-type]

    assert shown() == {sad.id, bare.id, theirs.id, far.id}
    assert shown(text="TAKE 10") == {far.id}
    assert shown(text="laughs") == {bare.id}
    assert shown(label="sad") == {sad.id, far.id}
    assert shown(label=UNLABELLED) == {bare.id}
    assert shown(rater=2) == {theirs.id}
    assert shown(below=0.5) == {bare.id}
    assert shown(below=0.9) == {sad.id, theirs.id, bare.id}
    assert shown(unsure=True) == {far.id}
    assert shown(stale=True) == {bare.id}
    assert shown(raters_differ=True) == {sad.id, theirs.id}
    assert shown(model_differs=True, rater=1) == {sad.id}
    assert shown(label="sad", unsure=True, text="take") == {far.id}


def test_orders_put_numbers_by_value_and_what_has_none_last(project: Project) -> None:
    late, early = segment(project, 5, 6, "sad"), segment(project, 1, 2)
    ten, two = segment(project, 0, 1, "angry", recording=10), segment(project, 0, 1, recording=2)
    items = SegmentList(project).items
    assert in_order(items.values()) == [early.id, late.id, two.id, ten.id]
    assert in_order(items.values(), descending=True) == [ten.id, two.id, late.id, early.id]
    by_label = [in_order(items.values(), lambda item: item.label, descending=down) for down in (False, True)]
    assert by_label == [[ten.id, late.id, early.id, two.id], [late.id, ten.id, early.id, two.id]]


@pytest.mark.parametrize("descending", [False, True])
def test_one_more_segment_goes_where_sorting_would_put_it(project: Project, descending: bool) -> None:
    rows = [segment(project, n, n + 0.5 + n / 20, chance) for n, chance in enumerate((*LABELS, None))]
    items = SegmentList(project).items
    for key in (lambda item: item.label, lambda item: item.duration):
        whole = in_order(items.values(), key, descending=descending)
        assert are_in_order([items[number] for number in whole], key, descending=descending)
        for row in rows:
            without = [number for number in whole if number != row.id]
            at = place_among(items[row.id], without, items, key, descending=descending)
            assert whole.index(row.id) == at
    assert not are_in_order([items[n] for n in reversed(whole)], key, descending=descending)


def test_the_queue_puts_first_what_is_worth_most_and_last_what_was_reviewed(project: Project) -> None:
    shares = {1: 0.9, 2: 0.3, 3: 0.6, 4: 0.5}
    rows = {n: segment(project, n, n + 0.5, changed=10.0) for n in shares}
    for n, share in shares.items():
        project.apply(predicted(project, n, n + 0.5, "angry", share))
    labelled = replace(rows[1], label="happy", changed=20.0), replace(rows[3], label="angry", changed=20.0)
    changes = [RowChange(rows[n], row) for n, row in zip((1, 3), labelled, strict=True)]
    listed = SegmentList(project, "m1")
    made(project, listed, Edit("label before the prediction", tuple(changes)))
    items = listed.items.values()

    def queue(order: ReviewOrder) -> list[int]:
        return review_queue(items, order, 1)

    assert queue(ReviewOrder.UNCERTAIN) == [rows[n].id for n in (2, 4, 3, 1)]
    assert queue(ReviewOrder.CONFIDENT) == [rows[n].id for n in (4, 2)]
    assert queue(ReviewOrder.DIFFERING) == [rows[1].id]
    assert review_queue(items, ReviewOrder.UNCERTAIN, 2) == []
    now = project.annotation(rows[2].id)
    found = listed.items[rows[2].id].prediction
    assert now is not None and found is not None and not listed.items[rows[2].id].reviewed
    made(project, listed, editing.answer_suggestion(now, found, "angry"))
    assert listed.items[rows[2].id].reviewed
    assert queue(ReviewOrder.UNCERTAIN) == [rows[n].id for n in (4, 3, 1, 2)]
    listed.use_model("m2")
    assert queue(ReviewOrder.UNCERTAIN) == []


def test_a_rater_that_goes_leaves_nobody_to_differ(project: Project) -> None:
    mine = segment(project, 1, 2, "sad")
    theirs = segment(project, 1, 2, "happy", rater=2)
    listed = SegmentList(project)
    change = made(project, listed, editing.remove_rater(project, project.rater(2)))
    assert change == ListChange(changed=(mine.id,), removed=(theirs.id,))
    assert isinstance(project.rater(1), RaterRow) and not listed.items[mine.id].raters_differ
