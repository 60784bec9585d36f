"""Listening to a whole corpus before anybody trains on it: what cannot be read, or should not be trusted."""

import hashlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core_model.audio import Samples, read_blocks, read_info
from core_model.errors import HumpcatError

from .manifest import Utterance, frames_of
from .parallel import Progress, Stopped, in_threads

SHORTEST = 0.3  # s; decision: the shortest words of acted corpora (MESD) last about half a second
LONGEST = (
    30.0  # s; decision: longer than any corpus' utterance, so probably a whole recording under one label
)
SILENT_DB = -60.0  # dBFS of the loudest 20 ms; decision: the quietest speech of RAVDESS has -54
CLIPPED_SHARE = 0.001  # of the samples, in runs of three or more at full scale
_RUN = 3
_FULL_SCALE = 0.999
_FRAME_SECONDS = 0.02

UNREADABLE = "unreadable"
CONTRADICTION = "contradiction"
DUPLICATE = "duplicate"
SILENT = "silent"
SHORT = "short"
LONG = "long"
CLIPPED = "clipped"


@dataclass(frozen=True, slots=True)
class Advice:
    """What a kind of problem is, and what to do about it."""

    title: str
    todo: str


# In the order in which they matter.
ADVICE = {
    UNREADABLE: Advice(
        "cannot be read",
        "Copy the file again from its source or convert it; training leaves it out.",
    ),
    CONTRADICTION: Advice(
        "identical audio under different labels",
        "Listen, and delete the copy with the wrong label, or both.",
    ),
    DUPLICATE: Advice(
        "identical audio",
        "Delete all but one: in training and test at once it inflates the score.",
    ),
    SILENT: Advice("silent", "Leave it out: there is no speech in it."),
    SHORT: Advice(
        f"shorter than {SHORTEST:g} s", "Check the start and end: emotion is hard to hear in so little."
    ),
    LONG: Advice(
        f"longer than {LONGEST:g} s",
        "Cut it into utterances with a manifest (start, end), for the emotion may change.",
    ),
    CLIPPED: Advice("clipped", "Take another copy if there is one: loudness and spectrum are distorted."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One utterance with a problem, or several with identical audio; `detail` is what was measured."""

    kind: str
    utterances: tuple[Utterance, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class AudioChecks:
    """What listening found."""

    checked: int
    problems: tuple[Problem, ...]

    def of_kind(self, kind: str) -> list[Problem]:
        """The problems of one kind."""
        return [problem for problem in self.problems if problem.kind == kind]

    def to_json(self) -> dict[str, Any]:
        """Problems by kind with what to do, for those kinds that there are."""
        found = {kind: self.of_kind(kind) for kind in ADVICE}
        return {
            "checked": self.checked,
            "problems": {
                kind: {
                    "title": ADVICE[kind].title,
                    "todo": ADVICE[kind].todo,
                    "found": [
                        {"files": [str(each.file) for each in one.utterances], "detail": one.detail}
                        for one in problems
                    ],
                }
                for kind, problems in found.items()
                if problems
            },
        }


@dataclass(frozen=True, slots=True)
class _Sound:
    """What one utterance sounds like: seconds, level of the loudest 20 ms in dBFS, share of clipped samples, a hash of
    its samples; or why it cannot be read."""

    seconds: float = 0.0
    loudest: float = 0.0
    clipped: float = 0.0
    digest: str = ""
    error: str = ""


def check_audio(
    utterances: Sequence[Utterance], on_progress: Progress | None = None, threads: int | None = None
) -> AudioChecks:
    """Decode every utterance once, in threads, and tell what is wrong with which.

    Identical audio is told by its samples: a copy as FLAC of a WAV is found too.

    Args:
        utterances: of any corpora.
        on_progress: called with the utterances done and their number, at least every 0.2 s; what it raises ends the
            pass within one block of 10 s of audio, and is raised here.
        threads: how many; None takes two for each core.
    """
    sounds = in_threads(_listen, utterances, on_progress, threads)
    problems = [
        Problem(kind, (utterance,), detail)
        for utterance, sound in zip(utterances, sounds, strict=True)
        for kind, detail in _judge(sound)
    ]
    problems += _identical(utterances, sounds)
    order = list(ADVICE)
    problems.sort(key=lambda problem: order.index(problem.kind))
    return AudioChecks(len(utterances), tuple(problems))


def _listen(utterance: Utterance, stop: threading.Event) -> _Sound:
    digest = hashlib.blake2b(digest_size=16)
    frames, clipped, loudest = 0, 0, 0.0
    try:
        info = read_info(utterance.file)
        digest.update(f"{info.rate} {info.channels}".encode())
        for block in read_blocks(utterance.file, *frames_of(utterance)):
            if stop.is_set():
                raise Stopped
            digest.update(block.tobytes())
            frames += len(block)
            clipped += _clipped(block)
            loudest = max(loudest, _loudest(block, round(_FRAME_SECONDS * info.rate)))
    except HumpcatError as error:
        return _Sound(error=error.message)
    if not frames:
        return _Sound(error=f"Nothing lies between start and end in {utterance.file.name}.")
    level = 10 * np.log10(max(loudest, 1e-12))
    return _Sound(frames / info.rate, float(level), clipped / (frames * info.channels), digest.hexdigest())


def _clipped(block: Samples) -> int:
    """How many samples of a block (n, channels) are in runs of `_RUN` or more at full scale."""
    full = np.abs(block) >= _FULL_SCALE
    if not full.any() or len(full) < _RUN:
        return 0
    starts = np.logical_and.reduce([full[at : len(full) - _RUN + 1 + at] for at in range(_RUN)])
    inside = np.zeros_like(full)
    for at in range(_RUN):
        inside[at : at + len(starts)] |= starts
    return int(inside.sum())


def _loudest(block: Samples, frame: int) -> float:
    """The largest mean square of a frame of a block's mean over channels; a block shorter than a frame is one."""
    mono = block.mean(axis=1)
    frame = max(1, min(frame, len(mono)))
    whole = mono[: len(mono) // frame * frame].reshape(-1, frame)
    return float((whole.astype(np.float64) ** 2).mean(axis=1).max())


def _judge(sound: _Sound) -> Iterable[tuple[str, str]]:
    if sound.error:
        yield UNREADABLE, sound.error
        return
    if sound.loudest < SILENT_DB:
        yield SILENT, f"{sound.loudest:.0f} dB" if sound.loudest > -119 else "all zero"
    if sound.seconds < SHORTEST:
        yield SHORT, f"{sound.seconds:.2f} s"
    if sound.seconds > LONGEST:
        yield LONG, f"{sound.seconds:.1f} s"
    if sound.clipped > CLIPPED_SHARE:
        yield CLIPPED, f"{100 * sound.clipped:.1f} % of the samples"


def _identical(utterances: Sequence[Utterance], sounds: Sequence[_Sound]) -> Iterable[Problem]:
    groups: dict[str, list[Utterance]] = {}
    for utterance, sound in zip(utterances, sounds, strict=True):
        if not sound.error:
            groups.setdefault(sound.digest, []).append(utterance)
    for group in groups.values():
        if len(group) < 2:
            continue
        labels = sorted({each.emotion for each in group})
        speakers = len({each.speaker_id for each in group})
        told = f"{len(group)} times" + (f", {speakers} speakers" if speakers > 1 else "")
        if len(labels) > 1:
            yield Problem(CONTRADICTION, tuple(group), f"{told}: {', '.join(labels)}")
        else:
            yield Problem(DUPLICATE, tuple(group), told)
