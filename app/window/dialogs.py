"""The dialogs of the Project menu: opened when they are asked for, one of each at a time."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QWidget

from ..editor import Editor
from .project_dialog import ProjectDialog
from .raters_dialog import RatersDialog
from .scheme_dialog import SchemeDialog
from .theme import Theme


class Dialogs(QObject):
    """None of them stops the window: what they show follows what is done there.

    Args:
        recording: answers the id of the recording in hand.
        models: answers the names of the models.
        theme: answers the theme in use.
    """

    def __init__(
        self,
        editor: Editor,
        recording: Callable[[], int | None],
        models: Callable[[], list[str]],
        theme: Callable[[], Theme],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._editor, self._recording, self._models = editor, recording, models
        self._theme, self._window = theme, window
        self._open: dict[str, QDialog] = {}
        editor.project_changed.connect(lambda _: self.close())

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {
            "raters": self.show_raters,
            "label_scheme": self.show_scheme,
            "project_settings": self.show_project,
        }

    def show_raters(self) -> None:
        """Who annotates."""
        self.show("raters", lambda: RatersDialog(self._editor, self._recording(), self._window))

    def show_scheme(self) -> None:
        """Which labels there are."""
        self.show("scheme", lambda: SchemeDialog(self._editor, self._theme(), self._window))

    def show_project(self) -> None:
        """The project's settings."""
        self.show("project", lambda: ProjectDialog(self._editor, self._models(), self._theme(), self._window))

    def show(self, name: str, make: Callable[[], QDialog]) -> None:
        """Bring a dialog to the front, or open it; nothing without a project."""
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

    def close(self) -> None:
        """What was open is about another project."""
        for dialog in list(self._open.values()):
            dialog.reject()
