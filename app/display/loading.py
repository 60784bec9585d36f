"""Which part of a recording is computed for a view: enough around it to pan, never more than a bounded amount."""

from .spectra import FINEST_STEP
from .time_view import Span

WHOLE_SECONDS = 120.0  # recordings up to this length are computed whole, once
VIEW_SECONDS = 60.0  # in longer ones, views up to this length are
COLUMNS = 4000  # of a spectrogram, at most
COARSE_COLUMNS = 8000  # of the one over a whole long recording, made while its peaks are read
SCREEN_COLUMNS = 1500  # about one a pixel on a usual screen


def span_to_load(view: Span, duration: float, loaded: Span | None) -> Span | None:
    """The span to compute for `view`: None when `loaded` covers it, or when the view is too long for detail."""
    if too_long(view, duration):
        return None
    if loaded is not None and loaded.start <= view.start and view.end <= loaded.end:
        return None
    if duration <= WHOLE_SECONDS:
        return Span(0.0, duration)
    margin = view.length / 2
    return Span(max(0.0, view.start - margin), min(duration, view.end + margin))


def too_long(view: Span, duration: float) -> bool:
    """Whether pitch and MFCC are left out because the view of a long recording is not zoomed in far enough."""
    return duration > WHOLE_SECONDS and view.length > VIEW_SECONDS


def spectrogram_to_load(
    view: Span, duration: float, loaded: Span | None, loaded_step: float
) -> tuple[Span, float] | None:
    """The span and column step of the spectrogram that `view` wants; None when the loaded one is good enough."""
    if too_long(view, duration):
        return None
    wanted = max(view.length / SCREEN_COLUMNS, FINEST_STEP)
    covered = loaded is not None and loaded.start <= view.start and view.end <= loaded.end
    if covered and loaded_step <= wanted * 1.5:
        return None
    finest = max(duration / COLUMNS, FINEST_STEP)
    if finest <= wanted * 1.5:
        return Span(0.0, duration), finest
    margin = view.length / 2
    span = Span(max(0.0, view.start - margin), min(duration, view.end + margin))
    return span, max(span.length / COLUMNS, FINEST_STEP)


def coarse_step(duration: float) -> float:
    """The column step of the spectrogram over a whole long recording."""
    return max(duration / COARSE_COLUMNS, FINEST_STEP)
