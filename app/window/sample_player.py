"""Plays single utterances from tables and lists, wherever in the window they are."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core_model.audio import AudioInfo, read_info

from ..playback import OpenStream, Passage, Player
from ..tasks import TaskPool


class SamplePlayer(QObject):
    """One utterance at a time; asked for what plays it stops it."""

    playing_changed = Signal(object)  # the key of what plays, or None
    failed = Signal(object)

    def __init__(self, tasks: TaskPool, parent: QObject, open_stream: OpenStream | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._player = Player(self, open_stream)
        self._player.playing_changed.connect(self._show_end)
        self._player.failed.connect(self.failed)
        self.key: object = None

    def toggle(self, key: object, file: Path, start: float | None = None, end: float | None = None) -> None:
        """Play a stretch of a file (seconds; None: the file's own ends), or stop it if it is what plays.

        Args:
            key: what is told when it begins; whoever asks knows its rows by it.
        """
        if key == self.key:
            self.stop()
            return
        self.stop()
        self._tell(key)

        def play(info: AudioInfo) -> None:
            if key == self.key:
                last = info.duration if end is None else min(end, info.duration)
                self._player.play(Passage(info, start or 0.0, last))

        def fail(error: Exception) -> None:
            if key == self.key:
                self._tell(None)
            self.failed.emit(error)

        self._tasks.start(lambda _: read_info(file), play, fail)

    def stop(self) -> None:
        """Be quiet."""
        self._tell(None)
        self._player.stop()

    def set_volume(self, volume: float) -> None:
        """From 0 to 1."""
        self._player.set_volume(volume)

    def close(self) -> None:
        """Stop, and give the device back."""
        self._tell(None)
        self._player.close()

    def _show_end(self, playing: bool) -> None:
        if not playing:
            self._tell(None)

    def _tell(self, key: object) -> None:
        if key != self.key:
            self.key = key
            self.playing_changed.emit(key)
