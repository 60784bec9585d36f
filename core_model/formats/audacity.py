"""Audacity's label tracks: start, end and text between tabs (Audacity's manual, "Importing and Exporting Labels").

One file is one recording's one tier. Its lines know labels only, and no quoting: a tab or line break in a label becomes
a space. Times have 6 decimals.
"""

from collections.abc import Sequence
from pathlib import Path

from ..errors import HumpcatError
from ..files import write_aside
from .entry import Assumed, Entry, Found, Sound
from .fields import Collector
from .text import one_line, parse_time, read_text, seconds
from .tiers import one_file

_FREQUENCIES = "\\"  # starts the line that gives the label above its frequencies


def write_audacity(path: Path, entries: Sequence[Entry], sounds: Sequence[Sound] = ()) -> None:  # noqa: ARG001 - as all writers
    """Write one tier of one recording.

    Raises:
        HumpcatError: the entries are of several recordings or tiers, or the file cannot be written.
    """
    one_file(entries, "A label track")
    if len({entry.tier for entry in entries}) > 1:
        raise HumpcatError(
            "A label track holds one rater's labels.", "Export each rater to a file of its own."
        )
    ordered = sorted(entries, key=lambda entry: (entry.start, entry.end))
    lines = [f"{seconds(e.start)}\t{seconds(e.end)}\t{one_line(e.label)}\n" for e in ordered]
    with write_aside(path) as aside:
        aside.write_text("".join(lines), encoding="utf-8", errors="backslashreplace", newline="")


def read_audacity(path: Path, assumed: Assumed = Assumed()) -> Found:  # noqa: B008 - frozen
    """Read a label track, its frequencies left out. It names neither recording nor rater: see `Assumed`.

    Point labels are refused, as they are no stretch of time.

    Raises:
        HumpcatError: it cannot be read, or none of its lines is a label.
    """
    collector = Collector(path, assumed)
    lines = [
        (number, line.split("\t"))
        for number, line in enumerate(read_text(path).splitlines(), 1)
        if line.strip() and not line.startswith(_FREQUENCIES)
    ]
    times = {number: span for number, cells in lines if (span := _span(cells))}
    if lines and not times:
        raise HumpcatError(f"{path.name} is no label track: no line of it starts with two times.")
    for number, cells in lines:
        label = "\t".join(cells[2:])
        if number not in times:
            collector.refuse(f"line {number}", "It does not start with two times.")
        elif times[number][0] == times[number][1]:
            collector.refuse(f"line {number}", f"{label!r} is a point, not a segment.")
        else:
            collector.add(f"line {number}", *times[number], label)
    return collector.found([assumed.tier])


def is_audacity(head: str) -> bool:
    """Whether a file that starts like this is a label track."""
    return bool(head.strip()) and _span(head.splitlines()[0].split("\t")) is not None


def _span(cells: Sequence[str]) -> tuple[float, float] | None:
    try:
        # Where the language writes a decimal comma, older versions of Audacity do, too.
        start, end = (parse_time(cell.replace(",", ".")) for cell in cells[:2])
    except ValueError:
        return None
    return start, end
