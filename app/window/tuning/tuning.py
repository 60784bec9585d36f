"""The page Fine-tune at work: a corpus becomes a job, and a job's end is told wherever the user is."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ...compute_process import ComputeProcess
from ...playback import OpenStream
from ...tasks import TaskPool
from ..sample_player import SamplePlayer
from ..theme import Theme
from .corpus import Corpus
from .corpus_page import CorpusPage
from .starting import Starting
from .tune_dialog import ModelChoice
from .tuning_page import TuningPage


class Tuning(QObject):
    """Made once. Corpora are read in a process of its own, so that pitch and MFCC never wait for them."""

    failed = Signal(object)
    done = Signal(str)
    file_opened = Signal(Path, object)
    page_asked = Signal()

    def __init__(
        self, tasks: TaskPool, theme: Theme, parent: QObject, open_stream: OpenStream | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._compute = ComputeProcess("reads corpora")
        self.samples = SamplePlayer(tasks, self, open_stream)
        self.corpus_page = CorpusPage(theme)
        self.page = TuningPage(self.corpus_page)
        self.corpus = Corpus(self.corpus_page, self._compute, tasks, self.samples, self.page, self)
        for part in (self.corpus, self.samples):
            part.failed.connect(self.failed)
        self.starting = Starting(self.corpus, self._compute, tasks, lambda: self._theme, self.page, self)
        self.corpus_page.tune_asked.connect(lambda: self.starting.tune())
        self.corpus_page.source_asked.connect(lambda: self.starting.new_source())
        self.starting.failed.connect(self.failed)
        self.page.dropped.connect(self.corpus.open)
        self.corpus.done.connect(self.done)
        self.corpus.file_opened.connect(self.file_opened)

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {
            "open_corpus": self.open_corpus,
            "tune_labels": self.tune_labels,
            "show_jobs": self.show_jobs,
        }

    def open_corpus(self) -> None:
        """Ask for the folder of a corpus."""
        self.page_asked.emit()
        self.page.setCurrentIndex(0)
        self.corpus_page.folder_asked.emit()

    def tune_labels(self) -> None:
        """Take the project's labels as a corpus."""
        self.page_asked.emit()
        self.page.setCurrentIndex(0)
        self.corpus.open_project()

    def show_jobs(self) -> None:
        """Go to the jobs."""
        self.page_asked.emit()
        self.page.setCurrentIndex(1)

    def use_project(self, project: Path | None) -> None:
        """Another project is open, or none."""
        self.corpus.use_project(project)

    def use_models(self, models: Sequence[tuple[str, str, Path, str]], model: str) -> None:
        """Other models are there (name, id, folder, a sentence), or another one is in use."""
        self.starting.models = tuple(ModelChoice(name, folder, about) for name, _, folder, about in models)
        self.starting.model = model

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.corpus_page.recolour(theme)

    def close(self) -> None:
        """Stop what runs here; jobs go on."""
        self.corpus.close()
        self.samples.close()

    def end(self) -> None:
        """End the corpora's process, once no thread waits for it."""
        self._compute.close()
