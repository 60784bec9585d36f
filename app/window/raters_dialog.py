"""Who annotates: raters come and go, and segments are copied from one's tier to another's; all of it undoable."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core_model.project import editing
from core_model.project.edit import Edit
from core_model.project.project import Project
from core_model.project.rows import GOLD, AnnotationRow, RaterRow

from ..editor import Editor
from ..translation import counted, tr
from .dialog_parts import FaultLine, words
from .help_window import help_on
from .theme import SPACE

_GOLD_NAME = "gold"
_COLUMNS = (tr("Rater"), tr("Segments"), tr("Labelled"))


class RatersDialog(QDialog):
    """Every button is an edit at once; Close only closes.

    Args:
        recording: the id of the recording in hand, for copying within it only, whichever is in hand by then; or None.
    """

    def __init__(self, editor: Editor, recording: int | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor, self._recording = editor, recording
        self.setWindowTitle(tr("Raters"))
        help_on(self, "agreement")
        self.resize(480, 440)
        self.table = QTableWidget(0, len(_COLUMNS))
        self.name = QLineEdit()
        self.question = _Question()
        row = self.project.recording(recording) if recording is not None else None
        self.copying = _Copying(self.project.name_of(row) if row is not None else "")
        self._fault, self._done = FaultLine(), words()
        self._add, self._gold = _button(tr("Add"), self.add), _button(tr("Add gold tier"), self.add_gold)
        self._rename = _button(tr("Rename"), self.edit_name)
        self._remove = _button(tr("Remove"), self.ask_to_remove)
        self._prepare()
        self._lay_out()
        self._fill()
        self._tell("")

    def _prepare(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels(_COLUMNS)
        table.verticalHeader().hide()
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked
        )
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        first = QTableWidgetItem(_COLUMNS[0])
        first.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.setHorizontalHeaderItem(0, first)
        table.setAccessibleName(tr("Raters"))
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.itemChanged.connect(self._renamed)
        table.itemSelectionChanged.connect(self.question.hide)
        self.name.setPlaceholderText(tr("Name of a new rater"))
        self.name.setAccessibleName(tr("Name of a new rater"))
        self.name.returnPressed.connect(self.add)
        self.question.yes.connect(self.remove)
        self.copying.button.clicked.connect(lambda _: self.copy())
        self._editor.changed.connect(self._follow)
        self._editor.failed.connect(self._fault.show_fault)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.table, 1)
        layout.addLayout(_in_a_row(self._rename, self._remove, None, self._gold))
        layout.addWidget(self.question)
        layout.addLayout(_in_a_row(self.name, self._add))
        layout.addWidget(self.copying)
        layout.addWidget(self._fault)
        layout.addWidget(self._done)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        layout.addWidget(buttons)

    # What is there

    @property
    def project(self) -> Project:
        """The project in hand."""
        assert self._editor.project is not None  # the dialog belongs to one
        return self._editor.project

    @property
    def chosen(self) -> RaterRow | None:
        """The rater chosen in the table."""
        item = self.table.item(self.table.currentRow(), 0)
        number = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        return next((rater for rater in self.project.raters if rater.id == number), None)

    def _follow(self, edit: Edit) -> None:
        if any(isinstance(change.row, RaterRow | AnnotationRow) for change in edit.changes):
            self.question.hide()  # what it tells may be otherwise now
            self._fill()

    def _fill(self) -> None:
        counts = _counts(self.project)
        chosen, raters = self.chosen, self.project.raters
        self.table.blockSignals(True)
        self.table.setRowCount(len(raters))
        for row, rater in enumerate(raters):
            segments, labelled = counts.get(rater.id, (0, 0))
            self._put(row, rater, segments, labelled)
        ids = [rater.id for rater in raters]
        self.table.setCurrentCell(ids.index(chosen.id) if chosen is not None and chosen.id in ids else 0, 0)
        self.table.blockSignals(False)
        self.copying.offer(raters)
        editable = self._editor.can_edit
        for part in (self.name, self._add, self._rename, self._remove, self.copying):
            part.setEnabled(editable)
        self._gold.setEnabled(editable and self.project.gold() is None)

    def _put(self, row: int, rater: RaterRow, segments: int, labelled: int) -> None:
        name = QTableWidgetItem(rater.name)
        name.setData(Qt.ItemDataRole.UserRole, rater.id)
        if rater.kind == GOLD:
            name.setToolTip(tr("Holds what was decided between the raters"))
        self.table.setItem(row, 0, name)
        for column, number in ((1, segments), (2, labelled)):
            item = QTableWidgetItem(str(number))
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(row, column, item)

    # What is done

    def add(self) -> None:
        """One more rater, of the name that was typed."""
        if self._do(lambda: editing.add_rater(self.project, self.name.text())[0], tr("Added.")):
            self.name.clear()
            self.table.setCurrentCell(self.table.rowCount() - 1, 0)

    def add_gold(self) -> None:
        """The tier for what is decided between raters."""
        self._do(lambda: editing.add_rater(self.project, _GOLD_NAME, GOLD)[0], tr("The gold tier was added."))

    def edit_name(self) -> None:
        """Type another name for the rater chosen."""
        item = self.table.item(self.table.currentRow(), 0)
        if item is not None:
            self.table.setFocus()
            self.table.editItem(item)

    def _renamed(self, item: QTableWidgetItem) -> None:
        rater = self.chosen
        if rater is not None and item.column() == 0 and item.text() != rater.name:
            self._do(lambda: editing.rename_rater(self.project, rater, item.text()), tr("Renamed."))
            self._fill()  # the old name where the new one was refused

    def ask_to_remove(self) -> None:
        """Say what would go with the rater chosen, and ask."""
        rater = self.chosen
        if rater is None:
            return
        segments, labelled = _counts(self.project).get(rater.id, (0, 0))
        said = tr("{segments} and {labels} go with this rater.").format(
            segments=counted(segments, "segment"), labels=counted(labelled, "label")
        )
        self.question.ask(
            tr("Remove {name}? {value} It can be undone.").format(
                name=rater.name, value=said if segments else ""
            )
        )

    def remove(self) -> None:
        """Without the rater chosen; somebody else annotates where it was this one."""
        rater = self.chosen
        self.question.hide()
        if rater is None:
            return
        current = self._editor.rater
        if self._do(
            lambda: editing.remove_rater(self.project, rater),
            tr("{name} was removed.").format(name=rater.name),
        ):
            if current is not None and current.id == rater.id:
                people = self.project.people() or self.project.raters
                self._editor.use_rater(people[0].id)
            self.table.setFocus()

    def copy(self) -> None:
        """Segments from one tier to another's free places."""
        source, target, labels, everywhere = self.copying.wanted
        here = None if everywhere or self._recording is None else {self._recording}
        before = len(self.project.annotations)
        plan = partial(editing.copy_segments, self.project, source, target, here, labels=labels)
        if self._do(plan, ""):
            new = len(self.project.annotations) - before
            self._tell(
                tr("{segments} copied; those that would overlap others were left out.").format(
                    segments=counted(new, "segment")
                )
            )

    def _do(self, plan: Callable[[], Edit], done: str) -> bool:
        self._fault.show_fault(None)
        made = self._editor.do(plan)
        self._tell(done if made else "")
        return made

    def _tell(self, text: str) -> None:
        self._done.setText(text)
        self._done.setVisible(bool(text))


