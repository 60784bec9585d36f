"""Tiers for formats whose tiers hold no overlapping segments: a tier is split in lanes, and joined when read.

Decision: the second lane of "R1" is called "R1 (2)", as people would call it; on reading, "R1 (2)" is joined to "R1"
where the file has both.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from ..errors import HumpcatError
from .entry import Entry
from .fields import FIELDS

_LANE = re.compile(r"(.+) \((\d+)\)", re.DOTALL)
_Span = TypeVar("_Span", bound=tuple[float, float, Entry])


def by_tier(entries: Iterable[Entry], tiers: Iterable[str] = ()) -> dict[str, list[Entry]]:
    """The entries of each tier in the order of their starts; `tiers` are there even when they have none."""
    groups: dict[str, list[Entry]] = {tier: [] for tier in tiers}
    for entry in entries:
        groups.setdefault(entry.tier, []).append(entry)
    return {tier: sorted(group, key=lambda entry: (entry.start, entry.end)) for tier, group in groups.items()}


def lanes(spans: Sequence[_Span], slack: float = 0.0) -> list[list[_Span]]:
    """Spans (start, end, entry), sorted, shared out among as few lanes as hold no overlap of more than `slack`."""
    shared: list[list[_Span]] = [[]]
    for span in spans:
        lane = next((lane for lane in shared if not lane or _follows(span, lane[-1], slack)), None)
        if lane is None:
            shared.append(lane := [])
        lane.append(span)
    return shared


def lane_name(tier: str, number: int) -> str:
    """The name of a tier's lane, counted from 0."""
    return tier if number == 0 else f"{tier} ({number + 1})"


def base_name(name: str, names: Collection[str]) -> str:
    """The tier whose lane `name` is, where that tier is one of `names`; else `name` itself."""
    match = _LANE.fullmatch(name)
    return match[1] if match and match[1] in names else name


def check_names(tiers: Collection[str], separator: str = "/") -> None:
    """Refuse raters whose names would be read as a part of another rater's tier.

    Raises:
        HumpcatError: such as "R1 (2)" or "R1/note" beside "R1".
    """
    for name in tiers:
        base, _, last = name.rpartition(separator)
        if base_name(name, tiers) != name or (base in tiers and last in FIELDS):
            raise HumpcatError(
                f"The rater {name!r} would be taken for a part of another rater's tier.", "Rename the rater."
            )


def one_file(entries: Iterable[Entry], kind: str) -> str:
    """The one recording that all entries are of, or "" where there are none.

    Raises:
        HumpcatError: they are of several.
    """
    files = list(dict.fromkeys(entry.file for entry in entries))
    if len(files) > 1:
        raise HumpcatError(
            f"{kind} holds one recording, not {len(files)}.", "Export each recording to a file of its own."
        )
    return files[0] if files else ""


def _follows(span: tuple[float, float, Entry], before: tuple[float, float, Entry], slack: float) -> bool:
    return before[1] <= span[0] + slack and before[1] < span[1]
