"""Who speaks: a name for the recording in hand, or for all that the list shows."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from core_model.project.editing import set_speaker
from core_model.project.rows import RecordingRow

from ..editor import Editor
from ..translation import counted, tr
from .help_window import help_on
from .theme import SPACE


class SpeakerDialog(QDialog):
    """A segment's voice is compared with its speaker's, and a corpus is split by speakers.

    Args:
        listed: answers the recordings that the list shows.
    """

    def __init__(
        self,
        editor: Editor,
        recording: RecordingRow,
        listed: Callable[[], Sequence[RecordingRow]],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Speaker"))
        help_on(self, "annotate")
        self._editor, self._recording, self._listed = editor, recording, listed
        self.name = QComboBox()
        self.name.setEditable(True)
        self.name.setAccessibleName(tr("Speaker"))
        project = editor.project
        known = (
            sorted({row.speaker for row in project.recordings if row.speaker}) if project is not None else []
        )
        name = project.name_of(recording) if project is not None else recording.path.name
        self.name.addItems(known)
        self.name.setEditText(recording.speaker)
        count = len(listed())
        self.all = QCheckBox(
            tr("For all {recordings} that the list shows").format(recordings=counted(count, "recording"))
        )
        self.all.setVisible(count > 1)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.button(QDialogButtonBox.StandardButton.Ok).setObjectName("primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addWidget(QLabel(tr("Who speaks in {name}? Empty: unknown.").format(name=name)))
        for widget in (self.name, self.all, buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(380)

    def accept(self) -> None:
        """One edit, whether for one recording or for all."""
        rows = list(self._listed()) if self.all.isChecked() else [self._recording]
        project = self._editor.project
        current = [
            project.recording(row.id) for row in rows if project is not None and project.has_recording(row.id)
        ]
        self._editor.do(lambda: set_speaker(current, self.name.currentText()))
        super().accept()
