"""Measures the voice of what is in hand, and of the speaker's other segments to compare it with, in the background."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

from core_model.errors import HumpcatError
from core_model.facts import Segment
from core_model.project.project import Project
from core_model.project.rows import RecordingRow
from core_model.voice_statistics import VoiceStatistics, reference_of

from ..compute_process import ComputeProcess
from ..display.features import LONGEST_MEASURED, segment_statistics
from ..tasks import Report, Task, TaskPool
from ..translation import tr
from .statistics_panel import StatisticsPanel

_SETTLE_MS = 150  # a selection that is still being drawn is not worth measuring
_COMPARED = 100  # segments of a speaker that are measured for the mean, at most
_REMEMBERED = 20_000


class Measuring(QObject):
    """Figures are remembered while the program runs: a stretch of a file has the same ones every time."""

    def __init__(
        self, tasks: TaskPool, compute: ComputeProcess, panel: StatisticsPanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._tasks, self._compute, self._panel = tasks, compute, panel
        self._known: dict[Segment, VoiceStatistics | None] = {}  # None: cannot be measured
        self._target: Segment | None = None
        self._of_speaker: Callable[[], Sequence[Segment]] = tuple
        self._others: list[Segment] | None = None  # not asked for yet
        self._running: Task | None = None
        self._timer = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._timer.timeout.connect(self._go_on)

    def show(self, target: Segment | None, of_speaker: Callable[[], Sequence[Segment]] = tuple) -> None:
        """Show a stretch's figures, or nothing.

        Args:
            target: what is in hand.
            of_speaker: answers all segments of its speaker, for the comparison, of which those nearest in the list are
                taken; called once the target stays, since among thousands that takes a while.
        """
        if self._running is not None:
            self._running.cancel()
            self._running = None
        self._target, self._of_speaker, self._others = target, of_speaker, None
        self._timer.stop()
        if target is not None and self._known.get(target) is None:
            self._panel.show_busy()
            self._timer.start()
        else:
            self._go_on()

    def close(self) -> None:
        """Begin nothing more."""
        self._timer.stop()
        if self._running is not None:
            self._running.cancel()
        self._target = None

    def _go_on(self) -> None:
        """Show what is known, and measure what is not, the stretch in hand first."""
        target = self._target
        if target is None:
            self._panel.show_statistics(None, None)
            return
        statistics = self._known.get(target)
        if statistics is None:
            self._measure(target)
            return
        if self._others is None:
            self._others = _nearest(target, self._of_speaker())
        known = [found for other in self._others if (found := self._known.get(other)) is not None]
        self._panel.show_statistics(statistics, reference_of(known))
        unknown = next((other for other in self._others if other not in self._known), None)
        if unknown is not None:
            self._measure(unknown)

    def _measure(self, segment: Segment) -> None:
        run = self._compute.run

        def work(report: Report) -> VoiceStatistics:
            return segment_statistics(segment, lambda *what: run(*what, check=report.check), report.check)

        self._running = self._tasks.start(
            work, lambda found: self._take(segment, found), lambda error: self._fail(segment, error)
        )

    def _take(self, segment: Segment, found: VoiceStatistics | None) -> None:
        self._running = None
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[segment] = found
        self._go_on()

    def _fail(self, segment: Segment, error: Exception) -> None:
        if segment != self._target:
            self._take(segment, None)  # one less to compare with
            return
        self._running = None
        told = (
            error
            if isinstance(error, HumpcatError)
            else HumpcatError(tr("This could not be measured: {error}.").format(error=error))
        )
        self._panel.show_error(told)


def segments_of_speaker(project: Project, recording: RecordingRow, rater: int | None) -> list[Segment]:
    """A rater's segments of everything that a recording's speaker said, in the project's order.

    A recording without segments counts as a whole. Where no speaker is named, the recording is taken for one speaker's.
    """
    same = [row for row in project.recordings if row.speaker == recording.speaker]
    found: list[Segment] = []
    for row in same if recording.speaker else [recording]:
        spans = [each.span for each in project.annotations_of(row.id, rater)] or [(0, row.frames)]
        found += [Segment(row.path, start, end, row.rate) for start, end in spans]
    return found


def _nearest(target: Segment, of_speaker: Sequence[Segment]) -> list[Segment]:
    """The speaker's other segments, as many as are compared, around the target's place in the list."""
    usable = [each for each in of_speaker if each.end_seconds - each.start_seconds <= LONGEST_MEASURED]
    others = [each for each in usable if each != target]
    at = usable.index(target) if target in usable else 0
    first = max(0, min(at - _COMPARED // 2, len(others) - _COMPARED))
    return others[first : first + _COMPARED]
