"""`humpcat project show|scheme`: what a project holds, and its labels."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from app.cli.project_parts import SCHEMES, opened, scheme_named, scheme_of
from core_model.bundle import find_bundle
from core_model.errors import HumpcatError
from core_model.project.backups import back_up
from core_model.project.editing import change_scheme, labels_in_use
from core_model.project.predicting import stale_predictions
from core_model.project.project import Project
from core_model.project.relinking import missing
from core_model.project.rows import RaterRow
from core_model.wording import counted


def add_actions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register them."""
    show = actions.add_parser(
        "show",
        help="what a project holds",
        description="Show recordings, missing ones, raters and their labels, and predictions by model. Stale ones are "
        "of bounds that have moved since, or of a model that is not in use: the project's own, else "
        "the default one. The project may be open in a window meanwhile.",
    )
    show.add_argument("project", metavar="FILE", type=Path, help="a .humpcat file")
    show.add_argument("--json", action="store_true", help="for programs")
    show.set_defaults(run=run_show)
    scheme = actions.add_parser(
        "scheme",
        help="show or change a project's labels",
        description="Show the label scheme, or take another one. Labels in use that it does not have need a --map. "
        "A backup is made before.",
    )
    scheme.add_argument("project", metavar="FILE", type=Path, help="a .humpcat file")
    scheme.add_argument(
        "--set", metavar=f"{'|'.join(SCHEMES)}|JSON", help="a built-in scheme, or a file of one"
    )
    scheme.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="what a label in use becomes; nothing takes it away; several times",
    )
    scheme.add_argument("--json", action="store_true", help="show it as a file that --set takes")
    scheme.set_defaults(run=run_scheme)


def run_show(arguments: argparse.Namespace) -> int:
    """Show it all."""
    with closing(Project.open(arguments.project, read_only=True)) as project:
        found = _found(project)
    if arguments.json:
        sys.stdout.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
        return 0
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(_headline(found))
    for path in found["missing"]:
        console.print(f"missing: {path}")
    console.print(_raters_table(found))
    if found["predictions"]:
        table = Table("model", "id", "predictions", "stale")
        for each in found["predictions"]:
            table.add_row(each["model"], each["id"][:12], str(each["count"]), str(each["stale"]))
        console.print(table)
    return 0


def run_scheme(arguments: argparse.Namespace) -> int:
    """Show the labels, or change them."""
    if arguments.set or arguments.map:
        return _change(arguments)
    with closing(Project.open(arguments.project, read_only=True)) as project:
        scheme, used = scheme_of(project), labels_in_use(project)
    if arguments.json:
        sys.stdout.write(json.dumps(scheme.to_json(), indent=2, ensure_ascii=False) + "\n")
        return 0
    ratings = ", with ratings of valence, arousal and dominance" if scheme.ratings else ""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(f"{scheme.name}: {counted(len(scheme.labels), 'label')}{ratings}")
    table = Table("key", "label", "colour", "segments")
    for label in scheme.labels:
        table.add_row(label.key, label.name, label.colour, str(used.get(label.name, 0)))
    for name in sorted(used.keys() - set(scheme.names)):
        table.add_row("", f"{name} (not in the scheme)", "", str(used[name]))
    console.print(table)
    return 0


def _change(arguments: argparse.Namespace) -> int:
    wanted = scheme_named(arguments.set) if arguments.set else None
    with opened(arguments.project) as project:
        mapping = _mapping(arguments.map, labels_in_use(project))
        scheme = wanted or scheme_of(project)
        edit = change_scheme(project, scheme, mapping)
        if not edit.empty:
            back_up(project.path)
        project.apply(edit)
    changed = sum(change.row.table == "annotations" for change in edit.changes)
    sys.stdout.write(f"{scheme.name}: {', '.join(scheme.names)}; {counted(changed, 'segment')} relabelled.\n")
    return 0


def _mapping(words: Sequence[str], used: Mapping[str, int]) -> dict[str, str | None]:
    mapping: dict[str, str | None] = {}
    for word in words:
        old, sign, new = word.rpartition("=")
        if not sign or old not in used:
            there = ", ".join(sorted(used)) or "none"
            raise HumpcatError(f"--map {word!r} names no label in use.", f"In use: {there}.")
        mapping[old] = new.strip() or None
    return mapping


def _found(project: Project) -> dict[str, Any]:
    """All that is shown, as JSON has it."""
    recordings = project.recordings
    return {
        "project": str(project.path),
        "scheme": scheme_of(project).name,
        "labels": list(dict.fromkeys((*scheme_of(project).names, *sorted(labels_in_use(project))))),
        "recordings": len(recordings),
        "seconds": round(sum(row.duration for row in recordings), 3),
        "speakers": sorted({row.speaker for row in recordings if row.speaker}),
        "missing": [str(row.path) for row in missing(recordings)],
        "raters": [_rater(project, rater) for rater in project.raters],
        "predictions": _predictions(project),
        "model": project.setting("model"),
        "device": project.setting("device"),
    }


def _rater(project: Project, rater: RaterRow) -> dict[str, Any]:
    rows = [row for row in project.annotations if row.rater == rater.id]
    labels = Counter(row.label for row in rows if row.label is not None)
    return {
        "name": rater.name,
        "kind": rater.kind,
        "segments": len(rows),
        "labelled": labels.total(),
        "unsure": sum(row.unsure for row in rows),
        "labels": dict(sorted(labels.items())),
    }


def _predictions(project: Project) -> list[dict[str, Any]]:
    stale = Counter((row.model_name, row.model_id) for row in stale_predictions(project, _in_use(project)))
    every = Counter((row.model_name, row.model_id) for row in project.predictions)
    return [
        {"model": name, "id": number, "count": count, "stale": stale[name, number]}
        for (name, number), count in sorted(every.items())
    ]


def _in_use(project: Project) -> str | None:
    try:
        return find_bundle(project.setting("model") or "").id
    except HumpcatError:  # it is not installed here
        return None


def _headline(found: Mapping[str, Any]) -> str:
    hours, rest = divmod(round(found["seconds"]), 3600)
    length = f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    gone = f", {len(found['missing'])} of them missing" if found["missing"] else ""
    speakers = f", {counted(len(found['speakers']), 'speaker')}" if found["speakers"] else ""
    return f"{counted(found['recordings'], 'recording')}{gone}, {length}{speakers}; {found['scheme']}"


def _raters_table(found: Mapping[str, Any]) -> Table:
    """A line for each rater, a column for each label that somebody gave."""
    raters = found["raters"]
    labels = [label for label in found["labels"] if any(label in each["labels"] for each in raters)]
    table = Table("rater", "segments", "labelled", "unsure", *labels)
    for each in raters:
        counts = [each[name] for name in ("segments", "labelled", "unsure")]
        counts += [each["labels"].get(label, 0) for label in labels]
        table.add_row(each["name"], *map(str, counts))
    return table
