"""In the corpora's own process: the corpora last read stay on the desk, to be listened to, planned with, written down.

Called through `at_desk`, which imports this module in that process only: it takes a second. Neither Qt nor torch.
"""

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from core_model.bundle import find_bundle
from core_model.cache import FeatureCache
from core_model.encoders.registry import find_encoder
from core_model.errors import HumpcatError
from core_model.windows import WINDOW_SECONDS
from core_model.wording import counted
from training_jobs.audio_checks import ADVICE, AudioChecks, check_audio
from training_jobs.corpora.inspection import Inspection, describe_files, inspect_corpus, shown
from training_jobs.corpora.reading import NO_AUDIO, STRAY, label_map_or_none, open_corpora
from training_jobs.jobs.cost import Cost, learning_cost
from training_jobs.jobs.options import FinetuneOptions, TrainOptions
from training_jobs.leaks import AudioLinks, link_audio
from training_jobs.manifest import Utterance, write_manifest
from training_jobs.tuning_plan import TuningPlan
from training_jobs.work.planning import plan_training, plan_tuning

from ..background import Progress
from .corpus_table import Asked, CorpusTable, LeftOut, ProblemGroup, Recognised, WordRow, codes

_EXAMPLES = 4


class _Desk:
    """What lies on it: filled by `read`, and by `compare` with what it takes long to find."""

    asked: Asked | None = None
    inspections: tuple[Inspection, ...] = ()
    links: AudioLinks | None = None

    @property
    def utterances(self) -> list[Utterance]:
        return [each for inspection in self.inspections for each in inspection.reading.utterances]


_desk = _Desk()


def read(progress: Progress, asked: Asked) -> CorpusTable:
    """Read corpora and the headers of their files, and put them on the desk.

    Raises:
        HumpcatError: as `open_corpora` and `inspect_corpus`.
    """
    progress(0, 0)
    readings = open_corpora(asked.sources, asked.corpus, label_map_or_none(asked.label_map), asked.changes)
    inspections = []
    for number, reading in enumerate(readings):

        def tell(done: int, of: int, number: int = number) -> None:
            progress(number * of + done, len(readings) * of)

        inspections.append(inspect_corpus(reading, tell))
    _desk.asked, _desk.inspections, _desk.links = asked, tuple(inspections), None
    return _table(inspections)


def listen(progress: Progress, asked: Asked) -> tuple[ProblemGroup, ...]:
    """Decode every utterance and tell what is wrong with which; rows as in the table that `read` gave."""
    utterances = _utterances(progress, asked)
    return _groups(check_audio(utterances, progress), utterances)


def compare(progress: Progress, asked: Asked) -> None:
    """Find which utterances hold the same sound, so that plans have a verdict on leaks."""
    links = link_audio(_utterances(progress, asked), progress, FeatureCache())
    if asked == _desk.asked:  # else another corpus was read meanwhile
        _desk.links = links


def plan(asked: Asked, options: FinetuneOptions | TrainOptions) -> tuple[TuningPlan, Cost]:
    """What a fine-tuning or training would do and take; with a verdict on leaks once `compare` is through.

    Raises:
        HumpcatError: the split cannot be made, the model or encoder is gone, or the corpora are not on the desk.
    """
    _require(asked)
    utterances, recipe = _desk.utterances, options.recipe
    if isinstance(options, FinetuneOptions):
        record = find_bundle(options.model)
        labels, encoder = record.labels, record.encoder
        found = plan_tuning(utterances, record, options, _desk.links)
    else:
        labels = options.labels
        encoder = find_encoder(options.encoder).config(options.layers) if options.encoder else None
        found = plan_training(utterances, options, _desk.links)
    windows = _windows(labels)
    learnt = found.tuning.utterances
    return found, learning_cost(encoder, windows, learnt, found.runs, recipe.epochs, len(recipe.speeds))


def _windows(labels: Sequence[str]) -> int:
    return sum(
        max(1, math.ceil(length / WINDOW_SECONDS))
        for inspection in _desk.inspections
        for utterance, length in zip(inspection.reading.utterances, inspection.seconds, strict=True)
        if utterance.emotion in labels
    )


