"""From utterances to a bundle: train a source model, fine-tune it on a target corpus, evaluate what came out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core_model.bundle import BundleRecord
from core_model.bundle_weights import load_weights, save_bundle
from core_model.encoders.config import EncoderConfig
from core_model.errors import HumpcatError
from core_model.extractor import FeatureExtractor
from core_model.features.config import FeatureConfig
from core_model.labels import LabelScheme
from core_model.network.config import HUBERT, NetworkConfig
from core_model.network.network import HumpCat
from core_model.standardise import Statistics, shrunk, statistics_of

from .card import model_card
from .evaluation import fit_temperature, predict_table
from .extraction import FeatureTable, Progress, extract_table
from .manifest import Utterance, with_speeds
from .metrics import Metrics, measure
from .recipe import DEFAULT_RECIPE, Recipe
from .shortcut import with_shortcut
from .splits import Split
from .standardisation import PRIOR_STRENGTH, choose, for_testing, for_training
from .standardisation_names import CHOSEN, SPEAKER
from .training import Callback, Keeper, Trained, TrainingData, train_network

_FOLDS, _LEAST_TO_FIT = 5, 20  # of the tuning speakers; utterances for a temperature of their own


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """Test metrics with the speakers' unlabelled statistics, and with the model's own, as for unknown speakers."""

    known: Metrics
    unknown: Metrics

    def to_json(self) -> dict[str, Any]:
        """As a bundle's `metrics`; its top level is the known speakers'."""
        return {**self.known.to_json(), "unknown_speaker": self.unknown.to_json()}


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What learning came to: the network, what it needs beside its weights, its epochs, and its test, if any.

    `standardisation` is how test speakers are standardised: as asked for, or as chosen inside the training data.
    """

    network: HumpCat
    prior: Statistics
    temperature: float
    trained: Trained
    tested: Tested | None
    standardisation: str = SPEAKER


def extract_corpus(
    utterances: Sequence[Utterance],
    scheme: LabelScheme,
    extractor: FeatureExtractor,
    speeds: Sequence[float] = (),
    progress: Progress | None = None,
) -> FeatureTable:
    """Extract utterances of the scheme's labels, and their altered copies behind them.

    Raises:
        HumpcatError: no utterance has one of the labels, or none can be read.
    """
    wanted = [utterance for utterance in utterances if utterance.emotion in scheme.labels]
    if not wanted:
        raise HumpcatError(
            f"No utterance is labelled {' or '.join(scheme.labels)}.",
            "Choose another corpus or other labels.",
        )
    return extract_table([*wanted, *with_speeds(wanted, speeds)], scheme, extractor, progress)


