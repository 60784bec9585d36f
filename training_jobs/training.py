"""The training loop: features in, the network of the best epoch out (paper, section IV-B).

Adam, batches of 32, at most 50 epochs, cross-entropy over AM-Softmax logits, the epoch with the best UA on validation
speakers; seeded, and on a CPU repeatable bit for bit.
"""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from core_model.network.config import NetworkConfig
from core_model.network.network import HumpCat, Inputs
from core_model.standardise import Statistics, standardise

from .epoch import Epoch
from .evaluation import predict_table
from .extraction import FeatureTable
from .metrics import Metrics, measure

FRAMES_PER_SECOND = 50
WARM_UP = 0.3
MASKS = 2
GRADIENT_LIMIT = 1.0

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train.

    Attributes:
        epochs: passes over the training utterances (paper: at most 50).
        batch: windows a step (paper: 32).
        learning_rate: the highest one (paper: Adam at 1e-3).
        schedule: "one-cycle" (decision: rises over the first 0.3 of the steps, falls as a cosine) or "constant".
        weight_decay: decoupled from the gradient (decision; 0 is plain Adam).
        crop: seconds of each window that one step sees, from a random place (decision: a third of the time a step
            takes, and other crops every epoch; 7 takes all).
        mask: seconds; two stretches of up to this length are set to the mean (decision; 0: none).
        speeds: altered copies of the training utterances, as further voices (decision; Ko et al. 2015).
        mixing: a of the Beta(a, a) from which each step draws in which shares its windows are laid over one another,
            labels and all (decision; mixup, Zhang et al. 2018; 0: not at all).
        average: share that the running average of the weights keeps at each step; the average is what is validated and
            kept (decision: steadier than any single step; 0: the weights themselves).
        prior_share: share of windows standardised by the training set's statistics instead of their speaker's, so that
            the network knows both (decision).
        seed: of the weights, the order and all that is random.
    """

    epochs: int = 50
    batch: int = 32
    learning_rate: float = 2e-3
    schedule: str = "one-cycle"
    weight_decay: float = 0.01
    crop: float = 2.56
    mask: float = 0.6
    speeds: tuple[float, ...] = (0.9, 1.1)
    mixing: float = 0.3
    average: float = 0.99
    prior_share: float = 0.4
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """The recipe as JSON-able values."""
        return asdict(self)


# The paper's own words and nothing else, for comparison; its AM-Softmax scale is left at the loss's usual 30.
PAPER_RECIPE = Recipe(
    epochs=50,
    learning_rate=1e-3,
    schedule="constant",
    weight_decay=0.0,
    crop=7.0,
    mask=0.0,
    speeds=(),
    mixing=0.0,
    average=0.0,
)
# Few utterances, and weights that know the task: a gentler rate, a shorter memory of the average, and no mixing (92.7
# against 92.0 on ten draws of EMO-DB, which is within the interval).
TUNING_RECIPE = Recipe(epochs=20, learning_rate=1e-3, mixing=0.0, average=0.9)


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """Windows to learn from and to choose the epoch by.

    Attributes:
        table: the features; altered copies of training utterances (`with_speeds`) are utterances of their own.
        train: for each training utterance the rows of `table.utterances` it may be drawn from: itself, its copies.
        validation: rows of `table.utterances` that choose the epoch; without them the last epoch is kept.
        prior: the statistics that the bundle will carry.
        speakers: for each of `table.utterances` its speaker's statistics.
    """

    table: FeatureTable
    train: Sequence[Sequence[int]]
    validation: Sequence[int]
    prior: Statistics
    speakers: Sequence[Statistics]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The network of the best epoch, that epoch's number from 1, and all epochs."""

    network: HumpCat
    best: int
    epochs: tuple[Epoch, ...]


Callback = Callable[[Epoch], None]


def train_network(
    data: TrainingData,
    config: NetworkConfig,
    recipe: Recipe,
    start: HumpCat | None = None,
    on_epoch: Callback | None = None,
    device: str = "cpu",
) -> Trained:
    """Train a network, from random weights or from `start`'s, on a device of torch's; it comes back on the CPU.

    `on_epoch` hears of every epoch and may raise to stop.

    Raises:
        ValueError: there is nothing to train on.
    """
    if not len(data.train):
        raise ValueError("no training rows")
    torch.manual_seed(recipe.seed)
    random = np.random.default_rng(recipe.seed)
    network = HumpCat(config) if start is None else copy.deepcopy(start).requires_grad_(True)
    network.to(device)
    averaged = copy.deepcopy(network).requires_grad_(False).eval()
    best, epochs = copy.deepcopy(averaged.state_dict()), list[Epoch]()
    best_number = 0
    optimiser = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    total = recipe.epochs * math.ceil(len(data.train) / recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: 1.0 if recipe.schedule == "constant" else learning_rate_at(step / total)
    )
    steps = 0
    for number in range(1, recipe.epochs + 1):
        network.train()
        losses = []
        for batch in _batches(data, recipe, random):
            losses.append(_step(network, optimiser, batch.to(device)))
            schedule.step()
            steps += 1
            _average(averaged, network, min(recipe.average, (steps + 1) / (steps + 10)))
        epoch = Epoch(number, float(np.mean(losses)), _validate(averaged, data))
        epochs.append(epoch)
        if _is_best(epoch, epochs):
            best, best_number = copy.deepcopy(averaged.state_dict()), number
        if on_epoch:
            on_epoch(epoch)
    averaged.load_state_dict(best)
    return Trained(averaged.cpu(), best_number, tuple(epochs))


