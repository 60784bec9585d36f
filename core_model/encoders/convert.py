"""Child process: turn a `pytorch_model.bin` into safetensors without running anything that is pickled in it.

`python -P -m core_model.encoders.convert SOURCE TARGET`. It stands apart so that its parent needs no torch,
and so that the memory of loading goes with it. Exit codes: 0, or one of those below with a line on stderr.
"""

import pickle
import sys
import zipfile
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

UNSAFE = 3
DAMAGED = 4
DISK = 5


def main(arguments: list[str]) -> int:
    """Save the tensors of SOURCE as TARGET; return the exit code."""
    source, target = map(Path, arguments)
    try:
        tensors = _load(source)
    except pickle.UnpicklingError as error:
        return _fail(UNSAFE, error)
    except (OSError, RuntimeError, EOFError, ValueError) as error:
        return _fail(DAMAGED, error)
    try:
        save_file(tensors, target, metadata={"format": "pt"})
    except (OSError, SafetensorError) as error:
        return _fail(DISK, error)
    return 0


def _load(source: Path) -> dict[str, torch.Tensor]:
    # A file in today's form (a zip) is mapped, so that saving it does not need its size in memory.
    state = torch.load(source, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(source))
    if not isinstance(state, dict):
        raise ValueError("no table of tensors")
    tensors, seen = {}, set()
    for name, value in state.items():
        if not isinstance(value, torch.Tensor):
            continue
        storage = value.untyped_storage().data_ptr()
        # safetensors refuses tensors that share memory (tied embeddings): each becomes its own copy.
        tensors[str(name)] = value.detach().clone() if storage in seen else value.detach().contiguous()
        seen.add(storage)
    if not tensors:
        raise ValueError("no tensors")
    return tensors


def _fail(code: int, error: Exception) -> int:
    lines = str(error).splitlines() or [type(error).__name__]
    sys.stderr.write(lines[0] + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
