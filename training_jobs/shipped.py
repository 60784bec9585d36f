"""Builds what ships in `resources`: the cut Whisper encoder, and the models `default` and `source-en` on it.

    python -m training_jobs.shipped ../shared            # everything
    python -m training_jobs.shipped ../shared encoder    # one of encoder, source-en, default

`../shared` holds `encoders/whisper-base` and `data/{ravdess,emodb,banglaser}`. Both models are measured by
cross-validation over speakers, with the recipe that then trains them on all speakers.
"""

import json
import logging
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from core_model.cache import FeatureCache
from core_model.devices import choose_device
from core_model.encoders.config import EncoderConfig
from core_model.encoders.registry import describe_encoder, find_encoder
from core_model.extractor import FeatureExtractor
from core_model.features.config import FeatureConfig
from core_model.files import write_aside
from core_model.folders import resources_folder
from core_model.labels import PAPER
from core_model.network.config import NetworkConfig

from . import models
from .corpora.reading import read_corpus
from .crossvalidation import cross_validate
from .extraction import FeatureTable
from .leaks import AudioLinks, link_audio, second_copies
from .manifest import Utterance, select
from .recipe import Recipe
from .splits import Split
from .work.guarding import training_facts

ENCODER = "whisper-base-cut"
LAYERS = (1, 3)
CORPORA = {"source-en": ("ravdess",), "default": ("ravdess", "emodb", "banglaser")}
FOLDS = {"source-en": 6, "default": 4}
# The more utterances, the fewer passes; EMO-DB's 339 alone take all 50.
RECIPES = {"source-en": Recipe(epochs=24), "default": Recipe(epochs=20)}
RESEARCH_ONLY = (
    "Trained on research-only corpora (RAVDESS: CC BY-NC-SA 4.0; EMO-DB: free for research; BanglaSER: CC BY 4.0): "
    "use the model for research only. No audio of them is part of this program but the attributed demo recordings."
)

DATA_NOTES = {
    "source-en": RESEARCH_ONLY,
    "default": f"{RESEARCH_ONLY} The demo recordings are six of BanglaSER's: the model has heard them in training, and "
    "what it says of them is no test.",
}

_logger = logging.getLogger(__name__)


def build_encoder(source: Path) -> None:
    """Cut Whisper-base's encoder to the blocks used and to 7 s, in fp16, with its licence."""
    folder = resources_folder() / "encoders" / ENCODER
    tensors = load_file(source / "encoder.fp16.safetensors")
    above = tuple(f"layers.{block}." for block in range(max(LAYERS), 100))
    kept = {name: tensor.to(torch.float16) for name, tensor in tensors.items() if not name.startswith(above)}
    positions = 350
    kept["embed_positions.weight"] = kept["embed_positions.weight"][:positions].contiguous()
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    config |= {"encoder_layers": max(LAYERS), "max_source_positions": positions}
    with write_aside(folder) as aside:
        aside.mkdir()
        save_file(kept, aside / "model.safetensors")
        (aside / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        shutil.copyfile(source / "LICENSE", aside / "LICENSE")
    describe_encoder(folder, ENCODER, "openai/whisper-base, its encoder's blocks 1 to 3", "MIT")


def read_without_copies(sources: Sequence[Path]) -> tuple[list[Utterance], AudioLinks]:
    """The corpora's utterances of the paper's labels without second copies of a recording, and which sound alike."""
    utterances = select([each for source in sources for each in read_corpus(source)], PAPER)
    links = link_audio(utterances, cache=FeatureCache())
    copies = second_copies(utterances, links=links)
    _logger.info("%d copies are left out", len(copies))
    return [each for row, each in enumerate(utterances) if row not in copies], links


def build_model(
    name: str, table: FeatureTable, links: AudioLinks, encoder: EncoderConfig, precision: str
) -> None:
    """Measure by cross-validation, train on everything, save the bundle."""
    recipe = RECIPES[name]
    config = models.with_labels(NetworkConfig(len(PAPER.labels)), PAPER, encoder)
    measured = cross_validate(
        table, config, recipe, FOLDS[name], lambda: _logger.info("%s: a fold is done", name)
    )
    rows = tuple(models.original_rows(table))
    learned = models.learn(
        table,
        Split(rows, (), ()),
        config,
        recipe,
        on_epoch=lambda epoch: _logger.info("%s: epoch %d, loss %.3f", name, epoch.number, epoch.loss),
    )
    training = {
        "data": models.describe_data(table.utterances, table.scheme.labels, table.skipped),
        "data_note": DATA_NOTES[name],
        "protocol": f"Results: cross-validation, every speaker tested once by a model that never heard the speaker "
        f"({FOLDS[name]} folds of speakers). The model itself was then trained on all {len(rows)} utterances by "
        "the same recipe; no epoch was chosen. Its temperature fits the predictions of the speakers left out.",
        "recipe": recipe.to_json(),
        "precision": precision,
        "heard": training_facts([table.utterances[row] for row in rows], links),
    }
    tested = measured.by_corpus
    ua = sum(part.known.ua for part in tested.values()) / len(tested)
    models.save_learned(
        resources_folder() / "models" / name,
        replace(learned, temperature=measured.temperature),
        PAPER,
        FeatureConfig(),
        encoder,
        training,
        {"ua": ua, "by_corpus": {corpus: part.to_json() for corpus, part in tested.items()}},
    )


def main(arguments: Sequence[str]) -> None:
    """Build what is named, or everything."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    shared, wanted = Path(arguments[0]), set(arguments[1:]) or {"encoder", "source-en", "default"}
    if "encoder" in wanted:
        build_encoder(shared / "encoders" / "whisper-base")
    if not wanted & {"source-en", "default"}:
        return
    encoder = find_encoder(ENCODER).config(LAYERS)
    extractor = FeatureExtractor(FeatureConfig(), encoder, choose_device(), cache=FeatureCache())
    for name in ("source-en", "default"):
        if name in wanted:
            utterances, links = read_without_copies([shared / "data" / corpus for corpus in CORPORA[name]])
            table = models.extract_corpus(utterances, PAPER, extractor, RECIPES[name].speeds)
            _logger.info("%s: features are ready", name)
            build_model(name, table, links, encoder, extractor.precision)


if __name__ == "__main__":
    main(sys.argv[1:])
