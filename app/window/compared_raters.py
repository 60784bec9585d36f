"""Whose labels are compared: a button that says so, and a menu to tick them in."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton

from core_model.exchange.content import Content
from core_model.project.rows import GOLD

from ..agreement_view import MODEL, default_raters
from ..translation import tr
from .theme import Theme, icon

_FEW = 12  # letters of names that a narrow page shows


class _StayingMenu(QMenu):
    """Stays open while entries are ticked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A tick, and no more."""
        if not self._tick():
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The same with Space."""
        if event.key() != Qt.Key.Key_Space or not self._tick():
            super().keyPressEvent(event)

    def _tick(self) -> bool:
        action = self.activeAction()
        if action is None or not action.isCheckable() or not action.isEnabled():
            return False
        action.trigger()
        return True


class ComparedRaters(QToolButton):
    """Says who is compared; its menu ticks them."""

    changed = Signal()
    asked = Signal()  # for the dialog of raters

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("framed")
        self.setAccessibleName(tr("Raters"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.setMaximumWidth(200)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Expanding)
        self.menu_of_raters = _StayingMenu(self)
        self.clicked.connect(lambda: self.menu_of_raters.popup(self.mapToGlobal(QPoint(0, self.height()))))
        self._chosen: tuple[int, ...] | None = None  # None: all persons who said anything
        self._offered: list[tuple[int, str]] = []
        self._narrow = False
        self.ticks: dict[int, QAction] = {}

    def forget(self) -> None:
        """Another project has other raters."""
        self._chosen = None

    def offer(self, content: Content, *, model: bool) -> tuple[int, ...]:
        """Offer a project's raters, and the model where it says anything; answers who is chosen of them."""
        offered = [(row.id, row.name + (" (decided)" if row.kind == GOLD else "")) for row in content.raters]
        offered.append((MODEL, tr("Model (no person)")))
        usual = default_raters(content)
        known = [number for number, _ in offered]
        chosen = usual if self._chosen is None else tuple(n for n in known if n in self._chosen)
        if offered != self._offered:
            self._offered = offered
            self._fill()
        for number, action in self.ticks.items():
            action.setChecked(number in chosen)
        self.ticks[MODEL].setEnabled(model)
        chosen = tuple(number for number in chosen if model or number != MODEL)
        self._name(chosen)
        return chosen

    def set_narrow(self, narrow: bool) -> None:
        """Say how many there are where their names take too much room."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._name([number for number, action in self.ticks.items() if action.isChecked()])

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.setIcon(icon("caret-down-bold", theme, "muted"))

    def _fill(self) -> None:
        self.menu_of_raters.clear()
        self.ticks = {}
        for number, name in self._offered:
            if number == MODEL:
                self.menu_of_raters.addSeparator()
            action = self.menu_of_raters.addAction(name)
            action.setCheckable(True)
            action.triggered.connect(self._choose)
            self.ticks[number] = action
        self.menu_of_raters.addSeparator()
        self.menu_of_raters.addAction(tr("Raters…")).triggered.connect(self.asked)

    def _choose(self) -> None:
        self._chosen = tuple(number for number, action in self.ticks.items() if action.isChecked())
        self.changed.emit()

    def _name(self, chosen: Sequence[int]) -> None:
        names = ["model" if number == MODEL else name for number, name in self._offered if number in chosen]
        words = ", ".join(names) or tr("Raters")
        self.setText(
            words
            if len(words) <= (_FEW if self._narrow else 2 * _FEW)
            else tr("{names} raters").format(names=len(names))
        )
        self.setToolTip(
            tr("Compared: {names}").format(names=", ".join(names)) if names else tr("Choose whom to compare")
        )
