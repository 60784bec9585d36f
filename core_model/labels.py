"""Label schemes: which emotions there are, in which order, in which colour and under which key."""

from collections.abc import Iterable
from dataclasses import dataclass

from .errors import HumpcatError

# After Okabe and Ito, told apart by colour-blind eyes; the same in plots, chips, tables and charts.
COLOURS = {
    "angry": "#D55E00",
    "happy": "#E69F00",
    "neutral": "#8A8A8A",
    "sad": "#0072B2",
    "fearful": "#CC79A7",
    "disgusted": "#009E73",
    "surprised": "#56B4E9",
    "bored": "#7A5C3E",
    "calm": "#6A9E8F",
    "other": "#663311",
}
EMOTIONS = tuple(COLOURS)


@dataclass(frozen=True, slots=True)
class LabelScheme:
    """An ordered set of labels."""

    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.labels) < 2 or len(set(self.labels)) != len(self.labels):
            raise HumpcatError(
                f"A label scheme needs at least two different labels, not {', '.join(self.labels) or 'none'}."
            )

    def indices(self, labels: Iterable[str]) -> list[int]:
        """Position of each label in the scheme.

        Raises:
            HumpcatError: some labels are not in the scheme; the sentence lists them and those that are.
        """
        wanted = list(labels)
        unknown = sorted(set(wanted) - set(self.labels))
        if unknown:
            raise HumpcatError(
                f"Labels not in the scheme: {', '.join(unknown)}.", f"It has: {', '.join(self.labels)}."
            )
        return [self.labels.index(label) for label in wanted]


PAPER = LabelScheme(("angry", "happy", "neutral", "sad"))
FURTHER_COLOURS = ("#F0E442", "#A05195", "#2F4B7C", "#88CCEE", "#44AA99", "#5500BB")


def colour_of(label: str) -> str:
    """The label's colour as #RRGGBB; labels of one's own take further colours, always the same for one name."""
    if label in COLOURS:
        return COLOURS[label]
    return FURTHER_COLOURS[sum(label.encode()) % len(FURTHER_COLOURS)]
