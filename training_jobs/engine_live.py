"""The engine's part in a live session: from a request to a listener, and from its labels to lines."""

import logging
from pathlib import Path
from typing import Any

from core_model.errors import HumpcatError
from core_model.live.config import LiveConfig
from core_model.live.following import Following, Heard
from core_model.live.listener import Listener, leave_a_core
from core_model.live.ring_buffer import open_ring
from core_model.predictor import Predictor

Message = dict[str, Any]

_logger = logging.getLogger(__name__)


class LiveSession:
    """What a request `live` asks for: `ring` (its file), `config`, `begin` (a frame, none: from now on), `every`.

    Raises:
        HumpcatError: the ring buffer is gone, or the configuration makes no sense.
    """

    def __init__(self, predictor: Predictor, request: Message) -> None:
        ring = open_ring(Path(request["ring"]))
        leave_a_core()
        config = LiveConfig.from_json(request.get("config") or {})
        self._listener = Listener(predictor, config)
        self.following = Following(
            ring, self._listener, request.get("begin"), every=bool(request.get("every"))
        )

    def steer(self, message: Message) -> None:
        """Another configuration, or a calibration that begins."""
        try:
            if "config" in message:
                self._listener.config = LiveConfig.from_json(message["config"])
            if message.get("calibrate"):
                self._listener.speaker.calibrate()
        except HumpcatError as error:  # the window checks what it sends; the session must not end of it
            _logger.error("%s", error)


def told_heard(heard: Heard) -> Message:
    """A label as a report: `start` and `end` in samples at 16 kHz, the rest as in `Heard`."""
    label = heard.label
    return {
        "start": label.start,
        "end": label.end,
        "frame": heard.frame,
        "speech": label.speech,
        "probabilities": label.probabilities,
        "smoothed": label.smoothed,
        "standardised": label.standardised,
        "calibrated": label.calibrated,
        "captured": heard.captured,
        "computing": heard.computing,
        "skipped": heard.skipped,
        "lost": heard.lost,
        "hop": heard.hop,
    }
