"""The rows of a project, one class for each table, and how they are written into SQLite.

Rows are values: an edit replaces one row by another. A row's `id` is given by the project and never used again.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from ..facts import WindowPrediction

HUMAN, GOLD = "human", "gold"  # kinds of raters: a person, and what was decided between several of them
BY_HAND, ACCEPTED, CORRECTED, IMPORTED, ADJUDICATED, COPIED = (
    "human",
    "accepted",
    "corrected",
    "imported",
    "adjudicated",
    "copied",
)

# File names are bytes, and SQLite's text is UTF-8: bytes that are not, which Python holds as lone surrogates, are kept
# as characters for private use.
_BYTES_TO_TEXT = {0xDC00 + byte: 0x10FE00 + byte for byte in range(0x80, 0x100)}
_TEXT_TO_BYTES = {there: here for here, there in _BYTES_TO_TEXT.items()}


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording of the project: where its file is, and by what it is known when that moves.

    Attributes:
        path: absolute in memory; in the file relative to the project where possible.
        content_hash: SHA-256 of the file, empty until it was computed.
        size: bytes.
        frames: length in samples of one channel, at `rate` Hz.
        speaker: empty when unknown.
    """

    table: ClassVar[str] = "recordings"
    id: int
    path: Path
    content_hash: str
    size: int
    rate: int
    channels: int
    frames: int
    speaker: str = ""

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate


@dataclass(frozen=True, slots=True)
class RaterRow:
    """Who annotates: a person, or the gold tier that holds what was decided between persons."""

    table: ClassVar[str] = "raters"
    id: int
    name: str
    kind: str = HUMAN


@dataclass(frozen=True, slots=True)
class AnnotationRow:
    """A segment on a rater's tier, and what the rater says of it.

    Attributes:
        start, end: samples of the recording; `end` is not included.
        label: None while nobody said anything.
        valence, arousal, dominance: 1 to 7, or None.
        origin: how the label came about: `human`, `accepted` or `corrected` (a model's suggestion), `imported`,
            `adjudicated`, `copied`.
        changed: seconds since 1970, UTC.
    """

    table: ClassVar[str] = "annotations"
    id: int
    recording: int
    rater: int
    start: int
    end: int
    label: str | None = None
    valence: int | None = None
    arousal: int | None = None
    dominance: int | None = None
    note: str = ""
    unsure: bool = False
    origin: str = BY_HAND
    changed: float = 0.0

    @property
    def span(self) -> tuple[int, int]:
        """Start and end in samples."""
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """What a model says of a stretch of a recording (samples); never a rater's doing."""

    table: ClassVar[str] = "predictions"
    id: int
    recording: int
    start: int
    end: int
    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    windows: tuple[WindowPrediction, ...]
    model_name: str
    model_id: str
    device: str = ""
    precision: str = ""
    changed: float = 0.0

    @property
    def span(self) -> tuple[int, int]:
        """Start and end in samples."""
        return self.start, self.end

    @property
    def confidence(self) -> float:
        """The most probable label's probability."""
        return max(self.probabilities)

    @property
    def label(self) -> str:
        """The most probable label."""
        return self.labels[self.probabilities.index(self.confidence)]


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One of the project's settings: the label scheme, the device, the model, as JSON."""

    table: ClassVar[str] = "settings"
    id: str
    value: str


Row = RecordingRow | RaterRow | AnnotationRow | PredictionRow | SettingRow
ROWS: tuple[type[Row], ...] = (RecordingRow, RaterRow, AnnotationRow, PredictionRow, SettingRow)


def columns(kind: type[Row]) -> tuple[str, ...]:
    """The table's columns, in the order of the row's fields."""
    return tuple(field.name for field in fields(kind))


def to_columns(row: Row, folder: Path, names: Iterable[str]) -> tuple[Any, ...]:
    """These fields of a row as SQLite takes them; paths relative to the project's `folder` where possible."""
    return tuple(_to_column(getattr(row, name), folder) for name in names)


def from_columns(kind: type[Row], values: tuple[Any, ...], folder: Path) -> Row:
    """A row as SQLite gives it.

    Raises:
        ValueError, TypeError, KeyError: what stands there was not written by this program.
    """
    named = dict(zip(columns(kind), values, strict=True))
    if kind is RecordingRow:
        named["path"] = resolve(named["path"], folder)
    elif kind is AnnotationRow:
        named["unsure"] = bool(named["unsure"])
    elif kind is PredictionRow:
        named["labels"] = tuple(json.loads(named["labels"]))
        named["probabilities"] = tuple(json.loads(named["probabilities"]))
        named["windows"] = tuple(_window(each) for each in json.loads(named["windows"]))
        if not named["probabilities"] or len(named["labels"]) != len(named["probabilities"]):
            raise ValueError("a prediction without a probability for each label")
    elif kind is SettingRow:
        json.loads(named["value"])
    return kind(**named)


def relative(path: Path, folder: Path) -> str:
    """A path as the project's file keeps it: relative to its folder unless only the root is common."""
    return _relative(path, folder).translate(_BYTES_TO_TEXT)


def resolve(stored: str, folder: Path) -> Path:
    """The absolute path of what `relative` wrote."""
    return Path(os.path.normpath(folder / stored.translate(_TEXT_TO_BYTES)))


def _relative(path: Path, folder: Path) -> str:
    try:
        common = os.path.commonpath([path, folder])
    except ValueError:  # different drives
        return str(path)
    if common == os.path.splitdrive(common)[0] + os.sep:
        return str(path)
    return PurePosixPath(*Path(os.path.relpath(path, folder)).parts).as_posix()


def _to_column(value: Any, folder: Path) -> Any:
    if isinstance(value, Path):
        return relative(value, folder)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, tuple):
        return json.dumps([_plain(each) for each in value])
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, WindowPrediction):
        return [value.start, value.end, list(value.probabilities)]
    return value


def _window(found: Any) -> WindowPrediction:
    start, end, probabilities = found
    return WindowPrediction(float(start), float(end), tuple(map(float, probabilities)))


def setting_value(rows: Mapping[str, SettingRow], name: str, default: Any) -> Any:
    """A setting's value, or the default."""
    row = rows.get(name)
    return default if row is None else json.loads(row.value)
