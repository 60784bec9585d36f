"""Messages in the window, not before it: what went wrong and what to do, or what was done."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core_model.errors import HumpcatError

from ..translation import tr
from .theme import SPACE, Theme, icon

_DONE_MS = 8000
_ICONS = {
    "error": ("warning-circle", "error"),
    "warning": ("warning", "warning"),
    "done": ("check-circle", "good"),
    "note": ("info", "text"),
}


class MessageBar(QFrame):
    """One message at a time; the newest wins. Good news goes away by itself."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        self._theme, self._kind = theme, "note"
        self._icon, self._text, self._hint = QLabel(), QLabel(), QLabel()
        self._text.setObjectName("messageText")
        for label in (self._text, self._hint):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = QToolButton()
        self._close.setToolTip(tr("Close this message"))
        self._close.setAccessibleName(tr("Close this message"))
        self._close.clicked.connect(self.hide)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._text)
        words.addWidget(self._hint)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self._icon)
        layout.addLayout(words, 1)
        layout.addWidget(self._close)
        self._timer = QTimer(self, singleShot=True, interval=_DONE_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """The message shown, empty when there is none."""
        return f"{self._text.text()} {self._hint.text()}".strip() if not self.isHidden() else ""

    def show_error(self, error: HumpcatError) -> None:
        """Tell an expected failure and what to do about it."""
        self._show("error", error.message, error.hint)

    def show_warning(self, message: str, hint: str = "") -> None:
        """Tell something that needs attention but stopped nothing."""
        self._show("warning", message, hint)

    def show_done(self, message: str) -> None:
        """Tell that something was done."""
        self._show("done", message, "")
        self._timer.start()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        name, colour = _ICONS[self._kind]
        self._icon.setPixmap(icon(name, theme, colour).pixmap(20, 20))
        self._close.setIcon(icon("x", theme))

    def _show(self, kind: str, message: str, hint: str) -> None:
        self._timer.stop()
        self._kind = kind
        self._text.setText(message)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.setProperty("kind", kind)
        for widget in (self, self._text):
            widget.style().unpolish(widget)
            widget.style().polish(widget)
        self.recolour(self._theme)
        self.show()
