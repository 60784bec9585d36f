"""The first start: what the program does in five cards, each beside what it speaks of. Nothing waits for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSettings, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ..translation import tr
from .dialog_parts import caption, words
from .theme import SPACE, Theme

_SEEN = "tour/seen"
_WIDTH, _GAP = 340, 3 * SPACE  # px


@dataclass(frozen=True, slots=True)
class Step:
    """A card: its title, its words, and what answers the widget that it speaks of, if that can be seen."""

    title: str
    text: str
    target: Callable[[], QWidget | None]


class _Frame(QWidget):
    """A line round the widget that is spoken of; clicks go through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.colour = QColor()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.colour, 3))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 6, 6)


class Tour(QFrame):
    """Lies over the window until it is through or skipped; then never again, unless it is asked for."""

    def __init__(self, window: QWidget, steps: Sequence[Step], settings: QSettings, theme: Theme) -> None:
        super().__init__(window)
        self.setObjectName("tour")
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(tr("Tour of the program"))
        self._window, self._steps, self._settings = window, tuple(steps), settings
        self.at = 0
        self._frame = _Frame(window)
        self._title, self._text, self._count = QLabel(), words(name="plan"), caption("")
        self._title.setObjectName("heading")
        self.skip, self.next = QPushButton(tr("Skip")), QPushButton(tr("Next"))
        self.next.setObjectName("primary")
        row = QHBoxLayout()
        row.addWidget(self._count, 1)
        row.addWidget(self.skip)
        row.addWidget(self.next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 3 * SPACE, 4 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addLayout(row)
        self.skip.clicked.connect(self.end)
        self.next.clicked.connect(self.go_on)
        window.installEventFilter(self)
        self.recolour(theme)
        self.hide()
        self._frame.hide()

    @property
    def seen(self) -> bool:
        """Whether it was through, or skipped, before."""
        return str(self._settings.value(_SEEN, "false")).lower() == "true"

    def begin(self) -> None:
        """Show the first card."""
        self.at = 0
        self._show_step()
        self.next.setFocus()

    def go_on(self) -> None:
        """Show the next card, or end."""
        self.at += 1
        if self.at >= len(self._steps):
            self.end()
        else:
            self._show_step()

    def end(self) -> None:
        """Be gone, and remember it."""
        self._settings.setValue(_SEEN, True)
        self.hide()
        self._frame.hide()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._frame.colour = theme.colour("accent")
        self._frame.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape skips."""
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Escape is the tour's while it has the keyboard."""
        asks = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if asks and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            event.accept()
            return True
        return bool(super().event(event))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay beside what it speaks of when the window changes."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _show_step(self) -> None:
        step = self._steps[self.at]
        self._title.setText(step.title)
        self._text.setText(step.text)
        self._count.setText(tr("{value} of {steps}").format(value=self.at + 1, steps=len(self._steps)))
        self.next.setText(tr("Done") if self.at == len(self._steps) - 1 else tr("Next"))
        self.setAccessibleDescription(f"{step.title}. {step.text}")
        self._place()

    def _place(self) -> None:
        self.setFixedHeight(self.layout().totalHeightForWidth(_WIDTH))  # type: ignore[union-attr]
        target = self._steps[self.at].target()
        inside = self._window.rect()
        if target is None or not target.isVisible():
            self._frame.hide()
            self.move(inside.center() - QPoint(_WIDTH // 2, self.height() // 2))
        else:
            area = QRect(target.mapTo(self._window, QPoint(0, 0)), target.size())
            self._frame.setGeometry(area.adjusted(-4, -4, 4, 4))
            self._frame.show()
            self._frame.raise_()
            self.move(_beside(area, self.size().width(), self.height(), inside))
        self.show()
        self.raise_()


def _beside(area: QRect, width: int, height: int, inside: QRect) -> QPoint:
    """Below an area, else above it, else within it, and always inside the window."""
    below = area.bottom() + _GAP
    top = below if below + height <= inside.bottom() else area.top() - _GAP - height
    if top < inside.top():
        top = area.center().y() - height // 2
    left = area.left() if area.width() < width else area.center().x() - width // 2
    left = max(inside.left() + _GAP, min(left, inside.right() - width - _GAP))
    return QPoint(left, max(inside.top() + _GAP, min(top, inside.bottom() - height - _GAP)))
