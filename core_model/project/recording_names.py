"""What recordings are called where people read it: files' names, told apart by their folders where they are alike."""

from pathlib import Path


class RecordingNames:
    """Names of a set of files; corpora with a folder for each speaker often have the same names in all of them."""

    def __init__(self) -> None:
        self._alike: dict[str, set[Path]] = {}
        self._depths: dict[str, int] = {}  # parts of the paths that tell those of one name apart

    def add(self, path: Path) -> None:
        """One more file; added twice is there once."""
        self._alike.setdefault(path.name, set()).add(path)
        self._depths.pop(path.name, None)

    def discard(self, path: Path) -> None:
        """Without this file, if it was there."""
        self._alike.get(path.name, set()).discard(path)
        self._depths.pop(path.name, None)

    def alike(self, path: Path) -> frozenset[Path]:
        """The files of the same name."""
        return frozenset(self._alike.get(path.name, ()))

    def of(self, path: Path) -> str:
        """`a.wav`, or `anna/a.wav` where there is another `a.wav`; all of one name have the same number of parts."""
        if path.name not in self._depths:
            self._depths[path.name] = _depth(self._alike.get(path.name, set()))
        depth = self._depths[path.name]
        return str(path) if depth >= len(path.parts) else "/".join(path.parts[-depth:])


def _depth(paths: set[Path]) -> int:
    depth = 1
    while len({path.parts[-depth:] for path in paths}) < len(paths):
        depth += 1
    return depth