def learn(
    table: FeatureTable,
    split: Split,
    config: NetworkConfig,
    recipe: Recipe,
    start: tuple[HumpCat, Statistics] | None = None,
    on_epoch: Callback | None = None,
    temperature: float = 1.0,
    device: str = "cpu",
    standardisation: str = SPEAKER,
    keeper: Keeper | None = None,
) -> Learned:
    """Train (or, from `start`, fine-tune) on a split of a table; calibrate on its validation part; test.

    Args:
        table: features; the rows of `split` are utterances at their own speed.
        split: by rows of `table.utterances`.
        config: of a new network; with `start`, its own is used.
        recipe: how to train.
        start: the network and prior statistics to fine-tune from.
        on_epoch: hears of every epoch and may raise to stop.
        temperature: the network's where the split has no validation part to fit it on (see `_tuned_temperature`).
        device: torch's name of the device to train on.
        standardisation: one of `standardisation.CHOICES`, or CHOSEN: on the validation part; without one, by `start`
            on the training part; without that, "speaker".
        keeper: keeps the state of every epoch.
    """
    windows = table.windows_of(split.train).tolist()
    own = statistics_of(table.summary.take(windows))
    prior = shrunk(own, len(windows), start[1], PRIOR_STRENGTH) if start else own
    train = variants(table, split.train)
    learnt_from = sorted({row for rows in train for row in rows})
    # The parts apart: the statistics of one must not know the other, even where they share speakers.
    by_row = {
        **for_training(table, learnt_from, prior, standardisation).statistics,
        **for_training(table, split.validation, prior, standardisation).statistics,
    }
    speakers = [by_row.get(row, prior) for row in range(len(table.utterances))]
    data = TrainingData(table, train, split.validation, prior, speakers)
    fitted = partial(
        with_shortcut,
        table=table,
        rows=split.train,
        statistics=speakers,
        ridge=recipe.shortcut_ridge,
        share=recipe.shortcut_share,
    )
    begin = fitted(start[0]) if start else None
    trained = train_network(data, config, recipe, begin, on_epoch, device, keeper)
    if start and not split.validation:
        temperature = _tuned_temperature(start[0], table, split.train, speakers, recipe, temperature)
    if begin is None:
        trained = replace(trained, network=fitted(trained.network))
    if split.validation:
        rows = list(split.validation)
        said = predict_table(trained.network, table, rows, [speakers[row] for row in rows])
        temperature = fit_temperature(table.labels[rows], said)
    if standardisation == CHOSEN:
        standardisation = _chosen(trained.network, table, split, prior, start)
    tested = None
    if split.test:
        tested = score(trained.network, prior, temperature, table, split.test, standardisation)
    return Learned(trained.network, prior, temperature, trained, tested, standardisation)


def _tuned_temperature(
    start: HumpCat,
    table: FeatureTable,
    rows: Sequence[int],
    statistics: Sequence[Statistics],
    recipe: Recipe,
    temperature: float,
) -> float:
    """The temperature of a network tuned on `rows` without a validation part.

    Tuning gives the shortcut another share and other weights, for which the source's temperature was not fitted.
    Decision: it fits what the network before tuning, with a shortcut fitted to the other speakers, says of each speaker
    (without a shortcut, of one speaker, or of few utterances: the source's stays).
    """
    groups: dict[str, list[int]] = {}
    for row in rows:
        groups.setdefault(table.utterances[row].speaker_id, []).append(row)
    if not start.config.shortcut or len(groups) < 2 or len(rows) < _LEAST_TO_FIT:
        return temperature
    folds = [[row for group in list(groups.values())[at::_FOLDS] for row in group] for at in range(_FOLDS)]
    said, truth = [], []
    for fold in filter(None, folds):
        others = sorted(set(rows) - set(fold))
        network = with_shortcut(
            start, table, others, statistics, recipe.shortcut_ridge, recipe.shortcut_share
        )
        said.append(predict_table(network, table, fold, [statistics[row] for row in fold]))
        truth.append(table.labels[fold])
    return fit_temperature(np.concatenate(truth), np.concatenate(said))


def _chosen(
    network: HumpCat,
    table: FeatureTable,
    split: Split,
    prior: Statistics,
    start: tuple[HumpCat, Statistics] | None,
) -> str:
    if split.validation:
        return choose(network, table, split.validation, prior)
    # The network learnt from the training part; the one before it did not.
    return choose(start[0], table, split.train, start[1]) if start else SPEAKER


def score(
    network: HumpCat,
    prior: Statistics,
    temperature: float,
    table: FeatureTable,
    rows: Sequence[int],
    standardisation: str = SPEAKER,
) -> Tested:
    """Measure a network on rows of a table, with and without their speakers' statistics (see `for_testing`).

    A speaker's statistics come from the test rows alone, and from no label.
    """
    speakers = for_testing(network, table, rows, prior, standardisation).of(rows)
    known = predict_table(network, table, rows, speakers, temperature)
    unknown = predict_table(network, table, rows, [prior] * len(rows), temperature)
    labels, truth = table.scheme.labels, table.labels[list(rows)]
    return Tested(measure(labels, truth, known), measure(labels, truth, unknown))


