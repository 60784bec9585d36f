"""From the corpus at hand to a job: opens the dialogs, and starts what they ask for."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core_model.encoders.registry import list_encoders
from core_model.errors import HumpcatError
from training_jobs.jobs.options import OF_KIND, FinetuneOptions, Options, TrainOptions
from training_jobs.jobs.run_folder import RunFolder, Spec, create_run
from training_jobs.jobs.start import start

from ...compute_process import ComputeProcess
from ...corpora import at_desk
from ...corpora.corpus_table import Asked
from ...models import ModelFacts
from ...tasks import TaskPool
from ...translation import tr
from ..theme import Theme
from .corpus import Corpus
from .job_dialog import JobDialog, Plan
from .source_dialog import SourceDialog
from .tune_dialog import TuneDialog

_KINDS = {TrainOptions: "train", FinetuneOptions: "finetune"}


class Starting(QObject):
    """One dialog at a time."""

    started = Signal(object)  # RunFolder
    failed = Signal(object)

    def __init__(
        self,
        corpus: Corpus,
        compute: ComputeProcess,
        tasks: TaskPool,
        theme: Callable[[], Theme],
        window: QWidget,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._corpus, self._compute, self._tasks = corpus, compute, tasks
        self._theme, self._window = theme, window
        self.models: tuple[ModelFacts, ...] = ()
        self.model = ""  # the one in use
        self.dialog: JobDialog | None = None
        self._waiting: FinetuneOptions | TrainOptions | None = (
            None  # to be asked again, once its corpus is read
        )
        corpus.changed.connect(self._go_on)

    def tune(self, options: FinetuneOptions | None = None) -> None:
        """Ask how to fine-tune on the corpus at hand."""
        asked, table = self._corpus.asked, self._corpus.table
        if asked is None or table is None:
            return
        if not self.models:
            self.failed.emit(
                HumpcatError(tr("No model is installed to start from."), tr("Import one on the page Models."))
            )
            return
        dialog = TuneDialog(
            asked,
            _name(asked),
            self.models,
            self.model,
            self._plan(asked),
            self._tasks,
            self._theme(),
            self._window,
        )
        if options is not None:
            dialog.show_options(options)
        self._open(dialog)

    def new_source(self, options: TrainOptions | None = None) -> None:
        """Ask how to train a source model on the corpora at hand."""
        asked, table = self._corpus.asked, self._corpus.table
        if asked is None or table is None:
            return
        encoders = [record.name for record in list_encoders()]
        dialog = SourceDialog(
            asked,
            _name(asked),
            table.label_counts,
            encoders,
            self._plan(asked),
            self._tasks,
            self._theme(),
            self._window,
        )
        if options is not None:
            dialog.show_options(options)
        self._open(dialog)

    def again(self, run: RunFolder) -> None:
        """Ask about a job's options, to start it once more with changes; others than these two start as they were."""
        try:
            spec = run.spec()
            options = OF_KIND[spec.kind].from_json(spec.options)
        except HumpcatError as error:
            self.failed.emit(error)
            return
        if not isinstance(options, FinetuneOptions | TrainOptions):
            self.start(spec.kind, spec.name, options)
            return
        self._waiting = options
        if self._corpus.table is not None and self._corpus.asked == _asked(options):
            self._go_on()
        else:
            self._corpus.ask(_asked(options))

    def start(self, kind: str, name: str, options: Options) -> None:
        """Start a job."""

        def begin(_: object) -> RunFolder:
            run = create_run(Spec(kind, name, options.to_json()))
            start(run)
            return run

        self._tasks.start(begin, self.started.emit, self.failed.emit)

    def _open(self, dialog: JobDialog) -> None:
        self.dialog = dialog
        dialog.started.connect(lambda name, options: self.start(_KINDS[type(options)], name, options))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        self._corpus.changed.connect(dialog.changed)
        dialog.open()

    def _go_on(self) -> None:
        options, self._waiting = self._waiting, None
        if options is None or self._corpus.asked != _asked(options):
            return  # its corpus could not be read, and another one was opened
        if isinstance(options, FinetuneOptions):
            self.tune(options)
        elif isinstance(options, TrainOptions):
            self.new_source(options)

    def _plan(self, asked: Asked) -> Plan:
        return lambda options, check: self._compute.run(at_desk.plan, asked, options, check=check)


def _asked(options: FinetuneOptions | TrainOptions) -> Asked:
    """What a job's options say of its corpora."""
    return Asked(options.corpora, options.corpus, options.label_changes or None, options.label_map)


def _name(asked: Asked) -> str:
    return "-".join(Path(source).stem for source in asked.sources[:3])
