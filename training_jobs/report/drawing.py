"""How figures look, and how they become SVG: for a file of its own, and inside the page in the page's colours."""

import io
import re
import unicodedata
import warnings
import zlib
from contextlib import AbstractContextManager
from html import escape
from textwrap import wrap
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..outcome import ALONE, BEFORE, KINDS, NETWORK, PROBE, UNKNOWN

# In the page these turn into its own colours, light or dark; none of them may be an emotion's.
INK, MUTED, RULE, ACCENT, PAPER, WARN = "#1f2328", "#5f6873", "#d4d8dd", "#2f6690", "#ffffff", "#a61b1b"
CELL = "#2f6691"  # stays dark enough below light ink
_VARIABLES = {
    CELL: "cell",
    INK: "ink",
    MUTED: "muted",
    RULE: "rule",
    ACCENT: "accent",
    PAPER: "paper",
    WARN: "warn",
}
# Series are told apart by their markers and by filled or hollow, not by colour alone.
MARKERS = {NETWORK: "o", UNKNOWN: "D", ALONE: "v", BEFORE: "^", PROBE: "s"}
COLOURS = {NETWORK: ACCENT, UNKNOWN: ACCENT, ALONE: ACCENT, BEFORE: MUTED, PROBE: MUTED}
HOLLOW = {UNKNOWN, ALONE, PROBE}
NAMES = {
    NETWORK: "Network",
    UNKNOWN: "Network, speakers unknown",
    ALONE: "Network without its shortcut",
    BEFORE: "Model before fine-tuning",
    PROBE: "Linear probe",
}
LINES = {NETWORK: "-", UNKNOWN: ":", ALONE: ":", BEFORE: "-.", PROBE: "--"}
WIDTH = 7.2  # inches: what the page gives a figure
_LONGEST = 22  # characters of a label

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be searched and read aloud
    "svg.hashsalt": "humpcat",  # the same figure twice is the same file
    "text.parse_math": False,  # a label may hold a dollar sign
    "font.family": "DejaVu Sans",  # comes with matplotlib, so widths are the same everywhere
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}
_DEFAULTS = {
    name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith("backend")
}
_COLUMNS = 13  # characters of a caption to an inch
_LINE = 12.5  # points from one line of a caption to the next
_FONT = "font-size: 9px; font-family: 'DejaVu Sans', Verdana, Arial, sans-serif"
_SIZE = re.compile(r'width="[^"]*" height="[^"]*" viewBox="[^"]*"')
_STYLE_SHEET = re.compile(
    r"<style.*?</style>", re.DOTALL
)  # says for all of the page what the page says itself
_REFERENCE = re.compile(r'(\bid="|\bhref="#|url\(#)')


def house_style() -> AbstractContextManager[None]:
    """While it is entered, figures look like ours whatever the user's own settings of matplotlib say."""
    return matplotlib.rc_context({**_DEFAULTS, **_STYLE})


def new_figure(width: float = WIDTH, height: float = 2.8) -> Figure:
    """An empty figure, in inches, that knows no window."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure


def shown(text: str, longest: int = _LONGEST) -> str:
    """A name as a figure can hold it: no control characters, cut when it is long."""
    plain = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c)[0] == "C" else c for c in text)
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def colour_of_series(name: str, place: int) -> tuple[str, str, str, bool]:
    """Colour, marker, line and whether hollow: of a kind of predictions its own, of other series by their place."""
    kind = name if name in KINDS else KINDS[place % len(KINDS)]
    return COLOURS[kind], MARKERS[kind], LINES[kind], kind in HOLLOW


def percent_axis(axes: Axes, which: str, low: float = 0.0, high: float = 100.0) -> None:
    """Quiet grid lines and limits in % along "x" or "y", with room for markers at the ends."""
    margin = 0.02 * (high - low)
    if which == "x":
        axes.set_xlim(low - margin, high + margin)
    else:
        axes.set_ylim(low - margin, high + margin)
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True))
    axes.grid(axis="x" if which == "x" else "y")


def svg_of(figure: Figure, caption: str, brand: str) -> tuple[str, str]:
    """The figure twice: (a file of its own with caption and brand written on it, a part of the page in its colours).

    Neither holds a date or a random name: the same results give the same files.
    """
    title = f"{brand}: {caption}" if brand else caption
    svg = _rendered(figure, title)
    return _captioned(svg, figure, caption, brand), _themed(svg, title)


def _rendered(figure: Figure, title: str) -> str:
    """The drawing as SVG without a document type, with a title that is read aloud and shown as a hint."""
    stream = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with warnings.catch_warnings():
        # Labels in scripts that the font lacks are shown in the reader's own font; only their width is a guess.
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        figure.savefig(stream, format="svg", metadata=nothing)
    opening, body = stream.getvalue().partition("<svg ")[2].split(">", 1)
    return f'<svg role="img" {opening}>\n <title>{escape(shown(title, 600))}</title>{body}'


def _captioned(svg: str, figure: Figure, caption: str, brand: str) -> str:
    """The drawing made higher by the caption above it and the brand on top; drawing twice takes twice as long."""
    columns = int(figure.get_figwidth() * _COLUMNS)
    lines = [(line, f"font-weight: bold; fill: {WARN}") for line in wrap(shown(brand, 300), columns - 8)]
    lines += [(line, f"fill: {INK}") for line in wrap(shown(caption, 600), columns)]
    width, height = 72 * figure.get_figwidth(), 72 * figure.get_figheight()
    above = _LINE * len(lines) + 6
    size = f'width="{width:g}pt" height="{height + above:g}pt" viewBox="0 {-above:g} {width:g} {height + above:g}"'
    texts = "".join(
        f'<text x="4" y="{_LINE * (place + 1) - above:g}" style="{_FONT}; {look}">{escape(line)}</text>\n'
        for place, (line, look) in enumerate(lines)
    )
    ground = f'<rect x="0" y="{-above:g}" width="{width:g}" height="{above + 1:g}" style="fill: {PAPER}"/>'
    return _SIZE.sub(size, svg, count=1).replace("</title>", f"</title>\n{ground}\n{texts}", 1)


def _themed(svg: str, name: str) -> str:
    """For the inside of a page: colours that the page sets, and ids that no other figure on it has."""
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(f": {colour}", f": var(--{variable})")
    svg = _STYLE_SHEET.sub("", svg)
    own = f"f{zlib.crc32(name.encode(errors='backslashreplace')):08x}-"
    return _REFERENCE.sub(lambda found: f"{found[1]}{own}", svg)
