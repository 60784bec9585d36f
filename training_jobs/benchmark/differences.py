"""In what our measurement differs from the paper's, so that nobody takes one for a repetition of the other."""

from collections.abc import Sequence

from core_model.encoders.registry import find_encoder
from core_model.labels import PAPER
from core_model.network.config import HUBERT, NetworkConfig

from .. import models, paper
from ..jobs.options import BenchmarkOptions
from ..manifest import Utterance
from ..recipe import PAPER_RECIPE, Recipe
from .plan import Measurement, Present, Row, Variant, title_of
from .splitting import BenchmarkSplits, rows_of, tuning_told


def network_of(variant: Variant) -> NetworkConfig:
    """The configuration of a variant's network."""
    config = NetworkConfig(len(PAPER.labels), features=variant.features)
    return models.with_labels(config, PAPER, variant.encoder)


def differences(
    row: Row,
    present: Present,
    splits: BenchmarkSplits,
    utterances: Sequence[Utterance],
    options: BenchmarkOptions,
) -> tuple[str, ...]:
    """Sentences, the weightiest first; none for a row without a measurement."""
    found = row.measurement
    if not found:
        return ()
    told = [
        *_encoder(row, found.variant),
        *_corpus(row, found.target),
        *_source(present, len(rows_of(utterances, present.source))),
        *_split(found, splits, utterances),
        *_network(found.variant, options.tuning if found.target else options.recipe),
        *_labels(found.target or present.source, utterances),
        _recipe(options.recipe, options.tuning if found.target else None),
        _standardisation(options.standardisation),
    ]
    return tuple(filter(None, told))


def _encoder(row: Row, variant: Variant) -> list[str]:
    if not variant.encoder:
        return [
            'no speech encoder (paper: "we run the HuBERT base model on different combination" of features, though its '
            "figures are below HuBERT's own)"
        ]
    source = find_encoder(variant.encoder.hash).source
    blocks = f"blocks {' and '.join(map(str, variant.encoder.layers))}"
    if source == paper.ENCODER:
        usual = variant.encoder.layers == paper.LAYERS
        return [] if usual else [f"encoder: {blocks} (paper: blocks 1 and 9)"]
    if row.figure and row.figure.table == "III" and not row.aside:
        return [f"encoder: {variant.encoder.name}, {blocks} (paper: {row.figure.row}, blocks not told)"]
    return [f"encoder: {variant.encoder.name}, {blocks} (paper: HuBERT-base, blocks 1 and 9)"]


def _corpus(row: Row, target: str | None) -> list[str]:
    known = paper.CORPORA.get(target) if target else None
    if not known or not known.unclear or not row.figure:
        return []
    return [f"{known.title}: its {known.language} part (paper: {known.unclear})"]


def _source(present: Present, count: int) -> list[str]:
    if present.source != paper.SOURCE:
        return [f"source corpus: {title_of(present.source)}, {count} utterances (paper: IEMOCAP, 5,531)"]
    return [] if count == paper.SOURCE_UTTERANCES else [f"{count} utterances of IEMOCAP (paper: 5,531)"]


def _split(found: Measurement, splits: BenchmarkSplits, utterances: Sequence[Utterance]) -> list[str]:
    if found.target:
        return [tuning_told(utterances, found.target, splits.targets[found.target])]
    count = len(splits.of(None))
    return [] if count == paper.FOLDS else [f"{count} folds by speaker (paper: {paper.FOLDS})"]


def _network(variant: Variant, recipe: Recipe) -> list[str]:
    config = network_of(variant)
    told = []
    if config.shortcut:
        told.append(
            f"a linear shortcut from the encoder has {100 * recipe.shortcut_share:g} % of the say (paper: none)"
        )
    if "prosody" in config.features and config.prosody_tokens == "groups":
        told.append("prosody in groups of features (paper: one token)")
    if config.features == (HUBERT,):
        told.append("the encoder's branch alone (paper: not told what stood beside it)")
    return told


def _labels(corpus: str, utterances: Sequence[Utterance]) -> list[str]:
    there = {utterance.emotion for utterance in utterances if utterance.corpus == corpus}
    if there == set(PAPER.labels):
        return []
    return [f"{', '.join(sorted(there))} alone are in {title_of(corpus)} (paper: four labels)"]


def _recipe(source: Recipe, tuning: Recipe | None) -> str:
    if source == PAPER_RECIPE and tuning in (None, PAPER_RECIPE):
        return ""
    epochs = f"{source.epochs} epochs" + (f", then {tuning.epochs} to tune" if tuning else "")
    return f"our training recipe, {epochs} (paper: Adam at 1e-3, batches of 32, at most 50 epochs)"


def _standardisation(how: str) -> str:
    told = {
        "speaker": "by each speaker's unlabelled statistics",
        "corpus": "by the corpus' unlabelled statistics",
        "none": "by the training set's statistics",
    }.get(how, "as chosen inside the training data")
    return f"features standardised {told} (paper: not told)"