class _Question(QFrame):
    """A question inside the dialog, with what to answer."""

    yes = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("question")
        self._text = words("", "")
        self._yes, self._no = _button(tr("Remove"), self.yes.emit), _button(tr("Keep"), self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._yes)
        layout.addWidget(self._no)
        self.hide()

    @property
    def text(self) -> str:
        """What is asked; empty when nothing is."""
        return "" if self.isHidden() else self._text.text()

    def ask(self, text: str) -> None:
        """Show the question; Keep has the focus, so that nothing goes by accident."""
        self._text.setText(text)
        self.show()
        self._no.setFocus()


class _Copying(QFrame):
    """From whom, to whom, with what, and where."""

    def __init__(self, recording: str) -> None:
        super().__init__()
        self.source, self.target, self.where = QComboBox(), QComboBox(), QComboBox()
        self.labels = QCheckBox(tr("with labels"))
        self.button = QPushButton(tr("Copy"))
        self.button.setAutoDefault(False)
        if recording:
            self.where.addItem(tr("in {recording}").format(recording=recording), False)
        self.where.addItem(tr("in all recordings"), True)
        for box, name in ((self.source, tr("From")), (self.target, tr("To")), (self.where, tr("Where"))):
            box.setAccessibleName(name)
        for box in (self.source, self.target, self.where):  # as wide as there is room, however long a name is
            box.setMinimumContentsLength(6)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            box.currentIndexChanged.connect(lambda _: self._check())
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 2 * SPACE, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(QLabel(tr("Copy segments from")), 0, 0)
        layout.addWidget(self.source, 0, 1)
        layout.addWidget(QLabel("to"), 0, 2)
        layout.addWidget(self.target, 0, 3)
        layout.addLayout(_in_a_row(self.where, self.labels, self.button), 1, 0, 1, 4)
        layout.setColumnStretch(1, 1)
        layout.setColumnStretch(3, 1)

    @property
    def wanted(self) -> tuple[int, int, bool, bool]:
        """From whom, to whom, whether with labels, whether in all recordings."""
        everywhere = bool(self.where.currentData())
        return self.source.currentData(), self.target.currentData(), self.labels.isChecked(), everywhere

    def offer(self, raters: list[RaterRow]) -> None:
        """These raters; what was chosen stays."""
        chosen = [self.source.currentData(), self.target.currentData()]
        for box, number in zip((self.source, self.target), chosen, strict=True):
            box.blockSignals(True)
            box.clear()
            for rater in raters:
                box.addItem(rater.name, rater.id)
            box.setCurrentIndex(max(box.findData(number), 0))
            box.blockSignals(False)
        if self.source.currentIndex() == self.target.currentIndex() and len(raters) > 1:
            self.target.setCurrentIndex(1 if self.source.currentIndex() == 0 else 0)
        self._check()

    def _check(self) -> None:
        self.button.setEnabled(self.source.currentData() != self.target.currentData())


def _counts(project: Project) -> dict[int, tuple[int, int]]:
    """How many segments and how many labels each rater has."""
    counts: dict[int, tuple[int, int]] = {}
    for row in project.annotations:
        segments, labelled = counts.get(row.rater, (0, 0))
        counts[row.rater] = segments + 1, labelled + (row.label is not None)
    return counts


def _button(text: str, pressed: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _: pressed())
    return button


def _in_a_row(*widgets: QWidget | None) -> QHBoxLayout:
    """Side by side; None is where they part."""
    layout = QHBoxLayout()
    layout.setSpacing(2 * SPACE)
    for widget in widgets:
        if widget is None:
            layout.addStretch(1)
        else:
            layout.addWidget(widget)
    return layout
