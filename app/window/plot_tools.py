"""What is done with plots beside looking at them: how they are drawn, pictures of them, figures of the voice."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSettings

from core_model.facts import Segment

from ..compute_process import ComputeProcess
from ..editor import Editor
from ..tasks import TaskPool
from .actions import Actions
from .loader import Loader
from .measuring import Measuring, segments_of_speaker
from .plot_images import PlotImages
from .plot_options import PlotOptionsPanel, PlotOptionsStore
from .plot_stack import PlotStack
from .statistics_panel import StatisticsPanel
from .theme import Theme
from .time_axis import TimeAxis


class PlotTools(QObject):
    """Made once, beside the plots."""

    def __init__(
        self,
        editor: Editor,
        plots: PlotStack,
        loader: Loader,
        axis: TimeAxis,
        tasks: TaskPool,
        compute: ComputeProcess,
        settings: QSettings,
        theme: Theme,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        window = plots.window()
        self._editor, self._plots, self._loader, self._axis = editor, plots, loader, axis
        self.options = PlotOptionsStore(settings, self)
        self.options_panel = PlotOptionsPanel(self.options, window)
        self.images = PlotImages(plots, axis, tasks, settings, window)
        self.statistics = StatisticsPanel(theme)
        self._measuring = Measuring(tasks, compute, self.statistics, self)
        self._target: Segment | None = None
        for part in (loader, plots):
            self.options.changed.connect(part.set_options)
            part.set_options(self.options.current)
        axis.selection_changed.connect(lambda _: self._measure())

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {"plot_options": self.options_panel.open, **self.images.handlers()}

    def use_actions(self, actions: Actions) -> None:
        """The menu that a plot opens has these."""
        self._plots.menu_asked.connect(lambda name, at: self.images.show_menu(actions, name, at))

    def show_target(self, target: Segment | None) -> None:
        """Another segment or recording is in hand: its figures, beside those of its speaker's others."""
        self._target = target
        self.images.recording = target.file.name if target is not None else ""
        self._measure()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.statistics.recolour(theme)

    def close(self) -> None:
        """Begin nothing more."""
        self._measuring.close()

    def _measure(self) -> None:
        """Of the selection if there is one, else of what is in hand; only while somebody looks."""
        project, target, selection = self._editor.project, self._target, self._axis.selection
        if not self.statistics.isVisible() or target is None or project is None:
            self._measuring.show(None)
            return
        if selection is not None:
            start, end = round(selection.start * target.rate), round(selection.end * target.rate)
            target = Segment(target.file, start, max(end, start + 1), target.rate)
        self._measuring.show(target, partial(self._of_speaker, target.file))

    def _of_speaker(self, file: Path) -> list[Segment]:
        project, rater = self._editor.project, self._editor.rater
        recording = project.recording_at(file) if project is not None else None
        if project is None or recording is None:
            return []
        return segments_of_speaker(project, recording, rater.id if rater is not None else None)
