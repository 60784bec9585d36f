"""The network's building blocks against cases computed by hand or by torch's own layers."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core_model.network.layers import (
    CAT,
    AMSoftmax,
    Attention,
    ConvBlock,
    CrossTransformer,
    Interaction,
    LayerFusion,
    MfccEmbedding,
    ProsodyEmbedding,
    pool,
    strided_convolution,
)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def identity(layer: nn.Linear) -> None:
    with torch.no_grad():
        layer.weight.copy_(torch.eye(len(layer.weight)))
        layer.bias.zero_()


class TestAMSoftmax:
    def classifier(self) -> AMSoftmax:
        classify = AMSoftmax(2, 2, margin=0.2, scale=30.0)
        with torch.no_grad():
            classify.weight.copy_(torch.tensor([[2.0, 0.0], [0.0, 5.0]]))  # length must not matter
        return classify

    def test_outputs_are_cosines_with_the_labels_directions(self) -> None:
        cosines = self.classifier()(torch.tensor([[3.0, 4.0], [-7.0, 0.0]]))
        torch.testing.assert_close(cosines, torch.tensor([[0.6, 0.8], [-1.0, 0.0]]))

    def test_the_margin_is_taken_from_the_right_label_only_and_then_scaled(self) -> None:
        classify = self.classifier()
        cosines = classify(torch.tensor([[3.0, 4.0], [3.0, 4.0]]))
        logits = classify.logits(cosines, torch.tensor([0, 1]))
        torch.testing.assert_close(logits, torch.tensor([[12.0, 24.0], [18.0, 18.0]]))

    def test_without_targets_there_is_no_margin(self) -> None:
        classify = self.classifier()
        logits = classify.logits(classify(torch.tensor([[3.0, 4.0]])))
        torch.testing.assert_close(logits, torch.tensor([[18.0, 24.0]]))

    def test_the_loss_is_wang_and_others_equation_by_hand(self) -> None:
        classify = self.classifier()
        targets = torch.tensor([0])
        loss = F.cross_entropy(classify.logits(classify(torch.tensor([[3.0, 4.0]])), targets), targets)
        expected = -math.log(math.exp(30 * 0.4) / (math.exp(30 * 0.4) + math.exp(30 * 0.8)))
        assert loss.item() == pytest.approx(expected, rel=1e-6)


class TestAttention:
    def test_two_tokens_by_hand(self) -> None:
        attention = Attention(width=2, heads=1)
        for layer in (attention.query, attention.key, attention.value, attention.output):
            identity(layer)
        queries = torch.tensor([[[1.0, 0.0]]])
        keys = torch.tensor([[[2.0, 0.0], [0.0, 6.0]]])
        output, weights = attention(queries, keys)
        first = math.exp(2 / math.sqrt(2)) / (math.exp(2 / math.sqrt(2)) + 1)
        torch.testing.assert_close(weights, torch.tensor([[[[first, 1 - first]]]]))
        torch.testing.assert_close(output, torch.tensor([[[2 * first, 6 * (1 - first)]]]))

    def test_it_agrees_with_torchs_own_multi_head_attention(self) -> None:
        ours, theirs = Attention(8, 2), nn.MultiheadAttention(8, 2, batch_first=True)
        with torch.no_grad():
            parts = (ours.query, ours.key, ours.value)
            theirs.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
            theirs.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
            theirs.out_proj.load_state_dict(ours.output.state_dict())
        queries, keys = torch.randn(3, 5, 8), torch.randn(3, 7, 8)
        expected, expected_weights = theirs(queries, keys, keys, average_attn_weights=False)
        output, weights = ours(queries, keys)
        torch.testing.assert_close(output, expected)
        torch.testing.assert_close(weights, expected_weights)


class TestCAT:
    def test_a_looks_at_b_and_b_looks_at_a(self) -> None:
        cat = CAT(8, 2, 16, dropout=0.0)
        a, b = torch.randn(1, 3, 8), torch.randn(1, 5, 8)
        new_a, new_b, a_to_b, b_to_a = cat(a, b)
        assert new_a.shape == a.shape
        assert new_b.shape == b.shape
        assert a_to_b.shape == (1, 2, 3, 5)
        assert b_to_a.shape == (1, 2, 5, 3)

    def test_bs_tokens_are_keys_and_values_of_as_new_tokens(self) -> None:
        cat = CAT(8, 2, 16, dropout=0.0)
        a, b = torch.randn(1, 3, 8), torch.randn(1, 5, 8)
        new_a = cat(a, b)[0]
        assert not torch.allclose(cat(a, torch.randn(1, 5, 8))[0], new_a)
        # Keys have no order: B's tokens shuffled give A the same and B the shuffled same.
        order = torch.tensor([4, 2, 0, 1, 3])
        shuffled_a, shuffled_b, a_to_b, _ = cat(a, b[:, order])
        torch.testing.assert_close(shuffled_a, new_a)
        torch.testing.assert_close(shuffled_b, cat(a, b)[1][:, order])
        torch.testing.assert_close(a_to_b, cat(a, b)[2][..., order])

    def test_as_tokens_are_queries_each_by_itself(self) -> None:
        cat = CAT(8, 2, 16, dropout=0.0)
        a, b = torch.randn(1, 3, 8), torch.randn(1, 5, 8)
        new_a = cat(a, b)[0]
        changed = a.clone()
        changed[0, 1] += torch.randn(8)
        others = [0, 2]
        torch.testing.assert_close(cat(changed, b)[0][:, others], new_a[:, others])
        assert not torch.allclose(cat(changed, b)[0][:, 1], new_a[:, 1])

    def test_the_two_directions_are_two_transformers(self) -> None:
        cat = CAT(8, 2, 16, dropout=0.0)
        a, b = torch.randn(1, 4, 8), torch.randn(1, 4, 8)
        before = cat(a, b)
        with torch.no_grad():
            for parameter in cat.b_to_a.parameters():
                parameter.zero_()
        after = cat(a, b)
        torch.testing.assert_close(after[0], before[0])
        torch.testing.assert_close(after[1], b)  # nothing but the residual is left

    def test_a_cross_transformer_is_pre_norm_with_residuals(self) -> None:
        transformer = CrossTransformer(8, 2, 16, dropout=0.0)
        queries, keys = torch.randn(2, 3, 8), torch.randn(2, 5, 8)
        norm = transformer.norm_queries(queries), transformer.norm_keys(keys)
        middle = queries + transformer.attention(*norm)[0]
        first, _, _, last = transformer.feed_forward
        expected = middle + last(F.gelu(first(transformer.norm_forward(middle))))
        torch.testing.assert_close(transformer(queries, keys)[0], expected)

    def test_the_interaction_crosses_both_outputs(self) -> None:
        interact = Interaction(8, 2, dropout=0.0)
        a, b = torch.randn(1, 3, 8), torch.randn(1, 5, 8)
        new_a, new_b, a_to_b, b_to_a = interact(a, b)
        expected, weights = interact.a_to_b(interact.norm_a(a), interact.norm_b(b))
        torch.testing.assert_close(new_a, a + expected)
        torch.testing.assert_close(a_to_b, weights)
        expected, weights = interact.b_to_a(interact.norm_b(b), interact.norm_a(a))
        torch.testing.assert_close(new_b, b + expected)
        torch.testing.assert_close(b_to_a, weights)


class TestLayerFusion:
    def test_frames_are_weighted_sums_by_hand(self) -> None:
        fuse = LayerFusion(channels=2, hidden=1)
        with torch.no_grad():
            fuse.hidden.weight.copy_(torch.tensor([[1.0, 0.0]]))
            fuse.hidden.bias.zero_()
            fuse.score.weight.copy_(torch.tensor([[2.0]]))
        layers = torch.tensor([[[[1.0, 10.0], [0.0, 20.0]], [[0.0, 30.0], [0.0, 40.0]]]])  # (1, 2, 2, 2)
        fused, weights = fuse(layers)
        lead = math.exp(2 * math.tanh(1)) / (math.exp(2 * math.tanh(1)) + 1)
        torch.testing.assert_close(weights, torch.tensor([[[lead, 0.5], [1 - lead, 0.5]]]))
        by_hand = torch.tensor([[[lead, 10 * lead + 30 * (1 - lead)], [0.0, 30.0]]])
        torch.testing.assert_close(fused, by_hand)

    def test_weights_of_the_blocks_sum_to_one_in_every_frame(self) -> None:
        _, weights = LayerFusion(16, 4)(torch.randn(2, 3, 20, 16))
        torch.testing.assert_close(weights.sum(dim=1), torch.ones(2, 20))


class TestConvBlock:
    @pytest.mark.parametrize(
        ("frames", "channels"), [(349, 768), (350, 512), (349, 32), (10, 18), (11, 19), (47, 41)]
    )
    def test_the_strided_convolution_is_torchs_own_with_the_same_gradients(
        self, frames: int, channels: int
    ) -> None:
        convolve = nn.Conv2d(1, 3, (10, 18), (4, 3)).double()
        image = torch.randn(2, frames, channels, dtype=torch.float64, requires_grad=True)
        expected, got = convolve(image.unsqueeze(1)), strided_convolution(image, convolve)
        assert got.shape == expected.shape == (2, 3, (frames - 10) // 4 + 1, (channels - 18) // 3 + 1)
        torch.testing.assert_close(got, expected)
        seen = torch.randn_like(expected)
        variables = (image, convolve.weight, convolve.bias)
        for ours, theirs in zip(
            torch.autograd.grad(got, variables, seen),
            torch.autograd.grad(expected, variables, seen),
            strict=True,
        ):
            torch.testing.assert_close(ours, theirs)

    def test_seven_seconds_of_hubert_give_85_tokens(self) -> None:
        block = ConvBlock(768, 8, (10, 18), (4, 3), 32)
        assert block(torch.randn(1, 349, 768)).shape == (1, 85, 32)

    def test_each_step_in_time_is_projected_by_itself(self) -> None:
        block = ConvBlock(24, 2, (10, 18), (4, 3), 4)
        fused = torch.randn(1, 18, 24)
        maps = F.gelu(block.convolve(fused.unsqueeze(1)))  # (1, 2, 3, 3)
        by_hand = torch.stack([block.project(maps[:, :, t].flatten(1)) for t in range(3)], dim=1)
        torch.testing.assert_close(block(fused), by_hand)


class TestEmbeddings:
    def test_mfcc_are_averaged_over_blocks_of_four_before_the_lstm(self) -> None:
        embed = MfccEmbedding(size=2, width=6, block=4)
        frames = torch.arange(22.0).reshape(1, 11, 2)  # the last 3 frames make no block
        averaged = torch.tensor([[[3.0, 4.0], [11.0, 12.0]]])
        torch.testing.assert_close(embed(frames), embed.lstm(averaged)[0])
        assert embed(frames).shape == (1, 2, 6)

    def test_the_lstm_looks_both_ways(self) -> None:
        embed = MfccEmbedding(size=2, width=6, block=4)
        frames = torch.randn(1, 40, 2)
        changed = frames.clone()
        changed[:, 20:24] += 1
        differs = (embed(frames) - embed(changed)).abs().sum(dim=-1)[0] > 0
        assert differs[0] and differs[-1]

    def test_each_prosodic_group_is_embedded_from_its_own_values(self) -> None:
        embed = ProsodyEmbedding(((0, 2), (1,)), 4)
        values = torch.randn(1, 3)
        changed = values.clone()
        changed[0, 1] += 1
        tokens, others = embed(values), embed(changed)
        assert tokens.shape == (1, 2, 4)
        torch.testing.assert_close(others[:, 0], tokens[:, 0])
        assert not torch.allclose(others[:, 1], tokens[:, 1])
        first, _, last, _ = embed.embed[0]
        torch.testing.assert_close(tokens[:, 0], F.gelu(last(F.gelu(first(values[:, [0, 2]])))))


def test_pooling_gives_mean_and_variance_over_tokens() -> None:
    tokens: Tensor = torch.tensor([[[1.0, 2.0], [3.0, 2.0], [8.0, 5.0]]])
    torch.testing.assert_close(pool(tokens), torch.tensor([[4.0, 3.0, 26 / 3, 2.0]]))
