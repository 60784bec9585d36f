"""The page of jobs: all of them at the left; of the one chosen how it goes, what it came to, its log."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from training_jobs.jobs.state import DONE, RESUMABLE

from ...jobs_watch import History, Job
from ...translation import counted, tr
from ..dialog_parts import caption, words
from ..pages import Pages
from ..theme import SPACE, Theme
from .job_list import JobList
from .job_words import doing, kind_of, started_at
from .learning_plot import LearningPlot
from .plan_view import size
from .result_view import ResultView

RESULT, CURVES, LOG = range(3)  # the tabs
LEARNING = ("finetune", "train")  # kinds of jobs that have curves, a model, and a dialog
_LIST = 320  # px
_NOT_LEARNED = tr("Curves are drawn here once training begins.")
_NO_RESULT = tr("What it came to is shown here once it is done.")
_NO_REPORT = tr("A job of this kind has no report. What it made is where it was told to put it; see its log.")
_ASK = tr(
    "{name}: its run folder takes {size}. Its report and checkpoints go; a model that it installed stays."
)


class JobsPage(QWidget):
    """Shows jobs; what the buttons ask for is done elsewhere."""

    cancel_asked = Signal(object)
    resume_asked = Signal(object)
    again_asked = Signal(object)
    size_asked = Signal(object)  # before it is deleted
    delete_asked = Signal(object)
    model_asked = Signal(object)
    chosen = Signal(list)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.job: Job | None = None
        self.list, self.result = JobList(theme), ResultView(theme)
        self.plot, self.log = LearningPlot(theme), QPlainTextEdit()
        self.tabs, self.stack = Pages(), QStackedWidget()
        self._name, self._state, self._progress = QLabel(), words(), QProgressBar()
        self._ids: tuple[str, ...] = ()  # of the jobs chosen
        self._asked: Job | None = None  # whether to delete it
        self._log_text = ""
        self._hint, self._told, self._no_curves = words(name="plan"), words(), words(_NOT_LEARNED)
        self._no_result, self._comparison = words(_NO_RESULT), words(name="plan")
        self.buttons = {
            name: QPushButton(text)
            for name, text in (
                ("cancel", tr("Cancel")),
                ("resume", tr("Resume")),
                ("model", tr("Use the model")),
                ("again", tr("Again with changes…")),
                ("delete", tr("Delete…")),
            )
        }
        self.question, self.question_words = QFrame(), words(name="plan")
        self.yes, self.no = QPushButton(tr("Delete it")), QPushButton(tr("Keep it"))
        self._lay_out()
        self._connect()
        self.show_jobs(())

    def _lay_out(self) -> None:
        both = QSplitter()
        both.setChildrenCollapsible(False)
        both.addWidget(self.list)
        both.addWidget(self._details())
        both.setSizes([_LIST, 1000])
        both.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(both)

    def _details(self) -> QWidget:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        self._name.setObjectName("heading")
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(self._name, 1)
        for button in self.buttons.values():
            head.addWidget(button)
        column.addLayout(head)
        self._progress.setTextVisible(False)
        self._comparison.hide()
        parts = (self._state, self._progress, self._hint, self._comparison, self._question(), self.tabs)
        for widget in parts:
            column.addWidget(widget, 1 if widget is self.tabs else 0)
        self.tabs.add(tr("Result"), self._one_of(self.result, self._no_result))
        self.tabs.add(tr("Curves"), self._curves())
        self.log.setReadOnly(True)
        self.log.setAccessibleName(tr("Log"))
        self.log.setPlaceholderText(tr("The job has told nothing yet."))
        self.tabs.add(tr("Log"), self.log)
        return whole

    def _question(self) -> QWidget:
        self.question.setObjectName("question")
        row = QHBoxLayout(self.question)
        row.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        row.addWidget(self.question_words, 1)
        row.addWidget(self.yes)
        row.addWidget(self.no)
        self.question.hide()
        return self.question

    def _curves(self) -> QWidget:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 2 * SPACE, 0, 0)
        column.addWidget(caption(tr("Choose several jobs (Ctrl+click) to compare them")))
        column.addWidget(self._one_of(self.plot, self._no_curves), 1)
        column.addWidget(self._told)
        return whole

    def _one_of(self, widget: QWidget, empty: QLabel) -> QWidget:
        """A widget, or the words that stand for it while there is nothing to show."""
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        stack = QStackedWidget()
        stack.addWidget(empty)
        stack.addWidget(widget)
        return stack

    def _connect(self) -> None:
        self.list.chosen.connect(self._show_chosen)
        for name, signal in (
            ("cancel", self.cancel_asked),
            ("resume", self.resume_asked),
            ("again", self.again_asked),
            ("delete", self.size_asked),
        ):
            self.buttons[name].clicked.connect(lambda _, signal=signal: signal.emit(self.job))
        self.buttons["model"].clicked.connect(self._use_model)
        self.no.clicked.connect(self.question.hide)
        self.yes.clicked.connect(self._delete)

    def show_jobs(self, jobs: Sequence[Job]) -> None:
        """Show the jobs as they stand."""
        self.list.show_jobs(jobs)
        if not jobs:
            self._show_chosen([])

    def show_histories(self, named: Sequence[tuple[Job, History]]) -> None:
        """Show the curves of the jobs chosen, and what the first one has told."""
        self.plot.show_histories([(job.name, history) for job, history in named])
        stack = self.plot.parentWidget()
        if isinstance(stack, QStackedWidget):
            stack.setCurrentIndex(0 if self.plot.empty else 1)
        told = list(named[0][1].lines) if named else []
        scores = [
            tr("{split}: UA {value:.1f} %, WA {value2:.1f} %").format(
                split=split, value=100 * kinds["network"][0], value2=100 * kinds["network"][1]
            )
            for split, kinds in (named[0][1].tested.items() if named else ())
            if "network" in kinds
        ]
        self._told.setText("\n".join([*scores[-4:], *told[-4:]]))

    def show_log(self, text: str) -> None:
        """Show the end of the log; whoever reads at its end stays there."""
        if text == self._log_text:
            return
        self._log_text = text
        bar = self.log.verticalScrollBar()
        at_end, place = bar.value() >= bar.maximum() - 4, bar.value()
        self.log.setPlainText(text)
        bar.setValue(bar.maximum() if at_end else place)

    def show_comparison(self, text: str) -> None:
        """How two jobs that are compared differ, in words."""
        self._comparison.setText(text)
        self._comparison.setVisible(bool(text))

    def show_result(self, there: bool) -> None:
        """Whether the job chosen has a result, which the view holds."""
        done = self.job is not None and self.job.state.status == DONE
        self._no_result.setText(_NO_REPORT if done else _NO_RESULT)
        stack = self.result.parentWidget()
        if isinstance(stack, QStackedWidget):
            stack.setCurrentIndex(1 if there else 0)

    def turn_to_result(self) -> None:
        """The job whose curves are looked at is done; whoever reads its log is left alone."""
        if self.tabs.currentIndex() == CURVES:
            self.tabs.setCurrentIndex(RESULT)

    def ask_to_delete(self, job: Job, amount: int) -> None:
        """Ask once more, with what it frees; unless another job has been chosen meanwhile."""
        if self.job is None or job.id != self.job.id:
            return
        self._asked = job
        self.question_words.setText(_ASK.format(name=job.name, size=size(amount)))
        self.question.show()
        self.no.setFocus()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        for part in (self.list, self.result, self.plot):
            part.recolour(theme)

    def _use_model(self) -> None:
        if self.job is not None:
            self.model_asked.emit(self.job)

    def _delete(self) -> None:
        self.question.hide()
        self.delete_asked.emit(self._asked)

    def _show_chosen(self, jobs: list[Job]) -> None:
        job = jobs[0] if jobs else None
        if self.job is None or job is None or job.id != self.job.id:
            self.question.hide()
            if job is not None and self.tabs.currentIndex() != LOG:
                learns = job.kind in LEARNING and job.state.status != DONE
                self.tabs.setCurrentIndex(CURVES if learns else RESULT)
        self.job = job
        ids = tuple(each.id for each in jobs)
        others, self._ids = ids != self._ids, ids
        self.chosen.emit(jobs)
        self.tabs.setVisible(job is not None)
        self._show_state(job)
        if len(jobs) > 1:
            self._name.setText(tr("{jobs} compared").format(jobs=counted(len(jobs), "job")))
            if others and any(each.kind in LEARNING for each in jobs):
                self.tabs.setCurrentIndex(CURVES)

    def _show_state(self, job: Job | None) -> None:
        state = job.state if job is not None else None
        self._name.setText(job.name if job is not None else "")
        self._state.setText(f"{kind_of(job)}, {started_at(job)}. {doing(job)}" if job is not None else "")
        self._hint.setText(state.hint if state is not None and state.is_over else "")
        self._hint.setVisible(bool(self._hint.text()))
        self._progress.setVisible(state is not None and not state.is_over)
        if state is not None:
            self._progress.setRange(0, 1000 if state.of else 0)
            self._progress.setValue(round(1000 * state.done / state.of) if state.of else 0)
        shows = {
            "cancel": state is not None and not state.is_over,
            "resume": state is not None and state.status in RESUMABLE,
            "again": job is not None and bool(job.kind),
            "delete": state is not None and state.is_over,
            "model": job is not None and state is not None and state.status == DONE and job.kind in LEARNING,
        }
        changeable = job is not None and job.kind in LEARNING
        self.buttons["again"].setText(tr("Again with changes…") if changeable else tr("Again"))
        for name, shown in shows.items():
            self.buttons[name].setVisible(shown)
