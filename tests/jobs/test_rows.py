"""Tensors built row by row, in memory and in a file without a name."""

import sys
from collections import namedtuple
from pathlib import Path

import pytest
import torch

from core_model.errors import HumpcatError
from core_model.folders import cache_folder
from training_jobs.rows import Rows

ROWS = torch.arange(60, dtype=torch.float16).reshape(10, 2, 3)


@pytest.mark.parametrize("memory", [None, 0])
@pytest.mark.parametrize("expected", [10, 50, 3, 0])
def test_rows_come_out_as_they_went_in(memory: int | None, expected: int) -> None:
    rows = Rows(expected, memory)
    for row in ROWS.split(1):
        rows.add(row)
    assert rows.built().dtype == torch.float16
    assert torch.equal(rows.built(), ROWS)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_rows_beyond_the_memory_lie_in_a_file_that_goes_with_them() -> None:
    def mapped() -> bool:
        return f"{cache_folder()}/" in Path("/proc/self/maps").read_text()

    rows = Rows(10, memory=ROWS.nbytes - 1)
    rows.add(ROWS[:1])
    assert mapped() and list(cache_folder().iterdir()) == []
    del rows
    assert not mapped()
    rows = Rows(10, memory=ROWS.nbytes)
    rows.add(ROWS[:1])
    assert not mapped()


def test_rows_for_which_there_is_no_room_anywhere_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage(100, 1, 99))
    with pytest.raises(HumpcatError, match="no room") as told:
        Rows(10, memory=0).add(ROWS[:1])
    assert "Free some space" in told.value.hint
