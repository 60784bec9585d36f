"""What leaves a project comes back; what an import would do is told before it is done."""

import csv
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from exchanged_projects import ANNA, BO, LABELS, SETTLED, project_of, recording, study
from formats_content import write_sound

from core_model.audio import read_info
from core_model.errors import HumpcatError, Interrupted
from core_model.exchange.content import content_of
from core_model.exchange.exporting import (
    CUTS,
    PREDICTIONS,
    Exported,
    ExportOrder,
    prepare_export,
    write_prepared,
)
from core_model.exchange.importing import Choices, ImportPlan, What, import_edit, plan_import, usual_choices
from core_model.exchange.outgoing import Scope, entries_of
from core_model.exchange.reading import Incoming, read_incoming
from core_model.features.prosody import PROSODY_NAMES
from core_model.formats.registry import FORMATS, Options, format_named
from core_model.prediction_table import header
from core_model.project.edit import Edit, RowChange
from core_model.project.project import Project
from core_model.project.rows import AnnotationRow, RaterRow

ALL = Scope(predictions=True)
TARGETS = {"csv": "o.csv", "audformat": "db", "audformat-csv": "t.csv", "label-studio": "o.json"}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = study(tmp_path / "study")
    yield made
    made.close()


def export(project: Project, order: ExportOrder) -> Exported:
    return write_prepared(prepare_export(content_of(project), order))


def look(
    project: Project, *paths: Path, choices: Choices | None = None, tier: str = "R1"
) -> tuple[Incoming, ImportPlan]:
    content = content_of(project)
    incoming = read_incoming(paths, content, tier=tier)
    return incoming, plan_import(content, incoming, choices or usual_choices(content, incoming))


def told(plan: ImportPlan) -> dict[What, int]:
    return {what: plan.count(what) for what in What if plan.count(what)}


def table(path: Path, *rows: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("file,start,end,emotion,rater", *rows)) + "\n", encoding="utf-8")
    return path


def said(project: Project) -> set[tuple[object, ...]]:
    names = {rater.id: rater.name for rater in project.raters}
    return {
        (project.recording(a.recording).path.name, names[a.rater], *a.span, a.label, a.valence, a.arousal,
         a.dominance, a.note, a.unsure)
        for a in project.annotations
    }  # fmt: skip


def predicted(project: Project) -> set[tuple[object, ...]]:
    return {(p.recording, p.span, p.labels, p.probabilities, p.model_name) for p in project.predictions}


def empty_of_annotations(project: Project, path: Path) -> Project:
    """The same recordings, without speakers, and Anna alone."""
    return project_of(path, [replace(row, speaker="") for row in project.recordings])


# Out and in again


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_what_is_exported_is_in_the_project_already(kind: object, project: Project, tmp_path: Path) -> None:
    name = kind.name  # type: ignore[attr-defined]
    scope = replace(ALL, predictions=name != "audacity")
    done = export(project, ExportOrder(tmp_path / "out" / TARGETS.get(name, "many"), name, scope))
    place = tmp_path / "out" / TARGETS.get(name, "many")
    _, plan = look(project, place)
    expected = 7 + 2 * scope.predictions
    assert told(plan) == {What.SAME: expected}
    assert done.segments == expected and all(path.exists() for path in done.paths)


@pytest.mark.parametrize(
    "kind", [kind for kind in FORMATS if "note" in kind.carries], ids=lambda kind: kind.name
)
def test_an_empty_project_takes_everything_over(kind: object, project: Project, tmp_path: Path) -> None:
    name = kind.name  # type: ignore[attr-defined]
    place = tmp_path / "out" / TARGETS.get(name, "many")
    export(project, ExportOrder(place, name, ALL))
    other = empty_of_annotations(project, tmp_path / "other.humpcat")
    try:
        _, plan = look(other, place)
        assert plan.count(What.ADDED) == 9 and not plan.count(What.REFUSED)
        other.apply(import_edit(other, plan))
        assert {rater.name: rater.kind for rater in other.raters} == {
            "Anna": "human",
            "Bo": "human",
            "gold": "gold",
        }
        if name != "eaf":  # its times are whole milliseconds
            assert said(other) == said(project)
            assert predicted(other) == predicted(project)
        assert {row.path.name: row.speaker for row in other.recordings} == {
            row.path.name: row.speaker for row in project.recordings
        }
        assert {a.origin for a in other.annotations} == {"accepted", "imported"}
        assert told(look(other, place)[1]) == {What.SAME: 9}
    finally:
        other.close()


