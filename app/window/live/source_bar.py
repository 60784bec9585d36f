"""The row above the plots: which input, at which rate, with how many channels; how loud it is; hear it or not."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QPushButton, QToolButton

from core_model.live.level import LevelMeter

from ...capture.inputs import Input
from ...translation import tr
from ..dialog_parts import caption
from ..theme import SPACE, Theme, icon
from .level_bar import LevelBar

RATES = (16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000)
_OWN = tr("its own rate")
_MOST_CHANNELS = 8
_NONE = tr("No input found: connect a microphone")


class SourceBar(QFrame):
    """Choices are asked for by signals; what is really open is shown by `show_open`."""

    listen_asked = Signal(bool)
    replay_asked = Signal()
    changed = Signal()  # another input, rate or number of channels is chosen
    monitor_asked = Signal(bool)
    reset_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._inputs: list[Input] = []
        self.wanted = ""  # the id chosen last, which may not be there now
        self._open = False
        self.listen = QPushButton(tr("Listen"))
        self.listen.setObjectName("primary")
        self.listen.setCheckable(True)
        self.listen.clicked.connect(self.listen_asked)
        self.inputs, self.rates, self.channels = QComboBox(), QComboBox(), QComboBox()
        self.inputs.setMinimumWidth(160)
        self.inputs.setMaximumWidth(280)
        self.inputs.setPlaceholderText(_NONE)
        self.inputs.activated.connect(self._choose)
        self.rates.addItem(_OWN, None)
        for rate in RATES:
            self.rates.addItem(f"{rate:,} Hz".replace(",", " "), rate)
        for box in (self.rates, self.channels):
            box.activated.connect(lambda _: self.changed.emit())
        self.level = LevelBar(theme)
        self.level.reset_asked.connect(self.reset_asked)
        self.monitor, self.replay = QToolButton(), QToolButton()
        self.monitor.setCheckable(True)
        self.monitor.setToolTip(
            tr("Hear what comes in; with headphones, since loudspeakers would feed it back")
        )
        self.monitor.setAccessibleName(tr("Monitor"))
        self.monitor.clicked.connect(self.monitor_asked)
        self.replay.setText(tr("Replay…"))
        self.replay.setToolTip(tr("Listen to a recording as if it were spoken now"))
        self.replay.clicked.connect(lambda: self.replay_asked.emit())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.listen)
        for name, widget in (
            (tr("Input"), self.inputs),
            (tr("Rate"), self.rates),
            (tr("Channels"), self.channels),
        ):
            widget.setAccessibleName(name)
            layout.addWidget(caption(name))
            layout.addWidget(widget)
        layout.addSpacing(2 * SPACE)
        layout.addWidget(self.level, 1)
        layout.addWidget(self.monitor)
        layout.addWidget(self.replay)
        self.show_inputs([])
        self.show_open(open_=False, opening=False)
        self.recolour(theme)

    def restore(self, name: str, rate: int | None, channels: int | None) -> None:
        """Choose what was chosen the last time, as soon as it is there."""
        self.wanted = name
        self.rates.setCurrentIndex(max(0, self.rates.findData(rate)))
        self.show_inputs(self._inputs)
        self.channels.setCurrentIndex(max(0, self.channels.findData(channels)))

    @property
    def input(self) -> Input | None:
        """The input chosen, None where there is none."""
        index = self.inputs.currentIndex()
        return self._inputs[index] if 0 <= index < len(self._inputs) else None

    @property
    def rate(self) -> int | None:
        """The rate chosen in Hz; None for the input's own."""
        return self.rates.currentData()

    @property
    def channel_count(self) -> int:
        """How many channels are chosen."""
        return int(self.channels.currentData() or 1)

    def show_inputs(self, inputs: Sequence[Input]) -> None:
        """Offer these; the one chosen stays chosen while it is there, and is again when it comes back."""
        self._inputs = list(inputs)
        self.inputs.clear()
        for each in self._inputs:
            self.inputs.addItem(
                tr("{name} (usual)").format(name=each.name) if each.usual else each.name, each.id
            )
        index = self.inputs.findData(self.wanted)
        self.inputs.setCurrentIndex(index if index >= 0 else 0 if self._inputs else -1)
        self._offer_channels()
        self._enable()

    def show_open(self, *, open_: bool, opening: bool) -> None:
        """Show whether something is heard, or about to be."""
        self._open = open_ or opening
        self.listen.setChecked(self._open)
        self.listen.setText(tr("Opening…") if opening else tr("Stop listening") if open_ else tr("Listen"))
        self.monitor.setEnabled(open_)
        if not open_:
            self.monitor.setChecked(False)
            self.level.show_meter(None)
        self._enable()

    def show_level(self, meter: LevelMeter) -> None:
        """Show how loud it is now."""
        self.level.show_meter(meter)

    def lock(self, on: bool) -> None:
        """While a take is recorded nothing else can be listened to."""
        for widget in (self.listen, self.inputs, self.rates, self.channels, self.replay):
            widget.setEnabled(not on)
        if not on:
            self._enable()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.level.recolour(theme)
        self.monitor.setIcon(icon("headphones", theme))

    def _enable(self) -> None:
        for widget in (self.inputs, self.rates, self.channels):
            widget.setEnabled(bool(self._inputs))
        self.listen.setEnabled(bool(self._inputs) or self._open)
        self.listen.setToolTip("" if self._inputs else _NONE)

    def _choose(self, index: int) -> None:
        self.wanted = str(self.inputs.itemData(index))
        self._offer_channels()
        self.changed.emit()

    def _offer_channels(self) -> None:
        chosen, most = self.channels.currentData(), self.input.channels if self.input is not None else 1
        self.channels.clear()
        for count in range(1, min(most, _MOST_CHANNELS) + 1):
            self.channels.addItem({1: tr("mono"), 2: tr("stereo")}.get(count, str(count)), count)
        self.channels.setCurrentIndex(max(0, self.channels.findData(chosen)))
