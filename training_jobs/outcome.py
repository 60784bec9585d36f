"""What one tested split came to, as a job keeps it on disk and a report reads it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from core_model.errors import HumpcatError
from core_model.files import write_aside

from .epoch import Epoch
from .manifest import Utterance
from .metrics import Metrics, measure

# Kinds of predictions, in the order in which reports tell them.
NETWORK = "network"
UNKNOWN = "speakers unknown"
ALONE = "without shortcut"
BEFORE = "before"
PROBE = "probe"
KINDS = (NETWORK, UNKNOWN, ALONE, BEFORE, PROBE)
# Folders below a job's checkpoints: the outcomes of its splits, and of the points of its learning curve.
OUTCOMES, CURVE = "outcomes", "curve"


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One split: who was in it, how training went, what was predicted of its test part.

    Attributes:
        name: "draw 1", "fold 3", "test".
        train, validation, test: utterances at their own speed; `test` in the order of the predictions.
        labels: of the predictions' columns.
        truth: (n,) index of each test utterance's label.
        predictions: (n, labels) probabilities by kind: "network" as the job standardises, "speakers unknown" by the
            model's own statistics, "without shortcut" the paper's network alone where it has a shortcut, "before" the
            model that fine-tuning started from, "probe" the linear baseline on the same features and split. Only those
            that were made.
        epochs: of the training, if any; `best` is the number of the one kept.
        standardisation: for each test speaker's id how the features were standardised.
        temperature: that of the network's predictions.
    """

    name: str
    train: tuple[Utterance, ...]
    validation: tuple[Utterance, ...]
    test: tuple[Utterance, ...]
    labels: tuple[str, ...]
    truth: npt.NDArray[np.int64]
    predictions: Mapping[str, npt.NDArray[np.float64]]
    epochs: tuple[Epoch, ...] = ()
    best: int = 0
    standardisation: Mapping[str, str] = field(default_factory=dict)
    temperature: float = 1.0

    def metrics(self, kind: str = NETWORK) -> Metrics:
        """The metrics of one kind of predictions."""
        return measure(self.labels, self.truth, self.predictions[kind])

    def summary(self) -> dict[str, Any]:
        """The metrics as a bundle keeps them: the network's, and, below, those for unknown speakers; {} untested."""
        if not len(self.truth):
            return {}
        return {**self.metrics().to_json(), "unknown_speaker": self.metrics(UNKNOWN).to_json()}


def write_outcome(path: Path, outcome: Outcome) -> None:
    """Write an outcome as one safetensors file, whole or not at all.

    Raises:
        HumpcatError: the disk is full, or the folder cannot be written.
    """
    told = {
        each.name: getattr(outcome, each.name)
        for each in fields(outcome)
        if each.name not in ("truth", "predictions", "train", "validation", "test", "epochs")
    }
    told["standardisation"] = dict(outcome.standardisation)
    told["epochs"] = [epoch.to_json() for epoch in outcome.epochs]
    for part in ("train", "validation", "test"):
        told[part] = [_told(utterance) for utterance in getattr(outcome, part)]
    arrays = {"truth": outcome.truth, **{f"predictions/{k}": v for k, v in outcome.predictions.items()}}
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with write_aside(path) as aside:
        aside.write_bytes(save(arrays, {"outcome": json.dumps(told)}))


def read_outcome(path: Path) -> Outcome:
    """Read an outcome.

    Raises:
        HumpcatError: the file is missing or damaged.
    """
    try:
        with safe_open(path, "numpy") as stored:
            told = json.loads(stored.metadata()["outcome"])
            arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise HumpcatError(f"{path} is missing or damaged.", "Run the job again.") from error
    for part in ("train", "validation", "test"):
        told[part] = tuple(_utterance(each) for each in told[part])
    told["labels"] = tuple(told["labels"])
    told["epochs"] = tuple(Epoch.from_json(each) for each in told["epochs"])
    predictions = {
        name.removeprefix("predictions/"): array for name, array in arrays.items() if name != "truth"
    }
    return Outcome(**told, truth=arrays["truth"], predictions=predictions)


def read_outcomes(folder: Path) -> list[Outcome]:
    """All outcomes in a folder, in the order of their files' names; "draw 10" comes after "draw 2"."""
    return [read_outcome(path) for path in sorted(folder.glob("*.safetensors"), key=_by_number)]


def pooled(outcomes: Sequence[Outcome]) -> Outcome:
    """Outcomes that test every utterance once, as folds do, as one; of predictions the kinds that all of them have."""
    kinds = [kind for kind in KINDS if all(kind in outcome.predictions for outcome in outcomes)]
    return Outcome(
        "all",
        (),
        (),
        tuple(utterance for outcome in outcomes for utterance in outcome.test),
        outcomes[0].labels,
        np.concatenate([outcome.truth for outcome in outcomes]),
        {kind: np.concatenate([outcome.predictions[kind] for outcome in outcomes]) for kind in kinds},
        standardisation={name: told for each in outcomes for name, told in each.standardisation.items()},
    )


def _by_number(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.stem)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def _told(utterance: Utterance) -> dict[str, Any]:
    return {**asdict(utterance), "file": str(utterance.file)}


def _utterance(told: dict[str, Any]) -> Utterance:
    return Utterance(**{**told, "file": Path(told["file"])})
