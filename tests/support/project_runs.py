"""Projects edited by real processes: started, killed, and looked at afterwards."""

import contextlib
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from core_model.project.project import Project

_WRITER = Path(__file__).with_name("project_writer.py")
_NOBODY = 65534
# Modules are loaded while they can be: the folder of Python itself may be closed to others.
_AS_NOBODY = f"""
import os, sys, tempfile
from pathlib import Path
from core_model.errors import HumpcatError
from core_model.project import editing
from core_model.project.project import Project
with tempfile.TemporaryDirectory() as folder:
    Project.create(Path(folder) / "p.humpcat").close()
if os.getuid() == 0:
    os.setgroups([]); os.setgid({_NOBODY}); os.setuid({_NOBODY})
path = Path(sys.argv[1])
"""


@contextlib.contextmanager
def writer(
    path: Path, edits: int | None = None, before: Sequence[str] = (), limit: int | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """A process that edits a project until the block ends; see project_writer.py for what it says.

    Args:
        edits: how many edits it makes at most.
        before: a command that runs the process.
        limit: bytes beyond which no file of its can grow.
    """
    command = [*before, sys.executable, str(_WRITER), str(path)]
    if edits is not None:
        command.append(str(edits))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if limit is not None:
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
            yield process
        finally:
            process.kill()


def said(process: "subprocess.Popen[str]") -> str:
    """The next line of a process."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def kill(process: "subprocess.Popen[str]") -> list[str]:
    """Kill a process, and what it said until then that nobody heard yet."""
    process.kill()
    rest, _ = process.communicate()
    return rest.split("\n")[:-1]  # a line without its end was not said


def edited_until_killed(path: Path, chosen: random.Random, longest: float) -> list[int]:
    """The edits that a process said it had made until it was killed, `longest` s after opening it or sooner."""
    with writer(path) as process:
        first = said(process)
        assert first == "open", first
        deadline = time.monotonic() + chosen.uniform(0, longest)
        while time.monotonic() < deadline:  # busy, as an edit takes less than the shortest sleep
            pass
        return [int(line) for line in kill(process)]


def lost(path: Path, edits: Sequence[int]) -> list[int]:
    """Which of these edits are not in the project as it is opened again."""
    project = Project.open(path)
    try:
        labels = {row.label for row in project.annotations}
        paths = {row.path.stem for row in project.recordings}
    finally:
        project.close()
    return [n for n in edits if str(n) not in paths or (str(n) in labels) == (n % 3 == 0)]


def as_nobody(code: str, path: Path) -> str:
    """What a piece of code says of a project as a user who may do nothing here; this user, unless that is root."""
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY + code, str(path)],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": "/"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
