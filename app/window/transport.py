"""The row under the plots: play, play the selection, loop, the speed, the time, the volume."""

from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QProgressBar, QSlider, QToolButton

from ..display.time_view import format_time
from ..translation import tr
from .actions import Actions
from .playing import SPEEDS
from .theme import SPACE, Theme, icon
from .time_axis import TimeAxis

_ICON = 20
_PLAYING, _ZOOMING = ("to_start", "play", "play_selection", "loop"), ("zoom_out", "zoom_in", "show_all")


class Transport(QFrame):
    """Shows where the playhead is; the buttons are the actions of the Play menu."""

    volume_changed = Signal(float)
    speed_chosen = Signal(float)

    def __init__(self, axis: TimeAxis, actions: Actions, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("transport")
        self._axis = axis
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, SPACE, 3 * SPACE, SPACE)
        layout.setSpacing(SPACE)
        for name in _PLAYING:
            layout.addWidget(_button(actions, name))
        self._add_speed(layout)
        self._time = QLabel()
        self._time.setObjectName("time")
        self._time.setAccessibleName(tr("Time and duration"))
        self._selection = QLabel()
        self._selection.setObjectName("muted")
        layout.addSpacing(2 * SPACE)
        layout.addWidget(self._time)
        layout.addSpacing(4 * SPACE)
        layout.addWidget(self._selection)
        self._add_progress(layout, actions)
        self._zooming = [_button(actions, name) for name in _ZOOMING]
        for button in self._zooming:
            layout.addWidget(button)
        self._add_volume(layout)
        for signal in (axis.playhead_changed, axis.selection_changed, axis.view_changed):
            signal.connect(lambda _: self._show())
        self.recolour(theme)
        self._show()

    def _add_speed(self, layout: QHBoxLayout) -> None:
        self._speed = QToolButton()
        self._speed.setAccessibleName(tr("Speed"))
        self._speed.setToolTip(tr("Speed; the pitch stays"))
        self._speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._speed.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._speed.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the caret behind the words
        self._speeds = QMenu(self._speed)
        self._speeds.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._speed.clicked.connect(self._open_speeds)
        for speed in SPEEDS:
            action = self._speeds.addAction(_speed_text(speed))
            action.setCheckable(True)
            action.triggered.connect(partial(self._choose_speed, speed))
        widest = max(self._speed.fontMetrics().horizontalAdvance(_speed_text(speed)) for speed in SPEEDS)
        self._speed.setMinimumWidth(widest + 10 * SPACE)  # what stands beside it stays in place
        layout.addWidget(self._speed)
        self.show_speed(1.0)

    def _choose_speed(self, speed: float) -> None:
        self.show_speed(speed)  # also when it is the same: a click has taken its mark away
        self.speed_chosen.emit(speed)

    def _open_speeds(self) -> None:
        above = QPoint(0, -self._speeds.sizeHint().height())  # the button is near the window's foot
        self._speeds.popup(self._speed.mapToGlobal(above))
        chosen = next((action for action in self._speeds.actions() if action.isChecked()), None)
        if chosen is not None:
            self._speeds.setActiveAction(chosen)  # from where the arrow keys go on

    def _add_progress(self, layout: QHBoxLayout, actions: Actions) -> None:
        self._doing = QLabel()
        self._doing.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._doing, 1)  # also holds the others apart while it is empty
        for words in (self._doing, self._selection):
            words.setMinimumWidth(1)  # they may be cut rather than press the panels at the sides together
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(120)
        self._cancel = QToolButton()
        self._cancel.setDefaultAction(actions["cancel"])
        self._cancel.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for widget in (self._progress, self._cancel):
            layout.addWidget(widget)
            widget.hide()
        layout.addSpacing(4 * SPACE)

    def _add_volume(self, layout: QHBoxLayout) -> None:
        self._loudness = QLabel()
        volume = QSlider(Qt.Orientation.Horizontal)
        volume.setAccessibleName(tr("Volume"))
        volume.setToolTip(tr("Volume"))
        volume.setRange(0, 100)
        volume.setValue(100)
        volume.setFixedWidth(96)
        # Squared, since loudness follows the power of the amplitude.
        volume.valueChanged.connect(lambda value: self.volume_changed.emit((value / 100) ** 2))
        layout.addWidget(self._loudness)
        layout.addWidget(volume)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._loudness.setPixmap(icon("speaker-high", theme, "muted").pixmap(_ICON, _ICON))
        self._speed.setIcon(icon("caret-down-bold", theme, "muted"))

    def show_speed(self, speed: float) -> None:
        """Show how fast it plays."""
        self._speed.setText(_speed_text(speed))
        for action in self._speeds.actions():
            action.setChecked(action.text() == _speed_text(speed))

    def show_progress(self, text: str, done: int, of: int) -> None:
        """Show long work; `of` 0 hides it, a `done` below 0 shows that it began."""
        # There is room for either; whatever goes, goes first, or the panels at the sides would make room.
        showing, hiding = (self._progress, self._cancel), tuple(self._zooming)
        shown, hidden = (showing, hiding) if of > 0 else (hiding, showing)
        for widget in hidden:
            widget.hide()
        for widget in shown:
            widget.show()
        self._doing.setText(text)
        self._progress.setRange(0, of if done >= 0 else 0)
        self._progress.setValue(max(done, 0))

    def _show(self) -> None:
        axis = self._axis
        self._time.setText(f"{format_time(axis.playhead)} / {format_time(axis.duration)}")
        selection = axis.selection
        if selection is None:
            self._selection.setText("")
            return
        start, end = format_time(selection.start), format_time(selection.end)
        self._selection.setText(
            tr("selection {start} – {end} ({length:.3f} s)").format(
                start=start, end=end, length=selection.length
            )
        )


def _speed_text(speed: float) -> str:
    return f"{speed:g}×"


def _button(actions: Actions, name: str) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(actions[name])
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setMinimumSize(32, 28)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
