"""How smooth the window is with an hour of 2000 segments, 1000 of them in view, and 8000 more in the project.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/lanes.py

A frame is one turn of the wheel over the lanes: the view moves, and all that lies along the time axis is painted. The
other rows are the time from a key to the end of painting. CPU is the GUI thread's own.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("HUMPCAT_HOME", tempfile.mkdtemp())

import numpy as np
import soundfile
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.window.studio import Studio
from app.window.theme import Themes
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import AnnotationRow, PredictionRow, RecordingRow

RATE, HOUR, HERE, OTHERS = 8000, 3600, 2000, 8000
LABELS = ("angry", "happy", "neutral", "sad")
STEPS = 200


def make_project(folder: Path) -> Path:
    """An hour with 2000 segments, each predicted, and 80 further recordings (not on disk) with 100 each."""
    audio = folder / "hour.wav"
    chance = np.random.default_rng(0)
    with soundfile.SoundFile(audio, "w", RATE, 1) as stream:
        for _ in range(HOUR // 60):
            stream.write(chance.normal(0, 0.1, 60 * RATE).astype(np.float32))
    project = Project.create(folder / "lanes.humpcat")
    files = [audio, *(folder / f"{number}.wav" for number in range(OTHERS // 100))]
    recordings = [
        RecordingRow(number, path, "-", audio.stat().st_size, RATE, 1, RATE * HOUR)
        for number, path in enumerate(files, start=1)
    ]
    step = HOUR * RATE // HERE
    spans = [(1, at * step, at * step + step * 2 // 3) for at in range(HERE)]
    spans += [(2 + at // 100, at % 100 * step, at % 100 * step + step // 2) for at in range(OTHERS)]
    annotations = [
        AnnotationRow(number, recording, 1, start, end, LABELS[number % 4], changed=1.0)
        for number, (recording, start, end) in enumerate(spans, start=1)
    ]
    shares = (0.1, 0.6, 0.2, 0.1)
    predictions = [
        PredictionRow(number, *spans[number - 1], LABELS, shares, (), "m", "m")
        for number in range(1, HERE + 1)
    ]
    for rows in (recordings, annotations, predictions):
        project.apply(Edit("make", added(rows)))
    path = project.path
    project.close()
    return path


def measure(application: QApplication, name: str, act: Callable[[int], object], times: int) -> None:
    """Print wall-clock and CPU milliseconds of an act with all that it paints."""
    walls, cpus = [], []
    for step in range(times):
        wall, cpu = time.perf_counter(), time.thread_time()
        act(step)
        application.processEvents()
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.thread_time() - cpu) * 1000)
    cells = [name]
    for values in (walls, cpus):
        cells += [
            f"{statistics.median(values):.1f}",
            f"{np.percentile(values, 95):.1f}",
            f"{max(values):.1f}",
        ]
    sys.stdout.write(f"| {' | '.join(cells)} |\n")


def main() -> None:
    """Print a table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        application = QApplication(["lanes"])
        settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        studio = Studio(settings, Themes(application, settings))
        studio.window.resize(1366, 768)
        studio.window.show()
        studio.projects.open(make_project(folder))
        end = time.monotonic() + 60
        while (studio.loader.peaks is None or studio.loader.spectrogram is None) and time.monotonic() < end:
            application.processEvents()
        lanes = studio.annotating.lanes

        def wheel(step: int) -> None:
            point = QPointF(lanes.width() / 2, 10)
            turn = QPoint(0, 120 if step % 20 >= 10 else -120)
            event = QWheelEvent(
                point, QPointF(lanes.mapToGlobal(point.toPoint())), QPoint(), turn, Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(lanes, event)

        def key(what: Qt.Key) -> Callable[[int], None]:
            return lambda _: QTest.keyClick(studio.centre, what)

        sys.stdout.write(
            "| act | wall p50 | p95 | longest | CPU p50 | p95 | longest |\n|---|---|---|---|---|---|---|\n"
        )
        studio.axis.set_view(0.0, 1800.0)
        measure(application, "pan, 1000 segments in view", wheel, STEPS)
        studio.axis.set_view(100.0, 160.0)
        measure(application, "pan, a minute in view", wheel, STEPS)
        studio.axis.show_all()
        measure(application, "the playhead moves", lambda step: studio.axis.follow(step), STEPS)
        measure(application, "next segment", key(Qt.Key.Key_Tab), 50)
        keys = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4)
        measure(application, "label", lambda step: key(keys[step % 4])(step), 50)
        measure(application, "undo", lambda _: studio.actions["undo"].trigger(), 20)
        studio.window.close()


if __name__ == "__main__":
    main()
