"""The job `finetune`: a model goes on to learn from a part of a corpus, and is tested on the rest."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core_model.bundle import BundleRecord, find_bundle
from core_model.network.config import NetworkConfig
from core_model.wording import counted

from .. import models
from ..jobs.control import Control
from ..jobs.options import FinetuneOptions
from ..jobs.run_folder import RunFolder
from ..leaks import SPEAKER
from ..outcome import Outcome
from ..protocols import NamedSplit, Protocol, learning_curve
from ..report.tuning import TuningPoint, tuning_points
from ..splits import RANDOM
from .gathering import Gathered, gather
from .guarding import guard, training_facts
from .installing import install
from .learning import Setting, extract, learn_split, start_from, table_rows
from .reporting import report
from .splitting import keep_splits, tuning_protocol

_PROBE = "The linear probe learned from the tuning part alone: a bundle does not carry its source's data."


def run(folder: RunFolder, told: dict[str, Any], control: Control) -> None:
    """Do the job; see `FinetuneOptions`.

    Raises:
        HumpcatError: the model or a corpus cannot be used, there is a leak, a file vanished, or the disk is full.
    """
    options = FinetuneOptions.from_json(told)
    record = find_bundle(options.model)
    gathered = gather(folder, options, record.labels, control, keep_copies=bool(options.splits))
    protocol = tuning_protocol(gathered.utterances, options)
    curve = learning_curve(gathered.utterances, options.draws, options.recipe.seed) if options.curve else ()
    keep_splits(folder, gathered.utterances, [*protocol.splits, *curve])
    expected = [SPEAKER] if options.mode == RANDOM else []
    verdict = guard(folder, gathered, [*protocol.splits, *curve], options.allow_leaks, record, expected)
    table, extractor = extract(
        gathered, record.scheme, record.features, record.encoder, options.recipe.speeds, options, control
    )
    setting = Setting(
        table,
        record.network,
        options.recipe,
        options.standardisation,
        start_from(record),
        extractor.device.kind,
    )

    def save(learned: models.Learned, outcome: Outcome) -> None:
        facts = _training(gathered, setting, outcome, protocol, verdict.brand, extractor.precision)
        models.save_learned(
            folder.bundle,
            learned,
            record.scheme,
            record.features,
            record.encoder,
            facts,
            outcome.summary(),
            folder.spec().name,
        )

    outcomes = []
    for number, named in enumerate(protocol.splits):
        split = table_rows(table, gathered.utterances, named.split)
        outcomes.append(learn_split(folder, named, split, setting, control, None if number else save))
    points = _curve(folder, curve, gathered, setting, control)
    configuration = {
        "model": {"starts from": record.name, "id": record.id, "labels": ", ".join(record.labels)},
        "network": _tuned(record.network, options).to_json(),
        "recipe": options.recipe.to_json(),
        "encoder": {
            "name": record.encoder_name,
            "precision": extractor.precision,
            "device": extractor.device.name,
        },
        "features": record.features.to_json(),
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
        tuning=points,
        notes=[_PROBE],
    )
    if options.install and folder.bundle.is_dir():
        install(folder, options.install, control)


def _training(
    gathered: Gathered, setting: Setting, outcome: Outcome, protocol: Protocol, brand: str, precision: str
) -> dict[str, Any]:
    """What the bundle's card tells."""
    assert setting.source is not None
    source: BundleRecord = setting.source[0]
    heard = training_facts((*outcome.train, *outcome.validation), gathered.links)
    before = source.training.get("heard", {})
    return {
        "source": f"{source.name} ({source.id[:12]})",
        "data": models.describe_data(outcome.train, source.labels),
        "protocol": f"{protocol.sentence} {counted(len(outcome.train), 'utterance')} tuned it, {len(outcome.test)} "
        f"tested it.{' ' + brand if brand else ''}",
        "standardisation": setting.standardisation,
        "recipe": setting.recipe.to_json(),
        "precision": precision,
        "heard": {
            **{part: sorted({*heard[part], *before.get(part, ())}) for part in heard},
            "complete": before.get("complete", bool(before)),
        },
    }


def _tuned(network: NetworkConfig, options: FinetuneOptions) -> NetworkConfig:
    """The configuration after tuning: a shortcut gets the recipe's share."""
    return replace(network, shortcut=options.recipe.shortcut_share) if network.shortcut else network


def _curve(
    folder: RunFolder,
    curve: Sequence[NamedSplit],
    gathered: Gathered,
    setting: Setting,
    control: Control,
) -> tuple[TuningPoint, ...]:
    """The learning curve: mean UA over draws at each share, of the network and of the probe."""
    tests = []
    for named in curve:
        split = table_rows(setting.table, gathered.utterances, named.split)
        assert named.share is not None
        tests.append((named.share, learn_split(folder, named, split, setting, control)))
    return tuning_points(tests, len(models.original_rows(setting.table)))
