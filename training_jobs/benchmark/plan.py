"""What each of the paper's tables asks for, on the corpora and encoders that are present."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core_model.encoders.config import EncoderConfig
from core_model.encoders.registry import EncoderRecord
from core_model.errors import HumpcatError
from core_model.network.config import BRANCHES, HUBERT

from .. import paper
from ..corpora.conventions import CONVENTIONS
from ..jobs.options import TABLES

NO_FEATURE = "not a feature of this program"
NO_ENCODER = "no encoder is present"
_BRANCH_NAMES = {HUBERT: "encoder", "mfcc": "MFCC", "prosody": "prosody"}


@dataclass(frozen=True, slots=True)
class Variant:
    """A network: the encoder that it listens through, if any, and its branches."""

    encoder: EncoderConfig | None
    features: tuple[str, ...]

    @property
    def name(self) -> str:
        """As splits and files are named after it."""
        branches = "+".join(self.features)
        if not self.encoder:
            return branches
        return f"{self.encoder.name} {'+'.join(map(str, self.encoder.layers))} {branches}"


@dataclass(frozen=True, slots=True)
class Measurement:
    """A variant tested by folds of the source corpus (`target` is None), or by draws of a target corpus."""

    variant: Variant
    target: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        label: what the row is about.
        features: the branches of the network.
        figure: what the paper gives for the like.
        measurement: ours; None: there is none, and `why` says why.
        aside: whether the paper's figure is of another row's encoder or corpus, for want of one of its own.
    """

    label: str
    features: str
    figure: paper.Figure | None
    measurement: Measurement | None
    why: str = ""
    aside: bool = False


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """One of the paper's tables: its number, and its rows in the paper's order, then those that only we have."""

    number: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """What there is to measure.

    Attributes:
        source: the corpus of the source models.
        no_folds: why the source corpus cannot be split by speaker; empty: it can.
        targets: the other corpora, in the order given.
        unusable: of targets that cannot be split: why not.
        encoders: the first serves the tables that compare no encoders.
    """

    source: str
    no_folds: str
    targets: tuple[str, ...]
    unusable: Mapping[str, str]
    encoders: tuple[EncoderRecord, ...]

    @property
    def main(self) -> EncoderConfig | None:
        """The first encoder with its usual blocks."""
        return self.encoders[0].config() if self.encoders else None


def choose_source(wanted: str, corpora: Sequence[str]) -> str:
    """The source corpus: the one asked for, else the paper's, else the first English one.

    Raises:
        HumpcatError: it is not among the corpora, or none of them is known to be English.
    """
    there = ", ".join(corpora)
    if wanted:
        if wanted not in corpora:
            raise HumpcatError(
                f"The source corpus {wanted} is not among the corpora.", f"There are: {there}."
            )
        return wanted
    for name in (paper.SOURCE, *corpora):
        if name in corpora and name in paper.ENGLISH:
            return name
    raise HumpcatError(
        f"None of the corpora is known to be English, as the paper's source corpus is; there are: {there}.",
        "Say which is to be the source: --source NAME.",
    )


def order_encoders(wanted: Sequence[str], present: Sequence[EncoderRecord]) -> tuple[EncoderRecord, ...]:
    """The encoders asked for in that order, else all, the paper's before those that ship before the others.

    Raises:
        HumpcatError: one is not present.
    """
    by_name = {record.name: record for record in present}
    if unknown := [name for name in wanted if name not in by_name]:
        raise HumpcatError(
            f"The encoder {unknown[0]} is not present.",
            f"Present: {', '.join(by_name) or 'none'}. 'humpcat encoder' fetches and adds them.",
        )
    if wanted:
        return tuple(by_name[name] for name in dict.fromkeys(wanted))
    return tuple(
        sorted(present, key=lambda each: (not _is(each, paper.TABLE_III[0]), not each.shipped, each.name))
    )


def check_tables(tables: Iterable[str]) -> None:
    """Refuse tables that are not measured here.

    Raises:
        HumpcatError: one is not.
    """
    if unknown := [table for table in tables if table not in TABLES]:
        raise HumpcatError(
            f"Table {unknown[0]} is not measured here.", f"Choose some of {', '.join(TABLES)}."
        )


