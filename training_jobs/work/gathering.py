"""The utterances of a job: read and checked once, then kept in its run folder, so that a resumed job has the same."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core_model.cache import FeatureCache
from core_model.errors import HumpcatError
from core_model.files import read_json, write_json
from core_model.wording import counted

from ..corpora.reading import label_map_or_none, open_corpora
from ..jobs.control import Control
from ..jobs.options import CorpusOptions
from ..jobs.run_folder import RunFolder
from ..leaks import AudioLinks, link_audio, second_copies
from ..manifest import Utterance, read_manifest, write_manifest

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gathered:
    """A job's utterances.

    Attributes:
        utterances: in the order of the job's manifest.
        left_out: what of the corpora was left out: (file, reason) for each.
        corpora: what each source was recognised as.
        links: which utterances hold the same sound.
    """

    utterances: tuple[Utterance, ...]
    left_out: tuple[tuple[str, str], ...]
    corpora: tuple[str, ...]
    links: AudioLinks


def gather(
    run: RunFolder,
    options: CorpusOptions,
    labels: Sequence[str] | None,
    control: Control,
    keep_copies: bool = False,
) -> Gathered:
    """Read the corpora, or take up what was read before.

    Left out are labels that are not in `labels` and files that are not there; and, unless `keep_copies`, second copies
    of a recording: an utterance that is there twice would be both learned and tested.

    Raises:
        HumpcatError: a corpus cannot be read, or nothing of it is left.
    """
    manifest, told = run.path / "manifest.csv", run.path / "left_out.json"
    links = None
    if not manifest.is_file():
        control.phase("Reading the corpora")
        readings = open_corpora(
            options.corpora, options.corpus, label_map_or_none(options.label_map), options.label_changes
        )
        utterances = [utterance for reading in readings for utterance in reading.utterances]
        left_out = [(str(each.file), each.reason) for reading in readings for each in reading.skipped]
        utterances = _as_read_back(run, usable(utterances, labels, left_out))
        links = _links(utterances, control)
        if not keep_copies:
            utterances = without_copies(utterances, left_out, links)
        told_of = [f"{reading.source}: {reading.title}" for reading in readings]
        write_json(told, {"left_out": left_out, "corpora": told_of})
        write_manifest(manifest, utterances)  # the last to be written: its presence says that all is there
    kept = read_json(told)
    utterances = read_manifest(manifest)
    return Gathered(
        tuple(utterances),
        tuple((file, reason) for file, reason in kept["left_out"]),
        tuple(kept["corpora"]),
        links or _links(utterances, control),
    )


def require_present(utterances: Sequence[Utterance], skipped: Sequence[tuple[Utterance, str]]) -> None:
    """Refuse to go on without files that were there when the job began.

    Raises:
        HumpcatError: some of the utterances that could not be read have lost their files.
    """
    lost = sorted({str(each.file) for each, _ in skipped if not each.file.is_file()})
    if lost:
        raise HumpcatError(
            f"Gone since the job began: {len(lost)} of {counted(len(utterances), 'file')}, {lost[0]} for one.",
            "Put them back, then resume the job; or start it anew without them.",
        )


def _as_read_back(run: RunFolder, utterances: Sequence[Utterance]) -> list[Utterance]:
    """Utterances as the manifest gives them back, times rounded: the same in every attempt, and in `links`."""
    candidates = run.path / "candidates.csv"
    write_manifest(candidates, utterances)
    try:
        return read_manifest(candidates)
    finally:
        candidates.unlink()


def _links(utterances: Sequence[Utterance], control: Control) -> AudioLinks:
    control.phase("Comparing recordings")
    return link_audio(utterances, control.progress, FeatureCache())


def usable(
    utterances: Sequence[Utterance], labels: Sequence[str] | None, left_out: list[tuple[str, str]]
) -> list[Utterance]:
    """The utterances that a job takes: each once, with a label that is asked for, its file there.

    Args:
        utterances: of all corpora.
        labels: those asked for; None: all.
        left_out: gets (file, reason) of each of the others.

    Raises:
        HumpcatError: none is left.
    """
    kept: dict[Utterance, None] = {}
    for each in utterances:
        if each in kept:
            left_out.append((str(each.file), "it is given twice"))
        elif labels is not None and each.emotion not in labels:
            left_out.append((str(each.file), f"its label, {each.emotion}, is not asked for"))
        elif not each.file.is_file():
            left_out.append((str(each.file), "the file is not there"))
        else:
            kept[each] = None
    if not kept:
        wanted = f" labelled {' or '.join(labels)}" if labels else ""
        raise HumpcatError(
            f"The corpora hold no utterance{wanted}.",
            "Choose another corpus, other labels, or another label map.",
        )
    return list(kept)


def without_copies(
    utterances: Sequence[Utterance], left_out: list[tuple[str, str]], links: AudioLinks
) -> list[Utterance]:
    """The utterances without second copies of a recording; `left_out` gets (file, reason) of each copy."""
    copies = second_copies(utterances, links=links)
    for copy, first in copies.items():
        left_out.append((str(utterances[copy].file), f"the same recording as {utterances[first].file.name}"))
    if copies:
        _logger.warning(
            "Found twice: %s, %s for one; of each the first is used.",
            counted(len(copies), "recording"),
            Path(utterances[next(iter(copies))].file).name,
        )
    return [utterance for row, utterance in enumerate(utterances) if row not in copies]
