"""The live page at work: what is heard goes to the plots and to the model, what both say to the screen and the take."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton

from core_model.audio import EXTENSIONS
from core_model.errors import HumpcatError
from core_model.live.config import LiveConfig
from core_model.live.level import LevelMeter
from core_model.live.ring_buffer import Overrun
from core_model.project.edit import Edit
from core_model.project.editing import SCHEME

from ...capture.take_names import PATTERN
from ...display.emotion_history import EmotionHistory
from ...display.rolling import Rolling
from ...editor import Editor
from ...engine_client import EngineClient
from ...live_engine import LiveEngine
from ...recorder import Recorder, Source
from ...tasks import TaskPool
from ..projects import Projects
from ..theme import Theme
from .live_page import LivePage
from .live_pitch import LivePitch
from .takes import Takes

_FRAME_MS = 25  # forty frames a second
_SLOW = 12  # frames between two looks at figures that people read: three a second
_PITCH = 4  # frames between two stretches that are tracked: ten a second
_SPEEDS = {"1× (as it was spoken)": 1.0, "2×": 2.0, "4×": 4.0, "As fast as it goes": 1000.0}
_KEY = "live/{}"


class Live(QObject):
    """Made once; a source comes and goes."""

    failed = Signal(object)
    model_chosen = Signal(str)
    device_chosen = Signal(str)
    recording_changed = Signal(bool)

    def __init__(
        self,
        editor: Editor,
        projects: Projects,
        tasks: TaskPool,
        settings: QSettings,
        theme: Theme,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._settings, self._tasks = settings, tasks
        self.page = LivePage(theme)
        self.recorder = Recorder(self)
        self.engine = LiveEngine(EngineClient, self)
        self.takes = Takes(editor, projects, self.recorder, tasks, self.page.takes, settings, self)
        self._editor = editor
        self._pitch = LivePitch(tasks, self)
        self._rolling: Rolling | None = None
        self._meter: LevelMeter | None = None
        self._history: EmotionHistory | None = None
        self._labels: tuple[str, ...] = ()
        self._folder: Path | None = None
        self._device = "auto"
        self._counted: dict[str, Any] = {}
        self._dropped = 0
        self._frame = 0
        self._painted = (0, time.monotonic())
        self._waits = False  # a file that waits for the model to be ready
        self._listens_on = False  # a file that is over, whose last labels are still to come
        self._current: Callable[[], Path | None] = lambda: None
        self._timer = QTimer(self, interval=_FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._draw)
        self._add_replay_menu(self.page.source.replay)
        self._connect()
        self._restore()
        self._show_state()

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {
            "listen": lambda: self._listen(self.recorder.source is None),
            "record": self.takes.toggle,
            "pause_take": self.takes.toggle_pause,
            "replay": self.ask_for_replay,
            "calibrate": self.engine.calibrate,
        }

    def use_current(self, current: Callable[[], Path | None]) -> None:
        """How to find the recording in hand, to replay it."""
        self._current = current

    def use_model(self, folder: Path) -> None:
        """Another model is in use."""
        self._folder = folder
        self._use()

    def use_device(self, device: str) -> None:
        """Another device is in use."""
        self._device = device
        self.page.box.set_device(device)
        self._use()

    def ask_for_replay(self) -> None:
        """Choose a recording and listen to it."""
        patterns = " ".join(f"*{end} *{end.upper()}" for end in EXTENSIONS)
        folder = str(self._settings.value("open/folder", str(Path.home())))
        name, _ = QFileDialog.getOpenFileName(
            self.page, "Replay a recording", folder, f"Audio ({patterns});;All files (*)"
        )
        if name:
            self.replay(Path(name))

    def replay(self, path: Path) -> None:
        """Listen to a file as if it were spoken now."""
        if self.recorder.recording:
            self.failed.emit(HumpcatError("A take is being recorded.", "Stop it first."))
            return
        self._waits = True
        self.recorder.replay(path, self._speed)
        self._show_source(self.recorder.source)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.page.recolour(theme)

    def close(self) -> None:
        """Finish the take, end what runs, remember what is chosen."""
        self._timer.stop()
        self._remember()
        self.recorder.close()
        self.takes.close()
        self.engine.close()
        self._pitch.close()

    # What is connected

    def _connect(self) -> None:
        source, box = self.page.source, self.page.box
        source.listen_asked.connect(self._listen)
        source.changed.connect(self._reopen)
        source.monitor_asked.connect(self.recorder.monitor)
        source.reset_asked.connect(lambda: self._meter.reset() if self._meter is not None else None)
        box.config_changed.connect(self.engine.configure)
        box.calibrate_asked.connect(self.engine.calibrate)
        box.predict_asked.connect(lambda _: self._use())
        box.model_chosen.connect(self.model_chosen)
        box.device_chosen.connect(self.device_chosen)
        self.recorder.inputs_changed.connect(source.show_inputs)
        self.recorder.source_changed.connect(self._take_source)
        self.recorder.monitor_changed.connect(source.monitor.setChecked)
        self.recorder.failed.connect(self.failed)
        self.takes.failed.connect(self.failed)
        self.takes.input_asked.connect(lambda: self._listen(True))
        self.takes.state_changed.connect(self._show_state)
        self.recorder.take_begun.connect(lambda _: self.page.setFocus())  # digits are labels from now on
        box.left.connect(self.page.setFocus)
        self._editor.project_changed.connect(lambda _: self._show_state())
        self._editor.changed.connect(self._follow_scheme)
        self.page.labels.label_asked.connect(self._press_label)
        self.engine.begun.connect(self._begin)
        self.engine.heard.connect(self._hear)
        self.engine.busy.connect(self._show_busy)
        self.engine.failed.connect(self._fail)
        self.page.digit_pressed.connect(self._press)
        self.engine.ended.connect(self._end)
        self.page.shown.connect(self.recorder.watch)
        self.page.shown.connect(self._be_looked_at)

    def _add_replay_menu(self, button: QToolButton) -> None:
        menu = QMenu(button)
        menu.addAction("Choose a file…").triggered.connect(self.ask_for_replay)
        here = menu.addAction("The recording in hand")
        here.triggered.connect(self._replay_current)
        menu.aboutToShow.connect(lambda: here.setEnabled(self._current() is not None))
        menu.addSeparator()
        self._speed = 1.0
        self._speed_actions = {}
        for words, speed in _SPEEDS.items():
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(speed == self._speed)
            action.triggered.connect(partial(self._use_speed, speed))
            self._speed_actions[speed] = action
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _use_speed(self, speed: float) -> None:
        self._speed = speed
        for each, action in self._speed_actions.items():
            action.setChecked(each == speed)

    def _replay_current(self) -> None:
        path = self._current()
        if path is not None:
            self.replay(path)

    # Source

    def _listen(self, on: bool) -> None:
        source = self.page.source
        if not on:
            self.recorder.shut()
        elif source.input is not None:
            self.recorder.open(source.input.id, source.rate, source.channel_count)
        else:
            self.failed.emit(
                HumpcatError("No input device was found.", "Connect a microphone; it is listed by itself.")
            )
        self._show_source(self.recorder.source)

    def _reopen(self) -> None:
        if self.recorder.source is not None and not self.recorder.source.replayed:
            self._listen(True)

    def _take_source(self, source: Source | None) -> None:
        if source is not None:
            ring = source.ring
            self._rolling = Rolling(ring.rate, ring.written)
            self._meter = LevelMeter(ring.channels)
            self._history, self._counted, self._dropped = None, {}, 0
            self.page.box.current.latency.clear()
            self.page.plots.show_sound(self._rolling)
            self._listens_on = source.replayed
        else:
            self._meter = None
        self._show_source(source)
        if source is not None or not self._listens_on:
            self._use()
        self._be_looked_at(self.page.isVisible())

    def _show_source(self, source: Source | None) -> None:
        bar = self.page.source
        bar.show_open(open_=source is not None, opening=self.recorder.opening)
        self.takes.show_source(source)
        if source is None and not self.recorder.opening and not self._listens_on:
            self.page.box.show_nothing("Not listening")

    def _use(self) -> None:
        """Let the model in use listen to what is open, if it is to."""
        source, wanted = self.recorder.source, self.page.box.predict.isChecked()
        if not wanted:
            self.page.box.show_nothing("Not predicting" if source is not None else "Not listening")
        elif self._folder is None and source is not None:
            self.page.box.show_nothing("No model", "Train one: humpcat train --help tells how")
        self.engine.use_model(self._folder if wanted else None, self._device)
        self.engine.listen(source)
        if source is not None and (not wanted or self._folder is None):
            self._let_run()

    def _let_run(self) -> None:
        if self._waits:
            self._waits = False
            self.recorder.begin()

    # What the model says

    def _begin(self, model: dict[str, Any]) -> None:
        self._labels = tuple(model["labels"])
        self._history = None
        self.page.box.show_nothing(
            "Listening…", f"{model['name']} on {model['device']}, {model['precision']}"
        )
        self.page.box.let_calibrate(on=True)
        self.takes.use_model(model)
        self._let_run()

    def _hear(self, heard: dict[str, Any]) -> None:
        rolling = self._rolling
        if rolling is None:
            return
        if self._history is None:
            self._history = EmotionHistory(rolling.rate, heard["frame"] - round(heard["hop"] * rolling.rate))
        smoothed = heard["smoothed"]
        moment = self._history.add(heard["frame"], None if smoothed is None else tuple(smoothed))
        self.takes.hear(moment)
        self._counted = heard
        self.page.box.show_label(self._labels, heard)

    def _show_busy(self, text: str) -> None:
        self.page.box.let_calibrate(on=False)
        if text:
            self.page.box.show_nothing(text.rstrip("…") + "…")

    def _fail(self, error: HumpcatError) -> None:
        self.page.box.show_nothing("Not predicting")
        self.failed.emit(error)
        self._let_run()

    def _end(self) -> None:
        """The last label of a file is there."""
        self._listens_on = False
        self._show_figures(None)
        self._be_looked_at(self.page.isVisible())

    def _press(self, key: str) -> None:
        label = self._editor.scheme.label_with(key)
        if label is not None:
            self._press_label(label)

    def _press_label(self, label: str) -> None:
        source = self.recorder.source
        if source is not None:
            self.takes.press(label, source.ring.written)

    def _show_state(self) -> None:
        """A take began or ended, was paused, or a label was pressed."""
        recording = self.recorder.recording
        self.page.source.lock(recording)
        self.page.labels.show_labels(self._editor.scheme, self.takes.active, on=self.takes.can_press)
        self.recording_changed.emit(recording)

    def _follow_scheme(self, edit: Edit) -> None:
        if any(change.row.id == SCHEME for change in edit.changes):
            self._show_state()

    # The screen

    def _be_looked_at(self, on: bool) -> None:
        self.takes.show_next()
        if on and self.page.box.predict.isChecked():
            self.engine.prepare()
        source = self.recorder.source
        if on and (source is not None or self._listens_on):
            if source is not None and self._rolling is not None and not self._timer.isActive():
                self._rolling = Rolling(source.ring.rate, source.ring.written)
                self.page.plots.show_sound(self._rolling)
            self._timer.start()
        else:
            self._timer.stop()

    def _draw(self) -> None:
        """One frame: what came since the last one."""
        source, rolling = self.recorder.source, self._rolling
        if source is not None and rolling is not None and self._meter is not None:
            try:
                block = source.ring.read(rolling.frames)
            except Overrun:  # nobody looked for long, or a file runs faster than it can be drawn
                rolling = self._rolling = Rolling(source.ring.rate, source.ring.written)
                self.page.plots.show_sound(rolling)
                return
            if len(block):
                rolling.add(block)
                self._meter.add(block, time.monotonic())
                self.page.plots.show_newest()
            self.page.source.show_level(self._meter)
            if self._frame % _PITCH == 0:
                self._pitch.follow(source, rolling)
        self._frame += 1
        if self._frame % 2 == 0 and rolling is not None:
            self.page.timeline.show_history(
                self._history, self._labels, self.takes.pressed, self._colours(), rolling.frames
            )
        if self._frame % _SLOW == 0:
            self._show_figures(source)

    def _colours(self) -> dict[str, str]:
        return {label.name: label.colour for label in self._editor.scheme.labels}

    def _show_figures(self, source: Source | None) -> None:
        self._dropped = source.ring.dropped if source is not None else self._dropped
        self.takes.show_time(source)
        now, painted = time.monotonic(), self.page.plots.frames
        before, then = self._painted
        self._painted = (painted, now)
        lines = []
        latency, counted = self.page.box.current.latency, self._counted
        if len(latency):
            lines.append(
                f"Sound to label: {1000 * latency.p50:.0f} ms (p50), {1000 * latency.p95:.0f} ms (p95)"
            )
        if counted:
            asked = self.page.box.config.hop
            slow = (
                f" (asked for {asked:.2f} s: the machine sustains no less)" if counted["hop"] > asked else ""
            )
            lines.append(f"Hop {counted['hop']:.2f} s{slow}; windows skipped: {counted['skipped']}")
        lines.append(
            f"Blocks dropped: {self._dropped}; {(painted - before) / (now - then):.0f} frames a second"
        )
        self.page.box.show_measured("\n".join(lines))

    # Settings

    def _restore(self) -> None:
        config = LiveConfig()
        for name, usual in asdict(config).items():
            stored = self._settings.value(_KEY.format(name))
            # Another version's, or edited by hand: the usual value then.
            with contextlib.suppress(HumpcatError, ValueError):
                config = LiveConfig.from_json({**asdict(config), name: type(usual)(stored or usual)})
        self.page.box.set_config(config)
        self.engine.configure(config)
        rate, channels = (self._settings.value(_KEY.format(name)) for name in ("rate", "channels"))
        numbers = [int(value) if str(value).isdecimal() else None for value in (rate, channels)]
        self.page.source.restore(str(self._settings.value(_KEY.format("input"), "")), *numbers)
        self.page.takes.pattern.setText(str(self._settings.value(_KEY.format("pattern"), PATTERN)))

    def _remember(self) -> None:
        source = self.page.source
        values = {
            **asdict(self.page.box.config),
            "input": source.wanted,
            "rate": source.rate or "",
            "channels": source.channel_count,
            "pattern": self.page.takes.pattern.text(),
        }
        for name, value in values.items():
            self._settings.setValue(_KEY.format(name), value)
