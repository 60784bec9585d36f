"""The corpus' own words and the label that each one gets, to be changed."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from core_model.labels import EMOTIONS

from ...corpora.corpus_table import WordRow
from ...translation import counted, tr
from ..dialog_parts import caption, words
from ..theme import SPACE

_LEAVE_OUT = tr("left out")
_ABOUT = tr(
    "What this corpus calls an emotion, and the label that it gets here. Type a label of "
    "your own, or leave a word out: its utterances are then not used."
)


class LabelTable(QWidget):
    """A row for each word, with a box to choose or type its label."""

    changed = Signal(str, str)  # word, label; "" leaves it out

    def __init__(self) -> None:
        super().__init__()
        self._inside = QWidget()
        self._inside.setObjectName("panel")
        self._grid = QGridLayout(self._inside)
        self._grid.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        self._grid.setHorizontalSpacing(4 * SPACE)
        self._grid.setVerticalSpacing(SPACE)
        self._grid.setColumnStretch(3, 1)
        self.boxes: dict[str, QComboBox] = {}
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self._inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2 * SPACE, 0, 0)
        layout.setSpacing(SPACE)
        about = words(_ABOUT)
        about.setContentsMargins(3 * SPACE, 0, 3 * SPACE, 0)
        layout.addWidget(about)
        layout.addWidget(area, 1)

    def show_words(self, rows: Sequence[WordRow]) -> None:
        """Show these words with their labels."""
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.boxes = {}
        for column, title in enumerate((tr("Word in the corpus"), tr("Utterances"), tr("Label here"))):
            self._grid.addWidget(caption(title), 0, column)
        labels = list(dict.fromkeys([*EMOTIONS, *sorted({row.label for row in rows if row.label})]))
        for at, row in enumerate(rows, 1):
            self._grid.addWidget(QLabel(row.word), at, 0)
            self._grid.addWidget(QLabel(str(row.utterances)), at, 1, Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(self._box(row, labels), at, 2)
        self._grid.setRowStretch(len(rows) + 1, 1)

    def _box(self, row: WordRow, labels: Sequence[str]) -> QComboBox:
        box = QComboBox()
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.addItems([*labels, _LEAVE_OUT])
        box.setCurrentText(row.label or _LEAVE_OUT)
        box.setMinimumWidth(180)
        box.setAccessibleName(
            tr("Label of {word}, {utterances}").format(
                word=row.word, utterances=counted(row.utterances, "utterance")
            )
        )
        box.activated.connect(partial(self._tell, row, box))
        line = box.lineEdit()
        assert line is not None
        line.editingFinished.connect(partial(self._tell, row, box))
        self.boxes[row.word] = box
        return box

    def _tell(self, row: WordRow, box: QComboBox, *_: object) -> None:
        text = box.currentText().strip()
        label = "" if text in ("", _LEAVE_OUT) else text
        if self.boxes.get(row.word) is box and label != row.label:
            self.changed.emit(row.word, label)
