"""The predictions of the recordings and segments of the project in hand, without Qt.

A prediction belongs to the model that made it; while another one is in use it is stale, and says so.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from core_model.facts import Prediction, Segment, WindowPrediction
from core_model.project.edit import Edit
from core_model.project.predicting import keep_prediction
from core_model.project.project import Project
from core_model.project.rows import PredictionRow

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
    """What models say of recordings and of their segments: kept in the project, what explains it in memory.

    Args:
        project: answers the project in hand.
        keep: makes an edit of the project that nobody undoes.
    """

    def __init__(self, project: Callable[[], Project | None], keep: Callable[[Edit], bool]) -> None:
        self._project, self._keep = project, keep
        self._model_id: str | None = None
        self._extras: OrderedDict[int, tuple[Explanation | None, DeletionTest | None]] = OrderedDict()

    def forget_explanations(self) -> None:
        """Another project is in hand; its rows have the same numbers."""
        self._extras.clear()

    def use_model(self, model_id: str | None) -> None:
        """Predictions of every other model are stale from now on."""
        self._model_id = model_id

    def get(self, path: Path) -> Predicted | None:
        """The prediction of a whole recording."""
        whole = self._whole(path)
        return self.find(whole) if whole is not None else None

    def find(self, segment: Segment) -> Predicted | None:
        """A segment's prediction: of the model in use if there is one, else the newest; of its bounds, or nearly."""
        row = self.suggestion(segment)
        return self._predicted(row, segment) if row is not None else None

    def suggestion(self, segment: Segment) -> PredictionRow | None:
        """The prediction of a segment as the project has it: of the model in use if there is one, else the newest."""
        project = self._project()
        recording = project.recording_at(segment.file) if project is not None else None
        if project is None or recording is None:
            return None
        span = (segment.start, segment.end)
        ours = project.prediction_of(recording.id, span, self._model_id) if self._model_id else None
        return ours if ours is not None else project.prediction_of(recording.id, span)

    def put(self, predicted: Predicted) -> bool:
        """Keep a prediction in place of the same model's of the same segment; the oldest explanations are dropped.

        Returns:
            Whether the project took it; one of a recording that was removed meanwhile is not missed.
        """
        project = self._project()
        if project is None:
            return True
        edit = keep_prediction(project, predicted.fact, predicted.device, predicted.precision)
        if edit.empty:
            return True
        kept = self._keep(edit)
        if kept:
            row = cast(PredictionRow, edit.changes[0].row)
            self._extend(row.id, predicted.explanation, predicted.deletion)
        return kept

    def add_explanation(self, segment: Segment, explanation: Explanation | None) -> None:
        """Keep what explains a segment's prediction; the oldest explanations beyond a bound are dropped."""
        row = self.suggestion(segment)
        if row is not None:
            self._extend(row.id, explanation, self._extras.get(row.id, (None, None))[1])

    def add_deletion_test(self, segment: Segment, deletion: DeletionTest) -> None:
        """Keep the test of a segment's relevance curve."""
        row = self.suggestion(segment)
        if row is not None:
            self._extend(row.id, self._extras.get(row.id, (None, None))[0], deletion)

    def state(self, path: Path) -> State:
        """Whether a whole recording is predicted, and by the model in use."""
        whole = self._whole(path)
        return self.state_of(whole) if whole is not None else State.NONE

    def state_of(self, segment: Segment) -> State:
        """Whether a segment is predicted, by the model in use and with the bounds that it has now."""
        row = self.suggestion(segment)
        if row is None:
            return State.NONE
        fresh = self._model_id in (None, row.model_id) and row.span == (segment.start, segment.end)
        return State.PREDICTED if fresh else State.STALE

    def of(self, paths: Iterable[Path]) -> list[Prediction]:
        """The predictions of these whole recordings, in their order; those without one are left out."""
        return [held.fact for path in paths if (held := self.get(path)) is not None]

    def _whole(self, path: Path) -> Segment | None:
        project = self._project()
        recording = project.recording_at(path) if project is not None else None
        return Segment(path, 0, recording.frames, recording.rate) if recording is not None else None

    def _extend(self, number: int, explanation: Explanation | None, deletion: DeletionTest | None) -> None:
        self._extras[number] = (explanation, deletion)
        self._extras.move_to_end(number)
        explained = [at for at, extra in self._extras.items() if extra[0] is not None]
        for at in explained[:-_EXPLAINED]:
            self._extras[at] = (None, self._extras[at][1])

    def _predicted(self, row: PredictionRow, segment: Segment) -> Predicted:
        predicted = Segment(segment.file, row.start, row.end, segment.rate)
        fact = Prediction(predicted, row.labels, row.probabilities, row.windows, row.model_name, row.model_id)
        explanation, deletion = self._extras.get(row.id, (None, None))
        return Predicted(fact, row.device, row.precision, explanation, deletion)


def read_predicted(answer: Mapping[str, Any], segment: Segment, device: str, precision: str) -> Predicted:
    """A prediction from the engine's decoded answer to `predict`."""
    windows = tuple(
        WindowPrediction(float(w["start"]), float(w["end"]), tuple(map(float, w["probabilities"])))
        for w in answer["windows"]
    )
    fact = Prediction(
        segment,
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
