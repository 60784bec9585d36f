"""Predicting in the window, with the real engine process and an untrained model."""

from collections.abc import Callable
from pathlib import Path

from app.predictions import State
from app.window.studio import Studio

Until = Callable[[Callable[[], bool]], None]


def _start(studio: Studio, until: Until, *paths: Path) -> None:
    studio.start()
    studio.opening.open(list(paths))
    until(lambda: studio.recordings.current is not None and studio.predicting.model is not None)


def test_a_recording_is_predicted_and_explained(
    studio: Studio, models: Path, tone: Callable[..., Path], until: Until
) -> None:
    path = tone()
    _start(studio, until, path)
    studio.actions["predict"].trigger()
    until(lambda: studio.store.get(path) is not None)
    held = studio.store.get(path)
    assert held is not None
    assert held.fact.model_name == "default"
    assert abs(sum(held.fact.probabilities) - 1) < 1e-4
    assert held.explanation is not None
    assert studio.plots.attention.plot.map_at(0.5) is not None
    assert studio.actions["export"].isEnabled()
