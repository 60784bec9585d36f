"""Measuring for a benchmark: every test and every source model is made once, and kept as soon as it is there."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from core_model.bundle import BundleRecord, read_record
from core_model.encoders.config import EncoderConfig
from core_model.features.config import FeatureConfig
from core_model.labels import PAPER
from core_model.network.network import HumpCat
from core_model.standardise import Statistics

from .. import models
from ..benchmark.differences import network_of
from ..benchmark.plan import Measurement, Variant
from ..benchmark.splitting import BenchmarkSplits
from ..extraction import FeatureTable
from ..jobs.control import Control
from ..jobs.options import BenchmarkOptions
from ..jobs.run_folder import RunFolder
from ..outcome import OUTCOMES, Outcome, read_outcome
from ..protocols import NamedSplit
from ..recipe import Recipe
from ..splits import Split
from .gathering import Gathered
from .guarding import training_facts
from .learning import TRAINING, Setting, extract, learn_split, start_from, table_rows, train_split

Start = tuple[BundleRecord, HumpCat, Statistics]
_SOURCES = "sources"  # folder below the checkpoints: the bundles of the source models


class Tables:
    """Feature tables of one corpus through one encoder, the last one kept: a corpus' features can fill the memory.

    Args:
        gathered: the job's utterances, of all corpora.
        source: the corpus whose copies at other speeds are those of the source recipe.
        main: the encoder whose table serves networks without one, too: their features are a part of it.
        options: the job's.
        control: hears of the progress.
    """

    def __init__(
        self,
        gathered: Gathered,
        source: str,
        main: EncoderConfig | None,
        options: BenchmarkOptions,
        control: Control,
    ) -> None:
        self._gathered = gathered
        self._source = source
        self._main = main
        self._options = options
        self._control = control
        self._threads = torch.get_num_threads()
        self._key: tuple[EncoderConfig | None, str] | None = None
        self._table: FeatureTable | None = None
        self._device = "cpu"

    def of(self, encoder: EncoderConfig | None, corpus: str) -> tuple[FeatureTable, str]:
        """The table, and torch's name of the device to train on.

        Raises:
            HumpcatError: a file has vanished since the job began, or none can be read.
        """
        key = (encoder or self._main, corpus)
        if self._table is None or self._key != key:
            self._table = None  # the old one goes before the new one comes
            self._table = self._extracted(*key)
            self._key = key
        return (self._table if encoder else without_encoder(self._table)), self._device

    def _extracted(self, encoder: EncoderConfig | None, corpus: str) -> FeatureTable:
        recipe = self._options.recipe if corpus == self._source else self._options.tuning
        utterances = tuple(each for each in self._gathered.utterances if each.corpus == corpus)
        part = replace(self._gathered, utterances=utterances)
        torch.set_num_threads(self._threads)  # extraction leaves half of them to training
        table, extractor = extract(
            part, PAPER, FeatureConfig(), encoder, recipe.speeds, self._options, self._control
        )
        self._device = extractor.device.kind
        return table


class Measurer:
    """Trains and tests what a benchmark asks for, going on from what was kept before it was interrupted."""

    def __init__(
        self,
        run: RunFolder,
        gathered: Gathered,
        source: str,
        splits: BenchmarkSplits,
        tables: Tables,
        options: BenchmarkOptions,
        control: Control,
    ) -> None:
        self._run = run
        self._gathered = gathered
        self._source = source
        self._splits = splits
        self._tables = tables
        self._options = options
        self._control = control
        self._starts: dict[Variant, Start] = {}

    def outcomes(self, found: Measurement) -> list[Outcome]:
        """The outcomes of a measurement's folds or draws.

        Raises:
            HumpcatError: a file has vanished, or the disk is full.
        """
        return [self._outcome(found, named) for named in self._splits.of(found.target)]

    def start(self, variant: Variant) -> Start:
        """The source model of a variant: trained on all of the source corpus. No epoch is chosen (decision: the recipe
        ends in a steady average, and the speakers that would choose are worth more in training).

        Raises:
            HumpcatError: a file has vanished, or the disk is full.
        """
        if variant not in self._starts:
            place = self._run.checkpoint / _SOURCES / variant.name.replace(" ", "-")
            if not place.is_dir():
                self._train_source(variant)
            self._starts[variant] = start_from(read_record(place))
        return self._starts[variant]

    def _outcome(self, found: Measurement, named: NamedSplit) -> Outcome:
        unit = NamedSplit(f"{found.variant.name} {named.name}", named.split)
        kept = self._run.checkpoint / OUTCOMES / f"{unit.file_name}.safetensors"
        if kept.is_file():
            return read_outcome(kept)
        start = self.start(found.variant) if found.target else None
        recipe = self._options.tuning if found.target else self._options.recipe
        setting = self._setting(found.variant, found.target or self._source, recipe, start)
        rows = table_rows(setting.table, self._gathered.utterances, unit.split)
        return learn_split(self._run, unit, rows, setting, self._control)

    def _setting(self, variant: Variant, corpus: str, recipe: Recipe, start: Start | None) -> Setting:
        table, device = self._tables.of(variant.encoder, corpus)
        return Setting(table, network_of(variant), recipe, self._options.standardisation, start, device)

    def _train_source(self, variant: Variant) -> None:
        setting = self._setting(variant, self._source, self._options.recipe, None)
        rows = tuple(models.original_rows(setting.table))
        named = NamedSplit(f"{variant.name} {self._source} source model", Split(rows, (), ()))
        learned = train_split(self._run, named, named.split, setting, self._control)
        heard = [setting.table.utterances[row] for row in rows]
        facts = {
            "data": models.describe_data(heard, PAPER.labels, setting.table.skipped),
            "protocol": f"All {len(rows)} utterances trained; no epoch was chosen.",
            "standardisation": setting.standardisation,
            "recipe": setting.recipe.to_json(),
            "heard": training_facts(heard, self._gathered.links),
        }
        place = self._run.checkpoint / _SOURCES / variant.name.replace(" ", "-")
        models.save_learned(place, learned, PAPER, FeatureConfig(), variant.encoder, facts, {})
        (self._run.checkpoint / TRAINING).unlink(missing_ok=True)


def without_encoder(table: FeatureTable) -> FeatureTable:
    """A table's MFCC and prosody alone, as a network without an encoder meets them."""
    nothing = torch.zeros(len(table.mfcc), 0, 0)
    summary = replace(table.summary, encoder_mean=nothing, encoder_square=nothing)
    return replace(table, encoder=None, summary=summary)


def in_order(measurements: Sequence[Measurement], main: EncoderConfig | None) -> list[Measurement]:
    """Each measurement once, corpus after corpus and encoder after encoder, so that no features are read twice.

    The main encoder is the last to hear the source corpus: the source models need the same features after that.
    """
    distinct = list(dict.fromkeys(measurements))
    heard = dict.fromkeys(each.variant.encoder or main for each in distinct)
    encoders = [*(each for each in heard if each != main), main]
    corpora = list(dict.fromkeys([None, *(each.target for each in distinct)]))
    return sorted(
        distinct,
        key=lambda each: (corpora.index(each.target), encoders.index(each.variant.encoder or main)),
    )
