"""The ring buffer: what is written is read, by any process, and what is gone is said to be gone."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core_model.errors import HumpcatError
from core_model.live import ring_buffer
from core_model.live.ring_buffer import Overrun, RingBuffer, create_ring, open_ring, remove_abandoned

RATE = 1000


def ramp(start: int, count: int, channels: int = 1) -> np.ndarray:
    """Samples that say which frame they are."""
    return np.repeat(np.arange(start, start + count, dtype=np.float32)[:, None], channels, axis=1)


@pytest.fixture
def make() -> Iterator[Callable[..., RingBuffer]]:
    made: list[RingBuffer] = []

    def ring(channels: int = 1, seconds: float = 1.0) -> RingBuffer:
        made.append(create_ring(RATE, channels, seconds))
        return made[-1]

    yield ring
    for each in made:
        each.remove()


def test_what_is_written_is_read_across_the_end_of_the_memory(make: Callable[..., RingBuffer]) -> None:
    ring, written = make(channels=2), 0
    for count in (1, 99, 100, 125, 7, 125, 125, 120, 125, 125, 125, 125):
        ring.write(ramp(written, count, 2), 0.0)
        written += count
        newest = ring.read(max(ring.oldest, written - 300))
        assert newest[-1, 0] == written - 1
        assert (np.diff(newest[:, 0]) == 1).all() and (newest[:, 0] == newest[:, 1]).all()
    assert ring.written == written == 1202


def test_a_part_is_read_and_no_more_than_there_is(make: Callable[..., RingBuffer]) -> None:
    ring = make()
    ring.write(ramp(0, 50), 0.0)
    assert ring.read(10, 20)[:, 0].tolist() == list(range(10, 20))
    assert len(ring.read(40, 500)) == 10
    assert ring.read(50).shape == (0, 1)


def test_what_was_read_is_a_copy(make: Callable[..., RingBuffer]) -> None:
    ring = make()
    ring.write(ramp(0, 10), 0.0)
    found = ring.read(0)
    for start in range(10, 1010, 100):
        ring.write(ramp(start, 100), 0.0)
    assert found[:, 0].tolist() == list(range(10))


def test_a_reader_that_is_too_late_is_told_where_to_go_on(make: Callable[..., RingBuffer]) -> None:
    ring = make()
    for start in range(0, 2000, 100):
        ring.write(ramp(start, 100), 0.0)
    with pytest.raises(Overrun) as told:
        ring.read(500)
    assert told.value.oldest == ring.oldest == 2000 - 875
    assert ring.read(told.value.oldest)[0, 0] == told.value.oldest


def test_another_process_reads_and_one_knows_that_the_sound_has_ended(
    make: Callable[..., RingBuffer],
) -> None:
    ring = make(channels=3)
    ring.write(ramp(0, 100, 3), 0.0)
    ring.count_drop()
    ring.end()
    script = (
        "import sys; from pathlib import Path; from core_model.live.ring_buffer import open_ring\n"
        "ring = open_ring(Path(sys.argv[1]))\n"
        "print(ring.rate, ring.channels, ring.written, ring.dropped, ring.ended, ring.read(0).sum())"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(ring.path)], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["1000", "3", "100", "1", "True", "14850.0"]


def test_the_time_of_a_frame_follows_from_the_block_that_brought_it(make: Callable[..., RingBuffer]) -> None:
    ring = make()
    ring.write(ramp(0, 100), 10.1)
    ring.write(ramp(100, 100), 10.25)  # 50 ms late: clocks differ
    assert ring.time_of(100) == pytest.approx(10.1)
    assert ring.time_of(150) == pytest.approx(10.2)
    assert ring.time_of(200) == pytest.approx(10.25)
    assert np.isnan(ring.time_of(201))


def test_waiting_ends_with_the_frame_the_time_or_the_sound(make: Callable[..., RingBuffer]) -> None:
    ring = make()
    assert not ring.wait(1, 0.01)
    ring.write(ramp(0, 1), 0.0)
    assert ring.wait(1, 0.0)
    ring.end()
    assert not ring.wait(2, 60.0)


def test_a_reader_that_must_miss_nothing_holds_a_patient_writer_up(make: Callable[..., RingBuffer]) -> None:
    ring = make()
    assert ring.room == 1000
    ring.tell_heard(0)
    ring.write(ramp(0, 125), 0.0)
    assert ring.room == 375
    ring.tell_heard(125)
    assert ring.room == 500


def test_a_file_that_is_no_ring_buffer_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"RIFF" + bytes(100_000)):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(HumpcatError, match=r"ring buffer|gone"):
            open_ring(tmp_path / "x")
    with pytest.raises(HumpcatError, match="gone"):
        open_ring(tmp_path / "not there")


def test_where_there_is_no_room_a_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_buffer, "_folders", lambda: [tmp_path / "gone"])
    with pytest.raises(HumpcatError, match="no room for"):
        create_ring(RATE, 1)


def test_the_next_folder_is_taken_where_the_first_has_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring_buffer, "_folders", lambda: [tmp_path / "gone", tmp_path])
    ring = create_ring(RATE, 1)
    assert ring.path.parent == tmp_path


def test_buffers_of_killed_processes_are_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., RingBuffer]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ring_buffer, "_folders", lambda: [tmp_path])
    alive = make()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, foreign = tmp_path / f"humpcat-ring-{ended.pid}-abc", tmp_path / "humpcat-ring-mine"
    for path in (dead, foreign):
        path.write_bytes(b"")
    remove_abandoned()
    assert not dead.exists()
    assert foreign.exists() and alive.path.exists()


def test_many_channels_are_held_for_less_time_instead_of_filling_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ring_buffer, "_MOST_BYTES", 4000)
    ring = create_ring(RATE, 10, 30.0)
    assert ring.capacity == 100
    ring.remove()
