"""A bundle made ready to predict: features, standardisation, network, and the mean over windows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .audio import read_info
from .bundle import BundleRecord
from .bundle_weights import load_weights
from .cache import FeatureCache
from .devices import choose_device
from .errors import HumpcatError
from .extractor import Extracted, FeatureExtractor, Stretch, WindowFeatures
from .facts import Prediction, Segment, WindowPrediction
from .network.network import Output
from .standardise import Statistics, Summary, shrunk, standardise, statistics_of, summarise


@dataclass(frozen=True, slots=True)
class Failure:
    """A stretch that could not be predicted, and why."""

    stretch: Stretch
    error: HumpcatError


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """One speaker as heard.

    Attributes:
        statistics: unlabelled, drawn to the bundle's by `prior_strength` windows; without any window they are the
            bundle's.
        answers: for each window the probabilities that the bundle's own statistics give.
    """

    statistics: Statistics
    answers: tuple[tuple[float, ...], ...]


class Predictor:
    """Predicts with one bundle on one device.

    Args:
        record: the bundle.
        device: auto, cpu, cuda or mps.
        precision: of the encoder: auto, fp32 or bf16; the network itself always runs in fp32.
        cache: where features are kept, if anywhere.

    Raises:
        HumpcatError: the bundle is damaged, its encoder is missing, or the device is not there.
    """

    def __init__(
        self,
        record: BundleRecord,
        device: str = "auto",
        precision: str = "auto",
        cache: FeatureCache | None = None,
    ) -> None:
        self.record = record
        self.device = choose_device(device)
        self.network, self.prior = load_weights(record)
        self.network.to(self.device.kind)
        self.extractor = FeatureExtractor(record.features, record.encoder, self.device, precision, cache)

    @property
    def precision(self) -> str:
        """What the encoder runs in: "fp32" or "bf16"."""
        return self.extractor.precision

    def predict(
        self,
        stretch: Stretch,
        statistics: Statistics | None = None,
        on_window: Callable[[], None] | None = None,
    ) -> Prediction:
        """Predict one stretch; `statistics` of its speaker take the place of the bundle's.

        `on_window` is called after each window and may raise to end the prediction.

        Raises:
            HumpcatError: the stretch cannot be read.
        """
        windows = []
        for window in self.extractor.windows(stretch):
            windows.append(self._predicted(window, statistics))
            if on_window:
                on_window()
        return self.combine(stretch, windows)

    def predict_many(
        self, stretches: Iterable[Stretch], speakers: Mapping[Stretch, Statistics] | None = None
    ) -> Iterator[Prediction | Failure]:
        """Predict stretches one after another; one that cannot be read gives a `Failure` and the others go on."""
        gathered: list[WindowPrediction] = []
        for step in self.extractor.stream(stretches):
            if step.window:
                gathered.append(self._predicted(step.window, (speakers or {}).get(step.stretch)))
            if step.last:
                yield self._outcome(step, gathered)
                gathered = []

    def listen(self, stretches: Iterable[Stretch]) -> Voice:
        """Hear one speaker's stretches; those that cannot be read count for nothing."""
        summaries, answers = [], []
        for step in self.extractor.stream(stretches):
            if step.window:
                summaries.append(summary_of(step.window))
                answers.append(self._predicted(step.window, None).probabilities)
        if not summaries:
            return Voice(self.prior, ())
        own = statistics_of(merge(summaries))
        return Voice(shrunk(own, len(summaries), self.prior, self.record.prior_strength), tuple(answers))

    def run(self, windows: Sequence[WindowFeatures], statistics: Statistics | None = None) -> Output:
        """Run windows through the network, with every attention map."""
        device = self.device.kind
        encoder, mfcc, prosody, valid = to_tensors(windows)
        inputs = standardise(encoder, mfcc, prosody, valid, [statistics or self.prior] * len(windows))
        with torch.inference_mode():
            output: Output = self.network(inputs.to(device))
        return output

    def probabilities(self, output: Output) -> list[tuple[float, ...]]:
        """Each window's probabilities: softmax of the network's logits (no margin) over the bundle's temperature."""
        logits = self.network.logits(output) / self.record.temperature
        return [tuple(row) for row in logits.softmax(dim=-1).cpu().tolist()]

    def answer(self, window: WindowFeatures, statistics: Statistics | None) -> tuple[float, ...]:
        """One window's probabilities."""
        (probabilities,) = self.probabilities(self.run([window], statistics))
        return probabilities

    def combine(self, stretch: Stretch, windows: Sequence[WindowPrediction]) -> Prediction:
        """One prediction from its windows': the duration-weighted mean (METHOD.md, "utterance")."""
        info = read_info(stretch.file)
        end = info.frames if stretch.end is None else min(stretch.end, info.frames)
        total = sum(window.end - window.start for window in windows)
        mean = tuple(
            sum(window.probabilities[label] * (window.end - window.start) for window in windows) / total
            for label in range(len(self.record.labels))
        )
        segment = Segment(stretch.file, stretch.start, end, info.rate)
        return Prediction(segment, self.record.labels, mean, tuple(windows), self.record.name, self.record.id)

    def _outcome(self, last: Extracted, windows: Sequence[WindowPrediction]) -> Prediction | Failure:
        try:
            return Failure(last.stretch, last.error) if last.error else self.combine(last.stretch, windows)
        except HumpcatError as error:  # the file went away meanwhile
            return Failure(last.stretch, error)

    def _predicted(self, window: WindowFeatures, statistics: Statistics | None) -> WindowPrediction:
        return WindowPrediction(window.start, window.end, self.answer(window, statistics))


def to_tensors(windows: Sequence[WindowFeatures]) -> tuple[Tensor | None, Tensor, Tensor, Tensor]:
    """Stack windows' features: encoder (B, L, T, C) float16 or None, mfcc (B, 350, 39), prosody and its validity."""
    encoder = None
    if windows[0].encoder is not None:
        encoder = torch.stack([torch.from_numpy(window.encoder) for window in windows])
    return (
        encoder,
        torch.stack([torch.from_numpy(window.mfcc) for window in windows]),
        torch.stack([torch.from_numpy(window.prosody) for window in windows]),
        torch.stack([torch.from_numpy(window.prosody_valid) for window in windows]).float(),
    )


def summary_of(window: WindowFeatures) -> Summary:
    """One window's moments."""
    return summarise(*to_tensors([window]))


def merge(summaries: Sequence[Summary]) -> Summary:
    """Several summaries as one."""
    names = Summary.__dataclass_fields__
    return Summary(*(torch.cat([getattr(each, name) for each in summaries]) for name in names))
