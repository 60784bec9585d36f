"""Waveforms at every zoom are true to the samples."""

import numpy as np
import pytest

from app.display import peaks as peaks_module
from app.display.peaks import BUCKET, Detail, PeakBuilder, Peaks, missing_detail, trace

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