def save_manifest(asked: Asked, path: Path) -> int:
    """Write the utterances on the desk as a manifest; how many.

    Raises:
        HumpcatError: it cannot be written, or the corpora are not on the desk.
    """
    _require(asked)
    write_manifest(path, _desk.utterances)
    return len(_desk.utterances)


def _require(asked: Asked) -> None:
    if asked != _desk.asked:
        raise HumpcatError("The corpus is not at hand any more.", "Open it again.")


def _utterances(progress: Progress, asked: Asked) -> list[Utterance]:
    if asked != _desk.asked:  # the process was started anew
        read(progress, asked)
    return _desk.utterances


def _table(inspections: Sequence[Inspection]) -> CorpusTable:
    utterances = [each for inspection in inspections for each in inspection.reading.utterances]
    labels, label = codes([each.emotion for each in utterances])
    speakers, speaker = codes([each.speaker_id if each.speaker else "" for each in utterances], ("",))
    of_speakers = np.zeros((len(speakers), len(labels)), np.int64)
    np.add.at(of_speakers, (speaker, label), 1)
    folder = _common([inspection.reading.source for inspection in inspections])
    return CorpusTable(
        tuple(_recognised(inspection) for inspection in inspections),
        folder,
        tuple(_name(each.file, folder) for each in utterances),
        np.array([np.nan if each.start is None else each.start for each in utterances]),
        np.array([np.nan if each.end is None else each.end for each in utterances]),
        np.array([length for inspection in inspections for length in inspection.seconds], np.float32),
        labels,
        label,
        speakers,
        speaker,
        _words(inspections),
        _left_out(inspections),
        tuple(_facts(inspections)),
        of_speakers,
    )


def _recognised(inspection: Inspection) -> Recognised:
    reading = inspection.reading
    return Recognised(
        shown(reading.source), reading.name, reading.title, reading.confidence, reading.evidence
    )


def _common(sources: Sequence[Path]) -> str:
    folders = [str(source if source.is_dir() else source.parent) for source in map(Path.absolute, sources)]
    try:
        return os.path.commonpath(folders)
    except ValueError:  # on two drives
        return ""


def _name(file: Path, folder: str) -> str:
    name = str(file.absolute())
    return name[len(folder) :].lstrip(os.sep) if folder and name.startswith(folder + os.sep) else name


def _words(inspections: Sequence[Inspection]) -> tuple[WordRow, ...]:
    counts: dict[tuple[str, str], int] = {}
    for inspection in inspections:
        for word, count in inspection.reading.words.items():
            key = word, inspection.reading.label_of(word)
            counts[key] = counts.get(key, 0) + count
    rows = [WordRow(word, label, count) for (word, label), count in counts.items()]
    return tuple(sorted(rows, key=lambda row: (row.label == "", row.label, row.word)))


def _left_out(inspections: Sequence[Inspection]) -> tuple[LeftOut, ...]:
    return tuple(
        LeftOut(
            reason,
            len(files),
            tuple(describe_files([file], inspection.reading.source) for file in files[:_EXAMPLES]),
            reason in (NO_AUDIO, STRAY),
        )
        for inspection in inspections
        for reason, files in inspection.skipped_by_reason.items()
    )


def _facts(inspections: Sequence[Inspection]) -> list[str]:
    told = []
    for inspection in inspections:
        kinds: tuple[dict[str, int], ...] = (
            {f"{rate / 1000:g} kHz": n for rate, n in inspection.rates.items()},
            {counted(channels, "channel"): n for channels, n in inspection.channels.items()},
            dict(inspection.formats),
        )
        told.append(" · ".join(map(_several, kinds)))
    return told


def _several(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count} files)" if len(counts) > 1 else name for name, count in counts.items())


def _groups(checks: AudioChecks, utterances: Sequence[Utterance]) -> tuple[ProblemGroup, ...]:
    place = {utterance: row for row, utterance in enumerate(utterances)}
    groups = []
    for kind, advice in ADVICE.items():
        found: list[tuple[tuple[int, ...], str]] = [
            (tuple(place[each] for each in problem.utterances), problem.detail)
            for problem in checks.of_kind(kind)
        ]
        if found:
            groups.append(ProblemGroup(kind, advice.title, advice.todo, tuple(found)))
    return tuple(groups)
