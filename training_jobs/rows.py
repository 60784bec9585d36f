"""Tensors that are built row by row, in memory or, where that would be most of it, in a file without a name."""

import math
import os
import shutil
import tempfile

import numpy as np
import psutil
import torch
from torch import Tensor

from core_model.errors import HumpcatError
from core_model.folders import cache_folder

_MEMORY_SHARE = 0.5  # decision: of the memory that is free; more of one corpus would push other programs out


class Rows:
    """A tensor under construction, each row written once into its final place.

    A list of rows stacked at the end would need twice the memory; and small rows that stay, allocated between large
    ones that go, would leave the heap full of holes (measured: five times the rows).

    Args:
        capacity: how many rows are expected; there may be more.
        memory: bytes that the rows may take; more are kept in a file of the cache folder, and the system reads into
            memory what is in use. The file has no name: it goes with the tensor, or with the process.
    """

    def __init__(self, capacity: int, memory: int | None = None) -> None:
        self._capacity = max(1, capacity)
        self._memory = int(psutil.virtual_memory().available * _MEMORY_SHARE) if memory is None else memory
        self._rows: Tensor | None = None
        self._count = 0

    def add(self, row: Tensor) -> None:
        """Add a row, given as (1, ...).

        Raises:
            HumpcatError: neither the memory nor the disk has room for all of them.
        """
        if self._rows is None:
            self._rows = self._place(self._capacity, row)
        elif self._count == len(self._rows):
            grown = self._place(self._count + self._count // 2 + 1, row)
            grown[: self._count] = self._rows
            self._rows = grown
        self._rows[self._count] = row[0]
        self._count += 1

    def built(self) -> Tensor:
        """All rows that were added, of which there is one at least."""
        assert self._rows is not None
        return self._rows[: self._count]

    def _place(self, capacity: int, row: Tensor) -> Tensor:
        shape = (capacity, *row.shape[1:])
        if math.prod(shape) * row.element_size() <= self._memory:
            return torch.empty(shape, dtype=row.dtype)
        return _in_file(shape, row)


def _in_file(shape: tuple[int, ...], row: Tensor) -> Tensor:
    size, folder = math.prod(shape) * row.element_size(), cache_folder()
    full = HumpcatError(
        f"The features take {size / 1e9:.1f} GB: there is no room for them, neither in the memory nor in {folder}.",
        "Free some space on that disk, close other programs, or take fewer recordings.",
    )
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < size:
        raise full
    with tempfile.TemporaryFile(dir=folder) as file:
        file.truncate(size)
        if hasattr(
            os, "posix_fallocate"
        ):  # a page for which the disk has no room would end the process later
            try:
                os.posix_fallocate(file.fileno(), 0, size)
            except OSError as error:
                raise full from error
        mapped: np.memmap[tuple[int, ...], np.dtype[np.generic]] = np.memmap(
            file, dtype=row.numpy().dtype, mode="r+", shape=shape
        )
    return torch.from_numpy(mapped)
