"""How long a job takes, and how much of the disk, as told before it starts: from what earlier jobs took here."""

from dataclasses import dataclass
from pathlib import Path

from core_model.bundle import BundleRecord
from core_model.encoders.registry import find_encoder
from core_model.errors import HumpcatError

from .run_folder import list_runs

EXTRACTION, LEARNING = "extraction", "learning"  # pieces of work of which jobs tell how long they took

_LAST = 30  # jobs that are asked
# Until a job has run here: seconds a window, more for each megabyte of the encoder, and seconds an utterance and epoch
# (decision: as the shipped encoder takes on two cores, measured as 84 s for 1017 windows, 16 s for 20 epochs of 68).
_WINDOW, _MEGABYTE, _UTTERANCE = 0.03, 0.0025, 0.011
_OVERHEAD = 6.0  # s: reading the corpus, comparing recordings, the report
_MFCC, _REST = 350 * 39 * 4, 4096  # bytes of a window's features
_TOKENS = 350  # of a window and encoder layer
_FLOAT16 = 2
_KEPT = 1 << 20  # bytes of a run folder beside the model, and a few more an utterance
_MODELS = 3  # copies of the model while a job runs: in the run folder, its checkpoint, among the installed


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and bytes; `known` says whether jobs have run here before, so that the time is more than a guess."""

    seconds: float
    disk: int
    known: bool


def tuning_cost(record: BundleRecord, windows: int, tuned: int, runs: int, epochs: int, copies: int) -> Cost:
    """What a fine-tuning costs at most: what is in the feature cache already costs nothing again.

    Args:
        record: the model to start from.
        windows: of the utterances, at their own speed.
        tuned: utterances that tune, in one run.
        runs: how often a network is trained.
        epochs: of each.
        copies: altered copies of each utterance.
    """
    name = record.encoder_name
    window, utterance = _slowest(EXTRACTION, name), _slowest(LEARNING)
    all_windows = windows * (1 + copies)
    seconds = _OVERHEAD + all_windows * (window or _guess(record))
    seconds += runs * epochs * tuned * (utterance or _UTTERANCE)
    layers, width = record.network.encoder_layers, record.network.encoder_width
    held = layers * width * _TOKENS * _FLOAT16 if record.encoder else 0
    weights = _size(record.folder)
    disk = all_windows * (held + _MFCC + _REST) + _MODELS * weights + _KEPT
    return Cost(seconds, disk, window is not None)


def _slowest(what: str, encoder: str = "") -> float | None:
    """Seconds a piece of work, as the slowest of the last jobs had it: others found theirs in the cache."""
    costs = []
    for run in list_runs()[:_LAST]:
        for event, _ in run.events():
            if event["event"] == "measured" and (event["what"], event["encoder"]) == (what, encoder):
                costs.append(float(event["seconds"]) / max(1.0, float(event["work"])))
    return max(costs, default=None)


def _guess(record: BundleRecord) -> float:
    """Seconds a window of a model that no job on this machine has used."""
    try:
        encoder = find_encoder(record.encoder.hash) if record.encoder else None
    except HumpcatError:  # not present: the job would say so
        encoder = None
    return _WINDOW + (_MEGABYTE * encoder.size / 1e6 if encoder else 0.0)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
