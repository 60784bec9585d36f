"""What the dialogs about a project share: a line for what is wrong, words, buttons."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QLabel, QSizePolicy, QToolButton, QWidget

from core_model.errors import HumpcatError

from .theme import Theme, icon


class FaultLine(QLabel):
    """What stands in the way and what to do about it, inside the dialog; nothing while all is well."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fault")
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.hide()

    def show_fault(self, error: HumpcatError | None) -> None:
        """Tell a fault, or that there is none."""
        self.setText(str(error) if error is not None else "")
        self.setVisible(error is not None)


def words(text: str = "", name: str = "muted") -> QLabel:
    """A line of text, as long as it needs."""
    label = QLabel(text)
    label.setObjectName(name)
    label.setWordWrap(True)
    return label


def where_to_save(parent: QWidget, title: str, proposed: str, names: str, suffix: str) -> Path | None:
    """Ask for a file to write; the suffix is added before the dialog asks about a file that is there already."""
    dialog = QFileDialog(parent, title, proposed, names)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(proposed)
    if not dialog.exec():
        return None
    return Path(dialog.selectedFiles()[0])


def caption(text: str) -> QLabel:
    """A word beside a field, on one line."""
    label = QLabel(text)
    label.setObjectName("muted")
    return label


def icon_button(
    name: str, text: str, theme: Theme, pressed: Callable[[], object], parent: QWidget
) -> QToolButton:
    """A button with an icon in place of its text, reached with Tab."""
    button = QToolButton(parent)
    button.setIcon(icon(name, theme))
    button.setToolTip(text)
    button.setAccessibleName(text)
    button.clicked.connect(lambda _: pressed())
    return button
