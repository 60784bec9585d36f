"""What is said of the segments in hand, and the means to say it: labels, doubt, ratings, a note."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core_model.label_schemes import RATINGS, AnnotationScheme
from core_model.project.rows import (
    ACCEPTED,
    ADJUDICATED,
    BY_HAND,
    COPIED,
    CORRECTED,
    IMPORTED,
    AnnotationRow,
)

from ..display.time_view import format_time
from ..translation import counted, tr
from .keys import EnterButton
from .label_tiles import LabelTiles
from .manikins import RatingRow
from .note_field import NoteField
from .theme import SPACE, Theme

_READ_ONLY = tr("This project is open for reading only: its segments can be looked at.")
_NOTHING = tr("Drag over the sound and press Ctrl+B, or press a label's key to make one.")
_STALE = tr("Stale: of other bounds, or of a model that is not in use. Predict again to bring it up to date.")
_ORIGINS = {
    BY_HAND: tr("by hand"),
    ACCEPTED: tr("accepted from a model"),
    CORRECTED: tr("other than a model's suggestion"),
    IMPORTED: "imported",
    ADJUDICATED: "decided",
    COPIED: tr("copied from another rater"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a model says of the segment in hand."""

    label: str
    confidence: float
    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    model: str
    stale: bool = False


class SegmentPanel(QScrollArea):
    """Shows what it is told and asks for changes; it never makes one.

    What comes back from the project after a change is shown by the next `show_segments`.
    """

    label_asked = Signal(str)
    label_cleared = Signal()
    accept_asked = Signal()
    unsure_asked = Signal(bool)
    note_asked = Signal(str, list)  # the note, and the ids of the segments that it was typed for
    rating_asked = Signal(str, object)  # valence, arousal or dominance; 1 to 7 or None
    left = Signal()  # Esc, or a note that is done: the keyboard goes back to the sound

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._segments: tuple[AnnotationRow, ...] = ()
        self._shows = 0
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._title, self._times = _label("heading"), _label("muted", wrap=True)
        self._suggestion = SuggestionChip(theme)
        self._tiles = LabelTiles(theme)
        self._unsure = _UnsureBox()
        self._ratings = _Ratings(theme)
        self._note = NoteField()
        self._said = _label("muted", wrap=True)
        self._lay_out()
        self._connect()
        self.show_nothing()

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setObjectName("panel")
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        head = QVBoxLayout()
        head.setSpacing(0)
        head.addWidget(self._title)
        head.addWidget(self._times)
        layout.addLayout(head)
        self._about_segments = [self._suggestion, self._unsure, self._ratings, self._note, self._said]
        for part in (self._suggestion, self._tiles, self._unsure, self._ratings, self._note, self._said):
            layout.addWidget(part)
        layout.addStretch(1)
        self.setWidget(inner)

    def _connect(self) -> None:
        self._suggestion.clicked.connect(self.accept_asked)
        self._tiles.label_asked.connect(self.label_asked)
        self._tiles.label_cleared.connect(self.label_cleared)
        self._tiles.laid_out.connect(self._put_tiles_in_order)
        self._unsure.asked.connect(self.unsure_asked)
        self._ratings.asked.connect(self.rating_asked)
        self._ratings.left.connect(self.left)
        self._note.asked.connect(self.note_asked)
        self._note.left.connect(self.left)

    def _put_tiles_in_order(self) -> None:
        for before, after in pairwise([self._suggestion, *self._tiles.in_order, self._unsure]):
            self.setTabOrder(before, after)

    def show_segments(
        self,
        scheme: AnnotationScheme,
        segments: Sequence[AnnotationRow],
        rate: int,
        rater: str,
        suggestion: Suggestion | None,
    ) -> None:
        """Show segments of one rater and recording, `rate` being the recording's; the first one is the current."""
        if not segments:
            self.show_nothing(scheme)
            return
        if not self._may_show([row.id for row in segments]):
            return
        self._segments = tuple(segments)
        self._show_head(rate)
        self._suggestion.show_suggestion(suggestion, scheme, {row.label for row in segments})
        self._tiles.show_labels(scheme, [row.label for row in segments])
        self._unsure.show_doubt([row.unsure for row in segments])
        self._ratings.show_segments(segments)
        self._note.show_notes([row.id for row in segments], [row.note for row in segments])
        self._said.setText(said_by(segments, rater, suggestion))
        for part in (self._tiles, self._unsure, self._note, self._said):
            part.show()
        self._suggestion.setVisible(suggestion is not None)
        self._ratings.setVisible(scheme.ratings)

    def show_nothing(self, scheme: AnnotationScheme | None = None, *, read_only: bool = False) -> None:
        """Say what to do first; with a scheme, its labels stay at hand, since one of them makes a segment."""
        if not self._may_show([]):
            return
        self._segments = ()
        self._note.show_notes([], [])
        self._title.setText(tr("No segment chosen"))
        self._times.setText(_READ_ONLY if read_only else _NOTHING)
        for part in self._about_segments:
            part.hide()
        self._tiles.setVisible(scheme is not None)
        if scheme is not None:
            self._tiles.show_labels(scheme, [])

    def commit_note(self) -> None:
        """Hand over what is typed; before the project in hand goes."""
        self._note.commit()

    def set_editable(self, on: bool) -> None:
        """Whether anything can be said, or only read."""
        for part in (self._suggestion, self._tiles, self._unsure, self._ratings):
            part.setEnabled(on)
        self._note.setReadOnly(not on)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        for part in (self._suggestion, self._tiles, self._ratings):
            part.recolour(theme)

    def sizeHint(self) -> QSize:
        """As the right side's other panels."""
        return QSize(264, 440)

    def minimumSizeHint(self) -> QSize:
        """It scrolls."""
        return QSize(200, 120)

    def _may_show(self, ids: list[int]) -> bool:
        """Keep a note that is typed for others first; False if what came of that was shown meanwhile."""
        self._shows += 1
        mine = self._shows
        if sorted(ids) != sorted(self._note.ids):
            self._note.commit()
        return mine == self._shows

    def _show_head(self, rate: int) -> None:
        rows = self._segments
        length = sum(row.end - row.start for row in rows) / rate
        if len(rows) > 1:
            unlabelled = sum(row.label is None for row in rows)
            self._title.setText(counted(len(rows), "segment"))
            self._times.setText(
                tr("{length:.3f} s together").format(length=length)
                + (tr(", {unlabelled} unlabelled").format(unlabelled=unlabelled) if unlabelled else "")
            )
            return
        row = rows[0]
        self._title.setText(row.label or tr("Unlabelled"))
        start, end = format_time(row.start / rate), format_time(row.end / rate)
        self._times.setText(f"{start} – {end}  ({length:.3f} s)")


