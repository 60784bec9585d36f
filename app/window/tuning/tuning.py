"""The page Fine-tune at work: a corpus becomes a job, and a job's end is told wherever the user is."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QMessageBox

from training_jobs.jobs.run_folder import RunFolder

from ...compute_process import ComputeProcess
from ...models import ModelFacts
from ...playback import OpenStream
from ...tasks import TaskPool
from ...translation import counted, tr
from ..sample_player import SamplePlayer
from ..theme import Theme
from .corpus import Corpus
from .corpus_page import CorpusPage
from .jobs import Jobs
from .jobs_page import JobsPage
from .starting import Starting
from .tuning_page import CORPUS, JOBS, TuningPage


class Tuning(QObject):
    """Made once. Corpora are read in a process of its own, so that pitch and MFCC never wait for them."""

    failed = Signal(object)
    done = Signal(str)
    file_opened = Signal(object, object)  # its path, and the stretch in seconds, or None
    page_asked = Signal()

    def __init__(
        self,
        tasks: TaskPool,
        settings: QSettings,
        theme: Theme,
        parent: QObject,
        open_stream: OpenStream | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._compute = ComputeProcess(tr("reads corpora"))
        self.samples = SamplePlayer(tasks, self, open_stream)
        self.corpus_page, self.jobs_page = CorpusPage(theme), JobsPage(theme)
        self.page = TuningPage(self.corpus_page, self.jobs_page)
        self.corpus = Corpus(self.corpus_page, self._compute, tasks, self.samples, self.page, self)
        self.starting = Starting(self.corpus, self._compute, tasks, lambda: self._theme, self.page, self)
        self.jobs = Jobs(self.jobs_page, self._compute, tasks, self.samples, settings, self)
        self._connect()

    def _connect(self) -> None:
        self.corpus_page.tune_asked.connect(lambda: self.starting.tune())
        self.corpus_page.source_asked.connect(lambda: self.starting.new_source())
        self.page.dropped.connect(self.corpus.open)
        self.starting.started.connect(self._show_job)
        self.jobs.again_asked.connect(self._again)
        self.jobs.watch.changed.connect(lambda _: self.page.show_number(len(self.jobs.watch.under_way)))
        for failing in (self.corpus, self.samples, self.starting, self.jobs):
            failing.failed.connect(self.failed)
        for doing in (self.corpus, self.jobs):
            doing.done.connect(self.done)
            doing.file_opened.connect(self.file_opened)

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {
            "open_corpus": self.open_corpus,
            "tune_labels": self.tune_labels,
            "show_jobs": self.show_jobs,
        }

    def start(self) -> None:
        """Look at the jobs, once the window is on screen."""
        self.jobs.start()

    def open_corpus(self) -> None:
        """Ask for the folder of a corpus."""
        self._go_to(CORPUS)
        self.corpus_page.folder_asked.emit()

    def tune_labels(self) -> None:
        """Take the project's labels as a corpus."""
        self._go_to(CORPUS)
        self.corpus.open_project()

    def show_jobs(self) -> None:
        """Go to the jobs."""
        self._go_to(JOBS)

    def use_project(self, project: Path | None) -> None:
        """Another project is open, or none."""
        self.corpus.use_project(project)

    def use_models(self, models: Sequence[ModelFacts], model: str) -> None:
        """Other models are there, or another one is in use."""
        self.starting.models = tuple(models)
        self.starting.model = model

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.corpus_page.recolour(theme)
        self.jobs_page.recolour(theme)

    def may_close(self) -> bool:
        """Say that jobs go on without the window, and ask whether it is to be closed."""
        number = len(self.jobs.watch.under_way)
        if not number:
            return True
        box = QMessageBox(self.page.window())
        box.setWindowTitle(tr("Close the window"))
        goes_on = (
            tr("{jobs} goes on in the background.") if number == 1 else tr("{jobs} go on in the background.")
        )
        box.setText(goes_on.format(jobs=counted(number, "job")))
        box.setInformativeText(tr("At the next start of the program you are told what came of it."))
        close = box.addButton(tr("Close the window"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(tr("Stay"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(close)
        box.exec()
        return box.clickedButton() is close

    def close(self) -> None:
        """Stop what runs here; jobs go on."""
        self.jobs.close()
        self.corpus.close()
        self.samples.close()

    def end(self) -> None:
        """End the corpora's process, once no thread waits for it."""
        self._compute.close()

    def _go_to(self, tab: int) -> None:
        self.page_asked.emit()
        self.page.setCurrentIndex(tab)

    def _show_job(self, run: RunFolder) -> None:
        self.show_jobs()
        self.jobs.show(run)

    def _again(self, run: RunFolder) -> None:
        self.page.setCurrentIndex(CORPUS)
        self.starting.again(run)
