"""An export: what it would write, told before it is done; then all of it, or nothing."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import HumpcatError, Interrupted
from ..facts import Prediction
from ..formats.audformat_database import HEADER
from ..formats.cuts import KINDS, PATTERN, check_pattern, cut_segments, example_name
from ..formats.entry import Entry, Refusal
from ..formats.exporting import ToWrite, makes_folder, plan_export, write_export
from ..formats.fields import used_fields
from ..formats.registry import Format, Options, format_named, lost_fields
from ..formats.safe_names import unique_name
from ..formats.together import write_together
from ..prediction_table import write_predictions
from .content import Content
from .measures import measure
from .outgoing import Scope, entries_of, predictions_of, sounds_of

PREDICTIONS = "predictions"  # the table of predictions alone, as `humpcat predict` writes it
CUTS = KINDS

Measure = Callable[[Path, float, float, Sequence[str]], dict[str, float]]
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What somebody wants exported.

    Attributes:
        target: a file or a folder, as the format has it.
        format: the name of a format, "predictions", or "wav" or "flac" for segments cut out.
        scope: what of the project.
        options: of the format; a CSV's columns among them.
        probabilities: a CSV's segments of raters also get a model's probabilities.
        features: kinds of features that become further columns of a CSV: "prosody", "mfcc".
        pattern: the names of segments cut out.
    """

    target: Path
    format: str
    scope: Scope = field(default_factory=Scope)
    options: Options = field(default_factory=Options)
    probabilities: bool = False
    features: tuple[str, ...] = ()
    pattern: str = PATTERN

    @property
    def kind(self) -> Format | None:
        """The format, where it is one that can be read again."""
        return None if self.format in (PREDICTIONS, *CUTS) else format_named(self.format)

    @property
    def folder(self) -> Path:
        """What the names of recordings start from."""
        inside = self.format in CUTS or (self.kind is not None and makes_folder(self.kind, self.target))
        return self.target if inside else self.target.parent


@dataclass(frozen=True, slots=True)
class Prepared:
    """An export that was looked at, and nothing written yet.

    Attributes:
        files: what each file of a format holds; nothing for other exports.
        paths: the files that are written; of an audformat database its header.
        in_the_way: those of them that are there already, and would be replaced.
        lost: sentences that say what the format does not keep.
    """

    order: ExportOrder
    entries: tuple[Entry, ...]
    predictions: tuple[Prediction, ...]
    files: tuple[ToWrite, ...]
    paths: tuple[Path, ...]
    in_the_way: tuple[Path, ...]
    lost: tuple[str, ...]

    @property
    def segments(self) -> int:
        """How many segments or predictions are written."""
        return len(self.entries) + len(self.predictions)


@dataclass(frozen=True, slots=True)
class Exported:
    """The files written, and what was left out and why."""

    paths: tuple[Path, ...]
    segments: int
    refused: tuple[Refusal, ...] = ()


def prepare_export(content: Content, order: ExportOrder) -> Prepared:
    """Look at what an export would write.

    Raises:
        HumpcatError: there is nothing to write, the names' pattern is wrong, several files are needed and the target is
            one, or a folder is where a file is to be written.
    """
    if order.format == PREDICTIONS:
        predictions = tuple(predictions_of(content, order.scope))
        return _prepared(order, paths=(order.target,), predictions=predictions)
    entries = entries_of(content, order.scope, order.folder, probabilities=order.probabilities)
    if not entries:
        raise HumpcatError(
            "There is no segment to export.", "Choose more recordings, other raters, or the predictions."
        )
    kind = order.kind
    if kind is None:
        check_pattern(order.pattern)
        names = _cut_names(entries, order.pattern, order.format)
        paths = tuple(order.target / name for name in names)
        return _prepared(order, paths=paths, entries=entries)
    files = plan_export(order.target, kind, entries, sounds_of(content, entries, order.folder))
    paths = tuple(each.path / HEADER if not kind.extensions else each.path for each in files)
    tiers = tuple(dict.fromkeys(entry.tier for entry in entries)) if kind.holds == "recording" else ()
    options = replace(order.options, tiers=tiers, labels=content.scheme.names)
    lost = tuple(_losses(kind, entries, order))
    return _prepared(replace(order, options=options), paths=paths, entries=entries, files=files, lost=lost)


