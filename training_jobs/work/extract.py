"""The job `extract`: fill the feature cache, so that what follows on the same corpora need not wait for it."""

from typing import Any

from core_model.bundle import find_bundle

from ..jobs.control import Control
from ..jobs.options import ExtractOptions
from ..jobs.run_folder import RunFolder
from ..models import original_rows
from .gathering import gather
from .learning import extract


def run(folder: RunFolder, told: dict[str, Any], control: Control) -> None:
    """Do the job; see `ExtractOptions`.

    Raises:
        HumpcatError: the model or a corpus cannot be used, a file vanished, or the disk is full.
    """
    options = ExtractOptions.from_json(told)
    record = find_bundle(options.model)
    gathered = gather(folder, options, record.labels, control, keep_copies=True)
    table, _ = extract(
        gathered, record.scheme, record.features, record.encoder, options.speeds, options, control
    )
    control.event("artifact", what="features", count=len(original_rows(table)), of=len(gathered.utterances))
