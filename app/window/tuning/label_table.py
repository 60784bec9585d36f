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
_MOST = 200  # words: a corpus with more has sentences where its emotions should be
_MORE = tr(
    "and {more} more words: correct them in the corpus' table, or save it as a manifest and correct that."
)
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
        self._rows: dict[str, WordRow] = {}
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
        """Show these words with their labels; where only labels have changed, boxes and keyboard stay."""
        before, self._rows = self._rows, {row.word: row for row in rows}
        if [(row.word, row.utterances) for row in before.values()] == [
            (row.word, row.utterances) for row in rows
        ]:
            for word, box in self.boxes.items():
                line = box.lineEdit()
                if line is None or not (
                    line.hasFocus() and line.isModified()
                ):  # else somebody is typing there
                    box.setCurrentText(self._rows[word].label or _LEAVE_OUT)
            return
        self.boxes = {}  # first: a box that goes away tells what was typed into it
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for column, title in enumerate((tr("Word in the corpus"), tr("Utterances"), tr("Label here"))):
            self._grid.addWidget(caption(title), 0, column)
        labels = list(dict.fromkeys([*EMOTIONS, *sorted({row.label for row in rows if row.label})]))
        for at, row in enumerate(rows[:_MOST], 1):
            self._grid.addWidget(QLabel(row.word), at, 0)
            self._grid.addWidget(QLabel(str(row.utterances)), at, 1, Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(self._box(row, labels), at, 2)
        if len(rows) > _MOST:
            self._grid.addWidget(caption(_MORE.format(more=len(rows) - _MOST)), _MOST + 1, 0, 1, 3)
        self._grid.setRowStretch(_MOST + 2, 1)

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
        box.activated.connect(partial(self._tell, row.word, box))
        line = box.lineEdit()
        assert line is not None
        line.editingFinished.connect(partial(self._tell, row.word, box))
        self.boxes[row.word] = box
        return box

    def _tell(self, word: str, box: QComboBox, *_: object) -> None:
        text = box.currentText().strip()
        label = "" if text in ("", _LEAVE_OUT) else text
        if self.boxes.get(word) is box and label != self._rows[word].label:
            self.changed.emit(word, label)
