"""ELAN's annotation documents, EAF 3.0 ("ELAN Annotation Format", Max Planck Institute for Psycholinguistics).

ELAN keeps whole milliseconds: starts and ends are rounded to 1 ms, and a segment is at least 1 ms long. Each rater is
an alignable tier; what else is known of a segment stands on tiers that depend on it by symbolic association, named
"valence@R1", "note@R1" and so on. Overlapping segments: see `tiers`.
"""

import mimetypes
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from ..errors import HumpcatError
from ..files import write_aside
from .entry import Assumed, Entry, Found, Sound
from .fields import FIELDS, Collector, texts_of
from .tiers import base_name, by_tier, check_names, lane_name, lanes, one_file

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_MILLISECOND = 1000
_SEGMENTS = "emotion"  # the linguistic type of raters' tiers
_CONSTRAINT = "Symbolic_Association"
_CONSTRAINTS = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps allowed within this"
    " interval",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. Annotations refering to the same parent are"
    " ordered",
    _CONSTRAINT: "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps are allowed",
}
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0


@dataclass(frozen=True, slots=True)
class _Lane:
    """A tier to be written: what stands on it, in milliseconds."""

    name: str
    spans: list[tuple[int, int, Entry]]


def write_eaf(
    path: Path, entries: Sequence[Entry], sounds: Sequence[Sound], *, tiers: Sequence[str] = ()
) -> None:
    """Write one recording's entries, the recording linked; `tiers` are written even when they are empty.

    Raises:
        HumpcatError: the entries are of several recordings, a rater's name would be misread, or the file cannot be
            written.
    """
    file = one_file(entries, "An ELAN document") or (sounds[0].file if len(sounds) == 1 else "")
    groups = by_tier(entries, tiers)
    check_names(groups)
    ready = [
        _Lane(lane_name(name, number), lane)
        for name, group in groups.items()
        for number, lane in enumerate(lanes([_milliseconds(entry) for entry in group]))
    ]
    with write_aside(path) as aside, aside.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(_document(file, ready))


def read_eaf(path: Path, assumed: Assumed = Assumed()) -> Found:  # noqa: B008 - frozen
    """Read a document's tiers; a tier that depends on another has its times from there.

    Annotations whose times are not set (of a time subdivision) are refused. A document type or entities, which ELAN
    never writes, are refused before they are looked at.

    Raises:
        HumpcatError: it cannot be read, or is no ELAN document.
    """
    root = _parse(path)
    tiers = {tier.get("TIER_ID", ""): tier for tier in root.iter("TIER")}
    kinds = {name: _kind(tier) for name, tier in tiers.items()}
    sides = {name for name, kind in kinds.items() if kind and tiers[name].get("PARENT_REF") in tiers}
    slots = {slot.get("TIME_SLOT_ID"): slot.get("TIME_VALUE") for slot in root.iter("TIME_SLOT")}
    annotations = {name: list(_annotations(tier)) for name, tier in tiers.items()}
    every = {mark.get("ANNOTATION_ID", ""): mark for marks in annotations.values() for mark in marks}
    texts: dict[str, dict[str, str]] = {}
    for name in tiers:
        for mark in annotations[name] if name in sides else ():
            texts.setdefault(mark.get("ANNOTATION_REF", ""), {}).setdefault(kinds[name], _value(mark))
    named = Assumed(assumed.file or _media(root), assumed.tier, assumed.duration_of)
    collector = Collector(path, named)
    for name in (name for name in tiers if name not in sides):
        for mark in annotations[name]:
            _collect(collector, base_name(name, tiers), mark, every, slots, texts)
    return collector.found(base_name(name, tiers) for name in tiers if name not in sides)


def is_eaf(head: str) -> bool:
    """Whether a file that starts like this is an ELAN document."""
    return "<ANNOTATION_DOCUMENT" in head


def _milliseconds(entry: Entry) -> tuple[int, int, Entry]:
    start = round(entry.start * _MILLISECOND)
    return start, max(start + 1, round(entry.end * _MILLISECOND)), entry


def _document(file: str, ready: Sequence[_Lane]) -> Iterator[str]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<ANNOTATION_DOCUMENT AUTHOR="" DATE="{now}" FORMAT="3.0" VERSION="3.0" '
    yield f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="{_SCHEMA}">\n'
    yield '    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">\n'
    if file:
        yield f"        <MEDIA_DESCRIPTOR {_media_attributes(file)}/>\n"
    yield "    </HEADER>\n"
    times = sorted((time, lane, n, side) for lane, each in enumerate(ready)
                   for n, span in enumerate(each.spans) for side, time in enumerate(span[:2]))  # fmt: skip
    slots = {(lane, n, side): f"ts{number}" for number, (_, lane, n, side) in enumerate(times, 1)}
    yield "    <TIME_ORDER>\n"
    for time, lane, n, side in times:
        yield f'        <TIME_SLOT TIME_SLOT_ID="{slots[lane, n, side]}" TIME_VALUE="{time}"/>\n'
    yield "    </TIME_ORDER>\n"
    used: set[str] = set()
    number = 0
    for at, lane_ in enumerate(ready):
        parts, number = _tiers(lane_, at, slots, number, used)
        yield from parts
    yield f'    <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="{_SEGMENTS}" TIME_ALIGNABLE="true"/>\n'
    for kind in sorted(used):
        yield f'    <LINGUISTIC_TYPE CONSTRAINTS="{_CONSTRAINT}" GRAPHIC_REFERENCES="false" '
        yield f'LINGUISTIC_TYPE_ID="{kind}" TIME_ALIGNABLE="false"/>\n'
    for stereotype, words in _CONSTRAINTS.items():
        yield f"    <CONSTRAINT DESCRIPTION={quoteattr(words)} STEREOTYPE={quoteattr(stereotype)}/>\n"
    yield "</ANNOTATION_DOCUMENT>\n"


