"""What each kind of job can be asked for, as `spec.json` holds it (nothing here imports torch)."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from core_model.errors import HumpcatError
from core_model.model_names import DEFAULT_MODEL
from core_model.network.config import BRANCHES

from ..recipe import DEFAULT_RECIPE, SOURCE_RECIPE, TUNING_RECIPE, Recipe
from ..splits import SPEAKER_DISJOINT
from ..standardisation_names import SPEAKER

# How `train` splits: some speakers held out, folds of speakers, each speaker in turn, each corpus in turn.
HOLD_OUT, FOLDS, SPEAKERS, CORPORA = "hold-out", "folds", "leave-one-speaker-out", "leave-one-corpus-out"
PROTOCOLS = (HOLD_OUT, FOLDS, SPEAKERS, CORPORA)
TABLES = ("III", "IV", "V", "VI", "VII")  # of the paper, as `benchmark` measures them


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What all kinds share.

    Attributes:
        device: auto, cpu, cuda or mps.
        precision: of the encoder: auto, fp32 or bf16.
    """

    device: str = "auto"
    precision: str = "auto"

    def to_json(self) -> dict[str, Any]:
        """As JSON-able values; paths are absolute, so that the job can be run from anywhere."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Self:
        """Options from what `to_json` gave, or from that read back from a file.

        Raises:
            HumpcatError: an option is not known.
        """
        known = {each.name: each.type for each in fields(cls)}
        if unknown := set(told) - set(known):
            raise HumpcatError(
                f"The job's spec has unknown options: {', '.join(sorted(unknown))}.",
                f"Known: {', '.join(known)}.",
            )
        return cls(**{name: _typed(known[name], value) for name, value in told.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusOptions(Options):
    """Kinds that read corpora.

    Attributes:
        corpora: folders and manifests.
        corpus: what the folders are, where that cannot be told from them.
        label_map: a file that maps the corpus' own words to labels, in place of the built-in one.
        label_changes: labels of single words in place of the map's; "" leaves a word out.
        allow_leaks: score although the training part shares speakers or audio with the test part, and say so.
    """

    corpora: tuple[Path, ...]
    corpus: str | None = None
    label_map: Path | None = None
    label_changes: dict[str, str] = field(default_factory=dict)
    allow_leaks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractOptions(CorpusOptions):
    """Fill the feature cache with what a model needs of corpora, and with the altered copies that training needs."""

    model: str = DEFAULT_MODEL
    speeds: tuple[float, ...] = DEFAULT_RECIPE.speeds


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions(CorpusOptions):
    """Train a source model.

    Attributes:
        install: the name under which the bundle is installed; empty: it stays in the run folder.
        labels: the label scheme.
        features: branches (Table VII).
        encoder, layers: name of the encoder, its blocks (None: its usual ones).
        prosody_tokens: "single" or "groups".
        protocol: one of PROTOCOLS.
        folds: of "folds".
        validation, test: shares of the speakers that choose the epoch, and, of "hold-out", that test.
        splits: files of splits that take the protocol's place.
        standardisation: speaker, corpus or none.
        recipe: how to train.
    """

    install: str = ""
    labels: tuple[str, ...]
    features: tuple[str, ...] = BRANCHES
    encoder: str = ""
    layers: tuple[int, ...] | None = None
    prosody_tokens: str = "groups"
    protocol: str = HOLD_OUT
    folds: int = 10
    validation: float = 0.15
    test: float = 0.2
    splits: tuple[Path, ...] = ()
    standardisation: str = SPEAKER
    recipe: Recipe = DEFAULT_RECIPE


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneOptions(CorpusOptions):
    """Fine-tune a model on a part of a corpus and test it on the rest.

    Attributes:
        model: to start from.
        install: the name under which the first draw's bundle is installed; empty: it stays in the run folder.
        share: of the corpus that tunes; 0: none, the model is tested as it is; None: the paper's preset.
        mode: speaker-disjoint or random.
        draws: how many different tuning parts.
        splits: files of splits that take the place of share, mode and draws.
        curve: also the learning curve: UA against the share that tunes.
        standardisation: speaker, corpus or none.
        recipe: how to tune.
    """

    model: str
    install: str = ""
    share: float | None = None
    mode: str = SPEAKER_DISJOINT
    draws: int = 1
    splits: tuple[Path, ...] = ()
    curve: bool = False
    standardisation: str = SPEAKER
    recipe: Recipe = TUNING_RECIPE


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateOptions(CorpusOptions):
    """Measure a model on corpora. `out`: also write the metrics there, as JSON."""

    model: str = DEFAULT_MODEL
    standardisation: str = SPEAKER
    out: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictOptions(Options):
    """Predict recordings into a CSV.

    Attributes:
        paths: files and folders.
        model: name or folder.
        segments: "whole" recordings, "vad": stretches of speech, or a CSV of segments.
        out: the CSV.
        speaker: whose statistics standardise: "unknown" (the model's), "folder" or "one".
    """

    paths: tuple[Path, ...]
    model: str = DEFAULT_MODEL
    segments: str = "whole"
    out: Path
    speaker: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkOptions(CorpusOptions):
    """The paper's tables on the corpora and encoders that are there.

    Attributes:
        source: name of the corpus that source models are trained on; empty: the paper's, or else the first English one.
        tables: some of TABLES.
        encoders: names; empty: all that are there. The first is that of the tables that compare no encoders.
        draws: tuning parts of each target.
        folds: of the source corpus' speakers.
        standardisation: one of `standardisation_names.CHOICES`, or CHOSEN.
        recipe, tuning: of what is trained from random weights, and of fine-tuning.
    """

    source: str = ""
    tables: tuple[str, ...] = ("III", "IV", "VI", "VII")
    encoders: tuple[str, ...] = ()
    draws: int = 10
    folds: int = 10
    standardisation: str = SPEAKER
    recipe: Recipe = SOURCE_RECIPE
    tuning: Recipe = TUNING_RECIPE


OF_KIND: dict[str, type[Options]] = {
    "extract": ExtractOptions,
    "train": TrainOptions,
    "finetune": FinetuneOptions,
    "evaluate": EvaluateOptions,
    "predict": PredictOptions,
    "benchmark": BenchmarkOptions,
}


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value.expanduser().absolute())
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


def _typed(wanted: Any, value: Any) -> Any:
    if value is None:
        return None
    if wanted is Recipe:
        return Recipe.from_json(value)
    if wanted in (Path, Path | None):
        return Path(value)
    if wanted == tuple[Path, ...]:
        return tuple(Path(each) for each in value)
    return tuple(value) if isinstance(value, list) else value
