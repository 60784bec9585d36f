"""What the dialogs about a project share: a line for what is wrong, words, buttons."""

from collections.abc import Callable

from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton, QWidget

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