def learning_rate_at(progress: float) -> float:
    """Share of the highest rate at a share of all steps: a linear rise over the first 0.3, then a half cosine to 0."""
    if progress < WARM_UP:
        return max(progress / WARM_UP, 0.01)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - WARM_UP) / (1 - WARM_UP))))


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Inputs with two labels each: `share` of a window is its own, the rest another's (with its own label, `other`)."""

    inputs: Inputs
    targets: Tensor
    other: Tensor
    share: float

    def to(self, device: str) -> "_Batch":
        """The same on another device."""
        return _Batch(self.inputs.to(device), self.targets.to(device), self.other.to(device), self.share)


def _batches(data: TrainingData, recipe: Recipe, random: np.random.Generator) -> Iterator[_Batch]:
    """One epoch: every training utterance once, as itself or as one of its copies, in random order."""
    drawn = np.array([rows[int(random.integers(len(rows)))] for rows in data.train])
    random.shuffle(drawn)
    for first in range(0, len(drawn), recipe.batch):
        yield _batch(data, recipe, random, drawn[first : first + recipe.batch])


def _batch(data: TrainingData, recipe: Recipe, random: np.random.Generator, utterances: Ints) -> _Batch:
    table = data.table
    # A long utterance has several windows; each epoch sees one of them.
    rows = [int(random.choice(table.windows_of(utterance))) for utterance in utterances.tolist()]
    first, last = _crop(recipe, random, table.mfcc.shape[1])
    statistics = [
        data.prior if random.random() < recipe.prior_share else data.speakers[utterance]
        for utterance in utterances.tolist()
    ]
    inputs = standardise(
        None if table.encoder is None else table.encoder[rows, :, first:last],
        table.mfcc[rows, first:last],
        table.prosody[rows],
        table.prosody_valid[rows],
        statistics,
    )
    for frames in (inputs.encoder, inputs.mfcc):
        if frames is not None:
            _mask(frames, recipe, random)
    return _mixed(inputs, torch.from_numpy(table.labels[utterances]), recipe, random)


def _mixed(inputs: Inputs, targets: Tensor, recipe: Recipe, random: np.random.Generator) -> _Batch:
    """Lay each window over another of the batch, in shares that one draw sets for all (Zhang et al. 2018)."""
    if not recipe.mixing:
        return _Batch(inputs, targets, targets, 1.0)
    share = float(random.beta(recipe.mixing, recipe.mixing))
    order = torch.from_numpy(random.permutation(len(targets)))

    def over(features: Tensor | None) -> Tensor | None:
        return None if features is None else torch.lerp(features[order], features, share)

    mixed = Inputs(over(inputs.encoder), over(inputs.mfcc), over(inputs.prosody))
    return _Batch(mixed, targets, targets[order], share)


def _crop(recipe: Recipe, random: np.random.Generator, frames: int) -> tuple[int, int]:
    length = min(frames, round(recipe.crop * FRAMES_PER_SECOND))
    first = int(random.integers(frames - length + 1))
    return first, first + length


def _mask(frames: Tensor, recipe: Recipe, random: np.random.Generator) -> None:
    """Set two stretches of time, the same in the whole batch, to the mean, which is 0; frames are (B, ..., T, C)."""
    longest = round(recipe.mask * FRAMES_PER_SECOND)
    for _ in range(MASKS if longest else 0):
        length = int(random.integers(longest // 3, longest))
        first = int(random.integers(max(1, frames.shape[-2] - length)))
        frames[..., first : first + length, :] = 0


def _step(network: HumpCat, optimiser: torch.optim.Optimizer, batch: _Batch) -> float:
    cosines = network(batch.inputs).cosines
    own, other = (
        F.cross_entropy(network.classify.logits(cosines, targets), targets)
        for targets in (batch.targets, batch.other)
    )
    loss = torch.lerp(other, own, batch.share)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_LIMIT)
    optimiser.step()
    return loss.item()


def _average(averaged: HumpCat, network: HumpCat, kept: float) -> None:
    with torch.no_grad():
        for mean, value in zip(averaged.parameters(), network.parameters(), strict=True):
            mean.lerp_(value, 1 - kept)


def _validate(network: HumpCat, data: TrainingData) -> Metrics | None:
    if not len(data.validation):
        return None
    statistics = [data.speakers[row] for row in data.validation]
    probabilities = predict_table(network, data.table, data.validation, statistics)
    return measure(data.table.scheme.labels, data.table.labels[list(data.validation)], probabilities)


def _is_best(epoch: Epoch, epochs: Sequence[Epoch]) -> bool:
    """Whether this epoch's validation UA is the highest yet; of equals the later, whose weights are averaged longer."""
    if epoch.validation is None:
        return True
    return all(epoch.validation.ua >= other.validation.ua for other in epochs if other.validation)
