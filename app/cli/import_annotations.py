"""`humpcat import`: annotations of other programs into a project."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from core_model.errors import HumpcatError
from core_model.exchange.content import Content, content_of
from core_model.exchange.importing import (
    Choices,
    ImportPlan,
    Planned,
    What,
    import_edit,
    labels_of,
    plan_import,
    usual_choices,
)
from core_model.exchange.reading import Incoming, read_incoming
from core_model.formats.entry import PREDICTION
from core_model.formats.registry import FORMATS, format_named
from core_model.project.project import Project


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "import",
        help="take annotations of other programs into a project",
        description="Take annotations of other programs into a project. Segments of the same rater and bounds are "
        "changed, others added, those that cannot be named on stderr; the exit code is then 1. Nothing is removed. "
        "Labels that the project's scheme does not have are added to it, raters and recordings likewise.",
    )
    parser.add_argument("project", metavar="PROJECT", type=Path, help="a .humpcat file")
    parser.add_argument(
        "files", metavar="FILE", nargs="+", type=Path, help="files, or folders of files of one format"
    )
    parser.add_argument(
        "--format", choices=[each.name for each in FORMATS], help="by default as their content tells"
    )
    parser.add_argument(
        "--tier-rater",
        action="append",
        default=[],
        metavar="TIER=RATER",
        help=f"whose a tier of the files is: a rater, 'gold', '{PREDICTION}', nothing leaves it out; several times",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="LABEL=OTHER",
        help="what a label becomes; nothing refuses it; several times",
    )
    parser.add_argument(
        "--no-recordings", action="store_true", help="add no recordings that the project does not have"
    )
    parser.add_argument("--create", action="store_true", help="make the project where it is not there")
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be done, line by line, and do nothing"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import, or show what that would do; 1 where something is refused."""
    if arguments.create and not arguments.project.exists():
        if arguments.dry_run:
            raise HumpcatError(f"The project {arguments.project} is not there.", "A dry run makes none.")
        return _into_new(arguments)
    with closing(Project.open(arguments.project, read_only=arguments.dry_run)) as project:
        if project.read_only and not arguments.dry_run:
            raise HumpcatError(
                f"{arguments.project} is open elsewhere, or may not be written: it can only be read.",
                "Close it in the window first; --dry-run shows what would be done.",
            )
        return _import(arguments, project)


def _into_new(arguments: argparse.Namespace) -> int:
    """A project that would stay empty is not left behind."""
    project = Project.create(arguments.project)
    empty = True
    try:
        with closing(project):
            code = _import(arguments, project)
            empty = not (project.annotations or project.predictions)
            return code
    finally:
        if empty:
            arguments.project.unlink(missing_ok=True)


def _import(arguments: argparse.Namespace, project: Project) -> int:
    content = content_of(project)
    of = format_named(arguments.format) if arguments.format else None
    incoming = read_incoming(arguments.files, content, of, project.people()[0].name)
    plan = plan_import(content, incoming, _choices(arguments, content, incoming))
    if arguments.dry_run:
        for line in plan.lines:
            sys.stdout.write(_told(line) + "\n")
    else:
        if not plan.empty:
            project.apply(import_edit(project, plan))
            project.sync()
        for line in plan.lines:
            if line.what is What.REFUSED:
                sys.stderr.write(f"humpcat: {_told(line)}\n")
    sys.stdout.write(_summary(plan))
    return 1 if plan.count(What.REFUSED) else 0


def _choices(arguments: argparse.Namespace, content: Content, incoming: Incoming) -> Choices:
    usual = usual_choices(content, incoming)
    tiers = _pairs(arguments.tier_rater, "--tier-rater", incoming.tiers)
    choices = Choices({**usual.tiers, **tiers}, usual.labels, not arguments.no_recordings)
    labels = _pairs(arguments.set, "--set", labels_of(incoming, choices))
    changed = {label: other or None for label, other in labels.items()}
    return replace(choices, labels={**usual.labels, **changed})


def _pairs(words: Sequence[str], option: str, known: Mapping[str, int]) -> dict[str, str]:
    """What was given as NAME=VALUE, of names that there are."""
    pairs = {}
    for word in words:
        name, sign, value = word.rpartition("=")
        if not sign or name not in known:
            there = ", ".join(known) or "none"
            raise HumpcatError(
                f"{option} {word!r} names nothing that is in the files.", f"There is: {there}."
            )
        pairs[name] = value.strip()
    return pairs


def _told(line: Planned) -> str:
    times = "" if line.start is None or line.end is None else f" {line.start:.3f}-{line.end:.3f} s"
    rater = f" {line.rater}:" if line.rater else ""
    said = f"{line.before} becomes {line.after}" if line.what is What.CHANGED and line.before else line.after
    why = f" {line.why}" if line.why else ""
    return " ".join(f"{line.what.value}: {line.file}{times}{rater} {said}{why}".split())


def _summary(plan: ImportPlan) -> str:
    new = {
        "New recordings": [row.path.name for row in plan.recordings],
        "New raters": [row.name for row in plan.raters],
        "New labels": list(plan.labels),
    }
    told = "".join(f"{words}: {', '.join(names)}\n" for words, names in new.items() if names)
    return f"{told}{plan.summary}\n"
