"""How long a job takes, and how much of the disk, as told before it starts: from what earlier jobs took here."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from core_model.encoders.config import EncoderConfig
from core_model.encoders.registry import find_encoder
from core_model.errors import HumpcatError
from core_model.folders import jobs_folder

from .run_folder import list_runs

EXTRACTION, LEARNING = "extraction", "learning"  # pieces of work of which jobs tell how long they took

_LAST = 30  # jobs that are asked
# Until a job has run here: seconds a window, more for each megabyte of the encoder, and seconds an utterance and epoch
# (decision: as the shipped encoder takes on two cores, measured as 84 s for 1017 windows, 16 s for 20 epochs of 68).
_WINDOW, _MEGABYTE, _UTTERANCE = 0.03, 0.0025, 0.011
_OVERHEAD = 6.0  # s: reading the corpus, comparing recordings, the report
_MFCC, _REST = (
    350 * 39 * 4,
    8192,
)  # bytes of a window's features, and of its share of an utterance's fingerprint
_TOKENS = 350  # of a window and encoder layer
_FLOAT16 = 2
_LEAST = (
    32 << 20
)  # bytes: a run folder with its checkpoint, report and model, and the model among those installed


@dataclass(frozen=True, slots=True)
class Cost:
    """What a job takes.

    Attributes:
        seconds: how long, at most: what is in the feature cache costs nothing again.
        disk: bytes, at most; without room for all of them features are computed again whenever they are needed.
        least: bytes without which it fails.
        free: bytes that the disk has.
        known: whether jobs have run here before, so that the time is more than a guess.
    """

    seconds: float
    disk: int
    least: int
    free: int
    known: bool


def learning_cost(
    encoder: EncoderConfig | None, windows: int, learnt: int, runs: int, epochs: int, copies: int
) -> Cost:
    """What training or fine-tuning takes.

    Args:
        encoder: of the model.
        windows: of the utterances, at their own speed.
        learnt: utterances that train or tune, in one run.
        runs: how often a network is trained.
        epochs: of each.
        copies: altered copies of each utterance.
    """
    window, utterance = _slowest(EXTRACTION, encoder.name if encoder else "none"), _slowest(LEARNING)
    all_windows = windows * (1 + copies)
    seconds = _OVERHEAD + all_windows * (window or _guess(encoder))
    seconds += runs * epochs * learnt * (utterance or _UTTERANCE)
    held = len(encoder.layers) * encoder.width * _TOKENS * _FLOAT16 if encoder else 0
    features = all_windows * (held + _MFCC + _REST)
    return Cost(seconds, _LEAST + features, _LEAST, _free(jobs_folder()), window is not None)


def _free(folder: Path) -> int:
    """Bytes free where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _slowest(what: str, encoder: str = "") -> float | None:
    """Seconds a piece of work, as the slowest of the last jobs had it: others found theirs in the cache."""
    costs = []
    for run in list_runs()[:_LAST]:
        for event, _ in run.events():
            if event["event"] == "measured" and (event["what"], event["encoder"]) == (what, encoder):
                costs.append(float(event["seconds"]) / max(1.0, float(event["work"])))
    return max(costs, default=None)


def _guess(config: EncoderConfig | None) -> float:
    """Seconds a window of a model that no job on this machine has used."""
    try:
        encoder = find_encoder(config.hash) if config else None
    except HumpcatError:  # not present: the job would say so
        encoder = None
    return _WINDOW + (_MEGABYTE * encoder.size / 1e6 if encoder else 0.0)
