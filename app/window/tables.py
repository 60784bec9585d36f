"""The dock below the sound: all segments in a table, the review queue, and how far raters agree."""

from PySide6.QtCore import QByteArray, QSettings, Signal

from ..editor import Editor
from ..tasks import TaskPool
from ..translation import tr
from .actions import Actions
from .agreement_panel import AgreementPanel
from .pages import Pages
from .review_panel import ReviewPanel
from .segment_table import SegmentTable
from .segmenting import Segmenting
from .segments import Segments
from .theme import Theme

_COLUMNS = "window/segment_columns"


class Tables(Pages):
    """Choosing a row takes its segment in hand, and the other way round."""

    play_asked = Signal()

    def __init__(
        self, editor: Editor, segmenting: Segmenting, tasks: TaskPool, actions: Actions, theme: Theme
    ) -> None:
        super().__init__()
        self._editor, self._segmenting = editor, segmenting
        self.segments = Segments(editor, self)
        self.table = SegmentTable(self.segments, editor, theme, actions["segment_speech"])
        self.review = ReviewPanel(self.segments, editor, theme)
        self.agreement = AgreementPanel(editor, tasks, lambda: segmenting.recording_id, theme)
        self.add(tr("Segments"), self.table)
        self.add(tr("Review"), self.review)
        self.add(tr("Agreement"), self.agreement)
        for page in (self.table, self.review):
            page.chosen.connect(self._choose)
            page.opened.connect(self._open)
        self.agreement.unit_chosen.connect(self._visit)
        self.agreement.unit_opened.connect(self._visit_and_play)
        segmenting.chosen_changed.connect(self._show_chosen)
        segmenting.recording_changed.connect(self.agreement.show_recording)
        segmenting.go_on = self._go_on
        self.review.addAction(actions["accept"])

    def use_model(self, model_id: str | None) -> None:
        """Another model is in use: what others suggested is stale."""
        self.segments.use_model(model_id)
        self.agreement.use_model(model_id)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        for page in (self.table, self.review, self.agreement):
            page.recolour(theme)

    def remember(self, settings: QSettings) -> None:
        """Keep how the columns are arranged."""
        settings.setValue(_COLUMNS, self.table.arrangement())

    def restore(self, settings: QSettings) -> None:
        """Arrange the columns as they were."""
        state = settings.value(_COLUMNS)
        if isinstance(state, QByteArray):
            self.table.restore(state)

    def _choose(self, ids: list[int]) -> None:
        """Segments of the current rater are taken in hand; those of others can only be looked at."""
        project, rater = self._editor.project, self._editor.rater
        rows = [
            row for number in ids if project is not None and (row := project.annotation(number)) is not None
        ]
        own = [row.id for row in rows if rater is not None and row.rater == rater.id]
        if own or not rows:
            self._segmenting.choose(own)
        else:
            self._segmenting.visit(rows[0].recording, rows[0].span)

    def _open(self, number: int) -> None:
        self._choose([number])
        self.play_asked.emit()

    def _visit(self, recording: int, start: int, end: int) -> None:
        self._segmenting.visit(recording, (start, end))

    def _visit_and_play(self, recording: int, start: int, end: int) -> None:
        self._visit(recording, start, end)
        self.play_asked.emit()

    def _go_on(self) -> None:
        """After a label: the next of the queue for whoever works there."""
        if self.review.view.hasFocus():
            self.review.next_left()
        else:
            self._segmenting.next_unlabelled()

    def _show_chosen(self) -> None:
        ids = [row.id for row in self._segmenting.segments]
        self.table.show_chosen(ids)
        self.review.show_chosen(ids)

    def go_to(self, page: SegmentTable | ReviewPanel | AgreementPanel) -> None:
        """Bring a page to the front and give it the keyboard."""
        self.show_page(page)
        page.setFocus()
