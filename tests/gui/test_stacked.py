"""Emotion over time: every pixel has the label that its share of the height belongs to."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor

from app.display.stacked import NOTHING, Stack
from app.display.time_view import Span
from app.window.emotion_strip import EmotionStrip
from app.window.studio import Studio
from core_model.facts import Prediction, Segment, WindowPrediction
from core_model.labels import colour_of

LABELS = ("angry", "happy", "sad")


def _windows(*shares: tuple[float, ...], length: float = 7.0) -> tuple[WindowPrediction, ...]:
    return tuple(WindowPrediction(i * length, (i + 1) * length, each) for i, each in enumerate(shares))


def test_shares_are_heights_from_the_bottom_up() -> None:
    stack = Stack.of(_windows((0.5, 0.3, 0.2), (0.0, 1.0, 0.0)))
    pixels = stack.pixels(Span(0.0, 14.0), 140, 100)
    assert [int((pixels[:, 30] == label).sum()) for label in range(3)] == [50, 30, 20]
    assert (pixels[-1, 30], pixels[0, 30]) == (0, 2)
    assert (pixels[:, 100] == 1).all()


def test_windows_are_told_apart_where_there_is_room_and_nothing_stands_beside_them() -> None:
    stack = Stack.of(_windows((1.0, 0.0, 0.0), (1.0, 0.0, 0.0)))
    wide = stack.pixels(Span(-7.0, 21.0), 280, 10)
    assert (wide[:, :70] == NOTHING).all() and (wide[:, 210:] == NOTHING).all()
    assert np.flatnonzero(wide[0, 70:210] == NOTHING).tolist() == [69]
    narrow = stack.pixels(Span(-7.0, 21.0), 8, 10)
    assert (narrow[0] != NOTHING).tolist() == [False, False, True, True, True, True, False, False]


@pytest.mark.parametrize("width", [1, 3, 1500])
def test_the_part_in_view_is_that_part_of_the_whole(width: int) -> None:
    random = np.random.default_rng(4)
    stack = Stack.of(_windows(*(tuple(random.dirichlet([1, 1, 1])) for _ in range(300))))
    whole = stack.pixels(Span(0.0, 2100.0), 3 * width, 20)
    np.testing.assert_array_equal(stack.pixels(Span(0.0, 700.0), width, 20)[:, :-1], whole[:, : width - 1])


def test_the_strip_is_painted_anew_for_another_view_and_prediction_but_not_for_the_playhead(
    studio: Studio,
) -> None:
    strip = EmotionStrip(studio.axis, studio._themes.current)
    strip.resize(800, 44)
    studio.axis.reset(14.0)
    segment = Segment(Path("two.wav"), 0, 14 * 16_000, 16_000)
    strip.set_prediction(
        Prediction(segment, LABELS, (0.5, 0.5, 0.0), _windows((1.0, 0, 0), (0, 1.0, 0)), "", "")
    )
    left, width = strip.area()

    def colour(share: float) -> str:
        return QColor(strip.grab().toImage().pixel(round(left + share * width), 34)).name()

    angry, happy = (QColor(colour_of(label)).name() for label in LABELS[:2])
    assert (colour(0.3), colour(0.8)) == (angry, happy)
    picture = strip.still_picture(studio.axis.view)
    studio.axis.set_playhead(1.0)
    strip.grab()
    assert strip.still_picture(studio.axis.view) is picture
    studio.axis.set_view(7.0, 14.0)
    assert (colour(0.3), colour(0.8)) == (happy, happy)
    strip.set_prediction(
        Prediction(segment, LABELS, (0.5, 0.5, 0.0), _windows((0, 1.0, 0), (1.0, 0, 0)), "", "")
    )
    assert (colour(0.3), colour(0.8)) == (angry, angry)
    strip.deleteLater()
