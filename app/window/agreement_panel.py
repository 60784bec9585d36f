"""How far raters agree: measures, confusion, what they dispute, and deciding it for the gold tier."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core_model.exchange.content import Content, content_of
from core_model.label_schemes import RATINGS, AnnotationScheme
from core_model.project import editing
from core_model.project.edit import Edit
from core_model.project.rows import AnnotationRow, PredictionRow, RaterRow, RecordingRow

from ..agreement_view import (
    LABEL,
    Comparison,
    DisputedUnit,
    Question,
    compare,
    with_intervals,
)
from ..editor import Editor
from ..tasks import Report, Task, TaskPool
from ..translation import tr
from .agreement_figures import AgreementFigures
from .compared_raters import ComparedRaters
from .confusion_table import Cell, ConfusionTable
from .deciding_bar import DecidingBar
from .dispute_table import DisputeTable
from .theme import SPACE, Theme, icon

_SETTLE_MS = 300  # after the last of several edits
_HIGH, _WIDE = 300, 1080  # px; from either on there is room for measures and confusion at once
# px, what measures and confusion take until somebody moves an edge.
_FIGURES, _CONFUSION, _WIDEST = 324, 240, 400
_LEAST_HEIGHT = 72  # px, of the list and of the cells, which scroll
_WORKING = tr("Comparing…")
_NO_PROJECT = tr(
    "No project is open.\nOpen recordings, let two raters label their segments, and compare them here."
)


class AgreementPanel(QWidget):
    """Follows the project while it can be seen.

    Args:
        recording: answers the recording in hand.
    """

    unit_chosen = Signal(int, int, int)  # recording, start, end in samples: to be shown
    unit_opened = Signal(int, int, int)  # the same: to be played as well
    raters_asked = Signal()
    failed = Signal(object)

    def __init__(
        self, editor: Editor, tasks: TaskPool, recording: Callable[[], int | None], theme: Theme
    ) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._editor, self._tasks, self._recording, self._theme = editor, tasks, recording, theme
        self._model_id: str | None = None
        self.found: Comparison | None = None
        self._task: Task | None = None
        self._pending, self._arranged = True, False
        self._settling = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settling.timeout.connect(self.refresh)
        self.raters = ComparedRaters()
        self.what, self.scope = _combo(tr("What is compared")), _combo(tr("Where"))
        self.show_cells = QToolButton()
        self.undecided = QCheckBox(tr("Undecided only"))
        self.take_over = QPushButton()
        self.progress = QLabel()
        self.figures = AgreementFigures(theme)
        self.pair = _combo(tr("Whose labels are rows, and whose columns"))
        self.pair.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.confusion = ConfusionTable(theme)
        self.disputes = DisputeTable(theme, self._colour_of)
        self.deciding = DecidingBar(theme)
        self._fill_choosers()
        self._lay_out()
        self._connect()
        self.recolour(theme)
        self._show()

    # Parts

    def _fill_choosers(self) -> None:
        self.what.addItem(tr("Label"), LABEL)
        for name in RATINGS:
            self.what.addItem(tr(name.capitalize()), name)
        self.scope.addItem(tr("All recordings"), False)
        self.scope.addItem(tr("This recording"), True)
        self.show_cells.setText(tr("Confusion"))
        self.show_cells.setObjectName("framed")
        self.show_cells.setCheckable(True)
        self.show_cells.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_cells.setToolTip(tr("Show the confusion in place of the measures"))
        self.progress.setObjectName("muted")
        self.take_over.setToolTip(
            tr(
                "Take the labels that two persons or more give alike, and nobody otherwise, over to the "
                "gold tier"
            )
        )

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        top.setSpacing(2 * SPACE)
        for chooser in (self.raters, self.what, self.scope, self.show_cells):
            top.addWidget(chooser)
        top.addStretch(1)
        for part in (self.progress, self.undecided, self.take_over):
            top.addWidget(part)
        self._words = QLabel()
        self._words.setObjectName("muted")
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setWordWrap(True)
        self.ask_raters = QPushButton(tr("Raters…"))
        self._pages = QStackedWidget()
        self._pages.addWidget(self._body())
        self._pages.addWidget(_centred(self._words, self.ask_raters))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)

    def _body(self) -> QWidget:
        scrolled = QScrollArea()
        scrolled.setWidgetResizable(True)
        scrolled.setFrameShape(QFrame.Shape.NoFrame)
        scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for part in (scrolled, self.disputes):
            part.setMinimumHeight(_LEAST_HEIGHT)
        scrolled.setWidget(self.confusion)
        self._all_cells = QToolButton()
        self._all_cells.setToolTip(tr("Show the disputes of all cells"))
        self._all_cells.setAccessibleName(tr("Show the disputes of all cells"))
        caption = QHBoxLayout()
        caption.setSpacing(SPACE)
        caption.addWidget(self.pair, 1)
        caption.addWidget(self._all_cells)
        self._sides = QSplitter(Qt.Orientation.Horizontal)
        self._sides.addWidget(self.figures)
        self._cells = _column(caption, scrolled)
        self._sides.addWidget(self._cells)
        self._halves = QSplitter(Qt.Orientation.Horizontal)
        self._halves.addWidget(self._sides)
        self._halves.addWidget(_column(None, self.disputes, self.deciding))
        for splitter in (self._sides, self._halves):
            splitter.setChildrenCollapsible(False)
            splitter.splitterMoved.connect(lambda *_: setattr(self, "_arranged", True))
        return self._halves

    def _connect(self) -> None:
        self.raters.changed.connect(self._ask_again)
        self.raters.asked.connect(self.raters_asked)
        self.ask_raters.clicked.connect(self.raters_asked)
        for chooser in (self.what, self.scope):
            chooser.currentIndexChanged.connect(self._ask_again)
        self.pair.currentIndexChanged.connect(lambda _: self._show_confusion())
        self.confusion.cell_chosen.connect(lambda _: self._list())
        self._all_cells.clicked.connect(lambda: self.confusion.choose(None))
        self.show_cells.toggled.connect(lambda _: self._arrange())
        self.undecided.toggled.connect(lambda _: self._list())
        self.disputes.chosen.connect(self._show_unit)
        self.disputes.opened.connect(lambda unit: self.unit_opened.emit(*_place(unit)))
        self.disputes.digit_pressed.connect(self._decide_with_key)
        self.disputes.majority_asked.connect(self._take_majority)
        self.deciding.label_asked.connect(self.decide)
        self.deciding.majority_asked.connect(self._take_majority)
        self.take_over.clicked.connect(lambda: self.take_over_undisputed())
        self._editor.project_changed.connect(self._forget)
        self._editor.changed.connect(self._follow)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        for part in (self.figures, self.confusion, self.disputes, self.deciding, self.raters):
            part.recolour(theme)
        self._all_cells.setIcon(icon("x", theme))

    def _colour_of(self, text: str) -> str | None:
        if self.found is None or self.found.question.what != LABEL:
            return None
        return self._editor.scheme.colour_of(text)

    @property
    def obstacle(self) -> str:
        """Why nothing is shown, and what to do; empty otherwise."""
        nothing = _NO_PROJECT if self._editor.project is None else _WORKING
        return self.found.obstacle if self.found is not None else nothing

    # What is asked

    def show_recording(self) -> None:
        """Another recording is in hand."""
        if self.scope.currentData():
            self.refresh()

    def use_model(self, model_id: str | None) -> None:
        """Another model is in use: its predictions are the model's from now on."""
        if model_id != self._model_id:
            self._model_id = model_id
            self._ask_again()

    def setFocus(self, *_: object) -> None:
        """The keyboard goes to the disputes."""
        self.disputes.setFocus()

    def refresh(self) -> None:
        """Work all of it out again, as soon as it can be seen."""
        self._stop()
        self._pending = not self.isVisible()
        project = self._editor.project
        if self._pending:
            return
        if project is None:
            self._take(None)
            return
        content = content_of(project)
        self._offer_what(content.scheme)
        question = self._question(content)
        self._task = self._tasks.start(
            partial(_work, content, question, self.found), self._take, self.failed.emit, self._take
        )

    def _question(self, content: Content) -> Question:
        labels = self.what.currentData() == LABEL
        chosen = self.raters.offer(content, model=labels)
        here = self._recording() if self.scope.currentData() else None
        known = {row.id for row in content.recordings}
        model = self._model_id if any(r.model_id == self._model_id for r in content.predictions) else None
        return Question(chosen, self.what.currentData(), here if here in known else None, model)

    def _offer_what(self, scheme: AnnotationScheme) -> None:
        """Ratings only where the scheme has them."""
        self.what.setVisible(scheme.ratings)
        if not scheme.ratings and self.what.currentIndex():
            blocked = QSignalBlocker(self.what)
            self.what.setCurrentIndex(0)
            blocked.unblock()

    def _ask_again(self) -> None:
        self.confusion.chosen = None
        self.refresh()

    def _stop(self) -> None:
        self._settling.stop()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _forget(self, _: object) -> None:
        self._stop()
        self.raters.forget()
        self.confusion.chosen = None
        self._take(None)
        self.refresh()

    def _follow(self, edit: Edit) -> None:
        """What is worked out now is of the rows before."""
        if not any(_matters(change.row) for change in edit.changes):
            return
        self._stop()
        self._pending = True
        if self.isVisible():
            self._settling.start()

    def showEvent(self, event: QShowEvent) -> None:
        """What changed meanwhile is worked out now."""
        super().showEvent(event)
        if self._pending:
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody waits for the result."""
        super().hideEvent(event)
        self._pending = self._pending or self._task is not None
        self._stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Measures and confusion are beside, below, or in place of one another, as there is room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        wide, high = self.width() >= _WIDE, self.height() >= _HIGH
        self.raters.set_narrow(not wide)
        self.show_cells.setVisible(not wide and not high and not self.obstacle)
        both, cells = wide or high, self.show_cells.isChecked()
        self.figures.setVisible(both or not cells)
        self._cells.setVisible(both or cells)
        self._sides.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        self._count()
        if self._arranged:
            return
        confusion = min(max(_CONFUSION, self.width() // 4), _WIDEST)
        figures = max(_FIGURES, self.figures.wanted_width())
        height, room = self.figures.wanted_height(figures), self._pages.height()
        self._sides.setSizes([figures, confusion] if wide else [height, max(room - height, room // 2)])
        left = figures + (confusion if wide else 0)
        self._halves.setSizes([left, self.width() - left])

    # What is shown

    def _take(self, found: Comparison | None) -> None:
        self.found = found
        self._show()

    def _show(self) -> None:
        found = self.found
        obstacle = self.obstacle
        self._words.setText(obstacle)
        self.ask_raters.setVisible("Raters…" in obstacle and self._editor.can_edit)
        self._pages.setCurrentIndex(1 if obstacle else 0)
        shown = not obstacle
        labels = shown and found is not None and found.question.what == LABEL
        for part in (self.progress, self.undecided, self.take_over):
            part.setVisible(labels)
        self.deciding.setVisible(labels and self._editor.can_edit)
        self.figures.show_measures(found if shown else None)
        self._offer_pairs()
        self._show_confusion()
        self._count()
        self._arrange()

    def _offer_pairs(self) -> None:
        """Each two of those compared; what was chosen stays."""
        found, before = self.found, self.pair.currentText()
        blocked = QSignalBlocker(self.pair)
        self.pair.clear()
        for pair in found.pairs if found is not None else ():
            names = [found.participants[at].name for at in (pair.first, pair.second)] if found else []
            self.pair.addItem(" × ".join(names), (pair.first, pair.second))
        self.pair.setCurrentIndex(max(self.pair.findText(before), 0))
        blocked.unblock()

    def _show_confusion(self) -> None:
        found, pair = self.found, self.pair.currentData()
        if found is not None and pair is not None:
            names = found.participants[pair[0]].name, found.participants[pair[1]].name
            self.pair.setToolTip(
                tr("Rows: {value}; columns: {value2}; shares are of the rows").format(
                    value=names[0], value2=names[1]
                )
            )
            self.confusion.show_counts(found.labels, found.confusion(*pair), names, self._colour_of)
        self._list()

    def _list(self) -> None:
        """The disputes that pass the filters."""
        found, project = self.found, self._editor.project
        self._all_cells.setVisible(self.confusion.chosen is not None)
        units = self._passing()
        rows = {row.id: row for row in project.recordings} if project is not None else {}
        self.disputes.show_units(found, units, rows, self._why_none())
        self._show_deciding()

    def _passing(self) -> list[DisputedUnit]:
        found, cell, pair = self.found, self.confusion.chosen, self.pair.currentData()
        if found is None or found.obstacle:
            return []
        units: Sequence[DisputedUnit] = found.disputes
        if found.question.what == LABEL and self.undecided.isChecked():
            units = [unit for unit in units if unit.gold is None]
        if cell is not None and pair is not None:
            units = [unit for unit in units if _in_cell(unit, pair, cell, found.labels)]
        return list(units)

    def _why_none(self) -> str:
        found = self.found
        if found is None or not found.disputes:
            return tr("Nothing is disputed: whoever spoke of the same unit said the same.")
        if self.confusion.chosen is not None:
            return tr("No dispute in this cell is left to show.")
        return tr("All disputes are decided.")

    def _count(self) -> None:
        found = self.found
        if found is None:
            return
        self.progress.setText(
            tr("{decided} of {disputes} decided").format(decided=found.decided, disputes=len(found.disputes))
        )
        number = len(found.undisputed)
        self.take_over.setText(
            (
                tr("Take over {number} undisputed") if self.width() >= _WIDE else tr("Take over {number}")
            ).format(number=number)
        )
        self.take_over.setEnabled(bool(number) and self._editor.can_edit)

    def _show_unit(self, unit: DisputedUnit) -> None:
        self._show_deciding()
        self.unit_chosen.emit(*_place(unit))

    def _show_deciding(self) -> None:
        self.deciding.show_unit(self._editor.scheme, self.disputes.current)

    # Decisions

    def decide(self, label: str) -> None:
        """Give the chosen unit its gold label, and go to the next that is undecided."""
        unit, project = self.disputes.current, self._editor.project
        if unit is None or project is None or not self.deciding.isVisibleTo(self):
            return
        row = self.disputes.currentIndex().row()
        if unit.gold == label or self._editor.do(
            lambda: editing.adjudicate_all(project, [(unit.segment, label)])
        ):
            self._mark_decided(unit, label)
            self._go_on(row, unit)

    def take_over_undisputed(self) -> None:
        """All labels nobody disputes, onto the gold tier, as one edit."""
        found, project = self.found, self._editor.project
        if found is None or project is None or not found.undisputed:
            return
        if self._editor.do(lambda: editing.adjudicate_all(project, found.undisputed)):
            self.found = replace(found, undisputed=())
            self._count()

    def _decide_with_key(self, key: str) -> None:
        label = self._editor.scheme.label_with(key)
        if label is not None:
            self.decide(label)

    def _take_majority(self) -> None:
        unit = self.disputes.current
        if unit is not None and unit.majority is not None:
            self.decide(unit.majority)

    def _mark_decided(self, unit: DisputedUnit, label: str) -> None:
        """At once, whatever is worked out again later: digits follow one another quickly."""
        if self.found is None:
            return
        disputes = tuple(replace(each, gold=label) if each is unit else each for each in self.found.disputes)
        self.found = replace(self.found, disputes=disputes)
        self._count()
        self._list()

    def _go_on(self, row: int, unit: DisputedUnit) -> None:
        """To the next undecided one after a row, from the top again after the last."""
        units = self.disputes.rows.units
        first = row + 1 if row < len(units) and _place(units[row]) == _place(unit) else row
        order = [*range(first, len(units)), *range(min(first, len(units)))]
        following = next((at for at in order if units[at].gold is None), None)
        if following is not None:
            self.disputes.choose(following)


def _work(content: Content, question: Question, before: Comparison | None, report: Report) -> Comparison:
    """Without intervals first; what rests on the same table as before has those already."""
    found = compare(content, question)
    if before is not None and _alike(before, found) and before.measures:
        return replace(found, measures=before.measures, pairs=before.pairs)
    report.partial(found)
    return with_intervals(found, check=report.check)


def _alike(before: Comparison, found: Comparison) -> bool:
    return (
        before.participants == found.participants
        and before.question.what == found.question.what
        and before.labels == found.labels
        and np.array_equal(before.table, found.table, equal_nan=True)
        and all(measure.found.low is not None or measure.reason for measure in before.measures)
    )


def _matters(row: object) -> bool:
    if isinstance(row, AnnotationRow | PredictionRow | RaterRow | RecordingRow):
        return True
    return getattr(row, "id", None) == editing.SCHEME


def _in_cell(unit: DisputedUnit, pair: tuple[int, int], cell: Cell, labels: Sequence[str]) -> bool:
    said = [unit.said[column] for column in pair]
    return [each.text if each is not None else None for each in said] == [labels[place] for place in cell]


def _place(unit: DisputedUnit) -> tuple[int, int, int]:
    return unit.segment.recording, *unit.segment.span


def _combo(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)  # as high as the buttons
    return box


def _column(top: QHBoxLayout | None, *parts: QWidget) -> QWidget:
    column = QWidget()
    column.setObjectName("panel")
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE if top is not None else 0)
    if top is not None:
        layout.addLayout(top)
    for part in parts:
        layout.addWidget(part, 1 if part is parts[0] else 0)
    return column


def _centred(words: QLabel, button: QPushButton) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.addStretch(1)
    layout.addWidget(words)
    layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
    layout.addStretch(1)
    return page
