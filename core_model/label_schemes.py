"""Label schemes for people: labels with colours and keys, and whether valence, arousal and dominance are rated."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from .errors import HumpcatError
from .folders import resources_folder
from .labels import COLOURS, FURTHER_COLOURS, colour_of

KEYS = "123456789"
RATINGS = ("valence", "arousal", "dominance")
LOWEST, HIGHEST = 1, 7  # of a rating


@dataclass(frozen=True, slots=True)
class SchemeLabel:
    """A label: its name, its colour as #RRGGBB, and the key that gives it (one of 1 to 9, or none)."""

    name: str
    colour: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class AnnotationScheme:
    """What a rater may say of a segment.

    Raises:
        HumpcatError: no label, two of one name or key, an empty name, a colour that is none.
    """

    name: str
    labels: tuple[SchemeLabel, ...]
    ratings: bool = False

    def __post_init__(self) -> None:
        names = [label.name for label in self.labels]
        keys = [label.key for label in self.labels if label.key]
        if not names or not all(name.strip() == name and name for name in names):
            raise HumpcatError(
                "A label scheme needs labels, each with a name.", "Give every row a name, or remove it."
            )
        if twice := _twice(names):
            raise HumpcatError(f"The label {twice} is in the scheme twice.", "Rename one of the two.")
        if twice := _twice(keys):
            raise HumpcatError(
                f"The key {twice} belongs to two labels.", "Give one of them another key, or none."
            )
        for label in self.labels:
            if label.key and label.key not in tuple(KEYS):
                raise HumpcatError(f"{label.key} cannot be a label's key.", "Keys are 1 to 9.")
            if not _is_colour(label.colour):
                raise HumpcatError(f"{label.colour} is no colour.", "Write it as #RRGGBB.")

    @property
    def names(self) -> tuple[str, ...]:
        """The labels' names, in order."""
        return tuple(label.name for label in self.labels)

    def colour_of(self, label: str) -> str:
        """A label's colour; one that is not in the scheme has the program's usual one."""
        return next((each.colour for each in self.labels if each.name == label), colour_of(label))

    def label_with(self, key: str) -> str | None:
        """The label that a key gives."""
        return next((each.name for each in self.labels if key and each.key == key), None)

    def to_json(self) -> dict[str, Any]:
        """As `from_json` reads it."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """Read a scheme.

        Raises:
            HumpcatError: it is not one.
        """
        try:
            labels = tuple(
                SchemeLabel(str(each["name"]), str(each["colour"]), str(each.get("key", "")))
                for each in found["labels"]
            )
            return cls(str(found["name"]), labels, bool(found.get("ratings", False)))
        except (KeyError, TypeError, AttributeError) as error:
            raise HumpcatError(
                f"This is no label scheme ({type(error).__name__}: {error}).",
                "Make one with the program, or look at those in resources/label_schemes.",
            ) from error

    def with_labels(self, names: Iterable[str]) -> Self:
        """The scheme with further labels, in colours and with keys that are still free."""
        labels = list(self.labels)
        for name in names:
            if name not in {label.name for label in labels}:
                labels.append(SchemeLabel(name, _free_colour(name, labels), _free_key(labels)))
        return replace(self, labels=tuple(labels))


def scheme_of(name: str, labels: Iterable[str], ratings: bool = False) -> AnnotationScheme:
    """A scheme of these labels in the usual colours, with the keys 1 to 9 in order."""
    names = list(dict.fromkeys(labels))
    if not names:
        return AnnotationScheme(name, ())
    first = SchemeLabel(names[0], _free_colour(names[0], []), KEYS[0])
    return AnnotationScheme(name, (first,), ratings).with_labels(names[1:])


def built_in_schemes() -> list[AnnotationScheme]:
    """The schemes that come with the program, the first of them the one for new projects."""
    return [read_scheme(path) for path in sorted((resources_folder() / "label_schemes").glob("*.json"))]


def read_scheme(path: Path) -> AnnotationScheme:
    """Read a scheme's file.

    Raises:
        HumpcatError: it cannot be read, or is none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HumpcatError(f"{path.name} cannot be read as a label scheme ({error}).") from error
    return AnnotationScheme.from_json(found if isinstance(found, dict) else {})


def _free_colour(name: str, labels: Iterable[SchemeLabel]) -> str:
    taken = {label.colour for label in labels}
    usual = colour_of(name)
    wanted = (usual, *FURTHER_COLOURS, *COLOURS.values())
    return next((colour for colour in wanted if colour not in taken), usual)


def _free_key(labels: Iterable[SchemeLabel]) -> str:
    taken = {label.key for label in labels}
    return next((key for key in KEYS if key not in taken), "")


def _twice(values: list[str]) -> str:
    return next((value for value in values if values.count(value) > 1), "")


def _is_colour(text: str) -> bool:
    return len(text) == 7 and text[0] == "#" and all(each in "0123456789abcdefABCDEF" for each in text[1:])
