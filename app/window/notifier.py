"""Tells of a job's end on the desktop, for whoever looks at another program."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget


class Notifier(QObject):
    """Through the system's tray where there is one; else the window asks for attention in the task bar."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._tray: QSystemTrayIcon | None = None

    def tell(self, title: str, text: str, icon: QIcon) -> None:
        """Show a message, unless the window is being looked at."""
        if self._window.isActiveWindow():
            return
        QApplication.alert(self._window)
        if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(self)
            self._tray.activated.connect(lambda _: self._raise())
            self._tray.messageClicked.connect(self._raise)
        self._tray.setIcon(icon)
        self._tray.show()
        self._tray.showMessage(title, text, icon)

    def hide(self) -> None:
        """Take the icon out of the tray."""
        if self._tray is not None:
            self._tray.hide()

    def _raise(self) -> None:
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
