"""The 103 prosodic values: cases computed by hand, the edges, and parity with DisVoice's own functions."""

import importlib.util
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core_model.errors import HumpcatError
from core_model.features import disvoice_engine
from core_model.features.pitch import track_pitch
from core_model.features.prosody import PROSODY_GROUPS, PROSODY_NAMES, Prosody, prosody

HOP = 160
EMODB = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "emodb"


def value(result: Prosody, name: str) -> float:
    index = PROSODY_NAMES.index(name)
    assert result.valid[index], f"{name} is undefined"
    return float(result.values[index])


def undefined(result: Prosody) -> set[str]:
    assert np.isfinite(result.values).all()
    assert not result.values[~result.valid].any()
    return {name for name, valid in zip(PROSODY_NAMES, result.valid, strict=True) if not valid}


def names_of(*groups: str) -> set[str]:
    return {
        PROSODY_NAMES[index] for group in PROSODY_GROUPS if group.name in groups for index in group.indices
    }


def square_wave(levels: list[float]) -> np.ndarray:
    """One 10 ms step of alternating samples for each level: mean 0, power level ** 2."""
    signs = np.where(np.arange(HOP) % 2, -1.0, 1.0)
    return np.concatenate([level * signs for level in levels]).astype(np.float32)


def runs(*pieces: tuple[float, int]) -> np.ndarray:
    return np.concatenate([np.full(count, frequency) for frequency, count in pieces])


def test_there_are_103_names_in_20_groups_without_overlap() -> None:
    assert len(PROSODY_NAMES) == len(set(PROSODY_NAMES)) == 103
    assert len(PROSODY_GROUPS) == 20
    assert sorted(index for group in PROSODY_GROUPS for index in group.indices) == list(range(103))


def test_groups_go_by_meaning_where_the_values_are_interleaved() -> None:
    assert names_of("F0 tilt") == {f"F0tilt{end}" for end in ("avg", "std", "max", "min", "skw", "ku")}
    assert names_of("F0 MSE") == {f"F0mse{end}" for end in ("avg", "std", "max", "min", "skw", "ku")}
    assert all("tiltEvoiced" in name for name in names_of("voiced energy tilt"))
    assert names_of("duration ratios") == {"PVU", "PU", "UVU", "VVU", "VP", "UP"}


def test_f0_statistics_of_two_voiced_stretches() -> None:
    track = np.array([0, 100, 110, 120, 0, 0, 0, 200, 220, 0, 0], dtype=float)
    result = prosody(square_wave([1.0] * 11), track)
    assert value(result, "F0avg") == 150
    assert value(result, "F0std") == pytest.approx(2480**0.5)
    assert (value(result, "F0max"), value(result, "F0min")) == (220, 100)
    assert value(result, "F0tiltavg") == pytest.approx(1500)  # 10 Hz and 20 Hz in a step of 10 ms
    assert value(result, "F0tiltstd") == pytest.approx(500)
    assert value(result, "F0tiltku") == pytest.approx(-2)
    assert value(result, "F0mseavg") == 0
    assert (value(result, "1F0mean"), value(result, "lastF0avg")) == (110, 210)
    assert value(result, "lastF0std") == 10
    assert {"F0mseskw", "F0mseku"} <= undefined(result)


def test_a_bent_contour_has_the_error_of_its_least_squares_line() -> None:
    track = np.array(
        [0, 100, 130, 100, 0], dtype=float
    )  # the line is flat at 110: 10, 20 and 10 away from it
    assert value(prosody(square_wave([1.0] * 5), track), "F0mseavg") == pytest.approx(200)


def test_a_voiced_stretch_at_the_end_of_the_track_loses_its_last_value() -> None:
    result = prosody(square_wave([1.0] * 5), np.array([0, 0, 100, 110, 300], dtype=float))
    assert value(result, "F0avg") == 170
    assert value(result, "lastF0avg") == 105


