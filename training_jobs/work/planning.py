"""What a fine-tuning would do, told before it is started: which speakers tune, what is tested, what stands in the way.

The same functions as in the job itself, on the same utterances; nothing here imports torch.
"""

from collections import Counter
from collections.abc import Sequence

from core_model.bundle import BundleRecord, list_bundles
from core_model.wording import counted

from ..jobs.options import FinetuneOptions, TrainOptions
from ..leaks import SPEAKER, AudioLinks, Leak, LeakReport
from ..manifest import UNKNOWN_SPEAKER, Utterance
from ..protocols import learning_curve
from ..report.context import by_reason
from ..splits import RANDOM
from ..tuning_plan import Part, TuningPlan
from .gathering import usable, without_copies
from .guarding import judge
from .splitting import training_protocol, tuning_protocol

_FEW = 5  # utterances of a label: with fewer, one of them decides


def plan_tuning(
    utterances: Sequence[Utterance],
    record: BundleRecord,
    options: FinetuneOptions,
    links: AudioLinks | None = None,
) -> TuningPlan:
    """Plan a fine-tuning.

    Args:
        utterances: of all corpora, as they were read.
        record: the model to start from.
        options: what is asked for; of the corpora in it nothing is read.
        links: which of the utterances hold the same sound, once that is known.

    Raises:
        HumpcatError: the split cannot be made (one speaker, unknown speakers, a split file that does not fit), or
            nothing of the corpora has a label of the model.
    """
    left_out: list[tuple[str, str]] = []
    copies: list[tuple[str, str]] = []
    used = usable(utterances, record.labels, left_out)
    if links is not None and not options.splits:
        used = without_copies(used, copies, links)
    protocol = tuning_protocol(used, options)
    curve = learning_curve(used, options.draws, options.recipe.seed) if options.curve else ()
    splits = [*protocol.splits, *curve]
    verdict = judge(used, splits, links, record) if links is not None else None
    first = protocol.splits[0].split
    tuning, test = (
        _part([used[row] for row in rows]) for rows in ((*first.train, *first.validation), first.test)
    )
    return TuningPlan(
        protocol.sentence,
        len(splits),
        tuning,
        test,
        _told(left_out, copies),
        verdict.sentence() if verdict else "",
        verdict.brand if verdict else "",
        tuple(_obstacles(tuning, test, record, options, verdict)),
        tuple(_doubts(tuning, test, options)),
    )


def plan_training(
    utterances: Sequence[Utterance], options: TrainOptions, links: AudioLinks | None = None
) -> TuningPlan:
    """Plan the training of a source model; arguments and errors as for `plan_tuning`."""
    left_out: list[tuple[str, str]] = []
    copies: list[tuple[str, str]] = []
    used = usable(utterances, options.labels, left_out)
    if links is not None and not options.splits:
        used = without_copies(used, copies, links)
    protocol = training_protocol(used, options)
    verdict = judge(used, protocol.splits, links) if links is not None else None
    tested = sorted({row for named in protocol.splits for row in named.split.test})
    first = protocol.splits[0].split
    learnt = (*first.train, *first.validation) if len(protocol.splits) == 1 else range(len(used))
    train, test = (_part([used[row] for row in rows]) for rows in (learnt, tested))
    obstacles = []
    if missing := [label for label in options.labels if label not in train.labels]:
        obstacles.append(
            f"Nothing labelled {_listed(missing)} trains. Leave the label out, or map a word to it."
        )
    if verdict and verdict.found and not options.allow_leaks:
        obstacles.append(
            f"{verdict.sentence()} Take another split, or allow leaks: the result is then branded."
        )
    return TuningPlan(
        protocol.sentence,
        len(protocol.splits) + (len(protocol.splits) > 1),  # and at last on everything
        train,
        test,
        _told(left_out, copies),
        verdict.sentence() if verdict else "",
        verdict.brand if verdict else "",
        tuple(obstacles),
        () if test.utterances else ("Nothing is tested: how good the model is stays unknown.",),
    )


def _told(left_out: Sequence[tuple[str, str]], copies: Sequence[tuple[str, str]]) -> dict[str, int]:
    counts = {reason: len(files) for reason, files in by_reason(left_out).items()}
    return {**counts, "a second copy of a recording": len(copies)} if copies else counts


def _part(utterances: Sequence[Utterance]) -> Part:
    speakers: dict[str, Counter[str]] = {}
    for each in utterances:
        if each.speaker != UNKNOWN_SPEAKER:
            speakers.setdefault(each.speaker_id, Counter())[each.emotion] += 1
    return Part(
        {name: dict(counts) for name, counts in sorted(speakers.items())},
        dict(Counter(each.emotion for each in utterances)),
    )


def _obstacles(
    tuning: Part, test: Part, record: BundleRecord, options: FinetuneOptions, verdict: LeakReport | None
) -> list[str]:
    told = []
    if missing := [label for label in record.labels if label not in {**tuning.labels, **test.labels}]:
        told.append(
            f"The corpus has no utterance labelled {_listed(missing)}, which {record.name} knows. Map one of the "
            "corpus' words to it, or start from a model without it."
        )
    elif tuning.utterances and (untuned := [label for label in record.labels if label not in tuning.labels]):
        told.append(
            f"The tuning part has no utterance labelled {_listed(untuned)}. Take a greater share, or another seed."
        )
    if not test.utterances:
        told.append("Nothing is left to test. Take a smaller share.")
    expected = {SPEAKER} if options.mode == RANDOM else set()
    leaks = [leak for leak in verdict.leaks if leak.kind not in expected] if verdict else []
    if leaks and not options.allow_leaks:
        told.append(_leaking(test, record, leaks))
    return told


def _leaking(test: Part, record: BundleRecord, leaks: Sequence[Leak]) -> str:
    """Which leak stands in the way, and the way out."""
    heard = set(record.training.get("heard", {}).get("speakers", ()))
    shared = heard & test.speakers.keys()
    if not shared:
        return (
            f"Tuning and test share speakers or recordings ({len(leaks)} in all): the score would be too high. Take "
            "another split, or allow leaks: the result is then branded."
        )
    others = [
        other.name
        for other in list_bundles()
        if other.labels == record.labels
        and "heard" in other.training
        and not set(other.training["heard"]["speakers"]) & test.speakers.keys()
    ]
    way_out = f"start from {_listed(others)}, which has not" if others else "start from a model that has not"
    return (
        f"{record.name} has learned from {counted(len(shared), 'speaker')} of the test already: the score would be "
        f"too high. {way_out[0].upper()}{way_out[1:]}, or allow leaks: the result is then branded."
    )


def _doubts(tuning: Part, test: Part, options: FinetuneOptions) -> list[str]:
    told = []
    if options.mode == RANDOM and not options.splits:
        told.append(
            "Speakers of the tuning part are tested, too: the score says little about people who were not heard."
        )
    few = [label for label, count in test.labels.items() if count < _FEW]
    if few:
        told.append(f"Few test utterances of {_listed(few)}: their scores can be off by a lot.")
    if len(test.speakers) == 1:
        told.append("One speaker is tested: how other speakers fare stays open.")
    if tuning.utterances and len(tuning.speakers) == 1:
        told.append(f"One speaker tunes, with {counted(tuning.utterances, 'utterance')}.")
    return told


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
