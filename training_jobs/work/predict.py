"""The job `predict`: the emotions of many recordings, or of their segments, as a CSV."""

import logging
from typing import Any

from core_model.bundle import find_bundle
from core_model.cache import FeatureCache
from core_model.files import write_aside
from core_model.prediction_table import PredictionWriter
from core_model.predictor import Failure, Predictor
from core_model.wording import counted

from ..batch_prediction import gather_batch, speakers_of
from ..jobs.control import Control
from ..jobs.options import PredictOptions
from ..jobs.run_folder import RunFolder

_logger = logging.getLogger(__name__)


def run(_folder: RunFolder, told: dict[str, Any], control: Control) -> None:
    """Do the job; see `PredictOptions`. What was computed before an interruption is in the cache.

    Raises:
        HumpcatError: the model cannot be used, nothing can be predicted, or the disk is full.
    """
    options = PredictOptions.from_json(told)
    record = find_bundle(options.model)
    control.phase("Looking for recordings")
    batch = gather_batch(options.paths, options.segments, control.progress)
    control.phase("Loading the model")
    predictor = Predictor(record, options.device, options.precision, FeatureCache())
    control.phase("Listening to the speakers")
    speakers = speakers_of(predictor, batch.stretches, options.speaker, control.progress)
    if speakers.sentence:
        _logger.warning("%s", speakers.sentence)
    control.phase("Predicting")
    failed = [f"{path}: {error}" for path, error in batch.failures]
    with (
        write_aside(options.out) as aside,
        aside.open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream,
    ):
        writer = PredictionWriter(stream, record.labels)
        for number, result in enumerate(predictor.predict_many(batch.stretches, speakers.statistics), 1):
            if isinstance(result, Failure):
                failed.append(f"{result.stretch.file}: {result.error}")
            else:
                writer.write(result)
            control.progress(number, len(batch.stretches))
    for reason in failed:
        file, _, text = reason.partition(": ")
        control.event("skipped", file=file, reason=text)
    if failed:
        _logger.warning("Left out: %s.", counted(len(failed), "recording"))
    control.event("artifact", what="predictions", path=str(options.out))