def test_energy_is_in_decibels_below_the_peak_and_the_last_segment_is_dropped() -> None:
    track = runs((0, 1), (100, 5), (0, 2), (100, 5), (0, 2), (100, 5))
    levels = [1.0] * 7 + [0.1] * 13
    result = prosody(square_wave(levels), track)
    assert value(result, "avgEvoiced") == pytest.approx(-10)
    assert value(result, "stdEvoiced") == pytest.approx(0, abs=1e-12)
    assert (value(result, "avg1Evoiced"), value(result, "avglastEvoiced")) == pytest.approx((0, -20))
    assert value(result, "avgtiltEvoiced") == 0
    assert value(result, "avgdurvoiced") == pytest.approx(0.04)  # one step less than the run
    assert value(result, "Vrate") == pytest.approx(2 / 0.2)
    assert {"skwEvoiced", "skwtiltEvoiced", "skw1Evoiced"} <= undefined(result)


def test_energy_tilt_is_in_decibels_per_second() -> None:
    falling = [10 ** (-step / 20) for step in range(20)]  # 1 dB in each step of 10 ms
    track = runs((100, 8), (0, 2), (100, 8), (0, 1), (100, 1))
    assert value(prosody(square_wave(falling), track), "avgtiltEvoiced") == pytest.approx(-100)


def test_level_and_offset_do_not_matter() -> None:
    noise = np.random.default_rng(5).normal(size=16000)
    track = runs((120, 20), (0, 25), (130, 20), (0, 5), (150, 20), (0, 10))
    first, second = prosody(noise, track), prosody(0.01 * noise + 0.2, track)
    np.testing.assert_allclose(first.values, second.values, rtol=1e-5, atol=1e-6)


def test_unvoiced_stretches_longer_than_140_ms_are_pauses() -> None:
    track = runs((0, 6), (100, 5), (0, 16), (100, 5), (0, 15), (100, 5), (0, 21), (100, 5), (0, 3))
    result = prosody(np.random.default_rng(1).normal(size=HOP * len(track)), track)
    assert value(result, "avgdurunvoiced") == pytest.approx((0.05 + 0.14) / 2)
    assert (value(result, "mindurpause"), value(result, "maxdurpause")) == pytest.approx((0.15, 0.2))
    assert value(result, "PU") == pytest.approx(0.175 / 0.095)
    assert value(result, "UVU") + value(result, "VVU") == pytest.approx(1)


def test_silence_defines_nothing_but_a_voiced_rate_of_zero() -> None:
    result = prosody(np.zeros(48000, dtype=np.float32), np.zeros(300))
    assert set(PROSODY_NAMES) - undefined(result) == {"Vrate"}


def test_a_constant_signal_is_silence_too() -> None:
    track = runs((100, 20), (0, 5), (100, 20), (0, 5))
    result = prosody(np.full(8000, 0.1, dtype=np.float32), track)
    assert names_of("voiced energy contour", "voiced energy first segment") <= undefined(result)


def test_one_frame_of_digital_silence_makes_its_segments_values_undefined() -> None:
    track = runs((0, 1), (100, 6), (0, 2), (100, 6), (0, 2), (100, 6))
    levels = [1.0] * 23
    levels[3] = levels[4] = 0.0
    missing = undefined(prosody(square_wave(levels), track))
    assert names_of("voiced energy contour", "voiced energy first segment") <= missing
    assert "avglastEvoiced" not in missing


def test_a_track_that_is_voiced_throughout_has_f0_but_no_segments() -> None:
    result = prosody(np.random.default_rng(2).normal(size=16000), np.linspace(100, 200, 100))
    assert value(result, "F0tiltavg") == pytest.approx(100 / 99 * 100)
    assert names_of("voiced energy contour", "voiced duration", "duration ratios") <= undefined(result)
    assert value(result, "Vrate") == 0


def test_one_voiced_frame_has_a_mean_and_no_tilt() -> None:
    track = np.zeros(100)
    track[50] = 180
    result = prosody(np.random.default_rng(3).normal(size=16000), track)
    assert value(result, "F0avg") == value(result, "1F0mean") == value(result, "lastF0avg") == 180
    assert names_of("F0 tilt", "F0 MSE") <= undefined(result)


