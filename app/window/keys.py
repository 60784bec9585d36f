"""Keys that mean the same in several parts of the window, and a button that takes Enter for itself."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
# What the window's own keys mean elsewhere (the playhead, the recordings) moves in a list while one is in it.
MOVES = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)


class EnterButton(QAbstractButton):
    """Enter presses it, also in a panel that floats; elsewhere in the window Enter accepts the suggestion."""

    def event(self, event: QEvent) -> bool:
        """Claim Enter before it means something to the whole window."""
        claims = event.type() == QEvent.Type.ShortcutOverride
        if claims and isinstance(event, QKeyEvent) and event.key() in ENTER:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is a click."""
        if event.key() in ENTER:
            self.click()
        else:
            super().keyPressEvent(event)