def test_an_import_is_one_edit_that_can_be_undone(project: Project, tmp_path: Path) -> None:
    audio = write_sound(tmp_path / "new" / "d.wav")
    place = table(
        tmp_path / "new" / "x.csv", "d.wav,0,0.5,bored,Cy", f"{project.recordings[0].path},0,0.68,sad,Anna"
    )
    before, recordings = said(project), len(project.recordings)
    _, plan = look(project, place)
    assert told(plan) == {What.ADDED: 1, What.CHANGED: 1}
    assert [row.path for row in plan.recordings] == [audio] and plan.labels == ("bored",)
    edit = import_edit(project, plan)
    project.apply(edit)
    assert edit.text == "import 2 segments"
    assert "Cy" in {rater.name for rater in project.raters}
    assert "bored" in content_of(project).scheme.names
    project.apply(edit.reversed())
    assert said(project) == before and len(project.recordings) == recordings
    assert "Cy" not in {rater.name for rater in project.raters}
    assert "bored" not in content_of(project).scheme.names


# What an export holds


def test_the_scope_is_a_recording_or_listed_segments_or_raters(project: Project, tmp_path: Path) -> None:
    content = content_of(project)

    def chosen(scope: Scope) -> list[tuple[str, str]]:
        return [(entry.file, entry.tier) for entry in entries_of(content, scope, tmp_path / "study")]

    assert {file for file, _ in chosen(Scope(frozenset([2])))} == {"audio/inner/ñ 声.wav"}
    assert chosen(Scope(segments=frozenset([4]), predictions=True)) == [
        ("audio/a.wav", "Bo"),
        ("audio/a.wav", "prediction"),
    ]
    assert {tier for _, tier in chosen(Scope(raters=frozenset([SETTLED])))} == {"gold"}
    assert chosen(Scope(raters=frozenset(), predictions=True)) == [
        ("audio/a.wav", "prediction"),
        ("audio/inner/ñ 声.wav", "prediction"),
    ]
    outside = entries_of(content, Scope(frozenset([3])), tmp_path / "study")
    assert outside[0].file == (tmp_path / "elsewhere" / "c.flac").as_posix()


def test_a_person_called_gold_is_not_the_gold_tier(tmp_path: Path) -> None:
    rows = [RaterRow(2, "Gold"), recording(1, tmp_path / "a.wav"), AnnotationRow(1, 1, 2, 0, 100, "sad")]
    project = project_of(tmp_path / "p.humpcat", rows)
    assert [entry.tier for entry in entries_of(content_of(project), Scope(), tmp_path)] == ["Gold (rater)"]
    project.close()


def test_predictions_alone_are_the_table_that_predict_writes(project: Project, tmp_path: Path) -> None:
    done = export(project, ExportOrder(tmp_path / "p.csv", PREDICTIONS))
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == header(LABELS) and done.segments == len(rows) == 2
    assert rows[0]["file"] == project.recordings[0].path.as_posix()
    assert (rows[0]["emotion"], rows[0]["confidence"], rows[0]["model"]) == ("angry", "0.700000", "default")


def test_a_table_has_the_columns_chosen_with_probabilities_and_features(
    project: Project, tmp_path: Path
) -> None:
    options = Options(columns=("rater", "emotion", "probabilities"))
    scope = Scope(frozenset([1]), raters=frozenset([ANNA, BO]))
    place = tmp_path / "t.csv"
    done = export(project, ExportOrder(place, "csv", scope, options, True, ("prosody", "mfcc")))
    with place.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert not done.refused
    assert list(rows[0])[:9] == ["file", "start", "end", "rater", "emotion", *LABELS]
    assert list(rows[0])[9 : 9 + len(PROSODY_NAMES)] == list(PROSODY_NAMES)
    assert len(rows[0]) == 9 + 103 + 39
    angry = [(row["rater"], row["emotion"], row["angry"]) for row in rows]
    assert angry[:2] == [("Anna", "angry", "0.700000"), ("Bo", "sad", "0.700000")]
    assert [share for *_, share in angry[2:]] == ["", ""]
    mine, other = (float(row[list(row)[-39]]) for row in rows[:2])
    assert mine == pytest.approx(other, abs=3) and mine != other  # nearly the same stretch of sound


