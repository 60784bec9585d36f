"""What stands in the middle: the plots, or what to do first, or why a file cannot be shown."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from ..recordings import OpenRecording
from .actions import Actions
from .theme import SPACE


class Centre(QStackedWidget):
    """One page at a time."""

    def __init__(self, plots: QWidget, actions: Actions) -> None:
        super().__init__()
        self._title, self._words = QLabel(), QLabel()
        self._title.setObjectName("emptyTitle")
        self._words.setObjectName("muted")
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setSpacing(2 * SPACE)
        row.addStretch(1)
        for name in ("open_files", "open_folder", "open_demo"):
            button = QPushButton(actions[name].text())
            button.setToolTip(actions[name].toolTip())
            button.clicked.connect(actions[name].trigger)
            if name == "open_files":
                button.setObjectName("primary")
            row.addWidget(button)
        row.addStretch(1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setSpacing(2 * SPACE)
        column.addStretch(2)
        for label in (self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            column.addWidget(label)
        column.addWidget(self._buttons)
        column.addStretch(3)
        self.addWidget(plots)
        self.addWidget(page)
        self.show_recording(None)

    def show_recording(self, recording: OpenRecording | None) -> None:
        """The plots for one that can be read."""
        if recording is not None and recording.info is not None:
            self.setCurrentIndex(0)
            return
        if recording is None:
            self._title.setText("Open speech to begin")
            self._words.setText(
                "Drop audio files or folders here, or open them. Nothing leaves this computer."
            )
        elif recording.error is not None:
            self._title.setText(f"{recording.path.name} cannot be shown")
            self._words.setText(str(recording.error))
        self._buttons.setVisible(recording is None)
        self.setCurrentIndex(1)
