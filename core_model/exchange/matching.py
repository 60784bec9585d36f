"""Which recording of a project a file of annotations means: by its path, by the end of its path, or by its name."""

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path, PurePosixPath

from ..audio import EXTENSIONS, read_info
from ..errors import HumpcatError
from ..project.rows import RecordingRow

UNKNOWN = "The recording is not in the project."
AMBIGUOUS = "Several recordings of the project could be meant."
_WHOLE_PATH = 1_000  # more folders than any path has


@dataclass(frozen=True, slots=True)
class Match:
    """What a name in a file means.

    Attributes:
        recording: of the project; None where there is none.
        beside: audio that is not in the project, found where the file says.
        agreement: how many folders of the path agree; a whole path that is right outdoes any.
        rater: what the name of a file that holds one rater's segments tells of that rater.
        why: why there is no recording.
    """

    recording: RecordingRow | None = None
    beside: Path | None = None
    agreement: int = 0
    rater: str = ""
    why: str = ""


class Matcher:
    """Looks recordings up, whatever a file calls them; each name of a folder once."""

    def __init__(self, recordings: Iterable[RecordingRow]) -> None:
        self._by_path: dict[Path, RecordingRow] = {}
        self._by_name: defaultdict[str, list[RecordingRow]] = defaultdict(list)
        for row in recordings:
            self._by_path[row.path] = row
            for name in {_fold(row.path.name), _fold(row.path.stem)}:
                self._by_name[name].append(row)
        self._known: dict[tuple[str, Path, bool, bool], Match] = {}

    def find(self, file: str, folder: Path, *, alone: bool, one_rater: bool = False) -> Match:
        """The recording of a name.

        Args:
            file: as it stands in a file of annotations; with or without its ending.
            folder: where that file lies, absolute.
            alone: whether the file is of one recording, so that its own folders tell, too, which one it is.
            one_rater: whether the file is of one rater, so that "talk.R2" may be R2's of "talk.wav".
        """
        key = (file, folder, alone, one_rater)
        if key not in self._known:
            self._known[key] = self._find(*key)
        return self._known[key]

    def duration(self, file: str, folder: Path) -> float | None:
        """A recording's length in seconds, of the project or beside the file; None where it is not known."""
        match = self.find(file, folder, alone=False)
        if match.recording is not None:
            return match.recording.duration
        try:
            return read_info(match.beside).duration if match.beside is not None else None
        except HumpcatError:
            return None

    def _find(self, file: str, folder: Path, alone: bool, one_rater: bool) -> Match:
        whole = self._named(file, folder, alone)
        if whole.why != UNKNOWN or not one_rater:
            return whole
        dots = [at for at, letter in enumerate(file) if letter == "." and 0 < at < len(file) - 1]
        for at in reversed(dots):  # a rater's name may have one, too
            part = self._named(file[:at], folder, alone)
            if not part.why:
                return replace(part, rater=file[at + 1 :])
        return whole

    def _named(self, file: str, folder: Path, alone: bool) -> Match:
        stated = [Path(os.path.normpath(folder / f"{file}{ending}")) for ending in ("", *EXTENSIONS)]
        for path in stated:
            if path in self._by_path:
                return Match(self._by_path[path], agreement=_WHOLE_PATH)
        beside = next((path for path in stated if os.path.isfile(path)), None)
        match = self._by_end(file, folder if alone else Path())
        if beside is not None and not _same_size(match.recording, beside):
            return Match(beside=beside, agreement=_WHOLE_PATH)
        return match

    def _by_end(self, file: str, folder: Path) -> Match:
        """Of several recordings of one name that whose folders agree with the longest end of the path."""
        written = PurePosixPath(file)
        name = _fold(written.name)
        stem = _fold(written.stem) if written.suffix.lower() in EXTENSIONS else name
        found = self._by_name.get(name) or self._by_name.get(stem, [])
        if not found:
            return Match(why=UNKNOWN)
        folders = (*folder.parts, *written.parent.parts)
        agreeing = [_agreement(row.path.parent.parts, folders) for row in found]
        best = [row for row, count in zip(found, agreeing, strict=True) if count == max(agreeing)]
        return Match(best[0], agreement=max(agreeing)) if len(best) == 1 else Match(why=AMBIGUOUS)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _agreement(folders: Iterable[str], others: Iterable[str]) -> int:
    pairs = zip(reversed(tuple(folders)), reversed(tuple(others)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: _fold(pair[0]) == _fold(pair[1]), pairs))


def _same_size(row: RecordingRow | None, path: Path) -> bool:
    """Whether the file beside is, as far as one sees, a copy of the project's recording."""
    return row is not None and path.stat().st_size == row.size
