"""Finding the audio that a table means, however it writes the path."""

from pathlib import Path, PurePosixPath

from .facts import Tree


class FileIndex:
    """The audio of a tree by whatever a table may call it: a path, a path's end, a name, a name without extension."""

    def __init__(self, tree: Tree) -> None:
        self._paths = {str(file.path) for file in tree.audio}
        self._by_name: dict[str, list[Path]] = {}
        for file in tree.audio:
            for name in {file.path.name.casefold(), file.stem.casefold()}:
                self._by_name.setdefault(name, []).append(file.path)

    def find(self, cell: str, folder: Path) -> Path | None:
        """The file that a cell of a table in `folder` means; None where there is none, or several could be meant."""
        written = PurePosixPath(cell.strip().replace("\\", "/"))
        if not written.name:
            return None
        stated = folder / written
        if str(stated) in self._paths or stated.is_file():
            return stated
        found = self._by_name.get(written.name.casefold()) or self._by_name.get(written.stem.casefold(), [])
        if len(found) > 1:  # told apart by the folders that the table writes
            parents = tuple(part.casefold() for part in written.parent.parts if part not in (".", "..", "/"))
            found = [each for each in found if _ends(each, parents)]
        return found[0] if len(found) == 1 else None


def _ends(path: Path, parents: tuple[str, ...]) -> bool:
    inside = tuple(part.casefold() for part in path.parent.parts)
    return bool(parents) and inside[-len(parents) :] == parents
