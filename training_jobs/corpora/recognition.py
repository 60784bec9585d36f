"""Which corpus lies in a folder: what its files say, never what the folder is called."""

from collections.abc import Sequence
from pathlib import Path

from core_model.errors import HumpcatError

from .conventions import CONVENTIONS, Convention
from .facts import Found, Tree
from .label_maps import LabelMap

_ENOUGH = 0.5  # share of the audio files that a convention must explain
_SECOND = 0.05  # share of the audio files that only another convention explains: two corpora

Candidate = tuple[Convention, Found]


def recognise(tree: Tree, words: LabelMap) -> Candidate:
    """The one convention that explains most of the audio and whose evidence no other shares.

    Corpora known by name come first. Only where none of them fits, an audformat database, a table and folders of
    labels are looked for, and the surest of them is taken.

    Raises:
        HumpcatError: none explains half of the files, two do equally, or two corpora lie in one folder.
    """
    named = [(each, each.read(tree, words)) for each in CONVENTIONS if not each.generic]
    fits = [candidate for candidate in named if _share(candidate) >= _ENOUGH]
    proved = [candidate for candidate in named if candidate[1].proved]
    if any(candidate in proved for candidate in fits) or not fits:
        fits = [candidate for candidate in fits if candidate in proved]
    elif len(fits) > 1:
        raise HumpcatError(
            f"The file names in {tree.root} fit {' and '.join(each.name for each, _ in fits)} alike.",
            "Say which it is with --corpus.",
        )
    if not fits:
        return _generic(tree, words, named)
    chosen = max(fits, key=_share)
    _refuse_mixture(chosen, named, tree)
    return chosen


def _generic(tree: Tree, words: LabelMap, named: Sequence[Candidate]) -> Candidate:
    read = [(each, each.read(tree, words)) for each in CONVENTIONS if each.generic]
    usable = [candidate for candidate in read if candidate[1].entries]
    if usable:
        return max(usable, key=lambda candidate: candidate[1].confidence * _share(candidate))
    nearest = max(named, key=_share)
    if _share(nearest):
        convention, found = nearest
        raise HumpcatError(
            f"The file names in {tree.root} fit no known corpus; nearest is {convention.title}, with {found.fits} of "
            f"{found.of} files.",
            f"If it is that, say --corpus {convention.name}; else write a manifest: a CSV with the columns file, "
            "emotion, speaker.",
        )
    raise HumpcatError(
        f"The file names in {tree.root} fit no known corpus, and neither a table nor folders tell the emotions.",
        "Write a manifest: a CSV with the columns file, emotion, speaker.",
    )


def _refuse_mixture(chosen: Candidate, named: Sequence[Candidate], tree: Tree) -> None:
    """One corpus' codes would be read as the other's, or half of the folder be left out unseen."""
    files: frozenset[Path] | None = None
    for other in named:
        if other[0] is chosen[0] or not other[1].fits:
            continue
        files = _files(chosen[1]) if files is None else files
        alone = len(_files(other[1]) - files)
        if (other[1].proved and chosen[1].proved) or alone > max(2, _SECOND * len(tree.audio)):
            raise HumpcatError(
                f"{tree.root} holds files of {chosen[0].name} and of {other[0].name}.",
                "Give each corpus a folder of its own, or name the one that you want with --corpus.",
            )


def _files(found: Found) -> frozenset[Path]:
    return frozenset(entry.file for entry in found.entries) | {skip.file for skip in found.skipped}


def _share(candidate: Candidate) -> float:
    found = candidate[1]
    return found.fits / found.of if found.of else 0.0
