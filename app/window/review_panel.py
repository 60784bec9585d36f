"""The review queue: what the model suggests, in the order in which a rater's answer is worth most."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core_model.project.edit import Edit
from core_model.project.editing import SCHEME

from ..editor import Editor
from ..segment_list import ListChange, ReviewOrder, review_queue
from ..translation import tr
from .segment_columns import DURATION, LABEL, NOTE, RECORDING, START, SUGGESTION, Cell, Column
from .segment_view import SegmentView
from .segments import Segments
from .theme import SPACE, Theme, icon

_ORDERS = {
    ReviewOrder.UNCERTAIN: tr("Most uncertain first"),
    ReviewOrder.DIFFERING: tr("Labelled otherwise than suggested"),
    ReviewOrder.CONFIDENT: tr("Unlabelled, most confident first"),
}
_EMPTY = {
    ReviewOrder.UNCERTAIN: (
        tr("The model in use has not predicted any of this rater's segments.\nPredict all with Ctrl+Shift+P.")
    ),
    ReviewOrder.DIFFERING: tr("No label of this rater differs from what the model in use suggests."),
    ReviewOrder.CONFIDENT: (
        tr("No segment of this rater is predicted and without a label.\nPredict all with Ctrl+Shift+P.")
    ),
}
_NO_PROJECT = tr("No project is open.")
_PROGRESS_WIDTH = 96  # px
_RANK = Column("rank", "", 52, lambda item: "reviewed" if item.reviewed else "", lambda _: None, Cell.RANK)
_UNCERTAINTY = Column(
    "uncertainty",
    tr("Uncertainty"),
    96,
    lambda item: f"{item.uncertainty:.2f}" if item.uncertainty is not None else "",
    lambda item: item.uncertainty,
    Cell.NUMBER,
    tr("How near the two most probable labels are: 0 sure, 1 a tie"),
)
COLUMNS = (_RANK, RECORDING, START, DURATION, LABEL, SUGGESTION, _UNCERTAINTY, NOTE)


class ReviewPanel(QWidget):
    """A queue that is made once and stays as it is while somebody works in it.

    It is made anew by "Refresh", another order, rater, project or model in use. Until then segments that are answered
    stay where they are, ticked, and others that come to match wait. A segment counts as reviewed when it has a label
    and was changed after its prediction was made (`SegmentItem.reviewed`): accepted, corrected, or labelled by hand.
    """

    chosen = Signal(list)  # an annotation's id, in a list as the table's
    opened = Signal(int)  # an annotation's id: show it, and play it

    def __init__(self, segments: Segments, editor: Editor, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._segments, self._editor, self._theme = segments, editor, theme
        self._pending = True
        self.view = SegmentView(COLUMNS, NOTE, editor, theme, several=False)
        self.view.setAccessibleName(tr("Review queue"))
        self.order = QComboBox()
        self.order.setAccessibleName(tr("Order of the review"))
        for order, words in _ORDERS.items():
            self.order.addItem(words, order)
        self._bar, self._count = QProgressBar(), QLabel()
        self._buttons = {
            "caret-up": self._button(tr("Previous"), tr("The segment before"), self.previous),
            "caret-down": self._button(
                tr("Next"), tr("The next segment that is not reviewed yet"), self.next_left
            ),
            "arrow-clockwise": self._button(tr("Refresh"), tr("Make the queue anew"), self.refresh),
        }
        self._words = QLabel()
        self.setFocusProxy(self.view)
        self._pages = QStackedWidget()
        self._lay_out()
        self._connect()
        self.recolour(theme)

    def _button(self, words: str, tip: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setText(words)
        button.setToolTip(tip)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: act())
        return button

    def _lay_out(self) -> None:
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_PROGRESS_WIDTH)
        for words in (self._count, self._words):
            words.setObjectName("muted")
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setWordWrap(True)
        top = QHBoxLayout()
        top.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        top.setSpacing(SPACE)
        top.addWidget(self.order)
        for button in self._buttons.values():
            top.addWidget(button)
        top.addStretch(1)
        top.addWidget(self._count)
        top.addSpacing(SPACE)
        top.addWidget(self._bar)
        self._pages.addWidget(self.view)
        self._pages.addWidget(self._words)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)

    def _connect(self) -> None:
        self.order.currentIndexChanged.connect(lambda _: self.refresh())
        self.view.chosen.connect(self.chosen)
        self.view.opened.connect(self.opened)
        self._segments.replaced.connect(self._forget)
        self._segments.model_changed.connect(self.refresh)
        self._segments.changed.connect(self._follow)
        self._editor.rater_changed.connect(lambda _: self.refresh())
        self._editor.changed.connect(self._follow_scheme)

    # The queue

    @property
    def ids(self) -> list[int]:
        """The segments in the queue, in order."""
        return list(self.view.rows.ids)

    def showEvent(self, event: QShowEvent) -> None:
        """The queue is made when it is first looked at."""
        super().showEvent(event)
        if self._pending:
            self.refresh()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.view.recolour(theme)
        for name, button in self._buttons.items():
            button.setIcon(icon(name, theme))

    def show_chosen(self, ids: list[int]) -> None:
        """Mark the segment in hand, without telling anybody."""
        self.view.show_chosen(ids[:1])

    def refresh(self) -> None:
        """Make the queue anew, as soon as it can be seen: what is left first."""
        self._pending = not self.isVisible()
        if self._pending:
            return
        found, rater = self._segments.get(), self._editor.rater
        ids = review_queue(found.items.values(), self._order, rater.id) if found and rater else []
        self.view.keep_place(lambda: self.view.rows.show(found.items if found else {}, ids))
        self._show_page()

    def next_left(self) -> None:
        """Go to the next segment that is not reviewed, from the top again after the last one."""
        rows = self.view.rows
        at = self.view.currentIndex().row()
        order = [*range(at + 1, len(rows.ids)), *range(at + 1)]
        found = next((row for row in order if not rows.item(row).reviewed), None)
        if found is not None:
            self.view.selectRow(found)

    def previous(self) -> None:
        """Go to the row before, reviewed or not."""
        at = self.view.currentIndex().row()
        if at > 0:
            self.view.selectRow(at - 1)

    @property
    def _order(self) -> ReviewOrder:
        return ReviewOrder(self.order.currentData())

    def _show_page(self) -> None:
        listed = bool(self.view.rows.ids)
        no_project = self._editor.project is None
        self._words.setText(_NO_PROJECT if no_project else _EMPTY[self._order])
        self._pages.setCurrentIndex(0 if listed else 1)
        self._count_reviewed()

    def _count_reviewed(self) -> None:
        rows = self.view.rows
        total = len(rows.ids)
        reviewed = sum(rows.item(row).reviewed for row in range(total))
        self._count.setText(
            tr("{reviewed} of {total} reviewed").format(reviewed=reviewed, total=total) if total else ""
        )
        self._bar.setVisible(total > 0)
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(reviewed)
        self._buttons["caret-down"].setEnabled(reviewed < total)
        self._buttons["caret-up"].setEnabled(total > 0)

    # What changes

    def _forget(self) -> None:
        self.view.rows.show({}, [])
        self.view.show_chosen([])
        self.refresh()

    def _follow(self, change: ListChange) -> None:
        if self._pending:
            return
        rows = self.view.rows
        gone = [number for number in change.removed if rows.row_of(number) >= 0]
        if gone:
            left = [number for number in rows.ids if number not in set(gone)]
            found = self._segments.get()
            self.view.keep_place(lambda: rows.show(found.items if found else {}, left))
        rows.refresh(change.changed)
        self._show_page()

    def _follow_scheme(self, edit: Edit) -> None:
        if any(change.row.id == SCHEME for change in edit.changes):
            self.view.recolour(self._theme)
