"""Why a prediction came out as it did: attention maps on a time axis, relevance over time, and a test of both.

A heat-map is a claim. The deletion test checks it: silence what is said to matter, and see whether the probability
falls further than when as much is silenced elsewhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .audio import SAMPLE_RATE, Samples, waveform_blocks
from .errors import HumpcatError
from .extractor import Stretch, WindowFeatures
from .facts import Prediction, WindowPrediction
from .features.mfcc import HOP
from .features.prosody import PROSODY_GROUPS
from .network.config import HUBERT, MFCC, PROSODY, NetworkConfig
from .network.network import AttentionMap, Output
from .predictor import Predictor
from .standardise import Statistics
from .windows import WINDOW, split_into_windows

Floats = npt.NDArray[np.float32]

FRAME_SECONDS = HOP / SAMPLE_RATE
DELETED_SHARE = 0.2
DRAWS = 10
PASSES = 2 + DRAWS  # of the deletion test, through the network, for each window


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """A heat-map's rows or columns: for each token its name and its time in seconds of the recording (NaN: it has
    none, as a prosodic group)."""

    names: tuple[str, ...]
    times: Floats


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """Attention weights (H, queries, keys) of one layer over one window; each row of a head sums to 1.

    Speech shorter than the window was repeated to fill it; its copies are folded back onto the first: a moment's
    columns and rows are averaged over its copies, so that those that fit in once more than others do not stand out.
    """

    stage: str
    query: str
    key: str
    weights: Floats
    query_axis: Axis
    key_axis: Axis

    @property
    def name(self) -> str:
        """For example "prosody -> mfcc"."""
        return f"{self.query} -> {self.key}"


@dataclass(frozen=True, slots=True, eq=False)
class Relevance:
    """How much each moment counted: `times` (n,) s of the recording, `values` (n,) with mean 1; and how much of the
    whole the prosodic groups took, which have no moment (0 to 1)."""

    times: Floats
    values: Floats
    prosody_share: float


@dataclass(frozen=True, slots=True, eq=False)
class WindowExplanation:
    """One window's heat-maps in the network's order, its relevance, and the fused encoder blocks' mean weights."""

    start: float
    end: float
    maps: tuple[HeatMap, ...]
    relevance: Relevance
    layer_weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DeletionTest:
    """Drop of the predicted label's probability when the most relevant fifth of the time is silenced, and when a fifth
    elsewhere is (mean of 10 draws). A heat-map that tells the truth has the larger drop."""

    label: str
    probability: float
    drop_relevant: float
    drop_random: float
    drop_random_draws: tuple[float, ...]


def explain(
    predictor: Predictor,
    stretch: Stretch,
    statistics: Statistics | None = None,
    on_window: Callable[[], None] | None = None,
) -> tuple[Prediction, list[WindowExplanation]]:
    """Predict a stretch and explain each of its windows; `on_window` as in `Predictor.predict`.

    Raises:
        HumpcatError: the stretch cannot be read.
    """
    predictions, explanations = [], []
    for window in predictor.extractor.windows(stretch):
        output = predictor.run([window], statistics)
        (probabilities,) = predictor.probabilities(output)
        predictions.append(WindowPrediction(window.start, window.end, probabilities))
        explanations.append(explain_window(predictor.record.network, output, window))
        if on_window:
            on_window()
    return predictor.combine(stretch, predictions), explanations


def explain_window(config: NetworkConfig, output: Output, window: WindowFeatures) -> WindowExplanation:
    """Turn one window's network output into heat-maps and relevance on the recording's time axis."""
    maps = tuple(_heat_map(config, each, window) for each in output.maps)
    blocks = () if output.layer_weights is None else tuple(output.layer_weights[0].mean(dim=-1).tolist())
    return WindowExplanation(window.start, window.end, maps, _relevance(config, output.maps, window), blocks)


