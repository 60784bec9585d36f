"""Praat's TextGrid, long and short ("TextGrid file formats" in Praat's manual).

Our own reader: praatio 6.2.2 reads no Latin-1, strips labels, drops very short intervals, and takes a label such as
"item [" for the file's own structure. Like Praat's, this one looks only at free-standing numbers, quoted texts and
<flags>, whatever stands between them.

How entries become tiers: intervals with a label are segments, intervals without are the gaps between them. What else is
known of a segment stands at the same times on a tier named "R1/valence", "R1/note" and so on; a segment that has no
label yet is marked on "R1/unlabelled". Overlapping segments: see `tiers`. Times are written in full (17 digits).
"""

import bisect
import codecs
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ..errors import HumpcatError
from ..files import write_aside
from .entry import Assumed, Entry, Found, Sound
from .fields import FIELDS, YES, Collector, texts_of
from .text import read_text
from .tiers import base_name, by_tier, check_names, lane_name, lanes, one_file

UNLABELLED = "unlabelled"
_SIDES = (*FIELDS, UNLABELLED)
_TOUCH = 1e-6  # s: closer edges are one edge; at 192 kHz a sample lasts five times as long
_EMPTY_TIER = "emotion"  # a TextGrid without any tier is none to Praat
_TOKEN = re.compile(r'"([^"]*(?:""[^"]*)*)"|(<\w+>)|(![^\n]*)|([^\s"=]+)')
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class _Tier:
    """A tier as it stands in a file: (start, end, text); a point's end is its start."""

    name: str
    intervals: list[tuple[float, float, str]]
    points: bool = False


def write_textgrid(
    path: Path,
    entries: Sequence[Entry],
    sounds: Sequence[Sound],
    *,
    short: bool = False,
    utf16: bool = False,
    tiers: Sequence[str] = (),
) -> None:
    """Write one recording's entries; UTF-8, or UTF-16 as Praat writes it (big-endian with a byte order mark).

    `tiers` are written even when they are empty. The grid is as long as the recording or, where that is unknown, as
    the last segment's end.

    Raises:
        HumpcatError: the entries are of several recordings, a rater's name would be misread, there is neither a segment
            nor a known length, or the file cannot be written.
    """
    file = one_file(entries, "A TextGrid")
    groups = by_tier(entries, tiers) or {_EMPTY_TIER: []}
    check_names(groups)
    lengths = [sound.duration for sound in sounds if file in ("", sound.file)]
    end = max([*lengths[:1], *(entry.end for entry in entries)], default=0.0)
    if end <= 0:
        raise HumpcatError(f"{path.name} was not written: it is not known how long the recording is.")
    written = [tier for name, group in groups.items() for tier in _tiers_of(name, group)]
    text = "".join((_short_lines if short else _long_lines)(written, end))
    data = codecs.BOM_UTF16_BE + _encoded(text, "utf-16-be") if utf16 else _encoded(text, "utf-8")
    with write_aside(path) as aside:
        aside.write_bytes(data)


def read_textgrid(path: Path, assumed: Assumed = Assumed()) -> Found:  # noqa: B008 - frozen
    """Read a TextGrid in UTF-8, UTF-16 or Latin-1. It does not name its recording: see `Assumed`.

    Points are refused, as they are no stretch of time. What a side tier says at times that no segment has is given to
    the segment in which its middle lies.

    Raises:
        HumpcatError: it cannot be read, or is no TextGrid in Praat's text format.
    """
    tiers = _parse(path)
    names = {tier.name for tier in tiers}
    sides = {tier.name: tier for tier in tiers if _is_side(tier.name, names)}
    mains = [tier for tier in tiers if tier.name not in sides]
    collector = Collector(path, assumed)
    for tier in mains:
        if tier.points:
            for start, _, text in tier.intervals:
                collector.refuse(f"tier {tier.name!r}, {start:g} s", f"{text!r} is a point, not a segment.")
        else:
            of_tier = {kind: sides.get(f"{tier.name}/{kind}") for kind in _SIDES}
            given = {kind: side.intervals for kind, side in of_tier.items() if side}
            _collect(collector, tier, given, base_name(tier.name, names))
    return collector.found(base_name(tier.name, names) for tier in mains)


def is_textgrid(head: str) -> bool:
    """Whether a file that starts like this is a TextGrid."""
    return "ooTextFile" in head[:100] and '"TextGrid"' in head[:200]


def _tiers_of(name: str, group: Sequence[Entry]) -> Iterator[_Tier]:
    for number, lane in enumerate(lanes([(e.start, e.end, e) for e in group], _TOUCH)):
        tier = lane_name(name, number)
        spans = _touching(lane)
        yield _Tier(tier, [(start, end, entry.label) for start, end, entry in spans])
        texts = [texts_of(entry) | ({} if entry.label else {UNLABELLED: YES}) for _, _, entry in spans]
        for kind in _SIDES:
            side = [
                (start, end, t[kind]) for (start, end, _), t in zip(spans, texts, strict=True) if kind in t
            ]
            if side:
                yield _Tier(f"{tier}/{kind}", side)


def _touching(lane: Sequence[tuple[float, float, Entry]]) -> list[tuple[float, float, Entry]]:
    """The spans with every start that all but touches the end before it moved there."""
    spans, before = [], 0.0
    for start, end, entry in lane:
        spans.append((before if abs(start - before) < _TOUCH else start, end, entry))
        before = end
    return spans


