"""The project's label scheme: choose one, change it, and say what becomes of labels that are in use."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core_model.errors import HumpcatError
from core_model.files import write_json
from core_model.label_schemes import AnnotationScheme, built_in_schemes, read_scheme
from core_model.project.edit import Edit
from core_model.project.editing import change_scheme, labels_in_use

from ..editor import Editor
from ..translation import counted, tr
from .dialog_parts import FaultLine, words
from .help_window import help_on
from .scheme_rows import SchemeRows, alike
from .theme import SPACE, Theme

_FILTER = tr("Label schemes (*.json)")
_MOST_LOST = 180  # px; with more labels it scrolls
_CHOOSE, _NO_LABEL = tr("choose…"), tr("no label")
_READ_ONLY = HumpcatError(
    tr("The project is open for reading only."), tr("Its label scheme cannot be changed here.")
)


class SchemeDialog(QDialog):
    """Edits a draft; OK makes one undoable edit of the new scheme and of all labels that change with it."""

    def __init__(self, editor: Editor, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        project = editor.project
        self._used = labels_in_use(project) if project is not None else {}
        self._shown = editor.scheme
        self.setWindowTitle(tr("Label scheme"))
        help_on(self, "annotate")
        self.resize(480, 560)
        self._name = QLineEdit()
        self._name.setAccessibleName(tr("Name of the scheme"))
        self.rows = SchemeRows(theme)
        self._ratings = QCheckBox(tr("Rate valence, arousal and dominance, 1 to 7"))
        self._renamed, self._alike = words(), words()
        self._lost = LostLabels()
        self._order: list[QWidget] = []
        self._fault = FaultLine()
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setObjectName("primary")
        self._lay_out()
        self._connect()
        self.show_scheme(editor.scheme)

    def _lay_out(self) -> None:
        self._top = (
            self._name,
            self._scheme_button(),
            self._button(tr("Load…"), self._ask_for_file),
            self._button(tr("Save…"), self._ask_where_to_save),
        )
        top = QHBoxLayout()
        top.addWidget(QLabel(tr("Name")))
        for widget in self._top:
            top.addWidget(widget)
        self._add = self._button(tr("Add a label"), self.rows.add)
        below = QHBoxLayout()
        below.addWidget(self._add)
        below.addStretch(1)
        below.addWidget(self._ratings)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(top)
        layout.addWidget(self.rows, 1)
        layout.addLayout(below)
        for part in (self._alike, self._renamed, self._lost, self._fault, self._buttons):
            layout.addWidget(part)

    def _connect(self) -> None:
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._name.textChanged.connect(self._check)
        self.rows.changed.connect(self._check)
        self._lost.changed.connect(self._check)
        self._editor.failed.connect(self._fault.show_fault)
        self._editor.changed.connect(self._follow)

    def _scheme_button(self) -> QPushButton:
        button = QPushButton(tr("Built-in"))
        button.setAutoDefault(False)
        menu = QMenu(button)
        for scheme in built_in_schemes():
            text = f"{scheme.name} ({counted(len(scheme.labels), 'label')})"
            menu.addAction(text).triggered.connect(lambda _, scheme=scheme: self.show_scheme(scheme))
        button.setMenu(menu)
        return button

    def _button(self, text: str, pressed: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _: pressed())
        return button

    # The draft

    def show_scheme(self, scheme: AnnotationScheme) -> None:
        """Edit this scheme from now on."""
        self._name.setText(scheme.name)
        self._ratings.setChecked(scheme.ratings)
        self.rows.show_labels(scheme.labels)

    def draft(self) -> AnnotationScheme:
        """The scheme as it is edited.

        Raises:
            HumpcatError: it is none.
        """
        if not self._name.text().strip():
            raise HumpcatError(tr("The scheme needs a name."), tr("Say what it is for."))
        return AnnotationScheme(self._name.text().strip(), self.rows.labels, self._ratings.isChecked())

    def mapping(self) -> dict[str, str | None]:
        """What labels in use become, where they do not stay what they are."""
        return {**self._renamed_in_use(), **self._lost.answers()}

    def _put_in_order(self) -> None:
        """Tab goes from top to bottom, however rows come and go."""
        rows = [field for row in self.rows.rows for field in row.fields]
        below = [self._add, self._ratings, *self._lost.choices.values(), *self._buttons.buttons()]
        order: list[QWidget] = [*self._top, *rows, *below]
        if order != self._order:
            self._order = order
            for before, after in pairwise(order):
                self.setTabOrder(before, after)

    def _renamed_in_use(self) -> dict[str, str]:
        return {was: now for was, now in self.rows.renamed.items() if was in self._used and now != was}

    def _follow(self, _: Edit) -> None:
        """Segments are labelled while the dialog is open; another scheme, as by undoing, takes the draft's place."""
        if self._editor.project is None:
            return
        self._used = labels_in_use(self._editor.project)
        if self._editor.scheme != self._shown:
            self._shown = self._editor.scheme
            self.show_scheme(self._shown)
        self._check()

    def _check(self) -> None:
        """Say at once what stands in the way; OK is there when nothing does."""
        fault: HumpcatError | None = None
        try:
            scheme = self.draft()
            self._show_consequences(scheme)
            fault = self._lost.unanswered()
        except HumpcatError as error:
            fault = error
        if not self._editor.can_edit:
            fault = _READ_ONLY
        self._put_in_order()
        self._fault.show_fault(fault)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(fault is None)

    def _show_consequences(self, scheme: AnnotationScheme) -> None:
        renamed = self._renamed_in_use()
        self._renamed.setText(
            "\n".join(
                tr("{was} becomes {now} in {segments}.").format(
                    was=was, now=now, segments=counted(self._used[was], "segment")
                )
                for was, now in renamed.items()
            )
        )
        self._renamed.setVisible(bool(renamed))
        pairs = alike(scheme.labels)
        more = tr(", and {value} more pairs").format(value=len(pairs) - 1) if len(pairs) > 1 else ""
        self._alike.setText(
            tr("{value} and {value2}{more} look alike to colour-blind eyes.").format(
                value=pairs[0][0], value2=pairs[0][1], more=more
            )
            if pairs
            else ""
        )
        self._alike.setVisible(bool(pairs))
        gone = {
            label: count
            for label, count in self._used.items()
            if label not in renamed and label not in scheme.names
        }
        self._lost.show_labels(gone, scheme.names)

    def accept(self) -> None:
        """Make the edit; the dialog stays where that fails."""
        project = self._editor.project
        self._check()
        if project is None or not self._buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled():
            return
        scheme, mapping = self.draft(), self.mapping()
        same = scheme == self._editor.scheme and not mapping
        if same or self._editor.do(partial(change_scheme, project, scheme, mapping)):
            super().accept()

    # Files

    def load(self, path: Path) -> None:
        """Edit a scheme from a file."""
        try:
            self.show_scheme(read_scheme(path))
        except HumpcatError as error:
            self._fault.show_fault(error)

    def save(self, path: Path) -> None:
        """Write the scheme as it is edited to a file."""
        try:
            write_json(path, self.draft().to_json())
        except HumpcatError as error:
            self._fault.show_fault(error)

    def _ask_for_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Load label scheme"), str(Path.home()), _FILTER)
        if name:
            self.load(Path(name))

    def _ask_where_to_save(self) -> None:
        start = str(Path.home() / f"{self._name.text().strip() or 'scheme'}.json")
        name, _ = QFileDialog.getSaveFileName(self, tr("Save label scheme"), start, _FILTER)
        if name:
            self.save(Path(name).with_suffix(".json"))