class SuggestionChip(EnterButton):
    """The model's label with its probability, all probabilities as one bar, and what Enter does."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._suggestion: Suggestion | None = None
        self._colours: list[QColor] = []
        self._does = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(58)

    def show_suggestion(
        self, suggestion: Suggestion | None, scheme: AnnotationScheme, labels: set[str | None]
    ) -> None:
        """Show a suggestion beside the labels that the segments have already."""
        self._suggestion = suggestion
        if suggestion is None:
            return
        if suggestion.label not in scheme.names:
            self._does = tr("not in the scheme")
        else:
            self._does = tr("as labelled") if labels == {suggestion.label} else tr("Enter accepts")
        pairs = _by_probability(suggestion)
        self._colours = [QColor(scheme.colour_of(label)) for label, _ in pairs]
        words = tr("{model} suggests {label}, {confidence:.0%}").format(
            model=suggestion.model, label=suggestion.label, confidence=suggestion.confidence
        )
        self.setAccessibleName(f"{words}, {self._does}")
        shares = "\n".join(f"{label} {share:.1%}" for label, share in pairs)
        self.setToolTip(f"{words}\n{shares}" + (f"\n{_STALE}" if suggestion.stale else ""))
        self.setAccessibleDescription(_STALE if suggestion.stale else "")
        self.update()

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the panel."""
        return QSize(160, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two lines of words and the bar."""
        suggestion = self._suggestion
        if suggestion is None:
            return
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        inside = QRectF(self.rect()).adjusted(2 * SPACE, 4, -2 * SPACE, -4)
        first, second = QRectF(inside), QRectF(inside)
        first.setHeight(20)
        second.setTop(inside.top() + 20)
        second.setHeight(18)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        left = _line(painter, first, f"{suggestion.confidence:.0%}", theme.colour("text"), bold, right=True)
        _line(painter, left, suggestion.label, theme.colour("text"), bold)
        left = _line(painter, second, self._does, theme.colour("muted"), self.font(), right=True)
        by = tr("stale · {model}").format(model=suggestion.model) if suggestion.stale else suggestion.model
        _line(painter, left, by, theme.colour("warning" if suggestion.stale else "muted"), self.font())
        self._paint_bar(painter, QRectF(inside.left(), inside.bottom() - 8, inside.width(), 6))

    def _paint_ground(self, painter: QPainter) -> None:
        theme, focus = self._theme, self.hasFocus()
        hover = self.isEnabled() and (self.isDown() or self.underMouse())
        inset = 1.0 if focus else 0.5
        edge = theme.colour("accent" if focus else "border")
        pen = QPen(edge, 2 * inset)
        if not focus:
            pen.setStyle(Qt.PenStyle.DashLine)  # a suggestion is no label yet
            pen.setColor(theme.colour("strong_border"))
        painter.setPen(pen)
        painter.setBrush(theme.colour("hover" if hover else "panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 4, 4)

    def _paint_bar(self, painter: QPainter, place: QRectF) -> None:
        assert self._suggestion is not None
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("border"))
        painter.drawRect(place)
        left = place.left()
        for (_, share), colour in zip(_by_probability(self._suggestion), self._colours, strict=True):
            width = place.width() * share
            painter.setBrush(colour)
            painter.drawRect(QRectF(left, place.top(), max(width - 1, 0), place.height()))
            left += width


class _UnsureBox(QCheckBox):
    """Doubt: shown as told, asked for by a click."""

    asked = Signal(bool)

    def __init__(self) -> None:
        super().__init__(tr("Unsure (U)"))
        self.setAccessibleName(tr("Unsure"))
        self.setToolTip(tr("Mark doubt, or take the mark away (U)"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._state = Qt.CheckState.Unchecked
        self.clicked.connect(self._ask)

    def show_doubt(self, flags: Sequence[bool]) -> None:
        """Checked where all are unsure, half where some are."""
        partly = any(flags) and not all(flags)
        self._state = (
            Qt.CheckState.PartiallyChecked
            if partly
            else Qt.CheckState.Checked
            if any(flags)
            else Qt.CheckState.Unchecked
        )
        self.setTristate(partly)
        self.setCheckState(self._state)

    def _ask(self) -> None:
        wanted = self._state is not Qt.CheckState.Checked
        self.setCheckState(self._state)  # until the project says otherwise
        self.asked.emit(wanted)


class _Ratings(QWidget):
    """A row of figures for each rating, under its name."""

    asked = Signal(str, object)
    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(SPACE)
        layout.setVerticalSpacing(0)
        layout.setColumnStretch(0, 1)
        self._rows: dict[str, RatingRow] = {}
        self._words: dict[str, QLabel] = {}
        for place, name in enumerate(RATINGS):
            row, words = RatingRow(name, theme), _label("muted")
            words.setAlignment(Qt.AlignmentFlag.AlignRight)
            layout.addWidget(_label("", tr(name.capitalize())), 2 * place, 0)
            layout.addWidget(words, 2 * place, 1)
            layout.addWidget(row, 2 * place + 1, 0, 1, 2)
            row.asked.connect(self._asker(row))
            row.left.connect(self.left)
            self._rows[name], self._words[name] = row, words

    def show_segments(self, segments: Sequence[AnnotationRow]) -> None:
        """Show what the segments are rated."""
        for name, row in self._rows.items():
            row.show_values([getattr(each, name) for each in segments])
            self._words[name].setText(row.words)

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        for row in self._rows.values():
            row.recolour(theme)

    def _asker(self, row: RatingRow) -> Callable[[object], None]:
        return lambda value: self.asked.emit(row.name, value)


def said_by(segments: Sequence[AnnotationRow], rater: str, suggestion: Suggestion | None = None) -> str:
    """Who said it, when, and how it came about; of several segments when the last one was changed."""
    last = max(segments, key=lambda row: row.changed)
    parts = [rater] + ([_clock(last.changed)] if last.changed else [])
    origins = {row.origin for row in segments if row.label is not None}
    if len(origins) == 1:
        origin = origins.pop()
        known = suggestion is not None and not suggestion.stale and last.label == suggestion.label
        if origin == ACCEPTED and len(segments) == 1 and known and suggestion is not None:
            parts.append(tr("accepted from {model}").format(model=suggestion.model))
        else:
            parts.append(_ORIGINS.get(origin, origin))
    return ", ".join(parts)


def _clock(seconds: float) -> str:
    """The hour of today, or the day."""
    then, now = time.localtime(seconds), time.localtime()
    today = then[:3] == now[:3]
    return time.strftime("%H:%M" if today else "%Y-%m-%d %H:%M", then)


def _by_probability(suggestion: Suggestion) -> list[tuple[str, float]]:
    pairs = zip(suggestion.labels, suggestion.probabilities, strict=True)
    return sorted(pairs, key=lambda pair: -pair[1])


def _line(
    painter: QPainter, place: QRectF, text: str, colour: QColor, font: QFont, *, right: bool = False
) -> QRectF:
    """Draw one line, cut where it does not fit; what is left of the place."""
    painter.setFont(font)
    painter.setPen(colour)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
    painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, shown)
    return place.adjusted(0, 0, -(metrics.horizontalAdvance(shown) + 2 * SPACE if right else 0), 0)


def _label(name: str, text: str = "", wrap: bool = False) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setWordWrap(wrap)
    return label
