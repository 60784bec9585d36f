"""Playing: the playhead agrees with what is heard, every ending is an ending, and no device is no disaster.

The sound card here is a thread that takes buffers at the pace of a clock, as PortAudio does, and remembers them.
"""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.playback import Passage, Player
from core_model.audio import read_info
from core_model.errors import HumpcatError

_BUFFER = 512
_LATENCY = 0.04


class Card:
    """An output stream: `played` is what was heard, its first sample at stream time `began` + latency."""

    def __init__(self, rate: float, channels: int, callback: Any, finished: Callable[[], None]) -> None:
        self.samplerate, self.channels, self.latency = rate, channels, _LATENCY
        self._callback, self._finished = callback, finished
        self._off = threading.Event()
        self.played: list[np.ndarray] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def time(self) -> float:
        return time.perf_counter()

    def start(self) -> None:
        self._thread.start()

    def abort(self) -> None:
        self._off.set()

    def close(self) -> None:
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        due = self.began = self.time
        more = True
        while more and not self._off.is_set():
            out = np.full((_BUFFER, self.channels), np.nan, dtype=np.float32)
            more = self._callback(out, _BUFFER, SimpleNamespace(outputBufferDacTime=due + _LATENCY))
            self.played.append(out)
            due += _BUFFER / self.samplerate
            self._off.wait(max(0.0, due - self.time))
        if not self._off.is_set():
            self._off.wait(max(0.0, due + _LATENCY - self.time))
        self._finished()


@pytest.fixture
def cards() -> list[Card]:
    return []


@pytest.fixture
def player(qapp: QObject, cards: list[Card]) -> Iterator[Player]:
    def open_card(*arguments: Any) -> Card:
        cards.append(Card(*arguments))
        return cards[-1]

    made = Player(qapp, open_card)
    yield made
    made.close()


def _ramp(tmp_path: Path, seconds: float, rate: int, channels: int = 1) -> Passage:
    """Samples whose value is their time over 10 s, so that what is heard says when it is from."""
    times = np.arange(round(seconds * rate)) / rate / 10
    path = tmp_path / "ramp.wav"
    soundfile.write(path, np.repeat(times[:, None], channels, axis=1), rate, subtype="FLOAT")
    info = read_info(path)
    return Passage(info, 0.0, info.duration)


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (44_100, 2), (8000, 6)])
def test_all_of_it_is_heard_once_and_the_playhead_ends_at_its_end(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path, rate: int, channels: int
) -> None:
    passage, positions = _ramp(tmp_path, 0.6, rate, channels), []
    player.moved.connect(positions.append)
    player.play(passage)
    qtbot.waitUntil(lambda: not player.playing)
    heard = np.concatenate(cards[0].played)[:, 0]
    np.testing.assert_allclose(
        heard[: round(0.6 * rate)], np.arange(round(0.6 * rate)) / rate / 10, atol=1e-6
    )
    assert not heard[round(0.6 * rate) :].any()
    assert positions == sorted(positions)
    assert positions[-1] == pytest.approx(0.6)


def test_the_playhead_is_where_the_sound_is(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    passage, seen = _ramp(tmp_path, 1.0, 16_000), []
    player.moved.connect(lambda position: seen.append((time.perf_counter(), position)))
    player.play(passage)
    qtbot.waitUntil(lambda: not player.playing)
    assert len(seen) > 10
    for moment, position in seen[:-1]:  # the last one is the end itself
        sounding = min(moment - cards[0].began - _LATENCY, 1.0)
        assert position == pytest.approx(sounding, abs=0.03)  # two ticks of the timer on a busy machine


def test_a_part_is_played_from_its_first_to_its_last_sample(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    passage = _ramp(tmp_path, 1.0, 16_000)
    player.play(Passage(passage.info, 0.25, 0.5))
    qtbot.waitUntil(lambda: not player.playing)
    heard = np.concatenate(cards[0].played)[:, 0]
    assert heard[0] == pytest.approx(0.025)
    assert heard[3999] == pytest.approx((0.5 - 1 / 16_000) / 10)
    assert not heard[4000:].any()


def test_a_loop_comes_round_without_a_gap(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    passage, positions = _ramp(tmp_path, 0.5, 16_000), []
    player.moved.connect(positions.append)
    player.play(Passage(passage.info, 0.1, 0.2, loop=True))
    qtbot.waitUntil(lambda: bool(cards) and len(cards[0].played) > 12)
    player.stop()
    heard = np.concatenate(cards[0].played[:12])[:, 0]
    np.testing.assert_allclose(heard[1600:3200], heard[:1600])
    assert all(0.1 <= position <= 0.2 for position in positions)


def test_a_passage_begins_when_the_one_before_has_given_the_device_back(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    passage = _ramp(tmp_path, 5.0, 16_000)
    player.play(passage)
    qtbot.waitUntil(lambda: bool(cards) and bool(cards[0].played))
    for start in (1.0, 2.0, 3.0):  # as someone does who clicks along the waveform
        player.play(Passage(passage.info, start, 5.0))
    qtbot.waitUntil(lambda: len(cards) > 1 and bool(cards[-1].played))
    assert cards[-1].played[0][0, 0] == pytest.approx(0.3)
    assert not any(card._thread.is_alive() for card in cards[:-1])


def test_the_volume_counts_while_it_plays(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    player.set_volume(0.0)
    player.play(_ramp(tmp_path, 0.2, 16_000))
    qtbot.waitUntil(lambda: not player.playing)
    assert not np.concatenate(cards[0].played).any()


def test_without_a_device_there_is_a_sentence_and_no_playing(
    qtbot: QtBot, qapp: QObject, tmp_path: Path
) -> None:
    def refuse(*_: Any) -> Any:
        raise HumpcatError("Sound cannot be played: no output device was found.", "Connect one.")

    player, told = Player(qapp, refuse), []
    player.failed.connect(told.append)
    player.play(_ramp(tmp_path, 0.2, 16_000))
    qtbot.waitUntil(lambda: bool(told))
    assert not player.playing
    player.close()


def test_a_device_that_goes_away_is_told_and_nothing_hangs(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    told: list[HumpcatError] = []
    player.failed.connect(told.append)
    player.play(_ramp(tmp_path, 30.0, 16_000))
    qtbot.waitUntil(lambda: bool(cards) and len(cards[0].played) > 2)
    cards[0].abort()
    qtbot.waitUntil(lambda: bool(told))
    assert "went away" in told[0].message
    assert not player.playing


def test_a_damaged_file_is_told(qtbot: QtBot, player: Player, tmp_path: Path) -> None:
    path, told = tmp_path / "cut.flac", []
    soundfile.write(path, np.random.default_rng(0).uniform(-0.1, 0.1, 64_000), 16_000)
    path.write_bytes(path.read_bytes()[:40_000])
    player.failed.connect(told.append)
    player.play(Passage(read_info(path), 0.0, 4.0))
    qtbot.waitUntil(lambda: bool(told))
    assert not player.playing
