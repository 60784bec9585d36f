"""MFCC against their definition in METHOD.md's words, computed directly."""

import numpy as np
import pytest

from core_model.features.mfcc import COEFFICIENTS, HOP, N_FFT, NAMES, SIZE, WIN_LENGTH, mfcc


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(0).normal(scale=0.05, size=n).astype(np.float32)


def mel_filters(bands: int) -> np.ndarray:
    """Slaney's triangular filters of equal area, 0 to 8 kHz: linear below 1 kHz, logarithmic above."""

    def to_hertz(mel: np.ndarray) -> np.ndarray:
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))

    highest = 15 + 27 * np.log(8) / np.log(6.4)
    edges = to_hertz(np.linspace(0, highest, bands + 2))
    frequencies = np.arange(N_FFT // 2 + 1) * 16_000 / N_FFT
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]


def by_definition(samples: np.ndarray, frame: int) -> np.ndarray:
    """12 coefficients and log energy of the frame centred on `frame` hops."""
    normal = samples.astype(np.float64) / np.abs(samples).max()
    stretch = np.pad(normal, N_FFT)[frame * HOP + N_FFT // 2 :][:N_FFT]
    # A periodic Hamming window of 30 ms in the middle of the frame of 40 ms.
    hamming = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(WIN_LENGTH) / WIN_LENGTH)
    window = np.pad(hamming, (N_FFT - WIN_LENGTH) // 2)
    power = np.abs(np.fft.rfft(stretch * window)) ** 2 / N_FFT
    log = np.log10(np.maximum(mel_filters(40) @ power, 1e-10))
    k, m = np.arange(1, COEFFICIENTS + 1)[:, None], np.arange(40)
    cepstrum = np.sqrt(2 / 40) * (np.cos(np.pi * k * (2 * m + 1) / 80) @ log)
    return np.append(cepstrum, np.log10(power.sum()))


@pytest.mark.parametrize("frame", [0, 1, 17, 50])
def test_coefficients_and_energy_are_those_of_the_definition(frame: int) -> None:
    samples = noise(16_000)
    np.testing.assert_allclose(
        mfcc(samples)[frame, : COEFFICIENTS + 1], by_definition(samples, frame), atol=2e-4
    )


def test_differences_are_slopes_over_nine_frames() -> None:
    values = mfcc(noise(32_000)).astype(np.float64)
    base = values[:, :13]
    offsets = np.arange(-4, 5)
    slope = sum(k * base[50 + k] for k in offsets) / (offsets**2).sum()
    np.testing.assert_allclose(values[50, 13:26], slope, atol=1e-5)
    parabola = np.array([np.polyfit(offsets, base[50 + offsets, i], 2)[0] * 2 for i in range(13)])
    np.testing.assert_allclose(values[50, 26:], parabola, atol=1e-5)


@pytest.mark.parametrize("samples", [0, 1, 319, 320, 639, 640, 16_000, 112_000])
def test_there_is_one_frame_for_each_hop_and_one_more(samples: int) -> None:
    values = mfcc(noise(samples))
    assert values.shape == (1 + samples // HOP, SIZE) == (1 + samples // 320, 39)
    assert values.dtype == np.float32
    assert np.isfinite(values).all()


def test_a_click_shows_at_its_own_time() -> None:
    samples = np.zeros(32_000, dtype=np.float32)
    samples[16_000] = 1.0  # at 1 s: frame 50
    energy = mfcc(samples)[:, NAMES.index("log_energy")]
    assert energy.argmax() == 50
    assert set(np.flatnonzero(energy > energy.min() + 1)) == {50}


def test_silence_is_finite_and_steady() -> None:
    values = mfcc(np.zeros(16_000, dtype=np.float32))
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values, np.broadcast_to(values[0], values.shape), atol=1e-6)


def test_loudness_does_not_matter() -> None:
    np.testing.assert_allclose(mfcc(noise(16_000)), mfcc(noise(16_000) * 0.01), atol=2e-3)


def test_every_value_has_a_name() -> None:
    assert len(NAMES) == len(set(NAMES)) == SIZE == 39
    assert NAMES[0] == "mfcc1"
    assert NAMES[12] == "log_energy"
    assert NAMES[25] == "d_log_energy"
