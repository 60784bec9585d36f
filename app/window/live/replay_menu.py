"""Which file is to be listened to as if it were spoken now, and how fast."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton

from core_model.audio import EXTENSIONS

from ...translation import tr

_SPEEDS = {tr("1× (as it was spoken)"): 1.0, "2×": 2.0, "4×": 4.0, tr("As fast as it goes"): 1000.0}
_LAST_FOLDER = "open/folder"


class ReplayMenu(QMenu):
    """Under a button; the speed holds for the files chosen after it."""

    chosen = Signal(Path)

    def __init__(self, button: QToolButton, settings: QSettings) -> None:
        super().__init__(button)
        self._button, self._settings = button, settings
        self.speed = 1.0
        self._current: Callable[[], Path | None] = lambda: None
        self.addAction(tr("Choose a file…")).triggered.connect(self.ask)
        self._here = self.addAction(tr("The recording in hand"))
        self._here.triggered.connect(self._choose_current)
        self.aboutToShow.connect(lambda: self._here.setEnabled(self._current() is not None))
        self.addSeparator()
        self._speeds = {speed: self.addAction(words) for words, speed in _SPEEDS.items()}
        for speed, action in self._speeds.items():
            action.setCheckable(True)
            action.triggered.connect(partial(self.use_speed, speed))
        self.use_speed(self.speed)
        button.setMenu(self)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def use_current(self, current: Callable[[], Path | None]) -> None:
        """How to find the recording in hand."""
        self._current = current

    def use_speed(self, speed: float) -> None:
        """Run files this many times as fast."""
        self.speed = speed
        for each, action in self._speeds.items():
            action.setChecked(each == speed)

    def ask(self) -> None:
        """Choose a file in a dialog."""
        patterns = " ".join(f"*{end} *{end.upper()}" for end in EXTENSIONS)
        folder = str(self._settings.value(_LAST_FOLDER, str(Path.home())))
        kinds = tr("Audio ({patterns});;All files (*)").format(patterns=patterns)
        name, _ = QFileDialog.getOpenFileName(self._button, tr("Replay a recording"), folder, kinds)
        if name:
            self.chosen.emit(Path(name))

    def _choose_current(self) -> None:
        path = self._current()
        if path is not None:
            self.chosen.emit(path)
