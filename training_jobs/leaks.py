"""The leak guard: speakers and audio that training and test share make a score worthless.

Three kinds are looked for: a speaker in both parts (within a corpus: the same name in two corpora is two people), the
same bytes or stretches of one file that overlap by half of the shorter one, and the same sound in another form
(re-encoded, resampled, quieter, trimmed: `fingerprint_match`). A recording under two speakers' names is found by its
sound.

`link_audio` reads the audio once; `find_leaks` then judges any number of splits of it at once.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from core_model.cache import FeatureCache
from core_model.errors import HumpcatError
from core_model.files import content_hash
from core_model.wording import counted

from .fingerprint import Fingerprint, cached_fingerprint
from .fingerprint_match import matches
from .manifest import UNKNOWN_SPEAKER, Utterance, frames_of

SPEAKER, IDENTICAL, NEAR = "speaker", "identical audio", "near-identical audio"

# Decision: of the shorter of two stretches of one file; turns of a dialogue overlap by less, as speakers interrupt.
_SHARED = 0.5

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Leak:
    """One thing that training and test share.

    Attributes:
        kind: SPEAKER, IDENTICAL or NEAR.
        train: the speaker, or a recording of the training part.
        test: the same speaker, or a recording of the test part.
        detail: how much of it, in words.
    """

    kind: str
    train: str
    test: str
    detail: str


@dataclass(frozen=True, slots=True)
class LeakReport:
    """What was compared, and what training and test share.

    Attributes:
        leaks: speakers first, then identical, then near-identical audio; each test recording at most once.
        checked: how many utterances of the training and of the test part were compared.
        unread: how many of them could not be read, so that only their speakers were compared.
        unknown: corpora in both parts that do not tell who speaks.
        model: the model that was there before, if any: of its own training speakers and files are known, no sound.
    """

    leaks: tuple[Leak, ...]
    checked: tuple[int, int]
    unread: int = 0
    unknown: tuple[str, ...] = ()
    model: str = ""

    @property
    def found(self) -> bool:
        """Whether there is any leak."""
        return bool(self.leaks)

    @property
    def brand(self) -> str:
        """What must be shown beside every score; empty: nothing."""
        if self.found:
            return "LEAKING: training and test share speakers or recordings. These figures are too high."
        if self.unknown:
            return "SPEAKERS UNKNOWN: training and test may share some. These figures may be too high."
        return ""

    def count(self, kind: str) -> int:
        """How many leaks of one kind there are."""
        return sum(leak.kind == kind for leak in self.leaks)

    def sentence(self) -> str:
        """The verdict in one plain sentence, with what it does not cover."""
        trained, tested = self.checked
        if not tested:
            return "Nothing is tested, so there is nothing to leak."
        compared = f"{trained} + {tested} utterances" if trained else counted(tested, "utterance")
        nameless = f"who speaks is unknown in {', '.join(self.unknown)}: shared speakers cannot be ruled out"
        if self.found:
            be = "is" if len(self.leaks) == 1 else "are"
            told = [f"LEAK: {self._counts()} {be} in both training and test"]
            told += [f"and {nameless}"] if self.unknown else []
        elif self.unknown:
            told = [f"No audio of the training part is in the test part, but {nameless}"]
        else:
            told = ["No leak: no speaker and no audio of the training part is in the test part"]
        told = [f"{', '.join(told)} ({compared} compared{self._unread()})."]
        if self.model:
            told.append(f"What {self.model} learned before is compared by speakers and identical files only.")
        return " ".join(told)

    def lines(self, limit: int = 20) -> list[str]:
        """The leaks one by one, at most `limit` of them, and how many more there are."""
        told = [f"{leak.kind}: {_both(leak)} ({leak.detail})" for leak in self.leaks[:limit]]
        if len(self.leaks) > limit:
            told.append(f"and {len(self.leaks) - limit} more")
        return told

    def to_json(self) -> dict[str, Any]:
        """The report as JSON-able values; `from_json` reads them."""
        return {"found": self.found, "sentence": self.sentence(), **asdict(self)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "LeakReport":
        """The report that `to_json` told."""
        train, test = told["checked"]
        leaks = tuple(Leak(**leak) for leak in told["leaks"])
        return cls(leaks, (train, test), told["unread"], tuple(told["unknown"]), told["model"])

    def _counts(self) -> str:
        speakers, same, near = (self.count(kind) for kind in (SPEAKER, IDENTICAL, NEAR))
        words = [counted(speakers, "speaker")] if speakers else []
        words += [counted(same, "identical recording")] if same else []
        words += [counted(near, "near-identical recording")] if near else []
        return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))

    def _unread(self) -> str:
        return f", {self.unread} of them unreadable" if self.unread else ""


@dataclass(frozen=True, slots=True)
class Sound:
    """Which sound an utterance is: the hash of its file's content, and from where to where in it (s)."""

    audio: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class AudioLinks:
    """Which utterances hold the same sound.

    Attributes:
        sounds: each readable utterance's (at its own speed).
        near: for each sound those of other content that are near-identical to it, and how they lie to each other.
    """

    sounds: Mapping[Utterance, Sound]
    near: Mapping[Sound, Mapping[Sound, str]] = field(default_factory=dict)


