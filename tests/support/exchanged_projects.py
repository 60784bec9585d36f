"""Projects whose annotations go out and come in."""

from collections.abc import Iterable
from pathlib import Path

from formats_content import write_sound

from core_model.audio import read_info
from core_model.facts import WindowPrediction
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import GOLD, AnnotationRow, PredictionRow, RaterRow, RecordingRow, Row

LABELS = ("angry", "happy", "neutral", "sad")
ANNA, BO, SETTLED = 1, 2, 3  # raters' ids


def recording(
    number: int, path: Path, seconds: float = 5.0, rate: int = 16_000, speaker: str = ""
) -> RecordingRow:
    """A recording of noise, written, and its row."""
    info = read_info(write_sound(path, seconds, rate))
    return RecordingRow(number, path, "", path.stat().st_size, info.rate, info.channels, info.frames, speaker)


def prediction(
    number: int, of: int, start: int, end: int, *shares: float, model: str = "default"
) -> PredictionRow:
    """What a model says of a stretch, a share for each of LABELS."""
    windows = (WindowPrediction(start / 16_000, end / 16_000, shares),)
    return PredictionRow(
        number, of, start, end, LABELS, shares, windows, model, f"{model}-id", changed=float(number)
    )


def project_of(path: Path, rows: Iterable[Row]) -> Project:
    """A new project of the rater Anna with these rows."""
    project = Project.create(path, "Anna")
    project.apply(Edit("made", added(rows)))
    return project


def study(folder: Path) -> Project:
    """Three recordings, one of them elsewhere; Anna, Bo and a gold tier; a model; every field in use."""
    rows: list[Row] = [
        RaterRow(BO, "Bo"),
        RaterRow(SETTLED, "gold", GOLD),
        recording(1, folder / "audio" / "a.wav", rate=44_100, speaker="S1"),
        recording(2, folder / "audio" / "inner" / "ñ 声.wav", speaker="S2"),
        recording(3, folder.parent / "elsewhere" / "c.flac", rate=48_000),
        AnnotationRow(1, 1, ANNA, 1, 30_001, "angry", 1, 7, 4, "a note", origin="accepted", changed=1.0),
        AnnotationRow(2, 1, ANNA, 30_001, 60_007, "happy", unsure=True, changed=1.0),
        AnnotationRow(3, 1, ANNA, 70_000, 90_000, changed=1.0),
        AnnotationRow(4, 1, BO, 11, 30_011, "sad", changed=1.0),
        AnnotationRow(5, 1, SETTLED, 1, 30_001, "angry", origin="adjudicated", changed=1.0),
        AnnotationRow(6, 2, ANNA, 8_000, 16_000, "neutral", changed=1.0),
        AnnotationRow(7, 3, BO, 0, 240_000, "sad", changed=1.0),
        prediction(1, 1, 1, 30_001, 0.7, 0.1, 0.1, 0.1),
        prediction(2, 2, 8_000, 16_000, 0.1, 0.2, 0.3, 0.4),
    ]
    return project_of(folder / "study.humpcat", rows)