def plan(present: Present, tables: Sequence[str]) -> tuple[PlannedTable, ...]:
    """The rows of each table, in the paper's order of tables."""
    makers: dict[str, Callable[[Present], Iterable[Row]]] = {
        "III": _encoders,
        "IV": _acoustic,
        "V": _whole,
        "VI": _targets,
        "VII": _branches,
    }
    return tuple(
        PlannedTable(number, tuple(makers[number](present))) for number in TABLES if number in tables
    )


def missing_corpora(present: Present) -> tuple[str, ...]:
    """The paper's corpora that are not there, by the paper's names."""
    there = {present.source, *present.targets}
    return tuple(corpus.title for name, corpus in paper.CORPORA.items() if name not in there)


def title_of(corpus: str) -> str:
    """What the paper calls a corpus, or what people call it, or its own name."""
    if corpus in paper.CORPORA:
        return paper.CORPORA[corpus].title
    return next((each.title for each in CONVENTIONS if each.name == corpus and not each.generic), corpus)


def _encoders(present: Present) -> Iterable[Row]:
    """Table III. Decision: the encoder's branch alone, as the paper compares "the SSRL model" before fusing it."""
    features = _told((HUBERT,))
    others = list(present.encoders)
    for row in paper.TABLE_III:
        found = next((record for record in others if _is(record, row)), None)
        if found:
            others.remove(found)
            within = _within(present, Variant(found.config(), (HUBERT,)))
            yield Row(f"{row.title} ({found.name})", features, row.figure, *within)
        else:
            why = f"missing: fetch it with 'humpcat encoder fetch {row.short}'"
            yield Row(row.title, features, row.figure, None, why)
    for record in others:
        within = _within(present, Variant(record.config(), (HUBERT,)))
        yield Row(record.name, features, paper.TABLE_III[0].figure, *within, aside=True)


def _acoustic(present: Present) -> Iterable[Row]:
    """Table IV, read as features without an encoder (see `paper.TABLE_IV`)."""
    for told, (branches, figure) in paper.TABLE_IV.items():
        if branches:
            yield Row(told, told, figure, *_within(present, Variant(None, branches)))
        else:
            yield Row(told, told, figure, None, NO_FEATURE)


def _whole(present: Present) -> Iterable[Row]:
    encoder = present.main
    within = _within(present, Variant(encoder, BRANCHES)) if encoder else (None, NO_ENCODER)
    yield Row("HuMP-CAT", _told(BRANCHES), paper.TABLE_V, *within)


def _targets(present: Present) -> Iterable[Row]:
    further = [name for name in present.targets if name not in paper.TABLE_VI]
    for name in (*paper.TABLE_VI, *further):
        measurement, why = _transfer(present, name, BRANCHES)
        yield Row(title_of(name), _told(BRANCHES), paper.TABLE_VI.get(name), measurement, why)


def _branches(present: Present) -> Iterable[Row]:
    further = [name for name in present.targets if name not in paper.TABLE_VII]
    for name in (*paper.TABLE_VII, *further):
        for told, branches in paper.TABLE_VII_BRANCHES.items():
            measurement, why = _transfer(present, name, branches)
            figure = paper.TABLE_VII[name][told] if name in paper.TABLE_VII else None
            yield Row(title_of(name), _told(branches), figure, measurement, why)


def _transfer(present: Present, target: str, branches: tuple[str, ...]) -> tuple[Measurement | None, str]:
    if target == present.source:
        return None, "it is the source corpus here"
    if target not in present.targets:
        return None, "missing"
    if target in present.unusable:
        return None, present.unusable[target]
    encoder = present.main
    return (Measurement(Variant(encoder, branches), target), "") if encoder else (None, NO_ENCODER)


def _within(present: Present, variant: Variant) -> tuple[Measurement | None, str]:
    return (None, present.no_folds) if present.no_folds else (Measurement(variant, None), "")


def _is(record: EncoderRecord, row: paper.EncoderRow) -> bool:
    return record.source in row.sources or record.name == row.short


def _told(branches: Sequence[str]) -> str:
    return " + ".join(_BRANCH_NAMES[branch] for branch in branches)
