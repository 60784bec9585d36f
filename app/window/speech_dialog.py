"""Automatic segmentation: where speech is, with thresholds whose effect shows at once on the rater's lane."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from core_model.errors import HumpcatError
from core_model.project import editing
from core_model.project.edit import Edit
from core_model.project.rows import RecordingRow
from core_model.speech_segments import SpeechConfig, segments_of

from ..editor import Editor
from ..speech_finder import SpeechFinder
from ..translation import counted, tr
from .help_window import help_on
from .theme import SPACE

_STEPS = 100


class SpeechDialog(QDialog):
    """Stays beside the window; what it would make is drawn on the lane until it is made or dropped."""

    warned = Signal(str, str)
    previewed = Signal(list)  # spans in samples of the recording in hand

    def __init__(self, editor: Editor, finder: SpeechFinder, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Segment automatically"))
        help_on(self, "annotate")
        self._editor, self._finder = editor, finder
        self._recording: RecordingRow | None = None
        self._all: Callable[[], list[RecordingRow]] = list
        self._making: dict[Path, RecordingRow] = {}
        self._made: dict[int, list[tuple[int, int]]] = {}  # spans by the recording's id
        self._lay_out()
        finder.found.connect(self._take)
        finder.finished.connect(self._make_all)
        finder.cancelled.connect(self._give_up)
        editor.project_changed.connect(lambda _: self.reject())
        self._show()

    def _lay_out(self) -> None:
        self._threshold = QSlider(Qt.Orientation.Horizontal)
        self._threshold.setRange(1, _STEPS - 1)
        self._threshold.setAccessibleName(tr("Threshold"))
        default = SpeechConfig()
        self._threshold.setValue(round(default.threshold * _STEPS))
        self._threshold_words = QLabel()
        self._shortest = _seconds(tr("Shortest segment"), default.shortest, 60.0)
        self._longest = _seconds(tr("Longest segment"), 0.0, 600.0)
        self._longest.setSpecialValueText(tr("no limit"))
        self._pause = _seconds(tr("Pause that ends a segment"), default.pause, 10.0)
        self._margin = _seconds(tr("Margin at both ends"), default.margin, 2.0)
        self._everywhere = QCheckBox(
            tr("Also in all other recordings of the list that have no segments of yours")
        )
        self._words = QLabel()
        self._words.setWordWrap(True)
        form = QFormLayout()
        form.setSpacing(2 * SPACE)
        form.addRow(tr("Threshold of speech"), self._threshold)
        form.addRow("", self._threshold_words)
        for name, box in (
            (tr("Shortest segment"), self._shortest),
            (tr("Longest segment"), self._longest),
            (tr("Pause that ends a segment"), self._pause),
            (tr("Margin at both ends"), self._margin),
        ):
            form.addRow(name, box)
            box.valueChanged.connect(lambda _: self._show())
        self._threshold.valueChanged.connect(lambda _: self._show())
        self._everywhere.toggled.connect(lambda _: self._show())
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._ok = self._buttons.addButton(tr("Make segments"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._ok.setObjectName("primary")
        self._buttons.accepted.connect(self.make)
        self._buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addLayout(form)
        layout.addWidget(self._everywhere)
        layout.addWidget(self._words)
        layout.addWidget(self._buttons)
        self.setMinimumWidth(460)

    def show_recording(
        self, recording: RecordingRow | None, others: Callable[[], list[RecordingRow]]
    ) -> None:
        """Look at another recording; `others` answers all in the list."""
        self._recording, self._all = recording, others
        if self.isVisible() and recording is not None:
            self._finder.ask([recording.path])
        self._show()

    def open_for(self, recording: RecordingRow | None, others: Callable[[], list[RecordingRow]]) -> None:
        """Begin with a recording."""
        self.show()
        self.raise_()
        self.show_recording(recording, others)

    @property
    def config(self) -> SpeechConfig:
        """What is set.

        Raises:
            HumpcatError: it makes no sense.
        """
        return SpeechConfig(
            self._threshold.value() / _STEPS,
            self._shortest.value(),
            self._pause.value(),
            self._margin.value(),
            self._longest.value() or None,
        )

    def spans(self, recording: RecordingRow) -> list[tuple[int, int]] | None:
        """What would be made of a recording, in samples; None while its speech is not known.

        Raises:
            HumpcatError: what is set makes no sense.
        """
        probabilities = self._finder.get(recording.path)
        if probabilities is None:
            return None
        found = segments_of(probabilities, recording.duration, self.config)
        return [(round(start * recording.rate), round(end * recording.rate)) for start, end in found]

    def make(self) -> None:
        """Make the segments, here or everywhere; one edit."""
        rows = [self._recording] if self._recording is not None else []
        if self._everywhere.isChecked():
            rows += [row for row in self._bare() if row is not self._recording]
        self._making, self._made = {row.path: row for row in rows}, {}
        self._ok.setEnabled(False)
        self._finder.ask(list(self._making))
        if not self._finder.busy:  # all of it was known
            self._make_all()

    def done(self, result: int) -> None:
        """However it is closed: nothing more is made."""
        self._give_up()
        self.previewed.emit([])
        super().done(result)

    def _give_up(self) -> None:
        self._making, self._made = {}, {}

    def _make_all(self) -> None:
        """Once the speech of all of them is known, or could not be found out."""
        if not self._making:
            return
        unheard = len(self._making) - len(self._made)
        spans = {number: found for number, found in self._made.items() if found}
        self._give_up()
        if self._editor.do(lambda: _segment(self._editor, spans)):
            if unheard:
                self.warned.emit(
                    tr("{recordings} could not be listened to.").format(
                        recordings=counted(unheard, "recording")
                    ),
                    tr("The list tells which are missing."),
                )
            self.accept()
        self._show()

    def _bare(self) -> list[RecordingRow]:
        project, rater = self._editor.project, self._editor.rater
        if project is None or rater is None:
            return []
        return [row for row in self._all() if not project.annotations_of(row.id, rater.id)]

    def _take(self, path: Path, _: object) -> None:
        row = self._making.get(path)
        if row is not None:  # at once, since not all probabilities are kept
            self._made[row.id] = self.spans(row) or []
        if self._recording is not None and path == self._recording.path:
            self._show()

    def _show(self) -> None:
        self._threshold_words.setText(
            tr("{value:.2f}: lower finds more, higher less").format(value=self._threshold.value() / _STEPS)
        )
        if not self.isVisible():
            return
        try:
            spans = self.spans(self._recording) if self._recording is not None else None
        except HumpcatError as error:
            self._words.setText(str(error))
            self._ok.setEnabled(False)
            self.previewed.emit([])
            return
        if spans is None:
            self._words.setText(
                tr("Looking for speech…") if self._recording is not None else tr("Choose a recording first.")
            )
        elif not spans:
            self._words.setText(
                tr("No speech is found with this: lower the threshold or the shortest length.")
            )
        else:
            seconds = sum(end - start for start, end in spans) / self._recording.rate  # type: ignore[union-attr]
            self._words.setText(
                tr("{segments} here, {seconds:.1f} s together.").format(
                    segments=counted(len(spans), "segment"), seconds=seconds
                )
            )
        self._ok.setEnabled(bool(spans) and self._editor.can_edit)
        self.previewed.emit(spans or [])


def _segment(editor: Editor, spans: dict[int, list[tuple[int, int]]]) -> Edit:
    """One edit over several recordings; where the tier is full already nothing is added."""
    project, rater = editor.project, editor.rater
    assert project is not None and rater is not None  # noqa: PT018 - both were looked at by whoever asks
    spans = {number: found for number, found in spans.items() if project.has_recording(number)}
    edits: list[Edit] = []
    refused: HumpcatError | None = None
    for recording, found in spans.items():
        try:
            edits.append(editing.add_segments(project, recording, rater.id, found))
        except HumpcatError as error:
            refused = error
    if not edits:
        raise refused or HumpcatError(
            tr("No speech was found."), tr("Lower the threshold or the shortest length.")
        )
    changes = tuple(change for edit in edits for change in edit.changes)
    return Edit(
        tr("segment automatically ({changes})").format(changes=len(changes)),
        changes,
        edits[0].recording,
        edits[0].span,
    )


def _seconds(name: str, value: float, highest: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setAccessibleName(name)
    box.setRange(0.0, highest)
    box.setDecimals(2)
    box.setSingleStep(0.05)
    box.setSuffix(" s")
    box.setValue(value)
    return box
