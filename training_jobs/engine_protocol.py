"""What the window and the engine say to each other: JSON lines, arrays inside them, or beside them when large.

Imported by both sides, so neither torch nor Qt is.
"""

import base64
import contextlib
import json
import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from core_model.errors import HumpcatError

INLINE_BYTES = 1_000_000


def encode_array(array: npt.NDArray[Any], folder: Path | None = None) -> dict[str, Any]:
    """An array as JSON-able values: base64 up to 1 MB, else the path of an .npy file in `folder`."""
    array = np.ascontiguousarray(array)
    facts: dict[str, Any] = {"dtype": array.dtype.name, "shape": list(array.shape)}
    if array.nbytes <= INLINE_BYTES or folder is None:
        facts["base64"] = base64.b64encode(array.tobytes()).decode("ascii")
    else:
        file = folder / f"{uuid.uuid4().hex}.npy"
        np.save(file, array, allow_pickle=False)
        facts["npy"] = str(file)
    return {"array": facts}


def decode_array(value: dict[str, Any]) -> npt.NDArray[Any]:
    """The inverse of `encode_array`; an .npy file is read and removed.

    Raises:
        HumpcatError: the value is no array.
    """
    try:
        facts = value["array"]
        if "npy" in facts:
            file = Path(facts["npy"])
            array: npt.NDArray[Any] = np.load(file, allow_pickle=False)
            file.unlink(missing_ok=True)
            return array
        flat = np.frombuffer(base64.b64decode(facts["base64"]), dtype=facts["dtype"])
        return flat.reshape(facts["shape"])
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise HumpcatError(f"The engine sent an array that cannot be read ({error}).") from error


def encode_line(message: dict[str, Any]) -> bytes:
    """One message as one line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode_line(line: bytes) -> dict[str, Any]:
    """One line as one message.

    Raises:
        HumpcatError: the line is not a JSON object.
    """
    try:
        message = json.loads(line)
    except ValueError as error:
        raise HumpcatError("A line between window and engine is not JSON.") from error
    if not isinstance(message, dict):
        raise HumpcatError("A line between window and engine is not a JSON object.")
    return message


@contextlib.contextmanager
def private_stdout() -> Iterator[BinaryIO]:
    """A duplicate of stdout for the protocol; what any library prints goes to stderr from here on."""
    sys.stdout.flush()
    private = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with os.fdopen(private, "wb") as stream:
        yield stream
