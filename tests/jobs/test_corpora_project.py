"""A project read as a corpus: what its raters settled on, never what a model says."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from exchanged_projects import BO, SETTLED, prediction, project_of, recording, study
from formats_content import write_sound

from core_model.errors import HumpcatError
from core_model.project.rows import GOLD, AnnotationRow, RaterRow, Row
from training_jobs.corpora.project import MISSING, NO_LABEL, TIE, UNSURE
from training_jobs.corpora.reading import Reading, open_corpus, read_corpus

CY = 4


@pytest.fixture
def rated(tmp_path: Path) -> Callable[..., Reading]:
    """Makes a project of one recording with these annotations (rater, start and end in s, label, unsure); reads it."""

    def read(*said: tuple[int, float, float, str | None, bool], more: tuple[Row, ...] = ()) -> Reading:
        rows: list[Row] = [RaterRow(BO, "Bo"), RaterRow(SETTLED, "settled", GOLD), RaterRow(CY, "Cy")]
        rows.append(recording(1, tmp_path / "a.wav", speaker="S1"))
        for number, (rater, start, end, label, unsure) in enumerate(said, 1):
            span = (round(start * 16_000), round(end * 16_000))
            rows.append(AnnotationRow(number, 1, rater, *span, label, unsure=unsure))
        project_of(tmp_path / "p.humpcat", [*rows, *more]).close()
        return open_corpus(tmp_path / "p.humpcat")

    return read


def told(reading: Reading) -> list[tuple[str, float | None, float | None]]:
    return [(each.emotion, each.start, each.end) for each in reading.utterances]


def reasons(reading: Reading) -> list[str]:
    return [skip.reason for skip in reading.skipped]


def test_the_gold_tier_decides_then_the_majority(rated: Callable[..., Reading]) -> None:
    reading = rated(
        (1, 0.0, 1.0, "sad", False), (BO, 0.1, 1.0, "sad", False), (SETTLED, 0.2, 1.0, "angry", False),
        (1, 1.5, 2.0, "sad", False), (BO, 1.5, 2.1, "happy", False), (CY, 1.4, 2.0, "sad", False),
        (BO, 3.0, 4.0, "neutral", False),
    )  # fmt: skip
    assert told(reading) == [("angry", 0.2, 1.0), ("sad", 1.5, 2.0), ("neutral", 3.0, 4.0)]
    assert {each.speaker_id for each in reading.utterances} == {"p/S1"}
    assert reading.name == "project" and not reading.skipped


def test_what_nobody_settled_is_left_out_with_the_reason(rated: Callable[..., Reading]) -> None:
    reading = rated(
        (1, 0.0, 1.0, "sad", False), (BO, 0.0, 1.0, "happy", False),
        (1, 1.0, 2.0, None, False),
        (1, 2.0, 3.0, "sad", True),
        (1, 3.0, 4.0, "sad", True), (BO, 3.0, 4.0, "angry", False),
        (1, 4.0, 5.0, "sad", False), (SETTLED, 4.0, 5.0, "angry", True),
    )  # fmt: skip
    assert told(reading) == [("angry", 3.0, 4.0)]
    assert reasons(reading) == [TIE, NO_LABEL, UNSURE, UNSURE]


def test_predictions_are_never_read(rated: Callable[..., Reading]) -> None:
    model = prediction(1, 1, 16_000, 32_000, 0.9, 0.1, 0.0, 0.0)
    reading = rated((1, 0.0, 1.0, "sad", False), (1, 1.0, 2.0, None, False), more=(model,))
    assert told(reading) == [("sad", 0.0, 1.0)] and reasons(reading) == [NO_LABEL]


def test_a_recording_that_is_gone_is_left_out(tmp_path: Path) -> None:
    project = study(tmp_path / "study")
    project.recordings[2].path.unlink()
    project.close()
    reading = open_corpus(tmp_path / "study" / "study.humpcat")
    assert [each.file.name for each in reading.utterances] == ["a.wav", "ñ 声.wav"]
    assert sorted(reasons(reading)) == sorted([UNSURE, NO_LABEL, MISSING])
    assert [each.speaker for each in reading.utterances] == ["S1", "S2"]


def test_a_folder_is_read_as_a_project_only_when_told(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    study(folder).close()
    with pytest.raises(HumpcatError):  # neither its names nor its folders tell emotions
        open_corpus(folder)
    assert [each.emotion for each in read_corpus(folder, "project")] == ["angry", "neutral", "sad"]
    (folder / "two.humpcat").write_bytes((folder / "study.humpcat").read_bytes())
    with pytest.raises(HumpcatError, match="holds 2 projects"):
        read_corpus(folder, "project")
    with pytest.raises(HumpcatError, match="is a project, not emodb"):
        read_corpus(folder / "study.humpcat", "emodb")
    write_sound(tmp_path / "empty" / "x.wav")
    with pytest.raises(HumpcatError, match="holds no project"):
        read_corpus(tmp_path / "empty", "project")


def test_inspect_tells_of_a_project_that_a_window_has_open(
    here: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    project = study(tmp_path / "study")
    try:
        done = here("corpus", "inspect", project.path)
    finally:
        project.close()
    assert done.returncode == 0 and "a project of annotations" in done.stdout
    assert UNSURE in done.stdout and NO_LABEL in done.stdout
