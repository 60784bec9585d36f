"""Train a source model from nothing, as the paper does: on IEMOCAP or any corpora that are at hand, with HuBERT."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QLineEdit, QWidget

from core_model.errors import HumpcatError
from core_model.labels import PAPER
from core_model.network.config import HUBERT
from training_jobs.jobs.options import CORPORA, FOLDS, HOLD_OUT, SPEAKERS, TrainOptions
from training_jobs.recipe import SOURCE_RECIPE

from ...corpora.corpus_table import Asked
from ...tasks import TaskPool
from ...translation import tr
from ..theme import SPACE, Theme
from . import form
from .job_dialog import JobDialog, Plan, free_name

_PROTOCOLS: tuple[form.Choice, ...] = (
    (tr("some speakers held out"), HOLD_OUT),
    (tr("folds of speakers"), FOLDS),
    (tr("each speaker in turn"), SPEAKERS),
    (tr("each corpus in turn"), CORPORA),
)
_PROTOCOL = tr(
    "Held out: one training, quick. Folds and turns train as often as there are parts, test "
    "every utterance once (the paper: 10 folds), and train the model itself on everything at "
    "last."
)
_LABELS = tr(
    "Those of the corpora that the model is to tell apart. The paper takes angry, happy, neutral, sad."
)
_ENCODER = tr("The speech model whose layers are read. The paper takes HuBERT base, layers 1 and 9.")
_NO_HUBERT = tr(" HuBERT is not here: the page Models downloads it, or adds it from a folder.")
_NONE = tr("none: MFCC and prosody alone")
_A_ROW = 3  # labels


class SourceDialog(JobDialog):
    """Made for the corpora at hand.

    Args:
        labels: those of the corpora, with their counts.
        encoders: names of those that are here.
    """

    def __init__(
        self,
        asked: Asked,
        corpus: str,
        labels: Sequence[tuple[str, int]],
        encoders: Sequence[str],
        plan: Plan,
        tasks: TaskPool,
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(tr("New source model"), "train", SOURCE_RECIPE, plan, tasks, theme, parent)
        self._base = TrainOptions(
            corpora=asked.sources,
            corpus=asked.corpus,
            label_map=asked.label_map,
            label_changes=dict(asked.changes or {}),
            labels=(),
            recipe=SOURCE_RECIPE,
        )
        self.name.setText(free_name(f"{corpus}-source"))
        self.labels = {name: QCheckBox(f"{name} ({count})") for name, count in labels}
        here = sorted(encoders, key=lambda name: "hubert" not in name)
        self.encoder = form.box([*((name, name) for name in here), (_NONE, "")])
        self.layers = QLineEdit()
        self.layers.setPlaceholderText(tr("the usual ones"))
        self.protocol = form.box(_PROTOCOLS, HOLD_OUT)
        self.folds = form.number(2, 50, 10)
        self.validation, self.test = _share(0.15), _share(0.2)
        no_hubert = "" if any("hubert" in name for name in encoders) else _NO_HUBERT
        self.form.add(
            tr("New model"), self.name, tr("It will be among the models under this name, to be fine-tuned.")
        )
        self.form.add(tr("Labels"), self._label_field(), _LABELS)
        self.form.add(tr("Encoder"), self.encoder, _ENCODER + no_hubert)
        self.form.add(tr("Test"), self.protocol, _PROTOCOL)
        self.add_epochs_seed_device()
        self.form.add_wide(form.Fold(tr("Advanced"), self._advanced(), theme))
        self._connect()
        self.changed()

    def _label_field(self) -> QWidget:
        whole = QWidget()
        grid = QGridLayout(whole)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SPACE)
        for at, (name, check) in enumerate(self.labels.items()):
            check.setChecked(name in PAPER.labels)
            grid.addWidget(check, at // _A_ROW, at % _A_ROW)
        return whole

    def _advanced(self) -> QWidget:
        self.layers.setMaximumWidth(120)
        more = form.Form()
        more.add(tr("Layers"), self.layers, tr("Of the encoder, with commas between, such as 1, 9."))
        more.add(tr("Folds"), self.folds, tr("How many parts the speakers are dealt to, where folds test."))
        more.add(
            tr("Tests"),
            self.test,
            tr("Share of the speakers, where some are held out; 0: nothing is tested."),
        )
        more.add(
            tr("Chooses"),
            self.validation,
            tr("Share of the speakers that choose the epoch; 0: the last one is kept."),
        )
        more.add(tr("Standardise"), self.standardisation, form.STANDARDISATION)
        self.add_copies_precision_leaks(more)
        return more

    def _connect(self) -> None:
        self.watch_fields(
            (self.encoder, self.protocol),
            (self.folds, self.validation, self.test),
            tuple(self.labels.values()),
        )
        self.layers.textChanged.connect(lambda _: self.changed())

    def options(self) -> TrainOptions:
        """What the fields ask for.

        Raises:
            HumpcatError: there are fewer than two labels, or the layers are no numbers.
        """
        labels = tuple(name for name, check in self.labels.items() if check.isChecked())
        if len(labels) < 2:
            raise HumpcatError(
                tr("A model tells labels apart: it needs two or more."), tr("Tick another one.")
            )
        encoder = self.encoder.currentData()
        return replace(
            self._base,
            allow_leaks=self.allow_leaks.isChecked(),
            device=self.device.currentData(),
            precision=self.precision.currentData(),
            install=self.name.text().strip(),
            labels=tuple(sorted(labels)),
            features=tuple(branch for branch in self._base.features if encoder or branch != HUBERT),
            encoder=encoder,
            layers=_layers(self.layers.text()),
            protocol=self.protocol.currentData(),
            folds=self.folds.value(),
            validation=self.validation.value(),
            test=self.test.value(),
            standardisation=self.standardisation.currentData(),
            recipe=self.recipe(self._base.recipe),
        )

    def show_options(self, options: TrainOptions) -> None:
        """Fill in what another job asked for."""
        self._base = options
        for name, check in self.labels.items():
            check.setChecked(name in options.labels)
        for chosen, value in (
            (self.encoder, options.encoder),
            (self.protocol, options.protocol),
        ):
            form.choose(chosen, value)
        self.layers.setText(", ".join(map(str, options.layers or ())))
        form.fill(self.folds, options.folds)
        self.validation.setValue(options.validation)
        self.test.setValue(options.test)
        self.show_common(options)


def _share(value: float) -> QDoubleSpinBox:
    made = QDoubleSpinBox()
    made.setRange(0.0, 0.9)
    made.setSingleStep(0.05)
    made.setValue(value)
    made.setMaximumWidth(120)
    return made


def _layers(text: str) -> tuple[int, ...] | None:
    if not text.strip():
        return None
    try:
        layers = tuple(int(part) for part in text.split(","))
    except ValueError:
        layers = ()
    if not layers or min(layers) < 1:
        raise HumpcatError(
            tr("The layers are {text!r}, which are no numbers.").format(text=text), tr("Type such as 1, 9.")
        )
    return layers
