"""Mel-frequency cepstral coefficients: 12 coefficients, log energy, and their first and second differences.

Paper, section III-D2: 40 ms frames, 20 ms shift, a 30 ms Hamming window, the clip normalised first; 39 values.
"""

from dataclasses import dataclass

import librosa
import numpy as np
import numpy.typing as npt
import scipy.fft

from ..audio import SAMPLE_RATE, Samples

N_FFT = SAMPLE_RATE * 40 // 1000
WIN_LENGTH = SAMPLE_RATE * 30 // 1000
HOP = SAMPLE_RATE // 50
COEFFICIENTS = 12
SIZE = 3 * (COEFFICIENTS + 1)

_BASE = (*(f"mfcc{i}" for i in range(1, COEFFICIENTS + 1)), "log_energy")
NAMES = (*_BASE, *(f"d_{name}" for name in _BASE), *(f"dd_{name}" for name in _BASE))

_FLOOR = 1e-10


@dataclass(frozen=True, slots=True)
class MfccConfig:
    """What the paper leaves open: the number of mel bands (decision: 40, librosa's range 0-8000 Hz)."""

    mel_bands: int = 40


def mfcc(samples: Samples, config: MfccConfig = MfccConfig()) -> npt.NDArray[np.float32]:
    """Compute MFCCs of mono speech at 16 kHz.

    Args:
        samples: (n,) float32; peak-normalised here, silence is left as it is.
        config: the number of mel bands.

    Returns:
        (1 + n // 320, 39) float32: coefficients 1 to 12 of the orthonormal DCT-II of log10 mel energies, log10
        energy, then first and second differences (Savitzky-Golay over 9 frames). Frame t is centred on t * 20 ms.
    """
    peak = float(np.abs(samples).max(initial=0.0))
    frames = 1 + len(samples) // HOP
    # Less than one frame is filled with the zeros that surround every clip; librosa would warn of it.
    filled = np.pad(samples, (0, max(0, N_FFT - len(samples))))
    spectrum = librosa.stft(
        filled / peak if peak > 0 else filled,
        n_fft=N_FFT,
        win_length=WIN_LENGTH,
        hop_length=HOP,
        window="hamming",
        pad_mode="constant",
    )[:, :frames]
    power = (np.abs(spectrum) ** 2 / N_FFT).astype(np.float32)
    mel = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=N_FFT, n_mels=config.mel_bands) @ power
    cepstrum = scipy.fft.dct(np.log10(np.maximum(mel, _FLOOR)), axis=0, norm="ortho")[1 : COEFFICIENTS + 1]
    energy = np.log10(np.maximum(power.sum(axis=0, keepdims=True), _FLOOR))
    base = np.concatenate([cepstrum, energy])
    differences = [librosa.feature.delta(base, order=order, mode="nearest") for order in (1, 2)]
    return np.ascontiguousarray(np.concatenate([base, *differences]).T, dtype=np.float32)
