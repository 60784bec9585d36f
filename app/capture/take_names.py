"""Names of takes by a pattern, such that no file is ever written over."""

import datetime
import os
import re
import string
from collections.abc import Mapping
from pathlib import Path

from core_model.errors import HumpcatError

from .take import unfinished

PATTERN = "{project}_{date}_{number}"
FIELDS = {
    "project": "the project's name",
    "speaker": "who speaks",
    "date": "the day, as 2025-03-31",
    "time": "the time of day, as 14-05-59",
    "number": "001, 002 and so on, the next one that is free",
}
_DIGITS = 3
_LONGEST = 200  # bytes; file systems take 255, and the unfinished take's ending needs some
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')  # on Windows, which is the strictest


def next_take(folder: Path, pattern: str, fields: Mapping[str, str], now: datetime.datetime) -> Path:
    """The next free path in a folder.

    Args:
        pattern: text with fields in braces (FIELDS); without {number}, a number is added where the name is taken.
        fields: "project" and "speaker"; what is empty leaves no underscore behind.

    Raises:
        HumpcatError: the pattern has a field that there is not, or a brace too many; nothing of it is left.
    """
    told = {**fields, "date": f"{now:%Y-%m-%d}", "time": f"{now:%H-%M-%S}"}
    _check(pattern)
    taken = _taken(folder)
    first = _filled(pattern, {**told, "number": f"{1:0{_DIGITS}}"})
    for number in range(1, 10**6):
        stem = _filled(pattern, {**told, "number": f"{number:0{_DIGITS}}"})
        if number > 1 and stem == first:  # no number in it, or it was cut off
            stem = f"{stem}_{number}"
        path = folder / f"{stem}.wav"
        if not {path.name.casefold(), unfinished(path).name.casefold()} & taken:
            return path
    raise HumpcatError(f"There is no free name in {folder}.", "Choose another folder or pattern.")


def _taken(folder: Path) -> set[str]:
    """What is there, looked at once; in small letters, as some systems know no others."""
    try:
        return {name.casefold() for name in os.listdir(folder)}
    except OSError:  # not there yet; whoever writes to it is told what is wrong with it
        return set()


def _check(pattern: str) -> None:
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None]
    except ValueError as error:
        raise HumpcatError(
            f"The pattern {pattern!r} has a brace too many.", f"Fields are {_fields()}."
        ) from error
    unknown = [name for name in names if name not in FIELDS]
    if unknown:
        raise HumpcatError(f"The pattern has no field {{{unknown[0]}}}.", f"Fields are {_fields()}.")


def _filled(pattern: str, told: Mapping[str, str]) -> str:
    stem = pattern
    for name, value in told.items():
        stem = stem.replace(f"{{{name}}}", value)
    stem = re.sub(r"([ _-])[ _-]+", r"\1", _FORBIDDEN.sub("-", stem)).strip(" ._-")
    stem = stem.encode()[:_LONGEST].decode(errors="ignore").rstrip(" ._-")
    if not stem:
        raise HumpcatError("The take has no name.", f"Write one, with fields if you like: {_fields()}.")
    return stem


def _fields() -> str:
    return ", ".join(f"{{{name}}}" for name in FIELDS)
