"""Waveforms at every zoom are true to the samples."""

import numpy as np
import pytest

from app.display import peaks as peaks_module
from app.display.peaks import BUCKET, Detail, PeakBuilder, Peaks, from_base, missing_detail, trace, unread

RATE = 16_000


def _noise(frames: int) -> np.ndarray:
    return np.random.default_rng(3).uniform(-0.8, 0.8, frames).astype(np.float32)


def _peaks(samples: np.ndarray, block: int = 1000) -> Peaks:
    builder = PeakBuilder(RATE, len(samples))
    for start in range(0, len(samples), block):
        builder.add(samples[start : start + block])
    return builder.peaks(finished=True)


@pytest.mark.parametrize("frames", [1, BUCKET - 1, BUCKET, 5 * BUCKET + 7, 100_001])
def test_every_level_holds_the_least_and_greatest_sample(frames: int) -> None:
    samples = _noise(frames)
    found = _peaks(samples)
    for low, high in found.levels:
        assert low.min() == samples.min()
        assert high.max() == samples.max()
    assert found.peak == np.abs(samples).max()


def test_block_sizes_leave_no_trace() -> None:
    samples = _noise(50_003)
    for level_a, level_b in zip(_peaks(samples, 997).levels, _peaks(samples, 50_003).levels, strict=True):
        np.testing.assert_array_equal(level_a, level_b)


@pytest.mark.parametrize("keeps_samples", [True, False])
@pytest.mark.parametrize("width", [100, 1500])
def test_a_drawn_waveform_reaches_as_far_as_the_samples_in_each_pixel(
    monkeypatch: pytest.MonkeyPatch, keeps_samples: bool, width: int
) -> None:
    if not keeps_samples:
        monkeypatch.setattr(peaks_module, "KEPT_FRAMES", 0)
    samples = _noise(40 * RATE)
    found = _peaks(samples)
    drawn = trace(found, 2.0, 38.0, width)
    inner = samples[2 * RATE : 38 * RATE]
    assert drawn.values.min() == inner.min()
    assert drawn.values.max() == inner.max()
    assert len(drawn.times) <= 2 * (width + 4) or not keeps_samples
    assert np.all(np.diff(drawn.times) >= 0)


def test_zoomed_in_far_every_sample_is_a_point_at_its_time() -> None:
    samples = _noise(RATE)
    drawn = trace(_peaks(samples), 0.5, 0.51, 800)
    np.testing.assert_array_equal(drawn.values[:160], samples[8000:8160])
    assert drawn.times[0] == 0.5


def test_pixels_keep_their_samples_while_the_view_is_panned() -> None:
    found = _peaks(_noise(20 * RATE))
    share = 8 * RATE / 1000
    a, b = trace(found, 0.0, 8.0, 1000), trace(found, share / RATE, 8.0 + share / RATE, 1000)
    np.testing.assert_array_equal(a.values[2:200], b.values[0:198])


def test_long_recordings_ask_for_samples_only_when_the_pyramid_is_too_coarse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peaks_module, "KEPT_FRAMES", 0)
    found = _peaks(_noise(60 * RATE))
    assert found.detail is None
    assert missing_detail(found, 0.0, 60.0, 1000, None) is None
    frames = missing_detail(found, 10.0, 11.0, 1000, None)
    assert frames is not None
    assert frames[0] <= 10 * RATE < 11 * RATE <= frames[1]
    detail = Detail(frames[0], np.zeros(frames[1] - frames[0], dtype=np.float32))
    assert missing_detail(found, 10.2, 10.9, 1000, detail) is None


def test_what_is_not_read_yet_is_not_drawn() -> None:
    builder = PeakBuilder(RATE, 10 * RATE)
    builder.add(_noise(5 * RATE))
    drawn = trace(builder.peaks(), 0.0, 10.0, 500)
    assert np.isnan(drawn.values[drawn.times > 5.2]).all()
    assert np.isfinite(drawn.values[drawn.times < 4.8]).all()


@pytest.mark.parametrize("frames", [1, BUCKET, 40 * BUCKET + 3, 300_001])
def test_a_pyramid_that_grows_is_the_whole_one_as_far_as_it_was_read(frames: int) -> None:
    samples = _noise(frames)
    whole, builder = _peaks(samples), PeakBuilder(RATE, frames)
    for start in range(0, frames, 7001):
        builder.add(samples[start : start + 7001])
        so_far = builder.peaks()
        assert so_far.read <= min(start + 7001, frames)
        for power, (level, complete) in enumerate(zip(so_far.levels, whole.levels, strict=True)):
            known = so_far.read // (BUCKET * 4**power)
            np.testing.assert_array_equal(level[:, :known], complete[:, :known])
            assert np.isnan(level[:, known:]).all()


def test_what_was_handed_out_does_not_change_where_it_was_read() -> None:
    samples, builder = _noise(8 * RATE), PeakBuilder(RATE, 8 * RATE)
    builder.add(samples[: 4 * RATE])
    early = builder.peaks()
    before = [level.copy() for level in early.levels]
    builder.add(samples[4 * RATE :])
    builder.peaks(finished=True)
    for power, (level, was) in enumerate(zip(early.levels, before, strict=True)):
        known = early.read // (BUCKET * 4**power)
        np.testing.assert_array_equal(level[:, :known], was[:, :known])
    with pytest.raises(ValueError, match="read-only"):
        early.levels[0][0, 0] = 1.0


@pytest.mark.parametrize("frames", [1, BUCKET + 1, 1_000_000])
def test_of_a_recording_not_read_yet_nothing_is_known_at_any_level(frames: int) -> None:
    nothing, whole = unread(RATE, frames), _peaks(_noise(frames))
    assert [level.shape for level in nothing.levels] == [level.shape for level in whole.levels]
    assert all(np.isnan(level).all() for level in nothing.levels)
    assert np.isnan(trace(nothing, 0.0, frames / RATE, 500).values).all()


def test_the_lowest_level_is_enough_to_have_all_of_them() -> None:
    whole = _peaks(_noise(77_777))
    again = from_base(RATE, 77_777, whole.levels[0])
    assert again is not None
    assert (again.peak, again.read) == (whole.peak, whole.read)
    for level, other in zip(again.levels, whole.levels, strict=True):
        np.testing.assert_array_equal(level, other)
    assert from_base(RATE, 77_777 + BUCKET, whole.levels[0]) is None
    assert from_base(RATE, 77_777, whole.levels[0].astype(np.float64)) is None


def test_a_part_that_is_not_read_yet_is_drawn_from_its_own_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peaks_module, "KEPT_FRAMES", 0)
    samples, builder = _noise(200 * RATE), PeakBuilder(RATE, 200 * RATE)
    builder.add(samples[: 20 * RATE])
    found = builder.peaks()
    assert missing_detail(found, 0.0, 15.0, 500, None) is None  # read, and coarse enough
    assert missing_detail(found, 0.0, 200.0, 500, None) is None  # too long to be read twice
    frames = missing_detail(found, 100.0, 140.0, 500, None)
    assert frames is not None
    detail = Detail(frames[0], samples[slice(*frames)])
    assert missing_detail(found, 100.0, 140.0, 500, detail) is None
    drawn = trace(found, 100.0, 140.0, 500, detail)
    inner = samples[100 * RATE : 140 * RATE]
    assert (drawn.values.min(), drawn.values.max()) == (inner.min(), inner.max())
