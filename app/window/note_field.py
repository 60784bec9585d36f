"""A free note that is kept while it is typed: every second, on leaving the field, and with Ctrl+Enter."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy

from ..translation import tr
from .keys import ENTER

_LATEST_MS = 1000  # after this nothing that stands here can be lost, whatever happens to the program
_LEAST_LINES, _MOST_LINES = 2, 6
_MARGIN = 4


class NoteField(QPlainTextEdit):
    """Knows for which segments its text is typed, so that what is late never lands on others."""

    asked = Signal(str, list)  # the note, and the ids of its segments
    left = Signal()  # Esc or Ctrl+Enter: the keyboard goes back to the sound

    def __init__(self) -> None:
        super().__init__()
        self._ids: list[int] = []
        self._kept = ""  # as the project has it
        self._asking = False
        self.setAccessibleName(tr("Note"))
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(_MARGIN)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._late = QTimer(self, singleShot=True, interval=_LATEST_MS)
        self._late.timeout.connect(self.commit)
        self.textChanged.connect(self._changed)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        self._fit()

    @property
    def ids(self) -> list[int]:
        """The segments that the text is about."""
        return self._ids

    @property
    def pending(self) -> bool:
        """Whether what stands here is not in the project yet."""
        return self.toPlainText() != self._kept

    def show_notes(self, ids: Sequence[int], notes: Sequence[str]) -> None:
        """Show the note of segments; what is being typed for the same ones stays as it is."""
        same = sorted(ids) == sorted(self._ids)
        typing = same and self.pending
        agree = len(set(notes)) <= 1
        self._ids, self._kept = list(ids), notes[0] if notes and agree else ""
        self.setPlaceholderText(tr("Note") if agree else tr("Different notes; typing replaces all of them"))
        if not typing and self.toPlainText() != self._kept:
            self.blockSignals(True)
            self.setPlainText(self._kept)
            self.blockSignals(False)
        if not self.pending:
            self._late.stop()

    def commit(self) -> None:
        """Hand over what was typed, for the segments that it was typed for."""
        self._late.stop()
        if self.pending and self._ids and not self._asking:
            self._asking = True  # what shows the answer may come back here
            self.asked.emit(self.toPlainText(), list(self._ids))
            self._asking = False

    def event(self, event: QEvent) -> bool:
        """Esc leaves the field, wherever else in the window it drops the selection."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _leaves(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Text, or the way out."""
        if _leaves(event):
            self.commit()
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Whoever goes elsewhere is done typing."""
        super().focusOutEvent(event)
        self.commit()

    def hideEvent(self, event: QHideEvent) -> None:
        """What cannot be seen any more is kept."""
        super().hideEvent(event)
        self.commit()

    def sizeHint(self) -> QSize:
        """Two lines, and up to six where there is more text."""
        return QSize(160, self.height())

    def _changed(self) -> None:
        if self.pending and not self._late.isActive():
            self._late.start()

    def _fit(self) -> None:
        lines = self.document().size().height()  # a plain text document measures itself in lines
        shown = min(max(round(lines), _LEAST_LINES), _MOST_LINES)
        height = shown * self.fontMetrics().lineSpacing() + 2 * (_MARGIN + self.frameWidth())
        if height != self.height():
            self.setFixedHeight(height)


def _leaves(event: QKeyEvent) -> bool:
    done = event.key() in ENTER
    return event.key() == Qt.Key.Key_Escape or (
        done and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    )
