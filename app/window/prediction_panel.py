"""What the model says of the recording in hand: label, confidence, probabilities; and the deletion test."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QProgressBar,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core_model.labels import colour_of

from ..predictions import DeletionTest, Predicted, State
from ..translation import tr
from .actions import Actions
from .bars import Bars
from .file_name import FileName
from .theme import SPACE, Theme

_QUESTION = tr(
    "Does the relevance curve hold? Silence the most relevant 20 % of the time, then random "
    "20 %, and compare."
)


class LabelChip(QWidget):
    """The predicted label, large, beside a disc of its colour."""

    def __init__(self) -> None:
        super().__init__()
        self._label, self._confidence = "", 0.0
        self.setFixedHeight(52)

    def show_label(self, label: str, confidence: float) -> None:
        """Show a label."""
        self._label, self._confidence = label, confidence
        self.setAccessibleName(
            tr("{label}, confidence {confidence:.0%}").format(label=label, confidence=confidence)
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A disc, the word, the confidence under it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour_of(self._label)))
        painter.drawEllipse(QRectF(0, 6, 40, 40))
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.7)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(self.palette().text().color())
        painter.drawText(QRectF(52, 0, self.width() - 52, 32), Qt.AlignmentFlag.AlignVCenter, self._label)
        painter.setFont(self.font())
        painter.setPen(self.palette().placeholderText().color())
        words = tr("{confidence:.0%} confident").format(confidence=self._confidence)
        painter.drawText(QRectF(52, 30, self.width() - 52, 20), Qt.AlignmentFlag.AlignVCenter, words)


class PredictionPanel(QScrollArea):
    """Empty, busy, or a prediction."""

    def __init__(self, actions: Actions, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._chip, self._bars = LabelChip(), Bars(tr("Probabilities"), theme)
        self._stale = _label("stale", wrap=True)
        self._by = _label("muted", wrap=True)
        self._empty_title, self._empty = _label("emptyTitle"), _label("muted", wrap=True)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._predict = _button(actions, "predict", primary=True)
        self._deletion = _DeletionBox(actions, theme)
        self._file = FileName()
        self._file.setObjectName("heading")
        self._facts = _label("muted", wrap=True)
        self._lay_out()
        self.show_nothing(tr("No recording"), tr("Open a recording, then predict its emotion here."), False)

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setObjectName("panel")
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        self._result: list[QWidget] = [self._chip, self._bars, self._by, self._deletion]
        for widget in (self._file, self._facts):
            layout.addWidget(widget)
        layout.addSpacing(2 * SPACE)
        below = [self._stale, self._empty_title, self._empty, self._chip, self._bars, self._by, self._busy]
        for part in below:
            layout.addWidget(part)
        layout.addWidget(self._predict, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addSpacing(2 * SPACE)
        layout.addWidget(self._deletion)
        layout.addStretch(1)
        self.setWidget(inner)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self._bars.recolour(theme)
        self._deletion.recolour(theme)

    def show_recording(self, name: str, facts: str) -> None:
        """Say which recording is in hand."""
        self._file.setText(name)
        self._file.setToolTip(name)
        self._facts.setText(facts)
        for label in (self._file, self._facts):
            label.setVisible(bool(label.text()))

    def show_nothing(self, title: str, words: str, can_predict: bool) -> None:
        """Say what to do first."""
        for widget in (*self._result, self._stale, self._busy):
            widget.hide()
        self._empty_title.setText(title)
        self._empty.setText(words)
        self._empty_title.show()
        self._empty.show()
        self._predict.setVisible(can_predict)

    def show_prediction(self, predicted: Predicted, state: State, model_in_use: str) -> None:
        """Show a prediction, and whether the model in use made it."""
        fact = predicted.fact
        for hidden in (self._empty_title, self._empty, self._busy):
            hidden.hide()
        for widget in self._result:
            widget.show()
        self._chip.show_label(fact.emotion, fact.confidence)
        pairs = sorted(zip(fact.labels, fact.probabilities, strict=True), key=lambda pair: -pair[1])
        self._bars.set_rows([(label, p, QColor(colour_of(label))) for label, p in pairs])
        windows = len(fact.windows)
        over = tr("one window") if windows == 1 else tr("{windows} windows").format(windows=windows)
        at = " · ".join(part for part in (over, predicted.device, predicted.precision) if part)
        lines = [
            tr("by model {model_name} ({value})").format(model_name=fact.model_name, value=fact.model_id[:8]),
            at,
        ]
        if predicted.explanation is not None:
            lines.append(
                tr("{prosody_share:.0%} of the relevance is prosody's, which belongs to no moment").format(
                    prosody_share=predicted.explanation.prosody_share
                )
            )
        self._by.setText("\n".join(lines))
        self._stale.setText(
            tr("Stale: the model in use is {model_in_use}. Predict again to bring it up to date.").format(
                model_in_use=model_in_use
            )
        )
        self._stale.setVisible(state is State.STALE)
        self._predict.setVisible(state is State.STALE)
        self._deletion.show_test(predicted.deletion)

    def show_busy(self, text: str) -> None:
        """Say that a prediction is being made."""
        self.show_nothing(text, "", can_predict=False)
        self._empty.hide()
        self._busy.show()


class _DeletionBox(QWidget):
    """The deletion test: what it asks, and both drops once it was made."""

    def __init__(self, actions: Actions, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._bars = Bars(tr("Deletion test"), theme)
        self._words = _label("muted", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(_label("heading", tr("Deletion test")))
        layout.addWidget(self._words)
        layout.addWidget(self._bars)
        layout.addWidget(_button(actions, "deletion_test"), 0, Qt.AlignmentFlag.AlignLeft)
        self.show_test(None)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self._bars.recolour(theme)

    def show_test(self, test: DeletionTest | None) -> None:
        """Show both drops, or what the test would tell."""
        self._bars.setVisible(test is not None)
        if test is None:
            self._words.setText(_QUESTION)
            return
        self._words.setText(verdict(test))
        colour = QColor(colour_of(test.label))
        rows = [
            (tr("drop, most relevant 20 %"), test.drop_relevant),
            (tr("drop, random 20 % ({draws} draws)").format(draws=len(test.draws)), test.drop_random),
        ]
        self._bars.set_rows([(name, drop, colour) for name, drop in rows])


def verdict(test: DeletionTest) -> str:
    """What a deletion test says of the relevance curve, in a sentence."""
    most = tr("Silencing the most relevant time")
    if test.drop_relevant <= 0:
        return tr("{most} does not lower the probability of {label}: do not trust the curve here.").format(
            most=most, label=test.label
        )
    than = tr("lowers the probability of {label}").format(label=test.label)
    if test.drop_relevant <= test.drop_random:
        return tr("{most} {than} no more than silencing random time: do not trust the curve here.").format(
            most=most, than=than
        )
    return tr("{most} {than} more than silencing random time: the curve holds here.").format(
        most=most, than=than
    )


def _label(name: str, text: str = "", wrap: bool = False) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setWordWrap(wrap)
    return label


def _button(actions: Actions, name: str, primary: bool = False) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(actions[name])
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setObjectName("primary" if primary else "framed")
    return button