def test_raters_are_columns_on_request(project: Project, tmp_path: Path) -> None:
    options = Options(columns=("emotion",), raters_as_columns=True)
    export(project, ExportOrder(tmp_path / "t.csv", "csv", Scope(frozenset([1])), options))
    head = (tmp_path / "t.csv").read_text(encoding="utf-8").split("\n")[0]
    assert head == "file,start,end,emotion_Anna,emotion_gold,emotion_Bo"


def test_segments_are_cut_out_to_the_sample_and_named_by_pattern(project: Project, tmp_path: Path) -> None:
    order = ExportOrder(
        tmp_path / "cut", "flac", Scope(frozenset([1, 3])), pattern="{rater}/{label}_{number:02d}"
    )
    done = export(project, order)
    names = sorted(path.relative_to(tmp_path / "cut").as_posix() for path in done.paths)
    assert names == [
        "Anna/angry_01.flac", "Anna/happy_04.flac", "Anna/unlabelled_05.flac", "Bo/sad_03.flac", "Bo/sad_06.flac",
        "gold/angry_02.flac",
    ]  # fmt: skip
    assert read_info(tmp_path / "cut" / "Anna" / "happy_04.flac").frames == 60_007 - 30_001
    assert prepare_export(content_of(project), order).in_the_way == tuple(
        sorted(done.paths, key=lambda p: p.stem[-2:])
    )


def test_what_a_format_does_not_keep_is_told(project: Project, tmp_path: Path) -> None:
    lost = {
        name: " ".join(prepare_export(content_of(project), ExportOrder(tmp_path / "out", name)).lost)
        for name in ("audacity", "textgrid", "eaf")
    }
    assert "does not get: valence, arousal, dominance, note, unsure" in lost["audacity"]
    assert lost["textgrid"] == ""
    assert "1 ms" in lost["eaf"]


@pytest.mark.parametrize("kind", ["csv", *CUTS])
def test_an_export_that_is_stopped_leaves_nothing(kind: str, project: Project, tmp_path: Path) -> None:
    features = ("prosody",) if kind == "csv" else ()
    order = ExportOrder(tmp_path / "out" / ("t.csv" if kind == "csv" else "many"), kind, features=features)

    def stop(done: int, _of: int, _text: str) -> None:
        if done == 2:
            raise Interrupted("stopped")

    prepared = prepare_export(content_of(project), order)
    with pytest.raises(Interrupted):
        write_prepared(prepared, stop)
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_a_folder_where_a_file_is_to_be_written_is_refused_before(project: Project, tmp_path: Path) -> None:
    (tmp_path / "many" / "c.TextGrid").mkdir(parents=True)
    with pytest.raises(HumpcatError, match="is a folder"):
        prepare_export(content_of(project), ExportOrder(tmp_path / "many", "textgrid"))
    assert not [path for path in (tmp_path / "many").rglob("*") if path.is_file()]


