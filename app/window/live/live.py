"""The page Live at work: what is heard goes to screen and model, what the model says to screen and take."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal

from core_model.errors import HumpcatError
from core_model.live.config import LiveConfig
from core_model.live.session_log import Pressed
from core_model.project.edit import Edit
from core_model.project.editing import SCHEME

from ...capture.take_names import PATTERN
from ...editor import Editor
from ...engine_client import EngineClient
from ...live_engine import LiveEngine
from ...recorder import Recorder, Source
from ...tasks import TaskPool
from ...translation import tr
from ..projects import Projects
from ..theme import Theme
from .live_page import LivePage
from .live_screen import LiveScreen
from .replay_menu import ReplayMenu
from .takes import Takes

_KEY = "live/{}"
_NO_INPUT = HumpcatError(
    tr("No input device was found."), tr("Connect a microphone; it is listed by itself.")
)


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
        self._settings, self._editor = settings, editor
        self.page = LivePage(theme)
        self.recorder = Recorder(self)
        self.engine = LiveEngine(EngineClient, self)
        self.takes = Takes(editor, projects, self.recorder, tasks, self.page.takes, settings, self)
        self.screen = LiveScreen(self.page, tasks, self._pressed, self.takes.show_time, self)
        self.replays = ReplayMenu(self.page.source.replay, settings)
        self._folder: Path | None = None
        self._device = "auto"
        self._waits = False  # a file that waits for the model to be ready
        self._listens_on = False  # a file that is over, whose last labels are still to come
        self._connect()
        self._restore()
        self._show_state()

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {
            "listen": lambda: self._listen(self.recorder.source is None),
            "record": self.takes.toggle,
            "pause_take": self.takes.toggle_pause,
            "replay": self.replays.ask,
            "calibrate": self.engine.calibrate,
        }

    def use_model(self, folder: Path) -> None:
        """Another model is in use."""
        self._folder = folder
        self._use()

    def use_device(self, device: str) -> None:
        """Another device is in use."""
        self._device = device
        self.page.box.set_device(device)
        self._use()

    def replay(self, path: Path) -> None:
        """Listen to a file as if it were spoken now."""
        if self.recorder.recording:
            self.failed.emit(HumpcatError(tr("A take is being recorded."), tr("Stop it first.")))
            return
        self._waits = True
        self.recorder.replay(path, self.replays.speed)
        self._show_source(self.recorder.source)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self.page.recolour(theme)

    def close(self) -> None:
        """Finish the take, end what runs, remember what is chosen."""
        self._remember()
        self.recorder.close()
        self.takes.close()
        self.engine.close()
        self.screen.close()

    # What is connected

    def _connect(self) -> None:
        source, box = self.page.source, self.page.box
        source.listen_asked.connect(self._listen)
        source.changed.connect(self._reopen)
        source.monitor_asked.connect(self.recorder.monitor)
        self.replays.chosen.connect(self.replay)
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

    # Source

    def _listen(self, on: bool) -> None:
        source = self.page.source
        if not on:
            self.recorder.shut()
        elif source.input is not None:
            self.recorder.open(source.input.id, source.rate, source.channel_count)
        else:
            self.failed.emit(_NO_INPUT)
        self._show_source(self.recorder.source)

    def _reopen(self) -> None:
        if self.recorder.source is not None and not self.recorder.source.replayed:
            self._listen(True)

    def _take_source(self, source: Source | None) -> None:
        if source is not None:
            self._listens_on = source.replayed
        self.screen.show_source(source)
        self._show_source(source)
        if source is not None or not self._listens_on:
            self._use()
        self._be_looked_at(self.page.isVisible())

    def _show_source(self, source: Source | None) -> None:
        bar = self.page.source
        bar.show_open(open_=source is not None, opening=self.recorder.opening)
        self.takes.show_source(source)
        if source is None and not self.recorder.opening and not self._listens_on:
            self.page.box.show_nothing(tr("Not listening"))

    def _use(self) -> None:
        """Let the model in use listen to what is open, if it is to."""
        source, wanted = self.recorder.source, self.page.box.predict.isChecked()
        if not wanted:
            self.page.box.show_nothing(tr("Not predicting") if source is not None else tr("Not listening"))
        elif self._folder is None and source is not None:
            self.page.box.show_nothing(
                tr("No model"), tr("Import one on the page Models, or train one on the page Fine-tune.")
            )
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
        self.screen.use_labels(tuple(model["labels"]))
        self.page.box.show_nothing(
            tr("Listening…"),
            tr("{value} on {value2}, {value3}").format(
                value=model["name"], value2=model["device"], value3=model["precision"]
            ),
        )
        self.page.box.let_calibrate(on=True)
        self.takes.use_model(model)
        self._let_run()

    def _hear(self, heard: dict[str, Any]) -> None:
        moment = self.screen.hear(heard)
        if moment is not None:
            self.takes.hear(moment)

    def _show_busy(self, text: str) -> None:
        self.page.box.let_calibrate(on=False)
        if text:
            self.page.box.show_nothing(text.rstrip("…") + "…")

    def _fail(self, error: HumpcatError) -> None:
        self.page.box.show_nothing(tr("Not predicting"))
        self.failed.emit(error)
        self._let_run()

    def _end(self) -> None:
        """The last label of a file is there."""
        self._listens_on = False
        self.screen.show_figures()
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

    def _pressed(self) -> tuple[Sequence[Pressed], dict[str, str]]:
        return self.takes.pressed, {label.name: label.colour for label in self._editor.scheme.labels}

    def _be_looked_at(self, on: bool) -> None:
        """The page is shown or hidden, or something else comes."""
        self.takes.show_next()
        if on and self.page.box.predict.isChecked():
            self.engine.prepare()
        self.screen.run(on and (self.recorder.source is not None or self._listens_on))

    # Settings

    def _restore(self) -> None:
        config = LiveConfig()
        for name, usual in asdict(config).items():
            stored = self._settings.value(_KEY.format(name), usual)
            # Another version's, or edited by hand: the usual value then.
            with contextlib.suppress(HumpcatError, ValueError):
                config = LiveConfig.from_json({**asdict(config), name: type(usual)(stored)})
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
