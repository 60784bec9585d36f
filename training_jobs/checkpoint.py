"""The state of a training on disk after each epoch, so that one that was killed goes on where it was."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from core_model.files import write_aside


class Checkpoint:
    """One file, `keep` by `keep` replaced whole: a kill costs the epoch under way and no more.

    Args:
        path: the file.
        identity: what the training depends on (data, configuration, recipe), as a hash; a state kept under another
            identity is no state of this training and is not given back.
    """

    def __init__(self, path: Path, identity: str) -> None:
        self._path = path
        self._identity = identity

    def load(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """The tensors and facts kept last; None if there are none, or they are damaged or another training's."""
        try:
            with safe_open(self._path, "pt") as stored:
                metadata: Mapping[str, str] = stored.metadata()
                if metadata["identity"] != self._identity:
                    return None
                arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
                return arrays, json.loads(metadata["facts"])
        except (OSError, SafetensorError, KeyError, TypeError, ValueError):
            return None

    def keep(self, arrays: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Put a state in the last one's place.

        Raises:
            HumpcatError: the disk is full, or the folder cannot be written.
        """
        with write_aside(self._path) as aside:
            # By way of memory: the library does not tell a full disk from other failures.
            aside.write_bytes(save(arrays, {"identity": self._identity, "facts": json.dumps(facts)}))
