"""The loop learns, repeats itself bit for bit, keeps the best epoch, and stops when told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tables import FRAMES, network_config, table_of, utterances_of

from core_model.network.network import HumpCat, Inputs
from core_model.standardise import statistics_of
from training_jobs.checkpoint import Checkpoint
from training_jobs.epoch import Epoch
from training_jobs.evaluation import predict_table
from training_jobs.extraction import FeatureTable
from training_jobs.manifest import with_speeds
from training_jobs.metrics import Metrics
from training_jobs.models import learn, variants
from training_jobs.recipe import PAPER_RECIPE, Recipe
from training_jobs.splits import Split
from training_jobs.standardisation import for_training
from training_jobs.training import (
    Trained,
    TrainingData,
    _batch,
    _is_best,
    learning_rate_at,
    train_network,
)

RECIPE = Recipe(epochs=4, batch=9, crop=1.0, mask=0.2, speeds=(), mixing=0.0, average=0.5)


def data_of(
    table: FeatureTable, train: range | list[int], validation: range | list[int] = range(0)
) -> TrainingData:
    prior = statistics_of(table.summary)
    everything = range(len(table.utterances))
    speakers = for_training(table, everything, prior).of(everything)
    return TrainingData(table, variants(table, list(train)), list(validation), prior, speakers)


def weights(trained: Trained) -> dict[str, torch.Tensor]:
    return dict(trained.network.state_dict())


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    return table_of(utterances_of(6))


def test_one_seed_gives_the_same_bits_twice_and_another_seed_others(table: FeatureTable) -> None:
    data = data_of(table, range(36), range(36, 54))
    first = train_network(data, network_config(), RECIPE)
    torch.rand(7)  # what was drawn before must not matter
    np.random.default_rng().random(7)
    again = train_network(data, network_config(), RECIPE)
    assert same(weights(first), weights(again))
    assert [epoch.loss for epoch in first.epochs] == [epoch.loss for epoch in again.epochs]
    other = train_network(data, network_config(), replace(RECIPE, seed=1))
    assert not same(weights(first), weights(other))


def test_it_learns_what_can_be_learnt_of_speakers_never_heard(table: FeatureTable) -> None:
    split = Split(tuple(range(27)), tuple(range(27, 36)), tuple(range(36, 54)))
    learned = learn(table, split, network_config(), replace(RECIPE, epochs=12))
    assert learned.tested is not None
    assert learned.tested.known.ua > 0.95 and learned.tested.unknown.ua > 0.95
    assert learned.trained.epochs[-1].loss < 0.7 * learned.trained.epochs[0].loss
    assert 0.2 <= learned.temperature <= 10


def test_noise_teaches_nothing() -> None:
    table = table_of(utterances_of(6), distance=0.0)
    learned = learn(table, Split(tuple(range(27)), (), tuple(range(27, 54))), network_config(), RECIPE)
    assert learned.tested is not None and learned.tested.known.ua < 0.6


def test_the_papers_recipe_runs_without_averaging(table: FeatureTable) -> None:
    seen: list[Epoch] = []
    recipe = replace(PAPER_RECIPE, epochs=2, batch=27)
    trained = train_network(data_of(table, range(27)), network_config(), recipe, on_epoch=seen.append)
    assert tuple(seen) == trained.epochs and len(seen) == 2
    assert trained.best == 2 and seen[0].validation is None
    assert not trained.network.training


def epoch(number: int, ua: float) -> Epoch:
    return Epoch(number, 1.0, Metrics(("a", "b"), 4, ua, ua, (0, 1), (0, 1), ua, 0.0, ((2, 0), (0, 2))))


def test_the_best_epoch_has_the_highest_ua_and_of_equals_is_the_later() -> None:
    epochs: list[Epoch] = []
    best = 0
    for number, ua in enumerate((0.5, 0.8, 0.7, 0.8, 0.6), start=1):
        epochs.append(epoch(number, ua))
        if _is_best(epochs[-1], epochs):
            best = number
    assert best == 4


def test_the_network_kept_is_the_best_epochs(table: FeatureTable) -> None:
    data = data_of(table, range(18), range(36, 54))
    trained = train_network(data, network_config(), replace(RECIPE, epochs=6))
    scores = [each.validation.ua for each in trained.epochs if each.validation]
    assert scores[trained.best - 1] == max(scores)
    rows = list(data.validation)
    said = predict_table(trained.network, table, rows, [data.speakers[row] for row in rows])
    right = [(said.argmax(1) == table.labels[rows])[table.labels[rows] == label].mean() for label in range(3)]
    assert np.mean(right) == pytest.approx(max(scores))


def test_fine_tuning_starts_from_the_weights_given_and_leaves_them_alone(table: FeatureTable) -> None:
    data = data_of(table, range(36))
    source = train_network(data, network_config(), RECIPE).network
    before = {name: value.clone() for name, value in source.state_dict().items()}
    still = train_network(
        data, network_config(), replace(RECIPE, epochs=1, learning_rate=0.0, weight_decay=0.0), source
    )
    assert same(weights(still), before)
    tuned = train_network(data, network_config(), replace(RECIPE, learning_rate=1e-4), source)
    assert same(dict(source.state_dict()), before)
    assert not same(weights(tuned), before)
    fresh = dict(HumpCat(network_config()).state_dict())

    def distance(other: dict[str, torch.Tensor]) -> float:
        return sum(float((other[name] - before[name]).norm()) for name in before)

    assert distance(weights(tuned)) < 0.1 * distance(fresh)
    assert not any(parameter.requires_grad for parameter in source.parameters())


def test_a_callback_that_raises_stops_at_once(table: FeatureTable) -> None:
    class Stop(Exception):
        pass

    seen: list[int] = []

    def stop(told: Epoch) -> None:
        seen.append(told.number)
        if told.number == 2:
            raise Stop

    with pytest.raises(Stop):
        train_network(data_of(table, range(18)), network_config(), replace(RECIPE, epochs=50), on_epoch=stop)
    assert seen == [1, 2]


class Killed(Exception):
    pass


@pytest.mark.parametrize("last", [1, 2, 3])
def test_a_training_taken_up_again_ends_as_one_that_was_never_broken(
    table: FeatureTable, tmp_path: Path, last: int
) -> None:
    data = data_of(table, range(18), range(36, 54))
    recipe = replace(RECIPE, mixing=0.3, average=0.9)

    def kill(epoch: Epoch) -> None:
        if epoch.number == last:
            raise Killed

    whole = train_network(data, network_config(), recipe)
    with pytest.raises(Killed):
        train_network(
            data, network_config(), recipe, on_epoch=kill, keeper=Checkpoint(tmp_path / "state", "this")
        )
    torch.rand(7)  # whatever else drew from torch's own numbers meanwhile
    seen: list[int] = []
    resumed = train_network(
        data,
        network_config(),
        recipe,
        on_epoch=lambda epoch: seen.append(epoch.number),
        keeper=Checkpoint(tmp_path / "state", "this"),
    )
    assert seen == list(range(last + 1, 5))
    assert same(weights(resumed), weights(whole))
    assert resumed.epochs == whole.epochs and resumed.best == whole.best


def test_a_state_of_another_training_or_a_torn_one_is_not_taken_up(tmp_path: Path) -> None:
    Checkpoint(tmp_path / "state", "this").keep({"weight": torch.ones(2)}, {"epochs": 1})
    assert Checkpoint(tmp_path / "state", "that").load() is None
    kept = Checkpoint(tmp_path / "state", "this").load()
    assert kept is not None and kept[1] == {"epochs": 1} and torch.equal(kept[0]["weight"], torch.ones(2))
    (tmp_path / "state").write_bytes((tmp_path / "state").read_bytes()[:-3])
    assert Checkpoint(tmp_path / "state", "this").load() is None


DRIVER = RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported")
MPS = RuntimeError("MPS backend out of memory (MPS allocated: 9.00 GB, other allocations: 1.00 GB)")
ALLOCATOR = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@pytest.mark.parametrize("error", [ALLOCATOR, DRIVER, MPS])
def test_a_full_memory_halves_the_batch_and_the_epoch_begins_again(
    table: FeatureTable, caplog: pytest.LogCaptureFixture, error: RuntimeError
) -> None:
    data = data_of(table, range(36))
    recipe = replace(RECIPE, epochs=2, batch=32)
    plain = train_network(data, network_config(), replace(recipe, batch=8))
    with largest_step(8, error):
        trained = train_network(data, network_config(), recipe)
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == [
        "training goes on with 16 windows a step.",
        "training goes on with 8 windows a step.",
    ]
    assert same(weights(trained), weights(plain))


def test_a_memory_too_small_for_any_step_ends_the_training(table: FeatureTable) -> None:
    with largest_step(1), pytest.raises(torch.OutOfMemoryError):
        train_network(data_of(table, range(36)), network_config(), RECIPE)


def test_an_error_that_is_not_of_memory_ends_the_training(table: FeatureTable) -> None:
    with (
        largest_step(8, RuntimeError("CUDA error: device-side assert triggered")),
        pytest.raises(RuntimeError, match="assert"),
    ):
        train_network(data_of(table, range(36)), network_config(), replace(RECIPE, batch=32))


@pytest.fixture
def full_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU on which other programs left no memory: the driver says so as the first weights come."""
    to = torch.nn.Module.to

    def no_room(module: torch.nn.Module, *place: Any, **words: Any) -> torch.nn.Module:
        if place[0] == "cuda":
            raise DRIVER
        return to(module, *place, **words)

    monkeypatch.setattr(torch.nn.Module, "to", no_room)