def deletion_test(
    predictor: Predictor,
    stretch: Stretch,
    statistics: Statistics | None = None,
    seed: int = 0,
    on_pass: Callable[[], None] | None = None,
) -> DeletionTest:
    """Silence the most relevant fifth of each window, then fifths elsewhere, and compare the drops.

    Decision: the comparison silences pieces of the same lengths at another place (the relevant pattern shifted in a
    circle by a random time), so that only the place differs.

    `on_pass` is called after each of a window's `PASSES` and may raise to end the test.

    Raises:
        HumpcatError: the stretch cannot be read, or the network looks at nothing that has a moment.
    """
    if set(predictor.record.network.features) == {PROSODY}:
        raise HumpcatError(
            f"The model {predictor.record.name} hears prosody alone, which has no moments to silence.",
            "Choose a model with HuBERT or MFCC.",
        )
    random = np.random.default_rng(seed)
    prediction, explanations = explain(predictor, stretch, statistics, on_pass)
    label = prediction.labels.index(prediction.emotion)
    relevant, drawn, weights = [], [], []
    clips = split_into_windows(waveform_blocks(stretch.file, stretch.start, stretch.end))
    for clip, explanation in zip(clips, explanations, strict=True):
        mask = most_relevant(explanation.relevance.values)
        shifts = random.integers(1, max(2, len(mask)), size=DRAWS)
        masks = [mask, *(np.roll(mask, shift) for shift in shifts)]
        left = []
        for each in masks:
            left.append(_probability(predictor, _silenced(clip, each), statistics, label))
            if on_pass:
                on_pass()
        relevant.append(left[0])
        drawn.append(left[1:])
        weights.append(explanation.end - explanation.start)
    before = prediction.probabilities[label]
    drops = before - np.average(np.array(drawn), axis=0, weights=weights)
    return DeletionTest(
        prediction.emotion,
        before,
        before - float(np.average(relevant, weights=weights)),
        float(drops.mean()),
        tuple(map(float, drops)),
    )


def most_relevant(values: Floats, share: float = DELETED_SHARE) -> npt.NDArray[np.bool_]:
    """Mark the `share` of moments (n,) with the highest values, at least one."""
    mask = np.zeros(len(values), dtype=bool)
    mask[np.argsort(values, kind="stable")[::-1][: max(1, round(share * len(values)))]] = True
    return mask


def token_times(config: NetworkConfig, branch: str, tokens: int) -> Floats:
    """Centre of each token of a branch, in seconds from the window's start; NaN for prosodic groups.

    An encoder frame covers 20 ms from its index on, an MFCC frame is centred on it; a conv token spans the kernel's
    10 frames, an MFCC token the 4 that were averaged.
    """
    stride, kernel = config.conv_stride[0], config.conv_kernel[0]
    first = np.arange(tokens, dtype=np.float32) * stride
    if branch == HUBERT:
        return ((first + kernel / 2) * FRAME_SECONDS).astype(np.float32)
    if branch == MFCC:
        return ((first + (stride - 1) / 2) * FRAME_SECONDS).astype(np.float32)
    return np.full(tokens, np.nan, dtype=np.float32)


def _heat_map(config: NetworkConfig, attention: AttentionMap, window: WindowFeatures) -> HeatMap:
    weights = attention.weights[0].float().cpu().numpy()
    queries = _Tokens(config, attention.query, weights.shape[1], window)
    keys = _Tokens(config, attention.key, weights.shape[2], window)
    folded = np.einsum("qn,hnm,km->hqk", queries.means, weights, keys.means * keys.copies[:, None])
    folded /= folded.sum(axis=-1, keepdims=True)
    return HeatMap(
        attention.stage,
        attention.query,
        attention.key,
        folded.astype(np.float32),
        queries.axis,
        keys.axis,
    )


class _Tokens:
    """A sequence's tokens folded onto the speech itself.

    `means` (folded, tokens) averages over copies; `copies` (folded,) is how many there are of a moment on average (1 of
    a prosodic group), so that time as a whole keeps its weight beside the groups; and the folded axis.
    """

    def __init__(self, config: NetworkConfig, sequence: str, tokens: int, window: WindowFeatures) -> None:
        times = np.concatenate([token_times(config, *part) for part in _parts(config, sequence, tokens)])
        spoken = window.end - window.start
        step = config.conv_stride[0] * FRAME_SECONDS
        timed = ~np.isnan(times)
        # Positions of the first pass; a token of a later copy belongs to the one nearest in the speech's own time.
        first_pass = np.flatnonzero(timed & (times < max(spoken, step)))
        if timed.any() and not len(first_pass):
            first_pass = np.flatnonzero(timed)[:1]
        home = np.arange(tokens)
        if len(first_pass):
            within = np.mod(times[timed], spoken)
            home[timed] = first_pass[np.abs(within[:, None] - times[first_pass][None, :]).argmin(axis=1)]
        kept = np.unique(home)
        sums = (home[None, :] == kept[:, None]).astype(np.float32)
        self.means = sums / sums.sum(axis=1, keepdims=True)
        self.copies = np.where(timed[kept], timed.sum() / max(1, timed[kept].sum()), 1.0).astype(np.float32)
        names = [group.name for group in PROSODY_GROUPS] if config.prosody_tokens == "groups" else ["prosody"]
        groups = iter(names)
        self.axis = Axis(
            tuple(next(groups) if np.isnan(times[k]) else f"{window.start + times[k]:.2f} s" for k in kept),
            (window.start + times[kept]).astype(np.float32),
        )


