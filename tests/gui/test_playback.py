"""Playing: the playhead agrees with what is heard, every ending is an ending, and no device is no disaster.

The sound card here is a thread that takes buffers at the pace of a clock, as PortAudio does, and remembers them.
"""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.display.time_view import Span
from app.playback import Passage, Player
from app.stretching import stretch
from app.window.playing import SPEEDS, Playing
from app.window.studio import Studio
from app.window.time_axis import TimeAxis
from core_model.audio import read_info
from core_model.errors import HumpcatError

_BUFFER = 512
_LATENCY = 0.04
_FADE = 0.0025


class Card:
    """An output stream: `played` is what was heard, its first sample at stream time `began` + latency."""

    rate: float | None = None  # the only one that it takes, as some devices do

    def __init__(self, rate: float, channels: int, callback: Any, finished: Callable[[], None]) -> None:
        self.samplerate, self.channels, self.latency = self.rate or rate, channels, _LATENCY
        self._callback, self._finished = callback, finished
        self._off = threading.Event()
        self.played: list[np.ndarray] = []
        self.asked = 0.0  # when the time was asked for last
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def time(self) -> float:
        self.asked = time.perf_counter()
        return self.asked

    def heard_when_asked(self) -> float:
        """The sample that sounded when the time was asked for last, of the first channel."""
        index = round((self.asked - self.began - _LATENCY) * self.samplerate)
        buffers = self.played[index // _BUFFER : index // _BUFFER + 1]
        return float(buffers[0][index % _BUFFER, 0]) if buffers else 0.0

    def start(self) -> None:
        self._thread.start()

    def abort(self) -> None:
        self._off.set()

    def close(self) -> None:
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        due = self.began = time.perf_counter()
        more = True
        while more and not self._off.is_set():
            out = np.full((_BUFFER, self.channels), np.nan, dtype=np.float32)
            more = self._callback(out, _BUFFER, SimpleNamespace(outputBufferDacTime=due + _LATENCY))
            self.played.append(out)
            due += _BUFFER / self.samplerate
            self._off.wait(max(0.0, due - time.perf_counter()))
        if not self._off.is_set():
            self._off.wait(max(0.0, due + _LATENCY - time.perf_counter()))
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
    heard, edge, length = np.concatenate(cards[0].played)[:, 0], round(_FADE * rate), round(0.6 * rate)
    np.testing.assert_allclose(
        heard[edge : length - edge], (np.arange(length) / rate / 10)[edge:-edge], atol=1e-6
    )
    assert not heard[length:].any()
    assert positions == sorted(positions)
    assert positions[-1] == pytest.approx(0.6)


def test_the_playhead_is_where_the_sound_is_at_every_speed_and_in_a_loop(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    passage, seen = _ramp(tmp_path, 20.0, 16_000), []

    def look(position: float) -> None:
        seen.append((position, cards[0].heard_when_asked() * 10))

    def go_on_to(time: float) -> None:
        qtbot.waitUntil(lambda: bool(seen) and seen[-1][0] > time)

    player.moved.connect(look)
    player.play(passage)
    for speed, until in (
        (1.0, 0.3),
        (2.0, 1.0),
        (0.5, 1.2),
        (0.75, 1.5),
        (1.5, 2.0),
        (1.25, 2.5),
        (1.0, 3.0),
    ):
        player.set_speed(speed)
        go_on_to(until)
    player.set_loop(Span(3.0, 3.4))
    player.set_speed(1.5)
    laps = len(seen)
    qtbot.waitUntil(lambda: sum(a > b for (a, _), (b, _) in pairwise(seen[laps:])) > 2)
    player.set_loop(None)
    go_on_to(4.0)
    assert len(cards) == 1
    wrong = [(position, heard) for position, heard in seen if abs(position - heard) > 0.01]
    # The fades of the laps sound like other times; nothing else is off.
    assert all(
        min(abs(position - 3.0), abs(position - 3.4)) < 0.01 or position < 0.01 for position, _ in wrong
    )
    assert len(seen) > 100


def test_what_is_heard_at_another_speed_is_the_stretched_recording(
    qtbot: QtBot, player: Player, cards: list[Card]
) -> None:
    path = Path(__file__).parents[2] / "resources" / "demo" / "03-01-05-01-01-02-03.flac"
    info, whole = read_info(path), soundfile.read(path, dtype="float32", always_2d=True)[0]
    first, last, edge = round(0.9 * info.rate), round(1.7 * info.rate), round(_FADE * info.rate)
    player.set_speed(1.25)
    player.play(Passage(info, 0.9, 1.7))
    qtbot.waitUntil(lambda: not player.playing)
    expected = stretch(whole[first:last], info.rate, 1.25)
    heard = np.concatenate(cards[0].played)
    np.testing.assert_array_equal(heard[edge : len(expected) - edge], expected[edge:-edge])
    assert not heard[len(expected) :].any()


@pytest.mark.parametrize("device_rate", [11_025.0, 48_000.0])
def test_a_device_with_a_rate_of_its_own_plays_the_same(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path, monkeypatch: Any, device_rate: float
) -> None:
    monkeypatch.setattr(Card, "rate", device_rate)
    passage, positions = _ramp(tmp_path, 1.0, 16_000), []
    player.moved.connect(positions.append)
    player.play(Passage(passage.info, 0.5, 0.8))
    qtbot.waitUntil(lambda: not player.playing)
    heard, length = np.concatenate(cards[0].played)[:, 0], round(0.3 * device_rate)
    edge = round(_FADE * device_rate) + 1
    expected = (0.5 + np.arange(length) / device_rate) / 10
    np.testing.assert_allclose(heard[edge : length - edge], expected[edge:-edge], atol=1e-5)
    assert not heard[length + 1 :].any()
    assert positions[-1] == pytest.approx(0.8, abs=1e-4)


def test_a_part_is_played_from_its_first_to_its_last_sample(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    passage = _ramp(tmp_path, 1.0, 16_000)
    player.play(Passage(passage.info, 0.25, 0.5))
    qtbot.waitUntil(lambda: not player.playing)
    heard = np.concatenate(cards[0].played)[:, 0]
    assert heard[40] == pytest.approx((0.25 + 40 / 16_000) / 10)
    assert heard[3959] == pytest.approx((0.5 - 41 / 16_000) / 10)
    assert (heard[[0, 3999]] > 0).all()
    assert not heard[4000:].any()


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("seconds", [0.0001, 0.004, 0.015, 0.2])
def test_edges_cut_through_a_wave_do_not_click_however_short_the_passage(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path, seconds: float, speed: float
) -> None:
    path = tmp_path / "level.wav"
    soundfile.write(path, np.full(48_000, 0.5), 48_000)
    player.set_speed(speed)
    player.play(Passage(read_info(path), 0.3, 0.3 + seconds))
    qtbot.waitUntil(lambda: not player.playing)
    heard = np.concatenate(cards[0].played)[:, 0]
    sounding = np.flatnonzero(heard)
    assert len(sounding) == pytest.approx(seconds * 48_000 / speed, abs=1)
    if seconds > 2 * _FADE:
        assert heard.max() == pytest.approx(0.5)
        assert np.abs(np.diff(heard, prepend=0.0)).max() < 0.5 / (_FADE * 48_000) + 1e-6


def test_a_loop_comes_round_without_a_gap(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    passage, positions = _ramp(tmp_path, 0.5, 16_000), []
    player.moved.connect(positions.append)
    player.play(Passage(passage.info, 0.1, 0.2, Span(0.1, 0.2)))
    qtbot.waitUntil(lambda: bool(cards) and len(cards[0].played) > 12)
    player.stop()
    heard = np.concatenate(cards[0].played[:12])[:, 0]
    np.testing.assert_allclose(heard[1600:3200], heard[:1600])
    assert all(0.1 <= position <= 0.2 for position in positions)


def test_a_loop_begins_and_ends_while_it_plays_and_the_sound_goes_on(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    passage = _ramp(tmp_path, 1.2, 16_000)
    player.play(passage)
    qtbot.waitUntil(lambda: bool(cards) and len(cards[0].played) > 2)
    player.set_loop(Span(0.6, 0.8))
    qtbot.waitUntil(lambda: len(cards[0].played) > 40)
    player.set_loop(None)
    qtbot.waitUntil(lambda: not player.playing)
    heard = np.concatenate(cards[0].played)[:, 0] * 10
    assert len(cards) == 1
    assert heard[round(0.5 * 16_000)] == pytest.approx(0.5, abs=1e-4)
    assert heard[round(0.7 * 16_000)] == pytest.approx(0.7, abs=1e-4)
    assert heard[round(0.9 * 16_000)] == pytest.approx(0.7, abs=1e-4)
    assert heard.max() == pytest.approx(1.2, abs=0.005)


def test_a_loop_asked_for_in_the_last_moment_comes_round(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    passage, positions = _ramp(tmp_path, 0.5, 16_000), []
    player.moved.connect(positions.append)
    player.play(passage)
    qtbot.waitUntil(lambda: bool(positions) and positions[-1] > 0.3)
    player.set_loop(Span(0.0, 0.5))  # when all of it is ready to be heard
    qtbot.waitUntil(lambda: positions[-1] < 0.2)
    assert player.playing


def test_stopping_tells_where_it_was_heard_last(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    positions: list[float] = []
    player.moved.connect(positions.append)
    player.play(_ramp(tmp_path, 5.0, 16_000))
    qtbot.waitUntil(lambda: bool(positions) and positions[-1] > 0.2)
    before = len(positions)
    player.stop()
    assert len(positions) == before + 1
    assert positions[-1] == pytest.approx(cards[0].heard_when_asked() * 10, abs=0.001)


def test_a_passage_begins_when_the_one_before_has_given_the_device_back(
    qtbot: QtBot, player: Player, cards: list[Card], tmp_path: Path
) -> None:
    passage = _ramp(tmp_path, 5.0, 16_000)
    player.play(passage)
    qtbot.waitUntil(lambda: bool(cards) and bool(cards[0].played))
    for start in (1.0, 2.0, 3.0):  # as someone does who clicks along the waveform
        player.play(Passage(passage.info, start, 5.0))
    # One in between may have been heard for a moment before the next was asked for.
    qtbot.waitUntil(lambda: len(cards[-1].played) > 0 and cards[-1].played[0][100, 0] > 0.3)
    assert cards[-1].played[0][100, 0] == pytest.approx(0.3 + 100 / 160_000)
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


@pytest.fixture
def axis(player: Player) -> TimeAxis:
    made = TimeAxis(player)
    made.reset(5.0)
    made.set_view(0.0, 2.0)
    return made


@pytest.fixture
def playing(player: Player, axis: TimeAxis, tmp_path: Path) -> Playing:
    """A recording of 5 s in hand, 0 to 2 s of it in view."""
    made = Playing(axis, player, player)
    made.show(_ramp(tmp_path, 5.0, 16_000).info)
    return made


def _heard_first(qtbot: QtBot, cards: list[Card], number: int) -> float:
    """The time from which the card of that number was given sound first."""
    qtbot.waitUntil(lambda: len(cards) == number and len(cards[-1].played) > 0)
    return float(cards[-1].played[0][100, 0]) * 10 - 100 / 16_000


def test_what_plays_is_the_selection_else_the_segment_in_hand_else_the_view(
    qtbot: QtBot, playing: Playing, axis: TimeAxis, cards: list[Card]
) -> None:
    playing.play_selection()
    assert _heard_first(qtbot, cards, 1) == pytest.approx(0.0, abs=1e-4)
    playing.segment_chosen(1.0, 1.3)
    playing.play_selection()
    assert _heard_first(qtbot, cards, 2) == pytest.approx(1.0, abs=1e-4)
    axis.select(Span(1.5, 1.6))
    playing.play_selection()
    assert _heard_first(qtbot, cards, 3) == pytest.approx(1.5, abs=1e-4)


def test_the_playhead_stays_where_playing_ended_and_the_selection_begins_anew(
    qtbot: QtBot, playing: Playing, axis: TimeAxis, player: Player, cards: list[Card]
) -> None:
    axis.select(Span(1.0, 1.1))
    for number in (1, 2):
        playing.play_selection()
        assert _heard_first(qtbot, cards, number) == pytest.approx(1.0, abs=1e-4)
        qtbot.waitUntil(lambda: not player.playing)
        assert axis.playhead == pytest.approx(1.1)
    playing.play_or_pause()
    assert _heard_first(qtbot, cards, 3) == pytest.approx(1.1, abs=1e-4)
    qtbot.waitUntil(lambda: axis.playhead > 1.4)  # beyond the selection: to the recording's end
    playing.play_or_pause()
    assert not player.playing
    assert axis.playhead > 1.4


def test_the_playhead_goes_back_for_those_who_like_that(
    qtbot: QtBot, playing: Playing, axis: TimeAxis, player: Player, cards: list[Card]
) -> None:
    playing.handlers()["return_after_playing"](True)
    axis.select(Span(1.0, 1.1))
    playing.play_selection()
    qtbot.waitUntil(lambda: not player.playing)
    assert axis.playhead == 1.0
    playing.play_or_pause()
    qtbot.waitUntil(lambda: axis.playhead > 1.2)
    axis.seek(3.0)  # playing begins there
    qtbot.waitUntil(lambda: axis.playhead > 3.1)
    playing.play_or_pause()
    assert axis.playhead == 3.0


def test_to_the_end_while_it_plays_stays_at_the_end(
    qtbot: QtBot, playing: Playing, axis: TimeAxis, player: Player, cards: list[Card]
) -> None:
    playing.play_or_pause()
    qtbot.waitUntil(lambda: axis.playhead > 0.1)
    playing.handlers()["to_end"]()
    assert not player.playing
    assert axis.playhead == 5.0


def test_a_segment_plays_when_it_is_taken_in_hand_where_that_is_wanted(
    qtbot: QtBot, playing: Playing, axis: TimeAxis, player: Player, cards: list[Card]
) -> None:
    playing.segment_chosen(1.0, 1.1)
    assert not player.playing
    playing.handlers()["play_on_select"](True)
    playing.segment_chosen(2.0, 2.1)
    assert _heard_first(qtbot, cards, 1) == pytest.approx(2.0, abs=1e-4)
    qtbot.waitUntil(lambda: not player.playing)
    assert axis.playhead == pytest.approx(2.1)
    playing.segment_left()
    assert playing.chosen is None


def test_a_loop_follows_the_selection_while_it_plays(
    qtbot: QtBot, playing: Playing, axis: TimeAxis, player: Player, cards: list[Card]
) -> None:
    positions: list[float] = []
    player.moved.connect(positions.append)
    playing.play_or_pause()
    qtbot.waitUntil(lambda: bool(positions))
    axis.select(Span(0.5, 0.6))
    playing.set_loop(True)
    qtbot.waitUntil(lambda: sum(a > b for a, b in pairwise(positions)) > 2)
    assert max(positions) <= 0.6
    axis.select(Span(0.55, 0.9))
    qtbot.waitUntil(lambda: positions[-1] > 0.8)
    qtbot.waitUntil(lambda: positions[-1] < 0.7)
    playing.set_loop(False)
    qtbot.waitUntil(lambda: positions[-1] > 1.0)
    assert len(cards) == 1


def test_the_transport_offers_the_speeds_and_shows_any(qtbot: QtBot, studio: Studio) -> None:
    chosen: list[float] = []
    transport = studio.transport
    transport.speed_chosen.connect(chosen.append)
    for action in transport._speeds.actions():
        action.trigger()
    action.trigger()
    assert chosen == [*SPEEDS, SPEEDS[-1]]
    assert [each.text() for each in transport._speeds.actions() if each.isChecked()] == ["2×"]
    transport.show_speed(1.1)
    assert transport._speed.text() == "1.1×"
    assert not any(action.isChecked() for action in transport._speeds.actions())


def test_speed_goes_up_and_down_in_steps_and_is_told(playing: Playing, player: Player) -> None:
    told: list[float] = []
    playing.speed_changed.connect(told.append)
    handlers = playing.handlers()
    for name in ("slower", "slower", "slower", "normal_speed", "faster", "faster", "faster", "faster"):
        handlers[name]()
    assert told == [0.75, 0.5, 1.0, 1.25, 1.5, 2.0]
    playing.set_speed(1.1)  # as settings may have it
    handlers["faster"]()
    assert playing.speed == player.speed == 1.25
    playing.set_speed(9.0)
    assert playing.speed == 2.0
