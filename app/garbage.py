"""Short garbage collections: what survived a full one is left alone by the next ones, until another project is opened.

A project's rows are hundreds of thousands of objects, none of them garbage, and looking at all of them stopped the
window for 70 ms (10 000 segments) several times a minute.
"""

import gc
from typing import Any


def keep_short() -> None:
    """Begin to leave alone what survives a full collection."""
    gc.callbacks.append(_freeze_survivors)


def look_at_all() -> None:
    """Let the next full collection look at everything again."""
    gc.unfreeze()


def end() -> None:
    """Collect as Python does by default."""
    if _freeze_survivors in gc.callbacks:
        gc.callbacks.remove(_freeze_survivors)
    gc.unfreeze()


def _freeze_survivors(phase: str, info: dict[str, Any]) -> None:
    if phase == "stop" and info["generation"] == 2:
        gc.freeze()
