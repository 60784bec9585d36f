"""The job `evaluate`: how well a model does on corpora that it did not learn from."""

from typing import Any

from core_model.bundle import find_bundle
from core_model.files import write_json

from ..jobs.control import Control
from ..jobs.options import EvaluateOptions
from ..jobs.run_folder import RunFolder
from ..protocols import NamedSplit
from ..recipe import DEFAULT_RECIPE
from ..splits import Split
from .gathering import gather
from .guarding import guard
from .learning import Setting, extract, learn_split, start_from, table_rows
from .reporting import report

_PROTOCOL = "The model as it is, tested on all utterances."


def run(folder: RunFolder, told: dict[str, Any], control: Control) -> None:
    """Do the job; see `EvaluateOptions`.

    Raises:
        HumpcatError: the model or a corpus cannot be used, the model learned from it, or the disk is full.
    """
    options = EvaluateOptions.from_json(told)
    record = find_bundle(options.model)
    gathered = gather(folder, options, record.labels, control, keep_copies=True)
    named = NamedSplit("test", Split((), (), tuple(range(len(gathered.utterances)))))
    verdict = guard(folder, gathered, [named], options.allow_leaks, record)
    table, extractor = extract(gathered, record.scheme, record.features, record.encoder, (), options, control)
    source = start_from(record)
    setting = Setting(
        table, record.network, DEFAULT_RECIPE, options.standardisation, source, extractor.device.kind
    )
    outcome = learn_split(
        folder, named, table_rows(table, gathered.utterances, named.split), setting, control
    )
    configuration = {
        "model": {"name": record.name, "id": record.id, "labels": ", ".join(record.labels)},
        "network": record.network.to_json(),
        "encoder": {
            "name": record.encoder_name,
            "precision": extractor.precision,
            "device": extractor.device.name,
        },
        "features": record.features.to_json(),
        "standardisation": {"asked for": options.standardisation},
    }
    report(folder, [outcome], gathered, table, verdict, _PROTOCOL, configuration, control)
    if options.out:
        metrics = {**outcome.summary(), "brand": verdict.brand}
        write_json(options.out, {"model": record.name, "id": record.id, **metrics})
