"""Standardisation by hand."""

import numpy as np
import pytest
import torch
from tiny_models import flat_statistics

from core_model.standardise import Statistics, Summary, shrunk, standardise, statistics_of, summarise


def features(windows: int = 6) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    valid = torch.ones(windows, 103)
    return (
        torch.randn(windows, 2, 20, 5) * 3 + 7,
        torch.randn(windows, 30, 39) * 2 - 4,
        torch.rand(windows, 103) * 50 + 100,  # none so far out as to be limited
        valid,
    )


def test_moments_over_windows_and_time_are_those_of_all_frames_together() -> None:
    encoder, mfcc, prosody, valid = features()
    found = statistics_of(summarise(encoder, mfcc, prosody, valid))
    flat = encoder.transpose(0, 1).flatten(1, 2)  # (L, N * T, C)
    torch.testing.assert_close(found.encoder_mean, flat.mean(dim=1))
    torch.testing.assert_close(found.encoder_std, flat.std(dim=1, unbiased=False), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(
        found.mfcc_std, mfcc.flatten(0, 1).std(dim=0, unbiased=False), rtol=1e-3, atol=1e-3
    )
    torch.testing.assert_close(found.prosody_mean, prosody.mean(dim=0))
    torch.testing.assert_close(found.prosody_std, prosody.std(dim=0, unbiased=False))


def test_prosodic_values_count_only_where_they_are_defined() -> None:
    encoder, mfcc, prosody, valid = features(3)
    prosody[:, 0], valid[:, 0] = torch.tensor([10.0, 20.0, 999.0]), torch.tensor([1.0, 1.0, 0.0])
    prosody[:, 1], valid[:, 1] = 0.0, 0.0
    found = statistics_of(summarise(encoder, mfcc, prosody, valid))
    assert found.prosody_mean[0] == 15
    assert found.prosody_std[0] == 5
    assert found.prosody_std[1] == torch.inf


def test_standardised_features_have_mean_0_and_deviation_1() -> None:
    encoder, mfcc, prosody, valid = features(50)
    own = statistics_of(summarise(encoder, mfcc, prosody, valid))
    inputs = standardise(encoder, mfcc, prosody, valid, [own] * 50)
    assert inputs.encoder is not None and inputs.mfcc is not None and inputs.prosody is not None
    for values, axes in ((inputs.encoder, (0, 2)), (inputs.mfcc, (0, 1)), (inputs.prosody, (0,))):
        torch.testing.assert_close(
            values.mean(dim=axes), torch.zeros_like(values.mean(dim=axes)), atol=1e-3, rtol=0
        )
        spread = values.std(dim=axes, unbiased=False)
        torch.testing.assert_close(spread, torch.ones_like(spread), atol=1e-2, rtol=0)


def test_undefined_values_and_values_that_never_vary_become_the_mean() -> None:
    encoder, mfcc, prosody, valid = features(4)
    prosody[:, 3] = 7.0
    valid[0, 5] = 0
    own = statistics_of(summarise(encoder, mfcc, prosody, valid))
    values = standardise(encoder, mfcc, prosody, valid, [own] * 4).prosody
    assert values is not None
    assert not values[:, 3].any()
    assert values[0, 5] == 0
    assert torch.isfinite(values).all()


def test_every_window_may_have_statistics_of_its_own() -> None:
    encoder, mfcc, prosody, valid = features(2)
    prior = flat_statistics(2, 5)
    own = statistics_of(summarise(encoder, mfcc, prosody, valid))
    both = standardise(encoder, mfcc, prosody, valid, [prior, own])
    for index, statistics in enumerate((prior, own)):
        row = slice(index, index + 1)
        alone = standardise(encoder[row], mfcc[row], prosody[row], valid[row], [statistics])
        assert both.mfcc is not None and alone.mfcc is not None
        torch.testing.assert_close(both.mfcc[row], alone.mfcc)


@pytest.mark.parametrize(("windows", "share"), [(0, 0.0), (4, 0.5), (12, 0.75)])
def test_a_speakers_share_grows_with_the_windows(windows: int, share: float) -> None:
    prior = flat_statistics(1, 1)
    own = Statistics(**{name: each + 2 for name, each in prior.tensors().items()})
    mixed = shrunk(own, windows, prior, strength=4)
    torch.testing.assert_close(mixed.mfcc_mean, prior.mfcc_mean + 2 * share)


def test_where_one_side_knows_nothing_of_a_value_the_other_decides() -> None:
    one, other = flat_statistics(), flat_statistics()
    one.prosody_std[0] = torch.inf
    other.prosody_std[1] = torch.inf
    mixed = shrunk(one, 4, other, 4)
    assert torch.isfinite(mixed.prosody_std).all()


def test_without_an_encoder_its_part_is_empty() -> None:
    _, mfcc, prosody, valid = features(3)
    summary = summarise(None, mfcc, prosody, valid)
    assert len(summary) == 3
    assert standardise(None, mfcc, prosody, valid, [statistics_of(summary)] * 3).encoder is None
    taken = summary.take([2, 0])
    assert isinstance(taken, Summary)
    np.testing.assert_array_equal(taken.prosody, prosody[[2, 0]])


def test_prosodic_values_far_out_are_limited() -> None:
    encoder, mfcc, prosody, valid = features(1)
    prosody[0, :2] = torch.tensor([1e9, -1e9])
    values = standardise(encoder, mfcc, prosody, valid, [flat_statistics(2, 5)]).prosody
    assert values is not None
    assert values[0, 0] == -values[0, 1] == values.max() < 10
