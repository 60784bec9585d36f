"""Takes: begun, paused, ended, and brought into the project with all that was said while they were made."""

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog

from core_model.errors import HumpcatError
from core_model.live.session_log import Pressed, Session
from core_model.project.project import Project
from core_model.project.sessions import keep_session

from ...capture.take_names import next_take
from ...capture.take_told import TakeBegun, TakeDone
from ...display.emotion_history import Moment
from ...editor import Editor
from ...live_take import LiveTake, Rescued, rescue, take_file
from ...recorder import Recorder, Source
from ...tasks import TaskPool
from ...translation import tr
from ..projects import Projects, project_name
from .take_bar import TakeBar

_FOLDER = "live/folder"
_READ_ONLY = HumpcatError(
    tr("The project is open for reading only; a take would be added to it."),
    tr("Save it under another name (File, Save project as), and record there."),
)
_REPLAYED = HumpcatError(tr("A replay is a recording already."), tr("Listen to an input to record a take."))


class Takes(QObject):
    """One take at a time; the last one can be opened."""

    failed = Signal(object)
    warned = Signal(str, str)
    done = Signal(str)
    added = Signal()  # a recording is in the project
    open_asked = Signal(Path)
    input_asked = Signal()  # there is nothing to record from
    state_changed = Signal()

    def __init__(
        self,
        editor: Editor,
        projects: Projects,
        recorder: Recorder,
        tasks: TaskPool,
        bar: TakeBar,
        settings: QSettings,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._editor, self._projects, self._recorder = editor, projects, recorder
        self._tasks, self._bar, self._settings = tasks, bar, settings
        self._take: LiveTake | None = None
        self._begins = False  # as soon as an input is open
        self._model: dict[str, Any] | None = None
        self._last: Path | None = None
        self._paused, self._paused_at = 0, 0  # frames left out so far; the frame where it was paused last
        bar.record_asked.connect(self.toggle)
        bar.pause_asked.connect(recorder.pause)
        bar.names_changed.connect(self.show_next)
        bar.folder_asked.connect(self.ask_for_folder)
        bar.open_asked.connect(lambda: self.open_asked.emit(self._last))
        recorder.take_begun.connect(self._begin)
        recorder.take_done.connect(self._finish)
        recorder.paused_changed.connect(self._count_pause)
        recorder.broke_off.connect(self._break_off)
        recorder.failed.connect(lambda _: self._show())  # what was asked for is not going to happen
        editor.project_changed.connect(self._look_for_lost)
        self._show()

    @property
    def pressed(self) -> Sequence[Pressed]:
        """The labels pressed in this take."""
        return self._take.session.pressed if self._take is not None else ()

    @property
    def active(self) -> str | None:
        """The label that goes on."""
        return self._take.active.label if self._take is not None and self._take.active is not None else None

    @property
    def can_press(self) -> bool:
        """Whether there is a take that labels belong to."""
        return self._take is not None

    def toggle(self) -> None:
        """Begin a take, or end it."""
        if self._recorder.take is not None:
            self._recorder.end_take()
        elif not self._recorder.recording:
            self._record()

    def toggle_pause(self) -> None:
        """Pause the take, or go on."""
        if self._recorder.take is not None:
            self._recorder.pause(not self._recorder.paused)

    def press(self, label: str, frame: int) -> None:
        """A label begins, and the one before ends; pressed again it ends."""
        if self._take is None:
            self.warned.emit(
                tr("Labels are kept with a take."), tr("Press Record (Ctrl+R), then the digits.")
            )
        else:
            take = self._take
            self._safely(lambda: take.press(label, frame))
            self.state_changed.emit()

    def use_model(self, model: dict[str, Any]) -> None:
        """Which model says what is heard from now on."""
        self._model = model
        take = self._take
        if take is not None:
            self._safely(lambda: take.use_model(model))

    def hear(self, moment: Moment) -> None:
        """What the model said of a moment."""
        take = self._take
        if take is not None:
            self._safely(lambda: take.hear(moment))

    def show_source(self, source: Source | None) -> None:
        """Another source is open, or none; a take that waited for one begins."""
        if source is not None and self._begins:
            self._begins = False
            self._ask_for_take()
        elif source is None and not self._recorder.opening:
            self._begins = False
        self._show()

    def show_time(self) -> None:
        """How long the take is by now."""
        source = self._recorder.source
        if self._take is not None and source is not None and not self._recorder.paused:
            session = self._take.session
            self._bar.show_time((source.ring.written - session.begin - self._paused) / session.rate)

    def show_next(self) -> None:
        """What the next take will be called, or the one that is being recorded is."""
        if (
            not self._bar.isVisible()
        ):  # it is asked again when the page is shown; a folder on a network takes its time
            return
        try:
            self._bar.show_next(self._recorder.take.path if self._recorder.take is not None else self._next())
        except HumpcatError as error:
            self._bar.show_next(None, str(error))

    def ask_for_folder(self) -> None:
        """Choose where takes go."""
        name = QFileDialog.getExistingDirectory(self._bar, tr("Folder for takes"), str(self._folder()))
        if name:
            self._settings.setValue(_FOLDER, name)
            self.show_next()

    def close(self) -> None:
        """What is not in its project by now is there the next time that is opened."""
        if self._take is not None:
            self._take.close(keep=True)
            self._take = None

    # A take

    def _record(self) -> None:
        if self._projects.begin() is None:
            return
        source = self._recorder.source
        if not self._editor.can_edit:
            self.failed.emit(_READ_ONLY)
        elif source is not None and source.replayed:
            self.failed.emit(_REPLAYED)
        elif source is None:
            self._begins = True
            self.input_asked.emit()
        else:
            self._ask_for_take()

    def _ask_for_take(self) -> None:
        try:
            self._recorder.record(self._next(), int(self._bar.bits.currentData()))
        except HumpcatError as error:
            self.failed.emit(error)
        self._show()

    def _begin(self, begun: TakeBegun) -> None:
        source, project, rater = self._recorder.source, self._editor.project, self._editor.rater
        self._bar.show_last(None, 0.0)
        self._paused = 0
        if source is not None and project is not None and rater is not None:
            facts = (project.path, rater.id, self._bar.speaker.text().strip(), source.ring.rate)
            self._safely(lambda: self._hold(LiveTake(begun, self._recorder.pid, *facts)))
        self._show()
        self.show_next()

    def _hold(self, take: LiveTake) -> None:
        self._take = take
        if self._model is not None:
            take.use_model(self._model)

    def _count_pause(self, paused: bool) -> None:
        source = self._recorder.source
        if source is not None and paused:
            self._paused_at = source.ring.written
        elif source is not None:
            self._paused += source.ring.written - self._paused_at
        self._show()

    def _finish(self, done: TakeDone) -> None:
        take, self._take = self._take, None
        if take is not None and done.frames:
            self._safely(lambda: take.finish(done))
            self._keep(take, done)
        elif take is not None:
            take.close(keep=False)
        elif done.frames:
            self._keep_sound(done)
        if done.error is not None:
            self.failed.emit(done.error)
        self._bar.show_time(done.frames / done.rate)
        self._show()
        self.show_next()

    def _keep_sound(self, done: TakeDone) -> None:
        """What was said could not be written down when the take began; that was told then. The sound is there."""
        project, rater = self._editor.project, self._editor.rater
        if project is not None and rater is not None:
            session = Session(0, done.path, done.path, project.path, rater.id, done.rate, 0)
            self._bring_in(project, session, done)

    def _keep(self, take: LiveTake, done: TakeDone) -> None:
        project = self._editor.project
        if project is None or project.path != take.session.project or not self._editor.can_edit:
            take.close(keep=True)
            name = project_name(take.session.project)
            self.warned.emit(
                tr("{name} was recorded for the project {name2}.").format(name=done.path.name, name2=name),
                tr("It is added when that is opened the next time."),
            )
            return
        take.close(keep=not self._bring_in(project, take.session, done))

    def _bring_in(self, project: Project, session: Session, done: TakeDone) -> bool:
        """Whether the project has it."""
        try:
            kept = self._editor.make(keep_session(project, session, take_file(done.path)))
        except (HumpcatError, OSError) as error:
            self.failed.emit(error)
            return False
        if kept:
            self._last = done.path
            self._bar.show_last(done.path, done.frames / done.rate)
            self.added.emit()
        return kept

    # What was cut off

    def _break_off(self) -> None:
        """The process that recorded is gone; its file is whole, under its unfinished name."""
        take, self._take = self._take, None
        if take is not None:
            take.close(keep=True)
        self._look_for_lost(self._editor.project)
        self._show()

    def _look_for_lost(self, project: Project | None) -> None:
        self.show_next()
        if project is not None and not project.read_only:
            path = project.path
            self._tasks.start(lambda _: rescue(path), self._take_rescued, self.failed.emit)

    def _take_rescued(self, found: list[Rescued]) -> None:
        for each in found:
            project = self._editor.project
            if project is None or project.path != each.session.project or not self._editor.can_edit:
                continue
            edit = each.edit(project)
            if edit.empty or self._editor.make(edit):
                each.forget()
                self.added.emit()
                seconds = each.take.frames / each.take.rate
                self.warned.emit(
                    tr("The take {name} was cut off; {seconds:.1f} s of it are in the project.").format(
                        name=each.take.path.name, seconds=seconds
                    ),
                    tr("The file is in {parent}.").format(parent=each.take.path.parent),
                )

    # Names

    def _next(self) -> Path:
        path = self._editor.path
        named = path is not None and self._projects.has_name
        fields = {
            "project": project_name(path) if path and named else "",
            "speaker": self._bar.speaker.text(),
        }
        return next_take(self._folder(), self._bar.pattern.text(), fields, datetime.datetime.now())

    def _folder(self) -> Path:
        """Where the user put takes last; else beside the project; else where the system keeps sound."""
        chosen = str(self._settings.value(_FOLDER, ""))
        if chosen:
            return Path(chosen)
        path = self._editor.path
        if path is not None and self._projects.has_name:
            return path.parent / "recordings"
        music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        return Path(music or str(Path.home())) / "HuMP-CAT"

    # What is shown

    def _show(self) -> None:
        source = self._recorder.source
        can_record = source is None or not source.replayed
        self._bar.show_take(
            recording=self._recorder.take is not None, paused=self._recorder.paused, can_record=can_record
        )
        self.state_changed.emit()

    def _safely(self, work: Callable[[], object]) -> None:
        """What cannot be written down is told, and goes on in memory."""
        try:
            work()
        except HumpcatError as error:
            self.failed.emit(error)
