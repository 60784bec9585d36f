"""Coefficients of agreement with their intervals, beside one another to be read and copied."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea

from core_model.agreement import Agreement

from ..agreement_view import LABEL, Comparison, Measure
from ..translation import counted, tr
from .theme import SPACE, Theme

_LEAST_HEIGHT = 56  # px
_TIP = tr(
    "95 % intervals by resampling the units. The words are conventions: Landis and Koch "
    "(1977) for κ, Krippendorff (2004) for α; neither fits every label scheme."
)


class AgreementFigures(QScrollArea):
    """A table of measures; below it, of more than two raters, each pair."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._found: Comparison | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumHeight(_LEAST_HEIGHT)
        self.text = QLabel()
        self.text.setObjectName("panel")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        self.text.setAccessibleName(tr("Measures of agreement"))
        self.text.setToolTip(_TIP)
        self.setWidget(self.text)

    def show_measures(self, found: Comparison | None) -> None:
        """Show a comparison's coefficients, with intervals as far as they are known."""
        self._found = found
        self.text.setText(_page(found, self._theme) if found is not None else "")

    def wanted_width(self) -> int:
        """What no line of it is cut at; a scroll bar beside it, too."""
        bar = self.verticalScrollBar().sizeHint().width()
        return self.text.minimumSizeHint().width() + bar + 2 * SPACE

    def wanted_height(self, width: int) -> int:
        """What all of it takes at a width."""
        return self.text.heightForWidth(width) + 2 * SPACE

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.show_measures(self._found)


def _page(found: Comparison, theme: Theme) -> str:
    muted = theme.colours["muted"]
    head = tr("{units} that {who} rated").format(units=counted(found.common, "unit"), who=_who(found))
    rows = [f'<tr><td colspan="4" style="color:{muted}">{head}</td></tr>']
    rows += [_row(measure, muted) for measure in found.measures]
    if len(found.participants) > 2:
        name = tr("Cohen's κ") if found.question.what == LABEL else tr("Weighted κ")
        rows.append(
            f'<tr><td colspan="4" style="color:{muted}; padding-top:6px">{name} of each two</td></tr>'
        )
        rows += [_row(pair.kappa, muted, pair.share.found) for pair in found.pairs]
    return f'<table width="100%" cellspacing="0" cellpadding="1">{"".join(rows)}</table>'


def _who(found: Comparison) -> str:
    return "both" if len(found.participants) == 2 else tr("two or more")


def _row(measure: Measure, muted: str, share: Agreement | None = None) -> str:
    """Name, value, interval, word; of what is undefined, why."""
    found, name = (
        measure.found,
        f'<td style="padding-right:6px; white-space:nowrap">{escape(measure.name, quote=False)}</td>',
    )
    if found.value is None:
        reason = escape(measure.reason, quote=False)
        return f'<tr>{name}<td colspan="3" style="color:{muted}">– &nbsp;{reason}</td></tr>'
    as_share = measure.name == "Agreement"
    value = f'<td style="padding-right:6px"><b>{_number(found.value, as_share)}</b></td>'
    interval = ""
    if found.low is not None and found.high is not None:
        interval = tr("{number} to {number2}").format(
            number=_number(found.low, as_share), number2=_number(found.high, as_share)
        )
    word = (
        measure.word
        if share is None or share.value is None
        else tr("{value:.0%} alike").format(value=share.value)
    )
    cells = (interval, word)
    quiet = "".join(
        f'<td style="color:{muted}; padding-right:6px; white-space:nowrap">{escape(cell, quote=False)}</td>'
        for cell in cells
    )
    return f"<tr>{name}{value}{quiet}</tr>"


def _number(value: float, as_share: bool) -> str:
    text = f"{value:.0%}" if as_share else f"{value:.2f}"
    return text.replace("-", "−")
