"""What the files of a folder are, said by whoever knows better than the program."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QWidget

from training_jobs.corpora.conventions import convention_names

from ...translation import tr
from ..dialog_parts import caption
from ..theme import SPACE


class ReadAs(QComboBox):
    """The corpora that are known by the names of their files, and the other ways to tell labels."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("What the folder is"))
        self.setToolTip(tr("What the files are, where the program has taken them for something else"))
        for name in convention_names():
            self.addItem(name, name)


class RefusedFolder(QWidget):
    """Below the reason why a folder was not recognised: the way to read it all the same."""

    asked = Signal(str)  # to read it as a convention

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        row.setSpacing(2 * SPACE)
        self._caption, self.read_as, self.button = caption(""), ReadAs(), QPushButton(tr("Read"))
        self.read_as.setPlaceholderText(tr("choose…"))
        self.read_as.currentIndexChanged.connect(lambda index: self.button.setEnabled(index >= 0))
        self.button.clicked.connect(lambda _: self.asked.emit(self.read_as.currentData()))
        for widget in (self._caption, self.read_as, self.button):
            row.addWidget(widget)
        row.addStretch(1)
        self.hide()

    def show_folder(self, name: str) -> None:
        """Offer to read a folder; empty: nothing was refused."""
        self._caption.setText(tr("Read “{name}” as").format(name=name))
        self.read_as.setCurrentIndex(-1)
        self.button.setEnabled(False)
        self.setVisible(bool(name))
