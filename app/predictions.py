"""The predictions of the recordings that are open, in memory and without Qt.

A prediction belongs to the model that made it; while another one is in use it is stale, and says so.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core_model.audio import AudioInfo
from core_model.facts import Prediction, Segment, WindowPrediction

_EXPLAINED = (
    24  # recordings that keep their attention maps, about 1 MB a window; the others' are asked for again
)

Floats = npt.NDArray[np.float32]


class State(Enum):
    """What the list shows of a recording."""

    NONE = "none"
    PREDICTED = "predicted"
    STALE = "stale"


@dataclass(frozen=True, slots=True, eq=False)
class TokenAxis:
    """The tokens along one side of an attention map: `times` in seconds, NaN where a token is named instead."""

    names: tuple[str, ...]
    times: npt.NDArray[np.float64]

    @property
    def timed(self) -> npt.NDArray[np.bool_]:
        """Which tokens have a time."""
        return ~np.isnan(self.times)

    @property
    def in_time(self) -> bool:
        """Whether all tokens have a time."""
        return bool(len(self.times)) and bool(self.timed.all())


@dataclass(frozen=True, slots=True, eq=False)
class AttentionMap:
    """One layer's weights (heads, queries, keys) in one window."""

    stage: str
    query: str
    key: str
    weights: Floats
    queries: TokenAxis
    keys: TokenAxis

    @property
    def title(self) -> str:
        """Stage and direction as the chooser shows them."""
        return f"{self.stage}: {self.query} → {self.key}"


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Every window's maps; the relevance of each time (mean 1); the share of prosody, which belongs to no time."""

    windows: tuple[tuple[AttentionMap, ...], ...]
    times: Floats
    relevance: Floats
    prosody_share: float


@dataclass(frozen=True, slots=True)
class DeletionTest:
    """Drops of the predicted label's probability: the most relevant 20 % of the time silenced, and random 20 %."""

    label: str
    probability: float
    drop_relevant: float
    drop_random: float
    draws: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """A recording's prediction with all that explains it, as far as it was asked for."""

    fact: Prediction
    device: str
    precision: str
    explanation: Explanation | None = None
    deletion: DeletionTest | None = None


class PredictionStore:
    """One prediction a recording; the newest one counts."""

    def __init__(self) -> None:
        self._held: OrderedDict[Path, Predicted] = OrderedDict()
        self._model_id: str | None = None

    def use_model(self, model_id: str | None) -> None:
        """Predictions of every other model are stale from now on."""
        self._model_id = model_id

    def get(self, path: Path) -> Predicted | None:
        """A recording's prediction."""
        return self._held.get(path)

    def put(self, path: Path, predicted: Predicted) -> None:
        """Keep a prediction; the oldest explanations beyond a bound are dropped."""
        self._held[path] = predicted
        self._held.move_to_end(path)
        explained = [at for at, held in self._held.items() if held.explanation is not None]
        for at in explained[:-_EXPLAINED]:
            self._held[at] = replace(self._held[at], explanation=None)

    def remove(self, path: Path) -> None:
        """Forget a recording's prediction."""
        self._held.pop(path, None)

    def state(self, path: Path) -> State:
        """Whether a recording is predicted, and by the model in use."""
        held = self._held.get(path)
        if held is None:
            return State.NONE
        return State.PREDICTED if self._model_id in (None, held.fact.model_id) else State.STALE

    def of(self, paths: Iterable[Path]) -> list[Prediction]:
        """The predictions of these recordings, in their order; those without one are left out."""
        return [self._held[path].fact for path in paths if path in self._held]


def read_predicted(answer: Mapping[str, Any], info: AudioInfo, device: str, precision: str) -> Predicted:
    """A prediction of a whole recording from the engine's decoded answer to `predict`."""
    windows = tuple(
        WindowPrediction(float(w["start"]), float(w["end"]), tuple(map(float, w["probabilities"])))
        for w in answer["windows"]
    )
    fact = Prediction(
        Segment(info.path, 0, info.frames, info.rate),
        tuple(answer["labels"]),
        tuple(map(float, answer["probabilities"])),
        windows,
        str(answer["model_name"]),
        str(answer["model_id"]),
    )
    explanation = read_explanation(answer.get("attention") or [])
    return Predicted(fact, device, precision, explanation)


def read_explanation(windows: list[Mapping[str, Any]]) -> Explanation | None:
    """Attention maps and the relevance curve from the engine's answer; None when there are none."""
    if not windows:
        return None
    curves = [window["relevance"] for window in windows]
    return Explanation(
        tuple(tuple(_read_map(found) for found in window["maps"]) for window in windows),
        np.concatenate([np.asarray(curve["times"], dtype=np.float32) for curve in curves]),
        np.concatenate([np.asarray(curve["values"], dtype=np.float32) for curve in curves]),
        float(np.mean([curve["prosody_share"] for curve in curves])),
    )


def read_deletion_test(answer: Mapping[str, Any]) -> DeletionTest:
    """The engine's answer to `deletion_test`."""
    numbers = (float(answer[name]) for name in ("probability", "drop_relevant", "drop_random"))
    probability, relevant, random = numbers
    draws = tuple(map(float, answer["drop_random_draws"]))
    return DeletionTest(str(answer["label"]), probability, relevant, random, draws)


def _read_map(found: Mapping[str, Any]) -> AttentionMap:
    weights = np.asarray(found["weights"], dtype=np.float32)
    queries, keys = _read_axis(found, "query"), _read_axis(found, "key")
    return AttentionMap(str(found["stage"]), str(found["query"]), str(found["key"]), weights, queries, keys)


def _read_axis(found: Mapping[str, Any], side: str) -> TokenAxis:
    """One side's token names and times; a token without a time has NaN."""
    times = np.asarray(found[f"{side}_times"], dtype=np.float64)
    names = tuple(map(str, found[f"{side}_names"]))
    return TokenAxis(names, times)
