"""What the model says of what is in hand: asked for, and shown in the panel, on the waveform and as attention."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from core_model.facts import Segment

from ..editor import Editor
from ..predictions import PredictionStore, State
from ..recordings import OpenRecording
from ..translation import tr
from .annotating import Annotating
from .attention_panel import relevance_on_waveform
from .plot_stack import PlotStack
from .predicting import Predicting, explained_whole
from .prediction_panel import PredictionPanel
from .recordings_panel import RecordingsPanel
from .time_axis import TimeAxis

_LONG = tr(
    "Long recordings are explained a window of 7 s at a time: put the playhead into one and press the button"
)
_STALE = tr(
    "Another model made this prediction: predict again to see what the model in use attends to (Ctrl+P)"
)


class Suggesting(QObject):
    """Made once; the panel comes later, as its buttons are actions."""

    done = Signal(str)
    warned = Signal(str, str)
    shown = Signal()  # what can be done with it may have changed

    def __init__(
        self,
        editor: Editor,
        store: PredictionStore,
        predicting: Predicting,
        annotating: Annotating,
        recordings: RecordingsPanel,
        plots: PlotStack,
        axis: TimeAxis,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._editor, self._store, self._predicting = editor, store, predicting
        self._annotating, self._recordings, self._plots, self._axis = annotating, recordings, plots, axis
        self._panel: PredictionPanel | None = None
        plots.attention.explain_asked.connect(self.explain_window)
        predicting.changed.connect(self._take)
        predicting.busy_changed.connect(self.show)

    def use_panel(self, panel: PredictionPanel) -> None:
        """Where it is told in words and bars."""
        self._panel = panel

    def handlers(self) -> dict[str, Callable[..., object]]:
        """For the table of actions."""
        return {
            "predict": self.predict,
            "predict_all": self.predict_all,
            "deletion_test": self.test_deletion,
        }

    @property
    def fresh(self) -> bool:
        """Whether the model in use has predicted what is in hand."""
        target = self._annotating.target
        return target is not None and self._store.state_of(target) is State.PREDICTED

    # What the actions do

    def predict(self) -> None:
        """Predict the segments chosen, else the recording in hand."""
        segments = self._annotating.to_predict()
        if segments and self._has_model() and self._can_keep():
            self._predicting.predict(segments)
            self.show()

    def predict_all(self) -> None:
        """Predict every segment, and every recording without segments, that the model in use has not predicted."""
        if not self._has_model() or not self._can_keep():
            return
        segments = self._annotating.all_to_predict(self._recordings.shown())
        if segments:
            self._predicting.predict(segments)
        else:
            self.done.emit(tr("Everything in the list is predicted by this model."))

    def test_deletion(self) -> None:
        """Test the relevance curve of what is in hand."""
        target = self._annotating.target
        if target is not None and self._has_model():
            self._predicting.deletion_test(target)

    def explain_window(self) -> None:
        """Ask for the attention of the window at the playhead, in a long recording."""
        target = self._annotating.target
        held = self._store.find(target) if target is not None else None
        if target is None or held is None or not self.fresh:
            return  # the maps would be another model's
        time = self._axis.playhead
        window = next((w for w in held.fact.windows if w.start <= time < w.end), held.fact.windows[-1])
        self._predicting.explain(target, window.start, window.end)

    # What is shown

    def show_target(self) -> None:
        """Another segment or recording is in hand."""
        target = self._annotating.target
        if target is not None and self._predicting.wants_explanation(target):
            self._predicting.explain(target)
        self.show()

    def show(self) -> None:
        """Show what is known of what is in hand."""
        target = self._annotating.target
        held = self._store.find(target) if target is not None else None
        explanation = held.explanation if held is not None else None
        self._plots.waveform.set_relevance(*relevance_on_waveform(explanation))
        self._plots.emotions.set_prediction(held.fact if held is not None else None)
        if target is not None and held is not None and not explained_whole(target):
            why = _LONG if self.fresh else _STALE
            self._plots.attention.set_explanation(explanation, why, can_explain=self.fresh)
        else:
            self._plots.attention.set_explanation(explanation)
        if self._panel is not None:
            self._show_in(self._panel, self._recordings.current, target)
        self.shown.emit()

    def _show_in(
        self, panel: PredictionPanel, recording: OpenRecording | None, target: Segment | None
    ) -> None:
        if recording is None:
            panel.show_nothing(
                tr("No recording"), tr("Open a recording, then predict its emotion here."), False
            )
        elif recording.error is not None:
            panel.show_nothing(tr("Not readable"), recording.error.hint, False)
        elif target is not None and self._predicting.is_busy_with(target):
            panel.show_busy(tr("Predicting…"))
        elif target is not None and (held := self._store.find(target)) is not None:
            model = self._predicting.model
            name = model.name if model is not None else tr("none")
            panel.show_prediction(held, self._store.state_of(target), name)
        else:
            panel.show_nothing(
                tr("Not predicted yet"), tr("Press Predict (Ctrl+P) to see what the model hears."), True
            )

    def _take(self, segment: Segment) -> None:
        self._recordings.model.refresh(segment.file)
        if segment == self._annotating.target:
            self._annotating.target_changed.emit()
        self.shown.emit()

    # What stands in the way

    def _has_model(self) -> bool:
        if self._predicting.model is None:
            self.warned.emit(
                tr("No model is installed."),
                tr("Import one on the page Models, or train one on the page Fine-tune."),
            )
        return self._predicting.model is not None

    def _can_keep(self) -> bool:
        """Predictions are kept in the project; without one there is nothing to predict."""
        project = self._editor.project
        if project is not None and project.read_only:
            self.warned.emit(
                tr("The project is open for reading only; predictions would be written to it."),
                tr("Save it under another name (File, Save project as), and predict there."),
            )
        return self._editor.can_edit
