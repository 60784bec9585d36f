"""What is chosen for the whole program: the model in use, its device, and the settings that commands share."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import QWidget

from core_model.device_names import DEVICES
from core_model.errors import HumpcatError
from core_model.project.project import Project
from core_model.settings import Settings, read_settings, readable_settings, write_settings

from ..compute_process import ComputeProcess
from ..models import ModelFacts, installed_models
from ..tasks import TaskPool
from ..translation import tr
from .live.live import Live
from .model_chooser import ModelChooser
from .models.models import Models
from .predicting import Predicting
from .settings_dialog import SettingsDialog
from .tuning.tuning import Tuning

_MODEL = "predict/model"  # the one in use when the window was closed


class Preferences(QObject):
    """Made once; hands on what is chosen to all that predict."""

    failed = Signal(object)
    done = Signal(str)
    device_chosen = Signal(str)  # to be ticked in the menu

    def __init__(
        self,
        chooser: ModelChooser,
        predicting: Predicting,
        live: Live,
        tuning: Tuning,
        keeping: Models,
        compute: ComputeProcess,
        tasks: TaskPool,
        settings: QSettings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._chooser, self._predicting, self._live = chooser, predicting, live
        self._tuning, self._keeping = tuning, keeping
        self._compute, self._tasks, self._kept, self._window = compute, tasks, settings, window
        self.settings, self.broken = _read()
        chooser.chosen.connect(self._use_model)
        predicting.model_changed.connect(chooser.show_model)
        live.model_chosen.connect(chooser.choose)
        live.device_chosen.connect(self.choose_device)
        tuning.jobs.model_made.connect(lambda _: self.look_for_models())
        tuning.jobs.model_asked.connect(keeping.use)
        keeping.changed.connect(self.look_for_models)
        keeping.default_changed.connect(self._take_default)
        keeping.use_asked.connect(self.use)

    # Models

    def look_for_models(self) -> None:
        """See which models are installed, and use the one that is wanted."""
        work = partial(self._compute.run, installed_models)
        self._tasks.start(lambda report: work(check=report.check), self._take_models, self.failed.emit)

    def use(self, name: str) -> None:
        """Use a model, as soon as it is listed: it may just have been made."""
        self._kept.setValue(_MODEL, name)
        if name in self._chooser.names:
            self._chooser.choose(name)
        else:
            self.look_for_models()

    def use_project(self, project: Project) -> None:
        """Use a project's own device and model, where it has any; the program's settings stay what they are."""
        device, model = project.setting("device"), project.setting("model")
        if device in DEVICES:
            self._use_device(str(device))
        if model in self._chooser.names:
            self._chooser.choose(str(model))

    def _take_models(self, models: list[ModelFacts]) -> None:
        self._chooser.set_models(models)
        self._keeping.show_models(models, self.settings.default_model)
        self._tuning.use_models(models, self._wanted())
        if models:
            self._chooser.choose(self._wanted())

    def _wanted(self) -> str:
        """The model that was in use when the window was closed, or else the default one."""
        return str(self._kept.value(_MODEL, self.settings.default_model))

    def _use_model(self, name: str, model_id: str, folder: Path) -> None:
        self._kept.setValue(_MODEL, name)
        self._tuning.starting.model = name
        self._predicting.use_model(name, model_id, folder)
        self._live.use_model(folder)
        self._live.page.box.set_models(self._chooser.names, name)

    # Settings

    def start(self) -> None:
        """Use what was set before."""
        self._use_device(self.settings.device)

    def choose_device(self, device: str) -> None:
        """Run models on another device, here and in jobs and commands."""
        try:
            self.settings = replace(readable_settings(), device=device)  # commands may have changed others
            write_settings(self.settings)
        except HumpcatError as error:
            self.failed.emit(error)
        self._use_device(device)

    def show_settings(self) -> None:
        """What the window and the command line share."""
        dialog = SettingsDialog(self._chooser.names, self._window)
        dialog.saved.connect(self._take_settings)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _use_device(self, device: str) -> None:
        self._predicting.use_device(device)
        self._live.use_device(device)
        self.device_chosen.emit(device)

    def _take_settings(self, settings: Settings) -> None:
        self.settings = settings
        self._use_device(settings.device)
        self._keeping.show_models(self._keeping.page.list.models, settings.default_model)
        self.done.emit(tr("The settings are saved."))

    def _take_default(self, name: str) -> None:
        self.settings = replace(self.settings, default_model=name)


def _read() -> tuple[Settings, HumpcatError | None]:
    """The settings as far as they can be read, and what is wrong with the file."""
    try:
        return read_settings(), None
    except HumpcatError as error:
        return readable_settings(), error
