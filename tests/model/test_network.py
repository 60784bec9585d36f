"""The whole network: every choice of branches, every attention map, and what its configuration refuses."""

import itertools

import pytest
import torch

from core_model.errors import HumpcatError
from core_model.features.prosody import PROSODY_GROUPS
from core_model.network.config import BRANCHES, NetworkConfig
from core_model.network.network import HumpCat, Inputs, Output

SUBSETS = [subset for n in (1, 2, 3) for subset in itertools.combinations(BRANCHES, n)]
GROUPS = len(PROSODY_GROUPS)
HUBERT, MFCC, BOTH = "hubert", "mfcc", "prosody+mfcc"


def inputs(features: tuple[str, ...], windows: int = 2, frames: int = 349, width: int = 24) -> Inputs:
    torch.manual_seed(1)
    everything = {
        "encoder": torch.randn(windows, 2, frames, width),
        "mfcc": torch.randn(windows, 350, 39),
        "prosody": torch.randn(windows, 103),
    }
    wanted = {"hubert": "encoder", "mfcc": "mfcc", "prosody": "prosody"}
    return Inputs(**{wanted[branch]: everything[wanted[branch]] for branch in features})


def network(features: tuple[str, ...], tokens: str = "groups", width: int = 24) -> HumpCat:
    torch.manual_seed(0)
    config = NetworkConfig(4, features, encoder_width=width, prosody_tokens=tokens)
    return HumpCat(config).eval()


def named(output: Output) -> list[tuple[str, str, str]]:
    return [(each.stage, each.query, each.key) for each in output.maps]


@pytest.mark.parametrize("tokens", ["single", "groups"])
@pytest.mark.parametrize("features", SUBSETS, ids="+".join)
def test_every_choice_of_branches_gives_its_maps(features: tuple[str, ...], tokens: str) -> None:
    model = network(features, tokens)
    output = model(inputs(features))
    assert output.cosines.shape == (2, 4)
    assert output.cosines.abs().max() <= 1
    assert output.embedding.shape == (2, 2 * model.config.width)
    acoustic = "+".join(branch for branch in ("prosody", "mfcc") if branch in features)
    expected = []
    if acoustic == BOTH:
        expected += [("stage 1", "prosody", "mfcc"), ("stage 1", "mfcc", "prosody")]
    pair = ("prosody", "mfcc") if acoustic == BOTH else (acoustic, acoustic)
    if HUBERT in features:
        pair = (HUBERT, acoustic or HUBERT)
        if acoustic:
            expected += [("stage 2", *pair), ("stage 2", *pair[::-1])]
    expected += [("final", *pair), ("final", *pair[::-1])]
    assert named(output) == expected
    prosodic = 1 if tokens == "single" else GROUPS
    sizes = {HUBERT: 85, MFCC: 87, "prosody": prosodic, BOTH: prosodic + 87}
    for each in output.maps:
        assert each.weights.shape == (2, model.config.heads, sizes[each.query], sizes[each.key])
        torch.testing.assert_close(each.weights.sum(dim=-1), torch.ones(each.weights.shape[:-1]))
    assert (output.layer_weights is None) == (HUBERT not in features)


@pytest.mark.parametrize("features", SUBSETS, ids="+".join)
def test_every_weight_of_every_variant_is_trained(features: tuple[str, ...]) -> None:
    model = network(features).train()
    output = model(inputs(features, windows=4))
    targets = torch.tensor([0, 1, 2, 3])
    torch.nn.functional.cross_entropy(model.classify.logits(output.cosines, targets), targets).backward()
    unused = [name for name, each in model.named_parameters() if each.grad is None or not each.grad.any()]
    # A key's bias moves all of a row's scores alike, which the softmax takes out again.
    assert [name for name in unused if not name.endswith("attention.key.bias")] == []


