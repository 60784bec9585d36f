"""Listing what lies below a folder, without opening any file."""

import os
from pathlib import Path

from core_model.audio import EXTENSIONS

from .facts import AudioFile, Tree

_EXTENSIONS = frozenset(EXTENSIONS)
_STRAYS = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_STRAY_FOLDER = "__MACOSX"


def list_tree(root: Path) -> Tree:
    """List a folder and all below it; links to folders are not followed, for they may lead in a circle.

    Audio is told by its extension, in any letter case. Hidden files, those in hidden folders, and the companions that
    macOS and Windows leave about (`._a.wav`, `.DS_Store`, `Thumbs.db`) are strays; a folder that may not be entered is
    named in `closed`.
    """
    audio: list[AudioFile] = []
    others: list[Path] = []
    strays: list[Path] = []
    closed: list[Path] = []
    for folder, _, names in os.walk(root, onerror=lambda error: closed.append(Path(error.filename))):
        here = Path(folder)
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
    return Tree(root, tuple(audio), *(tuple(sorted(each)) for each in (others, strays, closed)))
