"""Makes the window's parts, once, and connects them; every part gets what it needs and knows no other."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings
from PySide6.QtWidgets import QWidget

from core_model.errors import HumpcatError
from core_model.project.edit import Edit
from core_model.project.editing import SCHEME
from core_model.project.project import Project
from core_model.project.rows import SettingRow

from .. import garbage
from ..compute_process import ComputeProcess
from ..display.time_view import Span
from ..editor import Editor
from ..engine_client import EngineClient
from ..playback import OpenStream, Player
from ..predictions import PredictionStore
from ..recordings import OpenRecording, absolute, present
from ..speech_finder import SpeechFinder
from ..tasks import TaskPool
from ..translation import tr
from .actions import SAYING, WORKBENCH, Actions
from .annotating import Annotating
from .crash import CrashDialog
from .dialogs import Dialogs
from .help_window import ABOUT, HELP, KEYS, HelpWindow, page_here
from .live.live import Live
from .loader import Loader
from .main_window import MainWindow
from .message_bar import MessageBar
from .model_chooser import ModelChooser
from .models.models import Models
from .notifier import Notifier
from .opening import Opening
from .pages import Pages
from .playing import SPEEDS, Playing
from .plot_stack import PlotStack
from .plot_tools import PlotTools
from .predicting import ModelInUse, Predicting
from .prediction_panel import PredictionPanel
from .preferences import Preferences
from .project_care import ProjectCare
from .projects import Projects, project_name
from .rater_chooser import RaterChooser
from .recordings_panel import RecordingsPanel
from .speech_dialog import SpeechDialog
from .suggesting import Suggesting
from .tables import Tables
from .theme import Theme, Themes, icon
from .time_axis import TimeAxis
from .tour import Tour
from .tour_steps import tour_steps
from .transport import Transport
from .tuning.tuning import Tuning
from .welcome import Centre

_log = logging.getLogger(__name__)
_PLOTS, _SPEED = "window/plots", "play/speed"
_OPTIONS = (
    "snap",
    "advance",
    "play_on_select",
    "return_after_playing",
)  # remembered; snapping is on at first
_PROJECTS_ACTIONS = (
    "save_project_as",
    "close_project",
    "find_moved",
    "export",
    "import",
    "raters",
    "label_scheme",
    "project_settings",
)
_PROJECTS_COME_AND_GO = (
    "new_project",
    "open_project",
    "save_project_as",
    "close_project",
    "open_backup",
    "salvage",
)
_LISTENED_SECONDS = 600


class Studio(QObject):
    """All that runs while the window is open."""

    def __init__(self, settings: QSettings, themes: Themes, open_stream: OpenStream | None = None) -> None:
        super().__init__()
        self._settings, self._themes, self._open_stream = settings, themes, open_stream
        self.window = MainWindow(settings)
        self.crash = CrashDialog(self.window)
        self._stretch: tuple[Path, Span] | None = None  # to be selected, once its recording is open
        self.axis, self.tasks = TimeAxis(self), TaskPool(self)
        self.editor = Editor(self.tasks, self)
        self.store = PredictionStore(lambda: self.editor.project, self.editor.make)
        self.engine = EngineClient(self)
        self.speech = SpeechFinder(self.engine, self)
        self.player = Player(self, open_stream)
        self.compute = ComputeProcess()
        self.loader = Loader(self.axis, self.tasks, self.compute, self)
        self.predicting = Predicting(self.engine, self.store, self)
        self._make_panels(themes.current)
        self._connect()
        self._place()
        self.tour = Tour(self.window, tour_steps(self), settings, themes.current)
        if self.preferences.broken is not None:
            self.tell(self.preferences.broken)
        garbage.keep_short()

    def _make_panels(self, theme: Theme) -> None:
        self.annotating = Annotating(self.editor, self.store, self.axis, self.tasks, theme, self)
        self.recordings = RecordingsPanel(self.store, self.annotating.labelled, theme)
        self.annotating.use_list(self.recordings)
        self.plots = PlotStack(self.axis, self.loader, theme)
        self.plots.add_strip(self.annotating.lanes)
        self.models = ModelChooser()
        self.messages = MessageBar(theme)
        self.plot_tools = PlotTools(
            self.editor,
            self.plots,
            self.loader,
            self.axis,
            self.tasks,
            self.compute,
            self._settings,
            theme,
            self,
        )
        self.projects = Projects(self.editor, self.tasks, self._settings, self.window)
        self.opening = Opening(
            self.recordings, self.projects, self.editor, self.tasks, self._settings, self.window
        )
        self.care = ProjectCare(self.editor, self.projects, self.tasks, self.window)
        self.suggesting = Suggesting(
            self.editor,
            self.store,
            self.predicting,
            self.annotating,
            self.recordings,
            self.plots,
            self.axis,
            self,
        )
        self.playing = Playing(self.axis, self.player, self)
        self.live = Live(self.editor, self.projects, self.tasks, self._settings, theme, self)
        self.tuning = Tuning(self.tasks, self._settings, theme, self, self._open_stream)
        self.keeping = Models(self.tasks, theme, self)
        self.preferences = Preferences(
            self.models,
            self.predicting,
            self.live,
            self.tuning,
            self.keeping,
            self.compute,
            self.tasks,
            self._settings,
            self.window,
        )
        self.notifier = Notifier(self.window)
        self.help = HelpWindow(self.window)
        self.actions = Actions(self._handlers(), theme, self.window)
        self.transport = Transport(self.axis, self.actions, theme)
        self.speech_dialog = SpeechDialog(self.editor, self.speech, self.window)
        self.prediction = PredictionPanel(self.actions, theme)
        self.suggesting.use_panel(self.prediction)
        self.centre = Centre(self.plots, self.actions)
        self.raters = RaterChooser(self.editor)
        self.details = Pages()
        self.tables = Tables(self.editor, self.annotating.segmenting, self.tasks, self.actions, theme)
        self.dialogs = Dialogs(
            self.editor,
            self.annotating,
            self.tables,
            self.models,
            self._themes,
            self.tasks,
            self.compute,
            self._settings,
            self.window,
        )
        self.details.add(tr("Segment"), self.annotating.panel)
        self.details.add(tr("Prediction"), self.prediction)
        self.details.add(tr("Voice"), self.plot_tools.statistics)

    def _handlers(self) -> dict[str, Callable[..., object]]:
        return {
            **self.projects.handlers(),
            **self.opening.handlers(),
            **self.annotating.handlers(),
            **self.care.handlers(),
            **self.plot_tools.handlers(),
            "raters": lambda: self.dialogs.show_raters(),
            "label_scheme": lambda: self.dialogs.show_scheme(),
            "project_settings": lambda: self.dialogs.show_project(),
            "speaker": lambda: self.dialogs.show_speaker(),
            "export": lambda: self.dialogs.show_export(),
            "import": lambda: self.dialogs.show_import(),
            "show_table": lambda: self.tables.go_to(self.tables.table),
            "show_review": lambda: self.tables.go_to(self.tables.review),
            "show_agreement": lambda: self.tables.go_to(self.tables.agreement),
            **self.playing.handlers(),
            **self.live.handlers(),
            **self.tuning.handlers(),
            **self.keeping.handlers(),
            "record": self.record,
            "page": self.window.show_page,
            **self.suggesting.handlers(),
            "cancel": self.cancel,
            "segment_speech": self.segment_speech,
            "device": self.preferences.choose_device,
            "panel": self.window.show_panel,
            "scheme": self._themes.choose,
            "help": lambda: self.help.show_page(page_here()),
            "keys": lambda: self.help.show_page(KEYS),
            "about": lambda: self.help.show_page(ABOUT),
            "tour": lambda: self.show_tour(),
            "settings": self.preferences.show_settings,
            "quit": self.window.close,
        }

    def _place(self) -> None:
        self.window.place(
            self.actions,
            self.recordings,
            [self.messages, self.centre, self.transport],
            self.details,
            self.tables,
            [self.raters, self.models],
            self.plots.panels,
            {"live": self.live.page, "tune": self.tuning.page, "models": self.keeping.page},
        )
        state = self._settings.value(_PLOTS)
        if isinstance(state, QByteArray):
            self.plots.arrange(state)
        self.tables.restore(self._settings)
        self.actions[f"scheme:{self._themes.choice}"].setChecked(True)
        self._name_pages()
        self._restore_options()
        self._show_recent()
        self.annotating.name_actions(self.actions)
        self.preferences.start()
        self.actions[f"page:{WORKBENCH}"].setChecked(True)
        self.window.setWindowIcon(icon("brain", self._themes.current, "accent"))
        self._show_recording(None)

    def _name_pages(self) -> None:
        """Which page of the help F1 leads to, by where the keyboard is."""
        pages: dict[str, tuple[QWidget, ...]] = {
            "annotate": (self.recordings, self.centre, self.details, self.tables, self.transport),
            "predict": (self.prediction, self.plots.attention),
            "agreement": (self.tables.agreement, self.tables.review, self.raters),
            "live": (self.live.page,),
            "finetune": (self.tuning.page,),
            "models": (self.keeping.page, self.models),
        }
        for name, widgets in pages.items():
            for widget in widgets:
                widget.setProperty(HELP, name)

    def _restore_options(self) -> None:
        for name in _OPTIONS:
            on = str(self._settings.value(f"options/{name}", str(name == "snap"))).lower() == "true"
            self.actions[name].setChecked(on)
            self.actions[name].toggled.connect(partial(self._settings.setValue, f"options/{name}"))
        speed = str(self._settings.value(_SPEED, 1.0))
        if speed in map(str, SPEEDS):  # else another version's, or edited by hand
            self.playing.set_speed(float(speed))

    def _connect(self) -> None:
        self._themes.changed.connect(self._recolour)
        self.recordings.chosen.connect(self._show_recording)
        self.recordings.open_asked.connect(self.opening.ask_for_files)
        model = self.recordings.model
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(lambda *_: self._enable())
        self.plots.width_changed.connect(self.loader.set_width)
        self.plots.width_changed.connect(self.axis.set_pixels)
        self.editor.project_changed.connect(self._take_project)
        self.editor.undo_changed.connect(lambda: self.annotating.name_actions(self.actions))
        self.editor.changed.connect(self._follow_settings)
        self.annotating.target_changed.connect(self._show_target)
        for asks in (self.annotating.lanes, self.tables):
            asks.play_asked.connect(self.playing.play_selection)
        self.annotating.panel.left.connect(self.plots.waveform.setFocus)
        for asks_for_raters in (self.raters, self.tables.agreement):
            asks_for_raters.raters_asked.connect(self.dialogs.show_raters)
        self.projects.recent_changed.connect(self._show_recent)
        self.centre.project_chosen.connect(self.projects.open)
        self.window.recent_chosen.connect(self.projects.open)
        self.player.playing_changed.connect(self._show_playing)
        for player in (self.player, self.tuning.samples):
            self.transport.volume_changed.connect(player.set_volume)
        # One at a time: whoever begins is heard.
        self.player.playing_changed.connect(lambda playing: self.tuning.samples.stop() if playing else None)
        self.tuning.samples.playing_changed.connect(
            lambda key: self.player.stop() if key is not None else None
        )
        self.transport.speed_chosen.connect(self.playing.set_speed)
        self.playing.speed_changed.connect(self._show_speed)
        self.annotating.segmenting.segment_entered.connect(self.playing.segment_chosen)
        self.annotating.segmenting.segment_left.connect(self.playing.segment_left)
        self.plot_tools.use_actions(self.actions)
        self.details.currentChanged.connect(lambda _: self.plot_tools.show_target(self.annotating.target))
        self.preferences.device_chosen.connect(
            lambda device: self.actions[f"device:{device}"].setChecked(True)
        )
        self.predicting.model_changed.connect(self._refresh_for_model)
        self.suggesting.shown.connect(self._enable)
        self.speech.found.connect(self.annotating.take_speech)
        self.speech_dialog.previewed.connect(self.annotating.lanes.preview)
        for long_work in (self.predicting, self.care, self.speech):
            long_work.progressed.connect(self.transport.show_progress)
        self.care.missing_found.connect(self.recordings.model.show_missing)
        self.opening.added.connect(self.care.hash_new)
        self.opening.added.connect(self._select_stretch)
        self._connect_messages()
        self._connect_live()
        self._connect_tuning()
        self.window.dropped.connect(self.opening.open)
        self.window.closing.connect(self.close)
        self.window.may_close = self.tuning.may_close

    def _connect_live(self) -> None:
        live = self.live
        live.replays.use_current(
            lambda: self.recordings.current.path if self.recordings.current is not None else None
        )
        live.recording_changed.connect(lambda _: self._enable())
        live.takes.added.connect(self.care.hash_new)
        live.takes.open_asked.connect(self.open_take)

    def _connect_tuning(self) -> None:
        tuning = self.tuning
        tuning.page_asked.connect(self.actions["page:tune"].trigger)
        tuning.failed.connect(self.tell)
        tuning.done.connect(self.messages.show_done)
        tuning.file_opened.connect(self.open_stretch)
        tuning.jobs.told.connect(self._notify)
        keeping = self.keeping
        keeping.page_asked.connect(self.actions["page:models"].trigger)
        keeping.failed.connect(self.tell)
        keeping.done.connect(self.messages.show_done)
        keeping.warned.connect(self.messages.show_warning)
        keeping.job_asked.connect(tuning.starting.start)

    def _connect_messages(self) -> None:
        parts = (
            self.opening,
            self.projects,
            self.care,
            self.editor,
            self.loader,
            self.player,
            self.predicting,
            self.live,
            self.preferences,
        )
        for failing in (*parts, self.plot_tools.images, self.speech, self.tables.agreement):
            failing.failed.connect(self.tell)
        for warning in (
            self.opening,
            self.projects,
            self.care,
            self.speech_dialog,
            self.live.takes,
            self.suggesting,
        ):
            warning.warned.connect(self.messages.show_warning)
        images, segmenting = self.plot_tools.images, self.annotating.segmenting
        for doing in (
            self.projects,
            self.care,
            self.predicting,
            images,
            self.dialogs,
            segmenting,
            self.preferences,
            self.suggesting,
        ):
            doing.done.connect(self.messages.show_done)
        segmenting.told.connect(self.tell)

    # What begins and ends

    def start(self) -> None:
        """Look for models and start the engine, once the window is on screen."""
        self.recordings.list.setFocus()
        self.engine.start()
        self.tuning.start()
        self.preferences.look_for_models()

    def close(self) -> None:
        """Stop everything that runs, and remember what the window does not."""
        self._settings.setValue(_PLOTS, self.plots.arrangement())
        self.tables.remember(self._settings)
        self.plot_tools.close()
        self.loader.close()
        self.player.close()
        self.live.close()
        self.notifier.hide()
        self.tuning.close()
        self.keeping.close()
        self.predicting.cancel()
        self.engine.close()
        self.tasks.close()
        self.compute.close()
        self.tuning.end()
        self.keeping.end()
        self.projects.close()
        garbage.end()

    def tell(self, error: Exception) -> None:
        """Expected failures into the message bar, others into the dialog."""
        if isinstance(error, HumpcatError):
            self.messages.show_error(error)
        else:
            self.crash.tell(error)

    # What the actions do

    def cancel(self) -> None:
        """Stop what takes long."""
        for long_work in (self.predicting, self.care, self.speech):
            long_work.cancel()

    def segment_speech(self) -> None:
        """Make segments where somebody speaks."""
        if self.projects.begin() is not None:
            self.speech_dialog.open_for(self.annotating.segmenting.recording, self.annotating.recordings)

    def show_tour(self) -> None:
        """What the program does, in five cards."""
        self.actions[f"page:{WORKBENCH}"].trigger()
        self.tour.begin()

    def open_take(self, path: Path) -> None:
        """Show a take in the workbench."""
        self.actions[f"page:{WORKBENCH}"].trigger()
        self.recordings.go_to(path)

    def open_stretch(self, path: Path, stretch: tuple[float, float] | None) -> None:
        """Show a recording in the workbench, and a stretch of it (seconds)."""
        self.actions[f"page:{WORKBENCH}"].trigger()
        self._stretch = (absolute(path), Span(*stretch)) if stretch is not None else None
        self.opening.open([path])

    def _select_stretch(self) -> None:
        """Select the stretch that was asked for, now that its recording is in hand."""
        current, wanted = self.recordings.current, self._stretch
        if wanted is not None and current is not None and current.path == wanted[0]:
            self._stretch = None
            self.axis.select(wanted[1])
            self.axis.show(wanted[1])

    def record(self) -> None:
        """Record a take, or end it, where it can be seen."""
        self.actions["page:live"].trigger()
        self.live.takes.toggle()

    # What is shown

    def _take_project(self, project: Project | None) -> None:
        garbage.look_at_all()
        self.store.forget_explanations()
        self.predicting.cancel()
        self._show_recording(self.recordings.current)
        self.window.setWindowTitle(self._title())
        self.annotating.name_actions(self.actions)
        self.tuning.use_project(self.editor.path)
        if project is not None:
            self.preferences.use_project(project)
        self._enable()

    def _show_recent(self) -> None:
        for place in (self.window, self.centre):
            place.show_recent(self.projects.recent)

    def _follow_settings(self, edit: Edit) -> None:
        changed = {change.row.id for change in edit.changes if isinstance(change.row, SettingRow)}
        if SCHEME in changed:
            self.annotating.show_scheme(self.actions)
        if changed & {"device", "model"} and self.editor.project is not None:
            self.preferences.use_project(self.editor.project)

    def _show_recording(self, recording: OpenRecording | None) -> None:
        recording = present(recording) if recording is not None else None
        info = recording.info if recording is not None else None
        self.playing.show(info)
        self.plots.show_recording(info)
        self.centre.show_recording(recording)
        self.annotating.show_recording(recording)
        name = self.recordings.model.name_of(recording) if recording is not None else ""
        self.prediction.show_recording(name, _facts(recording))
        self.window.setWindowTitle(self._title())
        self._look_for_speech()
        self._show_target()

    def _look_for_speech(self) -> None:
        """Edges snap to where speech begins and ends; a long recording is not worth the time before it is asked for."""
        row = self.annotating.segmenting.recording
        self.speech_dialog.show_recording(row, self.annotating.recordings)
        if row is not None and row.duration <= _LISTENED_SECONDS and self.predicting.model is not None:
            self.speech.ask([row.path], quiet=True)

    def _title(self) -> str:
        current, path = self.recordings.current, self.editor.path
        parts = [self.recordings.model.name_of(current)] if current is not None else []
        if path is not None:
            parts.append(project_name(path) + (" (read-only)" if not self.editor.can_edit else ""))
        return " – ".join([*parts, tr("HuMP-CAT Studio")])

    def _show_target(self) -> None:
        """Another segment or recording is in hand."""
        self.plot_tools.show_target(self.annotating.target)
        self.suggesting.show_target()

    def _show_playing(self, playing: bool) -> None:
        action = self.actions["play"]
        action.setIcon(icon("pause" if playing else "play", self._themes.current))

    def _show_speed(self, speed: float) -> None:
        self.transport.show_speed(speed)
        self._settings.setValue(_SPEED, speed)

    def _refresh_for_model(self, _: ModelInUse) -> None:
        self.recordings.model.refresh()
        self.tables.segments.use_model(
            self.predicting.model.id if self.predicting.model is not None else None
        )
        self.annotating.show_panel()
        self.suggesting.show()

    def _enable(self) -> None:
        """Actions that have nothing to act on are greyed."""
        recording = self.recordings.current
        usable = recording is not None and recording.info is not None
        shown = self.recordings.model.recordings
        for name in ("play", "play_selection", "to_start", "zoom_in", "zoom_out", "show_all", "predict"):
            self.actions[name].setEnabled(usable)
        self.actions["remove"].setEnabled(recording is not None)
        self.actions["predict_all"].setEnabled(any(each.info is not None for each in shown))
        project = self.editor.project is not None
        for name in _PROJECTS_ACTIONS:
            self.actions[name].setEnabled(project)
        for name in _PROJECTS_COME_AND_GO:  # a take belongs to the project in which it began
            self.actions[name].setEnabled(
                not self.live.recorder.recording and (project or name not in _PROJECTS_ACTIONS)
            )
        self.actions["deletion_test"].setEnabled(usable and self.suggesting.fresh)
        can_say = self.editor.can_edit and self.annotating.segmenting.recording_id is not None
        for name in SAYING:
            self.actions[name].setEnabled(can_say)

    def _recolour(self, theme: Theme) -> None:
        for part in (
            self.actions,
            self.recordings,
            self.annotating,
            self.tables,
            self.plot_tools,
            self.plots,
            self.messages,
            self.transport,
            self.prediction,
            self.live,
            self.tuning,
            self.keeping,
            self.tour,
        ):
            part.recolour(theme)
        self.window.setWindowIcon(icon("brain", theme, "accent"))
        self._show_playing(self.player.playing)

    def _notify(self, sentence: str) -> None:
        if self.preferences.settings.notify:
            self.notifier.tell(tr("HuMP-CAT Studio"), sentence, self.window.windowIcon())


def _facts(recording: OpenRecording | None) -> str:
    """Rate, channels and format, as the header says."""
    if recording is None or recording.info is None:
        return ""
    info = recording.info
    channels = {1: "mono", 2: "stereo"}.get(
        info.channels, tr("{channels} channels").format(channels=info.channels)
    )
    return tr("{duration:.2f} s · {value:g} kHz · {channels}\n{format}").format(
        duration=info.duration, value=info.rate / 1000, channels=channels, format=info.format
    )
