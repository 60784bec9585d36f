"""Predictions as a CSV: file,start,end,emotion,confidence,<one column a label>,model."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from .facts import Prediction
from .files import write_aside


def header(labels: Sequence[str]) -> list[str]:
    """The columns of predictions over `labels`."""
    return ["file", "start", "end", "emotion", "confidence", *labels, "model"]


def row(prediction: Prediction) -> list[str]:
    """One prediction's cells: seconds and probabilities with 6 decimals."""
    segment = prediction.segment
    numbers = (f"{value:.6f}" for value in prediction.probabilities)
    times = (f"{segment.start_seconds:.6f}", f"{segment.end_seconds:.6f}")
    emotion = (prediction.emotion, f"{prediction.confidence:.6f}")
    return [segment.file.as_posix(), *times, *emotion, *numbers, prediction.model_name]


class PredictionWriter:
    """Writes predictions to a stream as they come; the first one's labels make the columns."""

    def __init__(self, stream: TextIO, labels: Sequence[str]) -> None:
        self._stream = stream
        self._writer = csv.writer(stream, lineterminator="\n")
        self._writer.writerow(header(labels))

    def write(self, prediction: Prediction) -> None:
        """Write one row, and let it reach the file."""
        self._writer.writerow(row(prediction))
        self._stream.flush()


def write_predictions(path: Path, predictions: Sequence[Prediction]) -> None:
    """Write a CSV whole or not at all; labels that only some models know are empty for the others.

    Raises:
        HumpcatError: the file cannot be written.
    """
    labels = list(dict.fromkeys(label for prediction in predictions for label in prediction.labels))
    # A file's name may hold bytes that are no UTF-8; they are written escaped, as the table itself has to be read.
    with (
        write_aside(path) as aside,
        aside.open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream,
    ):
        writer = csv.DictWriter(stream, header(labels), restval="", lineterminator="\n")
        writer.writeheader()
        for prediction in predictions:
            writer.writerow(dict(zip(header(prediction.labels), row(prediction), strict=True)))