def link_audio(
    utterances: Sequence[Utterance],
    progress: Progress | None = None,
    cache: FeatureCache | None = None,
) -> AudioLinks:
    """Read the audio of utterances and find which hold the same sound.

    Args:
        utterances: at any speed; copies at other speeds are the same sound. Unreadable ones are left out.
        progress: called with how many sounds are done, of how many; also within long files and while comparing, so that
            it may raise to stop.
        cache: keeps fingerprints by content.
    """
    plain = list(dict.fromkeys(map(_at_own_speed, utterances)))
    # Hashing is the first half of a pass over the files, fingerprints the second.
    total = 2 * len(plain)
    hashes: dict[Path, str | None] = {}
    sounds: dict[Utterance, Sound] = {}
    for number, utterance in enumerate(plain):
        if progress:
            progress(number, total)
        if utterance.file not in hashes:
            hashes[utterance.file] = _hash(utterance.file)
        audio = hashes[utterance.file]
        if audio is not None:
            end = math.inf if utterance.end is None else utterance.end
            sounds[utterance] = Sound(audio, utterance.start or 0.0, end)
    return AudioLinks(*_compared(sounds, total, progress, cache))


def find_leaks(
    train: Sequence[Utterance],
    test: Sequence[Utterance],
    progress: Progress | None = None,
    cache: FeatureCache | None = None,
    links: AudioLinks | None = None,
) -> LeakReport:
    """What training (with its validation part) and test share.

    Args:
        train, test: utterances; copies at other speeds count as their originals.
        progress, cache: as for `link_audio`.
        links: of all these utterances, where several splits of one corpus are checked.
    """
    learnt = list(dict.fromkeys(map(_at_own_speed, train)))
    tested = list(dict.fromkeys(map(_at_own_speed, test)))
    links = links or link_audio([*learnt, *tested], progress, cache)
    by_audio: dict[str, list[Utterance]] = {}
    by_sound: dict[Sound, Utterance] = {}
    for utterance in learnt:
        if utterance in links.sounds:
            sound = links.sounds[utterance]
            by_audio.setdefault(sound.audio, []).append(utterance)
            by_sound.setdefault(sound, utterance)
    leaks = _shared_speakers(learnt, tested)
    audio = [
        _identical(utterance, by_audio, links) or _near(utterance, by_sound, links) for utterance in tested
    ]
    for kind in (IDENTICAL, NEAR):
        leaks += [leak for leak in audio if leak and leak.kind == kind]
    unread = sum(utterance not in links.sounds for utterance in (*learnt, *tested))
    return LeakReport(tuple(leaks), (len(learnt), len(tested)), unread, _unknown(learnt, tested))


def refuse(report: LeakReport, allow: bool = False, expected: Iterable[str] = ()) -> None:
    """Stop at a leak.

    Args:
        report: the verdict.
        allow: whether to go on all the same; who does must show `report.sentence()` beside every score.
        expected: kinds that the protocol has by its nature, as SPEAKER where single utterances are drawn at random.

    Raises:
        HumpcatError: there is a leak of a kind that is not expected, and it is not allowed.
    """
    unexpected = [leak for leak in report.leaks if leak.kind not in set(expected)]
    if unexpected and not allow:
        raise HumpcatError(
            report.sentence(),
            f"The first: {replace(report, leaks=tuple(unexpected)).lines(1)[0]}. Take them out of one of the two, "
            "or allow leaks (in commands --allow-leaks): the score then says so.",
        )


def second_copies(
    utterances: Sequence[Utterance],
    progress: Progress | None = None,
    cache: FeatureCache | None = None,
    links: AudioLinks | None = None,
) -> dict[int, int]:
    """For each row that is a copy of an earlier one the row that it copies, which is no copy itself.

    Arguments as for `find_leaks`.
    """
    links = links or link_audio(utterances, progress, cache)
    originals: dict[Sound, int] = {}
    stretches: dict[str, list[Sound]] = {}  # of each file's content those that are no copies
    copies: dict[int, int] = {}
    for row, utterance in enumerate(utterances):
        sound = links.sounds.get(_at_own_speed(utterance))
        if sound is None:
            continue
        inside = (other for other in stretches.get(sound.audio, ()) if _is_same_stretch(sound, other))
        elsewhere = (other for other in links.near.get(sound, ()) if other in originals)
        original = next(itertools.chain(inside, elsewhere), None)
        if original:
            copies[row] = originals[original]
        else:
            originals[sound] = row
            stretches.setdefault(sound.audio, []).append(sound)
    return copies