def test_a_network_that_finds_no_room_on_the_gpu_is_trained_on_the_cpu(
    table: FeatureTable, full_gpu: None, caplog: pytest.LogCaptureFixture
) -> None:
    data = data_of(table, range(18))
    trained = train_network(data, network_config(), RECIPE, device="cuda")
    assert [record.getMessage() for record in caplog.records] == [
        "The memory of the GPU is full: training goes on on the CPU."
    ]
    assert same(weights(trained), weights(train_network(data, network_config(), RECIPE)))


class Kept:
    """A training's state after its first epoch, as if a GPU had made it."""

    def __init__(self) -> None:
        self.state: tuple[dict[str, torch.Tensor], dict[str, Any]] | None = None

    def load(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
        return self.state

    def keep(self, arrays: dict[str, torch.Tensor], facts: dict[str, Any]) -> None:
        if not self.state:
            self.state = arrays, {**facts, "device": "cuda"}


def test_a_training_that_finds_no_room_on_the_gpu_any_more_is_taken_up_on_the_cpu(
    table: FeatureTable, full_gpu: None, caplog: pytest.LogCaptureFixture
) -> None:
    data, kept = data_of(table, range(18)), Kept()
    whole = train_network(data, network_config(), RECIPE, keeper=kept)
    seen: list[Epoch] = []
    resumed = train_network(data, network_config(), RECIPE, on_epoch=seen.append, device="cuda", keeper=kept)
    assert "training goes on on the CPU" in caplog.text
    assert [epoch.number for epoch in seen] == [2, 3, 4]
    assert same(weights(resumed), weights(whole))


@contextmanager
def largest_step(windows: int, error: RuntimeError = ALLOCATOR) -> Iterator[None]:
    """A device whose memory holds no more windows than these: one of torch's own errors beyond."""

    def look(module: torch.nn.Module, inputs: tuple[Inputs]) -> None:
        if isinstance(module, HumpCat) and module.training and len(inputs[0].mfcc) > windows:
            raise error

    hook = torch.nn.modules.module.register_module_forward_pre_hook(look)
    try:
        yield
    finally:
        hook.remove()


def test_nothing_to_train_on_is_refused(table: FeatureTable) -> None:
    with pytest.raises(ValueError, match="no training rows"):
        train_network(data_of(table, []), network_config(), RECIPE)


def test_the_rate_rises_for_three_tenths_and_falls_to_nothing() -> None:
    assert learning_rate_at(0.0) == 0.01
    assert learning_rate_at(0.15) == pytest.approx(0.5)
    assert learning_rate_at(0.3) == pytest.approx(1.0)
    assert learning_rate_at(0.65) == pytest.approx(0.5)
    assert learning_rate_at(1.0) == pytest.approx(0.0)


def test_an_utterance_is_drawn_as_itself_as_often_as_its_copies_together() -> None:
    originals = utterances_of(2, each=3)
    table = table_of([*originals, *with_speeds(originals, (0.9, 1.1))])
    assert variants(table, [1, 4]) == [[1, 1, 7, 13], [4, 4, 10, 16]]
    assert variants(table_of(originals), [1, 4]) == [[1], [4]]


def test_a_row_given_twice_does_not_lend_its_twin_to_training() -> None:
    one = utterances_of(1, each=3)
    table = table_of([*one, *one, *with_speeds(one, (0.9,))])
    assert variants(table, [0]) == [[0, 6]]


def plain(table: FeatureTable) -> TrainingData:
    """Data standardised by mean 0 and deviation 1, so that what a batch holds is what the table holds."""
    prior = statistics_of(table.summary)
    unit = replace(
        prior,
        mfcc_mean=torch.zeros(39), mfcc_std=torch.ones(39), prosody_mean=torch.zeros(103), prosody_std=torch.ones(103),
    )  # fmt: skip
    rows = range(len(table.utterances))
    return TrainingData(table, [[row] for row in rows], [], unit, [unit] * len(rows))


def test_a_crop_is_one_stretch_of_the_window_the_same_for_all(table: FeatureTable) -> None:
    recipe = replace(RECIPE, crop=1.0, mask=0.0)
    firsts = set()
    for seed in range(5):
        batch = _batch(plain(table), recipe, np.random.default_rng(seed), np.arange(4))
        assert batch.inputs.mfcc is not None and batch.inputs.mfcc.shape == (4, 50, 39)
        (first,) = [
            k for k in range(FRAMES - 49) if torch.equal(batch.inputs.mfcc, table.mfcc[:4, k : k + 50])
        ]
        firsts.add(first)
        np.testing.assert_array_equal(batch.targets, table.labels[:4])
    assert len(firsts) > 1
    whole = _batch(plain(table), replace(recipe, crop=7.0), np.random.default_rng(0), np.arange(4))
    assert whole.inputs.mfcc is not None and torch.equal(whole.inputs.mfcc, table.mfcc[:4])


def test_a_mask_sets_up_to_two_short_stretches_to_the_mean(table: FeatureTable) -> None:
    recipe = replace(RECIPE, crop=7.0, mask=0.6)
    for seed in range(8):
        batch = _batch(plain(table), recipe, np.random.default_rng(seed), np.arange(4))
        assert batch.inputs.mfcc is not None
        hidden = (batch.inputs.mfcc == 0).all(dim=2)
        assert (hidden == hidden[0]).all()
        assert 10 <= int(hidden[0].sum()) <= 60
        edges = int(np.abs(np.diff(hidden[0].int().numpy())).sum())
        assert edges <= 4
        shown = ~hidden
        assert torch.equal(batch.inputs.mfcc[shown], table.mfcc[:4][shown])
    assert torch.isfinite(table.mfcc).all() and not (table.mfcc == 0).all(dim=2).any()


def test_mixing_lays_each_window_over_another_in_the_share_of_its_label(table: FeatureTable) -> None:
    recipe = replace(RECIPE, crop=7.0, mask=0.0, mixing=0.3)
    rows = np.arange(6)
    for seed in range(4):
        batch = _batch(plain(table), recipe, np.random.default_rng(seed), rows)
        assert batch.inputs.mfcc is not None and 0 <= batch.share <= 1
        np.testing.assert_array_equal(batch.targets, table.labels[:6])
        for row in rows:
            laid = [
                other
                for other in rows
                if torch.allclose(
                    batch.inputs.mfcc[row],
                    batch.share * table.mfcc[row] + (1 - batch.share) * table.mfcc[other],
                    atol=1e-5,
                )
            ]
            assert any(batch.other[row] == table.labels[other] for other in laid)
    alone = _batch(plain(table), replace(recipe, mixing=0.0), np.random.default_rng(0), rows)
    assert alone.share == 1.0 and torch.equal(alone.targets, alone.other)


def test_mixing_repeats_itself_bit_for_bit(table: FeatureTable) -> None:
    data, recipe = data_of(table, range(36)), replace(RECIPE, mixing=0.3, epochs=2)
    one, two = (train_network(data, network_config(), recipe) for _ in range(2))
    assert same(weights(one), weights(two))


def test_a_long_utterance_shows_one_of_its_windows_each_time() -> None:
    table = table_of(utterances_of(1, each=3), windows=[1, 3, 2])
    drawn = set()
    recipe = replace(RECIPE, crop=7.0, mask=0.0)
    for seed in range(12):
        batch = _batch(plain(table), recipe, np.random.default_rng(seed), np.array([1]))
        assert batch.inputs.mfcc is not None
        drawn |= {row for row in range(6) if torch.equal(batch.inputs.mfcc[0], table.mfcc[row])}
    assert drawn == {1, 2, 3}


def test_windows_are_standardised_by_their_speaker_or_by_the_prior(table: FeatureTable) -> None:
    data = plain(table)
    shifted = replace(data.prior, mfcc_mean=torch.ones(39))
    data = replace(data, speakers=[shifted] * len(table.utterances))
    rows = np.arange(20)
    for share, expected in ((0.0, {1.0}), (1.0, {0.0}), (0.5, {0.0, 1.0})):
        recipe = replace(RECIPE, crop=7.0, mask=0.0, prior_share=share)
        batch = _batch(data, recipe, np.random.default_rng(0), rows)
        assert batch.inputs.mfcc is not None
        moved = (table.mfcc[:20] - batch.inputs.mfcc).mean(dim=(1, 2)).round(decimals=3)
        assert {abs(value) for value in moved.tolist()} == expected
