"""The encoders: which are here, which can be fetched; and the feature cache below them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...keeping import EncoderFacts, FetchPlan
from ...translation import counted, tr
from ..dialog_parts import FaultLine, caption, words
from ..theme import SPACE, Theme, icon
from ..tuning.plan_view import size

_COLUMNS = (tr("Encoder"), tr("Here"), tr("Size"), tr("Comes from"), tr("Licence"), tr("What it is"))
_WIDTHS = (170, 90, 84, 250, 130, 200)
_ABOUT = tr(
    "An encoder is the speech model whose layers a model reads. The paper's is HuBERT base. "
    "It is downloaded from the Hugging Face hub once, when you say so, or copied from a "
    "folder that transformers' save_pretrained wrote."
)
_CACHE = tr(
    "The feature cache holds what encoders have said of your recordings, so that nothing is "
    "computed twice: {}."
)


class EncoderPage(QWidget):
    """What the buttons ask for is done elsewhere."""

    fetch_asked = Signal(str)  # tell what it brings
    fetch_confirmed = Signal(str)
    pause_asked = Signal()
    add_asked = Signal()
    verify_asked = Signal(str)
    remove_asked = Signal(str)
    clear_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._encoders: tuple[EncoderFacts, ...] = ()
        self._confirmed: Callable[[], None] = lambda: None  # what Yes is the answer to
        self._held = 0  # bytes of the cache
        self.busy = False
        self.fault, self.table = FaultLine(), QTableWidget(0, len(_COLUMNS))
        self.fetch, self.pause = QPushButton(), QPushButton()
        self.add, self.remove = QPushButton(tr("Add from a folder…")), QPushButton(tr("Remove…"))
        self.verify = QPushButton(tr("Verify"))
        self.verify.setToolTip(tr("Compare the weights with the hash that they had when they came"))
        self.bar, self.doing = QProgressBar(), caption("")
        self.question, self.question_words = QFrame(), words(name="plan")
        self.yes, self.no = QPushButton(tr("Download")), QPushButton(tr("Not now"))
        self.clear, self.cache = QPushButton(tr("Clear the cache…")), words()
        self._lay_out()
        self._connect()
        self.show_encoders(())
        self.show_progress("", 0, 0)

    def _lay_out(self) -> None:
        self.table.setAccessibleName(tr("Encoders"))
        self.table.setHorizontalHeaderLabels(list(_COLUMNS))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(28)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        for column, width in enumerate(_WIDTHS):
            self.table.setColumnWidth(column, width)
        self.table.horizontalHeader().setSectionResizeMode(5, QHeaderView.ResizeMode.Stretch)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(240)
        self.yes.setObjectName("primary")
        self.question.setObjectName("question")
        asking = QHBoxLayout(self.question)
        asking.addWidget(self.question_words, 1)
        asking.addWidget(self.yes)
        asking.addWidget(self.no)
        self.question.hide()
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * SPACE)
        for widget in (self.fetch, self.pause, self.add, self.verify, self.remove, self.bar, self.doing):
            buttons.addWidget(widget)
        buttons.addStretch(1)
        below = QHBoxLayout()
        below.addWidget(self.cache, 1)
        below.addWidget(self.clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        for part in (words(_ABOUT), self.fault):
            layout.addWidget(part)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.question)
        layout.addLayout(buttons)
        layout.addSpacing(2 * SPACE)
        layout.addLayout(below)

    def _connect(self) -> None:
        self.table.itemSelectionChanged.connect(self._enable)
        self.fetch.clicked.connect(self._ask_to_fetch)
        self.pause.clicked.connect(self.pause_asked)
        self.add.clicked.connect(self.add_asked)
        self.verify.clicked.connect(self._ask_to_verify)
        self.remove.clicked.connect(self._ask_to_remove)
        self.clear.clicked.connect(self._ask_to_clear)
        self.no.clicked.connect(self.question.hide)
        self.yes.clicked.connect(self._confirm)

    @property
    def current(self) -> EncoderFacts | None:
        """The encoder chosen."""
        row = self.table.currentRow()
        return self._encoders[row] if 0 <= row < len(self._encoders) else None

    def show_encoders(self, encoders: Sequence[EncoderFacts]) -> None:
        """Show what is here and what can be fetched."""
        name = self.current.name if self.current is not None else ""
        self._encoders = tuple(encoders)
        self.table.setRowCount(len(encoders))
        for row, each in enumerate(encoders):
            here = tr("yes") if each.here else tr("no")
            if each.begun:
                here = tr("{begun} so far").format(begun=size(each.begun))
            texts = (each.name, here, size(each.size), each.source, each.licence, each.detail)
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(row, column, item)
            mark = ("check-circle", "good") if each.here else ("download-simple", "muted")
            first = self.table.item(row, 0)
            if first is not None:
                first.setIcon(icon(mark[0], self._theme, mark[1]))
        names = [each.name for each in encoders]
        wanted = name if name in names else next((each.name for each in encoders if not each.here), "")
        if wanted in names:
            self.table.selectRow(names.index(wanted))
        self._enable()

    def show_plan(self, plan: FetchPlan) -> None:
        """Ask before anything is downloaded."""
        licence = plan.licence or tr("not stated; see its page")
        self._ask(
            tr(
                "Download {size} from {address}? Weights: {origin}. Licence: {licence}. It can be "
                "paused, goes on where it stopped, and is verified by its hash."
            ).format(size=size(plan.size), address=plan.address, origin=plan.origin, licence=licence),
            tr("Download"),
            tr("Not now"),
            lambda: self.fetch_confirmed.emit(plan.name),
        )
        self.yes.setFocus()

    def show_start(self, doing: str, *, resumes: bool) -> None:
        """Something begins, which goes on where it was stopped, or not; what was asked before is stale."""
        self.question.hide()
        self.pause.setText(tr("Pause") if resumes else tr("Stop"))
        self.show_progress(doing, 0, 0)

    def show_progress(self, doing: str, done: float, of: float) -> None:
        """What goes on; empty: nothing."""
        self.busy = bool(doing)
        for widget in (self.bar, self.doing):
            widget.setVisible(self.busy)
        self.bar.setRange(0, 1000 if of else 0)
        self.bar.setValue(round(1000 * done / of) if of else 0)
        self.doing.setText(
            tr("{doing}: {size} of {size2}").format(doing=doing, size=size(done), size2=size(of))
            if of
            else doing
        )
        self._enable()

    def show_cache(self, files: int, held: int) -> None:
        """How much the feature cache holds."""
        self._held = held
        self.cache.setText(
            _CACHE.format(
                tr("{size} in {files}").format(size=size(held), files=counted(files, "file"))
                if files
                else tr("empty")
            )
        )
        self._enable()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.show_encoders(self._encoders)

    def _enable(self) -> None:
        current = self.current
        self.fetch.setText(
            tr("Resume the download") if current is not None and current.begun else tr("Download…")
        )
        self.fetch.setEnabled(current is not None and not current.here and not self.busy)
        self.add.setEnabled(not self.busy)
        self.clear.setEnabled(self._held > 0 and not self.busy)
        self.verify.setEnabled(current is not None and current.here and not self.busy)
        self.remove.setEnabled(current is not None and current.here and not current.fixed and not self.busy)
        self.pause.setVisible(self.busy)

    def _ask_to_fetch(self) -> None:
        current = self.current
        if current is not None:
            self.fault.show_fault(None)
            (self.fetch_confirmed if current.begun else self.fetch_asked).emit(current.name)

    def _confirm(self) -> None:
        self.question.hide()
        self._confirmed()

    def _ask(self, question: str, yes: str, no: str, confirmed: Callable[[], None]) -> None:
        self._confirmed = confirmed
        self.question_words.setText(question)
        self.yes.setText(yes)
        self.no.setText(no)
        self.question.show()

    def _ask_to_verify(self) -> None:
        if self.current is not None:
            self.fault.show_fault(None)
            self.verify_asked.emit(self.current.name)

    def _ask_to_remove(self) -> None:
        current = self.current
        if current is not None:
            self._ask(
                tr(
                    "Remove the encoder {name} ({size})? Models that need it cannot predict until it is back."
                ).format(name=current.name, size=size(current.size)),
                tr("Remove it"),
                tr("Keep it"),
                lambda: self.remove_asked.emit(current.name),
            )
            self.no.setFocus()

    def _ask_to_clear(self) -> None:
        self._ask(
            tr(
                "Clear the cache ({size})? Jobs compute features anew, which can take hours on a large corpus."
            ).format(size=size(self._held)),
            tr("Clear it"),
            tr("Keep it"),
            self.clear_asked.emit,
        )
        self.no.setFocus()
