"""An entry's further fields as text, the same in every format, and back; and the collecting of what a file holds."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import HumpcatError
from .entry import ORIGINS, RATINGS, SCALE, Assumed, Entry, Found, Refusal, usual_origin

FIELDS = (*RATINGS, "note", "unsure", "origin", "confidence", "probabilities", "model", "speaker")
ALL = frozenset(FIELDS)
YES = "yes"
_TRUE = ("yes", "true", "1", "1.0", "x", "y", "unsure")
_FALSE = ("no", "false", "0", "0.0", "n")


def texts_of(entry: Entry) -> dict[str, str]:
    """The entry's further fields as text, of those that say something; probabilities with 6 decimals, as JSON."""
    texts = {name: str(value) for name in RATINGS if (value := getattr(entry, name)) is not None}
    texts |= {name: value for name in ("note", "model", "speaker") if (value := getattr(entry, name))}
    if entry.unsure:
        texts["unsure"] = YES
    if entry.origin != usual_origin(entry.tier):
        texts["origin"] = entry.origin
    if entry.confidence is not None:
        texts["confidence"] = f"{entry.confidence:.6f}"
    if entry.probabilities:
        rounded = {label: round(value, 6) for label, value in entry.probabilities}
        texts["probabilities"] = json.dumps(rounded, ensure_ascii=False)
    return texts


def used_fields(entries: Iterable[Entry]) -> list[str]:
    """The further fields that say something in any of the entries, in the order of FIELDS."""
    used: set[str] = set()
    for entry in entries:
        used |= texts_of(entry).keys()
    return [name for name in FIELDS if name in used]


def fields_from(texts: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The values of fields given as text, and a sentence about each that cannot be such a value and is left out."""
    values: dict[str, Any] = {}
    complaints = []
    for name, text in texts.items():
        if text and name in _PARSERS:
            try:
                values[name] = _PARSERS[name](text)
            except ValueError as error:
                complaints.append(f"The {name} {text!r} {error}; it is left out.")
    return values, complaints


class Collector:
    """Gathers a file's entries; what cannot be one is named instead."""

    def __init__(self, path: Path, assumed: Assumed) -> None:
        self._file = assumed.file or path.stem
        self._assumed = assumed
        self._entries: list[Entry] = []
        self._refused: list[Refusal] = []

    def add(
        self,
        where: str,
        start: float,
        end: float,
        label: str = "",
        texts: Mapping[str, str] | None = None,
        *,
        tier: str = "",
        file: str = "",
        probabilities: tuple[tuple[str, float], ...] = (),
    ) -> None:
        """Take a segment, `texts` being its further fields; where no tier or file is given, the assumed one."""
        values, complaints = fields_from(texts or {})
        if probabilities:
            values["probabilities"] = probabilities
        tier = tier or self._assumed.tier
        values.setdefault("origin", usual_origin(tier))
        try:
            self._entries.append(Entry(file or self._file, start, end, tier, label.strip(), **values))
        except HumpcatError as error:
            self.refuse(where, error.message)
            return
        for complaint in complaints:
            self.refuse(where, complaint)

    def refuse(self, where: str, why: str) -> None:
        """Name something that is not taken."""
        self._refused.append(Refusal(where, why))

    def found(self, tiers: Iterable[str] = ()) -> Found:
        """All that was gathered; `tiers` are those that the file names, empty or not."""
        every = dict.fromkeys([*tiers, *(entry.tier for entry in self._entries)])
        return Found(tuple(self._entries), tuple(self._refused), tuple(every))


def _rating(text: str) -> int:
    number = _number(text)
    if not number.is_integer() or not SCALE[0] <= number <= SCALE[1]:
        raise ValueError(f"is no whole number from {SCALE[0]} to {SCALE[1]}")
    return int(number)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("is no number")
    return number


def _truth(text: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUE + _FALSE:
        raise ValueError("is neither yes nor no")
    return word in _TRUE


def _origin(text: str) -> str:
    if text not in ORIGINS:
        raise ValueError(f"is none of {', '.join(ORIGINS)}")
    return text


def _probabilities(text: str) -> tuple[tuple[str, float], ...]:
    try:
        return tuple((str(label), float(value)) for label, value in json.loads(text).items())
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError("gives no number for each label") from error


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(RATINGS, _rating),
    "note": str,
    "unsure": _truth,
    "origin": _origin,
    "confidence": _number,
    "probabilities": _probabilities,
    "model": str,
    "speaker": str,
}
