"""The formats that there are: what each is called, holds and loses, how it is read, written and recognised."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..errors import HumpcatError
from .audacity import is_audacity, read_audacity, write_audacity
from .audformat_database import HEADER, read_audformat, write_audformat, write_audformat_table
from .eaf import is_eaf, read_eaf, write_eaf
from .entry import Assumed, Entry, Found, Sound
from .fields import ALL, used_fields
from .label_studio import is_label_studio, read_label_studio, write_label_studio
from .labelled_csv import COLUMNS, is_csv, read_csv, write_csv
from .raven import is_raven, read_raven, write_raven
from .text import head_of
from .textgrid import is_textgrid, read_textgrid, write_textgrid


@dataclass(frozen=True, slots=True)
class Options:
    """How to write; each format takes what concerns it. See `write_csv`, `write_textgrid` and `write_audformat`."""

    columns: tuple[str, ...] = COLUMNS
    raters_as_columns: bool = False
    features: Mapping[str, Sequence[float]] = field(default_factory=dict)
    short: bool = False
    utf16: bool = False
    tiers: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name in commands, its words for people, and what one file of it holds.

    `holds` is "project" (all recordings), "recording", or "tier" (one rater's of one recording). `carries` are the
    fields that come back when it is read; `loses` says what else does not, as a sentence, or "". A format without
    extensions is a folder.
    """

    name: str
    words: str
    extensions: tuple[str, ...]
    holds: Literal["project", "recording", "tier"]
    read: Callable[[Path, Assumed], Found]
    write: Callable[[Path, Sequence[Entry], Sequence[Sound], Options], None]
    carries: frozenset[str] = ALL
    loses: str = ""

    @property
    def tiers(self) -> bool:
        """Whether one file holds several raters."""
        return self.holds != "tier"

    def ends(self, path: Path) -> bool:
        """Whether a file's name ends as this format's do."""
        return path.name.lower().endswith(tuple(ending.lower() for ending in self.extensions))


FORMATS = (
    Format(
        "csv", "Labelled CSV", (".csv", ".tsv"), "project", read_csv,
        lambda path, entries, sounds, o: write_csv(
            path, entries, sounds, columns=o.columns, raters_as_columns=o.raters_as_columns, features=o.features
        ),
        loses="Times are kept to 1 µs.",
    ),
    Format(
        "audformat", "audformat database", (), "project", read_audformat,
        lambda path, entries, sounds, o: write_audformat(path, entries, sounds, labels=o.labels),
        loses="Times are kept to 1 ns.",
    ),
    Format(
        "audformat-csv", "audformat table (CSV)", (".csv",), "project", read_csv,
        lambda path, entries, sounds, _: write_audformat_table(path, entries, sounds),
        loses="Times are kept to 1 ns.",
    ),
    Format(
        "textgrid", "Praat TextGrid", (".TextGrid",), "recording", read_textgrid,
        lambda path, entries, sounds, o: write_textgrid(
            path, entries, sounds, short=o.short, utf16=o.utf16, tiers=o.tiers
        ),
    ),
    Format(
        "eaf", "ELAN document", (".eaf",), "recording", read_eaf,
        lambda path, entries, sounds, o: write_eaf(path, entries, sounds, tiers=o.tiers),
        loses="Times are rounded to 1 ms.",
    ),
    Format(
        "audacity", "Audacity label track", (".txt",), "tier", read_audacity,
        lambda path, entries, sounds, _: write_audacity(path, entries, sounds),
        frozenset(), "Times are kept to 1 µs.",
    ),
    Format(
        "raven", "Raven selection table", (".selections.txt", ".txt"), "recording", read_raven,
        lambda path, entries, sounds, _: write_raven(path, entries, sounds),
        loses="Times are kept to 1 µs; tabs and line breaks in notes become spaces.",
    ),
    Format(
        "label-studio", "Label Studio JSON", (".json",), "project", read_label_studio,
        lambda path, entries, sounds, _: write_label_studio(path, entries, sounds),
    ),
)  # fmt: skip

# The surest first: a CSV is recognised by little.
_MARKS: Sequence[tuple[str, Callable[[str], bool]]] = (
    ("textgrid", is_textgrid),
    ("eaf", is_eaf),
    ("label-studio", is_label_studio),
    ("raven", is_raven),
    ("audacity", is_audacity),
    ("csv", is_csv),
)


def format_named(name: str) -> Format:
    """The format of that name.

    Raises:
        HumpcatError: there is none; it names those that there are.
    """
    for each in FORMATS:
        if each.name == name:
            return each
    raise HumpcatError(
        f"There is no format {name!r}.", f"There are: {', '.join(each.name for each in FORMATS)}."
    )


def format_to_write(path: Path) -> Format:
    """The format that a file's name asks for; of several, the first.

    Raises:
        HumpcatError: its ending belongs to no format.
    """
    fitting = {
        ending: each
        for each in reversed(FORMATS)
        for ending in each.extensions
        if path.name.lower().endswith(ending.lower())
    }
    if fitting:
        return fitting[max(fitting, key=len)]
    endings = ", ".join(dict.fromkeys(ending for each in FORMATS for ending in each.extensions))
    raise HumpcatError(
        f"{path.name} does not end as any format does.", f"Name the format, or end it: {endings}."
    )


def guess_format(path: Path) -> Format:
    """The format of a file, by its content; of a folder, an audformat database.

    Raises:
        HumpcatError: it cannot be read, or is of no format that is known.
    """
    if path.name == HEADER or (path / HEADER).is_file():
        return format_named("audformat")
    if path.is_dir():
        raise HumpcatError(f"The folder {path} is no audformat database: it has no {HEADER}.")
    head = head_of(path)
    for name, recognises in _MARKS:
        if recognises(head):
            return format_named(name)
    raise HumpcatError(
        f"{path.name} is of no format that can be read.",
        f"These can: {', '.join(each.words for each in FORMATS)}.",
    )


def lost_fields(kind: Format, entries: Sequence[Entry]) -> list[str]:
    """The fields that say something in the entries and that the format does not keep."""
    return [name for name in used_fields(entries) if name not in kind.carries]
