"""Pages one behind the other under tabs, in the docks at the side and below."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QTabWidget, QWidget

_LEAST = QSize(160, 140)
_MOST = 204  # px


class Pages(QTabWidget):
    """Tabs that are reached with Ctrl+Tab inside, and with the arrow keys once their bar has the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.setDocumentMode(True)
        self.tabBar().setExpanding(False)
        self.tabBar().setDrawBase(False)
        self.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def minimumSizeHint(self) -> QSize:
        """What the page in front needs, as far as a laptop's screen has it."""
        needed = super().minimumSizeHint().height()
        return QSize(_LEAST.width(), max(_LEAST.height(), min(needed, _MOST)))

    def add(self, title: str, page: QWidget) -> None:
        """One more page."""
        self.addTab(page, title)

    def show_page(self, page: QWidget) -> None:
        """Bring a page to the front."""
        self.setCurrentWidget(page)