class LostLabels(QScrollArea):
    """Labels in use that the new scheme does not have, and what each of them becomes."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        inner = QFrame()
        inner.setObjectName("question")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setWidget(inner)
        self._names: tuple[str, ...] = ()
        self._texts: dict[str, QLabel] = {}
        self.choices: dict[str, QComboBox] = {}
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        self._grid.setSpacing(SPACE)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(words(tr("Labels in use that this scheme does not have:"), ""), 0, 0, 1, 2)
        self.hide()

    def show_labels(self, counts: dict[str, int], names: tuple[str, ...]) -> None:
        """Ask for each of these labels what it becomes; what was answered before stays."""
        before, self._names = self.answers(), names
        for label in [label for label in self.choices if label not in counts]:
            for widget in (self.choices.pop(label), self._texts.pop(label)):
                self._grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        for label, count in counts.items():
            if label not in self.choices:
                self._ask(label, count)
            self._offer(self.choices[label], before.get(label, ""))
        self.setFixedHeight(min(self._grid.sizeHint().height(), _MOST_LOST))
        self.setVisible(bool(counts))

    def answers(self) -> dict[str, str | None]:
        """What each label becomes, None for no label."""
        becomes = (None, *self._names)
        chosen = {label: box.currentIndex() for label, box in self.choices.items()}
        return {label: becomes[index - 1] for label, index in chosen.items() if index > 0}

    def unanswered(self) -> HumpcatError | None:
        """What still has to be said."""
        left = [label for label, box in self.choices.items() if box.currentIndex() <= 0]
        if not left:
            return None
        return HumpcatError(
            tr("Say what becomes of {left}.").format(left=", ".join(left)), tr("Or keep it in the scheme.")
        )

    def _ask(self, label: str, count: int) -> None:
        box, text = (
            QComboBox(),
            QLabel(
                tr("{label}, {segments}, becomes").format(label=label, segments=counted(count, "segment"))
            ),
        )
        box.setAccessibleName(tr("{label} becomes").format(label=label))
        box.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.choices[label], self._texts[label] = box, text
        row = self._grid.rowCount()
        self._grid.addWidget(text, row, 0)
        self._grid.addWidget(box, row, 1)

    def _offer(self, box: QComboBox, before: str | None) -> None:
        """The labels of the scheme as it is now; `before` is what was chosen, empty where nothing was."""
        becomes = ("", None, *self._names)
        box.blockSignals(True)
        box.clear()
        box.addItems([_CHOOSE, _NO_LABEL, *self._names])
        box.setCurrentIndex(becomes.index(before) if before in becomes else 0)
        box.blockSignals(False)
