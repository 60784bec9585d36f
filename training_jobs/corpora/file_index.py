"""Finding the audio that a table means, however it writes the path."""

import os.path
from itertools import takewhile
from pathlib import Path, PurePosixPath

from .facts import Tree
from .tree import list_tree


class FileIndex:
    """The audio of a tree by whatever a table may call it: a path, a path's end, a name, a name without extension.

    Without a tree, what lies below `root` is only listed once a path is met at which there is no file: a manifest with
    whole paths may lie at the top of a disk.
    """

    def __init__(self, root: Path, tree: Tree | None = None) -> None:
        self._root, self._tree = root, tree
        self._paths = {str(file.path) for file in tree.audio} if tree else set()
        self._names: dict[str, list[Path]] = {}

    def find(self, cell: str, folder: Path) -> Path | None:
        """The file that a cell of a table in `folder` means; None where there is none, or several could be meant.

        Of several files of one name it is the one whose folders agree with the longest end of the path as written.
        """
        written = PurePosixPath(cell.replace("\\", "/"))
        if not written.name:
            return None
        for stated in dict.fromkeys((folder / cell, folder / written)):
            # os.path's isfile has no error, whatever the cell is.
            if str(stated) in self._paths or os.path.isfile(stated):
                return stated
        names = self._by_name()
        found = names.get(written.name.casefold()) or names.get(written.stem.casefold(), [])
        if len(found) > 1:
            agreeing = [_agreement(path, written) for path in found]
            found = [path for path, parts in zip(found, agreeing, strict=True) if parts == max(agreeing)]
        return found[0] if len(found) == 1 else None

    def _by_name(self) -> dict[str, list[Path]]:
        if not self._names:
            self._tree = self._tree or list_tree(self._root)
            for file in self._tree.audio:
                for name in {file.path.name.casefold(), file.stem.casefold()}:
                    self._names.setdefault(name, []).append(file.path)
        return self._names


def _agreement(path: Path, written: PurePosixPath) -> int:
    """How many of the folders next to the name are the same in both."""
    pairs = zip(reversed(path.absolute().parent.parts), reversed(written.parent.parts), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0].casefold() == pair[1].casefold(), pairs))
