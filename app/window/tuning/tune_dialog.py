"""Fine-tune a model: which one, on how much of the corpus, how."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from training_jobs.jobs.options import FinetuneOptions
from training_jobs.recipe import TUNING_RECIPE
from training_jobs.splits import RANDOM, SPEAKER_DISJOINT

from ...corpora.corpus_table import Asked
from ...models import ModelFacts
from ...tasks import TaskPool
from ...translation import tr
from ..theme import SPACE, Theme
from . import form
from .job_dialog import JobDialog, Plan, free_name

_LEAST, _MOST, _FIRST = 1, 80, 20  # % that tunes
_MODEL = tr("What it knows is kept and bent towards your corpus. Its labels stay as they are.")
_NAME = tr("It will be among the models under this name when the job is done.")
_SPLIT = tr(
    "The part that tunes is learned from; all the rest tests, and is never learned from. By "
    "speakers, the test tells how the model fares with people it has never heard."
)


class TuneDialog(JobDialog):
    """Made for one corpus; `show_options` fills in those of a job that is to be done again with changes."""

    def __init__(
        self,
        asked: Asked,
        corpus: str,
        models: Sequence[ModelFacts],
        model: str,
        plan: Plan,
        tasks: TaskPool,
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(
            tr("Fine-tune on {corpus}").format(corpus=corpus),
            "tune",
            TUNING_RECIPE,
            plan,
            tasks,
            theme,
            parent,
        )
        self._models = {choice.name: choice for choice in models}
        self._base = FinetuneOptions(
            corpora=asked.sources,
            corpus=asked.corpus,
            label_map=asked.label_map,
            label_changes=dict(asked.changes or {}),
            model="",
        )
        self._splits: tuple[Path, ...] = ()
        self.model = form.box([(choice.name, str(choice.folder)) for choice in models])
        self.model.setCurrentText(model)
        self.name.setText(free_name(f"{corpus}-tuned"))
        self.preset, self.own = QRadioButton(tr("As in the paper")), QRadioButton(tr("My own share"))
        self.share, self.share_words = QSlider(Qt.Orientation.Horizontal), QLabel()
        self.mode = form.box(
            ((tr("of the speakers"), SPEAKER_DISJOINT), (tr("of each label's utterances"), RANDOM)),
            SPEAKER_DISJOINT,
        )
        self.draws, self.curve = form.number(1, 50, 1), QCheckBox(tr("Also the learning curve"))
        self.rate = QLineEdit(f"{TUNING_RECIPE.learning_rate:g}")
        self.files, self.no_files = QPushButton(tr("Choose files…")), QPushButton(tr("Without files"))
        self._about_model = self.form.add(tr("Start from"), self.model, _MODEL)
        self.form.add(tr("New model"), self.name, _NAME)
        self.form.add(tr("What tunes"), self._split_field(), _SPLIT)
        self.form.add(tr("Standardise"), self.standardisation, form.STANDARDISATION)
        self.add_epochs_seed_device()
        self.form.add_wide(form.Fold(tr("Advanced"), self._advanced(), theme))
        self._connect()
        self._show_model()
        self._show_share()
        self.changed()

    def _split_field(self) -> QWidget:
        self.preset.setChecked(True)
        self.share.setRange(_LEAST, _MOST)
        self.share.setValue(_FIRST)
        self.share.setAccessibleName(tr("Share that tunes"))
        self.share_words.setMinimumWidth(self.share_words.fontMetrics().horizontalAdvance("100 %"))
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        for widget in (self.own, self.share_words):
            row.addWidget(widget)
        row.addWidget(self.share, 1)
        column.addWidget(self.preset)
        column.addLayout(row)
        column.addWidget(self.mode)
        return whole

    def _files_field(self) -> QWidget:
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * SPACE)
        row.addWidget(self.files)
        row.addWidget(self.no_files)
        row.addStretch(1)
        self.no_files.hide()
        return whole

    def _advanced(self) -> QWidget:
        self.rate.setMaximumWidth(120)
        more = form.Form()
        more.add(
            tr("Draws"),
            self.draws,
            tr("Repeat with other parts, so that the score has an interval; the first is kept."),
        )
        more.add(
            "",
            self.curve,
            tr("UA against 0, 1, 2, 5, 10, 20, 33 % of tuning data. Takes seven times as long."),
        )
        more.add(
            tr("Split files"),
            self._files_field(),
            tr("Tables with a part (train, validation, test) for each row, instead."),
        )
        more.add(tr("Learning rate"), self.rate, tr("How far one step goes."))
        self.add_copies_precision_leaks(more)
        return more

    def _connect(self) -> None:
        self.watch_fields((self.mode,), (self.draws,), (self.curve,))
        self.model.currentIndexChanged.connect(lambda _: self._show_model())
        self.share.valueChanged.connect(lambda _: self._take_share())
        self.preset.toggled.connect(lambda _: self._show_share())
        self.rate.textChanged.connect(lambda _: self.changed())
        self.files.clicked.connect(self._choose_files)
        self.no_files.clicked.connect(lambda: self._use_files(()))

    def options(self) -> FinetuneOptions:
        """What the fields ask for.

        Raises:
            HumpcatError: the learning rate is no number.
        """
        rate = form.positive(self.rate.text(), tr("The learning rate"))
        return replace(
            self._base,
            allow_leaks=self.allow_leaks.isChecked(),
            device=self.device.currentData(),
            precision=self.precision.currentData(),
            model=self.model.currentData() or "",
            install=self.name.text().strip(),
            share=self._share(),
            mode=self.mode.currentData(),
            draws=self.draws.value(),
            splits=self._splits,
            curve=self.curve.isChecked(),
            standardisation=self.standardisation.currentData(),
            recipe=replace(self.recipe(self._base.recipe), learning_rate=rate),
        )

    def show_options(self, options: FinetuneOptions) -> None:
        """Fill in what another job asked for."""
        self._base = options
        self._choose_model(options.model)
        if options.share is not None:
            share = round(100 * options.share)
            self.own.setChecked(True)
            self.share.setRange(min(_LEAST, share), max(_MOST, share))  # commands allow any
            self.share.setValue(share)
        form.choose(self.mode, options.mode)
        form.fill(self.draws, options.draws)
        self.rate.setText(f"{options.recipe.learning_rate:g}")
        self.curve.setChecked(options.curve)
        self._use_files(options.splits)
        self.show_common(options)

    def _share(self) -> float | None:
        """Of the corpus that tunes; a command's may lie between two whole percents."""
        asked = self._base.share
        if self.preset.isChecked():
            return None
        return (
            asked
            if asked is not None and round(100 * asked) == self.share.value()
            else self.share.value() / 100
        )

    def _choose_model(self, model: str) -> None:
        """By folder, as dialogs name models, or by name, as commands do; one that is gone is refused by the plan."""
        place = max(self.model.findData(model), self.model.findText(model))
        if place < 0:
            self.model.addItem(model, model)
            place = self.model.count() - 1
        self.model.setCurrentIndex(place)

    def _show_model(self) -> None:
        choice = self._models.get(self.model.currentText())
        self._about_model.setText(f"{_MODEL} {choice.about}." if choice else _MODEL)
        self.changed()

    def _take_share(self) -> None:
        self.own.setChecked(True)
        self._show_share()

    def _show_share(self) -> None:
        self.share_words.setText(f"{self.share.value()} %")
        self.changed()

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, tr("Choose split files"), "", tr("Tables (*.csv)"))
        if names:
            self._use_files(tuple(map(Path, names)))

    def _use_files(self, splits: tuple[Path, ...]) -> None:
        self._splits = splits
        self.no_files.setVisible(bool(splits))
        self.files.setText(", ".join(path.name for path in splits) or tr("Choose files…"))
        for part in (self.preset, self.own, self.share, self.mode):
            part.setEnabled(not splits)
        self.changed()
