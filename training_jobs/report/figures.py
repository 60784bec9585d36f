"""The figures of a report, drawn from its results alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from core_model.labels import colour_of

from ..breakdown import GroupScore
from ..metrics import CALIBRATION_BINS
from ..outcome import BEFORE, NETWORK, PROBE, Outcome
from .drawing import (
    ACCENT,
    CELL,
    INK,
    MARKERS,
    MUTED,
    NAMES,
    PAPER,
    RULE,
    colour_of_series,
    new_figure,
    percent_axis,
    shown,
)
from .results import KindResult, Results
from .tuning import TuningPoint

_STRONGEST = 0.7  # of a cell's colour: ink stays readable on it, in light and dark
_NAMED_SPEAKERS = 40  # more names than this do not fit below an axis


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A figure, the name of its file without ending, and its caption."""

    name: str
    caption: str
    figure: Figure


def headline_figure(results: Results) -> Drawn:
    """UA of every kind of predictions: mean and interval, and each outcome as a faint point."""
    figure = new_figure(height=0.75 + 0.42 * len(results.kinds))
    axes = figure.add_subplot()
    for row, result in enumerate(results.kinds):
        colour, marker, _, hollow = colour_of_series(result.kind, row)
        if len(result.each) > 1:
            spread = np.linspace(-0.18, 0.18, len(result.each))
            axes.plot(
                [100 * s.ua for s in result.each], row + spread, "o", color=MUTED, alpha=0.45, markersize=3
            )
        axes.plot([100 * end for end in result.ua.span], [row, row], color=colour, linewidth=2)
        face = PAPER if hollow else colour
        axes.plot(100 * result.ua.value, row, marker, color=colour, markerfacecolor=face, markersize=8)
    axes.set_yticks(range(len(results.kinds)), [NAMES[result.kind] for result in results.kinds])
    axes.set_ylim(len(results.kinds) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    lowest = min(min(r.ua.span[0], *(s.ua for s in r.each)) for r in results.kinds)
    percent_axis(axes, "x", max(0.0, 10 * np.floor(10 * lowest) - 10))
    axes.set_xlabel("UA (%)")
    each = "; small points: each test" if len(results.names) > 1 else ""
    return Drawn("ua", f"UA with its 95 % interval{each}.", figure)


def confusion_figure(result: KindResult, labels: Sequence[str]) -> Drawn:
    """Counts, and shares of each row; rows the truth, columns the prediction."""
    size = len(labels)
    cell = 0.56 if size <= 5 else 0.5
    names = [shown(label, 14) for label in labels]
    turned = size > 5 or max(map(len, names)) > 9
    figure = new_figure(0.88 + cell * size, (0.95 if turned else 0.5) + cell * size)
    axes = figure.add_subplot()
    shares = result.confusion / np.maximum(1, result.confusion.sum(axis=1, keepdims=True))
    colours = np.array([[to_rgba(CELL, _STRONGEST * share) for share in row] for row in shares])
    for row in range(size):
        for column in range(size):
            _cell(axes, row, column, colours[row, column], shares[row, column], result.confusion[row, column])
    axes.set_xticks(range(size), names, rotation=45 if turned else 0, ha="right" if turned else "center",
                    rotation_mode="anchor" if turned else "default")  # fmt: skip
    axes.set_yticks(range(size), names)
    axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), aspect="equal")
    axes.set_xlabel("predicted")
    axes.set_ylabel("truth")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    name = f"confusion-{result.kind.replace(' ', '-')}"
    return Drawn(
        name, f"{NAMES[result.kind]}: confusion. Share of the truth's row in %, and the count.", figure
    )


