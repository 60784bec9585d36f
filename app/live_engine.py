"""A second engine process, for live sessions alone: predictions asked for meanwhile wait for no session to end."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from core_model.errors import HumpcatError
from core_model.live.config import LiveConfig

from .engine_client import EngineClient, Message
from .recorder import Source
from .translation import tr


class LiveEngine(QObject):
    """Listens to a source with a model; another model, or an engine that died, only interrupts it."""

    heard = Signal(dict)  # a label, as training_jobs.engine_live tells it
    begun = Signal(dict)  # what the model is and runs on; from here on it listens
    busy = Signal(str)  # what it does before, empty when it does it no more
    ended = Signal()  # the source has no more
    failed = Signal(object)

    def __init__(self, make_client: Callable[[QObject], EngineClient], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_client = make_client
        self._client: EngineClient | None = None
        self._request = 0
        self._source: Source | None = None
        self._model: Path | None = None
        self._device = "auto"
        self._config = LiveConfig()

    def use_model(self, folder: Path | None, device: str) -> None:
        """Another model or device, from now on."""
        if (folder, device) != (self._model, self._device):
            self._model, self._device = folder, device
            self._again()

    def prepare(self) -> None:
        """Load the model before there is anything to listen to: that takes seconds."""
        if self._model is not None and not self._request:
            fields = {"model": str(self._model), "device": self._device}
            self._started().request("load", fields, lambda _: None, lambda _: None)

    def configure(self, config: LiveConfig) -> None:
        """Listen otherwise, from the next window on."""
        self._config = config
        self._steer({"config": asdict(config)})

    def calibrate(self) -> None:
        """Take the statistics of the next 20 s of speech."""
        self._steer({"calibrate": True})

    def listen(self, source: Source | None) -> None:
        """Listen to a source, from its beginning if it is replayed; to none."""
        self._source = source
        self._again()

    def close(self) -> None:
        """End the process."""
        if self._client is not None:
            self._client.close()

    def _again(self) -> None:
        client = self._client
        if client is not None:
            client.cancel(self._request)
        self._request = 0
        if self._source is None or self._model is None:
            self.busy.emit("")
            return
        client = self._started()
        self.busy.emit(tr("Loading the model…"))
        fields: dict[str, Any] = {
            "ring": str(self._source.ring.path),
            "begin": self._source.ring.oldest if self._source.replayed else None,
            "every": self._source.replayed,
            "config": asdict(self._config),
            "model": str(self._model),
            "device": self._device,
        }
        self._request = client.request("live", fields, self._end, self._fail, None, self._report)

    def _started(self) -> EngineClient:
        if self._client is None:
            self._client = self._make_client(self)
            self._client.crashed.connect(self._crash)
            self._client.ready.connect(self._ready)
        return self._client

    def _steer(self, fields: dict[str, Any]) -> None:
        if self._client is not None and self._request:
            self._client.steer(self._request, fields)

    def _report(self, message: Message) -> None:
        if "begun" in message:
            self.busy.emit("")
            self.begun.emit(message["begun"])
        else:
            self.heard.emit(message)

    def _end(self, _: Message) -> None:
        self._request = 0
        self.ended.emit()

    def _fail(self, error: HumpcatError) -> None:
        self._request = 0
        self.busy.emit("")
        self.failed.emit(error)

    def _crash(self, _: object) -> None:
        """`_fail` has told it, or will; `_ready` takes it up."""
        self.busy.emit("")

    def _ready(self) -> None:
        if self._source is not None and not self._request and not self._source.replayed:
            self._again()
