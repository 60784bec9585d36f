"""The dialogs that are about the project: opened when they are asked for, one of each at a time."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from ..compute_process import ComputeProcess
from ..editor import Editor
from ..tasks import TaskPool
from .annotating import Annotating
from .export_dialog import ExportDialog
from .import_dialog import ImportDialog
from .model_chooser import ModelChooser
from .project_dialog import ProjectDialog
from .raters_dialog import RatersDialog
from .scheme_dialog import SchemeDialog
from .speaker_dialog import SpeakerDialog
from .tables import Tables
from .theme import Themes


class Dialogs(QObject):
    """None of them stops the window: what they show follows what is done there."""

    done = Signal(str)

    def __init__(
        self,
        editor: Editor,
        annotating: Annotating,
        tables: Tables,
        models: ModelChooser,
        themes: Themes,
        tasks: TaskPool,
        compute: ComputeProcess,
        settings: QSettings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._editor, self._annotating, self._tables = editor, annotating, tables
        self._models, self._themes, self._window = models, themes, window
        self._open: dict[str, QDialog] = {}
        self.exporting = ExportDialog(editor, tasks, compute, settings, window)
        self.importing = ImportDialog(editor, tasks, settings, window)
        self.importing.imported.connect(self.done)
        editor.project_changed.connect(lambda _: self.close())

    def show_raters(self) -> None:
        """Who annotates."""
        number = self._annotating.segmenting.recording_id
        self._show("raters", lambda: RatersDialog(self._editor, number, self._window))

    def show_scheme(self) -> None:
        """Which labels there are."""
        self._show("scheme", lambda: SchemeDialog(self._editor, self._themes.current, self._window))

    def show_project(self) -> None:
        """The project's settings."""
        names = self._models.names
        self._show("project", lambda: ProjectDialog(self._editor, names, self._themes.current, self._window))

    def show_speaker(self) -> None:
        """Who speaks in the recording in hand."""
        recording = self._annotating.segmenting.recording
        if recording is not None:
            listed = self._annotating.recordings
            self._show("speaker", lambda: SpeakerDialog(self._editor, recording, listed, self._window))

    def show_export(self) -> None:
        """Annotations and predictions into files."""
        if self._editor.project is not None:
            table = self._tables.table
            listed = table.ids if table.filters.narrowed else []
            self.exporting.open_for(self._annotating.segmenting.recording, listed)

    def show_import(self) -> None:
        """Annotations out of files."""
        if self._editor.project is not None:
            self.importing.open_for()

    def close(self) -> None:
        """What was open is about another project."""
        for dialog in list(self._open.values()):
            dialog.reject()

    def _show(self, name: str, make: Callable[[], QDialog]) -> None:
        if self._editor.project is None:
            return
        dialog = self._open.get(name)
        if dialog is None:
            dialog = self._open[name] = make()
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.finished.connect(lambda _: self._open.pop(name, None))
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
