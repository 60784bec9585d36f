"""What stands in the middle: the plots, or what to do first, or why a file cannot be shown."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from ..recordings import OpenRecording
from ..translation import tr
from .actions import Actions
from .projects import project_name
from .theme import SPACE

_SHOWN = 5  # projects


class Centre(QStackedWidget):
    """One page at a time."""

    project_chosen = Signal(Path)

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
            row.addWidget(_button(actions, name, primary=name == "open_files"))
        row.addStretch(1)
        self._projects = QWidget()
        projects = QVBoxLayout(self._projects)
        projects.setSpacing(SPACE)
        beside = QHBoxLayout()
        beside.setSpacing(2 * SPACE)
        beside.addStretch(1)
        for name in ("new_project", "open_project"):
            beside.addWidget(_button(actions, name))
        beside.addStretch(1)
        projects.addLayout(beside)
        self._recent_title = QLabel(tr("Recent projects"))
        self._recent_title.setObjectName("muted")
        self._recent_title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        projects.addSpacing(3 * SPACE)
        projects.addWidget(self._recent_title)
        projects.addLayout(self._recent)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setSpacing(2 * SPACE)
        column.addStretch(2)
        for label in (self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            column.addWidget(label)
        column.addWidget(self._buttons)
        column.addWidget(self._projects)
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
            self._title.setText(tr("Open speech to begin"))
            self._words.setText(
                tr("Drop audio files or folders here, or open them. Nothing leaves this computer.")
            )
        elif recording.error is not None:
            self._title.setText(tr("{name} cannot be shown").format(name=recording.path.name))
            self._words.setText(str(recording.error))
        self._buttons.setVisible(recording is None)
        self._projects.setVisible(recording is None)
        self.setCurrentIndex(1)

    def show_recent(self, paths: list[Path]) -> None:
        """Offer the projects that were open, newest first."""
        while (item := self._recent.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for path in paths[:_SHOWN]:
            button = QPushButton(project_name(path))
            button.setObjectName("link")
            button.setToolTip(str(path))
            button.clicked.connect(partial(self.project_chosen.emit, path))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._recent_title.setVisible(bool(paths))


def _button(actions: Actions, name: str, *, primary: bool = False) -> QPushButton:
    button = QPushButton(actions[name].text())
    button.setToolTip(actions[name].toolTip())
    button.clicked.connect(actions[name].trigger)
    if primary:
        button.setObjectName("primary")
    return button