@pytest.mark.parametrize(("frames", "width", "tokens"), [(349, 768, 85), (350, 512, 86)])
def test_hubert_gives_85_tokens_whisper_86_and_both_64_pooled_values(
    frames: int, width: int, tokens: int
) -> None:
    model = network(BRANCHES, width=width)
    output = model(inputs(BRANCHES, frames=frames, width=width))
    assert output.maps[2].weights.shape == (2, model.config.heads, tokens, GROUPS + 87)
    assert output.embedding.shape == (2, 64)


def test_windows_do_not_look_at_one_another() -> None:
    model, both = network(BRANCHES), inputs(BRANCHES)
    assert both.encoder is not None and both.mfcc is not None and both.prosody is not None
    alone = model(Inputs(both.encoder[1:], both.mfcc[1:], both.prosody[1:]))
    torch.testing.assert_close(model(both).cosines[1:], alone.cosines, atol=1e-5, rtol=1e-4)


def test_stage_1_runs_before_stage_2_and_the_pooled_tokens_come_last() -> None:
    model, given = network(BRANCHES), inputs(BRANCHES)
    hubert, _ = model._hubert(given.encoder)
    assert given.prosody is not None and given.mfcc is not None and hubert is not None
    prosody, mfcc, *_ = model.stage_1(model.embed_prosody(given.prosody), model.embed_mfcc(given.mfcc))
    a, b, *_ = model.stage_2(hubert, torch.cat([prosody, mfcc], dim=1))
    a, b, *_ = model.interact(a, b)
    tokens = torch.cat([a, b], dim=1)
    expected = torch.cat([tokens.mean(dim=1), tokens.var(dim=1, unbiased=False)], dim=1)
    torch.testing.assert_close(model(given).embedding, expected)


def test_the_shortcut_has_its_share_of_the_log_probabilities_and_none_without_it() -> None:
    config = NetworkConfig(4, encoder_width=24, shortcut=0.75)
    model, given = HumpCat(config).eval(), inputs(BRANCHES)
    model.shortcut.weight.normal_()
    output = model(given)
    own = (model.config.scale * output.cosines).softmax(dim=-1)
    assert given.encoder is not None
    linear = given.encoder.mean(dim=2).flatten(1) @ model.shortcut.weight.T
    expected = own**0.25 * linear.softmax(dim=-1) ** 0.75
    torch.testing.assert_close(model.logits(output).exp(), expected, atol=1e-5, rtol=1e-4)
    plain = network(BRANCHES)
    torch.testing.assert_close(plain.logits(plain(given)), plain.config.scale * plain(given).cosines)


def test_a_configuration_from_before_the_shortcut_has_none() -> None:
    told = NetworkConfig(4).to_json()
    del told["shortcut"]
    assert NetworkConfig.from_json(told).shortcut == 0


def test_a_missing_branch_is_told() -> None:
    with pytest.raises(ValueError, match="needs mfcc"):
        network(BRANCHES)(Inputs(encoder=torch.zeros(1, 2, 349, 24), prosody=torch.zeros(1, 103)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"features": ()}, "non-empty choice"),
        ({"features": ("hubert", "video")}, "non-empty choice"),
        ({"features": ("mfcc", "mfcc")}, "non-empty choice"),
        ({"prosody_tokens": "many"}, "single or groups"),
        ({"width": 30, "heads": 4}, "multiple"),
        ({"shortcut": 1.0}, "share"),
        ({"shortcut": 0.5, "features": ("mfcc",)}, "past an encoder"),
    ],
)
def test_a_configuration_out_of_range_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(HumpcatError, match=sentence):
        NetworkConfig(4, **change)  # type: ignore[arg-type]


def test_a_configuration_survives_json() -> None:
    config = NetworkConfig(3, ("mfcc", "prosody"), conv_kernel=(5, 7), prosody_tokens="single", margin=0.35)
    assert NetworkConfig.from_json(config.to_json()) == config
    with pytest.raises(HumpcatError, match="does not fit this program"):
        NetworkConfig.from_json({**config.to_json(), "depth": 3})
