"""The page of a corpus: what it was taken for and why, its files, its words, its problems. Shows; decides nothing."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ...corpora.corpus_table import CorpusTable, ProblemGroup, Recognised
from ...translation import counted, tr
from ..dialog_parts import FaultLine, caption, words
from ..pages import Pages
from ..sound_table import SoundColumn, SoundTable
from ..theme import SPACE, Theme
from .histograms import CountBars, LabelBars
from .label_table import LabelTable
from .problem_list import ProblemList
from .read_as import ReadAs, RefusedFolder

_LEFT, _WORDS = 312, 560  # px
_FILTER_MS = 120
_EMPTY = tr(
    "Drop a corpus here: a folder of labelled recordings, a table (.csv), or a project. Its "
    "files are only read; nothing leaves this computer."
)
_KNOWN = tr(
    "Recognised by themselves: RAVDESS, EMO-DB, EMOVO, TESS, SAVEE, MESD, ESD, URDU, "
    "CREMA-D, IEMOCAP, nEMO, BanglaSER, audformat databases, folders named by emotion, and "
    "any table with the columns file, emotion, speaker."
)


class CorpusPage(QWidget):
    """One corpus, or several taken as one."""

    folder_asked = Signal()
    table_asked = Signal()
    project_asked = Signal()
    add_asked = Signal()
    convention_chosen = Signal(str)  # "": as recognised
    refused_chosen = Signal(str)  # a convention for the folder that was refused
    label_changed = Signal(str, str)
    check_asked = Signal()
    cancel_asked = Signal()
    manifest_asked = Signal()
    tune_asked = Signal()
    source_asked = Signal()
    play_asked = Signal(int)
    open_asked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._table: CorpusTable | None = None
        self.fault = FaultLine()
        self.files = SoundTable(tr("Files of the corpus"), theme)
        self.labels, self.problems = LabelTable(), ProblemList()
        self.filter, self.only = QLineEdit(), QComboBox()
        self.refused, self.convention = RefusedFolder(), ReadAs()
        self._title, self._evidence, self._facts = QLabel(), words(), words()
        self.label_bars = LabelBars(tr("Utterances of each label"), theme)
        self.speaker_bars = CountBars(tr("Utterances of each speaker"), theme)
        self.length_bars = CountBars(tr("Lengths of the utterances"), theme)
        self._speakers, self._read_it = caption(tr("Speakers")), caption(tr("Read it as"))
        self.stack, self.tabs = QStackedWidget(), Pages()
        self._progress, self._doing = QProgressBar(), caption("")
        self._cancel = QPushButton(tr("Cancel"))
        self._buttons: dict[str, QPushButton] = {}
        self._settling = QTimer(self, singleShot=True, interval=_FILTER_MS)
        self._settling.timeout.connect(self._filter_rows)
        self._lay_out()
        self._connect()
        self.show_table(None)
        self.show_progress("", 0, 0)

    # Parts

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.fault)
        layout.addWidget(self.refused)
        layout.addWidget(self.stack, 1)
        self.stack.addWidget(self._empty_page())
        self.stack.addWidget(self._content())
        layout.addWidget(self._footer())

    def _empty_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setSpacing(3 * SPACE)
        column.addStretch(2)
        title = QLabel(tr("Choose a corpus"))
        title.setObjectName("emptyTitle")
        for label in (title, words(_EMPTY), words(_KNOWN)):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setFixedWidth(_WORDS)
            label.setFixedHeight(
                label.heightForWidth(_WORDS) if label.hasHeightForWidth() else label.sizeHint().height()
            )
            column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        row.addStretch(1)
        for name, text in (
            ("folder", tr("Choose a folder…")),
            ("table", tr("Choose a table…")),
            ("project", tr("My labels in this project")),
        ):
            button = QPushButton(text)
            button.setObjectName("primary" if name == "folder" else "")
            button.clicked.connect(lambda _, name=name: self._ask(name))
            self._buttons[f"empty {name}"] = button
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(3)
        return page

    def _content(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side())
        self.tabs.add(tr("Files"), self._files_page())
        self.tabs.add(tr("Labels"), self.labels)
        self.tabs.add(tr("Problems"), self.problems)
        row.addWidget(self.tabs, 1)
        return page

    def _side(self) -> QWidget:
        inside = QWidget()
        inside.setObjectName("panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        column.setSpacing(2 * SPACE)
        self._title.setObjectName("heading")
        self._title.setWordWrap(True)
        column.addWidget(self._title)
        column.addWidget(self._evidence)
        form = QHBoxLayout()
        form.addWidget(self._read_it)
        self.convention.insertItem(0, tr("recognised"), "")
        form.addWidget(self.convention, 1)
        column.addLayout(form)
        column.addWidget(self._facts)
        for title, bars in (
            (caption(tr("Labels")), self.label_bars),
            (self._speakers, self.speaker_bars),
            (caption(tr("Lengths")), self.length_bars),
        ):
            column.addSpacing(SPACE)
            column.addWidget(title)
            column.addWidget(bars)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(_LEFT)
        area.setWidget(inside)
        return area

    def _files_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 2 * SPACE, 0, 0)
        column.setSpacing(2 * SPACE)
        row = QHBoxLayout()
        row.setContentsMargins(2 * SPACE, 0, 2 * SPACE, 0)
        self.filter.setPlaceholderText(tr("Filter by a part of the name or speaker"))
        self.filter.setClearButtonEnabled(True)
        self.only.setAccessibleName(tr("Only this label"))
        self.only.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        row.addWidget(self.filter, 1)
        row.addWidget(self.only)
        column.addLayout(row)
        column.addWidget(self.files, 1)
        return page

    def _footer(self) -> QWidget:
        bar = QWidget()
        bar.setObjectName("panel")
        row = QHBoxLayout(bar)
        row.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        row.setSpacing(2 * SPACE)
        self._progress.setFixedWidth(160)
        self._progress.setTextVisible(False)
        for widget in (self._doing, self._progress, self._cancel):
            row.addWidget(widget)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(space)
        for name, text, tip in (
            ("folder", tr("Other corpus…"), tr("Read another folder in place of this one")),
            ("add", tr("Add a folder…"), tr("Take a further corpus together with this one")),
            (
                "check",
                tr("Check the sound"),
                tr("Listen to every file: silent, clipped, too short, identical audio"),
            ),
            (
                "manifest",
                tr("Save as manifest…"),
                tr("Write a table of all utterances, with your labels, to be read again"),
            ),
            (
                "source",
                tr("New source model…"),
                tr("Train a model from nothing on this, as the paper does on IEMOCAP"),
            ),
            (
                "tune",
                tr("Fine-tune…"),
                tr("Fine-tune a model on a small part of this, and test it on the rest"),
            ),
        ):
            button = QPushButton(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _, name=name: self._ask(name))
            self._buttons[name] = button
            row.addWidget(button)
        self._buttons["tune"].setObjectName("primary")
        return bar

    def _connect(self) -> None:
        self._cancel.clicked.connect(self.cancel_asked)
        self.convention.activated.connect(
            lambda _: self.convention_chosen.emit(self.convention.currentData())
        )
        self.refused.asked.connect(self.refused_chosen)
        self.labels.changed.connect(self.label_changed)
        self.files.play_asked.connect(self.play_asked)
        self.files.opened.connect(self.open_asked)
        self.problems.row_chosen.connect(self._show_row)
        self.filter.textChanged.connect(lambda _: self._settling.start())
        self.only.activated.connect(lambda _: self._filter_rows())

    def _ask(self, name: str) -> None:
        asks = {
            "folder": self.folder_asked,
            "table": self.table_asked,
            "project": self.project_asked,
            "add": self.add_asked,
            "check": self.check_asked,
            "manifest": self.manifest_asked,
            "source": self.source_asked,
            "tune": self.tune_asked,
        }
        asks[name].emit()

    # What is shown

    def show_table(self, table: CorpusTable | None) -> None:
        """Show a corpus, or the empty page."""
        self._table = table
        for name in ("folder", "add", "check", "manifest", "source", "tune"):
            self._buttons[name].setVisible(table is not None)
        self.stack.setCurrentIndex(0 if table is None else 1)
        if table is None:
            return
        self._show_what(table)
        self.label_bars.show_counts(table.label_counts)
        speakers = table.speaker_counts
        unknown = (
            tr(", of {utterances} unknown").format(utterances=counted(table.unknown_speakers, "utterance"))
            if table.unknown_speakers
            else ""
        )
        self._speakers.setText(
            tr("{speakers}{unknown}: utterances of each").format(
                speakers=counted(len(speakers), "speaker"), unknown=unknown
            )
        )
        counts = np.array([count for _, count in speakers], np.float64)
        self.speaker_bars.show_values(counts, tr("most"), tr("fewest") if len(counts) > 1 else "")
        self.length_bars.show_lengths(table.seconds)
        self.labels.show_words(table.words)
        self.only.clear()
        self.only.addItem(tr("all labels"), "")
        for name, _ in table.label_counts:
            self.only.addItem(name, name)
        self.files.show_rows(_columns(table), len(table), tr("The corpus has no utterance."))
        self._filter_rows()
        self.tabs.setTabText(0, tr("Files ({table})").format(table=len(table)))
        self.show_problems(None)

    def show_convention(self, name: str | None) -> None:
        """Show as what the folder was read; None: as recognised."""
        self.convention.setCurrentIndex(max(0, self.convention.findData(name or "")))

    def show_problems(self, problems: Sequence[ProblemGroup] | None) -> None:
        """Show what listening has found; None: nobody has listened yet."""
        if self._table is None:
            return
        self.problems.show_problems(self._table, problems, self._table.left_out)
        number = sum(len(group.found) for group in problems or ()) + sum(
            each.count for each in self._table.left_out if not each.harmless
        )
        self.tabs.setTabText(2, tr("Problems ({number})").format(number=number) if number else tr("Problems"))

    def show_progress(self, doing: str, done: float, of: float) -> None:
        """What goes on in the background; empty: nothing."""
        for widget in (self._doing, self._progress, self._cancel):
            widget.setVisible(bool(doing))
        self._doing.setText(doing)
        self._progress.setRange(0, 1000 if of else 0)
        self._progress.setValue(round(1000 * done / of) if of else 0)

    def enable(self, *, can_tune: bool, can_check: bool, has_project: bool) -> None:
        """Which buttons have something to act on."""
        for name in ("tune", "source", "manifest"):
            self._buttons[name].setEnabled(can_tune)
        self._buttons["check"].setEnabled(can_check)
        self._buttons["empty project"].setEnabled(has_project)
        self._buttons["empty project"].setToolTip(
            tr("Take the labels that were given in the project as a corpus")
            if has_project
            else tr("No project is open")
        )

    def recolour(self, theme: Theme) -> None:
        """Take a theme's colours."""
        for part in (self.files, self.label_bars, self.speaker_bars, self.length_bars):
            part.recolour(theme)

    def _show_what(self, table: CorpusTable) -> None:
        self._title.setText("\n".join(_titled(each) for each in table.recognised))
        told = [sentence for each in table.recognised for sentence in each.evidence]
        self._evidence.setText("\n".join(f"· {sentence}" for sentence in told))
        length = float(table.seconds.sum())
        if length > 5400:
            amount = f"{length / 3600:.1f} h"
        elif length > 90:
            amount = tr("{value:.0f} min").format(value=length / 60)
        else:
            amount = f"{length:.0f} s"
        self._facts.setText(
            "\n".join(
                [
                    tr("{utterances}, {amount} of speech").format(
                        utterances=counted(len(table), "utterance"), amount=amount
                    ),
                    *table.facts,
                ]
            )
        )
        for part in (self._read_it, self.convention):
            part.setVisible(len(table.recognised) == 1)

    def _filter_rows(self) -> None:
        table, text = self._table, self.filter.text().casefold()
        if table is None:
            return
        fits = np.ones(len(table), np.bool_)
        if label := self.only.currentData():
            fits &= table.label == table.labels.index(label)
        if text:
            of_speaker = np.array([text in name.casefold() for name in table.speakers])
            in_name = np.array([text in name.casefold() for name in table.files])
            fits &= in_name | of_speaker[table.speaker]
        self.files.keep(np.flatnonzero(fits))

    def _show_row(self, row: int) -> None:
        self.filter.clear()
        self._settling.stop()
        self.only.setCurrentIndex(0)
        self._filter_rows()
        self.tabs.setCurrentIndex(0)
        self.files.choose(row)
        self.files.setFocus()


