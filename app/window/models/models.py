"""The page Models at work: keeps, compares, exports, imports and deletes models; fetches encoders; clears the cache."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog

from core_model.errors import HumpcatError
from core_model.model_names import DEFAULT_MODEL, SUFFIX
from core_model.settings import readable_settings, write_settings
from training_jobs.jobs.options import EvaluateOptions

from ... import keeping
from ...compute_process import ComputeProcess
from ...keeping import EncoderFacts, FetchPlan
from ...long_work import LongWork
from ...models import ModelFacts
from ...tasks import TaskPool
from ...translation import tr
from ..dialog_parts import where_to_save
from ..theme import Theme
from ..tuning.plan_view import size
from .models_page import ENCODERS, MODELS, ModelsPage

_FILES = tr("Models (*{SUFFIX})").format(SUFFIX=SUFFIX)


class Models(QObject):
    """Made once. What takes long is done in a process of its own, a thing at a time."""

    failed = Signal(object)
    done = Signal(str)
    warned = Signal(str, str)
    changed = Signal()  # other models are installed, or other encoders
    use_asked = Signal(str)
    default_changed = Signal(str)
    job_asked = Signal(str, str, object)  # kind, name, options
    page_asked = Signal()

    def __init__(self, tasks: TaskPool, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._compute = ComputeProcess(tr("keeps models and encoders"))
        self.page = ModelsPage(theme)
        self._working = LongWork(self._compute, tasks, self)
        self._counting = LongWork(self._compute, tasks, self)
        self._doing = ""
        self._connect()

    def _connect(self) -> None:
        page, encoders = self.page, self.page.encoders
        page.use_asked.connect(lambda model: self.use_asked.emit(model.name))
        page.default_asked.connect(self.set_default)
        page.compare_asked.connect(self._ask_for_corpus)
        page.export_asked.connect(self._ask_where)
        page.import_asked.connect(self._ask_for_file)
        page.delete_asked.connect(self.delete)
        page.currentChanged.connect(lambda tab: self.look() if tab == ENCODERS else None)
        encoders.fetch_asked.connect(self._ask_hub)
        encoders.fetch_confirmed.connect(self.fetch)
        encoders.pause_asked.connect(self.pause)
        encoders.add_asked.connect(self._ask_for_encoder)
        encoders.verify_asked.connect(self.verify)
        encoders.remove_asked.connect(self._remove)
        encoders.clear_asked.connect(self._clear)
        self._working.progressed.connect(lambda done, of: encoders.show_progress(self._doing, done, of))
        self._working.finished.connect(self._finish)
        self._working.failed.connect(self._fail_work)
        self._counting.finished.connect(lambda found: encoders.show_cache(*found))

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {"import_model": self.import_model, "show_encoders": self.show_encoders}

    # Models

    def import_model(self) -> None:
        """Ask for a model's file."""
        self.page_asked.emit()
        self.page.setCurrentIndex(MODELS)
        self._ask_for_file()

    def show_models(self, models: Sequence[ModelFacts], default: str) -> None:
        """Other models are installed, or another one is used where none is named."""
        self.page.show_models(models, default)

    def set_default(self, model: ModelFacts) -> None:
        """Use a model where none is named, in the window and on the command line."""
        try:
            write_settings(replace(readable_settings(), default_model=model.name))
        except HumpcatError as error:
            self._fail(error)
            return
        self.page.show_models(self.page.list.models, model.name)
        self.default_changed.emit(model.name)
        self.use_asked.emit(model.name)
        self.done.emit(tr("{name} is the default model now.").format(name=model.name))

    def export(self, model: ModelFacts, path: Path) -> None:
        """Write a model as one file."""
        self._do(
            keeping.export_model,
            model.folder,
            path,
            then=lambda to: self.done.emit(tr("Wrote {name} to {to}.").format(name=model.name, to=to)),
        )

    def use(self, folder: Path, name: str) -> None:
        """Use the model that a job left in a folder; where it is not installed, ask for a name to install it."""

        def go_on(installed: object) -> None:
            assert isinstance(installed, str)
            if installed:
                self.use_asked.emit(installed)
            else:
                asked = tr("The job's model is not among the installed ones. Install it as:")
                self._ask_for_name(asked, name, partial(self.take_in, folder, use=True))

        self._do(keeping.installed_twin, folder, then=go_on)

    def take_in(self, path: Path, name: str = "", *, use: bool = False) -> None:
        """Check a model's file or folder and put the model among the others; make it the model in use, if asked."""

        def tell(found: object) -> None:
            assert isinstance(found, tuple)
            made, missing = found
            self.changed.emit()
            if use:
                self.use_asked.emit(made)
            if missing:
                self.warned.emit(
                    tr("{made} is imported, but needs the encoder {missing}, which is not here.").format(
                        made=made, missing=missing
                    ),
                    tr("Get it on the page Models, under Encoders."),
                )
            else:
                self.done.emit(tr("{made} is imported.").format(made=made))

        self._do(keeping.import_model, path, name, then=tell)

    def delete(self, model: ModelFacts) -> None:
        """Delete a model that was made or imported."""

        def tell(freed: object) -> None:
            assert isinstance(freed, int)
            if model.name == readable_settings().default_model:  # else commands would look for it
                write_settings(replace(readable_settings(), default_model=DEFAULT_MODEL))
                self.default_changed.emit(DEFAULT_MODEL)
            self.changed.emit()
            self.done.emit(
                tr("{name} is deleted: {size} are free.").format(name=model.name, size=size(freed))
            )

        self._do(keeping.delete_model, model.name, then=tell)

    def compare(self, first: ModelFacts, second: ModelFacts, corpus: Path) -> None:
        """Measure two models on a corpus, as two jobs."""
        for model in (first, second):
            options = EvaluateOptions(corpora=(corpus,), model=str(model.folder))
            self.job_asked.emit(
                "evaluate", tr("{name} on {stem}").format(name=model.name, stem=corpus.stem), options
            )
        self.done.emit(
            tr(
                "Both are being measured. Once they are done, choose the two jobs (Ctrl+click) to "
                "compare them."
            )
        )

    def _ask_for_corpus(self, first: ModelFacts, second: ModelFacts) -> None:
        folder = QFileDialog.getExistingDirectory(
            self.page,
            tr("Choose a corpus to compare {name} and {name2} on").format(name=first.name, name2=second.name),
        )
        if folder:
            self.compare(first, second, Path(folder))

    def _ask_where(self, model: ModelFacts) -> None:
        path = where_to_save(
            self.page, tr("Export the model"), f"{model.name}{SUFFIX}", _FILES, SUFFIX.removeprefix(".")
        )
        if path is not None:
            self.export(model, path)

    def _ask_for_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self.page, tr("Import a model"), "", tr("{FILES};;All files (*)").format(FILES=_FILES)
        )
        if name:
            path = Path(name)
            self._ask_for_name(
                tr("Name of the model:"), path.name.removesuffix(SUFFIX), partial(self.take_in, path)
            )

    def _ask_for_name(self, asked: str, proposed: str, then: Callable[[str], None]) -> None:
        dialog = QInputDialog(self.page.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(tr("Install a model"))
        dialog.setLabelText(asked)
        dialog.setTextValue(proposed)
        dialog.setOkButtonText(tr("Install"))
        dialog.textValueSelected.connect(then)
        dialog.open()

    # Encoders

    def show_encoders(self) -> None:
        """Go to the encoders."""
        self.page_asked.emit()
        self.page.setCurrentIndex(ENCODERS)

    def look(self) -> None:
        """See which encoders are here, and how much the cache holds."""
        self._do(keeping.encoders, then=self._show_encoders)
        self._counting.start(keeping.cache_size)

    def fetch(self, name: str) -> None:
        """Download an encoder, or go on where a download stopped."""
        self._begin(tr("Downloading {name}").format(name=name), keeping.fetch, name, resumes=True)

    def pause(self) -> None:
        """Stop what goes on; a download goes on from there when it is asked for again."""
        self._working.cancel()
        self._end_work()

    def add(self, folder: Path) -> None:
        """Copy in an encoder's folder."""
        self._begin(tr("Checking {name}").format(name=folder.name), keeping.add, folder)

    def verify(self, name: str) -> None:
        """Compare an encoder's weights with their hash."""
        self._begin(tr("Verifying {name}").format(name=name), keeping.verify, name)

    def _begin(
        self, doing: str, work: Callable[..., object], *arguments: object, resumes: bool = False
    ) -> None:
        self._doing = doing
        self.page.encoders.show_start(doing, resumes=resumes)
        self._working.start(work, *arguments)

    def _ask_hub(self, name: str) -> None:
        self._begin(tr("Asking the hub"), keeping.plan_fetch, name)

    def _ask_for_encoder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self.page, tr("Choose the folder of an encoder"))
        if folder:
            self.add(Path(folder))

    def _remove(self, name: str) -> None:
        def tell(_: object) -> None:
            self.done.emit(tr("The encoder {name} is removed.").format(name=name))
            self.look()
            self.changed.emit()

        self._do(keeping.remove, name, then=tell)

    def _clear(self) -> None:
        self._begin(tr("Clearing the cache"), keeping.clear_cache)

    def _show_encoders(self, found: object) -> None:
        assert isinstance(found, list)
        self.page.encoders.show_encoders([each for each in found if isinstance(each, EncoderFacts)])

    def _finish(self, value: object) -> None:
        self._end_work()
        if isinstance(value, FetchPlan):
            self.page.encoders.show_plan(value)
            return
        if isinstance(value, int):
            self.done.emit(tr("The cache is empty: {size} are free.").format(size=size(value)))
            return
        self.done.emit(tr("The encoder {value} is here; its weights are verified.").format(value=value))
        self.changed.emit()

    def _end_work(self) -> None:
        self._doing = ""
        self.page.encoders.show_progress("", 0, 0)
        self.look()

    # What goes wrong

    def _fail(self, error: Exception) -> None:
        if isinstance(error, HumpcatError) and self.page.isVisible():
            place = self.page.encoders if self.page.currentIndex() == ENCODERS else self.page
            place.fault.show_fault(error)
        else:
            self.failed.emit(error)

    def _fail_work(self, error: Exception) -> None:
        self._end_work()
        self._fail(error)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.page.recolour(theme)

    def close(self) -> None:
        """Stop what goes on; a download goes on another time."""
        for work in self.findChildren(LongWork):
            work.cancel()

    def end(self) -> None:
        """End the process, once no thread waits for it."""
        self._compute.close()

    def _do(
        self, function: Callable[..., object], *arguments: object, then: Callable[[object], None]
    ) -> None:
        work = LongWork(
            self._compute, self._tasks, self
        )  # of its own: nothing else that is asked for stops it
        work.finished.connect(then)
        work.failed.connect(self._fail)
        for signal in (work.finished, work.failed):
            signal.connect(work.deleteLater)
        for place in (self.page.fault, self.page.encoders.fault):
            place.show_fault(None)
        work.start(function, *arguments)
