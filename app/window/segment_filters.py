"""The row above the segment table: what to show, how many that are, and the way back to all."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from core_model.label_schemes import AnnotationScheme
from core_model.project.rows import GOLD, RaterRow

from ..segment_list import UNLABELLED, SegmentFilter
from ..translation import tr
from .theme import SPACE, Theme, icon

_LIMITS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_ONLY = {
    "unsure": tr("Unsure"),
    "stale": tr("Stale"),
    "raters_differ": tr("Raters differ"),
    "model_differs": tr("Model differs"),
}
_ROOMY, _NARROW = 960, 640  # px; from here on buttons have words; below that the count is left out
_CURRENT = "current"  # in place of a rater's id: whoever annotates


class SegmentFilters(QWidget):
    """Tells what is asked for; `current` says it as a whole."""

    changed = Signal()
    left = Signal()  # Enter or Down in the text: to the table
    update_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._rater: int | None = None
        self.text = QLineEdit()
        self.text.setPlaceholderText(tr("Name or note"))
        self.text.setAccessibleName(tr("Filter segments by name or note"))
        self.text.setClearButtonEnabled(True)
        self.text.setMinimumWidth(64)
        self.text.setMaximumWidth(240)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.text.setAcceptDrops(False)
        self.label = _box(tr("Filter segments by label"), 8)
        self.rater = _box(tr("Filter segments by rater"), 9)
        self.only, self.only_menu = _menu_button(tr("Show only"))
        self.view_button, self.view_menu = _menu_button("")
        self._only: dict[str, QAction] = {}
        self._below: float | None = None
        self.count = QLabel()
        self.count.setObjectName("muted")
        self.update_button, self.clear_button = QToolButton(), QToolButton()
        self._add_conditions()
        self._lay_out()
        self._connect()
        self.recolour(theme)

    def _lay_out(self) -> None:
        self.update_button.setToolTip(
            tr("Filter and sort again: what was edited stays where it was until then (Ctrl+U)")
        )
        self.update_button.setText(tr("Update"))
        self.clear_button.setText(tr("Clear filters"))
        self.clear_button.setToolTip(tr("Clear filters"))
        self.view_button.setToolTip(tr("Order and columns"))
        self.view_button.setAccessibleName(tr("Order and columns"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.text, 1)
        choosers: tuple[QWidget, ...] = (self.label, self.rater, self.only)
        for part in choosers:
            layout.addWidget(part)
        layout.addWidget(self.clear_button)
        layout.addStretch(1)
        parts: tuple[QWidget, ...] = (self.update_button, self.count, self.view_button)
        for part in parts:
            layout.addWidget(part)
        for button in (self.clear_button, self.update_button):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setAccessibleName(button.text())
            button.hide()

    def _add_conditions(self) -> None:
        """What is asked for now and then, behind one button."""
        for name, words in _ONLY.items():
            action = QAction(words, self, checkable=True)
            action.toggled.connect(self._change)
            self.only_menu.addAction(action)
            self._only[name] = action
        limits = self.only_menu.addMenu(tr("Confidence below"))
        self._limits = QActionGroup(self)
        for limit in (None, *_LIMITS):
            action = QAction(tr("Any") if limit is None else f"{limit:.0%}", self, checkable=True)
            action.setChecked(limit is None)
            action.triggered.connect(partial(self.set_below, limit))
            self._limits.addAction(action)
            limits.addAction(action)

    def _connect(self) -> None:
        self.text.textChanged.connect(self._change)
        self.text.returnPressed.connect(self.left)
        for box in (self.label, self.rater):
            box.currentIndexChanged.connect(self._change)
        self.clear_button.clicked.connect(self.clear)
        self.update_button.clicked.connect(self.update_asked)

    def recolour(self, theme: Theme) -> None:
        """Paint the icons in the theme's colours."""
        self.only.setIcon(icon("caret-down-bold", theme, "muted"))
        self.view_button.setIcon(icon("sliders-horizontal", theme))
        self.clear_button.setIcon(icon("x", theme))
        self.update_button.setIcon(icon("arrow-clockwise", theme))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words where there is room for them: the row never makes its dock wider."""
        super().resizeEvent(event)
        styles = Qt.ToolButtonStyle
        style = styles.ToolButtonTextBesideIcon if self.width() >= _ROOMY else styles.ToolButtonIconOnly
        for button in (self.clear_button, self.update_button):
            button.setToolButtonStyle(style)
        self.count.setVisible(self.width() >= _NARROW)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down leads from the text to the table."""
        if event.key() == Qt.Key.Key_Down and self.text.hasFocus():
            self.left.emit()
        else:
            super().keyPressEvent(event)

    @property
    def current(self) -> SegmentFilter:
        """What is asked for."""
        only = {name: action.isChecked() for name, action in self._only.items()}
        rater = self.rater.currentData()
        return SegmentFilter(
            self.text.text().strip(),
            self.label.currentData(),
            self._rater if rater == _CURRENT else rater,
            self._below,
            **only,
        )

    @property
    def narrowed(self) -> bool:
        """Whether something is asked for beside the usual: all of the current rater."""
        return self.current != SegmentFilter(rater=self._rater)

    def show_labels(self, scheme: AnnotationScheme, others: Sequence[str]) -> None:
        """The labels to choose from: the scheme's, and others in use."""
        wanted = [(tr("Any label"), None), (tr("Unlabelled"), UNLABELLED)]
        _fill(self.label, [*wanted, *((name, name) for name in (*scheme.names, *others))])

    def show_raters(self, raters: Sequence[RaterRow], current: RaterRow | None) -> None:
        """The raters to choose from; whoever looks at the current one goes on with the next current one."""
        self._rater = current.id if current is not None else None
        names = [
            (tr("{name} (gold)").format(name=rater.name) if rater.kind == GOLD else rater.name, rater.id)
            for rater in raters
        ]
        mine = (
            tr("{name} (current)").format(name=current.name) if current is not None else tr("Current rater")
        )
        _fill(self.rater, [(mine, _CURRENT), (tr("All raters"), None), *names])

    def show_count(self, shown: int, of: int, chosen: int, left_over: bool) -> None:
        """How many there are; whether some stay only until the list is filtered and sorted again."""
        words = (tr("{number} segment") if of == 1 else tr("{number} segments")).format(number=_number(of))
        if shown != of:
            words = tr("{number} of {words}").format(number=_number(shown), words=words)
        self.count.setText(
            tr("{number} chosen · {words}").format(number=_number(chosen), words=words)
            if chosen > 1
            else words
        )
        self.update_button.setVisible(left_over)

    def set_below(self, limit: float | None, _: bool = True) -> None:
        """Only suggestions less confident than this; None: all."""
        self._below = limit
        at = 0 if limit is None else _LIMITS.index(limit) + 1
        self._limits.actions()[at].setChecked(True)
        self._change()

    def set_only(self, name: str, on: bool) -> None:
        """One of the conditions of SegmentFilter that are true or false."""
        self._only[name].setChecked(on)

    def clear(self) -> None:
        """Ask for all of the current rater."""
        parts = [self.text, self.label, self.rater, *self._only.values()]
        blocked = [QSignalBlocker(part) for part in parts]
        self.text.clear()
        self.label.setCurrentIndex(0)
        self.rater.setCurrentIndex(0)
        for action in self._only.values():
            action.setChecked(False)
        for each in blocked:
            each.unblock()
        self.set_below(None)

    def _change(self) -> None:
        asked = [action.text() for action in self._only.values() if action.isChecked()]
        if self._below is not None:
            asked.append(tr("Below {below:.0%}").format(below=self._below))
        self.only.setText(
            tr("Show only")
            if not asked
            else asked[0]
            if len(asked) == 1
            else tr("{asked} conditions").format(asked=len(asked))
        )
        self.only.setToolTip(", ".join(asked) or tr("Show only segments with doubts"))
        self.clear_button.setVisible(self.narrowed)
        self.changed.emit()


def _fill(box: QComboBox, entries: Sequence[tuple[str, object]]) -> None:
    """Offer other entries; what was chosen stays chosen if it is still there."""
    before = box.currentData() if box.count() else entries[0][1]
    blocked = QSignalBlocker(box)
    box.clear()
    for words, data in entries:
        box.addItem(words, data)
    found = next((place for place, (_, data) in enumerate(entries) if data == before), 0)
    box.setCurrentIndex(found)
    blocked.unblock()
    if entries[found][1] != before:
        box.currentIndexChanged.emit(found)


def _box(name: str, letters: int) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(letters)
    box.setMinimumWidth(80)
    box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)  # as high as the buttons
    return box


def _menu_button(words: str) -> tuple[QToolButton, QMenu]:
    """A button that opens a menu; its arrow is an icon at the right."""
    button = QToolButton()
    button.setText(words)
    button.setObjectName("framed")
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if words:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    menu = QMenu(button)
    button.clicked.connect(lambda: menu.popup(button.mapToGlobal(QPoint(0, button.height()))))
    return button, menu


def _number(number: int) -> str:
    """With narrow spaces between thousands."""
    return f"{number:,}".replace(",", "\u202f")
