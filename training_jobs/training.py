"""The training loop: features in, the network of the best epoch out (paper, section IV-B).

Adam, batches of 32, at most 50 epochs, cross-entropy over AM-Softmax logits, the epoch with the best UA on validation
speakers; seeded, and on a CPU repeatable bit for bit.
"""

import copy
import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from core_model.devices import is_out_of_memory
from core_model.network.config import NetworkConfig
from core_model.network.network import HumpCat, Inputs
from core_model.standardise import Statistics, standardise

from .epoch import Epoch
from .evaluation import predict_table
from .extraction import FeatureTable
from .metrics import Metrics, measure
from .recipe import Recipe

FRAMES_PER_SECOND = 50
WARM_UP = 0.3
MASKS = 2
GRADIENT_LIMIT = 1.0
LEAST_BATCH = 4  # windows a step; with fewer, a full GPU is given up for the CPU

Ints = npt.NDArray[np.int64]

_ON_CPU = "The memory of the GPU is full: training goes on on the CPU."

_logger = logging.getLogger(__name__)


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
Arrays = dict[str, Tensor]


class Keeper(Protocol):
    """Where the state of a training is kept between epochs."""

    def load(self) -> tuple[Arrays, dict[str, Any]] | None:
        """The state kept last, or None."""

    def keep(self, arrays: Arrays, facts: dict[str, Any]) -> None:
        """Keep a state in the last one's place."""


