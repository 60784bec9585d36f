"""What a job came to: is it any good, where does it err, and how do its errors sound."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core_model.labels import colour_of

from ...job_result import BEFORE, NETWORK, JobResult, Said, Score
from ...translation import counted, tr
from ..confusion_table import Cell, ConfusionTable
from ..dialog_parts import FaultLine, caption, words
from ..pages import Pages
from ..sound_table import SoundColumn, SoundTable
from ..theme import SPACE, Theme
from .score_chart import ScoreChart, ScoreRow

_NOTHING_WRONG = tr("It got every test utterance right.")
_SERIES = {"network": "sad", "probe": "angry", "before": "neutral"}  # colours of emotions that stay apart


class ResultView(QWidget):
    """One report at a time."""

    play_asked = Signal(object)  # Said
    open_asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.result: JobResult | None = None
        self._listed: list[Said] = []
        self.brand, self.verdict = FaultLine(), QLabel()
        self.verdict.setWordWrap(True)
        self.chart = ScoreChart(theme)
        self.tables = {kind: ConfusionTable(theme) for kind in (BEFORE, NETWORK)}
        self._titles = {kind: caption("") for kind in self.tables}
        self.listed = SoundTable(tr("Test utterances"), theme)
        self.what, self.how_many = QComboBox(), caption("")
        self.speakers, self.curve = QTableWidget(), pg.PlotWidget()
        self.facts, self.tabs = words(), Pages()
        self.page = QPushButton(tr("Open the whole report"))
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        for widget in (self.brand, self.verdict, self.chart):
            layout.addWidget(widget)
        layout.addWidget(self.tabs, 1)
        self.tabs.add(tr("Errors"), self._errors())
        self.tabs.add(tr("Speakers"), self.speakers)
        self.tabs.add(tr("Learning curve"), self.curve)
        self.tabs.add(tr("How it was done"), self._about())
        self.speakers.setAccessibleName(tr("Speakers"))
        self.speakers.setTabKeyNavigation(False)
        self.curve.setAccessibleName(tr("Learning curve"))
        self.tables[BEFORE].setAccessibleName(tr("Confusion before fine-tuning"))
        self.tables[NETWORK].setAccessibleName(tr("Confusion of this model"))
        self.speakers.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.speakers.verticalHeader().hide()
        self.curve.setMenuEnabled(False)
        self.curve.hideButtons()
        self.curve.setLabel("left", "UA, %")
        self.curve.setLabel("bottom", tr("Share of the corpus that tunes, %"))
        self.curve.addLegend(offset=(-8, -8))
        self.recolour(self._theme)

    def _errors(self) -> QWidget:
        above = QWidget()
        row = QHBoxLayout(above)
        row.setContentsMargins(0, SPACE, 0, 0)
        row.setSpacing(4 * SPACE)
        for kind, table in self.tables.items():
            column = QVBoxLayout()
            column.addWidget(self._titles[kind])
            column.addWidget(table, 1)
            row.addLayout(column, 1)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, SPACE, 0, 0)
        line = QHBoxLayout()
        self.what.setAccessibleName(tr("Which utterances"))
        for text, stands_for in (
            (tr("it got wrong"), "wrong"),
            (tr("all"), "all"),
            (tr("of the cell chosen"), "cell"),
        ):
            self.what.addItem(text, stands_for)
        for widget in (caption(tr("Utterances")), self.what, self.how_many):
            line.addWidget(widget)
        line.addStretch(1)
        line.addWidget(caption(tr("Space plays, Enter opens in the workbench")))
        column.addLayout(line)
        column.addWidget(self.listed, 1)
        both = QSplitter(Qt.Orientation.Vertical)
        both.addWidget(above)
        both.addWidget(below)
        both.setStretchFactor(1, 1)
        both.setChildrenCollapsible(False)
        return both

    def _about(self) -> QWidget:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 2 * SPACE, 0, 0)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.facts)
        column.addWidget(self.page, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        return whole

    def _connect(self) -> None:
        for kind, table in self.tables.items():
            table.cell_chosen.connect(lambda cell, kind=kind: self._show_cell(kind, cell))
        self.what.activated.connect(lambda _: self._list())
        self.listed.play_asked.connect(lambda row: self.play_asked.emit(self._listed[row]))
        self.listed.opened.connect(lambda row: self.open_asked.emit(self._listed[row]))
        self.page.clicked.connect(self._open_page)

    def show_result(self, result: JobResult) -> None:
        """Show a report."""
        self.result = result
        self.brand.setText(result.brand)
        self.brand.setVisible(bool(result.brand))
        self.verdict.setText(result.verdict())
        rows = [ScoreRow(each.name, each.ua, each.wa) for each in result.kinds]
        if result.paper is not None:
            name, ua = result.paper
            rows.append(
                ScoreRow(tr("The paper’s claim, {name}").format(name=name), Score(ua), None, ours=False)
            )
        self.chart.show_rows(rows, 1 / max(1, len(result.labels)))
        self._show_confusion(result)
        self._show_speakers(result)
        self._show_curve(result)
        told = [result.protocol, result.leaks, *result.notes]
        self.facts.setText("\n\n".join(filter(None, told)))
        self.what.setCurrentIndex(0)
        self._list()

    def show_playing(self, key: object) -> None:
        """Mark the utterance that is heard."""
        self.listed.show_playing(next((at for at, said in enumerate(self._listed) if said is key), None))

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        self._theme = theme
        self.chart.recolour(theme)
        self.listed.recolour(theme)
        for table in self.tables.values():
            table.recolour(theme)
        self.curve.setBackground(theme.colour("plot"))
        for side in ("left", "bottom"):
            self.curve.getAxis(side).setPen(theme.colour("border"))
            self.curve.getAxis(side).setTextPen(theme.colour("muted"))
        self.curve.plotItem.legend.setLabelTextColor(theme.colour("text"))

    def _show_confusion(self, result: JobResult) -> None:
        for kind, table in self.tables.items():
            found = result.kind(kind)
            for widget in (table, self._titles[kind]):
                widget.setVisible(found is not None)
            if table.chosen is not None:
                table.choose(None)
            if found is not None:
                table.show_counts(result.labels, found.confusion, (tr("the corpus"), tr("it")), colour_of)
                self._titles[kind].setText(
                    tr("{name}: rows are the corpus’ labels, columns what it heard").format(name=found.name)
                )

    def _show_speakers(self, result: JobResult) -> None:
        network, before = result.kind(NETWORK), result.kind(BEFORE)
        columns = [
            tr("Speaker"),
            tr("Utterances"),
            "UA, %",
            "WA, %",
            *([tr("UA before, %")] if before else []),
        ]
        self.speakers.setColumnCount(len(columns))
        self.speakers.setHorizontalHeaderLabels(columns)
        rows = network.speakers if network else ()
        earlier = {name: ua for name, _, ua, _ in before.speakers} if before else {}
        self.speakers.setRowCount(len(rows))
        for at, (name, count, ua, wa) in enumerate(rows):
            cells = [name, str(count), f"{100 * ua:.1f}", f"{100 * wa:.1f}"]
            cells += [f"{100 * earlier[name]:.1f}"] if name in earlier else []
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.speakers.setItem(at, column, item)
        self.speakers.setColumnWidth(0, 200)

    def _show_curve(self, result: JobResult) -> None:
        self.curve.clear()
        self.tabs.setTabVisible(2, bool(result.curve))
        for series in dict.fromkeys(point.series for point in result.curve):
            points = [point for point in result.curve if point.series == series]
            pen = pg.mkPen(colour_of(_SERIES.get(series, "happy")), width=2)
            shares, scores = [100 * p.share for p in points], [100 * p.ua.value for p in points]
            self.curve.plot(shares, scores, pen=pen, symbol="o", symbolBrush=pen.color(), name=series)

    def _show_cell(self, kind: str, cell: Cell | None) -> None:
        if cell is not None:
            for other, table in self.tables.items():
                if other != kind and table.chosen is not None:
                    table.choose(None)
        self.what.setCurrentIndex(2 if cell is not None else 0)
        self._list()

    def _list(self) -> None:
        result = self.result
        if result is None:
            return
        wanted = self.what.currentData()
        chosen = next(((kind, table.chosen) for kind, table in self.tables.items() if table.chosen), None)
        listed = list(result.utterances)
        if wanted == "wrong" or (wanted == "cell" and chosen is None):
            listed = [each for each in listed if each.said.get(NETWORK, each.label) != each.label]
        elif wanted == "cell" and chosen is not None and chosen[1] is not None:
            kind, (row, column) = chosen
            pair = result.labels[row], result.labels[column]
            listed = [each for each in listed if (each.label, each.said.get(kind)) == pair]
        self._listed = listed
        self.how_many.setText(counted(len(listed), "utterance"))
        self.listed.show_rows(
            _columns(listed), len(listed), _NOTHING_WRONG if wanted == "wrong" else tr("None.")
        )

    def _open_page(self) -> None:
        if self.result is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.result.page)))


def _columns(listed: Sequence[Said]) -> list[SoundColumn]:
    def said(kind: str) -> list[str]:
        return [each.said.get(kind, "") for each in listed]

    heard, before = said(NETWORK), said(BEFORE)
    labels, speakers = [each.label for each in listed], [each.speaker for each in listed]
    confidence = np.array([each.confidence for each in listed])
    earlier = (
        [SoundColumn(tr("Before"), lambda row: before[row], np.array(before), 116, chip=True)]
        if any(before)
        else []
    )
    return [
        SoundColumn(tr("File"), lambda row: listed[row].file.name, np.arange(len(listed)), 0),
        SoundColumn(tr("Speaker"), lambda row: speakers[row], np.array(speakers), 84),
        SoundColumn(tr("Label"), lambda row: labels[row], np.array(labels), 116, chip=True),
        SoundColumn(tr("It heard"), lambda row: heard[row], np.array(heard), 116, chip=True),
        *earlier,
        SoundColumn(tr("Sure"), lambda row: f"{100 * confidence[row]:.0f} %", confidence, 72, right=True),
    ]
