"""Heat-maps, relevance and the deletion test: by hand where a hand can, and on real speech."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from tiny_models import present_encoder, tiny_bundle
from torch import Tensor

from core_model.audio import read_waveform
from core_model.bundle import BundleRecord
from core_model.errors import HumpcatError
from core_model.explain import (
    PASSES,
    WindowExplanation,
    _silenced,
    deletion_test,
    explain,
    explain_window,
    most_relevant,
    rollout,
    token_times,
)
from core_model.extractor import Stretch, WindowFeatures
from core_model.features.prosody import PROSODY_GROUPS
from core_model.network.config import NetworkConfig
from core_model.network.network import AttentionMap, Output
from core_model.predictor import Predictor

GROUPS = len(PROSODY_GROUPS)
BOTH = "prosody+mfcc"
SIZES = {"hubert": 85, "mfcc": 87, "prosody": GROUPS, BOTH: GROUPS + 87}
CONFIG = NetworkConfig(4)
CHAIN = [
    ("stage 1", "prosody", "mfcc"),
    ("stage 1", "mfcc", "prosody"),
    ("stage 2", "hubert", BOTH),
    ("stage 2", BOTH, "hubert"),
    ("final", "hubert", BOTH),
    ("final", BOTH, "hubert"),
]


def a_map(stage: str, query: str, key: str, weights: Tensor) -> AttentionMap:
    return AttentionMap(stage, query, key, weights[None, None])


def even(stage: str, query: str, key: str) -> AttentionMap:
    """Every token looks at all others alike."""
    return a_map(stage, query, key, torch.full((SIZES[query], SIZES[key]), 1 / SIZES[key]))


def output(maps: list[AttentionMap]) -> Output:
    return Output(torch.zeros(1, 4), torch.zeros(1, 64), tuple(maps), torch.full((1, 2, 349), 0.5))


def window(seconds: float, start: float = 0.0) -> WindowFeatures:
    """A window's times; its features play no part here."""
    nothing = np.zeros(0, dtype=np.float32)
    return WindowFeatures(start, start + seconds, None, nothing, nothing, nothing.astype(bool))


def looking_at(token: int, branch: str = "mfcc") -> list[AttentionMap]:
    """The final layer looks at one MFCC token (of the joined sequence) only; all else is even."""
    weights = torch.zeros(85, SIZES[BOTH])
    weights[:, GROUPS + token] = 1
    return [*(even(*names) for names in CHAIN[:4]), a_map("final", "hubert", BOTH, weights), even(*CHAIN[5])]


class TestRollout:
    def test_two_stages_by_hand(self) -> None:
        maps = [
            a_map("stage 1", "prosody", "mfcc", torch.tensor([[0.25, 0.75]])),
            a_map("stage 1", "mfcc", "prosody", torch.tensor([[1.0], [1.0]])),
            a_map("final", "prosody", "mfcc", torch.tensor([[0.5, 0.5]])),
            a_map("final", "mfcc", "prosody", torch.tensor([[1.0], [1.0]])),
        ]
        shares = rollout(maps)
        np.testing.assert_allclose(shares["prosody"], [0.5], atol=1e-6)
        np.testing.assert_allclose(shares["mfcc"], [0.1875, 0.3125], atol=1e-6)

    def test_heads_are_averaged(self) -> None:
        heads = torch.tensor([[[[1.0, 0.0]], [[0.0, 1.0]]]])  # (1, 2, 1, 2)
        back = a_map("final", "mfcc", "prosody", torch.tensor([[1.0], [1.0]]))
        shares = rollout([AttentionMap("final", "prosody", "mfcc", heads), back])
        assert shares["mfcc"][0] == pytest.approx(shares["mfcc"][1])

    def test_one_branch_looks_at_itself(self) -> None:
        weights = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
        shares = rollout([a_map("final", "mfcc", "mfcc", weights)] * 2)
        np.testing.assert_allclose(shares["mfcc"], [0.75, 0.25])

    def test_all_shares_sum_to_one(self) -> None:
        torch.manual_seed(0)
        maps = [
            AttentionMap(stage, query, key, torch.randn(1, 4, SIZES[query], SIZES[key]).softmax(dim=-1))
            for stage, query, key in CHAIN
        ]
        shares = rollout(maps)
        assert set(shares) == {"hubert", "mfcc", "prosody"}
        assert sum(float(share.sum()) for share in shares.values()) == pytest.approx(1, abs=1e-5)

    def test_the_joined_sequence_is_prosody_then_mfcc(self) -> None:
        shares = rollout(looking_at(40))
        assert shares["mfcc"].argmax() == 40


