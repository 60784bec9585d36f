"""What a safetensors file holds, read without torch."""

import hashlib
import json
import mmap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import safetensors

from ..errors import HumpcatError

_BLOCK = 1 << 22

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor's place in a file: its bytes are [start, end)."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def read_tensors(path: Path) -> list[Tensor]:
    """List a safetensors file's tensors, by name, after checking that the file is whole.

    Raises:
        HumpcatError: the file is cut off, is no safetensors file, or cannot be read.
    """
    try:
        with safetensors.safe_open(path, framework="numpy"):
            pass  # opening checks the header, the sizes, overlaps and the file's length
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(length))
    except OSError as error:
        raise HumpcatError(f"{path} cannot be read ({error.strerror or error}).") from error
    except safetensors.SafetensorError as error:
        raise HumpcatError(
            f"The weights in {path} are damaged or cut off: they are not a whole safetensors file.",
            "Get the file again.",
        ) from error
    header.pop("__metadata__", None)
    first = 8 + length
    return [
        Tensor(
            name, entry["dtype"], tuple(entry["shape"]), *(first + offset for offset in entry["data_offsets"])
        )
        for name, entry in sorted(header.items())
    ]


def weights_hash(path: Path, progress: Progress | None = None) -> str:
    """SHA-256 over every tensor's name, type, shape and bytes, in the order of the names.

    Decision: not the file's own hash, because one set of weights exists as several files (the hub's
    conversion to safetensors, ours, another writer's order), and a bundle must find its encoder in any.

    Args:
        path: a safetensors file.
        progress: told the bytes hashed and the bytes to hash.

    Raises:
        HumpcatError: as `read_tensors`.
    """
    tensors = read_tensors(path)
    digest = hashlib.sha256()
    done, of = 0, sum(tensor.end - tensor.start for tensor in tensors)
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for tensor in tensors:
            digest.update(json.dumps([tensor.name, tensor.dtype, tensor.shape]).encode())
            for start in range(tensor.start, tensor.end, _BLOCK):
                block = content[start : min(start + _BLOCK, tensor.end)]
                digest.update(block)
                done += len(block)
                if progress is not None:
                    progress(done, of)
    return digest.hexdigest()
