"""A process that opens a project and edits it until it is killed or told to stop.

    python project_writer.py PROJECT [EDITS]

Says `open` or `read only`, then the number of each edit once it was applied; what was refused as a sentence.
"""

import sys
from pathlib import Path

from core_model.errors import HumpcatError
from core_model.project import editing
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import RecordingRow

RATE, LENGTH = 16_000, 16_000


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def edit(project: Project, number: int) -> None:
    """Edit `number`: a recording with one segment whose label is the number; every third segment is deleted again."""
    path = project.path.parent / f"{number}.wav"
    recording = RecordingRow(project.new_id(RecordingRow), path, "", 32_044, RATE, 1, LENGTH)
    project.apply(Edit("add", added([recording])))
    project.apply(editing.add_segments(project, recording.id, 1, [(0, LENGTH)]))
    project.apply(editing.set_label(project.annotations_of(recording.id), str(number)))
    if number % 3 == 0:
        project.apply(editing.delete_segments(project.annotations_of(recording.id)))
    if number % 50 == 0:
        project.sync()


def main(path: Path, edits: int) -> None:
    """Edit until there were enough edits."""
    try:
        project = Project.open(path)
        say("read only" if project.read_only else "open")
        first = 1 + max((int(row.path.stem) for row in project.recordings), default=0)
        for number in range(first, first + edits):
            edit(project, number)
            say(str(number))
        project.close()
    except HumpcatError as error:
        say(str(error))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1 << 30)