class TestTimes:
    def test_hubert_tokens_stand_in_the_middle_of_the_kernel(self) -> None:
        times = token_times(CONFIG, "hubert", 85)
        np.testing.assert_allclose(times[[0, 1, 84]], [0.1, 0.18, 6.82], atol=1e-5)

    def test_mfcc_tokens_stand_in_the_middle_of_the_four_frames_averaged(self) -> None:
        # Frames are centred on 0, 20, 40 and 60 ms.
        times = token_times(CONFIG, "mfcc", 87)
        np.testing.assert_allclose(times[[0, 1, 86]], [0.03, 0.11, 6.91], atol=1e-5)

    def test_prosodic_groups_have_no_time(self) -> None:
        assert np.isnan(token_times(CONFIG, "prosody", GROUPS)).all()


def explained(maps: list[AttentionMap], seconds: float, start: float = 0.0) -> WindowExplanation:
    return explain_window(CONFIG, output(maps), window(seconds, start))


EVEN = [even(*names) for names in CHAIN]


class TestHeatMaps:
    def test_a_whole_windows_maps_are_the_networks_own(self) -> None:
        torch.manual_seed(0)
        maps = [
            AttentionMap(stage, query, key, torch.randn(1, 4, SIZES[query], SIZES[key]).softmax(dim=-1))
            for stage, query, key in CHAIN
        ]
        for heat, each in zip(explained(maps, 7.0).maps, maps, strict=True):
            np.testing.assert_allclose(heat.weights, each.weights[0].numpy(), atol=1e-6)
            assert heat.weights.shape == (4, len(heat.query_axis.names), len(heat.key_axis.names))
            assert heat.name == f"{each.query} -> {each.key}"

    def test_prosodic_groups_are_named_and_moments_timed_from_the_windows_start(self) -> None:
        heat = explained(EVEN, 7.0, start=14.0).maps[0]
        assert heat.query_axis.names == tuple(group.name for group in PROSODY_GROUPS)
        assert np.isnan(heat.query_axis.times).all()
        np.testing.assert_allclose(heat.key_axis.times[:2], [14.03, 14.11], atol=1e-4)
        joined = explained(EVEN, 7.0, start=14.0).maps[2].key_axis
        assert np.isnan(joined.times[:GROUPS]).all()
        assert joined.times[GROUPS] == pytest.approx(14.03)

    @pytest.mark.parametrize("seconds", [0.03, 0.3, 0.5, 1.234, 2.0, 3.5, 6.9, 7.0])
    def test_repeated_copies_are_folded_onto_the_speech_itself(self, seconds: float) -> None:
        torch.manual_seed(0)
        maps = [
            AttentionMap(stage, query, key, torch.randn(1, 4, SIZES[query], SIZES[key]).softmax(dim=-1))
            for stage, query, key in CHAIN
        ]
        for heat in explained(maps, seconds, start=7.0).maps:
            np.testing.assert_allclose(heat.weights.sum(axis=-1), 1, atol=1e-5)
            for axis in (heat.query_axis, heat.key_axis):
                times = axis.times[~np.isnan(axis.times)]
                assert (times >= 7.0).all()
                assert (times <= 7.0 + max(seconds, 0.11)).all()
                assert (np.diff(times) > 0).all()

    def test_columns_and_rows_are_averaged_over_copies_by_hand(self) -> None:
        # 3.5 s fill the window twice: MFCC tokens 0 to 43 are the first pass, 44 to 86 the second.
        weights = torch.zeros(GROUPS, 87)
        weights[:, 10], weights[:, 54] = 0.25, 0.75  # 0.83 s and 4.35 s, which is 0.85 s of the copy
        heat = explained([a_map("stage 1", "prosody", "mfcc", weights), *EVEN[1:]], 3.5).maps[0]
        assert heat.weights.shape == (1, GROUPS, 44)
        np.testing.assert_allclose(heat.weights[0, :, 10], 1, atol=1e-6)
        rows = torch.zeros(87, GROUPS)
        rows[:, 0] = 1
        rows[54] = torch.eye(GROUPS)[1]
        heat = explained([EVEN[0], a_map("stage 1", "mfcc", "prosody", rows), *EVEN[2:]], 3.5).maps[1]
        np.testing.assert_allclose(heat.weights[0, 10, :2], [0.5, 0.5], atol=1e-6)

    def test_even_attention_stays_even_however_many_copies_of_a_moment_there_are(self) -> None:
        # 5 s fill the window once and 2 s more: the first 2 s have two copies.
        for heat in explained(EVEN, 5.0).maps:
            timed = ~np.isnan(heat.key_axis.times)
            if timed.any():
                row = heat.weights[0, 0, timed]
                np.testing.assert_allclose(row, row.mean(), rtol=1e-5)