def labels_figure(results: Results) -> Drawn:
    """Recall of each label: the network's with its interval as a bar in the label's colour, the others as markers."""
    network = results.kinds[0]
    figure = new_figure(height=0.8 + 0.36 * len(results.labels))
    axes = figure.add_subplot()
    for row, (label, found) in enumerate(zip(results.labels, network.labels, strict=True)):
        if found.recall is None:
            axes.text(1, row, "never tested", va="center", color=MUTED)
            continue
        axes.barh(row, 100 * found.recall.value, 0.6, color=colour_of(label))
        axes.plot([100 * end for end in found.recall.span], [row, row], color=INK, linewidth=1.2)
    for place, result in enumerate(results.kinds):
        if result.kind in (PROBE, BEFORE):
            rows = [(k, 100 * f.recall.value) for k, f in enumerate(result.labels) if f.recall is not None]
            marker = colour_of_series(result.kind, place)[1]
            axes.plot(*zip(*((x, k) for k, x in rows), strict=True), marker, color=INK, markerfacecolor=PAPER,
                      markersize=6, label=NAMES[result.kind])  # fmt: skip
    axes.set_yticks(range(len(results.labels)), [shown(label) for label in results.labels])
    axes.set_ylim(len(results.labels) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    percent_axis(axes, "x")
    axes.set_xlabel("recall (%)")
    _legend(axes)
    return Drawn("labels", "Recall of each label. Bars: the network, with 95 % intervals.", figure)


def speakers_figure(results: Results, names: dict[str, str]) -> Drawn:
    """UA of each test speaker, the network's lowest first, beside the probe's."""
    network, probe = results.kinds[0], results.kind(PROBE)
    order = sorted(network.speakers, key=lambda score: (score.ua, score.name))
    places = np.arange(len(order))
    figure = new_figure(height=2.9)
    axes = figure.add_subplot()
    size = 6 if len(order) <= _NAMED_SPEAKERS else 3.5
    if probe is not None:
        by_name = {score.name: score.ua for score in probe.speakers}
        theirs = [100 * by_name[score.name] for score in order]
        ours = [100 * score.ua for score in order]
        axes.vlines(places, np.minimum(theirs, ours), np.maximum(theirs, ours), color=RULE)
        _points(axes, places, theirs, PROBE, size)
    _points(axes, places, [100 * score.ua for score in order], NETWORK, size)
    _speaker_names(axes, order, names)
    lowest = min(score.ua for result in (network, probe) if result for score in result.speakers)
    percent_axis(axes, "y", max(0.0, 10 * np.floor(10 * lowest) - 10))
    axes.set_ylabel("UA (%)")
    _legend(axes)
    return Drawn("speakers", "UA of each test speaker, the lowest first.", figure)


def reliability_figure(results: Results) -> Drawn:
    """Share of right predictions against confidence, and how many there are of each confidence."""
    figure = new_figure(width=4.6, height=4.4)
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    axes.plot([0, 100], [0, 100], color=MUTED, linewidth=1, linestyle=":")
    for place, result in enumerate(results.kinds):
        if result.kind in (NETWORK, PROBE):
            colour, marker, line, hollow = colour_of_series(result.kind, place)
            face = PAPER if hollow else colour
            x, y = ([100 * getattr(b, name) for b in result.bins] for name in ("confidence", "accuracy"))
            most = max(b.count for b in result.bins)
            axes.plot(x, y, linestyle=line, color=colour, alpha=0.5)
            axes.plot(
                [],
                [],
                marker=marker,
                linestyle=line,
                color=colour,
                markerfacecolor=face,
                label=NAMES[result.kind],
            )
            for confidence, accuracy, each in zip(x, y, result.bins, strict=True):
                size = 2 + 7 * (each.count / most) ** 0.5  # a share of few is worth little, and looks it
                axes.plot(
                    confidence,
                    accuracy,
                    marker,
                    color=colour,
                    markerfacecolor=face,
                    markersize=size,
                    clip_on=False,
                )
    width = 100 / CALIBRATION_BINS
    bins = results.kinds[0].bins
    below.bar([100 * b.low + width / 2 for b in bins], [b.count for b in bins], 0.9 * width, color=ACCENT)
    percent_axis(axes, "x")
    percent_axis(axes, "y")
    axes.grid(axis="both")
    axes.set_ylabel("right (%)")
    below.set_ylabel("predictions")
    below.set_xlabel("confidence (%)")
    below.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    _legend(axes)
    return Drawn(
        "reliability",
        "Calibration: share of right predictions at each confidence, larger marks for more predictions (dotted: as "
        "sure as right); below, the network's numbers of predictions.",
        figure,
    )


def learning_figure(outcomes: Sequence[Outcome]) -> Drawn | None:
    """Training loss, and validation UA where there is any, by epoch; None where nothing was trained."""
    trained = [outcome for outcome in outcomes if outcome.epochs]
    if not trained:
        return None
    validated = any(epoch.validation for outcome in trained for epoch in outcome.epochs)
    figure = new_figure(height=2.5)
    loss, *more = figure.subplots(1, 1 + validated, squeeze=False)[0]
    _curves(loss, [[(epoch.number, epoch.loss) for epoch in outcome.epochs] for outcome in trained])
    loss.set_ylabel("training loss")
    loss.set_ylim(bottom=0)
    loss.yaxis.set_major_locator(
        MaxNLocator(5, steps=[1, 2, 5, 10])
    )  # not by the room there is, which the layout has yet to find
    for axes in more:
        curves = [[(e.number, 100 * e.validation.ua) for e in o.epochs if e.validation] for o in trained]
        _curves(axes, curves)
        kept = [
            (o.best, dict(curve)[o.best])
            for o, curve in zip(trained, curves, strict=True)
            if o.best in dict(curve)
        ]
        axes.plot(*zip(*kept, strict=True), "o", color=INK, markerfacecolor="none", markersize=7,
                  label="epoch kept")  # fmt: skip
        axes.set_ylabel("validation UA (%)")
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=True))
        _legend(axes)
    return Drawn("learning", _learning_caption(len(trained), validated), figure)