def file_of(table: CorpusTable, row: int) -> tuple[Path, float | None, float | None]:
    """A row's file, and where in it the utterance is (s; None: the file's own ends)."""
    start, end = float(table.starts[row]), float(table.ends[row])
    return (
        Path(table.folder, table.files[row]),
        None if np.isnan(start) else start,
        None if np.isnan(end) else end,
    )


def _titled(found: Recognised) -> str:
    sure = (
        "" if found.confidence >= 0.995 else tr(", {value:.0f} % sure").format(value=100 * found.confidence)
    )
    return f"{found.title}{sure}"


def _columns(table: CorpusTable) -> list[SoundColumn]:
    timed = not bool(np.isnan(table.starts).all())
    starts = (
        [SoundColumn(tr("Start"), lambda row: f"{table.starts[row]:.2f}", table.starts, 72, right=True)]
        if timed
        else []
    )
    rank = np.arange(len(table))
    return [
        SoundColumn(tr("File"), lambda row: table.files[row], rank, 0),
        SoundColumn(tr("Label"), lambda row: table.labels[table.label[row]], table.label, 120, chip=True),
        SoundColumn(
            tr("Speaker"), lambda row: table.speakers[table.speaker[row]] or tr("unknown"), table.speaker, 140
        ),
        *starts,
        SoundColumn(tr("Length"), lambda row: f"{table.seconds[row]:.2f} s", table.seconds, 84, right=True),
    ]
