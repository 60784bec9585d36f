"""All conventions that a corpus folder may follow, the particular ones first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from core_model.errors import HumpcatError

from . import audformat_database, folders, iemocap, project, tables
from .facts import Found, Tree
from .label_maps import WORDS, LabelMap
from .name_conventions import NAME_CONVENTIONS
from .names import NameConvention, read_names
from .nemo import read_nemo


@dataclass(frozen=True, slots=True)
class Convention:
    """One way to lay out a corpus.

    Attributes:
        name: what --corpus calls it.
        title: what people call it.
        shape: how its files are named, for people.
        read: what it makes of a tree; the map says which words are labels.
        parts: the parts that can be had alone, as NAME-PART, and what they are called.
        label_map: name of its built-in map.
        generic: whether it is no corpus in particular; words that its map lacks are then labels of the user's own.
    """

    name: str
    title: str
    shape: str
    read: Callable[[Tree, LabelMap], Found]
    parts: Mapping[str, str] = field(default_factory=dict)
    label_map: str = WORDS
    generic: bool = False


def find_convention(corpus: str) -> tuple[Convention, str]:
    """The convention of a name, and the part that the name asks for ("esd-zh": "zh"), if any.

    Raises:
        HumpcatError: no convention has that name.
    """
    wanted = corpus.lower()
    for convention in CONVENTIONS:
        if wanted == convention.name:
            return convention, ""
        for part in convention.parts:
            if wanted == f"{convention.name}-{part}":
                return convention, part
    raise HumpcatError(f"No corpus format is called {corpus!r}.", f"Known: {', '.join(convention_names())}.")


def convention_names() -> list[str]:
    """All names that `find_convention` knows."""
    return [
        name
        for convention in CONVENTIONS
        for name in (convention.name, *(f"{convention.name}-{part}" for part in convention.parts))
    ]


def _by_name(convention: NameConvention) -> Convention:
    read = read_nemo if convention.name == "nemo" else read_names

    def without_words(tree: Tree, _words: LabelMap) -> Found:
        return read(tree, convention)

    return Convention(
        convention.name,
        convention.title,
        convention.shape,
        without_words,
        convention.parts or {},
        convention.name,
    )


_generic = partial(Convention, generic=True)
CONVENTIONS = (
    Convention(
        iemocap.NAME,
        iemocap.TITLE,
        iemocap.SHAPE,
        lambda tree, _words: iemocap.read_iemocap(tree),
        iemocap.PARTS,
        iemocap.NAME,
    ),
    *map(_by_name, NAME_CONVENTIONS),
    _generic(
        audformat_database.NAME,
        audformat_database.TITLE,
        audformat_database.SHAPE,
        audformat_database.read_audformat,
    ),
    _generic(project.NAME, project.TITLE, project.SHAPE, project.read_folder),
    _generic(tables.NAME, tables.TITLE, tables.SHAPE, tables.read_tables),
    _generic(folders.NAME, folders.TITLE, folders.SHAPE, folders.read_folders),
)
