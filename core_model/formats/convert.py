"""From any format to any other, and the finding of the recordings that files name."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..audio import EXTENSIONS, read_info
from ..errors import HumpcatError
from .entry import Assumed, Entry, Found, Refusal, Sound
from .exporting import makes_folder, plan_export, write_export
from .registry import Format, Options, format_to_write, guess_format, lost_fields


@dataclass(frozen=True, slots=True)
class Converted:
    """What a conversion did: the files written, how many entries, what was refused, and which fields were lost."""

    written: tuple[Path, ...]
    entries: int
    refused: tuple[Refusal, ...]
    lost: tuple[str, ...]


def convert(
    source: Path,
    target: Path,
    *,
    to: Format | None = None,
    of: Format | None = None,
    options: Options = Options(),  # noqa: B008 - frozen
    tier: str = "R1",
) -> Converted:
    """Read `source`, a file or a folder of them, and write it to `target` in another format.

    How long recordings are is asked of themselves or, where they are not found, taken from their last segment's end.

    Args:
        source: a file of any format, an audformat database, or a folder with files of one format.
        target: a file or a folder; see `plan_export`.
        to: the format to write; by the name of `target` unless given.
        of: the format to read; by its content unless given.
        options: how to write.
        tier: the rater, where the source names none.

    Raises:
        HumpcatError: the source cannot be read, or the target cannot be written.
    """
    to = to or format_to_write(target)
    found = read_entries(source, of, tier=tier)
    home = target if makes_folder(to, target) else target.parent
    entries = _seen_from(found.entries, _folder_of(source), home)
    files = plan_export(target, to, entries, sounds_of(entries, home))
    if len(files) == 1 and not options.tiers:
        options = replace(options, tiers=found.tiers)  # the empty ones, too
    write_export(files, to, options)
    lost = tuple(lost_fields(to, entries))
    return Converted(tuple(file.path for file in files), len(entries), found.refused, lost)


def read_entries(source: Path, of: Format | None = None, *, tier: str = "R1") -> Found:
    """Read a file or database of any format, or all files of a folder that are of the format `of`.

    Recordings that a file names without their ending, or is only named after, are named in full where they lie beside
    it; and of a label track "talk.R2.txt" beside "talk.wav" the rater is R2.

    Raises:
        HumpcatError: it cannot be read, or is of no known format.
    """
    if source.is_dir() and of is not None and of.extensions:
        paths = sorted(path for path in source.rglob("*") if of.ends(path) and path.is_file())
        if not paths:
            raise HumpcatError(
                f"The folder {source} holds no file that ends in {' or '.join(of.extensions)}."
            )
        return _joined(_read_or_refuse(path, of, tier, path.parent.relative_to(source)) for path in paths)
    return _read(source, of or guess_format(source), tier, Path())


def sounds_of(entries: Iterable[Entry], folder: Path) -> tuple[Sound, ...]:
    """What is known of the entries' recordings, where they can be read; `folder` is what relative files start from."""
    sounds = []
    for file in dict.fromkeys(entry.file for entry in entries):
        try:
            info = read_info(folder / file)
        except HumpcatError:
            continue
        sounds.append(Sound(file, info.duration, info.rate))
    return tuple(sounds)


def _read(path: Path, kind: Format, tier: str, below: Path) -> Found:
    folder = _folder_of(path)
    found = kind.read(path, Assumed(tier=tier, duration_of=lambda file: _duration(folder / file)))
    named: dict[str, tuple[str, str]] = {}
    entries = []
    for entry in found.entries:
        if entry.file not in named:
            named[entry.file] = _recording(folder, entry.file, kind)
        file, rater = named[entry.file]
        entries.append(replace(entry, file=_below(below, file), tier=rater or entry.tier))
    raters = {rater for _, rater in named.values() if rater}
    refused = [Refusal(f"{path.name}, {each.where}", each.why) for each in found.refused]
    return Found(tuple(entries), tuple(refused), tuple(raters) or found.tiers)


def _read_or_refuse(path: Path, kind: Format, tier: str, below: Path) -> Found:
    try:
        return _read(path, kind, tier, below)
    except HumpcatError as error:
        return Found((), (Refusal(str(path), error.message),))


def _recording(folder: Path, file: str, kind: Format) -> tuple[str, str]:
    """The recording's file as it lies in the folder, and the rater where the name tells it."""
    stem, _, rater = file.rpartition(".")
    for name, told in ((file, ""), (stem, rater)):
        for ending in ("", *EXTENSIONS):
            if name and (folder / f"{name}{ending}").is_file():
                return f"{name}{ending}", told if kind.holds == "tier" and ending else ""
    return file, ""


def _duration(path: Path) -> float | None:
    try:
        return read_info(path).duration
    except HumpcatError:
        return None


def _below(folder: Path, file: str) -> str:
    return os.path.normpath(folder / file).replace(os.sep, "/")


def _folder_of(source: Path) -> Path:
    return source if source.is_dir() else source.parent


def _joined(every: Iterable[Found]) -> Found:
    all_ = list(every)
    return Found(
        tuple(entry for found in all_ for entry in found.entries),
        tuple(refusal for found in all_ for refusal in found.refused),
        tuple(dict.fromkeys(tier for found in all_ for tier in found.tiers)),
    )


def _seen_from(entries: Sequence[Entry], old: Path, new: Path) -> tuple[Entry, ...]:
    """The entries with recordings that are there named from the new folder: relative inside it, else absolute."""
    if old.resolve() == new.resolve():
        return tuple(entries)
    seen: dict[str, str] = {}
    for file in {entry.file for entry in entries}:
        path = (old / file).resolve()
        inside = path.is_relative_to(new.resolve())
        seen[file] = file
        if path.is_file():
            seen[file] = (path.relative_to(new.resolve()) if inside else path).as_posix()
    return tuple(replace(entry, file=seen[entry.file]) for entry in entries)
