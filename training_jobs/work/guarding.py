"""The leak guard of a job: nothing is scored before training and test are known to be apart, or the leak is allowed."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core_model.bundle import BundleRecord
from core_model.files import write_json

from ..jobs.run_folder import RunFolder
from ..leaks import IDENTICAL, SPEAKER, AudioLinks, Leak, LeakReport, Sound, find_leaks, refuse
from ..manifest import UNKNOWN_SPEAKER, Utterance
from ..protocols import NamedSplit
from .gathering import Gathered

_logger = logging.getLogger(__name__)
_HASH = 16  # hexadecimal digits: enough to tell a million recordings apart


def guard(
    run: RunFolder,
    gathered: Gathered,
    splits: Sequence[NamedSplit],
    allow: bool,
    source: BundleRecord | None = None,
    expected: Sequence[str] = (),
) -> LeakReport:
    """Look for leaks in every split, keep the verdict in the run folder, and stop at one that is not allowed.

    The verdict's `brand`, if it has one, must be shown beside every score.

    Args:
        run: gets `leaks.json`.
        gathered: the job's utterances.
        splits: of them.
        allow: whether the user said to go on all the same.
        source: the model that is fine-tuned or tested: what it was trained on must not be tested either.
        expected: kinds that the user asked for with the protocol (shared speakers of random splits).

    Raises:
        HumpcatError: there is a leak, and nobody allowed it.
    """
    heard = source.training.get("heard", {"complete": False}) if source else {}
    if source and not heard.get("complete", True):
        how = "only in part" if "audio" in heard else "not"
        _logger.warning(
            "What the model %s learned from is %s written in it: the test was not compared with all of that.",
            source.name,
            how,
        )
    whole = judge(gathered.utterances, splits, gathered.links, source)
    write_json(run.path / "leaks.json", whole.to_json())
    refuse(whole, allow, expected)
    return whole


def judge(
    utterances: Sequence[Utterance],
    splits: Sequence[NamedSplit],
    links: AudioLinks,
    source: BundleRecord | None = None,
) -> LeakReport:
    """What training and test share in any of some splits; arguments as for `guard`."""
    found: dict[Leak, None] = {}
    checked = [0, 0]
    unread, unknown = 0, set[str]()
    for named in splits:
        train, test = _parts(utterances, named)
        report = find_leaks(train, test, links=links)
        found |= dict.fromkeys([*report.leaks, *(_from_training(source, test, links) if source else ())])
        checked = [max(checked[0], report.checked[0]), max(checked[1], report.checked[1])]
        unread, unknown = max(unread, report.unread), unknown | set(report.unknown)
    model = source.name if source and "heard" in source.training else ""
    return LeakReport(tuple(found), (checked[0], checked[1]), unread, tuple(sorted(unknown)), model)


def training_facts(utterances: Sequence[Utterance], links: AudioLinks) -> dict[str, Any]:
    """What a bundle keeps of its training part, so that a later test can tell whether it tests what was learned."""
    spoken = [replace(each, speed=1.0) for each in utterances]
    audio = {_key(links.sounds[each]) for each in spoken if each in links.sounds}
    return {
        "speakers": sorted({each.speaker_id for each in spoken if each.speaker != UNKNOWN_SPEAKER}),
        "audio": sorted(audio),
    }


def _from_training(source: BundleRecord, test: Sequence[Utterance], links: AudioLinks) -> list[Leak]:
    """Speakers and recordings of the test that the model heard in its own training."""
    learnt: Mapping[str, Any] = source.training.get("heard", {})
    speakers, audio = set(learnt.get("speakers", ())), set(learnt.get("audio", ()))
    model = f"{source.name}'s own training"
    shared = sorted({each.speaker_id for each in test} & speakers)
    leaks = [Leak(SPEAKER, name, name, f"a speaker of {model}") for name in shared]
    for each in test:
        sound = links.sounds.get(each)
        if sound and _key(sound) in audio:
            leaks.append(Leak(IDENTICAL, model, str(each.file), "the same content"))
    return leaks


def _key(sound: Sound) -> str:
    stretch = "" if (sound.start, sound.end) == (0.0, math.inf) else f" {sound.start:.2f}-{sound.end:.2f}"
    return f"{sound.audio[:_HASH]}{stretch}"


def _parts(utterances: Sequence[Utterance], named: NamedSplit) -> tuple[list[Utterance], list[Utterance]]:
    learnt = (*named.split.train, *named.split.validation)
    return [utterances[row] for row in learnt], [utterances[row] for row in named.split.test]
