"""A plot on the shared time axis: same left and right edge as all the others, same cursor, playhead and selection."""

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy

from ...display.time_view import Span
from ..pointer import TimePointer
from ..theme import Theme
from ..time_axis import TimeAxis

LEFT, RIGHT = 100, 52  # px beside every plot area, for the axes; one number for all keeps them in line
_EDGE = 4
_DRAG = 4  # px that make a click of the right button a drag, which pans


class TimePlot(pg.PlotWidget):
    """Base of the plots. Subclasses add their items, and `recolour` for their own colours."""

    height_changed = Signal(float)  # the pointer's height in the plot's own units
    touched = Signal()  # clicked, or given the focus
    menu_asked = Signal(
        QPoint
    )  # where on the screen: the right button without a drag, the menu key, Shift+F10

    def __init__(self, title: str, axis: TimeAxis, theme: Theme) -> None:
        super().__init__(antialias=False, useOpenGL=False)
        self.axis, self.theme = axis, theme
        self.pictured_as = (
            ""  # a picture's caption, where on screen widgets beside the plot say what it shows
        )
        self.setAccessibleName(title)
        self.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
        self.setMinimumHeight(40)
        self.setAcceptDrops(False)  # files dropped on a plot are the window's
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._names: dict[str, Sequence[tuple[float, str]]] = {}
        self._lay_out()
        self._selection = pg.LinearRegionItem(movable=False)
        self._cursor = pg.InfiniteLine(angle=90)
        self._playhead = pg.InfiniteLine(angle=90)
        self._empty = QLabel(self)
        self._empty.setObjectName("muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._empty.hide()
        self._right_pressed: QPointF | None = None
        self._caption = QLabel(title, self)
        self._caption.setObjectName("plotCaption")
        self._caption.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        for item, depth in ((self._selection, 20), (self._cursor, 30), (self._playhead, 31)):
            item.setZValue(depth)
            item.hide()
            self.addItem(item, ignoreBounds=True)
        self._connect()
        self.recolour(theme)

    def _lay_out(self) -> None:
        item = self.getPlotItem()
        item.setContentsMargins(0, 0, 0, 0)
        item.layout.setContentsMargins(0, 0, 0, 0)
        item.layout.setSpacing(0)
        item.hideButtons()
        item.setMenuEnabled(False)
        item.showAxes((True, False, True, False))
        item.getAxis("left").setWidth(LEFT)
        item.getAxis("right").setWidth(RIGHT)
        item.getAxis("right").setStyle(showValues=False, tickLength=0)
        item.getAxis("right").setTicks([[], []])
        self.getPlotItem().getViewBox().setMouseEnabled(False, False)
        self.getPlotItem().getViewBox().setDefaultPadding(0)
        self.getPlotItem().disableAutoRange()
        self.setContentsMargins(0, 0, 0, 0)
        self.centralWidget.layout.setContentsMargins(0, _EDGE, 0, _EDGE)

    def _connect(self) -> None:
        axis = self.axis
        axis.view_changed.connect(self._show_view)
        axis.cursor_changed.connect(self._show_cursor)
        axis.playhead_changed.connect(self._show_playhead)
        axis.selection_changed.connect(self._show_selection)
        TimePointer(self.viewport(), axis, self.area)
        self.viewport().installEventFilter(self)
        self.getPlotItem().getViewBox().sigResized.connect(self._thin_names)
        self._show_view(axis.view)

    def name_heights(self, side: str, names: Sequence[tuple[float, str]]) -> None:
        """Names on the left or right axis, evenly spaced; of a low plot those that have room."""
        self._names[side] = names
        self._thin_names()

    def _thin_names(self) -> None:
        for side, names in self._names.items():
            every = math.ceil(len(names) * self.fontMetrics().height() / max(self.plot_area().height(), 1))
            self.getPlotItem().getAxis(side).setTicks([names[:: max(every, 1)], []])

    def area(self) -> tuple[float, float]:
        """The pixel at which the plot area begins, and its width."""
        return float(LEFT), float(max(self.width() - LEFT - RIGHT, 1))

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.theme = theme
        self.setBackground(theme.colour("panel"))
        view = self.getPlotItem().getViewBox()
        view.setBackgroundColor(theme.colour("plot"))
        for side in ("left", "right"):
            shown = self.getPlotItem().getAxis(side)
            shown.setPen(QPen(theme.colour("border")))
            shown.setTextPen(QPen(theme.colour("muted")))
        self._cursor.setPen(pg.mkPen(theme.colour("hover_line"), style=Qt.PenStyle.DashLine))
        self._playhead.setPen(pg.mkPen(theme.colour("playhead"), width=2))
        self._selection.setBrush(theme.colour("accent", 50))
        for line in self._selection.lines:
            line.setPen(pg.mkPen(theme.colour("accent"), width=1))

    def show_empty(self, text: str) -> None:
        """Say why nothing is drawn; an empty text takes the words away."""
        self._empty.setText(text)
        self._empty.setVisible(bool(text))

    @property
    def is_empty(self) -> bool:
        """Whether words stand where the plot would be."""
        return not self._empty.isHidden()

    def set_caption(self, text: str) -> None:
        """Change the small title inside the plot."""
        self._caption.setText(text)
        self._caption.setVisible(bool(text))
        self._caption.adjustSize()

    @property
    def caption(self) -> str:
        """The small title inside the plot."""
        return self._caption.text()

    def hide_marks(self, hidden: bool) -> None:
        """Take the cursor and the playhead off, as for a picture, or put them back."""
        self._cursor.setVisible(not hidden and self.axis.cursor is not None)
        self._playhead.setVisible(not hidden and self.axis.duration > 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell at which height the pointer is, beside the time that the pointer's filter tells; and clicks."""
        match event.type():
            case QEvent.Type.MouseMove if isinstance(event, QMouseEvent):
                point = self.getPlotItem().getViewBox().mapSceneToView(QPointF(event.position()))
                self.height_changed.emit(float(point.y()))
            case QEvent.Type.MouseButtonPress if isinstance(event, QMouseEvent):
                self.touched.emit()
                right = event.button() == Qt.MouseButton.RightButton
                self._right_pressed = event.position() if right else None
            case QEvent.Type.MouseButtonRelease if isinstance(event, QMouseEvent):
                self._release(event)
            case QEvent.Type.ContextMenu if isinstance(event, QContextMenuEvent):
                # Some systems send it at the right button's press, when nobody knows yet whether it is a drag.
                if event.reason() == QContextMenuEvent.Reason.Keyboard:
                    self._ask_for_menu()
                return True
        return bool(super().eventFilter(watched, event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Shift+F10, which only Windows takes for the menu key. None of the graphics view's own: they would scroll."""
        if event.key() == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self._ask_for_menu()
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A frame shows which plot is meant."""
        super().focusInEvent(event)
        self.viewport().update()
        self.touched.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The frame goes."""
        super().focusOutEvent(event)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The plot, and a frame around its area while it has the focus."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setPen(QPen(self.theme.colour("accent"), 1))
            painter.drawRect(self.plot_area().adjusted(0, 0, -1, -1))
            painter.end()

    def plot_area(self) -> QRectF:
        """Where the plot itself is, without its axes, in pixels."""
        view = self.getPlotItem().getViewBox()
        return QRectF(view.mapRectToScene(view.boundingRect()))

    def _release(self, event: QMouseEvent) -> None:
        pressed, self._right_pressed = self._right_pressed, None
        if pressed is None or event.button() != Qt.MouseButton.RightButton:
            return
        if (event.position() - pressed).manhattanLength() < _DRAG:
            self.menu_asked.emit(event.globalPosition().toPoint())

    def _ask_for_menu(self) -> None:
        corner = self.plot_area().topLeft() + QPointF(_EDGE, _EDGE)
        self.menu_asked.emit(self.viewport().mapToGlobal(corner.toPoint()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the words in the plot's area."""
        super().resizeEvent(event)
        if hasattr(self, "_empty"):
            self._empty.setGeometry(QRectF(LEFT, 0, self.area()[1], self.height()).toRect())
            self._caption.move(LEFT + 2 * _EDGE, 2 * _EDGE)
            self._caption.adjustSize()

    def _show_view(self, view: Span) -> None:
        self.getPlotItem().getViewBox().setXRange(view.start, view.end, padding=0)

    def _show_cursor(self, time: float | None) -> None:
        self._cursor.setVisible(time is not None)
        if time is not None:
            self._cursor.setValue(time)

    def _show_playhead(self, time: float) -> None:
        self._playhead.setVisible(self.axis.duration > 0)
        self._playhead.setValue(time)

    def _show_selection(self, selection: Span | None) -> None:
        self._selection.setVisible(selection is not None)
        if selection is not None:
            self._selection.setRegion((selection.start, selection.end))
