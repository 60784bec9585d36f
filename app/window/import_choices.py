"""Whose the tiers of imported files are, and what becomes of labels that the scheme does not have."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from core_model.formats.entry import GOLD, PREDICTION
from core_model.project import rows
from core_model.project.rows import RaterRow

from ..translation import counted, tr
from .dialog_parts import words
from .theme import SPACE

NO = ""  # the answer that leaves something out
Answer = tuple[str, str]  # a value, and the words for it
_MOST = 150  # px; with more rows it scrolls


class AnswerRows(QWidget):
    """A question for each of several names, with a box to choose an answer from."""

    changed = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._boxes: dict[str, QComboBox] = {}
        self._inside = QWidget()
        self._grid = QGridLayout(self._inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4 * SPACE)
        self._grid.setColumnStretch(2, 1)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setWidget(self._inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(words(title))
        layout.addWidget(self._area)

    def show_names(
        self,
        counts: Mapping[str, int],
        answers: Mapping[str, Iterable[Answer]],
        chosen: Mapping[str, str],
    ) -> None:
        """Ask about these names, each with its number of segments, the answers there are and the one to begin with."""
        for old in self._inside.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            self._grid.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._boxes = {}
        for row, (name, count) in enumerate(counts.items()):
            box = QComboBox()
            box.setAccessibleName(f"{self._title}: {name}")
            for value, text in answers[name]:
                box.addItem(text, value)
            box.setCurrentIndex(max(0, box.findData(chosen.get(name, name))))
            box.activated.connect(lambda _: self.changed.emit())
            self._boxes[name] = box
            self._grid.addWidget(QLabel(name), row, 0)
            self._grid.addWidget(words(counted(count, "segment")), row, 1)
            self._grid.addWidget(box, row, 2)
        self._area.setFixedHeight(min(self._inside.sizeHint().height() + SPACE, _MOST))
        self.setVisible(bool(counts))

    @property
    def answers(self) -> dict[str, str]:
        """The answer to each name."""
        return {name: str(box.currentData()) for name, box in self._boxes.items()}

    def choose(self, name: str, answer: str) -> None:
        """Answer one."""
        box = self._boxes[name]
        box.setCurrentIndex(box.findData(answer))
        self.changed.emit()


def tier_answers(tiers: Iterable[str], raters: Iterable[RaterRow]) -> dict[str, list[Answer]]:
    """Whose a tier can be: each rater's, a new one's of its name, gold, a model's, nobody's."""
    people = [rater.name for rater in raters if rater.kind != rows.GOLD]
    known = {name.casefold() for name in people}
    answers: dict[str, list[Answer]] = {}
    for tier in tiers:
        new = tier.strip()
        own = (
            []
            if new.casefold() in (*known, GOLD, PREDICTION) or not new
            else [(new, tr("{new}, a new rater").format(new=new))]
        )
        answers[tier] = [
            *((name, name) for name in people),
            *own,
            (GOLD, tr("gold: what the raters settled on")),
            (PREDICTION, tr("predictions of a model")),
            (NO, tr("nobody's: leave it out")),
        ]
    return answers


def label_answers(labels: Iterable[str], scheme: Iterable[str]) -> dict[str, list[Answer]]:
    """What a label can become: one more of the scheme, one that it has, or nothing."""
    there: list[Answer] = [(name, tr("becomes {name}").format(name=name)) for name in scheme]
    return {
        label: [(label, tr("is added to the scheme")), *there, (NO, tr("is refused, with its segments"))]
        for label in labels
    }