def tuning_figure(points: Sequence[TuningPoint]) -> Drawn | None:
    """UA against the share of the target data that tuned, with intervals where there are any; None without points."""
    if not points:
        return None
    figure = new_figure(height=3.2)
    axes = figure.add_subplot()
    series = list(dict.fromkeys(point.series for point in points))
    for place, name in enumerate(series):
        own = sorted((point for point in points if point.series == name), key=lambda point: point.used)
        colour, marker, line, hollow = colour_of_series(name, place)
        x = [100 * point.used for point in own]
        low, high = zip(*([100 * end for end in point.ua.span] for point in own), strict=True)
        axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(x, [100 * p.ua.value for p in own], marker=marker, linestyle=line, color=colour, markersize=5,
                  markerfacecolor=PAPER if hollow else colour, label=NAMES.get(name, shown(name)))  # fmt: skip
    percent_axis(axes, "y", max(0.0, 10 * np.floor(10 * min(point.ua.span[0] for point in points)) - 5))
    _tuning_ticks(axes, points)
    axes.set_ylabel("UA (%)")
    _legend(axes)
    several = max(point.draws for point in points) > 1
    bands = "; bands: 95 % intervals over the draws" if several else "; one draw, so without intervals"
    return Drawn("tuning", f"UA against the share of the target corpus that tuned{bands}.", figure)


def _tuning_ticks(axes: Axes, points: Sequence[TuningPoint]) -> None:
    """At the share that tuned: the share that was to tune, that share, and the utterances that these were."""
    places: dict[float, list[TuningPoint]] = {}
    for point in points:
        places.setdefault(round(100 * point.used, 1), []).append(point)
    told = [
        f"{', '.join(dict.fromkeys(f'{100 * point.share:g}' for point in there))}\n{used:g}\n{there[0].utterances:.0f}"
        for used, there in places.items()
    ]
    # A square root gives small shares the room that they deserve; below 0 is the half of a marker.
    axes.set_xscale(
        "function", functions=(lambda x: np.sign(x) * np.sqrt(np.abs(x)), lambda x: np.sign(x) * x * x)
    )
    axes.set_xlim(-0.001 * max(places) - 0.001, 1.05 * max(places) + 0.1)
    axes.set_xticks(list(places), told, fontsize=8)
    axes.minorticks_off()
    axes.set_xlabel("share asked for (%), share that tuned (%), utterances that tuned")


def _cell(axes: Axes, row: int, column: int, colour: Sequence[float], share: float, count: int) -> None:
    axes.fill_between([column - 0.48, column + 0.48], row - 0.48, row + 0.48, color=colour, linewidth=0)
    weight = "bold" if row == column else "normal"
    ink = INK if count else MUTED
    axes.text(column, row - 0.12, f"{100 * share:.0f}", ha="center", va="center", color=ink, weight=weight)
    axes.text(column, row + 0.25, str(count), ha="center", va="center", color=ink, fontsize=7)


def _points(axes: Axes, x: np.ndarray, y: Sequence[float], kind: str, size: float) -> None:
    colour, marker, _, hollow = colour_of_series(kind, 0)
    face = PAPER if hollow else colour
    place = len(MARKERS) - list(MARKERS).index(kind)  # the network above the others
    axes.plot(
        x,
        y,
        marker,
        color=colour,
        markerfacecolor=face,
        markersize=size,
        label=NAMES[kind],
        clip_on=False,
        zorder=3 + place,
    )


def _speaker_names(axes: Axes, order: Sequence[GroupScore], names: dict[str, str]) -> None:
    if len(order) > _NAMED_SPEAKERS:
        axes.set_xticks([])
        axes.set_xlabel("speakers (named in the table)")
        return
    written = [shown(names[score.name], 16) for score in order]
    upright = len(order) <= 12 and max(map(len, written)) <= 5
    axes.set_xticks(range(len(order)), written, rotation=0 if upright else 90)
    axes.set_xlabel("speaker")
    axes.set_xlim(-0.6, len(order) - 0.4)


def _curves(axes: Axes, curves: Sequence[Sequence[tuple[int, float]]]) -> None:
    """Each run faint, their mean strong; a single run strong."""
    values: dict[int, list[float]] = {}
    for curve in curves:
        for number, value in curve:
            values.setdefault(number, []).append(value)
        if len(curves) > 1 and curve:
            axes.plot(*zip(*curve, strict=True), color=ACCENT, alpha=0.3, linewidth=1)
    marker = "o" if len(values) == 1 else ""
    mean = [(number, float(np.mean(found))) for number, found in sorted(values.items())]
    if mean:
        axes.plot(*zip(*mean, strict=True), color=ACCENT, linewidth=2, marker=marker)
    axes.grid(axis="y")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def _learning_caption(runs: int, validated: bool) -> str:
    many = f"; thin lines: each of the {runs} runs, thick: their mean" if runs > 1 else ""
    chosen = "" if validated else " Without a validation part the last epoch is kept."
    what = "Training loss and validation UA" if validated else "Training loss"
    return f"{what} by epoch{many}.{chosen}"


def _legend(axes: Axes) -> None:
    """Above the axes, where it can hide nothing."""
    told = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    if told:
        first = sorted(told, key=lambda name: name != NAMES[NETWORK])
        axes.legend(
            [told[name] for name in first],
            first,
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncols=4,
            borderaxespad=0.2,
            handletextpad=0.4,
        )