def test_a_file_that_came_meanwhile_is_not_replaced(project: Project, tmp_path: Path) -> None:
    prepared = prepare_export(content_of(project), ExportOrder(tmp_path / "t.csv", "csv"))
    (tmp_path / "t.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(HumpcatError, match="in the way"):
        write_prepared(prepared)
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "mine"
    again = prepare_export(content_of(project), prepared.order)
    assert again.in_the_way == (tmp_path / "t.csv",)
    assert write_prepared(again).segments == 7


def test_nothing_to_export_and_a_wrong_pattern_are_refused(project: Project, tmp_path: Path) -> None:
    content = content_of(project)
    with pytest.raises(HumpcatError, match="no segment to export"):
        prepare_export(content, ExportOrder(tmp_path / "t.csv", "csv", Scope(raters=frozenset())))
    with pytest.raises(HumpcatError, match="pattern"):
        prepare_export(content, ExportOrder(tmp_path, "wav", pattern="{nobody}"))
    with pytest.raises(HumpcatError, match="no prediction"):
        prepare_export(content, ExportOrder(tmp_path / "t.csv", PREDICTIONS, Scope(frozenset([3]))))


def test_segments_of_a_missing_recording_are_left_out_and_named(project: Project, tmp_path: Path) -> None:
    os.unlink(project.recordings[2].path)
    done = export(project, ExportOrder(tmp_path / "cut", "wav"))
    assert len(done.paths) == 6 and len(done.refused) == 1 and "c.flac" in done.refused[0].where


# Which recordings


def test_recordings_are_found_by_path_by_its_end_and_by_name(project: Project, tmp_path: Path) -> None:
    rows = [
        f"{project.recordings[0].path},2.5,3,sad,Cy",
        "C:\\old\\inner\\ñ 声.wav,2,3,sad,Cy",
        "c,2,3,sad,Cy",
        "stranger.wav,2,3,sad,Cy",
    ]
    _, plan = look(project, table(tmp_path / "far" / "t.csv", *rows))
    assert [(Path(line.file).name, line.what, line.why) for line in plan.lines] == [
        ("a.wav", What.ADDED, ""),
        ("ñ 声.wav", What.ADDED, ""),
        ("c.flac", What.ADDED, ""),
        ("stranger.wav", What.REFUSED, "The recording is not in the project."),
    ]


def test_names_that_could_mean_several_recordings_are_refused(tmp_path: Path) -> None:
    rows = [recording(n, tmp_path / "audio" / f"s{n}" / "01.wav") for n in (1, 2)]
    project = project_of(tmp_path / "p.humpcat", rows)
    _, plan = look(project, table(tmp_path / "t.csv", "01.wav,0,1,sad,R", "x/s2/01.wav,0,1,sad,R"))
    assert [line.why for line in plan.lines] == ["Several recordings of the project could be meant.", ""]
    assert plan.lines[1].file == str(tmp_path / "audio" / "s2" / "01.wav")
    project.close()


def test_two_names_of_one_table_are_not_one_recording(tmp_path: Path) -> None:
    project = project_of(tmp_path / "p.humpcat", [recording(1, tmp_path / "audio" / "s2" / "01.wav")])
    _, plan = look(project, table(tmp_path / "t.csv", "s1/01.wav,0,1,sad,R", "s2/01.wav,0,1,angry,R"))
    assert [(line.what, line.after) for line in plan.lines] == [(What.REFUSED, "sad"), (What.ADDED, "angry")]
    _, plan = look(project, table(tmp_path / "t.csv", "x/01.wav,0,1,sad,R", "y/01.wav,0,1,angry,R"))
    assert told(plan) == {What.REFUSED: 2}
    project.close()


def test_folders_of_two_raters_may_both_mean_one_recording(tmp_path: Path) -> None:
    project = project_of(tmp_path / "p.humpcat", [recording(1, tmp_path / "audio" / "01.wav")])
    for rater in ("Cy", "Di"):
        place = table(tmp_path / "from" / rater / "t.csv", f"01.wav,0,1,sad,{rater}")
    other = empty_of_annotations(project, tmp_path / "other.humpcat")
    other.apply(import_edit(other, look(other, place.parents[1])[1]))
    text_grids = tmp_path / "grids"
    for rater in other.people()[1:]:
        order = ExportOrder(
            text_grids / rater.name / "01.TextGrid", "textgrid", Scope(raters=frozenset([rater.id]))
        )
        export(other, order)
    _, plan = look(project, text_grids)
    assert {(line.rater, line.what) for line in plan.lines} == {("Cy", What.ADDED), ("Di", What.ADDED)}
    for each in (project, other):
        each.close()


def test_a_recording_beside_the_file_is_added_on_request_only(project: Project, tmp_path: Path) -> None:
    write_sound(tmp_path / "far" / "d.wav")
    place = table(tmp_path / "far" / "t.csv", "d.wav,0,0.5,sad,Anna")
    incoming, plan = look(project, place)
    assert [row.path.name for row in plan.recordings] == ["d.wav"]
    without = replace(usual_choices(content_of(project), incoming), add_recordings=False)
    assert told(look(project, place, choices=without)[1]) == {What.REFUSED: 1}


def test_a_copy_of_a_recording_is_taken_for_the_projects(project: Project, tmp_path: Path) -> None:
    row = project.recordings[1]
    copy = tmp_path / "usb" / row.path.name
    copy.parent.mkdir()
    copy.write_bytes(row.path.read_bytes())
    _, plan = look(project, table(tmp_path / "usb" / "t.csv", f"{row.path.name},2,3,sad,Anna"))
    assert plan.lines[0].file == str(row.path) and not plan.recordings


def test_rows_without_an_end_are_of_the_whole_recording(project: Project, tmp_path: Path) -> None:
    place = tmp_path / "t.csv"
    place.write_text("file,emotion,rater\nc.flac,angry,Cy\n", encoding="utf-8")
    _, plan = look(project, place)
    assert [(line.what, line.start, line.end) for line in plan.lines] == [(What.ADDED, 0.0, 5.0)]


# What is refused, and what is the same


def test_what_cannot_be_is_refused_with_its_reason(project: Project, tmp_path: Path) -> None:
    rows = [
        "0.1,0.5,sad",
        "4,6,sad",
        "4.5,5.005,sad",
        "2,2.00001,sad",
        "3,2,sad",
        "0,0.680295,sad",
        "0,0.680295,happy",
    ]
    place = table(tmp_path / "study" / "audio" / "t.csv", *(f"a.wav,{row},Anna" for row in rows))
    _, plan = look(project, place)
    why = {(line.start, line.end): line.why for line in plan.lines if line.what is What.REFUSED}
    assert why == {
        (0.1, 0.5): "It overlaps another segment of Anna.",
        (4.0, 6.0): "It ends after the recording, which is 5.000 s long.",
        (2.0, 2.00001): "It is shorter than one sample.",
        (0.0, 0.680295): "The file says two things of this segment.",
        (None, None): "A segment ends after it starts, and starts at 0 s or later; not 3 to 2 s.",
    }
    assert told(plan) == {What.ADDED: 1, What.CHANGED: 1, What.REFUSED: 5}
    [end] = [line.new for line in plan.lines if line.what is What.ADDED]
    assert isinstance(end, AnnotationRow) and end.end == project.recordings[0].frames  # by rounding, no more


def test_edges_that_rounding_pushed_into_a_neighbour_are_cut_to_it(project: Project, tmp_path: Path) -> None:
    place = table(tmp_path / "study" / "audio" / "t.csv", "a.wav,1.3602,1.5880,sad,Anna")
    project.apply(import_edit(project, look(project, place)[1]))
    [new] = [row for row in project.annotations if row.label == "sad" and row.rater == ANNA]
    assert new.span == (60_007, 70_000)


def test_what_a_file_is_silent_about_stays(project: Project, tmp_path: Path) -> None:
    track = tmp_path / "study" / "audio" / "a.Anna.txt"
    track.write_text("0.000023\t0.680295\thappy\n", encoding="utf-8")
    _, plan = look(project, track)
    [line] = plan.lines
    assert (
        line.what is What.CHANGED
        and isinstance(line.new, AnnotationRow)
        and isinstance(line.old, AnnotationRow)
    )
    assert line.new == replace(line.old, label="happy", origin="imported", changed=line.new.changed)
    assert (line.before, line.after) == (
        "angry, valence 1, arousal 7, dominance 4, “a note”",
        "happy, valence 1, arousal 7, dominance 4, “a note”",
    )


def test_the_rater_of_a_track_is_told_by_its_name(tmp_path: Path) -> None:
    rows = [
        RaterRow(2, "A. B/C."),
        recording(1, tmp_path / "audio" / "t.1.wav"),
        AnnotationRow(1, 1, 2, 0, 100, "sad"),
    ]
    project = project_of(tmp_path / "p.humpcat", rows)
    done = export(project, ExportOrder(tmp_path / "out", "audacity"))
    assert [path.name for path in done.paths] == ["t.1.txt"]  # one rater needs no name
    done.paths[0].rename(tmp_path / "out" / "t.1.A. B_C.txt")
    _, plan = look(project, tmp_path / "out")
    assert [(line.what, line.rater) for line in plan.lines] == [(What.SAME, "A. B/C.")]
    project.close()


def test_tiers_go_to_whom_they_are_given_and_labels_become_others(project: Project, tmp_path: Path) -> None:
    rows = ["3,3.5,Anger,x", "3.5,4,meh,x", "4,4.5,HAPPY,x", "3,3.5,sad,y", "3,4,sad,z"]
    place = table(tmp_path / "study" / "audio" / "t.csv", *(f"a.wav,{row}" for row in rows))
    content = content_of(project)
    usual = usual_choices(content, read_incoming([place], content), {"Anger": "angry"}.get)
    assert usual.tiers == {"x": "x", "y": "y", "z": "z"}
    assert usual.labels == {"Anger": "angry", "HAPPY": "happy", "meh": "meh", "sad": "sad"}
    choices = Choices({"x": "bo", "y": "gold", "z": ""}, {**usual.labels, "meh": None})
    _, plan = look(project, place, choices=choices)
    assert [(line.what, line.rater, line.after) for line in plan.lines] == [
        (What.ADDED, "Bo", "angry"),
        (What.REFUSED, "bo", "meh"),
        (What.ADDED, "Bo", "happy"),
        (What.ADDED, "gold", "sad"),
    ]
    assert not plan.raters and not plan.labels


def test_predictions_come_with_probabilities_or_not_at_all(project: Project, tmp_path: Path) -> None:
    place = tmp_path / "study" / "audio" / "t.csv"
    lines = ["file,start,end,emotion,confidence,angry,sad,model", "a.wav,3,4,sad,0.9,0.1,0.9,mine"]
    place.write_text("\n".join([*lines, "a.wav,4,5,sad,0.9,,,mine"]) + "\n", encoding="utf-8")
    _, plan = look(project, place)
    assert told(plan) == {What.ADDED: 1, What.REFUSED: 1}
    project.apply(import_edit(project, plan))
    found = project.prediction_of(1, (132_300, 176_400))
    assert (
        found is not None
        and (found.label, found.model_name) == ("sad", "mine")
        and len(project.annotations) == 7
    )


def test_a_project_that_changed_since_is_looked_at_again(project: Project, tmp_path: Path) -> None:
    place = table(tmp_path / "study" / "audio" / "t.csv", "a.wav,0,0.6803,sad,Anna")
    _, plan = look(project, place)
    row = project.annotation(1)
    assert row is not None
    project.apply(Edit("note", (RowChange(row, replace(row, note="other")),)))
    with pytest.raises(HumpcatError, match="changed since"):
        import_edit(project, plan)
    nothing = look(project, table(tmp_path / "study" / "audio" / "t.csv", "a.wav,0,0.6803,angry,Anna"))[1]
    with pytest.raises(HumpcatError, match="nothing to import"):
        import_edit(project, nothing)


# What is read


def test_a_folder_is_read_where_its_files_are_of_one_format(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    export(project, ExportOrder(folder, "textgrid"))
    incoming, _ = look(project, folder)
    assert incoming.formats == {"Praat TextGrid": 3}
    (folder / "broken.TextGrid").write_text('File type = "ooTextFile"\nnonsense', encoding="utf-8")
    incoming, plan = look(project, folder)
    assert told(plan) == {What.SAME: 7, What.REFUSED: 1}
    table(folder / "t.csv", "a.wav,0,1,sad,Anna")
    with pytest.raises(HumpcatError, match=r"3 files|4 files"):
        look(project, folder)
    content = content_of(project)
    assert read_incoming([folder], content, format_named("csv")).formats == {"Labelled CSV": 1}
    with pytest.raises(HumpcatError, match="holds no file"):
        read_incoming([tmp_path / "study" / "audio"], content)


def test_many_segments_are_planned_in_seconds(tmp_path: Path) -> None:
    long = recording(1, tmp_path / "long.wav", 30.0)
    project = project_of(tmp_path / "p.humpcat", [replace(long, frames=16_000 * 20_000)])
    rows = [f"long.wav,{n},{n + 1},{LABELS[n % 4]},Anna" for n in range(10_000)]
    _, plan = look(project, table(tmp_path / "t.csv", *rows))
    assert told(plan) == {What.ADDED: 10_000}
    project.apply(import_edit(project, plan))
    assert told(look(project, tmp_path / "t.csv")[1]) == {What.SAME: 10_000}
    project.close()
