"""Which files an export makes, and the writing of all of them or none."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ..errors import HumpcatError
from .entry import Entry, Sound
from .registry import Format, Options
from .safe_names import safe_name, unique_name
from .together import write_together


@dataclass(frozen=True, slots=True)
class ToWrite:
    """A file to be written: where, and what into it."""

    path: Path
    entries: tuple[Entry, ...]
    sounds: tuple[Sound, ...]


def plan_export(
    target: Path, kind: Format, entries: Sequence[Entry], sounds: Sequence[Sound]
) -> tuple[ToWrite, ...]:
    """The files that an export makes, none of them written yet, so that somebody can be asked about those in the way.

    A format that holds all recordings makes `target` itself. Else `target` is a folder with a file for each recording
    (and rater, where a file holds one), below it as the recordings are below theirs; or the one file, where it ends as
    files of the format do.

    Args:
        target: a file or a folder, as the format has it.
        kind: the format.
        entries: what to export; their files are absolute, or relative to the folder of the export.
        sounds: the recordings, also those without entries.

    Raises:
        HumpcatError: `target` is one file, and there are several to write.
    """
    if kind.holds == "project":
        return (ToWrite(target, tuple(entries), tuple(sounds)),)
    groups = _groups(kind, entries, sounds)
    if not makes_folder(kind, target):
        if len(groups) > 1:
            raise HumpcatError(
                f"{kind.words}: {len(groups)} files are needed, and {target.name} is one.", "Give a folder."
            )
        return tuple(ToWrite(target, tuple(group), _of(sounds, file)) for (file, _), group in groups.items())
    several = len({tier for _, tier in groups}) > 1
    taken: dict[Path, set[str]] = {}
    files = []
    for (file, tier), group in groups.items():
        folder, stem = _place(file)
        name = safe_name(f"{stem}.{tier}" if several and tier else stem)
        unique = unique_name(name, taken.setdefault(folder, set())) + kind.extensions[0]
        files.append(_moved(ToWrite(target / folder / unique, tuple(group), _of(sounds, file)), file, folder))
    return tuple(files)


def makes_folder(kind: Format, target: Path) -> bool:
    """Whether an export to `target` makes a folder of files, or one file."""
    return not kind.extensions or (kind.holds != "project" and not kind.ends(target))


def write_export(files: Sequence[ToWrite], kind: Format, options: Options = Options()) -> None:  # noqa: B008 - frozen
    """Write what was planned: all files, or none.

    Raises:
        HumpcatError: one of them cannot be written.
    """
    if len(files) == 1:
        kind.write(files[0].path, files[0].entries, files[0].sounds, options)
    elif files:
        folder = Path(*_common_parts([file.path.parent for file in files]))
        with write_together(folder) as aside:
            for file in files:
                kind.write(aside / file.path.relative_to(folder), file.entries, file.sounds, options)


def _groups(
    kind: Format, entries: Sequence[Entry], sounds: Sequence[Sound]
) -> dict[tuple[str, str], list[Entry]]:
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.file, "" if kind.tiers else entry.tier), []).append(entry)
    files = {file for file, _ in groups}
    return groups | {(sound.file, ""): [] for sound in sounds if sound.file not in files}


def _of(sounds: Sequence[Sound], file: str) -> tuple[Sound, ...]:
    return tuple(sound for sound in sounds if sound.file == file)


def _place(file: str) -> tuple[Path, str]:
    """The folder below the target's, and the name without its ending; a recording elsewhere has no folder here."""
    path = PurePosixPath(file)
    inside = not path.is_absolute() and ".." not in path.parts and ":" not in file
    return Path(*(safe_name(part) for part in path.parts[:-1])) if inside else Path(), path.stem


def _moved(planned: ToWrite, file: str, folder: Path) -> ToWrite:
    """The file with its recording named as it is seen from its own folder."""
    if not folder.parts:
        return planned
    seen = posixpath.relpath(file, folder.as_posix())
    return ToWrite(
        planned.path,
        tuple(replace(entry, file=seen) for entry in planned.entries),
        tuple(replace(sound, file=seen) for sound in planned.sounds),
    )


def _common_parts(folders: Sequence[Path]) -> list[str]:
    common = []
    for parts in zip(*(folder.parts for folder in folders), strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return common
