"""From a corpus' own words to our labels: tables that people can see, edit and give."""

import csv
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from core_model.errors import HumpcatError
from core_model.files import write_aside
from core_model.folders import resources_folder

COLUMNS = ("word", "label")
LEFT_OUT = ""
WORDS = "words"  # the built-in map of label words in several languages


@dataclass(frozen=True, slots=True)
class LabelMap:
    """A corpus' own words and our labels for them; the label "" leaves a word out.

    Attributes:
        name: of a built-in map, or of the file.
        labels: label by word, as written; words are compared without regard to letter case and to `_` for a space.
    """

    name: str
    labels: Mapping[str, str]
    _unmarked: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_unmarked", {unmarked(word): label for word, label in self.labels.items()})

    def label_of(self, word: str) -> str | None:
        """Our label for a word, "" where it is left out, None where the map does not have it.

        A word that the map lacks is looked up again without accents: names of folders and files often lost theirs.
        """
        label = self.labels.get(fold(word))
        return self._unmarked.get(unmarked(word)) if label is None else label

    def changed_by(self, changes: Mapping[str, str]) -> "LabelMap":
        """The map with the labels of single words changed or added."""
        folded = {fold(word): label.strip() for word, label in changes.items()}
        return replace(self, labels={**self.labels, **folded})

    def with_own(self, words: Iterable[str]) -> "LabelMap":
        """The map with those words that it lacks as labels of their own, as the first of them is written."""
        own: dict[str, str] = {}
        for word in words:
            if self.label_of(word) is None:
                own.setdefault(fold(word), word.strip())
        return replace(self, labels=own | dict(self.labels))


def fold(word: str) -> str:
    """A word as it is compared: composed, in small letters, `_` as a space."""
    return " ".join(unicodedata.normalize("NFC", word).casefold().replace("_", " ").split())


def unmarked(word: str) -> str:
    """A folded word without the accents on its letters (colère as colere); other scripts keep all marks."""
    parts = unicodedata.normalize("NFD", fold(word))
    return "".join(part for part in parts if not "\u0300" <= part <= "\u036f")


def built_in(name: str) -> LabelMap:
    """The map that ships for a corpus, or `words`.

    Raises:
        HumpcatError: no map of that name ships.
    """
    return replace(read_label_map(resources_folder() / "label_maps" / f"{name}.csv"), name=name)


def read_label_map(path: Path) -> LabelMap:
    """Read a CSV with the columns word and label; an empty label leaves the word out, further columns are ignored.

    Raises:
        HumpcatError: it cannot be read, lacks a column, or gives one word two labels.
    """
    labels: dict[str, str] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                raise HumpcatError(f"{path.name} is no label map.", "It has the columns word and label.")
            for row in reader:
                word, label = fold(row["word"] or ""), (row["label"] or "").strip()
                if word and labels.setdefault(word, label) != label:
                    raise HumpcatError(
                        f"{path.name} gives {word!r} two labels.",
                        "Leave one of its rows, and delete the other.",
                    )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HumpcatError(f"{path} cannot be read ({error}).", "Save it as CSV in UTF-8.") from error
    return LabelMap(path.name, labels)


def write_label_map(path: Path, label_map: LabelMap, words: Iterable[str] = ()) -> None:
    """Write a map as a CSV that `read_label_map` reads, with those of `words` that it lacks left out.

    Of the map of all languages only the given words are written.
    """
    found = dict.fromkeys(fold(word) for word in words)
    rows = dict.fromkeys(found, LEFT_OUT) if label_map.name == WORDS else {**label_map.labels}
    rows |= {word: label_map.label_of(word) or LEFT_OUT for word in found}
    with write_aside(path) as aside, aside.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows.items())


def parse_changes(texts: Iterable[str]) -> dict[str, str]:
    """`calm=neutral` gives a word a label; `calm=` leaves it out.

    Raises:
        HumpcatError: a text has no `=`, or no word before it.
    """
    changes = {}
    for text in texts:
        word, equals, label = text.partition("=")
        if not equals or not fold(word):
            raise HumpcatError(
                f"{text!r} changes no label.", "Write WORD=LABEL, or WORD= to leave the word out."
            )
        changes[word] = label
    return changes
