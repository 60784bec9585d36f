"""Learning split by split, as training and fine-tuning do it: each split's outcome is kept as soon as it is there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core_model.bundle import BundleRecord
from core_model.bundle_weights import load_weights
from core_model.cache import FeatureCache
from core_model.devices import choose_device
from core_model.encoders.config import EncoderConfig
from core_model.extractor import FeatureExtractor
from core_model.features.config import FeatureConfig
from core_model.files import hash_of
from core_model.labels import LabelScheme
from core_model.network.config import NetworkConfig
from core_model.network.network import HumpCat
from core_model.settings import read_settings
from core_model.standardise import Statistics

from .. import models
from ..checkpoint import Checkpoint
from ..epoch import Epoch
from ..extraction import FeatureTable
from ..jobs.control import Control
from ..jobs.cost import EXTRACTION, LEARNING
from ..jobs.options import Options
from ..jobs.run_folder import RunFolder
from ..manifest import Utterance
from ..outcome import CURVE, OUTCOMES, Outcome, read_outcome, write_outcome
from ..protocols import NamedSplit
from ..recipe import Recipe
from ..splits import Split
from ..testing import tested
from .gathering import Gathered, require_present

TRAINING = "training.safetensors"  # the training under way, below a job's checkpoints


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What all splits of a job share.

    Attributes:
        table: the features of all utterances and of their altered copies.
        config: of the network.
        recipe: how to train.
        standardisation: speaker, corpus or none.
        source: the bundle that fine-tuning starts from, with its network and prior; None: from random weights.
        device: torch's name of the device that trains.
    """

    table: FeatureTable
    config: NetworkConfig
    recipe: Recipe
    standardisation: str
    source: tuple[BundleRecord, HumpCat, Statistics] | None
    device: str

    @property
    def start(self) -> tuple[HumpCat, Statistics] | None:
        """The network and the prior to start from."""
        return self.source[1:] if self.source else None

    @property
    def temperature(self) -> float:
        """The temperature of a network that has no validation part to fit one on."""
        return self.source[0].temperature if self.source else 1.0


def extract(
    gathered: Gathered,
    scheme: LabelScheme,
    features: FeatureConfig,
    encoder: EncoderConfig | None,
    speeds: Sequence[float],
    options: Options,
    control: Control,
) -> tuple[FeatureTable, FeatureExtractor]:
    """The features of a job's utterances and of their altered copies, from the cache where they are in it.

    Raises:
        HumpcatError: a file has vanished since the job began, or none can be read.
    """
    control.phase("Loading the encoder")
    extractor = FeatureExtractor(
        features, encoder, choose_device(options.device), options.precision, FeatureCache()
    )
    control.phase("Extracting features")
    table = models.extract_corpus(gathered.utterances, scheme, extractor, speeds, control.progress)
    control.measured(EXTRACTION, len(table.utterance), encoder.name if encoder else "none")
    # Its steps are too small to be worth many threads, and the window, or live speech, needs a core.
    torch.set_num_threads(read_settings().job_threads or max(1, torch.get_num_threads() // 2))
    require_present(gathered.utterances, table.skipped)
    for utterance, reason in table.skipped:
        if utterance.speed == 1.0:
            control.event("skipped", file=str(utterance.file), reason=reason)
    return table, extractor


def table_rows(table: FeatureTable, utterances: Sequence[Utterance], split: Split) -> Split:
    """A split of a job's utterances as a split of a table's rows, without those that could not be read."""
    place = {utterance: row for row, utterance in enumerate(table.utterances)}

    def found(rows: Sequence[int]) -> tuple[int, ...]:
        return tuple(place[utterances[row]] for row in rows if utterances[row] in place)

    return Split(found(split.train), found(split.validation), found(split.test))


def learn_split(
    run: RunFolder,
    named: NamedSplit,
    split: Split,
    setting: Setting,
    control: Control,
    on_learned: Callable[[models.Learned, Outcome], None] | None = None,
) -> Outcome:
    """Learn on one split and test, or take up what was learned of it before the job was interrupted.

    Args:
        run: where things are kept.
        named: the split's name.
        split: rows of the setting's table.
        setting: what all splits share.
        control: hears of the progress.
        on_learned: is given what was learned, to save it; not called for what was taken up.
    """
    place = OUTCOMES if named.share is None else CURVE
    kept = run.checkpoint / place / f"{named.file_name}.safetensors"
    if kept.is_file():
        return read_outcome(kept)
    learned = train_split(run, named, split, setting, control) if split.train else None
    control.phase(f"Testing: {named.name}")
    outcome = tested(
        named.name, setting.table, split, learned, setting.start, setting.standardisation, setting.temperature
    )
    if learned and on_learned:
        on_learned(learned, outcome)
    write_outcome(kept, outcome)
    if outcome.truth.size:
        metrics = {kind: outcome.metrics(kind).to_json() for kind in outcome.predictions}
        control.event("metrics", split=named.name, metrics=metrics)
    (run.checkpoint / TRAINING).unlink(missing_ok=True)
    return outcome


def train_split(
    run: RunFolder, named: NamedSplit, split: Split, setting: Setting, control: Control
) -> models.Learned:
    """Train, or fine-tune, on one split, going on from the last epoch kept of it."""
    control.phase(f"Training: {named.name}")

    def on_epoch(epoch: Epoch) -> None:
        control.event("epoch", split=named.name, epoch=epoch.to_json())
        control.progress(epoch.number, setting.recipe.epochs)

    learned = models.learn(
        setting.table,
        Split(split.train, split.validation, ()),  # `tested` tests
        setting.config,
        setting.recipe,
        setting.start,
        on_epoch,
        setting.temperature,
        setting.device,
        setting.standardisation,
        Checkpoint(run.checkpoint / TRAINING, _identity(named, split, setting)),
    )
    control.measured(LEARNING, len(split.train) * setting.recipe.epochs)
    return learned


def start_from(record: BundleRecord) -> tuple[BundleRecord, HumpCat, Statistics]:
    """A bundle with its network and prior, to fine-tune from."""
    return record, *load_weights(record)


def _identity(named: NamedSplit, split: Split, setting: Setting) -> str:
    """All that the weights depend on beside the features, which the files and the encoder settle."""
    told: dict[str, Any] = {
        "split": named.name,
        "train": [_told(setting.table.utterances[row]) for row in split.train],
        "validation": [_told(setting.table.utterances[row]) for row in split.validation],
        "network": setting.config.to_json(),
        "recipe": setting.recipe.to_json(),
        "standardisation": setting.standardisation,
        "source": setting.source[0].id if setting.source else "",
    }
    return hash_of(told)


def _told(utterance: Utterance) -> list[Any]:
    return [
        str(Path(utterance.file)),
        utterance.start,
        utterance.end,
        utterance.emotion,
        utterance.speaker_id,
    ]
