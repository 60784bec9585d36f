"""The feature cache: shared, bounded, and never believing a torn entry."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core_model.cache import GIGABYTE, FeatureCache
from core_model.errors import HumpcatError
from core_model.folders import cache_folder

KEY = {"audio": "a" * 64, "window": 0, "layers": [1, 9], "features": "f"}
ARRAYS = {
    "encoder": np.arange(24, dtype=np.float16).reshape(2, 3, 4),
    "valid": np.array([True, False]),
    "turned": np.arange(6, dtype=np.float32).reshape(2, 3).T,
}

WRITER = """
import sys
from pathlib import Path
import numpy as np
from core_model.cache import FeatureCache
cache = FeatureCache(Path(sys.argv[1]))
for turn in range(30):
    for window in range(5):
        cache.put({"window": window}, {"values": np.full(5000, window, dtype=np.float32)})
        found = cache.get({"window": window})
        assert found is not None and (found["values"] == window).all(), window
"""


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features")


def entries(cache: FeatureCache) -> list[Path]:
    return sorted(path for path in cache.folder.rglob("*") if path.is_file())


def test_what_was_put_is_got(cache: FeatureCache) -> None:
    assert cache.get(KEY) is None
    cache.put(KEY, ARRAYS)
    found = cache.get(KEY)
    assert found is not None
    assert set(found) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_by_default_it_lies_in_the_programs_cache(home: Path) -> None:
    assert FeatureCache().folder == cache_folder() / "features"
    assert home in FeatureCache().folder.parents


@pytest.mark.parametrize(
    "change",
    [{"audio": "b" * 64}, {"window": 1}, {"layers": [1, 8]}, {"features": "g"}, {"precision": "bf16"}],
)
def test_any_other_key_is_another_entry(cache: FeatureCache, change: dict[str, object]) -> None:
    cache.put(KEY, ARRAYS)
    assert cache.get({**KEY, **change}) is None


def test_the_order_of_a_keys_parts_does_not_matter(cache: FeatureCache) -> None:
    cache.put(KEY, ARRAYS)
    assert cache.get(dict(reversed(KEY.items()))) is not None


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "two bytes"])
def test_a_torn_entry_is_no_entry_and_can_be_put_again(cache: FeatureCache, damage: str) -> None:
    cache.put(KEY, ARRAYS)
    (file,) = entries(cache)
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    broken = {"cut": content[:-10], "empty": b"", "flipped": content, "two bytes": content[:2]}
    file.write_bytes(broken[damage])
    assert cache.get(KEY) is None
    assert entries(cache) == []
    cache.put(KEY, ARRAYS)
    assert cache.get(KEY) is not None


def test_the_least_recently_used_entries_go_first(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    for window in range(4):
        cache.put({"window": window}, {"values": np.zeros(1000, dtype=np.float32)})
        os.utime(cache._path({"window": window}), (window, window))
    size = cache._path({"window": 0}).stat().st_size
    cache.get({"window": 0})  # used just now
    cache.limit = 2 * size
    assert cache.sweep() == 2 * size
    assert [cache.get({"window": window}) is not None for window in range(4)] == [True, False, False, True]
    assert cache.sweep() == 0


def test_a_sweep_also_takes_what_a_killed_writer_left(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, limit=0)
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / ".cd.features.0123abcd.part").write_bytes(b"half")
    assert cache.sweep() == 4


def test_short_runs_keep_the_limit_too(tmp_path: Path) -> None:
    for window in range(20):  # 20 runs of the program that compute one window each
        FeatureCache(tmp_path, limit=10_000).put({"window": window}, {"values": np.zeros(1000, np.float32)})
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.features")) <= 10_000


def three_of_10_gb(folder: Path, monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Entries that seem to take 30 GB (files with holes), on a disk with so many gigabytes left."""
    monkeypatch.delenv("HUMPCAT_CACHE_GB", raising=False)
    (folder / "ab").mkdir()
    for number in range(3):
        path = folder / "ab" / f"{number}.features"
        path.touch()
        os.truncate(path, 10 * GIGABYTE)
        os.utime(path, (number, number))
    usage = shutil.disk_usage(folder)._replace(free=free * GIGABYTE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)


@pytest.mark.parametrize(("free", "freed"), [(60, 0), (30, 0), (29, 10), (5, 10), (0, 10)])
def test_the_limit_follows_the_disk_and_is_20_gb_at_least(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, freed: int
) -> None:
    three_of_10_gb(tmp_path, monkeypatch, free)
    assert FeatureCache(tmp_path).sweep() == freed * GIGABYTE


@pytest.mark.parametrize(("asked", "freed"), [("9.5", 30), ("25", 10), ("100", 0), ("", 0)])
def test_the_limit_can_be_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str, freed: int
) -> None:
    three_of_10_gb(tmp_path, monkeypatch, 60)
    monkeypatch.setenv("HUMPCAT_CACHE_GB", asked)
    assert FeatureCache(tmp_path).sweep() == freed * GIGABYTE


@pytest.mark.parametrize("asked", ["plenty", "nan", "inf"])
def test_a_limit_that_is_no_number_is_told(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.setenv("HUMPCAT_CACHE_GB", asked)
    with pytest.raises(HumpcatError, match="HUMPCAT_CACHE_GB is") as caught:
        FeatureCache()
    assert "gigabytes" in caught.value.hint


def test_several_processes_may_write_and_read_the_same_entries(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors
    cache = FeatureCache(tmp_path)
    assert len(entries(cache)) == 5  # and nothing half-written
    for window in range(5):
        found = cache.get({"window": window})
        assert found is not None
        assert (found["values"] == window).all()


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    cache = FeatureCache(tmp_path / "file")
    cache.put(KEY, ARRAYS)
    assert cache.get(KEY) is None


def test_clearing_tells_how_far_it_is_and_can_be_stopped(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    for number in range(6):
        cache.put({"window": number}, ARRAYS)
    _, held = cache.size()
    told: list[tuple[float, float]] = []

    def stop_in_mid_way(done: float, of: float) -> None:
        told.append((done, of))
        if done:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        cache.clear(stop_in_mid_way)
    done, of = told[-1]
    assert of == held
    assert cache.size()[1] == held - done
    assert cache.clear() == held - done
    assert cache.size() == (0, 0)
