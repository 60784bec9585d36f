"""The project's settings, label scheme, device and model, and what there is in it."""

import os
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core_model.device_names import DEVICES
from core_model.project.backups import backups_of
from core_model.project.edit import Edit
from core_model.project.project import Project
from core_model.project.project_file import LOG_SUFFIXES

from ..display.time_view import format_time
from ..editor import Editor
from ..translation import counted, tr
from .dialog_parts import FaultLine, words
from .file_name import FileName
from .help_window import help_on
from .scheme_dialog import SchemeDialog
from .theme import SPACE, Theme

_UNSET = tr("as in the program")
_DEVICE_NAMES = {"auto": tr("automatic"), "cpu": "CPU", "cuda": "CUDA", "mps": "MPS"}


class ProjectDialog(QDialog):
    """A setting is kept when it is chosen; Close only closes.

    Args:
        models: the names of the models that are installed.
    """

    def __init__(self, editor: Editor, models: list[str], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor, self._theme = editor, theme
        self.setWindowTitle(tr("Project"))
        help_on(self, "settings")
        self.resize(460, 360)
        self._scheme = QLabel()
        self.change_scheme = QPushButton(tr("Change…"))
        self.change_scheme.setAutoDefault(False)
        self.change_scheme.clicked.connect(lambda _: self._open_scheme())
        self.device = self._choice("device", {name: _DEVICE_NAMES[name] for name in DEVICES})
        self.model = self._choice("model", {name: name for name in models})
        self._facts: dict[str, QLabel] = {}
        self._fault = FaultLine()
        editor.failed.connect(self._fault.show_fault)
        editor.changed.connect(self._follow)
        self._lay_out()
        self._show()

    @property
    def project(self) -> Project:
        """The project in hand."""
        assert self._editor.project is not None  # the dialog belongs to one
        return self._editor.project

    def _lay_out(self) -> None:
        scheme = QHBoxLayout()
        scheme.addWidget(self._scheme, 1)
        scheme.addWidget(self.change_scheme)
        form = QGridLayout()
        form.setHorizontalSpacing(4 * SPACE)
        form.setVerticalSpacing(2 * SPACE)
        form.setColumnStretch(1, 1)
        settings: dict[str, QLayout | QWidget] = {
            "Label scheme": scheme,
            "Device": self.device,
            "Model": self.model,
        }
        facts = {name: self._fact(name) for name in facts_of(self.project)}
        for row, (name, field) in enumerate({**settings, **facts}.items()):
            form.addWidget(words(name), row, 0)
            if isinstance(field, QLayout):
                form.addLayout(field, row, 1)
            else:
                form.addWidget(field, row, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addWidget(self._fault)
        layout.addWidget(buttons)

    def _fact(self, name: str) -> QLabel:
        label = FileName() if name == "File" else QLabel()  # a path has nowhere to wrap
        label.setWordWrap(name != "File")
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts[name] = label
        return label

    def _choice(self, setting: str, names: dict[str, str]) -> QComboBox:
        """A box for a setting; one that cannot be had here any more is shown all the same."""
        box = QComboBox()
        box.setAccessibleName(tr(setting.capitalize()))
        box.addItem(_UNSET, None)
        for value, name in names.items():
            box.addItem(name, value)
        now = self.project.setting(setting)
        if now is not None and box.findData(now) < 0:
            box.addItem(tr("{now} (not here)").format(now=now), now)
        box.setCurrentIndex(box.findData(now) if now is not None else 0)
        box.setEnabled(self._editor.can_edit)
        box.activated.connect(lambda _: self._set(setting, box.currentData()))
        return box

    def _set(self, setting: str, value: str | None) -> None:
        if value != self.project.setting(setting):
            self._fault.show_fault(None)
            self._editor.make(Edit(setting, (self.project.setting_change(setting, value),)))

    def _follow(self, _: Edit) -> None:  # a method, since it ends with the dialog
        self._show()

    def _show(self) -> None:
        scheme = self._editor.scheme
        self._scheme.setText(f"{scheme.name}, {counted(len(scheme.labels), 'label')}")
        for name, text in facts_of(self.project).items():
            self._facts[name].setText(text)
            self._facts[name].setToolTip(text)

    def _open_scheme(self) -> None:
        dialog = SchemeDialog(self._editor, self._theme, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


def facts_of(project: Project) -> dict[str, str]:
    """What there is in a project, in words, by name."""
    recordings, annotations = project.recordings, project.annotations
    labelled = sum(row.label is not None for row in annotations)
    length = format_time(sum(row.duration for row in recordings), decimals=0)
    backups = backups_of(project.path)
    return {
        "File": str(project.path) + (tr(" (for reading only)") if project.read_only else ""),
        "Recordings": tr("{recordings}, {length} together").format(recordings=len(recordings), length=length)
        if recordings
        else "none",
        "Segments": tr("{annotations}, {labelled} labelled").format(
            annotations=len(annotations), labelled=labelled
        )
        if annotations
        else "none",
        "Raters": ", ".join(rater.name for rater in project.raters),
        "On disk": size_text(_size(project.path)),
        "Last backup": f"{backups[0].time.astimezone():%Y-%m-%d %H:%M}" if backups else tr("none yet"),
    }


def size_text(size: int) -> str:
    """A size in bytes as kB or MB."""
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{size / 1e3:.0f} kB"


def _size(path: Path) -> int:
    """Of the file and its log."""
    parts = [path, *(path.with_name(path.name + suffix) for suffix in LOG_SUFFIXES)]
    return sum(os.path.getsize(part) for part in parts if part.is_file())
