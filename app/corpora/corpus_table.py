"""A corpus in columns: 100 000 objects would stop the window for as long as they take to arrive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Asked:
    """What to read, and how.

    Attributes:
        sources: folders, tables or projects.
        corpus: the convention, where it was named.
        changes: labels of single words.
        label_map: a file in place of the built-in map.
    """

    sources: tuple[Path, ...]
    corpus: str | None = None
    changes: Mapping[str, str] | None = None
    label_map: Path | None = None


@dataclass(frozen=True, slots=True)
class WordRow:
    """One of the corpus' own words, its label ("" leaves it out), and how many utterances have it."""

    word: str
    label: str
    utterances: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """What one folder or table was taken for, and why."""

    source: str
    name: str
    title: str
    confidence: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Files that give no utterance, by why, with the first few of them."""

    reason: str
    count: int
    examples: tuple[str, ...]
    harmless: bool = False  # no audio, or left about by the system


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems of one kind: what they are, what to do, and each one's rows of the table with what was measured."""

    kind: str
    title: str
    todo: str
    found: tuple[tuple[tuple[int, ...], str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class CorpusTable:
    """One row for each utterance.

    Attributes:
        recognised: of each source.
        folder: what all shown file names are relative to.
        files: names as shown.
        starts, ends: (n,) seconds; NaN: the file's own.
        seconds: (n,) lengths.
        labels, label: names, and (n,) index of each row's.
        speakers, speaker: ids, the first of which is "" for unknown, and (n,) index of each row's.
        words: the corpus' own words.
        left_out: what gives no utterance.
        facts: sentences on rates, channels, formats.
        labels_of_speakers: (speakers, labels) counts.
    """

    recognised: tuple[Recognised, ...]
    folder: str
    files: tuple[str, ...]
    starts: npt.NDArray[np.float64]
    ends: npt.NDArray[np.float64]
    seconds: npt.NDArray[np.float32]
    labels: tuple[str, ...]
    label: npt.NDArray[np.int32]
    speakers: tuple[str, ...]
    speaker: npt.NDArray[np.int32]
    words: tuple[WordRow, ...]
    left_out: tuple[LeftOut, ...] = ()
    facts: tuple[str, ...] = ()
    labels_of_speakers: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((1, 0), np.int64))

    def __len__(self) -> int:
        return len(self.files)

    @property
    def label_counts(self) -> list[tuple[str, int]]:
        """Utterances of each label, most frequent first."""
        return _counted(self.labels, self.label)

    @property
    def speaker_counts(self) -> list[tuple[str, int]]:
        """Utterances of each known speaker, most first."""
        return [(name, count) for name, count in _counted(self.speakers, self.speaker) if name]

    @property
    def unknown_speakers(self) -> int:
        """How many utterances have an unknown speaker."""
        return int((self.speaker == 0).sum())


def codes(values: Sequence[str], first: Sequence[str] = ()) -> tuple[tuple[str, ...], npt.NDArray[np.int32]]:
    """The different values, `first` before the others in their order, and the index of each value."""
    names = dict.fromkeys([*first, *sorted(set(values) - set(first))])
    place = {name: at for at, name in enumerate(names)}
    return tuple(names), np.array([place[value] for value in values], dtype=np.int32)


def _counted(names: Sequence[str], index: npt.NDArray[np.int32]) -> list[tuple[str, int]]:
    counts = np.bincount(index, minlength=len(names))
    return sorted(((name, int(counts[at])) for at, name in enumerate(names)), key=lambda each: -each[1])
