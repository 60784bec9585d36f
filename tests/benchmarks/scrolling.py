"""How smooth the segment table is with 10 000 segments in 1000 recordings, half of them predicted.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/scrolling.py [SEGMENTS]

The table is 1000 x 400 px. A frame of scrolling is one turn of the wheel, handled and painted; the other rows are the
time from the act to the end of painting. Run it on the screen too: offscreen there is no compositor to wait for.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("HUMPCAT_HOME", tempfile.mkdtemp())

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.editor import Editor
from app.tasks import TaskPool
from app.window.review_panel import ReviewPanel
from app.window.segment_table import COLUMNS, SegmentTable
from app.window.segments import Segments
from app.window.theme import Themes
from core_model.facts import WindowPrediction
from core_model.project import editing
from core_model.project.edit import Edit, added
from core_model.project.project import Project
from core_model.project.rows import AnnotationRow, PredictionRow, RecordingRow

SEGMENTS, RECORDINGS, STEPS = 10_000, 1000, 300
RATE, LABELS = 16_000, ("angry", "happy", "neutral", "sad")
NOTES = ("", "", "", "laughs at the end", "two speakers, the second one far from the microphone")


def project_of(folder: Path, segments: int) -> Project:
    """A project of one rater whose segments of 2 s are all labelled or not by chance."""
    chance, each = random.Random(1), segments // RECORDINGS
    project = Project.create(folder / "scrolling.humpcat")
    recordings = [
        RecordingRow(
            n, folder / f"speaker {n % 40:02d}" / f"interview_{n}.wav", "", 1, RATE, 1, 3 * RATE * each
        )
        for n in range(1, RECORDINGS + 1)
    ]
    annotations, predictions = [], []
    for number in range(1, RECORDINGS * each + 1):
        recording, place = (number - 1) // each + 1, (number - 1) % each
        span = (place * 3 * RATE, (place * 3 + 2) * RATE)
        label, note = chance.choice((None, *LABELS)), chance.choice(NOTES)
        annotations.append(AnnotationRow(number, recording, 1, *span, label, note=note, changed=number))
        if number % 2:
            weights = [chance.random() ** 3 for _ in LABELS]
            shares = tuple(weight / sum(weights) for weight in weights)
            windows = (WindowPrediction(0.0, 2.0, shares),)
            predictions.append(PredictionRow(number, recording, *span, LABELS, shares, windows, "model", "m"))
    for rows in (recordings, annotations, predictions):
        project.apply(Edit("make", added(rows)))
    return project


class Bench(QObject):
    """The table of the project, on screen."""

    def __init__(self, application: QApplication, folder: Path, segments: int) -> None:
        super().__init__()
        self._application = application
        self._painted: list[QObject] = []
        themes = Themes(application, QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat))
        self.tasks = TaskPool()
        self.editor = Editor(self.tasks)
        self.segments = Segments(self.editor, application)
        self.table = SegmentTable(self.segments, self.editor, themes.current)
        self.review = ReviewPanel(self.segments, self.editor, themes.current)
        for panel in (self.table, self.review):
            panel.resize(1000, 400)
            panel.view.viewport().installEventFilter(self)
        self.segments.use_model("m")
        self.table.show()
        project = project_of(folder, segments)
        say("build and show the list", [self.timed(lambda: self.editor.take(project))])
        scheme = replace(self.editor.scheme, ratings=True)
        self.editor.make(editing.change_scheme(project, scheme, {}))
        self.settle()

    @property
    def project(self) -> Project:
        assert self.editor.project is not None
        return self.editor.project

    def settle(self) -> None:
        """All events handled and painted; what Qt puts off is painted at once, all rows in view."""
        views = [view for view in (self.table.view, self.review.view) if view.isVisible()]
        self._painted.clear()
        self._application.processEvents()
        for view in views:
            if view.viewport() not in self._painted:
                view.viewport().repaint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note what was painted."""
        if event.type() == QEvent.Type.Paint:
            self._painted.append(watched)
        return False

    def timed(self, act: Callable[[], object]) -> float:
        """Milliseconds until it is done and painted."""
        began = time.perf_counter()
        act()
        self.settle()
        return (time.perf_counter() - began) * 1000

    def wheel(self, delta: int) -> None:
        """One turn of the wheel over the table."""
        port = self.table.view.viewport()
        at = QPointF(port.width() / 2, port.height() / 2)
        event = QWheelEvent(
            at,
            QPointF(port.mapToGlobal(at.toPoint())),
            QPoint(),
            QPoint(0, delta),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        self._application.sendEvent(port, event)


def main() -> None:
    """Measure one thing after another."""
    segments = int(sys.argv[1]) if len(sys.argv) > 1 else SEGMENTS
    application = QApplication([])
    sys.stdout.write("| what | n | p50 ms | p95 ms | max ms |\n|---|---|---|---|---|\n")
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(application, Path(place), segments)
        for what, times in measurements(bench):
            say(what, times)
        bench.editor.take(None)
        bench.tasks.close()


def measurements(bench: Bench) -> Iterator[tuple[str, list[float]]]:
    """What is done with the table, and how long each time takes."""
    table, view, project = bench.table, bench.table.view, bench.project
    yield from scrolling(bench)
    yield (
        "type a letter into the filter",
        [bench.timed(lambda k=k: press(table.filters.text, k)) for k in "interview_12"],
    )
    table.filters.clear()
    header = view.horizontalHeader()
    sections = [section for section, column in enumerate(COLUMNS) if column.name != "recording"]
    yield (
        "sort by a column",
        [bench.timed(lambda s=s: header.setSortIndicator(s, Qt.SortOrder.DescendingOrder)) for s in sections],
    )
    header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
    view.setFocus()
    view.selectRow(0)
    yield "go down a row", [bench.timed(lambda: QTest.keyClick(view, Qt.Key.Key_Down)) for _ in range(STEPS)]
    yield "choose all", [bench.timed(view.selectAll)]
    yield "follow the choice of 500", [bench.timed(lambda: table.show_chosen(table.ids[100:600]))]
    yield from labelling(bench)
    bench.review.show()
    yield "make the review queue", [bench.timed(bench.review.refresh) for _ in range(5)]
    one = project.annotation(bench.review.ids[0])
    assert one is not None
    yield (
        "label one, queue and table shown",
        [
            bench.timed(lambda label=label: bench.editor.do(lambda: editing.set_label([one], label)))
            for label in LABELS
        ],
    )


def scrolling(bench: Bench) -> Iterator[tuple[str, list[float]]]:
    """By the wheel, down and up, by the page, and with all rows chosen."""
    bar = bench.table.view.verticalScrollBar()
    yield "scroll a turn of the wheel", [bench.timed(lambda: bench.wheel(-120)) for _ in range(STEPS)]
    yield "scroll fast, a page a frame", [bench.timed(lambda: bench.wheel(-960)) for _ in range(STEPS)]
    jumps = [random.Random(2).randrange(bar.maximum()) for _ in range(STEPS)]
    yield "drag the bar anywhere", [bench.timed(lambda at=at: bar.setValue(at)) for at in jumps]
    bench.table.view.selectAll()
    yield "scroll, all chosen", [bench.timed(lambda: bench.wheel(120)) for _ in range(STEPS)]
    bench.table.view.clearSelection()


def labelling(bench: Bench) -> Iterator[tuple[str, list[float]]]:
    """One, under the filter for unlabelled ones as in the day's work, and all at once."""
    table, project, editor = bench.table, bench.project, bench.editor

    def label(ids: list[int], name: str | None) -> None:
        rows = [row for number in ids if (row := project.annotation(number)) is not None]
        editor.do(lambda: editing.set_label(rows, name))

    table.filters.label.setCurrentIndex(1)
    yield "label one of the unlabelled", [bench.timed(lambda n=n: label([n], "sad")) for n in table.ids[:50]]
    yield "its undo", [bench.timed(editor.undo) for _ in range(50)]
    table.filters.clear()
    began = time.perf_counter()
    every = list(table.ids)
    alone = [row for number in every if (row := project.annotation(number)) is not None]
    edit = editing.set_label(alone, "happy")
    project.apply(edit)
    written = (time.perf_counter() - began) * 1000
    yield f"label all {len(every)}: the project alone", [written]
    followed = time.perf_counter()
    editor.changed.emit(edit)
    bench.settle()
    yield f"label all {len(every)}: list and table after it", [(time.perf_counter() - followed) * 1000]


def press(widget: object, key: str) -> None:
    """Type one letter."""
    QTest.keyClicks(widget, key)


def say(what: str, times: list[float]) -> None:
    """A row of the table."""
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]
    middle = statistics.median(times)
    sys.stdout.write(f"| {what} | {len(times)} | {middle:.1f} | {p95:.1f} | {max(times):.1f} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