def write_prepared(
    prepared: Prepared,
    tell: Tell = lambda *_: None,
    measure: Measure = measure,
) -> Exported:
    """Write what was prepared, all of it or nothing; files that were in the way then are replaced.

    Args:
        prepared: by `prepare_export`.
        tell: takes how many of how many segments are done; may raise to stop.
        measure: computes features, somewhere.

    Raises:
        HumpcatError: something cannot be written, or is in the way since.
    """
    _refuse_newcomers(prepared.paths, prepared)
    order, kind = prepared.order, prepared.order.kind
    if order.format == PREDICTIONS:
        write_predictions(order.target, prepared.predictions)
    elif kind is None:
        return _cut(prepared, tell)
    else:
        features, refused = _measured(prepared, tell, measure)
        write_export(prepared.files, kind, replace(order.options, features=features))
        return Exported(prepared.paths, prepared.segments, refused)
    return Exported(prepared.paths, prepared.segments)


def _prepared(
    order: ExportOrder,
    *,
    paths: tuple[Path, ...],
    entries: tuple[Entry, ...] = (),
    predictions: tuple[Prediction, ...] = (),
    files: tuple[ToWrite, ...] = (),
    lost: tuple[str, ...] = (),
) -> Prepared:
    in_the_way = tuple(path for path in paths if path.exists())
    for path in in_the_way:
        if path.is_dir():
            raise HumpcatError(f"{path} is a folder; a file is to be written there.", "Choose another place.")
    return Prepared(order, entries, predictions, files, paths, in_the_way, lost)


def _losses(kind: Format, entries: Sequence[Entry], order: ExportOrder) -> Iterator[str]:
    if kind.name == "csv":
        names = [name for name in used_fields(entries) if name not in order.options.columns]
    else:
        names = lost_fields(kind, entries)
    if names:
        yield f"{kind.words} does not get: {', '.join(names)}."
    if kind.loses:
        yield kind.loses


def _cut_names(entries: Sequence[Entry], pattern: str, kind: str) -> Iterator[str]:
    taken: set[str] = set()
    for number, entry in enumerate(entries, 1):
        name = example_name(pattern, entry, number, kind).removesuffix(f".{kind}")
        yield f"{unique_name(name, taken)}.{kind}"


def _measured(
    prepared: Prepared, tell: Tell, measure: Measure
) -> tuple[Mapping[str, Sequence[float]], tuple[Refusal, ...]]:
    """Each segment's features as columns; a stretch is measured once, however many raters have it."""
    if not prepared.order.features:
        return {}, ()
    known: dict[tuple[str, float, float], dict[str, float]] = {}
    refused = []
    for number, entry in enumerate(prepared.entries):
        tell(number, len(prepared.entries), "Computing features")
        key = (entry.file, entry.start, entry.end)
        if key in known:
            continue
        try:
            path = prepared.order.folder / entry.file
            known[key] = measure(path, entry.start, entry.end, prepared.order.features)
        except Interrupted:
            raise
        except HumpcatError as error:
            known[key] = {}
            refused.append(Refusal(f"features of {entry.file}, {entry.start:g} s", error.message))
    found = [known[entry.file, entry.start, entry.end] for entry in prepared.entries]
    names = dict.fromkeys(name for each in found for name in each)
    return {name: [each.get(name, math.nan) for each in found] for name in names}, tuple(refused)


def _cut(prepared: Prepared, tell: Tell) -> Exported:
    order, total = prepared.order, len(prepared.entries)
    refused: list[Refusal] = []
    written: list[Path] = []
    with write_together(order.target) as aside:
        cuts = cut_segments(
            aside,
            prepared.entries,
            lambda file: order.folder / file,
            pattern=order.pattern,
            kind=order.format,
        )
        for done, each in enumerate(cuts, 1):
            if isinstance(each, Refusal):
                refused.append(each)
            else:
                written.append(order.target / each.path.relative_to(aside))
            tell(done, total, "Cutting segments")
        # Where some were left out, those of the same name after them are numbered otherwise than was foreseen.
        _refuse_newcomers(written, prepared)
        if not written:
            raise HumpcatError(
                f"No segment could be cut: {refused[0].why}", "See that the recordings are there."
            )
    return Exported(tuple(written), len(written), tuple(refused))


def _refuse_newcomers(paths: Sequence[Path], prepared: Prepared) -> None:
    new = [path for path in paths if path.exists() and path not in prepared.in_the_way]
    if new:
        raise HumpcatError(
            f"{new[0].name} is in the way since just now; nothing was written.", "Look at the export again."
        )
