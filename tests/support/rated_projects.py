"""Projects in which several raters, and a model, labelled the same stretches."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import AnnotationRow, PredictionRow, RaterRow, RecordingRow

RATE, LENGTH = 16_000, 16_000  # a second for each segment
LABELS = ("angry", "happy", "neutral", "sad")


def rated(path: Path, said: Mapping[str, str], predicted: str = "", recordings: int = 1) -> Project:
    """A project with a second for each letter: what a rater labels it.

    Args:
        path: of the project.
        said: by rater; a label's first letter, "." a segment without a label, "-" no segment; in capitals: unsure.
        predicted: the same for the model.
        recordings: how many hold that, one like another.
    """
    names = list(said)
    project = Project.create(path, names[0])
    seconds = max(map(len, said.values()))
    rows = [
        RecordingRow(number, path.parent / f"{number}.wav", "", 0, RATE, 1, seconds * LENGTH)
        for number in range(1, recordings + 1)
    ]
    project.apply(Edit("", added([*rows, *(RaterRow(n, name) for n, name in enumerate(names[1:], 2))])))
    for recording in range(1, recordings + 1):
        new: list[AnnotationRow | PredictionRow] = []
        for rater, name in enumerate(names, 1):
            new += _annotations(project, recording, rater, said[name])
        new += [
            _prediction(project, recording, at, letter)
            for at, letter in enumerate(predicted)
            if letter != "-"
        ]
        project.apply(Edit("", added(new)))
    return project


def segment(project: Project, rater: int, second: int, recording: int = 1) -> AnnotationRow:
    """A rater's segment of one second."""
    found = project.annotations_of(recording, rater)
    return next(row for row in found if row.start == second * LENGTH)


def _annotations(project: Project, recording: int, rater: int, letters: Sequence[str]) -> list[AnnotationRow]:
    return [
        AnnotationRow(
            project.new_id(AnnotationRow), recording, rater, at * LENGTH, (at + 1) * LENGTH, _label(letter),
            unsure=letter.isupper(), changed=1.0,
        )
        for at, letter in enumerate(letters)
        if letter != "-"
    ]  # fmt: skip


def _prediction(project: Project, recording: int, at: int, letter: str) -> PredictionRow:
    sure = tuple(0.7 if name == _label(letter) else 0.1 for name in LABELS)
    place = (recording, at * LENGTH, (at + 1) * LENGTH)
    number = project.new_id(PredictionRow)
    return PredictionRow(number, *place, LABELS, sure, (), "default", "abc", changed=1.0)


def _label(letter: str) -> str | None:
    return next((name for name in LABELS if name[0] == letter.lower()), None)
