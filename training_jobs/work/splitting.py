"""The splits of a job: by its protocol, or from files, and kept as files in the run folder for others to use."""

from collections.abc import Sequence
from pathlib import Path

from core_model.errors import HumpcatError

from ..jobs.options import CORPORA, FOLDS, HOLD_OUT, SPEAKERS, FinetuneOptions, TrainOptions
from ..jobs.run_folder import RunFolder
from ..manifest import Utterance
from ..protocols import (
    NamedSplit,
    Protocol,
    few_shot,
    folds,
    hold_out,
    leave_one_corpus_out,
    leave_one_speaker_out,
)
from ..split_files import read_split, write_split


def tuning_protocol(utterances: Sequence[Utterance], options: FinetuneOptions) -> Protocol:
    """The splits of a fine-tuning.

    Raises:
        HumpcatError: they cannot be made of these utterances.
    """
    if options.splits:
        return from_files(options.splits, utterances)
    return few_shot(utterances, options.share, options.mode, options.draws, options.recipe.seed)


def training_protocol(utterances: Sequence[Utterance], options: TrainOptions) -> Protocol:
    """The splits of a training.

    Raises:
        HumpcatError: the protocol is unknown, or its splits cannot be made of these utterances.
    """
    seed, validation = options.recipe.seed, options.validation
    if options.splits:
        return from_files(options.splits, utterances)
    if options.protocol == HOLD_OUT:
        return hold_out(utterances, options.test, validation, seed)
    if options.protocol == FOLDS:
        return folds(utterances, options.folds, validation, seed)
    if options.protocol == SPEAKERS:
        return leave_one_speaker_out(utterances, validation, seed)
    if options.protocol == CORPORA:
        return leave_one_corpus_out(utterances, validation, seed)
    raise HumpcatError(
        f"{options.protocol!r} is no protocol.", f"Choose {HOLD_OUT}, {FOLDS}, {SPEAKERS} or {CORPORA}."
    )


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
