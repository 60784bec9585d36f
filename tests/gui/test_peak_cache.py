"""Long recordings seen before are drawn from the cache; what is stale, torn or foreign there is read anew."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.display import peaks as peaks_module
from app.display.peak_cache import PeakCache
from app.display.whole_pass import Remembered, WholePass, read_whole
from app.window.studio import Studio
from core_model.audio import AudioInfo, read_info

RATE = 8000
Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def short_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a test need not write three hours."""
    monkeypatch.setattr(peaks_module, "KEPT_FRAMES", RATE)


@pytest.fixture
def recording(tmp_path: Path, short_is_long: None) -> AudioInfo:
    """130 s of noise: long enough for a coarse spectrogram."""
    return _written(tmp_path / "noise.wav", seed=1)


def _written(path: Path, seed: int, seconds: float = 130.0) -> AudioInfo:
    level = 0.2 * seed
    samples = np.random.default_rng(seed).uniform(-level, level, round(seconds * RATE))
    soundfile.write(path, samples, RATE, "PCM_16")
    return read_info(path)


def _read(info: AudioInfo) -> WholePass:
    return read_whole(info, lambda: None, lambda _: None)


def _kept(cache: PeakCache, info: AudioInfo) -> WholePass:
    found = _read(info)
    cache.put(info, cache.key(info), found)
    return found


def _entries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_kept_comes_back_the_same(recording: AudioInfo, home: Path) -> None:
    assert PeakCache().get(recording) is None
    was = _kept(PeakCache(), recording)
    found = PeakCache().get(recording)
    assert found is not None
    assert (found.peaks.peak, found.peaks.read) == (was.peaks.peak, was.peaks.frames)
    for level, other in zip(found.peaks.levels, was.peaks.levels, strict=True):
        np.testing.assert_array_equal(level, other)
    assert found.coarse is not None and was.coarse is not None
    assert (found.coarse.start, found.coarse.step) == (was.coarse.start, was.coarse.step)
    np.testing.assert_array_equal(found.coarse.levels, was.coarse.levels)
    assert _entries(home / "cache" / "peaks")


def test_a_recording_that_changed_is_not_taken_for_the_one_kept(recording: AudioInfo) -> None:
    cache, status = PeakCache(), recording.path.stat()
    _kept(cache, recording)
    os.utime(recording.path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert cache.get(recording) is None
    os.utime(recording.path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert cache.get(recording) is not None
    moved = recording.path.rename(recording.path.with_name("other.wav"))
    assert cache.get(recording) is None
    assert cache.get(replace(recording, path=moved)) is None


def test_a_recording_that_changes_while_it_is_read_is_not_kept(recording: AudioInfo, home: Path) -> None:
    cache = PeakCache()
    key, found = cache.key(recording), _read(recording)
    _written(recording.path, seed=2, seconds=131.0)
    cache.put(recording, key, found)
    assert _entries(home / "cache") == []


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "text"])
def test_a_damaged_entry_is_as_good_as_none(recording: AudioInfo, home: Path, damage: str) -> None:
    _kept(PeakCache(), recording)
    (entry,) = _entries(home / "cache" / "peaks")
    content = bytearray(entry.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = {"empty": b"", "cut": content[:-100], "flipped": content, "text": b"no entry at all"}
    entry.write_bytes(damaged[damage])
    assert PeakCache().get(recording) is None
    _kept(PeakCache(), recording)
    assert PeakCache().get(recording) is not None


def test_another_recordings_entry_under_its_name_is_refused(
    recording: AudioInfo, home: Path, tmp_path: Path
) -> None:
    _kept(PeakCache(), recording)
    (entry,) = _entries(home / "cache" / "peaks")
    other = _written(tmp_path / "other.wav", seed=2, seconds=140.0)
    _kept(PeakCache(), other)
    (others,) = set(_entries(home / "cache" / "peaks")) - {entry}
    shutil.copy(others, entry)
    assert PeakCache().get(recording) is None
    assert PeakCache().get(other) is not None


def test_beyond_its_limit_those_not_used_for_longest_go_first(tmp_path: Path, short_is_long: None) -> None:
    infos = [_written(tmp_path / f"{number}.wav", seed=1 + number) for number in range(3)]
    folder = tmp_path / "peaks"
    _kept(PeakCache(folder), infos[0])
    (size,) = (path.stat().st_size for path in _entries(folder))
    cache = PeakCache(folder, limit=2 * size + 100)
    _kept(cache, infos[1])
    for age, path in enumerate(sorted(_entries(folder), key=lambda path: path.stat().st_mtime_ns)):
        os.utime(path, (1000 + age, 1000 + age))
    assert cache.get(infos[0]) is not None  # used last, though written first
    _kept(cache, infos[2])
    assert [cache.get(info) is not None for info in infos] == [True, False, True]


def test_short_recordings_are_not_kept(tmp_path: Path, home: Path) -> None:
    info = _written(tmp_path / "short.wav", seed=1, seconds=3.0)
    cache = PeakCache()
    assert cache.key(info) is None
    _kept(cache, info)
    assert cache.get(info) is None
    assert _entries(home / "cache") == []


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(recording: AudioInfo, tmp_path: Path) -> None:
    blocked = tmp_path / "a file, no folder"
    blocked.write_text("")
    cache = PeakCache(blocked)
    _kept(cache, recording)
    assert cache.get(recording) is None


def test_recordings_in_memory_are_bounded_by_their_bytes(tmp_path: Path) -> None:
    infos = [_written(tmp_path / f"{number}.wav", seed=1, seconds=3.0) for number in range(3)]
    passes = [_read(info) for info in infos]
    remembered = Remembered(limit=2 * passes[0].nbytes)
    assert passes[0].nbytes > 3 * RATE * 4
    for info, found in zip(infos[:2], passes[:2], strict=True):
        remembered.put(info, found)
    assert remembered.get(infos[0]) is passes[0]
    remembered.put(infos[2], passes[2])
    assert [remembered.get(info) for info in infos] == [passes[0], None, passes[2]]
    tight = Remembered(limit=0)
    tight.put(infos[0], passes[0])
    assert tight.get(infos[0]) is passes[0]  # the one in hand is held anyway


def test_a_recording_seen_before_is_shown_without_being_read(
    studio: Studio, until: Until, recording: AudioInfo, tmp_path: Path
) -> None:
    was, status = _kept(PeakCache(), recording), recording.path.stat()
    _written(recording.path, seed=4)  # louder, and by size and time not to be told apart
    os.utime(recording.path, ns=(status.st_atime_ns, status.st_mtime_ns))
    studio.opening.open([recording.path])
    until(lambda: studio.loader.peaks is not None and studio.loader.peaks.read == recording.frames)
    assert studio.loader.peaks is not None
    assert studio.loader.peaks.peak == was.peaks.peak
    until(lambda: studio.loader.spectrogram is not None)
    assert studio.loader.spectrogram is not None and was.coarse is not None
    np.testing.assert_array_equal(studio.loader.spectrogram.levels, was.coarse.levels)


def test_a_new_recording_is_marked_as_not_read_yet_until_it_is(
    studio: Studio, until: Until, recording: AudioInfo
) -> None:
    shown: list[tuple[int, bool]] = []
    studio.loader.peaks_ready.connect(
        lambda peaks: shown.append((peaks.read, studio.plots.waveform._unread.isVisible())) if peaks else None
    )
    studio.opening.open([recording.path])
    until(lambda: studio.loader.peaks is not None and studio.loader.peaks.read == recording.frames)
    assert shown[0] == (0, True)
    assert shown[-1] == (recording.frames, False)
    assert PeakCache().get(recording) is not None
