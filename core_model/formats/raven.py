"""Raven's selection tables: tab-separated, a row a selection (Raven Pro's manual, "Selection tables").

One file is one recording's, with its raters as rows. Raven knows no quoting: a tab or line break in a text becomes a
space. Times have 6 decimals.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import HumpcatError
from ..files import write_aside
from .columns import column_of
from .entry import Assumed, Entry, Found, Sound
from .fields import FIELDS, Collector, texts_of, used_fields
from .text import one_line, parse_time, read_text, seconds
from .tiers import one_file

_BEGIN, _END = "Begin Time (s)", "End Time (s)"
_BOX = ("Selection", "View", "Channel", _BEGIN, _END, "Low Freq (Hz)", "High Freq (Hz)")
_UNKNOWN_RATE = 16_000  # Hz; a selection has to have an upper edge
# A label's column in tables that others made: of Raven's own users, and of BirdNET.
_LABELS = ("Annotation", "Species", "Common Name", "Call Type", "Type", "Tag")


def write_raven(path: Path, entries: Sequence[Entry], sounds: Sequence[Sound]) -> None:
    """Write one recording's entries, each over all frequencies of its first channel.

    Raises:
        HumpcatError: the entries are of several recordings, or the file cannot be written.
    """
    file = one_file(entries, "A selection table")
    rate = next((sound.rate for sound in sounds if sound.file == file), _UNKNOWN_RATE)
    fields = used_fields(entries)
    rows = [[*_BOX, "Begin File", "Emotion", "Rater", *(name.capitalize() for name in fields)]]
    for number, entry in enumerate(sorted(entries, key=lambda e: (e.start, e.end)), 1):
        times = (seconds(entry.start), seconds(entry.end))
        box = (str(number), "Spectrogram 1", "1", *times, "0.0", f"{rate / 2:.1f}")
        texts = texts_of(entry)
        rows.append([*box, entry.file, entry.label, entry.tier, *(texts.get(name, "") for name in fields)])
    lines = ["\t".join(map(one_line, row)) + "\n" for row in rows]
    with write_aside(path) as aside:
        aside.write_text("".join(lines), encoding="utf-8", errors="backslashreplace", newline="")


def read_raven(path: Path, assumed: Assumed = Assumed()) -> Found:  # noqa: B008 - frozen
    """Read a selection table, each selection once however many views show it.

    Times are the recording's own: where the table goes over a row of files, "File Offset (s)" gives them.

    Raises:
        HumpcatError: it cannot be read, or lacks the columns of a selection table.
    """
    lines = read_text(path).splitlines()
    header = [name.strip() for name in lines[0].split("\t")] if lines else []
    if not {_BEGIN, _END} <= set(header):
        raise HumpcatError(f"{path.name} is no selection table: it lacks the column {_BEGIN} or {_END}.")
    columns = {
        "label": next((name for name in _LABELS if name in header), ""),
        **{part: name for part in ("label", "rater", *FIELDS) if (name := column_of(part, header))},
    }
    collector = Collector(path, assumed)
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        row = dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=False))
        key = (row.get("Selection", ""), row[_BEGIN])
        if line.strip() and not (key[0] and key in seen):
            seen.add(key)
            _collect(collector, f"line {number}", row, columns)
    return collector.found()


def is_raven(head: str) -> bool:
    """Whether a file that starts like this is a selection table."""
    return f"{_BEGIN}\t" in head.split("\n", 1)[0]


def _collect(collector: Collector, where: str, row: Mapping[str, str], columns: Mapping[str, str]) -> None:
    parts = {part: row[name] for part, name in columns.items() if name}
    file = row.get("Begin File") or row.get("Begin Path") or ""
    try:
        start, end = parse_time(row[_BEGIN]), parse_time(row[_END])
        offset = parse_time(row["File Offset (s)"]) if row.get("File Offset (s)") else start
    except ValueError:
        collector.refuse(where, f"Its times {row[_BEGIN]!r} and {row[_END]!r} are no seconds.")
        return
    label, rater = parts.pop("label", ""), parts.pop("rater", "")
    collector.add(where, offset, offset + end - start, label, parts, tier=rater, file=file.replace("\\", "/"))