class Training:
    """A training under way: everything that its next epoch depends on, and nothing else.

    It can be put into tensors and JSON-able facts (`state`) and taken up again from them (`resume`); on a CPU the
    epochs that follow are then the same bit for bit as without the break.

    Attributes:
        epochs: those that are over.
        best: the number of the epoch whose averaged weights are kept; 0 before the first.
        batch: windows a step; less than the recipe's after the device's memory ran out.
        device: torch's name of the device.
    """

    def __init__(
        self, config: NetworkConfig, recipe: Recipe, start: HumpCat | None = None, device: str = "cpu"
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.epochs: list[Epoch] = []
        self.best = 0
        self.batch = recipe.batch
        self.device = device
        self._random = np.random.default_rng(recipe.seed)
        self._network = HumpCat(config) if start is None else copy.deepcopy(start).requires_grad_(True)
        self._network.to(device)
        self._averaged = copy.deepcopy(self._network).requires_grad_(False).eval()
        self._best = _copied(self._averaged.state_dict())
        self._optimiser = torch.optim.AdamW(
            self._network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self._steps = 0

    @property
    def over(self) -> bool:
        """Whether all of the recipe's epochs are done."""
        return len(self.epochs) >= self.recipe.epochs

    def run_epoch(self, data: TrainingData) -> Epoch:
        """Train for one epoch and validate.

        Raises:
            RuntimeError: the device's memory is full (see `is_out_of_memory`); the training must be taken up from its
                last `state`.
        """
        self._network.train()
        losses = []
        steps = math.ceil(len(data.train) / self.batch)
        for step, batch in enumerate(_batches(data, self.recipe, self.batch, self._random)):
            self._set_rate((len(self.epochs) + step / steps) / self.recipe.epochs)
            losses.append(_step(self._network, self._optimiser, batch.to(self.device)))
            self._steps += 1
            kept = min(self.recipe.average, (self._steps + 1) / (self._steps + 10))
            _average(self._averaged, self._network, kept)
        epoch = Epoch(len(self.epochs) + 1, float(np.mean(losses)), _validate(self._averaged, data))
        self.epochs.append(epoch)
        if _is_best(epoch, self.epochs):
            self._best, self.best = _copied(self._averaged.state_dict()), epoch.number
        return epoch

    def trained(self) -> Trained:
        """The network of the best epoch, on the CPU."""
        network = copy.deepcopy(self._averaged)
        network.load_state_dict(self._best)
        return Trained(network.cpu(), self.best, tuple(self.epochs))

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """All of it as tensors by name, copied to the CPU, and JSON-able facts."""
        arrays = {"random": torch.get_rng_state()}
        if self.device == "cuda":
            arrays["random/cuda"] = torch.cuda.get_rng_state()
        parts = {
            "network": self._network.state_dict(),
            "averaged": self._averaged.state_dict(),
            "best": self._best,
        }
        for number, moments in self._optimiser.state_dict()["state"].items():
            parts[f"optimiser/{number}"] = moments
        for part, tensors in parts.items():
            arrays |= {f"{part}/{name}": tensor for name, tensor in tensors.items()}
        facts = {
            "epochs": [epoch.to_json() for epoch in self.epochs],
            "best": self.best,
            "steps": self._steps,
            "batch": self.batch,
            "device": self.device,
            "random": self._random.bit_generator.state,
        }
        return {name: tensor.detach().cpu().clone() for name, tensor in arrays.items()}, facts

    def resume(
        self, arrays: Arrays, facts: dict[str, Any], batch: int | None = None, device: str | None = None
    ) -> None:
        """Take up a training of the same configuration and recipe from its state, perhaps with less memory.

        Args:
            arrays, facts: what `state` gave.
            batch, device: other than the state's.

        Raises:
            RuntimeError, KeyError, ValueError: the state is another network's.
        """
        self.batch, self.device = batch or facts["batch"], device or facts["device"]
        self._network.to(self.device).load_state_dict(_part(arrays, "network"))
        self._averaged.to(self.device).load_state_dict(_part(arrays, "averaged"))
        self._best = _part(arrays, "best")
        kept = self._optimiser.state_dict()
        numbers = range(len(kept["param_groups"][0]["params"]))
        moments = {number: _part(arrays, f"optimiser/{number}") for number in numbers}
        # The optimiser moves its moments to its weights' device, but the step counts stay where torch wants them.
        self._optimiser = torch.optim.AdamW(self._network.parameters(), self.recipe.learning_rate)
        self._optimiser.load_state_dict({**kept, "state": {n: m for n, m in moments.items() if m}})
        self.epochs = [Epoch.from_json(told) for told in facts["epochs"]]
        self.best, self._steps = facts["best"], facts["steps"]
        self._random.bit_generator.state = facts["random"]
        torch.set_rng_state(arrays["random"])
        if self.device == "cuda" and "random/cuda" in arrays:
            torch.cuda.set_rng_state(arrays["random/cuda"])

    def _set_rate(self, progress: float) -> None:
        share = 1.0 if self.recipe.schedule == "constant" else learning_rate_at(progress)
        for group in self._optimiser.param_groups:
            group["lr"] = self.recipe.learning_rate * share


def train_network(
    data: TrainingData,
    config: NetworkConfig,
    recipe: Recipe,
    start: HumpCat | None = None,
    on_epoch: Callback | None = None,
    device: str = "cpu",
    keeper: Keeper | None = None,
) -> Trained:
    """Train a network, from random weights or from `start`'s, on a device of torch's; it comes back on the CPU.

    When the device's memory runs out, the epoch begins again with half the batch, and at last on the CPU; so does a
    training whose network finds no room on the device.

    Args:
        data: what to learn from.
        config: of a new network.
        recipe: how.
        start: the network to go on from.
        on_epoch: hears of every epoch and may raise to stop.
        device: torch's name.
        keeper: keeps the state of every epoch, and gives back the last one of a training that was interrupted.

    Raises:
        ValueError: there is nothing to train on.
    """
    if not len(data.train):
        raise ValueError("no training rows")
    kept = keeper.load() if keeper else None
    if kept and kept[1]["device"] == "cpu":
        device = "cpu"  # the state of a training on a GPU goes on wherever this one runs
    training = _placed(config, recipe, start, device, kept)
    state = training.state()
    while not training.over:
        epoch = _epoch_that_fits(training, data)
        if epoch is None:
            training = _with_less_memory(training, state, config, start)
            continue
        state = training.state()
        if keeper:
            keeper.keep(*state)
        if on_epoch:
            on_epoch(epoch)
    return training.trained()


def _epoch_that_fits(training: Training, data: TrainingData) -> Epoch | None:
    """The next epoch, or None where it does not fit into memory: the error would hold on to what the step had."""
    try:
        return training.run_epoch(data)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        return None


def _placed(
    config: NetworkConfig,
    recipe: Recipe,
    start: HumpCat | None,
    device: str,
    state: tuple[Arrays, dict[str, Any]] | None,
    batch: int | None = None,
) -> Training:
    """A training on the device, or on the CPU where the device has no room for it; from a state, if there is one."""
    try:
        training = Training(config, recipe, start, device)
        if state:
            training.resume(*state, batch=batch, device=device)
        return training
    except RuntimeError as error:
        if device == "cpu" or not is_out_of_memory(error):
            raise
    _logger.warning(_ON_CPU)
    return _placed(config, recipe, start, "cpu", state, recipe.batch)


def _with_less_memory(
    training: Training, state: tuple[Arrays, dict[str, Any]], config: NetworkConfig, start: HumpCat | None
) -> Training:
    """The training before the epoch that did not fit, with half the batch, or, when that is small already, on the CPU.

    Raises:
        torch.OutOfMemoryError: it is the CPU's memory that is full.
    """
    batch, device = training.batch // 2, training.device
    if batch < LEAST_BATCH:
        if device == "cpu":
            raise torch.OutOfMemoryError("the memory is full")
        batch, device = training.recipe.batch, "cpu"
        _logger.warning(_ON_CPU)
    else:
        _logger.warning("The memory of the GPU is full: training goes on with %d windows a step.", batch)
    return _placed(config, training.recipe, start, device, state, batch)


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


def _batches(data: TrainingData, recipe: Recipe, batch: int, random: np.random.Generator) -> Iterator[_Batch]:
    """One epoch: every training utterance once, as itself or as one of its copies, in random order."""
    drawn = np.array([rows[int(random.integers(len(rows)))] for rows in data.train])
    random.shuffle(drawn)
    for first in range(0, len(drawn), batch):
        yield _batch(data, recipe, random, drawn[first : first + batch])


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


def _copied(tensors: Mapping[str, Tensor]) -> Arrays:
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def _part(arrays: Arrays, part: str) -> Arrays:
    return {
        name.removeprefix(f"{part}/"): tensor
        for name, tensor in arrays.items()
        if name.startswith(f"{part}/")
    }


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
