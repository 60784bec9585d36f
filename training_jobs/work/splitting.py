"""The splits of a job: from files that the user gave, and kept as files in the run folder for others to use."""

from collections.abc import Sequence
from pathlib import Path

from core_model.errors import HumpcatError

from ..jobs.run_folder import RunFolder
from ..manifest import Utterance
from ..protocols import NamedSplit, Protocol
from ..split_files import read_split, write_split


def from_files(files: Sequence[Path], utterances: Sequence[Utterance]) -> Protocol:
    """The splits in files, each by its file's name.

    Raises:
        HumpcatError: a file is no split of these utterances, or two have one name.
    """
    stems = [file.stem for file in files]
    if twice := {stem for stem in stems if stems.count(stem) > 1}:
        raise HumpcatError(
            f"Several split files are called {', '.join(sorted(twice))}: their results could not be told apart.",
            "Give them different names.",
        )
    splits = tuple(NamedSplit(file.stem, read_split(file, utterances)) for file in files)
    names = ", ".join(file.name for file in files)
    tested = [row for named in splits for row in named.split.test]
    pooled = len(splits) > 1 and len(tested) == len(set(tested))  # folds: nothing is tested twice
    return Protocol(f"Splits from files: {names}.", splits, pooled)


def keep_splits(run: RunFolder, utterances: Sequence[Utterance], splits: Sequence[NamedSplit]) -> None:
    """Write the job's splits to its run folder, unless they are there."""
    for named in splits:
        path = run.path / "splits" / f"{named.file_name}.csv"
        if not path.is_file():
            write_split(path, utterances, named.split)
