"""A project as a corpus: each stretch that its raters labelled, with the one label that stands for it.

Decision: predictions are never read, as a model would learn from a model. The gold tier decides where it has a label;
else the raters do, one of them alone or the majority. A label that its rater marked as unsure is no vote, on the gold
tier neither: what people doubt is nothing to train on or to test by, and whoever wants it can take the doubt back.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from core_model.agreement import RatedSegment, match
from core_model.errors import HumpcatError
from core_model.project.project import Project
from core_model.project.project_file import SUFFIX
from core_model.project.rows import GOLD, AnnotationRow
from core_model.wording import counted

from .facts import Entry, Found, Skipped, Tree
from .label_maps import LabelMap

NAME = "project"
TITLE = "a project of annotations"
SHAPE = f"a {SUFFIX} file, or a folder that holds one"
NO_LABEL = "a segment that nobody labelled"
UNSURE = "its raters are unsure"
TIE = "its raters disagree, and none of the labels has a majority"
MISSING = "its recording is not where the project has it"

_SURE = 1.0  # labels that were made with this program


def read_project(path: Path) -> Found:
    """What a project's raters say, one entry for each stretch; it may be open in a window meanwhile.

    Segments of several raters are one stretch when they overlap by half of what both cover (`core_model.agreement`);
    its bounds are those of the gold tier or else of the rater who was there first.

    Raises:
        HumpcatError: it cannot be read.
    """
    with closing(Project.open(path, read_only=True)) as project:
        return _found(path, project)


def read_folder(tree: Tree, _words: LabelMap) -> Found:
    """The one project that lies in a folder itself; none of the folders below is looked at.

    Raises:
        HumpcatError: there is none, or several.
    """
    projects = [path for path in tree.others if path.suffix == SUFFIX and path.parent == tree.root]
    if len(projects) != 1:
        what = counted(len(projects), "project") if projects else "no project"
        raise HumpcatError(f"{tree.root} holds {what}.", f"Name the {SUFFIX} file itself.")
    return read_project(projects[0])


def _found(path: Path, project: Project) -> Found:
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    stretches = _stretches(project)
    speakers = 0
    for stretch in stretches:
        recording = project.recording(stretch[0].recording)
        label, why_not = _settled(project, stretch)
        if not label or not recording.path.is_file():
            skipped.append(Skipped(recording.path, why_not or MISSING))
            continue
        start, end = stretch[0].start / recording.rate, stretch[0].end / recording.rate
        speakers += bool(recording.speaker)
        entries.append(Entry(recording.path, label, recording.speaker, "", "", start=start, end=end))
    told = [
        f"{path.name} is a project with {counted(len(stretches), 'segment')}, those of several raters taken as one, "
        f"in {counted(len(project.recordings), 'recording')}",
        "emotions from the gold tier, else from its raters' majority; predictions are not read",
    ]
    if entries and not speakers:
        told.append("it names no speakers: they are unknown")
    files = len({entry.file for entry in entries})
    return Found(NAME, tuple(entries), tuple(skipped), files, len(project.recordings), tuple(told), _SURE)


def _stretches(project: Project) -> list[list[AnnotationRow]]:
    """Segments that are one stretch, the gold tier's first, then by rater."""
    raters = sorted(project.raters, key=lambda rater: (rater.kind != GOLD, rater.id))
    rows = [
        [row for recording in project.recordings for row in project.annotations_of(recording.id, rater.id)]
        for rater in raters
    ]
    segments: list[list[RatedSegment]] = [
        [(row.recording, row.start, row.end, row.label) for row in tier] for tier in rows
    ]
    return [
        [rows[rater][index] for rater, index in enumerate(unit) if index is not None]
        for unit in match(segments)
    ]


def _settled(project: Project, stretch: Sequence[AnnotationRow]) -> tuple[str, str]:
    """The label that stands for a stretch, or "" and why there is none."""
    labelled = [row for row in stretch if row.label]
    votes = [row for row in labelled if not row.unsure]
    gold = [row for row in labelled if project.rater(row.rater).kind == GOLD]
    if gold:
        votes = [row for row in gold if not row.unsure]
    if not votes:
        return "", UNSURE if labelled else NO_LABEL
    label, most = Counter(row.label or "" for row in votes).most_common(1)[0]
    return (label, "") if 2 * most > len(votes) else ("", TIE)
