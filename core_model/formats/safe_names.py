"""Names of files that every system takes, and no two of which are the same on any."""

import re

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST = 180  # bytes of UTF-8; systems take 255, and endings, numbers and aside names need room


def safe_name(text: str) -> str:
    """The text as a file's name: what Windows, macOS or Linux refuse becomes "_"; never empty, never a path."""
    name = _FORBIDDEN.sub("_", text.encode("utf-8", "backslashreplace").decode()).strip().rstrip(". ")
    name = name.encode()[:_LONGEST].decode("utf-8", "ignore").rstrip(". ")
    if not name or _RESERVED.fullmatch(name):
        return f"_{name}"
    return name


def unique_name(name: str, taken: set[str], numbered: str = "{name} ({number})") -> str:
    """The name, with a number where it is taken, and from now on taken; upper and lower case are one."""
    number, unique = 1, name
    while unique.casefold() in taken:
        number += 1
        unique = numbered.format(name=name, number=number)
    taken.add(unique.casefold())
    return unique
