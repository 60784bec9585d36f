"""What a project holds at one moment, for work on another thread: rows are values, and stay as they are."""

from dataclasses import dataclass

from ..label_schemes import AnnotationScheme, built_in_schemes
from ..project.editing import SCHEME
from ..project.project import Project
from ..project.rows import AnnotationRow, PredictionRow, RaterRow, RecordingRow


@dataclass(frozen=True, slots=True)
class Content:
    """Recordings and raters in the order in which they were added; annotations and predictions in none."""

    recordings: tuple[RecordingRow, ...]
    raters: tuple[RaterRow, ...]
    annotations: tuple[AnnotationRow, ...]
    predictions: tuple[PredictionRow, ...]
    scheme: AnnotationScheme


def content_of(project: Project) -> Content:
    """A project's rows as they are now.

    Raises:
        HumpcatError: its label scheme is damaged.
    """
    found = project.setting(SCHEME)
    scheme = built_in_schemes()[0] if found is None else AnnotationScheme.from_json(found)
    return Content(
        tuple(project.recordings),
        tuple(project.raters),
        tuple(project.annotations),
        tuple(project.predictions),
        scheme,
    )
