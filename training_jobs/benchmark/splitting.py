"""The splits of a benchmark: folds of the source corpus, draws of every target, by rows of all its utterances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core_model.errors import HumpcatError

from .. import paper
from ..jobs.options import BenchmarkOptions
from ..manifest import UNKNOWN_SPEAKER, Utterance
from ..protocols import NamedSplit, Protocol, few_shot, folds
from ..splits import RANDOM, SPEAKER_DISJOINT, Split

_CHOOSING = 1 / 9  # of the speakers that do not test: a tenth of all, as the paper has it (section IV-C)


@dataclass(frozen=True, slots=True)
class BenchmarkSplits:
    """How each corpus is split.

    Attributes:
        source: folds of the source corpus; None where it has one speaker, or nobody knows who speaks.
        no_source: why there are none.
        targets: draws of each target that can be split.
        unusable: of the other targets: why not.
    """

    source: Protocol | None
    no_source: str
    targets: Mapping[str, Protocol]
    unusable: Mapping[str, str]

    def of(self, target: str | None) -> tuple[NamedSplit, ...]:
        """The draws of a target, or, of None, the folds of the source corpus."""
        protocol = self.targets[target] if target else self.source
        return protocol.splits if protocol else ()


def split_corpora(utterances: Sequence[Utterance], source: str, options: BenchmarkOptions) -> BenchmarkSplits:
    """Split the source corpus and every other one; a corpus that cannot be split is left out with the reason."""
    try:
        within, reason = _folds(utterances, source, options), ""
    except HumpcatError as error:
        within, reason = None, error.message
    targets: dict[str, Protocol] = {}
    unusable: dict[str, str] = {}
    for target in corpora_of(utterances):
        if target != source:
            try:
                targets[target] = _draws(utterances, target, options)
            except HumpcatError as error:
                unusable[target] = error.message
    return BenchmarkSplits(within, reason, targets, unusable)


def corpora_of(utterances: Sequence[Utterance]) -> tuple[str, ...]:
    """The names of the corpora, in the order in which they come."""
    return tuple(dict.fromkeys(utterance.corpus for utterance in utterances))


def rows_of(utterances: Sequence[Utterance], corpus: str) -> tuple[int, ...]:
    """The rows of one corpus."""
    return tuple(row for row, utterance in enumerate(utterances) if utterance.corpus == corpus)


def source_guards(
    utterances: Sequence[Utterance], source: str, targets: Mapping[str, Protocol]
) -> list[NamedSplit]:
    """For the leak guard: the source corpus, which the source models learn, against each target, which is tested."""
    learnt = rows_of(utterances, source)
    return [
        NamedSplit(f"{source} {target}", Split(learnt, (), rows_of(utterances, target))) for target in targets
    ]


def _folds(utterances: Sequence[Utterance], source: str, options: BenchmarkOptions) -> Protocol:
    rows = rows_of(utterances, source)
    spoken = [utterances[row] for row in rows]
    speakers = len({utterance.speaker_id for utterance in spoken})
    made = folds(spoken, max(2, min(options.folds, speakers)), _CHOOSING, options.recipe.seed)
    return _placed(made, source, rows)


def _draws(utterances: Sequence[Utterance], target: str, options: BenchmarkOptions) -> Protocol:
    rows = rows_of(utterances, target)
    spoken = [utterances[row] for row in rows]
    unknown = any(utterance.speaker == UNKNOWN_SPEAKER for utterance in spoken)
    if unknown and not options.allow_leaks:
        raise HumpcatError(
            "who speaks is not known, so that tuning and test cannot be kept apart (--allow-leaks draws utterances)"
        )
    mode = RANDOM if unknown else SPEAKER_DISJOINT
    return _placed(few_shot(spoken, None, mode, options.draws, options.tuning.seed), target, rows)


def _placed(protocol: Protocol, corpus: str, rows: Sequence[int]) -> Protocol:
    """A protocol of one corpus as one of all utterances, its splits named after the corpus."""

    def place(part: Sequence[int]) -> tuple[int, ...]:
        return tuple(rows[number] for number in part)

    splits = tuple(
        NamedSplit(
            f"{corpus} {each.name}",
            Split(place(each.split.train), place(each.split.validation), place(each.split.test)),
        )
        for each in protocol.splits
    )
    return Protocol(protocol.sentence, splits, protocol.pooled)


def tuning_told(utterances: Sequence[Utterance], target: str, protocol: Protocol) -> str:
    """What tunes and how often, beside what the paper tells of it."""
    first = protocol.splits[0].split
    tuning, tested = ([utterances[row] for row in part] for part in (first.train, first.test))
    share = f"{100 * len(tuning) / (len(tuning) + len(tested)):.0f} % of the utterances"
    who = {each.speaker_id for each in tuning}
    everyone = len(who | {each.speaker_id for each in tested})
    apart = not who & {each.speaker_id for each in tested}
    told = (
        f"{len(who)} of {everyone} speakers for tuning ({share})"
        if apart
        else f"{share} for tuning, drawn at random"
    )
    times = "one draw" if len(protocol.splits) == 1 else f"mean of {len(protocol.splits)} draws"
    theirs = paper.CORPORA[target].tuning if target in paper.CORPORA else "not tested"
    return f"{told}, {times} (paper: {theirs}; draws not told)"
