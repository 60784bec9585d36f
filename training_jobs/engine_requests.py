"""What the engine answers: load, predict, deletion_test, segments, speech, live.

It imports torch; `engine` comes before it.
"""

import contextlib
import itertools
import logging
import math
import queue
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from core_model.audio import read_info, waveform_blocks
from core_model.bundle import find_bundle
from core_model.cache import FeatureCache
from core_model.errors import HumpcatError
from core_model.explain import PASSES, HeatMap, WindowExplanation, deletion_test, explain
from core_model.extractor import Stretch
from core_model.facts import Prediction
from core_model.predictor import Predictor
from core_model.speech_activity import speech_probabilities, speech_segments
from core_model.speech_segments import SpeechConfig
from core_model.windows import WINDOW_SECONDS

from .engine_live import LiveSession, told_heard
from .engine_protocol import encode_array

Message = dict[str, Any]

_logger = logging.getLogger(__name__)


class Cancelled(Exception):
    """Raised inside a request whose cancellation has been asked for."""


class Engine:
    """Answers requests, one after another.

    Args:
        send: takes each answer.
        folder: where arrays too large for a line are left.
    """

    def __init__(self, send: Callable[[Message], None], folder: Path) -> None:
        self._send = send
        self._folder = folder
        self._predictor: Predictor | None = None
        self._loaded: tuple[str, str, str] | None = None
        self._cancelled: list[object] = []  # a list, since what comes over a line may be anything
        self._stopping = False
        self._answers: dict[str, Callable[[Message], Message]] = {
            "load": self._load,
            "predict": self._predict,
            "deletion_test": self._deletion_test,
            "segments": self._segments,
            "speech": self._speech,
            "live": self._live,
        }
        self._steering: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def cancel(self, request: object) -> None:
        """Ask for the end of a request, waiting or running; called from the reading thread."""
        self._cancelled.append(request)

    def steer(self, message: Message) -> None:
        """Change what a live session does; called from the reading thread."""
        self._steering.put(message)

    def stop(self) -> None:
        """End what runs at its next window: whoever asked for it is gone."""
        self._stopping = True

    def answer(self, request: Message) -> None:
        """Carry out one request and send its one final event."""
        number = request.get("id")
        try:
            self._check(request)
            answer = self._answers.get(request.get("do", ""))
            if answer is None:
                raise HumpcatError(f"The engine does not know the request {request.get('do')!r}.")
            self._send({"id": number, "event": "result", **answer(request)})
        except Cancelled:
            self._send({"id": number, "event": "cancelled"})
        except HumpcatError as error:
            self._send({"id": number, "event": "error", "message": error.message, "hint": error.hint})
        except Exception as error:  # whatever a library throws, the window must hear of it
            _logger.exception("request %s failed", request.get("do"))
            self._send({"id": number, "event": "error", **_told(error)})

    def _check(self, request: Message) -> None:
        if self._stopping or request.get("id") in self._cancelled:
            raise Cancelled

    def _progress(self, request: Message, done: int, of: int, text: str) -> None:
        self._check(request)
        self._send({"id": request.get("id"), "event": "progress", "done": done, "of": of, "text": text})

    def _load(self, request: Message) -> Message:
        return {"model": told_model(self._ready(request))}

    def _predict(self, request: Message) -> Message:
        predictor, stretch = self._ready(request), _stretch(request)
        if not request.get("attention"):
            return _told_prediction(predictor.predict(stretch, on_window=self._counter(request, stretch)))
        prediction, explanations = explain(predictor, stretch, on_window=self._counter(request, stretch))
        return {
            **_told_prediction(prediction),
            "attention": [self._told_window(each) for each in explanations],
        }

    def _deletion_test(self, request: Message) -> Message:
        predictor, stretch = self._ready(request), _stretch(request)
        return asdict(deletion_test(predictor, stretch, on_pass=self._counter(request, stretch, PASSES)))

    def _segments(self, request: Message) -> Message:
        wanted = {each.name: request[each.name] for each in fields(SpeechConfig) if each.name in request}
        segments = speech_segments(
            Path(request["file"]), SpeechConfig(**wanted), on_block=lambda _: self._check(request)
        )
        return {"segments": [[segment.start, segment.end] for segment in segments]}

    def _speech(self, request: Message) -> Message:
        """What `speech_segments.segments_of` takes, so that the window can try other thresholds without asking."""
        file = Path(request["file"])
        of = math.ceil(read_info(file).duration)
        probabilities = speech_probabilities(
            waveform_blocks(file),
            lambda heard: self._progress(request, min(round(heard), of), of, "Listening for speech"),
        )
        return {"probabilities": encode_array(probabilities, self._folder)}

    def _live(self, request: Message) -> Message:
        """Listen to a ring buffer until it ends or the request is cancelled; every label is a report."""
        predictor = self._ready(request)
        session = LiveSession(predictor, request)
        self._report(request, {"begun": told_model(predictor), "frame": session.following.begin})

        def check() -> None:
            self._check(request)
            with contextlib.suppress(queue.Empty):
                while True:
                    message = self._steering.get_nowait()
                    if message.get("what") == request.get("id"):
                        session.steer(message)

        for heard in session.following.labels(check):
            self._report(request, told_heard(heard))
        return {}

    def _report(self, request: Message, told: Message) -> None:
        self._send({"id": request.get("id"), "event": "report", **told})

    def _counter(self, request: Message, stretch: Stretch, passes: int = 1) -> Callable[[], None]:
        """Called after every pass over a window: tells how far the request is, and stops it where it was cancelled."""
        info = read_info(stretch.file)
        frames = (info.frames if stretch.end is None else stretch.end) - stretch.start
        of, done = passes * -(-frames // (WINDOW_SECONDS * info.rate)), itertools.count(1)
        return lambda: self._progress(request, min(next(done), of), of, "Predicting")

    def _ready(self, request: Message) -> Predictor:
        """The predictor that the request names, loaded unless it is the one at hand."""
        wanted = (request["model"], request.get("device", "auto"), request.get("precision", "auto"))
        record = find_bundle(wanted[0])
        loaded = (record.id, *wanted[1:])
        if self._predictor is None or self._loaded != loaded:
            # The old one's memory is free before the new one takes its own.
            self._predictor = self._loaded = None
            self._progress(request, 0, 1, f"Loading the model {record.name}")
            self._predictor = Predictor(record, *wanted[1:], cache=FeatureCache())
            self._loaded = loaded
        return self._predictor

    def _told_window(self, window: WindowExplanation) -> Message:
        return {
            "start": window.start,
            "end": window.end,
            "maps": [self._told_map(each) for each in window.maps],
            "relevance": {
                "times": encode_array(window.relevance.times, self._folder),
                "values": encode_array(window.relevance.values, self._folder),
                "prosody_share": window.relevance.prosody_share,
            },
            "layer_weights": list(window.layer_weights),
        }

    def _told_map(self, heat_map: HeatMap) -> Message:
        return {
            "stage": heat_map.stage,
            "name": heat_map.name,
            "query": heat_map.query,
            "key": heat_map.key,
            "weights": encode_array(heat_map.weights, self._folder),
            "query_names": list(heat_map.query_axis.names),
            "query_times": encode_array(heat_map.query_axis.times, self._folder),
            "key_names": list(heat_map.key_axis.names),
            "key_times": encode_array(heat_map.key_axis.times, self._folder),
        }


def told_model(predictor: Predictor) -> Message:
    """Which model it is, and what it runs on."""
    record = predictor.record
    return {
        "name": record.name,
        "id": record.id,
        "labels": list(record.labels),
        "device": predictor.device.kind,
        "device_name": predictor.device.name,
        "precision": predictor.precision,
        "encoder": record.encoder_name,
    }


def _told_prediction(prediction: Prediction) -> Message:
    return {
        "model_name": prediction.model_name,
        "model_id": prediction.model_id,
        "labels": list(prediction.labels),
        "probabilities": list(prediction.probabilities),
        "start": prediction.segment.start,
        "end": prediction.segment.end,
        "windows": [asdict(window) for window in prediction.windows],
    }


def _stretch(request: Message) -> Stretch:
    return Stretch(Path(request["file"]), request.get("start") or 0, request.get("end"))


def _told(error: Exception) -> Message:
    if "out of memory" in str(error).lower():
        return {
            "message": "The device ran out of memory.",
            "hint": "Choose the CPU, or close other programs.",
        }
    return {
        "message": f"The engine failed: {type(error).__name__}: {error}",
        "hint": "Try again; if it happens again, the engine's log tells more.",
    }
