"""The values under the cursor are those of the plots."""

import math

import numpy as np

from app.display import readout
from app.display.features import IntensityPart, MfccPart, PitchPart
from app.display.peaks import PeakBuilder
from app.display.plot_options import PlotOptions
from app.display.progress import remaining
from app.display.spectra import spectrogram
from app.display.time_view import Span

RATE = 16_000
_TONE = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)).astype(np.float32)


def test_the_amplitude_is_the_nearest_samples() -> None:
    builder = PeakBuilder(RATE, RATE)
    builder.add(_TONE)
    peaks = builder.peaks(finished=True)
    assert readout.amplitude_at(100.3 / RATE, peaks, None) == float(_TONE[100])
    assert readout.amplitude_at(2.0, peaks, None) is None
    assert readout.amplitude_at(0.5, None, None) is None


def test_the_level_is_the_spectrograms_at_that_time_and_frequency() -> None:
    shown = spectrogram([_TONE], RATE, 0, 0.0, 0.01, 100)
    level = readout.level_at(0.5, 1000.0, shown)
    assert level is not None
    assert abs(level - 20 * math.log10(0.5)) < 1
    assert readout.level_at(0.5, 9000.0, shown) is None
    assert readout.level_at(5.0, 1000.0, shown) is None


def test_pitch_says_when_there_is_no_voice() -> None:
    pitch = PitchPart(Span(0, 1), np.arange(100) / 100, np.where(np.arange(100) < 50, 200.0, np.nan))
    options = PlotOptions()
    assert readout.pitch_text(readout.pitch_at(0.2, pitch), options) == "200 Hz"
    assert readout.pitch_text(readout.pitch_at(0.7, pitch), options) == "unvoiced"
    assert readout.pitch_text(readout.pitch_at(3.0, pitch), options) == readout.NOTHING


def test_pitch_is_told_in_the_unit_in_which_it_is_drawn() -> None:
    semitones = PlotOptions(in_semitones=True)
    assert readout.pitch_text(200.0, semitones) == "12.0 st"
    assert readout.pitch_text(75.0, semitones) == "−5.0 st"
    assert readout.pitch_text(math.nan, semitones) == "unvoiced"


def test_the_intensity_is_the_nearest_frames() -> None:
    part = IntensityPart(Span(1, 2), 1.0, -np.arange(100.0))
    assert readout.intensity_at(1.254, part) == -25.0
    assert readout.intensity_at(0.9, part) is None
    assert readout.intensity_at(2.1, part) is None


def test_the_level_is_read_from_finer_rows_too() -> None:
    shown = spectrogram([_TONE], RATE, 0, 0.0, 0.01, 100, window=0.06)
    level = readout.level_at(0.5, 1000.0, shown)
    assert level is not None
    assert abs(level - 20 * math.log10(0.5)) < 1


def test_mfcc_is_named_and_not_standardised() -> None:
    values = np.arange(200, dtype=np.float32).reshape(100, 2)
    part = MfccPart(Span(0, 2), 0.0, ("mfcc1", "mfcc2"), values)
    assert readout.mfcc_at(1.0, 1, part) == ("mfcc2", 101.0)
    assert readout.mfcc_at(1.0, 7, part) is None


def test_numbers_are_written_with_their_units() -> None:
    assert readout.amplitude_text(-0.5) == "−0.500 (−6.0 dB)"
    assert readout.amplitude_text(-0.5, with_level=False) == "−0.500"
    assert readout.amplitude_text(0.0) == "+0.000 (−∞ dB)"
    assert readout.frequency_text(440.4) == "440 Hz"
    assert readout.frequency_text(1250.0) == "1.25 kHz"


def test_the_time_left_is_told_in_words_once_it_can_be() -> None:
    assert remaining(3.0, 0, 10) == ""
    assert remaining(3.0, 10, 10) == ""
    assert remaining(1.0, 5, 10) == "a few seconds left"
    assert remaining(10.0, 10, 60) == "about 50 s left"
    assert remaining(60.0, 100, 1000) == "about 9 min left"
    assert remaining(3600.0, 1, 4) == "about 3.0 h left"
