"""The row below the plots: record, pause, how long; where takes go and what they are called; the last one."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
)

from ...capture.take_names import FIELDS
from ...capture.wav_file import BITS
from ...display.time_view import format_time
from ...translation import tr
from ..dialog_parts import caption
from ..file_name import FileName
from ..theme import SPACE, Theme, icon


class TakeBar(QFrame):
    """Asks by signals, and shows what is."""

    record_asked = Signal()
    pause_asked = Signal(bool)
    names_changed = Signal()  # pattern or speaker
    folder_asked = Signal()
    open_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("transport")
        self._theme = theme
        self._recording = False
        self.record, self.pause = QPushButton(tr("Record")), QPushButton(tr("Pause"))
        self.record.clicked.connect(lambda: self.record_asked.emit())
        self.pause.setCheckable(True)
        self.pause.clicked.connect(self.pause_asked)
        self._time = QLabel()
        self._time.setObjectName("time")
        self._time.setAccessibleName(tr("Length of the take"))
        self.pattern, self.speaker, self.bits = QLineEdit(), QLineEdit(), QComboBox()
        self.pattern.setMinimumWidth(160)
        self.speaker.setMaximumWidth(110)
        fields = ", ".join(f"{{{name}}}: {text}" for name, text in FIELDS.items())
        self.pattern.setToolTip(tr("The take's name; fields: {fields}").format(fields=fields))
        for line in (self.pattern, self.speaker):
            line.textEdited.connect(lambda _: self.names_changed.emit())
        for bits in BITS:
            self.bits.addItem(tr("{bits} bit").format(bits=bits), bits)
        self.folder, self.open = QToolButton(), QPushButton(tr("Open in the workbench"))
        self.folder.clicked.connect(lambda: self.folder_asked.emit())
        self.folder.setAccessibleName(tr("Folder for takes"))
        self.open.clicked.connect(lambda: self.open_asked.emit())
        self._next, self._last = FileName(), FileName()
        self._next.setObjectName("muted")
        first, second = QHBoxLayout(), QHBoxLayout()
        for widget in (self.record, self.pause, self._time):
            first.addWidget(widget)
        first.addSpacing(2 * SPACE)
        for name, box in ((tr("Speaker"), self.speaker), (tr("Name"), self.pattern), ("", self.bits)):
            box.setAccessibleName(name or tr("Bits a sample"))
            if name:
                first.addWidget(caption(name))
            first.addWidget(box, 1 if box is self.pattern else 0)
        first.addWidget(self.folder)
        second.addWidget(self._next, 1)
        second.addWidget(self._last, 1)
        second.addWidget(self.open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        layout.setSpacing(SPACE)
        for row in (first, second):
            row.setSpacing(2 * SPACE)
            layout.addLayout(row)
        self.show_take(recording=False, paused=False, can_record=False)
        self.show_last(None, 0.0)
        self.show_time(0.0)
        self.recolour(theme)

    def show_take(self, *, recording: bool, paused: bool, can_record: bool) -> None:
        """Show what can be pressed."""
        self._recording = recording
        self.record.setText(tr("Stop") if recording else tr("Record"))
        self.record.setEnabled(recording or can_record)
        self.pause.setEnabled(recording)
        self.pause.setChecked(paused)
        self.pause.setText(tr("Go on") if paused else tr("Pause"))
        for widget in (self.pattern, self.speaker, self.bits, self.folder):
            widget.setEnabled(not recording)
        self.recolour(self._theme)

    def show_time(self, seconds: float) -> None:
        """How long the take is."""
        self._time.setText(format_time(seconds))

    def show_next(self, path: Path | None, why_not: str = "") -> None:
        """What the next take will be called, or what is wrong with the pattern; while one is recorded, that one."""
        when = tr("Recording") if self._recording else tr("Next:")
        self._next.setText(
            tr("{when} {name} in {parent}").format(when=when, name=path.name, parent=path.parent)
            if path is not None
            else why_not
        )
        self._next.setToolTip(str(path) if path is not None else why_not)
        self.folder.setToolTip(
            tr("Takes go to {parent}; choose another folder").format(parent=path.parent)
            if path
            else tr("Choose a folder")
        )

    def show_last(self, path: Path | None, seconds: float) -> None:
        """The take that was recorded last, and the way to it."""
        self.open.setVisible(path is not None)
        self._last.setText(
            tr("Recorded {name}, {seconds:.1f} s").format(name=path.name, seconds=seconds)
            if path is not None
            else ""
        )
        self._last.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.record.setIcon(icon("stop-fill" if self._recording else "record-fill", theme, "error"))
        self.pause.setIcon(icon("pause", theme))
        self.folder.setIcon(icon("folder-open", theme))
