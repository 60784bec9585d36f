"""How long it takes to open a large project, to make an edit in it, to back it up and to save it elsewhere.

python tests/benchmarks/project_speed.py [RECORDINGS] [ANNOTATIONS]
"""

import contextlib
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core_model.label_schemes import scheme_of
from core_model.project import editing
from core_model.project.backups import back_up
from core_model.project.project import Project
from core_model.project.project_file import write_new
from core_model.project.rows import AnnotationRow, RaterRow, RecordingRow, Row

EDITS = 1000
SECOND = 16_000


def say(what: str, value: float, unit: str) -> None:
    """One line of the table."""
    sys.stdout.write(f"{what:40} {value:9.2f} {unit}\n")
    sys.stdout.flush()


def timed(act: Callable[[], object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def large(path: Path, recordings: int, annotations: int) -> None:
    """A project with segments of one second, spread over its recordings."""
    each = annotations // recordings
    rows: list[Row] = [RaterRow(1, "R1")]
    for number in range(1, recordings + 1):
        audio = path.parent / "corpus" / f"{number:05}.wav"
        length = (each + 1) * SECOND
        rows.append(RecordingRow(number, audio, "ab" * 32, 2 * length + 44, SECOND, 1, length))
        for at in range(each):
            span = (at * SECOND, (at + 1) * SECOND)
            rows.append(AnnotationRow(number * each + at, number, 1, *span, label="angry"))
    write_new(path, rows)


def measure(path: Path) -> None:
    """Open, edit, sync, back up, save, close."""
    say("open", min(timed(lambda: Project.open(path).close()) for _ in range(3)), "s")
    with contextlib.closing(Project.open(path)) as project:
        rows = project.annotations
        took: list[float] = []
        for number in range(EDITS):
            row = project.annotation(rows[number * 37 % len(rows)].id)
            assert row is not None
            took.append(timed(lambda row=row, n=number: project.apply(editing.set_label([row], str(n)))))
            if number % 100 == 99:
                project.sync()
        took.sort()
        say("edit, median", 1000 * statistics.median(took), "ms")
        say("edit, p95", 1000 * took[int(0.95 * EDITS)], "ms")
        say("edit, longest", 1000 * took[-1], "ms")
        say("sync", 1000 * timed(project.sync), "ms")
        scheme = editing.change_scheme(
            project, scheme_of("one", ["b"]), dict.fromkeys(editing.labels_in_use(project), "b")
        )
        say("another scheme, all labels mapped", timed(lambda: project.apply(scheme)), "s")
        say("back up", timed(lambda: back_up(path)), "s")
        say("save elsewhere", timed(lambda: project.save_as(path.with_name("copy.humpcat"))), "s")
        say("close", 1000 * timed(project.close), "ms")
    say("file", path.stat().st_size / 1e6, "MB")
    say("memory of the process at most", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, "MB")


def main(recordings: int = 5000, annotations: int = 100_000) -> None:
    """Make a project and measure."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HUMPCAT_HOME"] = f"{folder}/home"
        path = Path(folder) / "large.humpcat"
        say("write", timed(lambda: large(path, recordings, annotations)), "s")
        measure(path)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