def test_a_voiced_frame_at_the_very_end_is_no_stretch() -> None:
    track = np.zeros(100)
    track[-1] = 180
    result = prosody(np.random.default_rng(3).normal(size=16000), track)
    assert value(result, "F0avg") == 180
    assert names_of("F0 first segment", "F0 last segment") <= undefined(result)


def test_constant_f0_has_no_tilt_and_no_shape() -> None:
    track = runs((123.4, 30), (0, 4), (123.4, 41), (0, 4), (123.4, 20), (0, 1))
    result = prosody(np.random.default_rng(4).normal(size=16000), track)
    assert value(result, "F0tiltavg") == value(result, "F0tiltstd") == value(result, "F0msemax") == 0
    assert {"F0skew", "F0kurt", "F0tiltskw", "F0mseku"} <= undefined(result)


@pytest.mark.parametrize(
    ("length", "frames"),
    [(0, 0), (1, 1), (0, 5), (5, 0), (159, 1), (161, 2), (800, 5), (800, 50), (16000, 3)],
)
def test_short_and_mismatched_input_gives_finite_values(length: int, frames: int) -> None:
    generator = np.random.default_rng(length)
    track = np.where(generator.random(frames) < 0.5, 0, 150.0)
    result = prosody(generator.normal(size=length).astype(np.float32), track)
    assert result.values.shape == result.valid.shape == (103,)
    assert result.values.dtype == np.float32
    undefined(result)


@pytest.mark.parametrize(
    ("samples", "track", "rate"),
    [
        (np.array([0.0, np.nan]), np.zeros(1), 16000),
        (np.zeros(200), np.array([np.inf]), 16000),
        (np.zeros(200), np.array([-1.0]), 16000),
        (np.zeros((2, 200)), np.zeros(1), 16000),
        (np.zeros(200), np.zeros(1), 22050),
    ],
)
def test_what_cannot_be_measured_is_refused(samples: np.ndarray, track: np.ndarray, rate: int) -> None:
    with pytest.raises(HumpcatError):
        prosody(samples, track, rate)


# Parity with DisVoice


@pytest.fixture(scope="module")
def disvoice() -> None:
    """Skips unless DisVoice can be run: tests/disvoice_environment.sh makes an environment for it."""
    interpreter = disvoice_engine.disvoice_interpreter()
    check = (
        "from importlib.util import find_spec as f; raise SystemExit(not (f('disvoice') and f('sklearn')))"
    )
    if subprocess.run([interpreter, "-P", "-c", check], check=False).returncode:
        pytest.skip(f"{interpreter} has no DisVoice; set {disvoice_engine.INTERPRETER_VARIABLE}")


def floor(name: str) -> float:
    """The size, in the value's own unit, below which a difference is rounding.

    A line through two values fits them exactly, so such an MSE is 0 here and about 1e-27 in DisVoice; the
    tilt of a flat contour and the skewness of symmetric data are likewise 0 in one and rounding in the other.
    """
    if "mse" in name and not name.endswith(("skw", "ku")) and not name.startswith(("skw", "kurtosis")):
        return 1e-18
    return 1e-9


def shape_of_rounding(reference: np.ndarray) -> np.ndarray:
    """True for the skewness and kurtosis of tilts or errors that DisVoice spreads by rounding alone.

    MSE of 1e-28 and 3e-28 have a kurtosis of -2 there; here both are 0, and equal values have no shape.
    """
    rounding = np.zeros(len(reference), dtype=bool)
    for group in PROSODY_GROUPS:
        if group.name.endswith(("tilt", "MSE")):
            spread = group.indices[1]
            rounding[list(group.indices[-2:])] = reference[spread] <= floor(PROSODY_NAMES[spread])
    return rounding