def _tiers(
    lane: _Lane, at: int, slots: Mapping[tuple[int, int, int], str], number: int, used: set[str]
) -> tuple[list[str], int]:
    """A tier and those that depend on it, and the number of the last annotation."""
    name = _attribute(lane.name)
    parts = [f'    <TIER LINGUISTIC_TYPE_REF="{_SEGMENTS}" TIER_ID={name}>\n']
    first = number + 1
    for n, (_, _, entry) in enumerate(lane.spans):
        number += 1
        refs = f'TIME_SLOT_REF1="{slots[at, n, 0]}" TIME_SLOT_REF2="{slots[at, n, 1]}"'
        parts.append(_annotation("ALIGNABLE_ANNOTATION", number, refs, entry.label))
    parts.append("    </TIER>\n")
    texts = [texts_of(entry) for _, _, entry in lane.spans]
    for kind in (kind for kind in FIELDS if any(kind in each for each in texts)):
        used.add(kind)
        side = _attribute(f"{kind}@{lane.name}")
        parts.append(f'    <TIER LINGUISTIC_TYPE_REF="{kind}" PARENT_REF={name} TIER_ID={side}>\n')
        for n, each in enumerate(texts):
            if kind in each:
                number += 1
                refs = f'ANNOTATION_REF="a{first + n}"'
                parts.append(_annotation("REF_ANNOTATION", number, refs, each[kind]))
        parts.append("    </TIER>\n")
    return parts, number


def _annotation(element: str, number: int, refs: str, text: str) -> str:
    value = escape(_legal(text), {"\r": "&#13;"})
    return (
        f'        <ANNOTATION>\n            <{element} ANNOTATION_ID="a{number}" {refs}>\n'
        f"                <ANNOTATION_VALUE>{value}</ANNOTATION_VALUE>\n"
        f"            </{element}>\n        </ANNOTATION>\n"
    )


def _media_attributes(file: str) -> str:
    kind = mimetypes.guess_type(file)[0] or "audio/x-wav"
    absolute = file.startswith("/") or re.match(r"[A-Za-z]:/", file)
    url = f"file:///{file.lstrip('/')}" if absolute else f"./{file}"
    relative = "" if absolute else f" RELATIVE_MEDIA_URL={_attribute(url)}"
    return f'MEDIA_URL={_attribute(url)} MIME_TYPE="{kind}"{relative}'


def _attribute(text: str) -> str:
    return quoteattr(_legal(text))


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)


class _Builder(ET.TreeBuilder):
    """Refuses document types: the entities that they define may name other files, or grow without end."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise HumpcatError(
            f"It has a document type ({name}), which ELAN does not write; it was not read further.",
            "Open it in ELAN and save it again.",
        )


def _parse(path: Path) -> ET.Element:
    try:
        with path.open("rb") as stream:
            root = ET.parse(stream, ET.XMLParser(target=_Builder())).getroot()
    except OSError as error:
        raise HumpcatError(
            f"{path} cannot be read ({error.strerror or error}).", "Check the path."
        ) from error
    except (ET.ParseError, LookupError, ValueError) as error:
        raise HumpcatError(
            f"{path.name} is damaged: it is not XML ({error}).", "Open it in ELAN and save it again."
        ) from error
    except HumpcatError as error:
        raise HumpcatError(f"{path.name} is refused. {error.message}", error.hint) from error
    if root.tag != "ANNOTATION_DOCUMENT":
        raise HumpcatError(f"{path.name} is no ELAN document: it holds <{root.tag}>.")
    return root


def _kind(tier: ET.Element) -> str:
    """Which field of its parent's segments a tier tells, or ""."""
    names = (tier.get("LINGUISTIC_TYPE_REF", ""), tier.get("TIER_ID", "").split("@")[0])
    return next((name for name in names if name in FIELDS), "")


def _annotations(tier: ET.Element) -> Iterator[ET.Element]:
    for annotation in tier.iter("ANNOTATION"):
        yield from annotation


def _value(mark: ET.Element) -> str:
    return mark.findtext("ANNOTATION_VALUE") or ""


def _media(root: ET.Element) -> str:
    """The linked recording: relative to the document where it says so."""
    media = root.find("HEADER/MEDIA_DESCRIPTOR")
    if media is None:
        return ""
    url = media.get("RELATIVE_MEDIA_URL") or media.get("MEDIA_URL") or ""
    path = url.removeprefix("file://").removeprefix("file:").replace("%20", " ").replace("\\", "/")
    return path[1:] if re.match(r"/[A-Za-z]:/", path) else path.removeprefix("./")


def _collect(
    collector: Collector,
    tier: str,
    mark: ET.Element,
    every: Mapping[str, ET.Element],
    slots: Mapping[str | None, str | None],
    texts: Mapping[str, Mapping[str, str]],
) -> None:
    name = mark.get("ANNOTATION_ID", "")
    where = f"tier {tier!r}, annotation {name}"
    timed = mark
    for _ in range(len(slots)):  # a chain of references that closes on itself ends, too
        if "ANNOTATION_REF" not in timed.attrib or timed.attrib["ANNOTATION_REF"] not in every:
            break
        timed = every[timed.attrib["ANNOTATION_REF"]]
    times = [slots.get(timed.get(f"TIME_SLOT_REF{side}")) for side in (1, 2)]
    if not all(time and time.isdecimal() for time in times):
        collector.refuse(where, f"{_value(mark)!r} has no time of its own.")
        return
    start, end = (int(time or 0) / _MILLISECOND for time in times)
    collector.add(where, start, end, _value(mark), texts.get(name), tier=tier)
