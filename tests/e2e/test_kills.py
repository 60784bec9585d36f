"""Killing the real program while somebody annotates: what was on the screen is in the project afterwards."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import AnnotationRow, RecordingRow

PROGRAM = Path(__file__).resolve().parents[1] / "support" / "annotating_program.py"
RATE = 16_000
SECONDS = 60

Shown = list[list[object]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one recording of a minute."""
    audio = tmp_path / "speech.wav"
    noise = np.random.default_rng(0).normal(0, 0.1, RATE * SECONDS).astype(np.float32)
    soundfile.write(audio, noise, RATE)
    path = tmp_path / "study.humpcat"
    made = Project.create(path)
    row = RecordingRow(made.new_id(RecordingRow), audio, "", audio.stat().st_size, RATE, 1, RATE * SECONDS)
    made.apply(Edit("add", added([row])))
    made.close()
    return path


@pytest.mark.parametrize("half", [1, 2])
def test_every_edit_that_was_on_screen_survives_25_kills(project: Path, half: int) -> None:
    dice = random.Random(half)
    edits = 0
    for kill in range(25):
        lines = _annotate_and_kill(project, seed=100 * half + kill, after=dice.uniform(0.0, 1.0))
        edits += len(lines)
        kept = _kept(project)
        gone = [row for row in lines[-1] if row not in kept]
        new = [row for row in kept if row not in lines[-1]]
        # Two edits more may have reached the file than the screen: an edge that waited for a zero crossing (a segment
        # before and after), and the one in hand. The greatest, a merge, changes three segments.
        assert len(gone) + len(new) <= 5, (kill, gone, new)
    assert edits > 25 * 2


def _annotate_and_kill(project: Path, seed: int, after: float) -> list[Shown]:
    """Let the program annotate for `after` seconds from its first edit on, kill it, and answer what it had shown."""
    command = [sys.executable, str(PROGRAM), str(project), str(seed)]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ)
    assert program.stdout is not None
    with program, program.stdout as stream:
        first = stream.readline()
        time.sleep(after)  # the moment of the kill is what is tried here
        program.kill()
        whole = (first + stream.read()).split(b"\n")[:-1]  # a line that was cut off was not shown to anybody
    assert whole, "the program ended before it showed anything"
    return [json.loads(line) for line in whole]


def _kept(path: Path) -> Shown:
    project = Project.open(path)
    assert not project.read_only
    rows: list[AnnotationRow] = project.annotations
    project.close()
    return sorted([row.start, row.end, row.label or "", row.unsure] for row in rows)
