"""What the tour tells: five cards."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QToolButton, QWidget

from ..translation import tr
from .actions import Actions
from .tour import Step

if TYPE_CHECKING:
    from .studio import Studio


def tour_steps(studio: "Studio") -> tuple[Step, ...]:
    """The cards, each with the widget that it speaks of."""
    window, actions = studio.window, studio.actions

    return (
        Step(
            tr("Open speech"),
            tr(
                "Recordings are listed here. Drop files or a folder on the window, or press Ctrl+O. They "
                "stay where they are and are only read."
            ),
            lambda: studio.recordings,
        ),
        Step(
            tr("Look, listen, label"),
            tr(
                "Space plays. Drag on your lane above the waveform to mark a segment, and press a digit "
                "to label it. Every edit is kept at once, and can be undone."
            ),
            lambda: studio.centre,
        ),
        Step(
            tr("Predict, and see why"),
            tr(
                "Ctrl+P asks the model. You see how sure it is, and the attention shows what it "
                "combined. Accept or correct what it says."
            ),
            lambda: _button(window, actions, "predict"),
        ),
        Step(
            tr("Make it hear your language"),
            tr(
                "Fine-tune: choose a folder of labelled speech, press Fine-tune, then Start. The result says whether "
                "the new model is any good."
            ),
            lambda: _button(window, actions, "page:tune"),
        ),
        Step(
            tr("Help is on F1"),
            tr(
                "F1 opens the page about what is in front of you. Models holds the models and the "
                "encoders; Live listens to a microphone."
            ),
            lambda: _button(window, actions, "page:models"),
        ),
    )


def _button(window: QWidget, actions: Actions, name: str) -> QWidget | None:
    action = actions[name]
    buttons = (each for each in window.findChildren(QToolButton) if each.defaultAction() == action)
    return next(buttons, None)
