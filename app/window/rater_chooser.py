"""On the tool bar: who annotates. Nobody else's tier is touched while somebody is chosen here."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from core_model.project.edit import Edit
from core_model.project.rows import GOLD, RaterRow

from ..editor import Editor
from ..translation import tr
from .theme import SPACE

_MORE = tr("Raters…")


class RaterChooser(QWidget):
    """The project's raters, the gold tier among them, and the way to add more."""

    raters_asked = Signal()

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._box = QComboBox()
        self._box.setAccessibleName(tr("Rater"))
        self._box.setToolTip(tr("Who annotates: only this rater's segments are changed"))
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._box.setMinimumWidth(88)
        self._box.activated.connect(self._choose)
        name = QLabel(tr("Rater"))
        name.setObjectName("muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 3 * SPACE, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(name)
        layout.addWidget(self._box)
        editor.project_changed.connect(lambda _: self._fill())
        editor.rater_changed.connect(lambda _: self._fill())
        editor.changed.connect(self._follow)
        self._fill()

    def _follow(self, edit: Edit) -> None:
        if any(isinstance(change.row, RaterRow) for change in edit.changes):
            self._fill()

    def _fill(self) -> None:
        project, current = self._editor.project, self._editor.rater
        self._box.clear()
        for rater in project.raters if project is not None else []:
            self._box.addItem(
                tr("{name} (gold)").format(name=rater.name) if rater.kind == GOLD else rater.name, rater.id
            )
        self._box.setEnabled(project is not None)
        self._box.setPlaceholderText(tr("no project"))
        if project is not None:
            self._box.insertSeparator(self._box.count())
            self._box.addItem(_MORE)
        self._box.setCurrentIndex(self._box.findData(current.id) if current is not None else -1)

    def _choose(self, index: int) -> None:
        number = self._box.itemData(index)
        if number is not None:
            self._editor.use_rater(int(number))
            return
        self._fill()
        self.raters_asked.emit()
