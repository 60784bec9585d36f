"""The corpus page at work: reads what is chosen, compares and listens in the background, hands on what is asked for."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core_model.errors import HumpcatError
from core_model.project.project_file import SUFFIX
from training_jobs.corpora.recognition import NotRecognised

from ...compute_process import ComputeProcess
from ...corpora import at_desk
from ...corpora.corpus_table import Asked, CorpusTable, ProblemGroup
from ...long_work import LongWork
from ...tasks import TaskPool
from ...translation import counted, tr
from ..dialog_parts import where_to_save
from ..sample_player import SamplePlayer
from .corpus_page import CorpusPage, file_of

_BY_ITSELF = 5000  # utterances; more are listened to when somebody asks
_READING, _COMPARING, _LISTENING = (
    tr("Reading the corpus"),
    tr("Looking for identical recordings"),
    tr("Checking the sound"),
)


class Corpus(QObject):
    """What is read stays until something else is; a change of a label reads it again."""

    changed = Signal()  # another corpus, other labels, or a verdict on identical recordings
    failed = Signal(object)
    done = Signal(str)
    file_opened = Signal(Path, object)  # and the stretch in seconds, or None

    def __init__(
        self,
        page: CorpusPage,
        compute: ComputeProcess,
        tasks: TaskPool,
        samples: SamplePlayer,
        window: QWidget,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._page, self._compute, self._tasks, self._samples, self._window = (
            page,
            compute,
            tasks,
            samples,
            window,
        )
        self._work = LongWork(compute, tasks, self)
        self._doing = ""
        self.asked: Asked | None = None
        self.table: CorpusTable | None = None
        self.problems: tuple[ProblemGroup, ...] | None = None
        self.compared = False
        self._listens = False  # somebody asked for the sound to be checked
        self.project: Path | None = None
        self._before: Asked | None = None  # what is on the page, while something else is tried
        self._refused: Asked | None = None  # a folder that is not recognised, until it is said what it is
        self._connect()
        self._enable()

    def _connect(self) -> None:
        page = self._page
        page.folder_asked.connect(lambda: self._choose_folder(add=False))
        page.add_asked.connect(lambda: self._choose_folder(add=True))
        page.table_asked.connect(self._choose_table)
        page.project_asked.connect(self.open_project)
        page.convention_chosen.connect(self._choose_convention)
        page.refused_chosen.connect(self._read_refused)
        page.label_changed.connect(self._change_label)
        page.check_asked.connect(self._listen)
        page.cancel_asked.connect(self.cancel)
        page.manifest_asked.connect(self._ask_for_manifest)
        page.play_asked.connect(self._play)
        page.open_asked.connect(self._open_file)
        self._work.progressed.connect(lambda done, of: page.show_progress(self._doing, done, of))
        self._work.finished.connect(self._take)
        self._work.failed.connect(self._fail)
        self._samples.playing_changed.connect(self._show_playing)

    # What is chosen

    def open(self, sources: Sequence[Path]) -> None:
        """Read folders, tables or projects, in place of what is there."""
        self.ask(Asked(tuple(source.absolute() for source in sources)))

    def ask(self, asked: Asked) -> None:
        """Read corpora as somebody asked for them before."""
        self._read(asked)

    def open_project(self) -> None:
        """Take the labels of the project that is open as a corpus."""
        if self.project is not None:
            self.open([self.project])
        else:
            self._tell(
                HumpcatError(
                    tr("No project is open."), tr("Open recordings and label them (F2), then come back.")
                )
            )

    def use_project(self, project: Path | None) -> None:
        """Another project is open, or none."""
        self.project = project
        self._enable()

    def cancel(self) -> None:
        """Stop what goes on; what was found stays."""
        self._work.cancel()
        self._page.show_progress("", 0, 0)
        if self._doing == _READING:
            self._go_back()
        self._doing, self._listens = "", False
        self._enable()

    def close(self) -> None:
        """Stop for good."""
        self._work.cancel()

    def _choose_folder(self, *, add: bool) -> None:
        folder = QFileDialog.getExistingDirectory(
            self._window, tr("Choose the folder of a corpus"), self._start()
        )
        if folder:
            self._add(Path(folder)) if add else self.open([Path(folder)])

    def _choose_table(self) -> None:
        names = tr("Tables and projects (*.csv *.tsv *{SUFFIX})").format(SUFFIX=SUFFIX)
        path, _ = QFileDialog.getOpenFileName(
            self._window, tr("Choose a table of a corpus"), self._start(), names
        )
        if path:
            self.open([Path(path)])

    def _start(self) -> str:
        return str(self.asked.sources[0].parent) if self.asked else ""

    def _add(self, folder: Path) -> None:
        if self.asked is not None and folder not in self.asked.sources:
            self._read(replace(self.asked, sources=(*self.asked.sources, folder), corpus=None))

    def _choose_convention(self, name: str) -> None:
        if self.asked is not None:
            self._read(replace(self.asked, corpus=name or None, changes=None, label_map=None))

    def _read_refused(self, name: str) -> None:
        if self._refused is not None:
            self._read(replace(self._refused, corpus=name, changes=None, label_map=None))

    def _change_label(self, word: str, label: str) -> None:
        if self.asked is not None:
            self._read(replace(self.asked, changes={**(self.asked.changes or {}), word: label}))

    # What goes on

    def _read(self, asked: Asked) -> None:
        self._samples.stop()
        if self._doing != _READING:
            self._before = self.asked
        self.asked = asked
        self._page.fault.show_fault(None)
        self._page.refused.show_folder("")
        self._begin(_READING, asked)

    def _begin(self, doing: str, asked: Asked) -> None:
        self._doing = doing
        self._page.show_progress(doing, 0, 0)
        work = {_READING: at_desk.read, _COMPARING: at_desk.compare, _LISTENING: at_desk.listen}[doing]
        self._work.start(work, asked)
        self._enable()

    def _listen(self) -> None:
        if self.asked is not None and not self._work.busy:
            self._listens = True
            self._begin(_LISTENING if self.compared else _COMPARING, self.asked)

    def _take(self, value: object) -> None:
        doing, self._doing = self._doing, ""
        self._page.show_progress("", 0, 0)
        assert self.asked is not None
        if doing == _READING and isinstance(value, CorpusTable):
            self.table, self.problems, self.compared, self._listens = value, None, False, False
            self._page.show_table(value)
            self._page.show_convention(self.asked.corpus)
            if self._doing != _READING:  # else a label was changed while the table came
                self._begin(_COMPARING, self.asked)
        elif doing == _COMPARING:
            self.compared = True
            if self._listens or (self.table is not None and len(self.table) <= _BY_ITSELF):
                self._begin(_LISTENING, self.asked)
        elif doing == _LISTENING and isinstance(value, tuple):
            self._listens = False
            self.problems = value
            self._page.show_problems(value)
        self._enable()
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        doing, self._doing, self._listens = self._doing, "", False
        self._page.show_progress("", 0, 0)
        if doing == _READING:
            if isinstance(error, NotRecognised) and self.asked is not None and len(self.asked.sources) == 1:
                self._refused = self.asked
                self._page.refused.show_folder(self.asked.sources[0].name)
            self._go_back()
        self._tell(error)
        self._enable()

    def _go_back(self) -> None:
        """What was asked for was refused or is not wanted: the page shows again what was read before."""
        self.asked = self._before
        if self.table is not None and self.asked is not None:
            self._page.labels.show_words(self.table.words)
            self._page.show_convention(self.asked.corpus)

    def _tell(self, error: Exception) -> None:
        if isinstance(error, HumpcatError):
            self._page.fault.show_fault(error)
        else:
            self.failed.emit(error)

    def _enable(self) -> None:
        reading = self._doing == _READING
        self._page.enable(
            can_tune=self.table is not None and not reading,
            can_check=self.table is not None and not self._work.busy,
            has_project=self.project is not None,
        )

    # What is handed on

    def _ask_for_manifest(self) -> None:
        asked = self.asked
        if asked is None:
            return
        start = os.path.join(self._start(), f"{asked.sources[0].stem}-manifest.csv")
        path = where_to_save(self._window, tr("Save as manifest"), start, tr("Tables (*.csv)"), "csv")
        if path is not None:
            self.save_manifest(path)

    def save_manifest(self, path: Path) -> None:
        """Write what is read as a table."""
        asked = self.asked
        if asked is None or path.absolute() in asked.sources:
            self._tell(
                HumpcatError(
                    tr("{name} is the corpus itself, which is only read.").format(name=path.name),
                    tr("Choose another name."),
                )
            )
            return
        self._tasks.start(
            lambda report: self._compute.run(at_desk.save_manifest, asked, path, check=report.check),
            lambda number: self.done.emit(
                tr("Wrote {utterances} to {path}.").format(utterances=counted(number, "utterance"), path=path)
            ),
            self._tell,
        )

    def _play(self, row: int) -> None:
        if self.table is not None:
            self._samples.toggle(("corpus", row), *file_of(self.table, row))

    def _show_playing(self, key: object) -> None:
        row = key[1] if isinstance(key, tuple) and key[0] == "corpus" else None
        self._page.files.show_playing(row)

    def _open_file(self, row: int) -> None:
        if self.table is not None:
            file, start, end = file_of(self.table, row)
            self.file_opened.emit(file, None if start is None or end is None else (start, end))
