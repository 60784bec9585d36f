"""The program's settings, which the command line shares."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core_model.errors import HumpcatError
from core_model.folders import resources_folder
from core_model.settings import read_settings, readable_settings, settings_file, write_settings

from ..translation import tr
from .dialog_parts import FaultLine, words
from .help_window import help_on
from .theme import SPACE
from .tuning import form

_MODEL = tr("Used at the first start, and by commands that name none.")
_DEVICE = tr("What models run on, in the window, in jobs and in commands.")
_CACHE = tr("Gigabytes that computed features may take; 0: half of what the disk has for it, at least 20.")
_THREADS = tr("Processor threads of a job. 0: as many as leave the window and live speech what they need.")
_NOTIFY = tr("Tell on the desktop when a job ends")
_LANGUAGE = tr("Of the window, from the next start on.")


class SettingsDialog(QDialog):
    """Reads the settings when it is made, and writes them when it is accepted."""

    saved = Signal(object)  # Settings

    def __init__(self, models: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Settings"))
        help_on(self, "settings")
        self.setMinimumWidth(520)
        self.fault = FaultLine()
        self._before = readable_settings()
        try:
            read_settings()
        except HumpcatError as error:
            self.fault.show_fault(error)
        told = self._before
        names = dict.fromkeys((*models, told.default_model))  # the default may be a folder, or gone
        self.model = form.box([(name, name) for name in names], told.default_model)
        self.device = form.box(form.DEVICE_CHOICES, told.device)
        self.cache, self.threads = QDoubleSpinBox(), QSpinBox()
        self.cache.setRange(0, 100_000)
        self.cache.setValue(told.cache_gb)
        self.threads.setRange(0, 256)
        self.threads.setValue(told.job_threads)
        self.notify = QCheckBox(_NOTIFY)
        self.notify.setChecked(told.notify)
        self.language = form.box(_languages(told.language), told.language)
        self._lay_out()

    def _lay_out(self) -> None:
        fields = form.Form()
        fields.add(tr("Default model"), self.model, _MODEL)
        fields.add(tr("Device"), self.device, _DEVICE)
        for spin in (self.cache, self.threads):
            spin.setMaximumWidth(120)
            spin.setSpecialValueText(tr("automatic"))
        fields.add(tr("Feature cache"), self.cache, _CACHE)
        fields.add(tr("Threads of a job"), self.threads, _THREADS)
        fields.add(tr("Jobs"), self.notify, "")
        fields.add(tr("Language"), self.language, _LANGUAGE)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.save)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        layout.setSpacing(3 * SPACE)
        for widget in (
            self.fault,
            fields,
            words(tr("Kept in {settings_file}").format(settings_file=settings_file())),
            buttons,
        ):
            layout.addWidget(widget)

    def save(self) -> None:
        """Write the settings; what stands in the way is told here."""
        try:
            settings = replace(
                self._before,
                default_model=self.model.currentData(),
                device=self.device.currentData(),
                cache_gb=self.cache.value(),
                job_threads=self.threads.value(),
                notify=self.notify.isChecked(),
                language=self.language.currentData(),
            )
            write_settings(settings)
        except HumpcatError as error:
            self.fault.show_fault(error)
            return
        self.saved.emit(settings)
        self.accept()


def _languages(chosen: str) -> list[form.Choice]:
    """The system's, English, those that somebody has translated, and the one chosen, be there a translation or not."""
    files = sorted((resources_folder() / "translations").glob("humpcat_*.qm"))
    names = dict.fromkeys([*(file.stem.partition("_")[2] for file in files), chosen])
    own = [(QLocale(name).nativeLanguageName() or name, name) for name in names if name not in ("", "en")]
    return [(tr("as the system"), ""), (tr("English"), "en"), *own]