def _parts(config: NetworkConfig, sequence: str, tokens: int) -> list[tuple[str, int]]:
    """The branches that a sequence is made of, with their numbers of tokens, in order."""
    if sequence != f"{PROSODY}+{MFCC}":
        return [(sequence, tokens)]
    prosodic = len(PROSODY_GROUPS) if config.prosody_tokens == "groups" else 1
    return [(PROSODY, prosodic), (MFCC, tokens - prosodic)]


def _relevance(config: NetworkConfig, maps: Sequence[AttentionMap], window: WindowFeatures) -> Relevance:
    shares = rollout(maps)
    spoken = window.end - window.start
    bins = max(1, round(spoken / (config.conv_stride[0] * FRAME_SECONDS)))
    edges = np.linspace(0, spoken, bins + 1)
    total = np.zeros(bins)
    for branch in set(shares) - {PROSODY}:
        times = np.mod(token_times(config, branch, len(shares[branch])), spoken)
        index = np.minimum((times / spoken * bins).astype(int), bins - 1)
        # Each bin takes the mean of its tokens: how many copies of a moment fit into the window is no relevance.
        counts = np.bincount(index, minlength=bins)
        met = np.flatnonzero(counts)
        means = np.bincount(index, shares[branch], minlength=bins)[met] / counts[met]
        # The first and the last moments have no token's centre, but its span: they take the nearest token's share.
        total += np.interp(np.arange(bins), met, means) * len(shares[branch])
    mean = total.mean()
    values = total / mean if mean > 0 else np.ones(bins)
    centres = window.start + (edges[:-1] + edges[1:]) / 2
    prosody = float(shares[PROSODY].sum()) if PROSODY in shares else 0.0
    return Relevance(centres.astype(np.float32), values.astype(np.float32), prosody)


def rollout(maps: Sequence[AttentionMap]) -> dict[str, Floats]:
    """Attention rollout (Abnar and Zuidema 2020) over cross-attention: how much of the pooled result comes from each
    input token of each branch; all shares together sum to 1.

    Every layer passes on half of a token itself (the residual) and half of what it looked at, heads averaged.
    """
    sizes = {
        branch: each.weights.shape[2]
        for each in maps
        for branch in (each.query,)
        if branch in (HUBERT, MFCC, PROSODY)
    }
    offsets = dict(zip(sizes, np.cumsum([0, *sizes.values()])[:-1], strict=True))
    total = sum(sizes.values())
    flow = {branch: np.eye(total)[offsets[branch] : offsets[branch] + size] for branch, size in sizes.items()}
    last: list[npt.NDArray[np.float64]] = []
    for a_to_b, b_to_a in zip(maps[::2], maps[1::2], strict=True):
        before = {name: _flow(flow, name) for name in (a_to_b.query, b_to_a.query)}
        last = []
        for attention in (a_to_b, b_to_a):
            weights = attention.weights[0].float().mean(dim=0).cpu().numpy()
            flow[attention.query] = 0.5 * before[attention.query] + 0.5 * weights @ before[attention.key]
            last.append(flow[attention.query])
    pooled = np.concatenate(last).mean(axis=0)
    return {
        branch: pooled[offsets[branch] : offsets[branch] + size].astype(np.float32)
        for branch, size in sizes.items()
    }


def _flow(flow: dict[str, npt.NDArray[np.float64]], name: str) -> npt.NDArray[np.float64]:
    """A sequence's flow; a joined sequence has its parts' until it has one of its own."""
    if name not in flow:
        flow[name] = np.concatenate([flow[part] for part in name.split("+")])
    return flow[name]


def _probability(predictor: Predictor, clip: Samples, statistics: Statistics | None, label: int) -> float:
    window = predictor.extractor.window_of(clip)
    (probabilities,) = predictor.probabilities(predictor.run([window], statistics))
    return probabilities[label]


def _silenced(clip: Samples, mask: npt.NDArray[np.bool_]) -> Samples:
    index = np.minimum(np.arange(len(clip)) * len(mask) // min(len(clip), WINDOW), len(mask) - 1)
    return np.where(mask[index], np.float32(0), clip)
