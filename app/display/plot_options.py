"""How the plots are drawn, as one value: what is shown, its units and ranges."""

import json
import math
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from core_model.voice_statistics import Floats, semitones

WINDOWS_MS = (
    5,
    10,
    15,
    25,
    32,
    40,
    60,
)  # 5 ms shows a voice's pulses (wideband), 25 ms and more its harmonics
TOPS_HZ = (4000, 5000, 8000, 12_000, 16_000, 24_000)
COLOUR_MAPS = {
    "magma": "Magma",
    "inferno": "Inferno",
    "viridis": "Viridis",
    "cividis": "Cividis",
    "grey": "Grey, loud is white",
    "praat": "Grey, loud is black (as Praat)",
}
FLOORS = (50, 400)  # Hz, least and most; the tracker hears nothing below
CEILINGS = (150, 1500)
LEAST_BAND = 50  # Hz between floor and ceiling
RANGES = (20, 120)  # dB
TOPS_DB = (-100, 0)
THRESHOLDS = (0.05, 0.95)
_CHOICES = {"window_ms": WINDOWS_MS, "top_hz": TOPS_HZ}
_BOUNDS = {
    "dynamic_range": RANGES,
    "top_db": TOPS_DB,
    "floor": FLOORS,
    "ceiling": CEILINGS,
    "threshold": THRESHOLDS,
}
_PITCH_TICKS = 4
_EDGE = 0.06  # of the height, where half of a tick's words would be cut off


@dataclass(frozen=True, slots=True)
class PlotOptions:
    """The defaults draw what the network's features are computed from: its band of pitch, its threshold.

    Attributes:
        window_ms: length of the spectrogram's window.
        dynamic_range: dB between the darkest and the brightest colour.
        top_db: dB of the brightest colour below a sine of full scale; None takes it from the recording's peak.
        top_hz: the spectrogram's highest frequency.
        colours: a name in `COLOUR_MAPS`.
        pitch: whether F0 is drawn.
        in_semitones: F0 in semitones above 100 Hz instead of Hz.
        floor, ceiling: band of F0 in Hz, of the tracker and of the scale; the intensity's window is 3.2 / floor.
        threshold: the tracker's least confidence of a voiced frame.
        standardised: MFCC rows each as deviations from their mean, instead of all on one scale.
        relevance: whether a prediction's relevance is drawn over the waveform.
    """

    window_ms: int = 32
    dynamic_range: int = 65
    top_db: int | None = None
    top_hz: int = 8000
    colours: str = "magma"
    pitch: bool = True
    in_semitones: bool = False
    floor: int = 60
    ceiling: int = 800
    threshold: float = 0.5
    standardised: bool = True
    relevance: bool = True

    @property
    def pitch_unit(self) -> str:
        """The unit of F0 in words."""
        return "st re 100 Hz" if self.in_semitones else "Hz"

    def pitch_value(self, hertz: float | Floats) -> Floats:
        """F0 in its unit."""
        return semitones(hertz) if self.in_semitones else np.asarray(hertz, dtype=np.float64)

    def pitch_height(self, hertz: float | Floats) -> Floats:
        """Where F0 stands in the plot: 0 at the floor, 1 at the ceiling."""
        low, high = float(self.pitch_value(self.floor)), float(self.pitch_value(self.ceiling))
        return (self.pitch_value(hertz) - low) / (high - low)

    def pitch_ticks(self) -> list[tuple[float, str]]:
        """Heights (0 to 1) and words of the scale of F0: round values, four at most, none at the very edge."""
        low, high = float(self.pitch_value(self.floor)), float(self.pitch_value(self.ceiling))
        steps = (3, 6, 12) if self.in_semitones else (20, 50, 100, 200, 300)
        step = next((each for each in steps if (high - low) / each <= _PITCH_TICKS), steps[-1])
        values = range(math.ceil(low / step) * step, math.ceil(high), step)
        unit = "st" if self.in_semitones else "Hz"
        heights = [((value - low) / (high - low), f"{value} {unit}".replace("-", "−")) for value in values]
        return [(height, text) for height, text in heights if _EDGE < height < 1 - _EDGE]


def to_json(options: PlotOptions) -> str:
    """The options as text, to be remembered."""
    return json.dumps(asdict(options))


def from_json(text: str) -> PlotOptions:
    """Options as remembered; what is missing, unknown or out of range is the default."""
    try:
        found = json.loads(text)
    except ValueError:
        return PlotOptions()
    if not isinstance(found, dict):
        return PlotOptions()
    known = {field.name: found[field.name] for field in fields(PlotOptions) if field.name in found}
    options = PlotOptions(**{name: value for name, value in known.items() if _allowed(name, value)})
    return options if options.ceiling - options.floor >= LEAST_BAND else PlotOptions()


def _allowed(name: str, value: Any) -> bool:
    if isinstance(getattr(PlotOptions(), name), bool):
        return isinstance(value, bool)
    if name == "colours":
        return isinstance(value, str) and value in COLOUR_MAPS
    if name == "top_db" and value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, float if name == "threshold" else int):
        return False
    if name in _CHOICES:
        return value in _CHOICES[name]
    low, high = _BOUNDS[name]
    return low <= value <= high
