"""The table of segments: sorted, filtered, many chosen at once; it follows edits without moving under the hand."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from core_model.project.edit import Edit
from core_model.project.editing import SCHEME
from core_model.project.rows import RaterRow

from ..editor import Editor
from ..segment_list import ListChange, SegmentFilter, SegmentItem, are_in_order, in_order, place_among
from ..translation import tr
from .segment_columns import (
    CHANGED,
    DIFFERS,
    DURATION,
    LABEL,
    NOTE,
    RATER,
    RATINGS,
    RECORDING,
    START,
    SUGGESTION,
    UNSURE,
)
from .segment_filters import SegmentFilters
from .segment_view import SegmentView
from .segments import Segments
from .theme import SPACE, Theme

COLUMNS = (RECORDING, START, DURATION, RATER, LABEL, UNSURE, *RATINGS, SUGGESTION, DIFFERS, NOTE, CHANGED)
_MANY = 50  # segments that come or go at once: from here on the list is made anew
_NO_PROJECT = tr("No project is open.\nOpen recordings, and their segments are listed here.")
_NO_SEGMENTS = tr(
    "No segments yet.\nDrag over the sound and press Ctrl+B, or press a label's key; or find them by speech."
)


class SegmentTable(QWidget):
    """Lists the project's segments; those chosen here are what the window's labels and keys are about.

    A segment that an edit keeps from passing the filter, or moves elsewhere in the order, stays where it is, dimmed,
    until the filter, the order, or the rater is changed, or "Update" is pressed: whoever labels a list of unlabelled
    segments goes on with the next row. A segment that comes to pass is put in its place at once.

    Args:
        find: the action that finds segments by speech activity, offered while there are none.
    """

    chosen = Signal(list)  # annotations' ids, the current one first
    opened = Signal(int)  # an annotation's id: show it, and play it

    def __init__(self, segments: Segments, editor: Editor, theme: Theme, find: QAction | None = None) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._segments, self._editor, self._theme = segments, editor, theme
        self._pending, self._unsorted = True, False
        self._filter = SegmentFilter()
        self._total = 0
        self.filters = SegmentFilters(theme)
        self.view = SegmentView(COLUMNS, NOTE, editor, theme, several=True)
        self.view.setAccessibleName(tr("Segments"))
        self.setFocusProxy(self.view)
        self._pages = QStackedWidget()
        self._lay_out(find)
        self._connect()
        self._show_scheme()
        self._show_raters(None)

    def _lay_out(self, find: QAction | None) -> None:
        self._empty = QLabel()
        self._find = QToolButton()
        self._find.setObjectName("framed")
        self._find.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if find is not None:
            self._find.setDefaultAction(find)
        clear = QPushButton(tr("Clear filters"))
        clear.clicked.connect(self.filters.clear)
        nothing_passes = QLabel(tr("No segment passes the filter."))
        for page in (self.view, _page(self._empty, self._find), _page(nothing_passes, clear)):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.filters)
        layout.addWidget(self._pages, 1)

    def _connect(self) -> None:
        header = self.view.horizontalHeader()
        header.setSectionsMovable(True)
        header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        self.view.setSortingEnabled(True)  # a click on the header sorts, and does not select the column
        header.sortIndicatorChanged.connect(lambda *_: self.arrange())
        for widget in (header, self.view):
            widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            widget.customContextMenuRequested.connect(partial(self._open_menu, widget))
        self.filters.view_menu.aboutToShow.connect(self._fill_menu)
        self.filters.changed.connect(self.arrange)
        self.filters.update_asked.connect(self.arrange)
        self.filters.left.connect(self._go_to_list)
        self.view.chosen.connect(self.chosen)
        self.view.opened.connect(self.opened)
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._count())
        again = QShortcut(QKeySequence("Ctrl+U"), self, self.arrange)
        again.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._segments.replaced.connect(self._replace)
        self._segments.changed.connect(self._follow)
        self._editor.rater_changed.connect(self._show_raters)
        self._editor.project_changed.connect(lambda _: self._show_scheme())
        self._editor.changed.connect(self._follow_edit)

    # What is shown

    def showEvent(self, event: QShowEvent) -> None:
        """The list is made when it is first looked at."""
        super().showEvent(event)
        if self._pending:
            self._arranged()
            self.view.reveal()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.filters.recolour(theme)
        self.view.recolour(theme)

    def show_chosen(self, ids: Sequence[int]) -> None:
        """Choose segments without telling anybody; those that are not listed cannot be."""
        self.view.show_chosen(ids)
        self._count()

    def arrange(self) -> None:
        """Filter and sort anew; the choice and the scroll position stay as far as they can.

        Of several segments chosen those that are no longer listed are given up, so that no label goes to what nobody
        sees; a single one stays in hand.
        """
        if not self.isVisible():
            self._pending = True
        elif self._arranged() and len(self.view.told) > 1:
            self.view.tell()

    def _arranged(self) -> bool:
        """Fill the list; whether something that was chosen is no longer there."""
        self._pending = self._unsorted = False
        gone = self.view.keep_place(self._fill)
        self._show_page()
        return gone

    @property
    def ids(self) -> list[int]:
        """The segments listed, in order."""
        return list(self.view.rows.ids)

    def arrangement(self) -> QByteArray:
        """Widths, places and order of the columns, to be kept in the settings."""
        return self.view.horizontalHeader().saveState()

    def restore(self, state: QByteArray) -> None:
        """Take over what `arrangement` gave; another version's is left alone."""
        self.view.horizontalHeader().restoreState(state)
        self._show_scheme()
        self.arrange()

    def _fill(self) -> None:
        found = self._segments.get()
        items = found.items if found is not None else {}
        self._filter = self.filters.current
        passing = [item for item in items.values() if self._filter.passes(item)]
        self._recount()
        key, descending = self._order()
        self.view.rows.show(items, in_order(passing, key, descending=descending))

    def _order(self) -> tuple[Callable[[SegmentItem], object], bool]:
        header = self.view.horizontalHeader()
        section = header.sortIndicatorSection()
        column = COLUMNS[section] if 0 <= section < len(COLUMNS) else RECORDING
        return column.key, header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder

    def _recount(self) -> None:
        """How many there would be without any filter but the rater's."""
        found, rater = self._segments.get(), self._filter.rater
        items = found.items.values() if found is not None else ()
        self._total = len(items) if rater is None else sum(item.row.rater == rater for item in items)

    def _show_page(self) -> None:
        project, listed = self._editor.project, bool(self.view.rows.ids)
        any_at_all = project is not None and bool(project.annotations)
        self._empty.setText(_NO_PROJECT if project is None else _NO_SEGMENTS)
        self._find.setVisible(project is not None and self._find.defaultAction() is not None)
        self.filters.setEnabled(any_at_all)
        self._pages.setCurrentIndex(0 if listed else 2 if any_at_all and self.filters.narrowed else 1)
        self._count()

    def _count(self) -> None:
        chosen = sum(each.height() for each in self.view.ranges())
        left_over = self._unsorted or bool(self.view.rows.dimmed)
        self.filters.show_count(len(self.view.rows.ids), self._total, chosen, left_over)

    # What changes

    def _replace(self) -> None:
        self.view.rows.show({}, [])
        self.view.show_chosen([])
        self._show_scheme()
        self._offer_raters()
        self.arrange()

    def _follow(self, change: ListChange) -> None:
        if self._pending or not self.isVisible():
            self._pending = True
            return
        found, rows = self._segments.get(), self.view.rows
        if found is None:
            return
        if len(change.added) + len(change.removed) > _MANY:
            self._arranged()
            return
        coming = [found.items[n] for n in (*change.added, *change.changed) if rows.row_of(n) < 0]
        coming = [item for item in coming if self._filter.passes(item)]
        going = [number for number in change.removed if rows.row_of(number) >= 0]
        if coming or going:
            self.view.keep_place(lambda: self._let_in_and_out(coming, going))
        self._keep([number for number in change.changed if rows.row_of(number) >= 0])
        if change.added or change.removed:
            self._recount()
        self._show_page()

    def _let_in_and_out(self, coming: Sequence[SegmentItem], going: Sequence[int]) -> None:
        found, rows = self._segments.get(), self.view.rows
        assert found is not None
        key, descending = self._order()
        for number in going:
            rows.remove(number)
        for item in coming:
            rows.insert(place_among(item, rows.ids, found.items, key, descending=descending), item.id)

    def _keep(self, changed: Sequence[int]) -> None:
        """What was edited stays where it is, dimmed if it would not pass any more."""
        found, rows = self._segments.get(), self.view.rows
        assert found is not None
        key, descending = self._order()
        for number in changed:
            if self._filter.passes(found.items[number]):
                rows.dimmed.discard(number)
            else:
                rows.dimmed.add(number)
            if not self._unsorted:
                row = rows.row_of(number)
                near = [found.items[each] for each in rows.ids[max(row - 1, 0) : row + 2]]
                self._unsorted = not are_in_order(near, key, descending=descending)
        rows.refresh(changed)

    def _follow_edit(self, edit: Edit) -> None:
        if any(isinstance(change.row, RaterRow) for change in edit.changes):
            self._show_raters(None)
        if any(change.row.id == SCHEME for change in edit.changes):
            self._show_scheme()

    def _show_raters(self, _: RaterRow | None) -> None:
        before = self.filters.current
        self._offer_raters()
        if self.filters.current != before:
            self.arrange()

    def _offer_raters(self) -> None:
        project = self._editor.project
        self.filters.show_raters(project.raters if project is not None else [], self._editor.rater)

    def _show_scheme(self) -> None:
        """Other labels to choose from, other colours, ratings or none."""
        scheme = self._editor.scheme
        self.filters.show_labels(scheme, ())
        for section, column in enumerate(COLUMNS):
            if column in RATINGS:
                self.view.setColumnHidden(section, not scheme.ratings)
        self.view.fit()
        self.view.recolour(self._theme)

    # Order and columns, without a mouse too

    def _open_menu(self, widget: QWidget, at: QPoint) -> None:
        self.filters.view_menu.popup(widget.mapToGlobal(at))

    def _fill_menu(self) -> None:
        menu, header = self.filters.view_menu, self.view.horizontalHeader()
        menu.clear()
        order, shown = menu.addMenu(tr("Sort by")), menu.addMenu(tr("Columns"))
        group = QActionGroup(menu)
        for section, column in enumerate(COLUMNS):
            if column in RATINGS and not self._editor.scheme.ratings:
                continue
            by = _checkable(order, tr(column.name.capitalize()), section == header.sortIndicatorSection())
            by.triggered.connect(lambda _, section=section: self._sort_by(section))
            group.addAction(by)
            if column is not RECORDING:  # something has to say which segment it is
                on = _checkable(shown, tr(column.name.capitalize()), not self.view.isColumnHidden(section))
                on.toggled.connect(partial(self._show_column, section))
        order.addSeparator()
        down = _checkable(order, tr("Descending"), self._order()[1])
        down.toggled.connect(lambda on: self._sort_by(header.sortIndicatorSection(), on))

    def _sort_by(self, section: int, descending: bool | None = None) -> None:
        orders = Qt.SortOrder
        order = orders.DescendingOrder if descending else orders.AscendingOrder
        self.view.horizontalHeader().setSortIndicator(section, order)

    def _show_column(self, section: int, on: bool) -> None:
        self.view.setColumnHidden(section, not on)
        self.view.fit()

    def _go_to_list(self) -> None:
        if self.view.rows.ids:
            self.view.setFocus()
            if not self.view.chosen_ids():
                self.view.selectRow(0)


def _checkable(menu: QMenu, words: str, on: bool) -> QAction:
    action = menu.addAction(words)
    action.setCheckable(True)
    action.setChecked(on)
    return action


def _page(words: QLabel, button: QWidget) -> QWidget:
    """An empty list's words, and what to do about it."""
    page = QWidget()
    words.setObjectName("muted")
    words.setAlignment(Qt.AlignmentFlag.AlignCenter)
    words.setWordWrap(True)
    layout = QVBoxLayout(page)
    layout.setSpacing(2 * SPACE)
    layout.addStretch(1)
    layout.addWidget(words)
    layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
    layout.addStretch(2)
    return page
