"""The 103 static prosodic values of DisVoice 0.1.10, computed in memory and never undefined.

Source: the static features of DisVoice's `Prosody` class (https://github.com/jcvasquezc/DisVoice, MIT),
which the paper names as its prosodic feature. The values, their order and their names are DisVoice's,
oddities included, because what was published with them depends on them; each oddity is named where it is
reproduced. Decision: a value that DisVoice leaves undefined (NaN, an exception, a division by zero, its
sentinel of -1e30 dB for digital silence, or a block of zeros that stands for "too few segments") is 0 here
and marked in `Prosody.valid`, so that no recording is refused for it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import HumpcatError

FRAMES_PER_SECOND = 100  # one F0 value every 10 ms, DisVoice's step; an energy frame lasts two steps
PAUSE_SECONDS = 0.14

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

# Relative deviations below this are rounding, not prosody: a flat contour must count as flat, else the
# skewness of the rounding errors would be reported.
_ROUNDING = 1e-12

_MOMENTS = ("avg", "std", "skw", "kurtosis")
_SPREAD = ("avg", "std", "max", "min", "skw", "kurtosis")
_DURATION = ("avg", "std", "skw", "kurtosis", "max", "min")
_RATIOS = ("PVU", "PU", "UVU", "VVU", "VP", "UP")


def _f0_names() -> list[str]:
    contour = [f"F0{end}" for end in ("avg", "std", "max", "min", "skew", "kurt")]
    fits = [f"F0{fit}{end}" for end in ("avg", "std", "max", "min", "skw", "ku") for fit in ("tilt", "mse")]
    first = [f"1F0{end}" for end in ("mean", "std", "max", "min", "skw", "ku")]
    last = [f"lastF0{end}" for end in ("avg", "std", "max", "min", "skw", "ku")]
    return contour + fits + first + last


def _energy_names(kind: str) -> list[str]:
    over_segments = [f"{start}{fit}E{kind}" for fit in ("", "tilt", "mse") for start in _MOMENTS]
    return over_segments + [f"{start}{which}E{kind}" for which in ("1", "last") for start in _SPREAD]


def _duration_names() -> list[str]:
    durations = [f"{start}dur{kind}" for kind in ("voiced", "unvoiced", "pause") for start in _DURATION]
    return ["Vrate", *durations, *_RATIOS]


PROSODY_NAMES: tuple[str, ...] = (
    *_f0_names(),
    *_energy_names("voiced"),
    *_energy_names("unvoiced"),
    *_duration_names(),
)


@dataclass(frozen=True, slots=True)
class ProsodyGroup:
    """Values that belong together by meaning: a name, and positions in `PROSODY_NAMES`."""

    name: str
    indices: tuple[int, ...]


def _energy_groups(kind: str, start: int) -> list[ProsodyGroup]:
    parts = (
        ("contour", 0, 4),
        ("tilt", 4, 8),
        ("MSE", 8, 12),
        ("first segment", 12, 18),
        ("last segment", 18, 24),
    )
    return [
        ProsodyGroup(f"{kind} energy {part}", tuple(range(start + low, start + high)))
        for part, low, high in parts
    ]


# The 20 rows of the list in DisVoice's documentation. Tilt and MSE of F0 are interleaved in the values.
PROSODY_GROUPS: tuple[ProsodyGroup, ...] = (
    ProsodyGroup("F0 contour", tuple(range(6))),
    ProsodyGroup("F0 tilt", tuple(range(6, 18, 2))),
    ProsodyGroup("F0 MSE", tuple(range(7, 18, 2))),
    ProsodyGroup("F0 first segment", tuple(range(18, 24))),
    ProsodyGroup("F0 last segment", tuple(range(24, 30))),
    *_energy_groups("voiced", 30),
    *_energy_groups("unvoiced", 54),
    ProsodyGroup("voiced rate", (78,)),
    ProsodyGroup("voiced duration", tuple(range(79, 85))),
    ProsodyGroup("unvoiced duration", tuple(range(85, 91))),
    ProsodyGroup("pause duration", tuple(range(91, 97))),
    ProsodyGroup("duration ratios", tuple(range(97, 103))),
)


@dataclass(frozen=True, slots=True, eq=False)
class Prosody:
    """`values` (103,) in the order of `PROSODY_NAMES`, always finite; `valid` (103,), false where
    undefined."""

    values: NDArray[np.float32]
    valid: Bools


@dataclass(frozen=True, slots=True, eq=False)
class _Contours:
    """Contours joined: `values` (k,), `owner` (k,) whose contour each is in, `lengths` (contours,)."""

    values: Floats
    owner: Ints
    lengths: Ints

    def one(self, index: int) -> Floats:
        values: Floats = self.values[self.owner == index]
        return values

    def longer_than_one(self) -> "_Contours":
        """Without the contours of a single value, through which no line can be laid."""
        keep = self.lengths > 1
        renumbered = np.cumsum(keep) - 1
        inside = keep[self.owner]
        return _Contours(self.values[inside], renumbered[self.owner[inside]], self.lengths[keep])


def prosody(samples: NDArray[np.floating], f0: NDArray[np.floating], sample_rate: int = 16000) -> Prosody:
    """Compute DisVoice's 103 static prosodic values of a recording or a part of it.

    Args:
        samples: (n,) of any level: its mean is removed and its peak brought to 1, as DisVoice does.
        f0: (m,) fundamental frequency in Hz at a 10 ms step, 0 where unvoiced.
        sample_rate: in Hz, a multiple of 100, so that a step is a whole number of samples.

    Raises:
        HumpcatError: samples or F0 are not finite, F0 is negative, or the rate is no multiple of 100.
    """
    signal, track = _checked(samples, f0, sample_rate)
    hop = sample_rate // FRAMES_PER_SECOND
    energy = _step_energies(signal, hop)
    voiced = _segments(track != 0, hop, len(signal))
    unvoiced_or_pause = _segments(track == 0, hop, len(signal))
    is_pause = unvoiced_or_pause[:, 1] - unvoiced_or_pause[:, 0] > PAUSE_SECONDS * float(sample_rate)
    unvoiced, pauses = unvoiced_or_pause[~is_pause], unvoiced_or_pause[is_pause]
    values = np.concatenate(
        (
            _f0_values(track),
            _energy_values(voiced, energy, hop),
            _energy_values(unvoiced, energy, hop),
            _duration_values(voiced, unvoiced, pauses, len(signal), sample_rate),
        )
    )
    valid = np.isfinite(values)
    return Prosody(np.where(valid, values, 0.0).astype(np.float32), valid)


def _checked(
    samples: NDArray[np.floating], f0: NDArray[np.floating], sample_rate: int
) -> tuple[Floats, Floats]:
    signal = np.asarray(samples, dtype=np.float64)
    track = np.asarray(f0, dtype=np.float64)
    if sample_rate <= 0 or sample_rate % FRAMES_PER_SECOND:
        raise HumpcatError(
            f"Prosody cannot be computed at {sample_rate} Hz.", "Resample the recording to 16000 Hz."
        )
    if signal.ndim != 1 or track.ndim != 1:
        raise HumpcatError("Prosody needs one channel and one F0 track.", "Mix the channels down first.")
    if not (np.isfinite(signal).all() and np.isfinite(track).all()):
        raise HumpcatError("The recording or its F0 track holds values that are not finite.")
    if (track < 0).any():
        raise HumpcatError("The F0 track holds a negative frequency.")
    return signal, track


# Statistics. NaN means undefined, and what is computed from it is undefined too.


def _moments(contours: _Contours) -> Floats:
    """(contours, 4): mean, standard deviation, skewness, excess kurtosis, all biased (SciPy's default)."""
    count = len(contours.lengths)
    n = np.where(contours.lengths > 0, contours.lengths, np.nan)
    mean = np.bincount(contours.owner, contours.values, count) / n
    centre = mean[contours.owner]
    off = _without_rounding(contours.values - centre, _ROUNDING * np.abs(centre))
    square = off * off
    m2 = np.bincount(contours.owner, square, count) / n
    m3 = np.bincount(contours.owner, square * off, count) / n
    m4 = np.bincount(contours.owner, square * square, count) / n
    spread = np.where(m2 > 0, m2, np.nan)  # equal values have no shape
    return np.stack((mean, np.sqrt(m2), m3 / spread**1.5, m4 / spread**2 - 3), axis=1)


def _moments_of(values: Floats) -> Floats:
    """(4,) the moments of one array."""
    whole = _Contours(values, np.zeros(len(values), dtype=np.intp), np.array([len(values)], dtype=np.intp))
    moments: Floats = _moments(whole)[0]
    return moments


def _spread(values: Floats) -> Floats:
    """(6,): mean, standard deviation, maximum, minimum, skewness, kurtosis."""
    if len(values) == 0:
        return np.full(6, np.nan)
    mean, std, skewness, kurtosis = _moments_of(values)
    return np.array((mean, std, values.max(), values.min(), skewness, kurtosis))


def _line_fits(contours: _Contours) -> tuple[Floats, Floats]:
    """Slope per second and mean squared error of the least-squares line through contours of two or more."""
    lengths, owner = contours.lengths, contours.owner
    count = len(lengths)
    firsts = np.cumsum(lengths) - lengths
    # Times are exact multiples of the step about their own mean, so the normal equations need no cross term.
    time = (np.arange(len(owner)) - firsts[owner] - ((lengths - 1) / 2)[owner]) / FRAMES_PER_SECOND
    mean = np.bincount(owner, contours.values, count) / lengths
    size = np.maximum(np.abs(mean), 1.0)[owner] * _ROUNDING
    off = _without_rounding(contours.values - mean[owner], size)
    slope = np.bincount(owner, time * off, count) / np.bincount(owner, time * time, count)
    residual = _without_rounding(off - slope[owner] * time, size)
    return slope, np.bincount(owner, residual * residual, count) / lengths


def _without_rounding(values: Floats, size: Floats) -> Floats:
    return np.where(np.abs(values) < size, 0.0, values)


# F0


def _f0_values(track: Floats) -> Floats:
    """(30,) contour, tilt and MSE interleaved, first and last voiced stretch."""
    contours = _f0_contours(track)
    slopes, errors = _line_fits(contours.longer_than_one())
    fits = np.stack((_spread(slopes), _spread(errors)), axis=1).ravel()
    return np.concatenate(
        (
            _spread(track[track != 0]),
            fits,
            _spread(contours.one(0)),
            _spread(contours.one(len(contours.lengths) - 1)),
        )
    )


def _f0_contours(track: Floats) -> _Contours:
    """Cut the track into its voiced stretches.

    DisVoice cuts behind every unvoiced value and drops the last value of each piece, taking it for the
    unvoiced one. So a stretch that reaches the end of the track loses its last voiced value, and vanishes
    when that was its only one.
    """
    starts, stops = _runs(track != 0)
    stops = np.where(stops == len(track), stops - 1, stops)
    starts, stops = starts[stops > starts], stops[stops > starts]
    return _cut(track, starts, stops - starts)


def _runs(mask: Bools) -> tuple[Ints, Ints]:
    """Start and stop (excluded) of every run of true values."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return edges[::2], edges[1::2]


def _cut(values: Floats, starts: Ints, lengths: Ints) -> _Contours:
    """The stretches of `values` with these starts and lengths, as contours."""
    owner = np.repeat(np.arange(len(lengths)), lengths)
    firsts = np.cumsum(lengths) - lengths
    return _Contours(values[np.arange(len(owner)) - firsts[owner] + starts[owner]], owner, lengths)


# Energy


def _step_energies(signal: Floats, hop: int) -> Floats:
    """(n // hop,) the sum of squares in each whole 10 ms step of the centred signal with its peak at 1.

    Every frame of every segment begins on this grid, so one pass over the signal serves all of them, and
    sums of positive numbers lose no precision, which differences of a running sum would in quiet places.
    """
    if len(signal) < hop:
        return np.zeros(0)
    level = np.abs(signal).max()
    centred = signal - signal.mean()
    peak = np.abs(centred).max()
    if peak <= _ROUNDING * level:  # constant; dividing would bring its rounding errors to full scale
        return np.zeros(len(signal) // hop)
    steps = (centred / peak)[: len(signal) // hop * hop].reshape(-1, hop)
    energies: Floats = np.einsum("ij,ij->i", steps, steps)
    return energies


def _segments(mask: Bools, hop: int, length: int) -> Ints:
    """(segments, 2) first and last sample (excluded) of the runs of true values, as DisVoice cuts them.

    DisVoice closes a segment only when the next run begins, so the last run never becomes one; and it
    starts a segment one step after the run's first frame, so a segment is one step shorter than its run and
    a run of one frame is empty.
    """
    starts, stops = _runs(mask)
    bounds = np.stack((starts[:-1] + 1, stops[:-1]), axis=1) * hop
    return np.minimum(bounds, length)


def _energy_values(segments: Ints, step_energies: Floats, hop: int) -> Floats:
    """(24,) moments of the contours' means, of tilts and of errors over segments; first and last segment."""
    if len(segments) < 2:  # DisVoice answers zeros
        return np.full(24, np.nan)
    contours = _energy_contours(segments, step_energies, hop)
    long = contours.longer_than_one()
    slopes, errors = _line_fits(long)
    over_segments = _moments(long).mean(axis=0) if len(long.lengths) else np.full(4, np.nan)
    return np.concatenate(
        (
            over_segments,
            _moments_of(slopes),
            _moments_of(errors),
            _spread(_first_contour(contours)),
            _spread(_last_contour(contours)),
        )
    )


def _energy_contours(segments: Ints, step_energies: Floats, hop: int) -> _Contours:
    """The log energy in dB of each segment's 20 ms frames, NaN for digital silence (DisVoice: -1e30)."""
    frame_energies = (step_energies[:-1] + step_energies[1:]) / (2 * hop)
    decibels = np.full(len(frame_energies), np.nan)
    np.log10(frame_energies, out=decibels, where=frame_energies > 0)
    lengths = np.maximum((segments[:, 1] - segments[:, 0]) // hop - 1, 0)
    return _cut(10 * decibels, segments[:, 0] // hop, lengths)


def _first_contour(contours: _Contours) -> Floats:
    """The first segment that is long enough for one frame."""
    present = np.flatnonzero(contours.lengths)
    return contours.one(int(present[0])) if len(present) else np.zeros(0)


def _last_contour(contours: _Contours) -> Floats:
    """The last segment, or the one before it.

    DisVoice steps back once only, so two short segments at the end leave these values undefined; and it
    takes the number 0 for "none", so the first of two segments is not taken for the last when the second is
    too short.
    """
    last = len(contours.lengths) - 1
    if contours.lengths[last] == 0:
        last -= 1
    return contours.one(last) if last > 0 else np.zeros(0)


# Durations


def _duration_values(voiced: Ints, unvoiced: Ints, pauses: Ints, length: int, sample_rate: int) -> Floats:
    """(25,) voiced segments per second, durations in seconds, and ratios of the mean durations."""
    rate = sample_rate * len(voiced) / length if length else np.nan
    durations = [_durations(segments, sample_rate) for segments in (voiced, unvoiced, pauses)]
    v, u, p = (float(values[0]) for values in durations)
    if v > 0 and u > 0 and p > 0:
        ratios = np.array((p / (v + u), p / u, u / (v + u), v / (v + u), v / p, u / p))
    else:  # DisVoice answers zeros
        ratios = np.full(6, np.nan)
    return np.concatenate(((rate,), *durations, ratios))


def _durations(segments: Ints, sample_rate: int) -> Floats:
    """(6,) mean, standard deviation, skewness, kurtosis, maximum, minimum."""
    seconds = (segments[:, 1] - segments[:, 0]) / sample_rate
    if len(seconds) < 2:  # DisVoice answers zeros
        return np.full(6, np.nan)
    return np.array((*_moments_of(seconds), seconds.max(), seconds.min()))
