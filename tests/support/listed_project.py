"""A project for those that list segments: two raters, three recordings, predictions, in an editor."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.editor import Editor
from app.tasks import TaskPool
from core_model.project import editing
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import AnnotationRow, PredictionRow, RecordingRow

RATE, RECORDINGS, EACH = 16_000, 3, 20
LABELS = ("angry", "happy", "neutral", "sad")


def make_project(folder: Path) -> Project:
    """60 segments of R1, of 2 s each 3 s, numbered from 1.

    Their labels go angry, happy, neutral, sad, none, and again; those of odd numbers are predicted to be angry by the
    model m1, with a confidence that rises from 0.3 to 0.9. R2 has one segment, number 61, on the
    first one, labelled sad.
    """
    project = Project.create(folder / "listed.humpcat")
    project.apply(editing.add_rater(project, "R2")[0])
    frames = EACH * 3 * RATE
    recordings = [
        RecordingRow(n, folder / f"take {n}.wav", "", 1, RATE, 1, frames) for n in range(1, RECORDINGS + 1)
    ]
    count = RECORDINGS * EACH
    annotations = [_annotation(number) for number in range(1, count + 1)]
    theirs = AnnotationRow(count + 1, 1, 2, 0, 2 * RATE, "sad", changed=100.0)
    predictions = [_prediction(number, 0.3 + 0.6 * number / count) for number in range(1, count + 1, 2)]
    for rows in (recordings, [*annotations, theirs], predictions):
        project.apply(Edit("make", added(rows)))
    return project


@contextmanager
def editor_of(project: Project | None) -> Iterator[Editor]:
    """An editor with this project in hand."""
    tasks = TaskPool()
    editor = Editor(tasks)
    editor.take(project)
    try:
        yield editor
    finally:
        editor.take(None)
        tasks.close()


def _place(number: int) -> tuple[int, tuple[int, int]]:
    recording, at = divmod(number - 1, EACH)
    return recording + 1, (at * 3 * RATE, (at * 3 + 2) * RATE)


def _annotation(number: int) -> AnnotationRow:
    recording, span = _place(number)
    label = (*LABELS, None)[(number - 1) % 5]
    return AnnotationRow(number, recording, 1, *span, label, changed=100.0 + number)


def _prediction(number: int, share: float) -> PredictionRow:
    recording, span = _place(number)
    rest = (1 - share) / 3
    return PredictionRow(
        number, recording, *span, LABELS, (share, rest, rest, rest), (), "model", "m1", changed=1000.0
    )
