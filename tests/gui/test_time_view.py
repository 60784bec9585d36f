"""The shared time axis as arithmetic: zoom, pan, pages, ticks, the grip on a selection's edge."""

import pytest

from app.display.time_view import (
    SHORTEST,
    Span,
    clamp,
    format_time,
    grabbed_edge,
    ordered,
    pan,
    pixel_at,
    ticks,
    time_at,
    turn_to,
    whole,
    zoom,
)


def test_zooming_keeps_the_time_under_the_pointer_in_place() -> None:
    view = Span(10.0, 20.0)
    closer = zoom(view, 0.5, 12.5, 100.0)
    assert closer == Span(11.25, 16.25)
    assert (12.5 - closer.start) / closer.length == (12.5 - view.start) / view.length


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_zooming_ends_at_a_few_samples_and_at_the_whole_recording(factor: float) -> None:
    view = zoom(Span(1.0, 2.0), factor, 1.5, 3.0)
    assert view.length == pytest.approx(SHORTEST if factor < 1 else 3.0)
    assert 0 <= view.start <= view.end <= 3.0 + 1e-9


def test_panning_stops_at_both_ends() -> None:
    assert pan(Span(2.0, 3.0), -10.0, 8.0) == Span(0.0, 1.0)
    assert pan(Span(2.0, 3.0), 10.0, 8.0) == Span(7.0, 8.0)


def test_a_recording_without_length_still_has_a_view() -> None:
    assert whole(0.0).length > 0
    assert clamp(Span(3.0, 4.0), 0.0) == whole(0.0)


def test_the_page_turns_only_when_the_playhead_leaves_it() -> None:
    view = Span(0.0, 10.0)
    assert turn_to(view, 9.99, 60.0) is view
    assert turn_to(view, 10.5, 60.0) == Span(10.0, 20.0)
    assert turn_to(view, 59.0, 60.0) == Span(50.0, 60.0)


def test_pixels_and_times_are_each_others_inverse() -> None:
    view = Span(1.0, 3.0)
    assert time_at(pixel_at(2.25, 60, 800, view), 60, 800, view) == pytest.approx(2.25)


def test_a_press_near_an_edge_takes_hold_of_the_nearer_one() -> None:
    view, selection = Span(0.0, 10.0), Span(2.0, 2.05)
    assert grabbed_edge(201, 0, 1000, view, selection) == "start"
    assert grabbed_edge(207, 0, 1000, view, selection) == "end"
    assert grabbed_edge(300, 0, 1000, view, selection) == ""
    assert grabbed_edge(200, 0, 1000, view, None) == ""


def test_a_selection_drawn_backwards_beyond_the_start_is_cut() -> None:
    assert ordered(1.5, -2.0, 9.0) == Span(0.0, 1.5)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "00:00.000"),
        (3.2141, "00:03.214"),
        (59.9996, "01:00.000"),
        (3723.5, "1:02:03.500"),
        (-1.0, "00:00.000"),
    ],
)
def test_times_read_as_minutes_and_seconds(seconds: float, text: str) -> None:
    assert format_time(seconds) == text


def test_ticks_are_round_and_their_labels_do_not_touch() -> None:
    for view in (Span(0.0, 0.02), Span(0.3, 3.3), Span(0.0, 70.0), Span(1000.0, 7200.0), Span(0.0, 90_000.0)):
        marks = ticks(view, 900)
        assert 2 <= len(marks.major) <= 900 / 84 + 1
        assert len(set(marks.labels)) == len(marks.labels)
        assert all(view.start - 1e-9 <= time <= view.end + 1e-9 for time in (*marks.major, *marks.minor))
