"""Segments cut out of their recordings as WAV or FLAC, named by a pattern.

The sound is the recording's own: its rate, its channels and, where the new format has it, its sample format, bit for
bit. Recordings are only ever opened for reading, and no file that is there already is written over.
"""

import os
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import soundfile

from ..audio import read_info
from ..errors import HumpcatError
from ..files import write_aside
from .entry import Entry, Refusal
from .safe_names import safe_name, unique_name

KINDS = ("wav", "flac")
PATTERN = "{file}_{start:.2f}-{end:.2f}_{label}"
PARTS = ("file", "recording", "start", "end", "duration", "label", "rater", "number", "speaker")
_INTEGERS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
_EIGHT_BITS = {"WAV": "PCM_U8", "FLAC": "PCM_S8"}
_LOSSY = "PCM_16"  # what sounds that were compressed with a loss are kept as
_BLOCK = 1 << 18  # frames
_NO_LABEL = "unlabelled"


@dataclass(frozen=True, slots=True)
class Cut:
    """A segment and the file that it was written to."""

    path: Path
    entry: Entry


def cut_segments(
    folder: Path,
    entries: Sequence[Entry],
    sound_of: Callable[[str], Path],
    *,
    pattern: str = PATTERN,
    kind: str = "wav",
) -> Iterator[Cut | Refusal]:
    """Write each segment to a file of its own in `folder`; yield what was written or refused, one by one.

    Args:
        folder: where to; a "/" in the pattern makes folders in it.
        entries: what to cut.
        sound_of: the path of an entry's recording.
        pattern: a name without its ending, with PARTS in braces, which may have a format: "{start:.3f}",
            "{number:04d}". `file` is the recording's name without its ending, `recording` that with its folders.
        kind: "wav" or "flac". FLAC has no floats: they become 24-bit integers.

    Raises:
        HumpcatError: the pattern is wrong, or a file cannot be written.
    """
    check_pattern(pattern)
    taken: dict[Path, set[str]] = {}
    for number, entry in enumerate(entries, 1):
        try:
            source = _open(sound_of(entry.file), entry)
        except HumpcatError as error:
            yield Refusal(f"{entry.file}, {entry.start:g} s", error.message)
            continue
        with source:
            *folders, name = _name(pattern, entry, number)
            path = _free_path(folder.joinpath(*folders), name, kind, taken)
            _copy(source, entry, path, kind)
        yield Cut(path, entry)


def check_pattern(pattern: str) -> None:
    """Refuse a pattern that makes no names.

    Raises:
        HumpcatError: it names a part that there is not, or gives one a format that it cannot have.
    """
    _name(pattern, Entry("recording.wav", 0.0, 1.0, "R1", "neutral"), 1)


def example_name(pattern: str, entry: Entry, number: int = 1, kind: str = "wav") -> str:
    """The name that a segment's file gets, unless it is taken.

    Raises:
        HumpcatError: as `check_pattern`.
    """
    return "/".join(_name(pattern, entry, number)) + f".{kind}"


def _name(pattern: str, entry: Entry, number: int) -> list[str]:
    """Folders and name, each safe: what the values hold cannot make a folder, only the pattern can."""
    file = PurePosixPath(entry.file)
    values: dict[str, str | int | float] = {
        "file": file.stem,
        "recording": str(file.with_suffix("")).strip("/"),
        "start": entry.start,
        "end": entry.end,
        "duration": entry.end - entry.start,
        "label": entry.label or _NO_LABEL,
        "rater": entry.tier,
        "number": number,
        "speaker": entry.speaker,
    }
    return [safe_name(_filled(part, values)) for part in pattern.split("/")]


def _filled(pattern: str, values: Mapping[str, str | int | float]) -> str:
    try:
        parsed = list(string.Formatter().parse(pattern))
        unknown = [name for _, name, _, _ in parsed if name is not None and name not in values]
        nested = any("{" in (spec or "") or conversion for _, _, spec, conversion in parsed)
        if not unknown and not nested:
            return "".join(
                text + ("" if name is None else format(values[name], spec or ""))
                for text, name, spec, _ in parsed
            )
    except ValueError as error:
        raise HumpcatError(f"The pattern {pattern!r} makes no names ({error}).", _hint()) from error
    raise HumpcatError(f"The pattern {pattern!r} makes no names.", _hint())


def _hint() -> str:
    return f"It can have {', '.join(f'{{{part}}}' for part in PARTS)}, and formats such as {{start:.2f}}."


def _free_path(folder: Path, name: str, kind: str, taken: dict[Path, set[str]]) -> Path:
    if folder not in taken:
        there = folder.iterdir() if folder.is_dir() else ()
        taken[folder] = {path.name.casefold().removesuffix(f".{kind}") for path in there}
    return folder / f"{unique_name(name, taken[folder])}.{kind}"


def _open(path: Path, entry: Entry) -> soundfile.SoundFile:
    info = read_info(path)  # its sentences are for people
    frames = round(entry.start * info.rate), round(entry.end * info.rate)
    if frames[0] == frames[1]:
        raise HumpcatError("It is shorter than one sample.")
    if frames[1] > info.frames + 1:
        raise HumpcatError(f"It ends after its recording, which is {info.duration:.2f} s long.")
    return soundfile.SoundFile(path if os.name == "nt" else os.fsencode(path))


def _copy(source: soundfile.SoundFile, entry: Entry, path: Path, kind: str) -> None:
    start, end = (min(round(time * source.samplerate), source.frames) for time in (entry.start, entry.end))
    subtype = _subtype(source, kind)
    dtype = "int32" if source.subtype in _INTEGERS and subtype in _INTEGERS else "float64"
    source.seek(start)
    with write_aside(path, sync=False) as aside:
        try:
            with soundfile.SoundFile(
                aside, "w", source.samplerate, source.channels, subtype, format=kind.upper()
            ) as target:
                while start < end and len(
                    block := source.read(min(_BLOCK, end - start), dtype, always_2d=True)
                ):
                    target.write(block)
                    start += len(block)
        except soundfile.LibsndfileError as error:
            raise HumpcatError(f"{path} cannot be written ({error.error_string}).", _other(kind)) from error


def _subtype(source: soundfile.SoundFile, kind: str) -> str:
    if _INTEGERS.get(source.subtype) == 8:
        return _EIGHT_BITS[kind.upper()]
    if soundfile.check_format(kind.upper(), source.subtype):
        return str(source.subtype)
    return "PCM_24" if source.subtype in ("FLOAT", "DOUBLE", "PCM_32") else _LOSSY


def _other(kind: str) -> str:
    return "Cut to WAV instead." if kind == "flac" else "Check the folder and the disk."
