"""What a report tells beside the outcomes: facts that only the job knows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from platform import platform, python_version
from typing import Any

from core_model import __version__

from .tuning import TuningPoint


@dataclass(frozen=True, slots=True)
class LeakVerdict:
    """What the leak guard found between training and test: one sentence, and each leak as JSON-able facts."""

    sentence: str
    found: bool
    leaks: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ReportContext:
    """Everything that a report says beside the outcomes.

    Attributes:
        kind: of the job: "fine-tune".
        title: of the page.
        protocol: a sentence that says how the splits were made.
        pooled: whether each utterance was tested once, so that predictions are pooled over the outcomes (folds); else
            several outcomes are repeated draws, and figures are means over them.
        made: when, as people read it.
        notes: sentences to tell with the headline: what fell back, what was skipped.
        configuration: by section (recipe, model, encoder, features) the values used.
        versions: by program; see `versions`.
        data: by corpus what `models.describe_data` tells: "utterances", "speakers", "labels" with their counts.
        skipped: by reason the files that were left out; see `by_reason`.
        leaks: the leak guard's verdict; None: it was not asked, which the report says.
        brand: what the report must be branded with everywhere, as when leaks were allowed; empty: nothing.
        tuning: points of the learning curve over the amount of tuning data.
    """

    kind: str
    title: str
    protocol: str
    pooled: bool = False
    made: str = ""
    notes: tuple[str, ...] = ()
    configuration: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    skipped: Mapping[str, Sequence[str]] = field(default_factory=dict)
    leaks: LeakVerdict | None = None
    brand: str = ""
    tuning: tuple[TuningPoint, ...] = ()


def by_reason(left_out: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Pairs of (file, reason) as files by reason, the reason of most files first."""
    reasons: dict[str, list[str]] = {}
    for file, reason in left_out:
        reasons.setdefault(reason, []).append(file)
    return dict(sorted(reasons.items(), key=lambda each: -len(each[1])))


def versions() -> dict[str, str]:
    """The versions that results depend on: program, Python, libraries, and the platform; without importing them."""
    return {
        "HuMP-CAT Studio": __version__,
        "Python": python_version(),
        **{name: metadata.version(name) for name in ("torch", "numpy", "scikit-learn")},
        "platform": platform(),
    }
