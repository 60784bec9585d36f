"""What was not expected: into the log, and one dialog that says where the log is."""

import logging
import logging.handlers
import sys
import threading
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from core_model.folders import log_folder

from ..translation import tr

_log = logging.getLogger("app")
_BYTES, _KEPT = 1_000_000, 3


def start_log() -> None:
    """Write warnings and errors, and our own notes, to `window.log`; a log that cannot be written stops nothing."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    try:
        log_folder().mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            log_folder() / "window.log", maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)


class CrashDialog(QObject):
    """Shows one dialog at a time, whichever thread failed."""

    _failed = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._box: QMessageBox | None = None
        self._failed.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Catch what nobody catches."""
        sys.excepthook = self._hook
        threading.excepthook = lambda found: self._hook(found.exc_type, found.exc_value, found.exc_traceback)

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def tell(self, error: BaseException) -> None:
        """Show an unexpected error that someone did catch."""
        self._hook(type(error), error, error.__traceback__)

    def _hook(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _log.critical("unexpected", exc_info=(kind, error or kind(), trace))
        self._failed.emit(f"{kind.__name__}: {error}")

    def _show(self, text: str) -> None:
        if self._box is not None:
            return
        self._box = QMessageBox(
            QMessageBox.Icon.Warning, tr("Something unexpected happened"), text, parent=self._window
        )
        told = tr("The program goes on. What happened is in {log}; please send it with a report.")
        self._box.setInformativeText(told.format(log=log_folder() / "window.log"))
        self._box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._box.finished.connect(self._forget)
        self._box.open()

    def _forget(self, _: int) -> None:
        self._box = None
