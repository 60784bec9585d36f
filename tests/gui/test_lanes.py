"""The lanes of a recording: what is on them, and what of it is painted."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtGui import QColor

from app.display.lanes import Lanes
from app.window.studio import Studio
from core_model.project import editing
from core_model.project.rows import GOLD, AnnotationRow, PredictionRow, RaterRow

ANNA, BO, JUDGE = RaterRow(1, "Anna"), RaterRow(2, "Bo"), RaterRow(3, "R3", GOLD)


def rows(rater: int, *labels: str | None) -> list[AnnotationRow]:
    """Ten samples each, one after the other."""
    return [
        AnnotationRow(100 * rater + at, 1, rater, 10 * at, 10 * at + 10, label)
        for at, label in enumerate(labels)
    ]


def prediction(number: int, start: int, end: int, share: float, changed: float) -> PredictionRow:
    return PredictionRow(
        number, 1, start, end, ("angry", "sad"), (share, 1 - share), (), "m", "m", changed=changed
    )


def test_the_current_rater_comes_first_and_predictions_last() -> None:
    said = [*rows(1, "sad"), *rows(3, "sad", None)]
    predicted = [
        prediction(1, 0, 10, 0.9, 1.0),
        prediction(2, 0, 10, 0.2, 2.0),
        prediction(3, 0, 30, 0.6, 0.0),
    ]
    lanes = Lanes().of([ANNA, BO, JUDGE], BO, said, predicted)
    assert [(lane.name, lane.rater, len(lane.bars)) for lane in lanes] == [
        ("Bo", 2, 0), ("Anna", 1, 1), ("gold", 3, 2), ("model", None, 2),
    ]  # fmt: skip
    assert [bar.label + bar.suffix for bar in lanes[-1].bars] == [
        "angry 60%",
        "sad 80%",
    ]  # the newest of a span


def test_a_lane_is_kept_until_something_on_it_changes() -> None:
    made, said = Lanes(), [*rows(1, "sad", "angry"), *rows(2, "sad")]
    predicted = [prediction(1, 0, 10, 0.9, 1.0)]
    before = made.of([ANNA, BO], ANNA, said, predicted)
    said[0] = replace(said[0], label="happy")
    after = made.of([ANNA, BO], ANNA, list(said), list(predicted))
    assert [a is b for a, b in zip(before, after, strict=True)] == [False, True, True]
    assert after[0].bars[0].label == "happy"
    assert made.of([ANNA, replace(BO, name="Bob")], ANNA, said, predicted)[1].name == "Bob"


def test_bars_in_view_reach_into_it() -> None:
    (lane,) = Lanes().of([ANNA], ANNA, rows(1, "sad", "angry", "sad", None), [])
    assert lane.in_view(11, 29).tolist() == [1, 2]
    assert [lane.labels[place] for place in lane.label_of] == ["sad", "angry", "sad", ""]


def test_bars_too_narrow_for_words_are_painted_where_they_lie(
    studio: Studio, tone: Callable[..., Path], until: Callable[..., None]
) -> None:
    studio.opening.open([tone(seconds=100.0)])
    until(lambda: studio.recordings.current is not None)
    project = studio.editor.project
    assert project is not None
    recording = project.recordings[0]
    spans = [(at * recording.rate, at * recording.rate + recording.rate // 2) for at in range(0, 100, 2)]
    studio.editor.do(lambda: editing.add_segments(project, recording.id, 1, spans[::2], label="sad"))
    studio.editor.do(lambda: editing.add_segments(project, recording.id, 1, spans[1::2], label="angry"))
    studio.annotating.segmenting.choose([])
    lanes = studio.annotating.lanes
    picture = lanes.grab().toImage()
    left, width = lanes.area()
    colour = studio.editor.scheme.colour_of
    for place, (start, end) in enumerate(spans):
        middle = left + (start + end) / 2 / recording.frames * width
        painted = np.array(picture.pixelColor(int(middle), 12).getRgb()[:3])
        wanted = {label: np.array(QColor(colour(label)).getRgb()[:3]) for label in ("sad", "angry")}
        near = min(wanted, key=lambda label: int(np.abs(wanted[label] - painted).sum()))
        assert near == ("angry" if place % 2 else "sad")
    gap = left + 1.5 * recording.rate / recording.frames * width
    assert picture.pixelColor(int(gap), 12).saturation() < 40
