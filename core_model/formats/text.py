"""The text of files that other programs wrote, in whichever encoding they chose; and times as text."""

import codecs
import re
from pathlib import Path

from ..errors import HumpcatError

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEAD = 1 << 14  # bytes that tell what a file is
_TIMEDELTA = re.compile(r"(?:(\d+) days?,? *)?(?:(\d+):(\d\d):(\d\d(?:\.\d+)?))?")
_NANOSECONDS = 10**9


def read_text(path: Path) -> str:
    """A text file's content, its line ends as they stand.

    Encodings: UTF-16 with a byte order mark or, failing that, with every other byte 0; UTF-8; else Latin-1 as Windows
    extends it (cp1252), in which older files of Praat and of spreadsheets are written.

    Raises:
        HumpcatError: it cannot be read.
    """
    return _decode(_bytes(path, -1))


def head_of(path: Path) -> str:
    """The first few lines of a text file, for telling what it is.

    Raises:
        HumpcatError: it cannot be read.
    """
    return _decode(_bytes(path, _HEAD), cut=True)


def seconds(value: float) -> str:
    """A time in seconds with 6 decimals: the same sample at any rate up to 192 kHz and beyond."""
    return f"{value:.6f}"


def timedelta(value: float) -> str:
    """A time as pandas writes it: "0 days 00:00:01.500000000"."""
    whole, nanoseconds = divmod(round(value * _NANOSECONDS), _NANOSECONDS)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return f"{days} days {hour:02d}:{minute:02d}:{second:02d}.{nanoseconds:09d}"


def parse_time(text: str) -> float:
    """Seconds from a number, or from what `timedelta` writes.

    Raises:
        ValueError: it is neither.
    """
    try:
        return float(text)
    except ValueError:
        match = _TIMEDELTA.fullmatch(text.strip())
        if match is None or not any(match.groups()):
            raise
    days, hours, minutes, rest = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def one_line(text: str) -> str:
    """The text with every tab and line break made a space, for formats that know no quoting."""
    return re.sub(r"[\t\r\n]+", " ", text).strip()


def _bytes(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError as error:
        raise HumpcatError(
            f"{path} cannot be read ({error.strerror or error}).", "Check the path and its permissions."
        ) from error


def _decode(data: bytes, cut: bool = False) -> str:
    if data.startswith(_UTF16):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:100]:  # no text has NULs but UTF-16, here without its mark
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", errors="replace")
    try:
        # Where it is cut, its last letter may be cut in two.
        return codecs.getincrementaldecoder("utf-8-sig")().decode(data, final=not cut)
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
