"""The job `train`: a source model from one or more corpora (paper, section IV-D)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core_model.encoders.config import EncoderConfig
from core_model.encoders.registry import find_encoder
from core_model.errors import HumpcatError
from core_model.features.config import FeatureConfig
from core_model.labels import LabelScheme
from core_model.network.config import HUBERT, NetworkConfig

from .. import models
from ..evaluation import fit_temperature, with_temperature
from ..jobs.control import Control
from ..jobs.options import TrainOptions
from ..jobs.run_folder import RunFolder
from ..outcome import NETWORK, UNKNOWN, Outcome, pooled
from ..protocols import NamedSplit, Protocol
from ..splits import Split
from .gathering import Gathered, gather
from .guarding import guard, training_facts
from .installing import install
from .learning import TRAINING, Setting, extract, learn_split, table_rows, train_split
from .reporting import report
from .splitting import keep_splits, training_protocol

_EVERYTHING = "everything"


def run(folder: RunFolder, told: dict[str, Any], control: Control) -> None:
    """Do the job; see `TrainOptions`.

    Raises:
        HumpcatError: a corpus cannot be used, there are too few speakers, there is a leak, a file vanished, or the disk
            is full.
    """
    options = TrainOptions.from_json(told)
    scheme, features = LabelScheme(options.labels), FeatureConfig()
    encoder = _encoder(options)
    config = models.with_labels(
        NetworkConfig(len(scheme.labels), features=options.features, prosody_tokens=options.prosody_tokens),
        scheme,
        encoder,
    )
    gathered = gather(folder, options, scheme.labels, control, keep_copies=bool(options.splits))
    _require_labels(gathered, scheme)
    protocol = training_protocol(gathered.utterances, options)
    _require_training(protocol)
    keep_splits(folder, gathered.utterances, protocol.splits)
    verdict = guard(folder, gathered, protocol.splits, options.allow_leaks)
    table, extractor = extract(gathered, scheme, features, encoder, options.recipe.speeds, options, control)
    setting = Setting(table, config, options.recipe, options.standardisation, None, extractor.device.kind)

    def save(learned: models.Learned, train: Sequence[int], metrics: dict[str, Any], sentence: str) -> None:
        heard = [table.utterances[row] for row in train]
        facts = {
            "data": models.describe_data(heard, scheme.labels, table.skipped),
            "protocol": f"{sentence}{' ' + verdict.brand if verdict.brand else ''}",
            "standardisation": options.standardisation,
            "recipe": options.recipe.to_json(),
            "precision": extractor.precision,
            "heard": training_facts(heard, gathered.links),
        }
        models.save_learned(
            folder.bundle, learned, scheme, features, encoder, facts, metrics, folder.spec().name
        )

    single = len(protocol.splits) == 1
    outcomes: list[Outcome] = []
    for named in protocol.splits:
        split = table_rows(table, gathered.utterances, named.split)

        def save_single(learned: models.Learned, outcome: Outcome, split: Split = split) -> None:
            sentence = f"{protocol.sentence} The best epoch was {learned.trained.best}."
            save(learned, (*split.train, *split.validation), outcome.summary(), sentence)

        outcomes.append(learn_split(folder, named, split, setting, control, save_single if single else None))
    outcomes = [outcome for outcome in outcomes if outcome.truth.size]  # a speaker may have no readable file
    if not single and not folder.bundle.is_dir():
        learned = _everything(folder, setting, outcomes, control)
        sentence = f"{protocol.sentence} The model itself was then trained on all utterances."
        everything = models.original_rows(table)
        save(learned, everything, pooled(outcomes).summary() if protocol.pooled else {}, sentence)
    configuration = {
        "model": {"labels": ", ".join(scheme.labels), "starts from": "random weights"},
        "network": config.to_json(),
        "recipe": options.recipe.to_json(),
        "encoder": {
            "name": encoder.name if encoder else "none",
            "precision": extractor.precision,
            "device": extractor.device.name,
        },
        "features": features.to_json(),
        "standardisation": {"asked for": options.standardisation},
    }
    report(
        folder,
        outcomes,
        gathered,
        table,
        verdict,
        protocol.sentence,
        configuration,
        control,
        protocol.pooled,
    )
    if options.install:
        install(folder, options.install, control)


def _everything(
    folder: RunFolder, setting: Setting, outcomes: Sequence[Outcome], control: Control
) -> models.Learned:
    """Train on all utterances; the temperature fits the predictions of those left out in the folds, without theirs."""
    rows = tuple(models.original_rows(setting.table))
    named = NamedSplit(_EVERYTHING, Split(rows, (), ()))
    learned = train_split(folder, named, named.split, setting, control)
    (folder.checkpoint / TRAINING).unlink(missing_ok=True)
    said = [
        with_temperature(outcome.predictions[kind], 1 / outcome.temperature)
        for kind in (NETWORK, UNKNOWN)
        for outcome in outcomes
    ]
    truth = np.tile(np.concatenate([outcome.truth for outcome in outcomes]), 2)
    return replace(learned, temperature=fit_temperature(truth, np.concatenate(said)))


def _require_training(protocol: Protocol) -> None:
    if empty := [named.name for named in protocol.splits if not named.split.train]:
        raise HumpcatError(
            f"The split {empty[0]} leaves nothing to train on.",
            "Mark some of its rows as train, or leave it out.",
        )


def _encoder(options: TrainOptions) -> EncoderConfig | None:
    if HUBERT not in options.features:
        return None
    if not options.encoder:
        raise HumpcatError(
            "The branch hubert needs a speech encoder.",
            "Choose one, or leave the branch out (in commands --encoder NAME, --features mfcc,prosody).",
        )
    return find_encoder(options.encoder).config(options.layers)


def _require_labels(gathered: Gathered, scheme: LabelScheme) -> None:
    there = {utterance.emotion for utterance in gathered.utterances}
    if missing := [label for label in scheme.labels if label not in there]:
        rest = ",".join(label for label in scheme.labels if label in there)
        raise HumpcatError(
            f"No utterance is labelled {' or '.join(missing)}.",
            f"Leave the label out (in commands --labels {rest}).",
        )
