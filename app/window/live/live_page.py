"""Where the live parts stand; nothing else."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from core_model.label_schemes import KEYS

from ..theme import SPACE, Theme
from .emotion_timeline import EmotionTimeline
from .label_row import LabelRow
from .listening_box import ListeningBox
from .live_plots import LivePlots
from .source_bar import SourceBar
from .take_bar import TakeBar

_RIGHT_WIDTH = 304


class LivePage(QWidget):
    """Input above, sound and emotion in the middle, how the model listens at the right, takes below."""

    digit_pressed = Signal(str)
    shown = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("centre")
        self.setFocusPolicy(
            Qt.FocusPolicy.ClickFocus
        )  # a click beside the fields gives the digits back to the labels
        self.source, self.takes, self.box = SourceBar(theme), TakeBar(theme), ListeningBox(theme)
        self.plots, self.timeline, self.labels = LivePlots(theme), EmotionTimeline(theme), LabelRow(theme)
        column = QVBoxLayout()
        column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.plots, 3)
        column.addWidget(self.timeline, 1)
        column.addWidget(self.labels)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFixedWidth(_RIGHT_WIDTH)
        scroll.setWidget(self.box)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addLayout(column, 1)
        middle.addWidget(scroll)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.source)
        layout.addLayout(middle, 1)
        layout.addWidget(self.takes)
        for key in KEYS:
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(lambda key=key: self.digit_pressed.emit(key))

    def showEvent(self, event: QShowEvent) -> None:
        """It is looked at."""
        super().showEvent(event)
        self.shown.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks at it."""
        super().hideEvent(event)
        self.shown.emit(False)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        for part in (self.source, self.takes, self.box, self.plots, self.timeline, self.labels):
            part.recolour(theme)