def _compared(
    sounds: dict[Utterance, Sound], total: int, progress: Progress | None, cache: FeatureCache | None
) -> tuple[dict[Utterance, Sound], dict[Sound, dict[Sound, str]]]:
    """The readable ones of `sounds`, and which of other content are near-identical."""
    prints: dict[Sound, Fingerprint | None] = {}
    done = total - len(sounds)

    def tick() -> None:
        if progress:
            progress(done, total)

    for utterance, sound in sounds.items():
        if sound not in prints:
            prints[sound] = _fingerprint(utterance, sound, cache, tick)
        done += 1
        tick()
    usable = {sound: print_ for sound, print_ in prints.items() if print_ is not None}
    order = list(usable)
    near: dict[Sound, dict[Sound, str]] = {}
    for match in matches(list(usable.values()), tick=tick):
        one, other = order[match.query], order[match.reference]
        if one.audio != other.audio:  # of one file, overlapping stretches are known exactly
            detail = f"the same sound for {match.overlap:.2f} s, correlation {match.likeness:.2f}"
            near.setdefault(one, {})[other] = near.setdefault(other, {})[one] = detail
    return {utterance: sound for utterance, sound in sounds.items() if sound in usable}, near


def _hash(path: Path) -> str | None:
    try:
        return content_hash(path)
    except HumpcatError:
        return None


def _fingerprint(
    utterance: Utterance, sound: Sound, cache: FeatureCache | None, tick: Callable[[], None]
) -> Fingerprint | None:
    try:
        return cached_fingerprint(utterance.file, sound.audio, *frames_of(utterance), cache, tick)
    except HumpcatError:
        return None


def _at_own_speed(utterance: Utterance) -> Utterance:
    return utterance if utterance.speed == 1.0 else replace(utterance, speed=1.0)


def _shared_speakers(train: Sequence[Utterance], test: Sequence[Utterance]) -> list[Leak]:
    learnt, tested = _per_speaker(train), _per_speaker(test)
    return [
        Leak(SPEAKER, name, name, f"{learnt[name]} training and {tested[name]} test utterances")
        for name in sorted(learnt.keys() & tested.keys())
    ]


def _per_speaker(utterances: Sequence[Utterance]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for utterance in utterances:
        if utterance.speaker != UNKNOWN_SPEAKER:
            counts[utterance.speaker_id] = counts.get(utterance.speaker_id, 0) + 1
    return counts


def _unknown(train: Sequence[Utterance], test: Sequence[Utterance]) -> tuple[str, ...]:
    """Corpora in both parts of which at least one part has utterances of nobody in particular."""
    nameless = {each.corpus for each in (*train, *test) if each.speaker == UNKNOWN_SPEAKER}
    return tuple(sorted(nameless & {each.corpus for each in train} & {each.corpus for each in test}))


def _identical(utterance: Utterance, train: Mapping[str, list[Utterance]], links: AudioLinks) -> Leak | None:
    sound = links.sounds.get(utterance)
    if sound is None:
        return None
    for other in train.get(sound.audio, ()):
        known = links.sounds[other]
        if _is_same_stretch(sound, known):
            whole = (known.start, known.end) == (sound.start, sound.end)
            shared = "the same content" if whole else f"{_overlap(sound, known):.2f} s of the same content"
            return Leak(IDENTICAL, _told(other), _told(utterance), shared)
    return None


def _near(utterance: Utterance, train: Mapping[Sound, Utterance], links: AudioLinks) -> Leak | None:
    sound = links.sounds.get(utterance)
    if sound is None:
        return None
    for other, detail in links.near.get(sound, {}).items():
        if other in train:
            return Leak(NEAR, _told(train[other]), _told(utterance), detail)
    return None


def _overlap(one: Sound, other: Sound) -> float:
    return min(one.end, other.end) - max(one.start, other.start)


def _is_same_stretch(one: Sound, other: Sound) -> bool:
    """Whether two stretches of one file's content are one recording."""
    shorter = min(one.end - one.start, other.end - other.start)
    return _overlap(one, other) >= _SHARED * shorter


def _told(utterance: Utterance) -> str:
    if utterance.start is None and utterance.end is None:
        return str(utterance.file)
    end = "the end" if utterance.end is None else f"{utterance.end:.2f} s"
    return f"{utterance.file} from {utterance.start or 0.0:.2f} s to {end}"


def _both(leak: Leak) -> str:
    return leak.train if leak.kind == SPEAKER else f"{leak.train} in training, {leak.test} in test"
