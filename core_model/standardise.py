"""Bringing features to mean 0 and variance 1, by the statistics of a training set or of one speaker.

Speakers differ in voice more than emotions do. Decision: a bundle carries the statistics of its training data (the
prior); where several windows of one speaker are at hand, their unlabelled statistics take the prior's place as far as
their number allows (`shrunk`), so that one unknown clip and a whole corpus of a speaker go through the same code.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from .network.network import Inputs

_EPSILON = 1e-6
# Prosodic values are heavy-tailed (a mean squared error over a few frames): beyond this they say only "extreme".
_PROSODY_LIMIT = 4.0
LEAST_UTTERANCES = 4  # decision: of fewer no spread can be told
# Decision: share of the largest possible variance of probabilities; for speakers who have no corpus around them.
LEAST_SPREAD_ALONE = 0.2


@dataclass(frozen=True, slots=True)
class Summary:
    """First and second moments over time of N windows' features, all float32.

    Attributes:
        encoder_mean, encoder_square: (N, L, C), empty (N, 0, 0) without an encoder.
        mfcc_mean, mfcc_square: (N, 39).
        prosody, prosody_valid: (N, 103), the values themselves and where they are defined.
    """

    encoder_mean: Tensor
    encoder_square: Tensor
    mfcc_mean: Tensor
    mfcc_square: Tensor
    prosody: Tensor
    prosody_valid: Tensor

    def __len__(self) -> int:
        return len(self.mfcc_mean)

    def take(self, rows: Tensor | Sequence[int]) -> "Summary":
        """The summary of some of the windows."""
        index = torch.as_tensor(rows, dtype=torch.long)
        return Summary(*(getattr(self, each.name)[index] for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Statistics:
    """Mean and standard deviation of every feature: encoder (L, C), mfcc (39,), prosody (103,)."""

    encoder_mean: Tensor
    encoder_std: Tensor
    mfcc_mean: Tensor
    mfcc_std: Tensor
    prosody_mean: Tensor
    prosody_std: Tensor

    def tensors(self) -> dict[str, Tensor]:
        """By name, as a bundle stores them."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def summarise(encoder: Tensor | None, mfcc: Tensor, prosody: Tensor, prosody_valid: Tensor) -> Summary:
    """Reduce N windows, encoder (N, L, T, C), mfcc (N, T, 39), prosody (N, 103), to their moments over time."""
    outputs = torch.zeros(len(mfcc), 0, 1, 0) if encoder is None else encoder.float()
    return Summary(
        outputs.mean(dim=2),
        outputs.square().mean(dim=2),
        mfcc.mean(dim=1),
        mfcc.square().mean(dim=1),
        prosody,
        prosody_valid.float(),
    )


def statistics_of(summary: Summary) -> Statistics:
    """Pool N windows' moments; prosodic values count where they are defined."""
    counts = summary.prosody_valid.sum(dim=0)
    mean = (summary.prosody * summary.prosody_valid).sum(dim=0) / counts.clamp(min=1)
    spread = ((summary.prosody - mean).square() * summary.prosody_valid).sum(dim=0) / counts.clamp(min=1)
    encoder_mean, mfcc_mean = summary.encoder_mean.mean(dim=0), summary.mfcc_mean.mean(dim=0)
    return Statistics(
        encoder_mean,
        _deviation(summary.encoder_square.mean(dim=0) - encoder_mean.square()),
        mfcc_mean,
        _deviation(summary.mfcc_square.mean(dim=0) - mfcc_mean.square()),
        mean,
        # A value never seen to vary says nothing: divided by infinity it becomes 0.
        torch.where(spread > _EPSILON * (mean.square() + _EPSILON), spread.sqrt(), torch.inf),
    )


def standardise(
    encoder: Tensor | None,
    mfcc: Tensor,
    prosody: Tensor,
    prosody_valid: Tensor,
    statistics: Sequence[Statistics],
) -> Inputs:
    """Standardise B windows, each by its own statistics; undefined prosodic values become 0, the mean.

    Args:
        encoder: (B, L, T, C) of any float type, or None.
        mfcc: (B, T, 39).
        prosody: (B, 103).
        prosody_valid: (B, 103).
        statistics: B of them.
    """

    def stacked(name: str) -> Tensor:
        return torch.stack([getattr(each, name) for each in statistics])

    outputs = None
    if encoder is not None:
        mean, std = stacked("encoder_mean").unsqueeze(2), stacked("encoder_std").unsqueeze(2)
        outputs = (encoder.float() - mean) / std
    frames = (mfcc - stacked("mfcc_mean").unsqueeze(1)) / stacked("mfcc_std").unsqueeze(1)
    values = (prosody - stacked("prosody_mean")) / stacked("prosody_std") * prosody_valid
    return Inputs(outputs, frames, values.clamp(-_PROSODY_LIMIT, _PROSODY_LIMIT))


def _deviation(variance: Tensor) -> Tensor:
    return variance.clamp(min=_EPSILON).sqrt()


def shrunk(own: Statistics, windows: int, prior: Statistics, strength: float) -> Statistics:
    """A speaker's own statistics over `windows` windows, drawn towards the prior as if that were `strength` windows."""
    share = windows / (windows + strength)

    def mixed(name: str) -> Tensor:
        mine, theirs = getattr(own, name), getattr(prior, name)
        # Where one of them is infinite (a value that never varied), the other decides.
        return torch.where(
            mine.isinf(), theirs, torch.where(theirs.isinf(), mine, share * mine + (1 - share) * theirs)
        )

    return Statistics(**{each.name: mixed(each.name) for each in fields(Statistics)})


def why_not_own(answers: Tensor) -> str:
    """Why a speaker without a corpus must not be standardised by the own statistics; empty where nothing is against it.

    Speakers who sound all alike would lose the one emotion that they have.

    Args:
        answers: (n, labels) probabilities of n windows, under the model's own statistics.
    """
    if len(answers) < LEAST_UTTERANCES:
        return f"windows of speech: {len(answers)}, fewer than {LEAST_UTTERANCES}"
    return "sounds all alike" if spread_alone(answers) < LEAST_SPREAD_ALONE else ""


def spread_alone(answers: Tensor) -> float:
    """The variance of probabilities (n, labels), n at least 2, as a share of the largest that there can be."""
    return float(answers.double().var(dim=0, correction=1).sum() / (1 - 1 / answers.shape[1]))
