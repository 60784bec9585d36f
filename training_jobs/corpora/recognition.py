"""Which corpus lies in a folder: what its files say, never what the folder is called."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from core_model.errors import HumpcatError

from . import folders, project
from .conventions import CONVENTIONS, Convention
from .facts import Found, Tree
from .label_maps import LabelMap

_ENOUGH = 0.5  # share of the audio files that a convention must explain
_PART = 0.1  # share of the audio files that makes a convention one of several corpora in a folder
_SECOND = 0.05  # share of the audio files that only another convention explains: two corpora

Candidate = tuple[Convention, Found]


class NotRecognised(HumpcatError):
    """The files do not tell which corpus they are; whoever knows can say it."""


def recognise(tree: Tree, words: LabelMap) -> Candidate:
    """The one convention that explains most of the audio and whose evidence no other shares.

    Corpora known by name come first. Only where none of them fits, an audformat database, a table and folders of
    labels are looked for, and the surest of them that tells of half of the files is taken.

    Raises:
        NotRecognised: none explains half of the files, two do equally, or several corpora lie in one folder.
    """
    named = [(each, each.read(tree, words)) for each in CONVENTIONS if not each.generic]
    fits = [candidate for candidate in named if _share(candidate) >= _ENOUGH]
    proved = [candidate for candidate in named if candidate[1].proved]
    if any(candidate in proved for candidate in fits) or not fits:
        fits = [candidate for candidate in fits if candidate in proved]
    elif len(fits) > 1:
        raise NotRecognised(
            f"The file names in {tree.root} fit {' and '.join(each.name for each, _ in fits)} alike.",
            "Say which it is (in commands --corpus).",
        )
    if not fits:
        return _generic(tree, words, named)
    chosen = max(fits, key=_share)
    _refuse_mixture(chosen, named, tree)
    return chosen


def _generic(tree: Tree, words: LabelMap, named: Sequence[Candidate]) -> Candidate:
    # A project is read where it is named: that one lies in a folder says nothing of the folder's own labels.
    read = [
        (each, each.read(tree, words)) for each in CONVENTIONS if each.generic and each.name != project.NAME
    ]
    usable = [candidate for candidate in read if candidate[1].entries and _share(candidate) >= _ENOUGH]
    chosen = max(usable, key=lambda candidate: candidate[1].confidence * _share(candidate), default=None)
    if chosen is None or chosen[0].name == folders.NAME:
        _refuse_several(named, tree, chosen)
    if chosen is None:
        raise _nothing_fits([*named, *read], tree)
    return chosen


def _refuse_several(named: Sequence[Candidate], tree: Tree, folders_fit: Candidate | None) -> None:
    """Several corpora below one folder, none of them half of it: each has speakers and labels that folders do not tell.

    A table that names most of the files is somebody's word on the whole, and stands.
    """
    parts: list[Candidate] = []
    covered: set[Path] = set()
    for candidate in sorted(named, key=_share, reverse=True):
        files = _files(candidate[1])
        if _share(candidate) >= _PART and 2 * len(files - covered) > len(files):
            parts.append(candidate)
            covered |= files
    if len(parts) > 1:
        told = [f"{convention.name} ({found.fits})" for convention, found in parts]
        hint = "Give the folder of each alone, or say which of them you want (in commands --corpus)"
        hint += f", or take the labels of the folders ({folders.NAME})." if folders_fit else "."
        raise NotRecognised(f"{tree.root} holds files of {', '.join(told[:-1])} and {told[-1]}.", hint)


def _nothing_fits(candidates: Sequence[Candidate], tree: Tree) -> NotRecognised:
    convention, found = max(candidates, key=_share)
    if not found.fits:
        reasons = Counter(skip.reason for _, each in candidates for skip in each.skipped).most_common(1)
        why = "".join(f" ({count} files: {reason})" for reason, count in reasons)
        return NotRecognised(
            f"The file names in {tree.root} fit no known corpus, and neither a table nor folders tell the emotions"
            f"{why}.",
            "Write a manifest: a CSV with the columns file, emotion, speaker.",
        )
    return NotRecognised(
        f"The file names in {tree.root} fit no known corpus; nearest is {convention.title}, with {found.fits} of "
        f"{found.of} files.",
        f"If it is that, read it as {convention.name} (in commands --corpus {convention.name}); else write a "
        "manifest: a CSV with the columns file, emotion, speaker.",
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
            raise NotRecognised(
                f"{tree.root} holds files of {chosen[0].name} and of {other[0].name}.",
                "Give each corpus a folder of its own, or say which of them you want (in commands --corpus).",
            )


def _files(found: Found) -> frozenset[Path]:
    return frozenset(entry.file for entry in found.entries) | {skip.file for skip in found.skipped}


def _share(candidate: Candidate) -> float:
    found = candidate[1]
    return found.fits / found.of if found.of else 0.0
