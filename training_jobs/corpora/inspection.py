"""What is in a corpus, counted: labels, speakers, genders, durations, rates, and what is left out."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core_model.audio import AudioInfo, read_info
from core_model.errors import HumpcatError

from ..manifest import UNKNOWN_SPEAKER, Utterance
from ..parallel import Progress, in_threads
from .facts import Skipped
from .reading import Reading

NO_HEADER = "not audio that can be read: "


@dataclass(frozen=True, slots=True)
class Count:
    """How much there is of something: utterances, and seconds of them."""

    utterances: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Inspection:
    """A corpus with what its files' headers say.

    Attributes:
        reading: the corpus as it was read, without the files whose header cannot be read: these are among its skipped.
        seconds: each utterance's length.
        rates: how many files have which sampling rate in Hz.
        channels: how many files have how many channels.
        formats: how many files are of which format.
    """

    reading: Reading
    seconds: tuple[float, ...]
    rates: Mapping[int, int]
    channels: Mapping[int, int]
    formats: Mapping[str, int]

    @property
    def by_label(self) -> dict[str, Count]:
        """By our label, most frequent first."""
        return _counted(self._pairs("emotion"))

    @property
    def by_gender(self) -> dict[str, Count]:
        """By gender; "" is unknown."""
        return _counted(self._pairs("gender"))

    @property
    def by_corpus(self) -> dict[str, Count]:
        """By corpus: a table or a folder may hold several."""
        return _counted(self._pairs("corpus"))

    @property
    def by_speaker(self) -> dict[str, Count]:
        """By speaker's id ("emodb/03"); utterances of unknown speakers are not in it."""
        pairs = zip(self.reading.utterances, self.seconds, strict=True)
        return _counted((each.speaker_id, s) for each, s in pairs if each.speaker != UNKNOWN_SPEAKER)

    @property
    def speakers_by_label(self) -> dict[str, Counter[str]]:
        """For each known speaker how many utterances each label has."""
        found: dict[str, Counter[str]] = {}
        for each in self.reading.utterances:
            if each.speaker != UNKNOWN_SPEAKER:
                found.setdefault(each.speaker_id, Counter())[each.emotion] += 1
        return dict(sorted(found.items()))

    @property
    def unknown_speakers(self) -> int:
        """How many utterances have an unknown speaker."""
        return sum(each.speaker == UNKNOWN_SPEAKER for each in self.reading.utterances)

    @property
    def skipped_by_reason(self) -> dict[str, list[Path]]:
        """What is left out, by why, the most frequent reason first."""
        found: dict[str, list[Path]] = {}
        for skip in self.reading.skipped:
            found.setdefault(skip.reason, []).append(skip.file)
        return dict(sorted(found.items(), key=lambda item: -len(item[1])))

    def to_json(self) -> dict[str, Any]:
        """Everything but the utterances themselves, which are the manifest's."""
        reading = self.reading
        return {
            "source": shown(reading.source),
            "corpus": reading.name,
            "title": reading.title,
            "confidence": round(reading.confidence, 3),
            "evidence": list(reading.evidence),
            "utterances": len(reading.utterances),
            "seconds": round(sum(self.seconds), 3),
            "shortest": round(min(self.seconds, default=0.0), 3),
            "longest": round(max(self.seconds, default=0.0), 3),
            "labels": _told(self.by_label),
            "speakers": _told(self.by_speaker),
            "speakers_by_label": {name: dict(counts) for name, counts in self.speakers_by_label.items()},
            "unknown_speakers": self.unknown_speakers,
            "genders": _told(self.by_gender),
            "corpora": _told(self.by_corpus),
            "rates": {str(rate): count for rate, count in self.rates.items()},
            "channels": {str(channels): count for channels, count in self.channels.items()},
            "formats": dict(self.formats),
            "words": {
                word: {"label": reading.label_of(word), "utterances": count}
                for word, count in reading.words.items()
            },
            "skipped": {
                reason: [shown(file) for file in files] for reason, files in self.skipped_by_reason.items()
            },
        }

    def _pairs(self, attribute: str) -> Iterable[tuple[str, float]]:
        pairs = zip(self.reading.utterances, self.seconds, strict=True)
        return ((getattr(each, attribute), seconds) for each, seconds in pairs)


def inspect_corpus(reading: Reading, on_progress: Progress | None = None) -> Inspection:
    """Read the headers of a corpus' files, in threads; no samples are decoded.

    Args:
        reading: as `open_corpus` gives it.
        on_progress: called with the files done and their number; what it raises ends the inspection.

    Raises:
        HumpcatError: none of the files can be read.
    """
    files = sorted({each.file for each in reading.utterances})
    infos = dict(zip(files, in_threads(_header, files, on_progress), strict=True))
    readable = {file: info for file, info in infos.items() if isinstance(info, AudioInfo)}
    skipped = [Skipped(file, info) for file, info in infos.items() if isinstance(info, str)]
    if not readable:
        why = skipped[0].reason.removeprefix(NO_HEADER).rstrip(".")
        raise HumpcatError(
            f"None of the {len(files)} files of {reading.source} can be read; of {files[0].name}: {why}.",
            "Copy the corpus again, or convert it to WAV or FLAC.",
        )
    kept = tuple(each for each in reading.utterances if each.file in readable)
    return Inspection(
        replace(reading, utterances=kept, skipped=(*reading.skipped, *skipped)),
        tuple(_seconds(each, readable[each.file]) for each in kept),
        _frequent(info.rate for info in readable.values()),
        _frequent(info.channels for info in readable.values()),
        _frequent(info.format for info in readable.values()),
    )


def shown(path: Path) -> str:
    """A path as text; bytes in it that are no UTF-8 are escaped."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _header(file: Path, _stop: threading.Event) -> AudioInfo | str:
    try:
        return read_info(file)
    except HumpcatError as error:
        # Without the file's name, so that equal reasons are counted together.
        return NO_HEADER + error.message.replace(file.name, "it").replace(str(file.parent), "").strip("/")


def _seconds(utterance: Utterance, info: AudioInfo) -> float:
    end = info.duration if utterance.end is None else min(utterance.end, info.duration)
    return max(0.0, end - (utterance.start or 0.0))


def _counted(pairs: Iterable[tuple[str, float]]) -> dict[str, Count]:
    lengths: dict[str, list[float]] = {}
    for name, length in pairs:
        lengths.setdefault(name, []).append(length)
    ordered = sorted(lengths.items(), key=lambda item: -len(item[1]))
    return {name: Count(len(each), sum(each)) for name, each in ordered}


def _told(counts: Mapping[str, Count]) -> dict[str, dict[str, float]]:
    return {
        name: {"utterances": count.utterances, "seconds": round(count.seconds, 3)}
        for name, count in counts.items()
    }


def _frequent(values: Iterable[Any]) -> dict[Any, int]:
    return dict(Counter(values).most_common())


def describe_files(files: Sequence[Path], root: Path, most: int = 3) -> str:
    """The first few files, shown relative to a folder."""
    shown = [str(file.relative_to(root)) if file.is_relative_to(root) else str(file) for file in files[:most]]
    return ", ".join(shown) + (" ..." if len(files) > most else "")
