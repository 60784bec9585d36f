"""The arithmetic of the shared time axis: the part of a recording in view, how it zooms, pans and is labelled."""

import math
from dataclasses import dataclass

SHORTEST = 0.01  # seconds; at 16 kHz still 160 samples, far enough in to see single periods
PAGE_MARGIN = 0.05  # of the view's length, kept before a time that the view turns to


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in seconds: the part in view, or a selection."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """Seconds from start to end."""
        return self.end - self.start

    def holds(self, time: float) -> bool:
        """Whether `time` lies inside."""
        return self.start <= time <= self.end


def whole(duration: float) -> Span:
    """The view that shows all of a recording."""
    return Span(0.0, max(duration, SHORTEST))


def clamp(view: Span, duration: float) -> Span:
    """The nearest view of the same length that lies inside the recording; longer ones show all of it."""
    length = max(view.length, SHORTEST)
    if length >= duration:
        return whole(duration)
    start = min(max(view.start, 0.0), duration - length)
    return Span(start, start + length)


def zoom(view: Span, factor: float, at: float, duration: float) -> Span:
    """Make the view `factor` times as long, `at` staying where it is on screen."""
    length = min(max(view.length * factor, SHORTEST), max(duration, SHORTEST))
    share = (at - view.start) / view.length if view.length else 0.5
    start = at - share * length
    return clamp(Span(start, start + length), duration)


def pan(view: Span, seconds: float, duration: float) -> Span:
    """Move the view by `seconds`, stopping at the recording's ends."""
    return clamp(Span(view.start + seconds, view.end + seconds), duration)


def turn_to(view: Span, time: float, duration: float) -> Span:
    """The view itself when `time` is in it, otherwise the page that begins just before `time`."""
    if view.holds(time):
        return view
    start = time - PAGE_MARGIN * view.length
    return clamp(Span(start, start + view.length), duration)


def time_at(x: float, left: float, width: float, view: Span) -> float:
    """The time under pixel `x` of a plot whose area begins at pixel `left` and is `width` wide."""
    return view.start + (x - left) / max(width, 1.0) * view.length


def pixel_at(time: float, left: float, width: float, view: Span) -> float:
    """The pixel of `time`; the reverse of `time_at`."""
    return left + (time - view.start) / max(view.length, 1e-9) * width


def grabbed_edge(
    x: float, left: float, width: float, view: Span, selection: Span | None, reach: float = 5.0
) -> str:
    """Which edge of the selection a press at pixel `x` takes hold of: "start", "end" or none ("")."""
    if selection is None:
        return ""
    to_start = abs(pixel_at(selection.start, left, width, view) - x)
    to_end = abs(pixel_at(selection.end, left, width, view) - x)
    if min(to_start, to_end) > reach:
        return ""
    return "start" if to_start < to_end else "end"


def ordered(a: float, b: float, duration: float) -> Span:
    """The span between two times in either order, cut to the recording."""
    low, high = sorted((a, b))
    return Span(min(max(low, 0.0), duration), min(max(high, 0.0), duration))


def format_time(seconds: float, decimals: int = 3) -> str:
    """Minutes and seconds as `00:03.214`, with hours as `1:00:03.214` from an hour on."""
    units = round(max(seconds, 0.0) * 10**decimals)  # rounded once, so that 59.9996 never reads 00:60.000
    whole_seconds, fraction = divmod(units, 10**decimals)
    minutes, rest = divmod(whole_seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"
    return f"{text}.{fraction:0{decimals}d}" if decimals else text


@dataclass(frozen=True, slots=True)
class Ticks:
    """Where a time ruler has marks: labelled ones, and small ones between them."""

    major: tuple[float, ...]
    labels: tuple[str, ...]
    minor: tuple[float, ...]


_STEPS = (
    0.001,
    0.002,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
)


def ticks(view: Span, width: float, label_width: float = 84.0) -> Ticks:
    """Round times for a ruler `width` pixels wide, labels at least `label_width` apart."""
    least = view.length * label_width / max(width, 1.0)
    step = next((s for s in _STEPS if s >= least), 3600 * math.ceil(least / 3600))
    decimals = 0 if step >= 1 else max(0, math.ceil(-math.log10(step) - 1e-9))
    major = _multiples(step, view)
    return Ticks(major, tuple(format_time(t, decimals) for t in major), _multiples(step / 5, view))


def _multiples(step: float, view: Span) -> tuple[float, ...]:
    first, last = math.ceil(view.start / step - 1e-9), math.floor(view.end / step + 1e-9)
    return tuple(i * step for i in range(first, last + 1))