def assert_parity(ours: list[Prosody], theirs: np.ndarray) -> int:
    """Compare every value that DisVoice defines; returns how many those are."""
    floors = np.array([floor(name) for name in PROSODY_NAMES])
    compared = 0
    for result, reference in zip(ours, theirs, strict=True):
        defined = np.isfinite(reference) & ~disvoice_engine.energy_is_undefined(reference)
        no_f0 = np.isnan(reference[:30]).all()  # DisVoice fails on a track whose last value alone is voiced
        assert not (result.valid & ~defined)[30 if no_f0 else 0 :].any()
        defined &= ~shape_of_rounding(reference)
        gap = np.abs(result.values - np.where(defined, reference, 0))
        wrong = defined & (gap > 1e-6 * np.abs(reference) + floors)
        assert not wrong.any(), [
            (PROSODY_NAMES[index], result.values[index], reference[index]) for index in np.flatnonzero(wrong)
        ]
        compared += int(defined.sum())
    return compared


@pytest.mark.usefixtures("disvoice")
def test_every_value_that_disvoice_defines_agrees_over_real_speech() -> None:
    paths = [path for path in sorted(EMODB.glob("**/*")) if path.suffix in (".wav", ".flac", ".ogg")]
    if not paths:
        pytest.skip(f"EMO-DB is not in {EMODB}")
    paths = [paths[index * len(paths) // 320] for index in range(320)]  # of every speaker
    recordings = [soundfile.read(path, dtype="float32")[0] for path in paths]
    tracks = [track_pitch(samples).f0 for samples in recordings]
    ours = [prosody(samples, track) for samples, track in zip(recordings, tracks, strict=True)]
    compared = assert_parity(ours, disvoice_engine.disvoice_values(recordings, tracks))
    assert compared > 0.98 * len(paths) * len(PROSODY_NAMES)


def random_track(generator: np.random.Generator) -> np.ndarray:
    """A few runs, many of one to three frames, which is where DisVoice's oddities are."""
    lengths = generator.choice([1, 2, 3, 4, 8, 15, 16, 17, 30], size=generator.integers(1, 12))
    voiced = (np.arange(len(lengths)) + generator.integers(2)) % 2
    return np.concatenate(
        [on * generator.uniform(60, 800, count) for on, count in zip(voiced, lengths, strict=True)]
    )


@pytest.mark.usefixtures("disvoice")
def test_disvoices_oddities_are_reproduced_on_short_and_broken_tracks() -> None:
    generator = np.random.default_rng(20)
    tracks = [random_track(generator) for _ in range(300)]
    # Some recordings are shorter than their track and some longer.
    lengths = [max(HOP, HOP * (len(track) + generator.integers(-3, 4)) + 57) for track in tracks]
    recordings = [generator.normal(size=length).astype(np.float32) for length in lengths]
    ours = [prosody(samples, track) for samples, track in zip(recordings, tracks, strict=True)]
    assert assert_parity(ours, disvoice_engine.disvoice_values(recordings, tracks)) > 10000


@pytest.mark.usefixtures("disvoice")
def test_the_disvoice_engine_marks_what_is_undefined_as_ours_does() -> None:
    track = runs((0, 1), (100, 6), (0, 2), (100, 6), (0, 2), (100, 6))
    levels = [1.0] * 23
    levels[3] = levels[4] = 0.0
    recordings = [np.zeros(4800, dtype=np.float32), square_wave(levels), np.zeros(0, dtype=np.float32)]
    tracks = [np.zeros(30), track, np.zeros(0)]
    for theirs, samples, f0 in zip(
        disvoice_engine.disvoice_prosody(recordings, tracks), recordings, tracks, strict=True
    ):
        assert np.isfinite(theirs.values).all()
        assert undefined(theirs) >= undefined(prosody(samples, f0)) - names_of("F0 tilt", "F0 MSE")


def test_a_missing_disvoice_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(disvoice_engine.INTERPRETER_VARIABLE, str(tmp_path / "no-python"))
    with pytest.raises(HumpcatError, match="cannot be started"):
        disvoice_engine.disvoice_prosody([np.ones(10)], [np.zeros(1)])
    if importlib.util.find_spec("disvoice") is None:
        monkeypatch.delenv(disvoice_engine.INTERPRETER_VARIABLE)
        with pytest.raises(HumpcatError, match="needs the package disvoice") as caught:
            disvoice_engine.disvoice_prosody([np.ones(10)], [np.zeros(1)])
        assert "pip install --no-deps disvoice" in caught.value.hint
