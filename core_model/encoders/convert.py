"""Child process: turn a `pytorch_model.bin` into safetensors without running anything that is pickled in it.

`python -P -m core_model.encoders.convert SOURCE TARGET`. It stands apart so that its parent needs no torch,
and so that the memory of loading goes with it. Exit codes: 0, or one of those below with a line on stderr.
"""

import pickle
import sys
import zipfile
from pathlib import Path

import torch
from safetensors.torch import save_file

UNSAFE = 3
DAMAGED = 4
DISK = 5


def convert(source: Path, target: Path) -> None:
    """Save the tensors of `source` as the safetensors file `target`.

    Raises:
        pickle.UnpicklingError: `source` holds more than tensors and plain containers, or is no pickle.
        RuntimeError, EOFError, ValueError: `source` is damaged, or holds no tensors.
        OSError: reading or writing failed.
    """
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
    save_file(tensors, target, metadata={"format": "pt"})


def main(arguments: list[str]) -> int:
    """Convert; return the exit code."""
    try:
        convert(Path(arguments[0]), Path(arguments[1]))
    except pickle.UnpicklingError as error:
        return _fail(UNSAFE, error)
    except OSError as error:
        return _fail(DISK, error)
    except (RuntimeError, EOFError, ValueError) as error:
        return _fail(DAMAGED, error)
    return 0


def _fail(code: int, error: Exception) -> int:
    lines = str(error).splitlines() or [type(error).__name__]
    sys.stderr.write(lines[0] + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
