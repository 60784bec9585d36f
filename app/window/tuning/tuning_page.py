"""The page Fine-tune: the corpus, and the jobs, one behind the other."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from ...translation import tr
from ..pages import Pages

CORPUS, JOBS = 0, 1  # tabs


class TuningPage(Pages):
    """What is dropped on it is a corpus."""

    dropped = Signal(list)

    def __init__(self, corpus: QWidget, jobs: QWidget) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.add(tr("Corpus"), corpus)
        self.add(tr("Jobs"), jobs)

    def show_number(self, under_way: int) -> None:
        """Tell how many jobs run or wait."""
        self.setTabText(
            JOBS, tr("Jobs ({under_way})").format(under_way=under_way) if under_way else tr("Jobs")
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Folders, tables and projects may be dropped."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read what was dropped."""
        event.acceptProposedAction()
        self.setCurrentIndex(CORPUS)
        self.dropped.emit([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])
