"""What a fine-tuning or training would do, on the terminal, before it is started."""

import sys

from core_model.bundle import BundleRecord
from core_model.wording import counted
from training_jobs.corpora.reading import label_map_or_none, open_corpora
from training_jobs.jobs.options import CorpusOptions, FinetuneOptions, TrainOptions
from training_jobs.leaks import AudioLinks, link_audio
from training_jobs.manifest import Utterance
from training_jobs.tuning_plan import Part, TuningPlan
from training_jobs.work.planning import plan_training, plan_tuning


def show_tuning(record: BundleRecord, options: FinetuneOptions) -> int:
    """Tell a fine-tuning's plan; 0: it can be started, 1: something stands in the way."""
    utterances, links = _read(options)
    return _show(plan_tuning(utterances, record, options, links), "tunes")


def show_training(options: TrainOptions) -> int:
    """Tell a training's plan; 0: it can be started, 1: something stands in the way."""
    utterances, links = _read(options)
    return _show(plan_training(utterances, options, links), "trains")


def _read(options: CorpusOptions) -> tuple[list[Utterance], AudioLinks]:
    label_map = label_map_or_none(options.label_map)
    readings = open_corpora(options.corpora, options.corpus, label_map, options.label_changes)
    utterances = [each for reading in readings for each in reading.utterances]
    return utterances, link_audio(utterances)


def _show(plan: TuningPlan, learns: str) -> int:
    lines = [plan.sentence, _part(learns, plan.tuning), _part("tests", plan.test)]
    lines += [f"not used: {count} x {reason}" for reason, count in plan.left_out.items()]
    lines += [plan.verdict, plan.brand, *plan.doubts]
    sys.stdout.write("\n".join(filter(None, lines)) + "\n")
    for obstacle in plan.obstacles:
        sys.stderr.write(f"humpcat: {obstacle}\n")
    return 1 if plan.obstacles else 0


def _part(does: str, part: Part) -> str:
    labels = ", ".join(f"{label} {count}" for label, count in sorted(part.labels.items()))
    speakers = (
        f" by {counted(len(part.speakers), 'speaker')} ({', '.join(part.speakers)})" if part.speakers else ""
    )
    return f"{does}: {counted(part.utterances, 'utterance')}{speakers}: {labels or 'none'}"
