"""Listing what lies below a folder, without opening any file."""

import os
from collections.abc import Iterator
from pathlib import Path

from core_model.audio import EXTENSIONS

from .facts import AudioFile, Tree

_EXTENSIONS = frozenset(EXTENSIONS)
_STRAYS = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_STRAY_FOLDER = "__MACOSX"


def list_tree(root: Path) -> Tree:
    """List a folder and all below it, folders that it links to among them.

    Audio is told by its extension, in any letter case. Hidden files, those in hidden folders, and the companions that
    macOS and Windows leave about (`._a.wav`, `.DS_Store`, `Thumbs.db`) are strays; a folder that may not be entered is
    named in `closed`, and in `linked` a link to what is listed already, or to what holds it.
    """
    audio: list[AudioFile] = []
    others: list[Path] = []
    strays: list[Path] = []
    closed: list[Path] = []
    linked: list[Path] = []
    for here, names in _walk(root, closed, linked):
        inside = here.relative_to(root).parts
        hidden = any(part.startswith(".") or part == _STRAY_FOLDER for part in inside)
        for name in names:
            stem, extension = os.path.splitext(name)
            path = here / name
            if hidden or name.startswith(".") or name.lower() in _STRAYS:
                strays.append(path)
            elif extension.lower() in _EXTENSIONS:
                audio.append(AudioFile(path, stem, inside))
            else:
                others.append(path)
    audio.sort(key=lambda file: (file.folders, file.path.name))
    return Tree(root, tuple(audio), *(tuple(sorted(each)) for each in (others, strays, closed, linked)))


def _walk(root: Path, closed: list[Path], linked: list[Path]) -> Iterator[tuple[Path, list[str]]]:
    """Each folder with the names of its files: first those that are really there, then those behind links."""
    seen: list[str] = []
    starts = [root]
    for start in starts:  # grows while links are found
        real = os.path.realpath(start)
        if any(os.path.commonpath((real, other)) in (real, other) for other in seen):
            linked.append(start)
            continue
        seen.append(real)
        for folder, inner, names in os.walk(start, onerror=lambda error: closed.append(Path(error.filename))):
            yield Path(folder), names
            starts += [Path(folder, name) for name in inner if os.path.islink(os.path.join(folder, name))]
