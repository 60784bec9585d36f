"""Asking the engine, one recording after another, and keeping what it answers."""

import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from core_model.errors import HumpcatError
from core_model.facts import Segment
from core_model.windows import WINDOW_SECONDS

from ..display.progress import remaining
from ..engine_client import EngineClient, Message
from ..predictions import (
    Predicted,
    PredictionStore,
    State,
    read_deletion_test,
    read_explanation,
    read_predicted,
)
from ..translation import tr

EXPLAINED_SECONDS = 10 * WINDOW_SECONDS  # longer recordings are explained a window at a time, when asked
_PREDICT, _EXPLAIN, _DELETE = "predict", "explain", "deletion_test"


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """The model chosen, and once it is loaded on what it runs."""

    name: str
    id: str
    device: str = ""
    precision: str = ""
    encoder: str = ""


@dataclass(frozen=True, slots=True)
class _Order:
    """One thing to ask the engine of a segment; of an explanation, maybe of a part of it (samples)."""

    kind: str
    segment: Segment
    part: tuple[int, int] | None = None


class Predicting(QObject):
    """A queue of orders, one with the engine at a time, so that cancelling leaves nothing behind."""

    changed = Signal(object)  # the Segment whose prediction is new
    model_changed = Signal(object)  # ModelInUse or None
    busy_changed = Signal()
    progressed = Signal(str, int, int)  # text, done, of; of 0: nothing runs
    failed = Signal(object)
    done = Signal(str)

    def __init__(self, engine: EngineClient, store: PredictionStore, parent: QObject) -> None:
        super().__init__(parent)
        self._engine, self._store = engine, store
        self.model: ModelInUse | None = None
        self._folder, self._device = "", "auto"
        self._orders: deque[_Order] = deque()
        self._running: tuple[_Order, int] | None = None
        self._loading = 0
        self._finished = self._asked = self._predicted_count = 0
        self._bad: list[HumpcatError] = []
        self._reload = False
        self._began = 0.0
        engine.ready.connect(self._load_again)
        engine.crashed.connect(self._crash)

    def use_model(self, name: str, model_id: str, folder: Path) -> None:
        """Take another model: predictions of the one before become stale."""
        if self.model is not None and (self.model.id, self._folder) == (model_id, str(folder)):
            return
        self.model = ModelInUse(name, model_id)
        self._folder = str(folder)
        self._store.use_model(model_id)
        self.cancel()
        self.load()

    def use_device(self, device: str) -> None:
        """Take another device: auto, cpu, cuda or mps."""
        if device != self._device:
            self._device = device
            self.cancel()
            self.load()

    def load(self) -> None:
        """Let the engine load the model before it is needed."""
        if self.model is None:
            return
        self.model = replace(self.model, device="", precision="")
        self.model_changed.emit(self.model)
        self._engine.cancel(self._loading)
        self._loading = self._engine.request("load", self._fields(), self._take_model, self._fail_to_load)

    def predict(self, segments: list[Segment]) -> None:
        """Predict segments; a single one of usual length comes with its explanation."""
        self._order([_Order(_PREDICT, segment) for segment in segments])

    def explain(self, segment: Segment, start: float | None = None, end: float | None = None) -> None:
        """Ask for the attention of a predicted segment, or of a stretch of it (seconds of the recording)."""
        part = (
            None if start is None or end is None else (round(start * segment.rate), round(end * segment.rate))
        )
        self._order([_Order(_EXPLAIN, segment, part)])

    def deletion_test(self, segment: Segment) -> None:
        """Ask whether the relevance curve is true."""
        self._order([_Order(_DELETE, segment)])

    def wants_explanation(self, segment: Segment) -> bool:
        """Whether a segment has a prediction of the model in use but no explanation yet, and may have one whole."""
        held = self._store.find(segment)
        fresh = held is not None and self._store.state_of(segment) is State.PREDICTED
        return fresh and held.explanation is None and explained_whole(segment)  # type: ignore[union-attr]

    def is_busy_with(self, segment: Segment) -> bool:
        """Whether a prediction of this segment is being made or waits its turn."""
        orders = [*self._orders, *([self._running[0]] if self._running else [])]
        return any(order.kind == _PREDICT and order.segment == segment for order in orders)

    def cancel(self) -> None:
        """Drop everything that waits or runs; what is done is kept."""
        if self._running is not None:
            self._engine.cancel(self._running[1])
        self._running = None
        self._orders.clear()
        self._close_round()

    def _order(self, orders: list[_Order]) -> None:
        """Take orders of one kind, those left out that run or wait already."""
        known = {*self._orders, *([self._running[0]] if self._running else [])}
        new = [order for order in orders if order not in known]
        if not new or self.model is None:
            return
        if new[0].kind == _PREDICT:
            self._orders.extend(new)
        else:
            self._orders.extendleft(new)  # somebody looks at it now
        if not self._asked:
            self._began = time.monotonic()
        self._asked += len(new)
        self._next()

    def _next(self) -> None:
        if self._running is None and self._orders:
            order = self._orders.popleft()
            number = self._engine.request(
                "deletion_test" if order.kind == _DELETE else "predict",
                self._fields(order),
                lambda answer: self._take(order, answer),
                lambda error: self._fail(order, error),
                self._progress,
            )
            self._running = (order, number)
        if self._running is None:
            self._close_round()
            return
        self._tell()
        self.busy_changed.emit()

    def _fields(self, order: _Order | None = None) -> dict[str, Any]:
        fields: dict[str, Any] = {"model": self._folder, "device": self._device, "precision": "auto"}
        if order is None:
            return fields
        start, end = order.part or (order.segment.start, order.segment.end)
        alone = order.kind == _EXPLAIN or (self._asked == 1 and explained_whole(order.segment))
        return {**fields, "file": str(order.segment.file), "start": start, "end": end, "attention": alone}

    def _tell(self, text: str = "") -> None:
        if self._running is None:
            return
        order = self._running[0]
        what = {_PREDICT: tr("Predicting"), _EXPLAIN: tr("Explaining"), _DELETE: tr("Testing")}[order.kind]
        if self._asked == 1:
            self.progressed.emit(text or f"{what}…", -1, 1)
        else:
            left = remaining(time.monotonic() - self._began, self._finished, self._asked)
            words = text or tr("{what} {value} of {asked}").format(
                what=what, value=self._finished + 1, asked=self._asked
            )
            self.progressed.emit(f"{words}, {left}" if left else words, self._finished, self._asked)

    def _progress(self, done: int, of: int, text: str) -> None:
        if self._running is None:
            return
        if text.startswith("Loading"):
            self._tell(text)
        elif self._asked == 1 and of > 1:
            part = tr("Pass") if self._running[0].kind == _DELETE else tr("Window")
            left = remaining(time.monotonic() - self._began, done, of)
            words = tr("{part} {done} of {of}").format(part=part, done=done, of=of)
            self.progressed.emit(f"{words}, {left}" if left else words, done, of)

    def _take_model(self, answer: Message) -> None:
        if self.model is not None:
            loaded = answer["model"]
            self.model = replace(
                self.model, device=loaded["device"], precision=loaded["precision"], encoder=loaded["encoder"]
            )
            self.model_changed.emit(self.model)

    def _fail_to_load(self, error: HumpcatError) -> None:
        if self.model is not None:
            self.model = replace(self.model, device=tr("not loaded"))
            self.model_changed.emit(self.model)
        self.failed.emit(error)

    def _take(self, order: _Order, answer: Message) -> None:
        if order.kind == _PREDICT:
            if not self._store.put(self._predicted(answer, order.segment)):
                self._predicted_count = 0  # the refusal has been told, and stays to be read
                self.cancel()  # the next ones would be refused as well
                return
            self._predicted_count += 1
        elif order.kind == _DELETE:
            self._store.add_deletion_test(order.segment, read_deletion_test(answer))
        else:
            self._store.add_explanation(order.segment, read_explanation(answer["attention"]))
        self._end()
        self.changed.emit(order.segment)

    def _predicted(self, answer: Message, segment: Segment) -> Predicted:
        model = self.model
        device, precision = (model.device, model.precision) if model is not None else ("", "")
        return read_predicted(answer, segment, device, precision)

    def _fail(self, order: _Order, error: HumpcatError) -> None:
        self._bad.append(error)
        self._end()

    def _end(self) -> None:
        self._running = None
        self._finished += 1
        self._next()

    def _close_round(self) -> None:
        """Nothing waits any more: say how it went."""
        predicted, asked, bad = self._predicted_count, self._asked, self._bad
        self._finished = self._asked = self._predicted_count = 0
        self._bad = []
        if asked:
            self.progressed.emit("", 0, 0)
        self.busy_changed.emit()
        if len(bad) == 1:
            self.failed.emit(bad[0])
        elif bad:
            self.failed.emit(
                HumpcatError(
                    tr("{bad} of {asked} failed. The first: {message}").format(
                        bad=len(bad), asked=asked, message=bad[0].message
                    ),
                    bad[0].hint,
                )
            )
        elif predicted > 1:
            self.done.emit(tr("Made {predicted} predictions.").format(predicted=predicted))

    def _crash(self, error: HumpcatError) -> None:
        """The engine died: the order that ran fails, those that wait go to the next engine, as long as there is one."""
        if self._engine.given_up:
            self._orders.clear()
        if self._running is None:
            self.failed.emit(error)
        if self.model is not None:
            self.model = replace(self.model, device="", precision="")
            self.model_changed.emit(self.model)
            self._reload = True

    def _load_again(self) -> None:
        if self._reload:
            self._reload = False
            self.load()


def explained_whole(segment: Segment) -> bool:
    """Whether it is short enough to be explained whole."""
    return segment.end - segment.start <= EXPLAINED_SECONDS * segment.rate
