"""The main window: places panels, menus and the tool bar, and remembers where they were. Nothing else."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QComboBox,
    QDockWidget,
    QMainWindow,
    QMenu,
    QPlainTextEdit,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QTableView,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..translation import tr
from .actions import ACTIONS, PAGES, TOOL_BAR, WORKBENCH, WORKBENCH_MENUS, Actions
from .keys import ENTER
from .projects import project_name

_WITH_WORDS = ("predict",)  # for more there is no room on a laptop
_SIZE = (1280, 760)
_LEFT_WIDTH, _RIGHT_WIDTH, _LEAST_WIDTH = 232, 272, 160
_BOTTOM_HEIGHT = 228
_CORNERS = {
    Qt.Corner.BottomLeftCorner: Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.Corner.BottomRightCorner: Qt.DockWidgetArea.RightDockWidgetArea,
}
_HIDDEN_AT_FIRST = "intensity"  # a small screen has no room for everything
_GEOMETRY, _STATE, _HIDDEN = "window/geometry", "window/state", "window/hidden"
_PAGES = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ENDS = (Qt.Key.Key_Home, Qt.Key.Key_End)
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_OWN_KEYS: tuple[tuple[type[QWidget], tuple[Qt.Key, ...]], ...] = (
    (QAbstractButton, (Qt.Key.Key_Space, *ENTER)),
    (QComboBox, (Qt.Key.Key_Space, *_ARROWS, *_PAGES, *_ENDS)),
    (QTabBar, _ARROWS),
    (QAbstractSlider, (*_ARROWS, *_PAGES, *_ENDS)),
    (QTableView, (*_PAGES, *_ENDS)),
    (QPlainTextEdit, _PAGES),
)


class _Stack(QStackedWidget):
    """Asks for no more room than the page in front needs: others must not squeeze the docks beside it."""

    def minimumSizeHint(self) -> QSize:
        """Of the page in front."""
        current = self.currentWidget()
        return current.minimumSizeHint() if current is not None else QSize()

    def sizeHint(self) -> QSize:
        """Of the page in front."""
        current = self.currentWidget()
        return current.sizeHint() if current is not None else QSize()


class MainWindow(QMainWindow):
    """Empty until `place` is called with its parts."""

    dropped = Signal(list)
    recent_chosen = Signal(Path)
    closing = Signal()

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self._settings = settings
        self._panels: dict[str, QWidget] = {}
        self._actions: Actions | None = None
        self._recent = QMenu(tr("Open recent project"))
        self._pages, self._page = _Stack(), WORKBENCH
        self._by_name: dict[str, QWidget] = {}
        self._visible: list[QWidget] = []  # docks, while another page hides them
        self._menus: dict[str, QMenu] = {}
        self._tools: list[QAction] = []
        self.may_close: Callable[[], bool] = lambda: True
        self.setWindowTitle(tr("HuMP-CAT Studio"))
        self.setAcceptDrops(True)
        self.resize(*_SIZE)

    def place(
        self,
        actions: Actions,
        left: QWidget,
        centre: list[QWidget],
        right: QWidget,
        bottom: QWidget,
        tools: list[QWidget],
        panels: Mapping[str, QWidget],
        pages: Mapping[str, QWidget],
    ) -> None:
        """Put the parts where they belong.

        Args:
            centre: one below the other: the messages, which all pages have, what takes the height, and more.
            tools: at the right end of the tool bar, on all pages.
            panels: further panels that can be hidden, by name.
            pages: what takes the place of all this but the menus, the tools and the first of `centre`, by name.
        """
        self._actions = actions
        messages, *rest = centre
        middle = _column(rest)
        self._by_name = {WORKBENCH: middle, **pages}
        for page in self._by_name.values():
            self._pages.addWidget(page)
        whole = _column([self._pages])
        whole.layout().insertWidget(0, messages)  # type: ignore[union-attr]
        self.setCentralWidget(whole)
        middle.addActions(actions.local())
        docks = {
            "recordings": self._dock("Recordings", left, Qt.DockWidgetArea.LeftDockWidgetArea),
            "details": self._dock("Details", right, Qt.DockWidgetArea.RightDockWidgetArea),
            "tables": self._dock("Tables", bottom, Qt.DockWidgetArea.BottomDockWidgetArea),
        }
        for corner, area in _CORNERS.items():  # the sides keep their height; the tables lie between them
            self.setCorner(corner, area)
        sides = [docks["recordings"], docks["details"]]
        self.resizeDocks(sides, [_LEFT_WIDTH, _RIGHT_WIDTH], Qt.Orientation.Horizontal)
        self.resizeDocks([docks["tables"]], [_BOTTOM_HEIGHT], Qt.Orientation.Vertical)
        self._panels = {**docks, **panels}
        self._add_menus(actions)
        self._add_tool_bar(actions, tools)
        self.restore()

    def show_panel(self, name: str, on: bool) -> None:
        """Show or hide a panel."""
        if name in self._panels:
            self._panels[name].setVisible(on)

    def show_page(self, name: str) -> None:
        """Show a page: the workbench, or one of the others in place of it."""
        if name == self._page:
            return
        docks = self.findChildren(QDockWidget)
        if self._page == WORKBENCH:
            self._visible = [dock for dock in docks if not dock.isHidden()]
        self._page = name
        at_workbench = name == WORKBENCH
        for dock in docks:
            dock.setVisible(at_workbench and dock in self._visible)
        # A hidden menu's keys do nothing, so that none of them changes what is not seen.
        for menu in WORKBENCH_MENUS:
            self._menus[menu].menuAction().setVisible(at_workbench)
        for tool in self._tools:
            tool.setVisible(at_workbench)
        self._pages.setCurrentWidget(self._by_name[name])
        if not at_workbench:
            self._by_name[name].setFocus()

    def show_recent(self, paths: list[Path]) -> None:
        """List the projects that were open, newest first."""
        self._recent.clear()
        for path in paths:
            action = self._recent.addAction(f"{project_name(path)}  ({path.parent})")
            action.triggered.connect(partial(self.recent_chosen.emit, path))
        self._recent.setEnabled(bool(paths))

    def restore(self) -> None:
        """Put everything where it was left."""
        for key, take in ((_GEOMETRY, self.restoreGeometry), (_STATE, self.restoreState)):
            value = self._settings.value(key)
            if isinstance(value, QByteArray):
                take(value)
        hidden = str(self._settings.value(_HIDDEN, _HIDDEN_AT_FIRST)).split(",")
        for name, panel in self._panels.items():
            panel.setVisible(name not in hidden)
            if self._actions is not None:
                self._actions[f"panel:{name}"].setChecked(name not in hidden)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember where everything is; unless somebody wants it to stay open."""
        if not self.may_close():
            event.ignore()
            return
        self.show_page(WORKBENCH)
        self._settings.setValue(_GEOMETRY, self.saveGeometry())
        self._settings.setValue(_STATE, self.saveState())
        hidden = [name for name, panel in self._panels.items() if panel.isHidden()]
        self._settings.setValue(_HIDDEN, ",".join(hidden))
        self.closing.emit()
        super().closeEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keys that a widget needs for itself while it has the keyboard are not taken as the window's shortcuts."""
        asks = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if asks and needs_key(self.focusWidget(), Qt.Key(event.key()), event.modifiers()):  # type: ignore[attr-defined]
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the keyboard, as Space does."""
        focused = self.focusWidget()
        if event.key() in ENTER and isinstance(focused, QAbstractButton):
            focused.click()
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and folders may be dropped."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.dropped.emit(paths)

    def _dock(self, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(tr(title))
        dock.setObjectName(title)
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        dock.setTitleBarWidget(
            QWidget()
        )  # hidden by the View menu, resized at its edge; a title would say nothing new
        widget.setMinimumWidth(_LEAST_WIDTH)
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        return dock

    def _add_menus(self, actions: Actions) -> None:
        menus = self._menus
        for spec in ACTIONS:
            menu = menus.get(spec.menu)
            if menu is None:
                title, _, submenu = spec.menu.partition("/")
                parent = menus.get(title)
                if parent is None:
                    parent = menus[title] = self.menuBar().addMenu(tr(title))
                menu = menus[spec.menu] = parent.addMenu(tr(submenu)) if submenu else parent
            if spec.break_before:
                menu.addSeparator()
            menu.addAction(actions[spec.name])
            if spec.name == "open_project":
                menu.addMenu(self._recent)

    def _add_tool_bar(self, actions: Actions, tools: list[QWidget]) -> None:
        """First the pages, then what the workbench does, then, at the right end and on every page, who and by what."""
        bar = QToolBar(tr("Tools"))
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        for name in PAGES:
            bar.addWidget(_button(actions, name))
        for name in TOOL_BAR:
            # Widgets, since their places on the bar can be hidden while the actions stay in their menus.
            self._tools.append(bar.addWidget(_button(actions, name)) if name else bar.addSeparator())
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(space)
        for tool in tools:
            bar.addWidget(tool)
        self.addToolBar(bar)


def _button(actions: Actions, name: str) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(actions[name])
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard with the sound
    words = name in _WITH_WORDS or name in PAGES
    style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if words else Qt.ToolButtonStyle.ToolButtonIconOnly
    button.setToolButtonStyle(style)
    if name == "predict":
        button.setObjectName("primary")
    return button


def _column(widgets: list[QWidget]) -> QWidget:
    """One below the other; the first one takes the height."""
    whole = QWidget()
    whole.setObjectName("centre")
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for index, widget in enumerate(widgets):
        column.addWidget(widget, 1 if index == 0 else 0)
    return whole


def needs_key(widget: QWidget | None, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
    """Whether a widget that has the keyboard means something by a key that is also one of the window's."""
    if modifiers & Qt.KeyboardModifier.ControlModifier:
        return False
    return any(isinstance(widget, kind) and key in keys for kind, keys in _OWN_KEYS)