class TestRelevance:
    @pytest.mark.parametrize("seconds", [0.03, 0.5, 0.93, 2.0, 3.5, 6.44, 6.52, 6.9, 7.0])
    def test_even_attention_is_even_relevance(self, seconds: float) -> None:
        relevance = explained(EVEN, seconds, start=7.0).relevance
        np.testing.assert_allclose(relevance.values, 1, atol=1e-4)
        assert len(relevance.times) == len(relevance.values)
        assert len(relevance.values) == pytest.approx(seconds / 0.08, abs=0.7)  # a moment lasts about 80 ms
        assert ((relevance.times > 7.0) & (relevance.times < 7.0 + seconds)).all()
        assert 0 < relevance.prosody_share < 1

    @pytest.mark.parametrize("token", [0, 20, 86])
    def test_what_is_looked_at_is_relevant_at_its_time(self, token: int) -> None:
        relevance = explained(looking_at(token), 7.0, start=7.0).relevance
        assert relevance.values.mean() == pytest.approx(1, abs=1e-5)
        seen = relevance.times[relevance.values.argmax()]
        assert seen == pytest.approx(7.0 + 0.03 + 0.08 * token, abs=0.09)

    def test_a_copy_counts_at_the_time_of_the_speech(self) -> None:
        relevance = explained(looking_at(60), 2.0).relevance  # 4.83 s: 0.83 s of the third pass
        assert relevance.times[relevance.values.argmax()] == pytest.approx(0.83, abs=0.09)


def test_the_most_relevant_fifth_is_marked() -> None:
    values = np.random.default_rng(0).random(50).astype(np.float32)
    mask = most_relevant(values)
    assert mask.sum() == 10
    assert values[mask].min() > values[~mask].max()
    assert most_relevant(np.ones(2, dtype=np.float32)).sum() == 1


def test_what_is_silenced_is_the_share_and_the_place_that_was_marked() -> None:
    clip = np.ones(32_000, dtype=np.float32)
    mask = np.zeros(25, dtype=bool)
    mask[[3, 4, 20, 21, 22]] = True
    silenced = _silenced(clip, mask)
    assert (silenced == 0).mean() == pytest.approx(0.2)
    assert not silenced[3 * 1_280 : 5 * 1_280].any()
    assert silenced[5 * 1_280 : 20 * 1_280].all()


@pytest.fixture
def speech(corpora: Path) -> list[Path]:
    return sorted((corpora / "emodb/wav").iterdir())[:8]


@pytest.fixture
def bundle(tiny_hubert: Path, tmp_path: Path) -> BundleRecord:
    return tiny_bundle(tmp_path / "bundle", present_encoder(tiny_hubert))