def _filled(tier: _Tier, end: float) -> list[tuple[float, float, str]]:
    """The tier's intervals with empty ones in the gaps, from 0 to `end`."""
    filled, before = [], 0.0
    for interval in tier.intervals:
        if interval[0] > before:
            filled.append((before, interval[0], ""))
        filled.append(interval)
        before = interval[1]
    if before < end:
        filled.append((before, end, ""))
    return filled


def _long_lines(tiers: Sequence[_Tier], end: float) -> Iterator[str]:
    yield f'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0 \nxmax = {_number(end)} \n'
    yield f"tiers? <exists> \nsize = {len(tiers)} \nitem []: \n"
    for i, tier in enumerate(tiers, 1):
        intervals = _filled(tier, end)
        yield f'    item [{i}]:\n        class = "IntervalTier" \n        name = {_quoted(tier.name)} \n'
        yield f"        xmin = 0 \n        xmax = {_number(end)} \n        intervals: size = {len(intervals)} \n"
        for j, (start, stop, text) in enumerate(intervals, 1):
            yield f"        intervals [{j}]:\n            xmin = {_number(start)} \n"
            yield f"            xmax = {_number(stop)} \n            text = {_quoted(text)} \n"


def _short_lines(tiers: Sequence[_Tier], end: float) -> Iterator[str]:
    yield f'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n{_number(end)}\n<exists>\n{len(tiers)}\n'
    for tier in tiers:
        intervals = _filled(tier, end)
        yield f'"IntervalTier"\n{_quoted(tier.name)}\n0\n{_number(end)}\n{len(intervals)}\n'
        for start, stop, text in intervals:
            yield f"{_number(start)}\n{_number(stop)}\n{_quoted(text)}\n"


def _number(value: float) -> str:
    text = f"{value!r}".removesuffix(".0")
    return f"{Decimal(text):f}" if "e" in text else text  # not every reader knows exponents


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding, errors="backslashreplace")  # a rater's or file's name that is no Unicode


def _is_side(name: str, names: set[str]) -> bool:
    base, _, kind = name.rpartition("/")
    return kind in _SIDES and base in names


def _collect(
    collector: Collector, tier: _Tier, sides: dict[str, list[tuple[float, float, str]]], name: str
) -> None:
    labels = {(start, end): text for start, end, text in tier.intervals}
    texts: dict[tuple[float, float], dict[str, str]] = {
        span: {} for span, text in labels.items() if text.strip()
    }
    labelled = sorted(texts)
    for kind, intervals in sides.items():
        for start, end, text in intervals:
            if not text.strip():
                continue
            span = (start, end) if (start, end) in labels else _around((start + end) / 2, labelled)
            if span is None:
                collector.refuse(
                    f"tier '{tier.name}/{kind}', {start:g} s", f"{text!r} is beside any segment."
                )
            else:
                texts.setdefault(span, {})[kind] = text
    for start, end in sorted(texts):
        where = f"tier {tier.name!r}, {start:g} s"
        collector.add(where, start, end, labels[start, end], texts[start, end], tier=name)


def _around(time: float, spans: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """The one of the sorted spans in which a time lies."""
    before = bisect.bisect(spans, (time, math.inf)) - 1
    return spans[before] if before >= 0 and time < spans[before][1] else None


def _parse(path: Path) -> list[_Tier]:
    text = read_text(path)
    if not is_textgrid(text):
        hint = "In Praat, save it with 'Save as text file'."
        raise HumpcatError(f"{path.name} is no TextGrid in Praat's text format.", hint)
    tokens = _tokens(text[text.index('"TextGrid"') + len('"TextGrid"') :])
    try:
        _numbers(tokens, 2)
        count = int(_numbers(tokens, 1)[0]) if next(tokens) == "<exists>" else 0
        return [_parse_tier(tokens) for _ in range(count)]
    except (StopIteration, ValueError) as error:
        hint = "Open it in Praat and save it again."
        raise HumpcatError(f"{path.name} is damaged or cut off.", hint) from error


def _parse_tier(tokens: Iterator[str | float]) -> _Tier:
    points = _text(tokens) == "TextTier"
    name = _text(tokens)
    intervals = []
    for _ in range(int(_numbers(tokens, 3)[2])):
        times = _numbers(tokens, 1 if points else 2)
        intervals.append((times[0], times[-1], _text(tokens)))
    return _Tier(name, intervals, points)


def _tokens(text: str) -> Iterator[str | float]:
    """Numbers as float, texts behind a quotation mark (so that none is taken for a flag), and flags."""
    for match in _TOKEN.finditer(text):
        kind = match.lastindex
        if kind == 1:
            yield '"' + match[1].replace('""', '"')
        elif kind == 2:
            yield match[2]
        elif kind == 4 and _NUMBER.fullmatch(match[4]):
            yield float(match[4])


def _numbers(tokens: Iterator[str | float], count: int) -> list[float]:
    numbers = [next(tokens) for _ in range(count)]
    if not all(isinstance(number, float) and math.isfinite(number) for number in numbers):
        raise ValueError("a number was expected")
    return [float(number) for number in numbers]


def _text(tokens: Iterator[str | float]) -> str:
    token = next(tokens)
    if not isinstance(token, str) or not token.startswith('"'):
        raise ValueError("a text was expected")
    return token[1:]
