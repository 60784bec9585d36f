"""What a job would do, before it starts: who learns, who tests, what stands in the way, how long it takes."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from core_model.errors import HumpcatError
from training_jobs.jobs.cost import Cost
from training_jobs.tuning_plan import Part, TuningPlan

from ...translation import counted, tr
from ..dialog_parts import FaultLine, caption, words
from ..theme import SPACE, Theme

_MOST = 12  # speakers that are named
_LEARNS = {"tune": tr("Tunes"), "train": tr("Trains")}  # what the learning part does
_WHO = {
    "tune": tr("{speakers} tune: {names}."),
    "train": tr("{speakers} train: {names}."),
    "test": tr("{speakers} test: {names}."),
}


class PlanView(QScrollArea):
    """Shows a plan; `startable` says whether nothing stands in its way."""

    def __init__(self, learns: str, theme: Theme) -> None:
        super().__init__()
        self._learns, self._theme = learns, theme
        self.startable = False
        self.fault = FaultLine()
        self._sentence, self._verdict, self._doubts = words(name="plan"), QLabel(), words()
        self._who, self._cost, self._left_out = words(), words(name="plan"), words()
        self._not_used, self._counts = caption(tr("Not used")), QWidget()
        self._grid = QGridLayout(self._counts)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4 * SPACE)
        self._grid.setVerticalSpacing(SPACE)
        self._grid.setColumnStretch(3, 1)
        self._verdict.setWordWrap(True)
        inside = QWidget()
        inside.setObjectName("panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(4 * SPACE, 0, 3 * SPACE, 0)
        column.setSpacing(2 * SPACE)
        title = QLabel(tr("What it will do"))
        title.setObjectName("heading")
        for widget in (
            title,
            self.fault,
            self._sentence,
            self._counts,
            self._who,
            self._verdict,
            self._doubts,
        ):
            column.addWidget(widget)
        for widget in (self._not_used, self._left_out, self._cost):
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(inside)
        self.show_waiting()

    def show_waiting(self) -> None:
        """Nothing is known yet."""
        self.startable = False
        self._show(tr("Working it out…"))

    def show_error(self, error: HumpcatError) -> None:
        """It cannot be done as asked for."""
        self.startable = False
        self._show("")
        self.fault.show_fault(error)

    def show_plan(self, plan: TuningPlan, cost: Cost) -> None:
        """Show a plan and what it takes."""
        obstacles = [*plan.obstacles, *_no_room(cost)]
        self.startable = not obstacles
        self._show(plan.sentence)
        if obstacles:
            self.fault.show_fault(HumpcatError("\n".join(obstacles)))
        self._show_counts(plan)
        who = (_speakers(self._learns, plan.tuning), _speakers("test", plan.test))
        self._who.setText("\n".join(filter(None, who)))
        self._show_verdict(plan)
        self._doubts.setText("\n".join(f"· {doubt}" for doubt in plan.doubts))
        self._left_out.setText("\n".join(f"{count} × {reason}" for reason, count in plan.left_out.items()))
        self._cost.setText(_cost(cost))
        for widget in (self._counts, self._who, self._cost):
            widget.setVisible(True)
        self._doubts.setVisible(bool(plan.doubts))
        for widget in (self._not_used, self._left_out):
            widget.setVisible(bool(plan.left_out))

    def _show(self, sentence: str) -> None:
        self.fault.show_fault(None)
        self._sentence.setText(sentence)
        for widget in (
            self._counts,
            self._who,
            self._verdict,
            self._doubts,
            self._left_out,
            self._cost,
            self._not_used,
        ):
            widget.setVisible(False)

    def _show_counts(self, plan: TuningPlan) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for column, text in enumerate(("", _LEARNS[self._learns], tr("Tests"))):
            self._grid.addWidget(caption(text), 0, column, Qt.AlignmentFlag.AlignRight)
        labels = sorted({*plan.tuning.labels, *plan.test.labels})
        rows = [
            (tr("all"), plan.tuning.utterances, plan.test.utterances),
            *((label, plan.tuning.labels.get(label, 0), plan.test.labels.get(label, 0)) for label in labels),
            (tr("speakers"), len(plan.tuning.speakers), len(plan.test.speakers)),
        ]
        for at, (name, learn, test) in enumerate(rows, 1):
            self._grid.addWidget(QLabel(name), at, 0)
            for column, count in ((1, learn), (2, test)):
                self._grid.addWidget(QLabel(str(count)), at, column, Qt.AlignmentFlag.AlignRight)

    def _show_verdict(self, plan: TuningPlan) -> None:
        self._verdict.setVisible(True)
        if not plan.verdict:
            text, colour = (
                tr(
                    "Whether recordings are shared is not known yet: it is looked for once the corpus is read, by "
                    "Check the sound, and by the job itself."
                ),
                "muted",
            )
        elif plan.brand:
            text, colour = (
                tr("⚠ {verdict} Every score will be branded.").format(verdict=plan.verdict),
                "warning",
            )
        else:
            text, colour = f"✓ {plan.verdict}", "good"
        self._verdict.setText(f"<span style='color:{self._theme.colours[colour]}'>{escape(text)}</span>")


def duration(seconds: float) -> str:
    """A length of time as people say it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return tr("{value} min").format(value=round(seconds / 60))
    return f"{seconds / 3600:.1f} h"


def size(amount: float) -> str:
    """Bytes as people say them."""
    return f"{amount / 1e9:.1f} GB" if amount >= 1e9 else f"{max(1, round(amount / 1e6))} MB"


def _speakers(learns: str, part: Part) -> str:
    if not part.speakers:
        return ""
    names = [name.partition("/")[2] or name for name in part.speakers]
    more = tr(" and {value} more").format(value=len(names) - _MOST) if len(names) > _MOST else ""
    return _WHO[learns].format(speakers=counted(len(names), "speaker"), names=", ".join(names[:_MOST]) + more)


def _cost(cost: Cost) -> str:
    time = duration(cost.seconds)
    said = (
        tr("about {time} at most").format(time=time)
        if cost.known
        else tr("roughly {time}, a guess until a job has run on this machine").format(time=time)
    )
    told = tr(
        "Takes {said}; less where features are in the cache. Disk: up to {size} for features, {size2} free."
    ).format(said=said, size=size(cost.disk), size2=size(cost.free))
    if cost.free < cost.disk:
        told += " " + tr("Features that find no room are computed again when they are needed.")
    return told


def _no_room(cost: Cost) -> list[str]:
    if cost.free >= cost.least:
        return []
    return [
        tr(
            "The disk has {size} free, and the job itself needs {size2}. Free some space, or clear "
            "the feature cache on the page Models."
        ).format(size=size(cost.free), size2=size(cost.least))
    ]