def variants(table: FeatureTable, rows: Sequence[int]) -> list[list[int]]:
    """For each of `rows` itself and its altered copies: the same stretch of the same file at another speed."""
    copies: dict[Utterance, list[int]] = {}
    for row, utterance in enumerate(table.utterances):
        if utterance.speed != 1.0:
            copies.setdefault(replace(utterance, speed=1.0), []).append(row)
    own = [copies.get(table.utterances[row], []) for row in rows]
    # The utterance itself as often as all of its copies together.
    return [[*[row] * max(1, len(altered)), *altered] for row, altered in zip(rows, own, strict=True)]


def save_learned(
    folder: Path,
    learned: Learned,
    scheme: LabelScheme,
    features: FeatureConfig,
    encoder: EncoderConfig | None,
    training: dict[str, Any],
    metrics: dict[str, Any] | None = None,
    name: str = "",
) -> BundleRecord:
    """Write what was learned as a bundle with its card.

    Args:
        folder: of the bundle.
        learned: the network and what goes with it.
        scheme, features, encoder: what the network was trained with.
        training: data, split, recipe: what the card tells.
        metrics: measured elsewhere (by cross-validation); by default the test's.
        name: in the card; by default the folder's.

    Raises:
        HumpcatError: the folder cannot be written.
    """
    tested = learned.tested.to_json() if learned.tested else {}
    record = BundleRecord(
        name=name or folder.name,
        folder=folder,
        id="",
        scheme=scheme,
        network=learned.network.config,
        features=features,
        encoder=encoder,
        temperature=learned.temperature,
        prior_strength=PRIOR_STRENGTH,
        training=training,
        metrics=tested if metrics is None else metrics,
    )
    return save_bundle(record, learned.network, learned.prior, model_card(record))


def evaluate(record: BundleRecord, table: FeatureTable, rows: Sequence[int] | None = None) -> Tested:
    """Measure a bundle on a table extracted with its own features and encoder.

    Raises:
        HumpcatError: the table's labels are not the bundle's.
    """
    if table.scheme != record.scheme:
        raise HumpcatError(
            f"The model {record.name} knows the labels {', '.join(record.labels)} and no others."
        )
    network, prior = load_weights(record)
    return score(
        network, prior, record.temperature, table, rows if rows is not None else range(len(table.utterances))
    )


def describe_data(
    utterances: Iterable[Utterance], labels: Sequence[str], skipped: Iterable[tuple[Utterance, str]] = ()
) -> dict[str, Any]:
    """What a card tells of the data: for each corpus its utterances, speakers and labels, and what was left out.

    Args:
        utterances: altered copies among them do not count.
        labels: of the scheme.
        skipped: those that could not be read, and why.
    """
    told: dict[str, Any] = {}
    spoken = [utterance for utterance in utterances if utterance.speed == 1.0]
    for corpus in sorted({utterance.corpus for utterance in spoken}):
        inside = [utterance for utterance in spoken if utterance.corpus == corpus]
        told[corpus] = {
            "utterances": len(inside),
            "speakers": len({utterance.speaker for utterance in inside}),
            "labels": {label: sum(u.emotion == label for u in inside) for label in labels},
        }
    if left_out := [f"{each.file.name}: {reason}" for each, reason in skipped if each.speed == 1.0]:
        told["skipped"] = left_out
    return told


def with_labels(config: NetworkConfig, scheme: LabelScheme, encoder: EncoderConfig | None) -> NetworkConfig:
    """A configuration fitted to a label scheme and an encoder, which gets a linear shortcut."""
    if encoder is None or HUBERT not in config.features:
        return replace(config, labels=len(scheme.labels))
    return replace(
        config,
        labels=len(scheme.labels),
        encoder_layers=len(encoder.layers),
        encoder_width=encoder.width,
        shortcut=DEFAULT_RECIPE.shortcut_share,
    )


def original_rows(table: FeatureTable) -> list[int]:
    """Rows of the utterances at their own speed."""
    return [int(row) for row in np.flatnonzero([utterance.speed == 1.0 for utterance in table.utterances])]