@pytest.fixture
def predictor(bundle: BundleRecord) -> Predictor:
    return Predictor(bundle, "cpu", "fp32")


@pytest.fixture
def long(speech: list[Path], tmp_path: Path) -> Path:
    path = tmp_path / "long.wav"
    samples = np.concatenate([read_waveform(each).samples for each in speech])
    soundfile.write(path, samples[: 16_000 * 10], 16_000)
    return path


def test_an_explained_prediction_is_the_prediction(predictor: Predictor, long: Path) -> None:
    calls: list[None] = []
    prediction, windows = explain(predictor, Stretch(long), on_window=lambda: calls.append(None))
    assert len(calls) == len(windows) == len(prediction.windows) == 2
    assert prediction.probabilities == pytest.approx(predictor.predict(Stretch(long)).probabilities, abs=1e-6)
    assert [(each.start, each.end) for each in windows] == [
        (each.start, each.end) for each in prediction.windows
    ]
    assert [(each.stage, each.query, each.key) for each in windows[1].maps] == CHAIN
    assert sum(windows[0].layer_weights) == pytest.approx(1, abs=1e-5)
    assert windows[1].relevance.times.min() > 7.0
    assert windows[1].relevance.times.max() < 10.0


class TestDeletion:
    def test_its_figures_are_drops_of_the_predicted_labels_probability(
        self, predictor: Predictor, long: Path
    ) -> None:
        calls: list[None] = []
        found = deletion_test(predictor, Stretch(long), on_pass=lambda: calls.append(None))
        prediction = predictor.predict(Stretch(long))
        assert (found.label, found.probability) == (
            prediction.emotion,
            pytest.approx(prediction.confidence, abs=1e-6),
        )
        assert len(found.drop_random_draws) == 10
        assert found.drop_random == pytest.approx(np.mean(found.drop_random_draws))
        drops = np.array([found.drop_relevant, *found.drop_random_draws])
        assert np.isfinite(drops).all()
        assert (drops <= found.probability).all()
        assert len(set(drops)) > 1
        assert len(calls) == 2 * PASSES

    def test_it_is_the_drop_of_a_recording_with_the_relevant_fifth_silenced(
        self, predictor: Predictor, speech: list[Path], tmp_path: Path
    ) -> None:
        found = deletion_test(predictor, Stretch(speech[0]))
        _, (explanation,) = explain(predictor, Stretch(speech[0]))
        samples = read_waveform(speech[0]).samples.copy()
        mask = most_relevant(explanation.relevance.values)
        edges = np.ceil(np.arange(len(mask) + 1) * len(samples) / len(mask)).astype(int)
        for index in np.flatnonzero(mask):
            samples[edges[index] : edges[index + 1]] = 0
        soundfile.write(tmp_path / "silenced.wav", samples, 16_000, subtype="FLOAT")
        after = predictor.predict(Stretch(tmp_path / "silenced.wav"))
        label = after.labels.index(found.label)
        assert found.drop_relevant == pytest.approx(found.probability - after.probabilities[label], abs=1e-5)

    def test_the_seed_decides_the_draws(self, predictor: Predictor, speech: list[Path]) -> None:
        stretch = Stretch(speech[0])
        first = deletion_test(predictor, stretch, seed=1)
        assert deletion_test(predictor, stretch, seed=1) == first
        other = deletion_test(predictor, stretch, seed=2)
        assert other.drop_relevant == first.drop_relevant
        assert other.drop_random_draws != first.drop_random_draws

    def test_a_network_that_hears_no_moments_is_told(self, speech: list[Path], tmp_path: Path) -> None:
        record = tiny_bundle(tmp_path / "prosodic", features=("prosody",))
        prosodic = Predictor(record, "cpu")
        with pytest.raises(HumpcatError, match="prosody alone"):
            deletion_test(prosodic, Stretch(speech[0]))
        _, (explanation,) = explain(prosodic, Stretch(speech[0]))
        assert explanation.relevance.prosody_share == pytest.approx(1, abs=1e-6)
        assert (explanation.relevance.values == 1).all()
