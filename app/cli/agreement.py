"""`humpcat agreement`: how far the raters of a project agree."""

import argparse
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from app.agreement_view import (
    LABEL,
    Comparison,
    DisputedUnit,
    Measure,
    Question,
    compare,
    default_raters,
    raters_named,
    with_intervals,
)
from core_model.errors import HumpcatError
from core_model.exchange.content import Content, content_of
from core_model.files import write_json
from core_model.label_schemes import RATINGS
from core_model.project.project import Project
from core_model.project.recording_names import RecordingNames
from core_model.wording import counted

_SHOWN = 20  # disputes


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "agreement",
        help="measure how far the raters of a project agree",
        description="Percentage agreement, Cohen's and Fleiss' kappa, Krippendorff's alpha with 95 % bootstrap "
        "intervals, confusion between raters, and what they dispute. Segments of two raters are one unit when they "
        "overlap by half of what both cover. The project may be open in a window meanwhile.",
    )
    parser.add_argument("project", metavar="PROJECT", type=Path, help="a .humpcat file")
    parser.add_argument(
        "--raters",
        nargs="+",
        metavar="NAME",
        help="whom to compare, 'gold' and 'model' among them (default: all persons who labelled anything)",
    )
    parser.add_argument(
        "--what", choices=(LABEL, *RATINGS), default=LABEL, help="what to compare (default: label)"
    )
    parser.add_argument("--recording", metavar="NAME", help="in one recording only, by name or path")
    parser.add_argument(
        "--disputes",
        type=int,
        default=_SHOWN,
        metavar="N",
        help=f"how many to print (default: {_SHOWN}); the JSON has all",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all of it")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found, and write it if that was asked for."""
    with closing(Project.open(arguments.project, read_only=True)) as project:
        content = content_of(project)
    raters = raters_named(content, arguments.raters) if arguments.raters else default_raters(content)
    recording = _recording(content, arguments.recording) if arguments.recording else None
    found = with_intervals(compare(content, Question(raters, arguments.what, recording)))
    if found.obstacle:
        raise HumpcatError(found.obstacle)
    if arguments.json:
        write_json(arguments.json, _as_json(found, content))
    _show(found, content, max(arguments.disputes, 0))
    return 0


def _recording(content: Content, name: str) -> int:
    wanted, parts = Path(name).absolute(), Path(name).parts
    found = [row for row in content.recordings if row.path == wanted]
    found = found or [row for row in content.recordings if row.path.parts[-len(parts) :] == parts]
    if len(found) != 1:
        why = "several recordings" if found else "no recording"
        raise HumpcatError(f"The project has {why} called {name}.", "Give its path, or more of it.")
    return found[0].id


# On the terminal


def _show(found: Comparison, content: Content, disputes: int) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    names = [each.name for each in found.participants]
    who = [f"{each.name} ({each.detail})" if each.detail else each.name for each in found.participants]
    console.print(
        f"{', '.join(who)}: {found.question.what}, {counted(found.common, 'unit')} that two or more rated"
    )
    console.print(_measures(found))
    if len(names) > 2:
        console.print(_pairs(found))
    for first, second in combinations(range(len(names)), 2):
        console.print(f"Confusion (rows: {names[first]}, columns: {names[second]}):")
        console.print(_confusion(found, first, second))
    console.print(f"{found.decided} of {counted(len(found.disputes), 'dispute')} decided")
    if disputes and found.disputes:
        console.print(_disputes(found, content, disputes))


def _measures(found: Comparison) -> Table:
    table = Table("", "value", "95 %", "units", "")
    for measure in found.measures:
        table.add_row(measure.name, *_cells(measure))
    return table


def _pairs(found: Comparison) -> Table:
    table = Table("pair", "agreement", "κ", "95 %", "units", "")
    for pair in found.pairs:
        table.add_row(pair.kappa.name, _cells(pair.share)[0], *_cells(pair.kappa))
    return table


def _cells(measure: Measure) -> tuple[str, str, str, str]:
    each = measure.found
    value = "–" if each.value is None else f"{each.value:.3f}"
    interval = "" if each.low is None or each.high is None else f"{each.low:.3f} to {each.high:.3f}"
    return value, interval, str(each.units), measure.word or measure.reason


def _confusion(found: Comparison, first: int, second: int) -> Table:
    counts = found.confusion(first, second)
    used = [place for place in range(len(found.labels)) if counts[place].any() or counts[:, place].any()]
    table = Table("", *(found.labels[place] for place in used))
    for row in used:
        table.add_row(found.labels[row], *(str(counts[row, column]) for column in used))
    return table


def _disputes(found: Comparison, content: Content, most: int) -> Table:
    recordings, names = {row.id: row for row in content.recordings}, RecordingNames()
    for row in content.recordings:
        names.add(row.path)
    table = Table("recording", "start", "end", *(each.name for each in found.participants), "gold")
    for unit in found.disputes[:most]:
        segment, row = unit.segment, recordings[unit.segment.recording]
        times = (f"{at / row.rate:.3f}" for at in segment.span)
        table.add_row(names.of(row.path), *times, *_said(unit), unit.gold or "")
    return table


def _said(unit: DisputedUnit) -> list[str]:
    return ["" if each is None else f"{each.text}{' (unsure)' if each.unsure else ''}" for each in unit.said]


# As JSON


def _as_json(found: Comparison, content: Content) -> Mapping[str, Any]:
    recordings = {row.id: row for row in content.recordings}
    names = [each.name for each in found.participants]
    return {
        "raters": [
            {"name": each.name, "person": each.person, "detail": each.detail} for each in found.participants
        ],
        "what": found.question.what,
        "units": found.common,
        "measures": [_measure_as_json(measure) for measure in found.measures],
        "pairs": [
            {
                "raters": [names[pair.first], names[pair.second]],
                "agreement": _measure_as_json(pair.share),
                "kappa": _measure_as_json(pair.kappa),
                "confusion": found.confusion(pair.first, pair.second).tolist(),
            }
            for pair in found.pairs
        ],
        "labels": list(found.labels),
        "disputes": [
            {
                "file": recordings[unit.segment.recording].path.as_posix(),
                "start": round(unit.segment.start / recordings[unit.segment.recording].rate, 6),
                "end": round(unit.segment.end / recordings[unit.segment.recording].rate, 6),
                "said": {
                    name: asdict(each)
                    for name, each in zip(names, unit.said, strict=True)
                    if each is not None
                },
                "share": unit.share,
                "gold": unit.gold,
            }
            for unit in found.disputes
        ],
    }


def _measure_as_json(measure: Measure) -> Mapping[str, Any]:
    return {"name": measure.name, **asdict(measure.found), "word": measure.word, "reason": measure.reason}
