"""`humpcat export`: a project's annotations and predictions as files of other programs, or its segments cut out."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core_model.errors import HumpcatError
from core_model.exchange.content import Content, content_of
from core_model.exchange.exporting import (
    CUTS,
    PREDICTIONS,
    ExportOrder,
    Prepared,
    prepare_export,
    write_prepared,
)
from core_model.exchange.measures import KINDS
from core_model.exchange.outgoing import Scope, tier_of
from core_model.formats.cuts import PARTS, PATTERN
from core_model.formats.entry import PREDICTION
from core_model.formats.labelled_csv import COLUMNS
from core_model.formats.registry import FORMATS, Options, format_to_write
from core_model.project.project import Project
from core_model.wording import counted


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "export",
        help="write a project's annotations as files of other programs",
        description="Write a project's annotations as files of other programs, or cut its segments out. All files are "
        "written, or none. The project may be open in a window meanwhile.",
    )
    parser.add_argument("project", metavar="PROJECT", type=Path, help="a .humpcat file")
    parser.add_argument("--out", type=Path, metavar="PATH", required=True, help="a file, or a folder")
    parser.add_argument(
        "--format",
        choices=(*(each.name for each in FORMATS), PREDICTIONS),
        help=f"by default as PATH ends; {PREDICTIONS}: the models' alone, as 'humpcat predict' writes them",
    )
    parser.add_argument(
        "--rater",
        action="append",
        metavar="NAME",
        help=f"whose segments, 'gold' and '{PREDICTION}' among them; may be given several times (default: all raters)",
    )
    parser.add_argument(
        "--recording", action="append", metavar="NAME", help="a recording, by name or path; several times"
    )
    _add_table_options(parser)
    parser.add_argument("--short", action="store_true", help="TextGrid: the short form")
    parser.add_argument(
        "--utf16", action="store_true", help="TextGrid: UTF-16, as older versions of Praat want it"
    )
    parser.add_argument(
        "--cut", choices=CUTS, help="cut the segments out of their recordings, into the folder PATH"
    )
    parser.add_argument(
        "--pattern",
        default=PATTERN,
        help=f"names of what is cut out, of {', '.join(PARTS)} (default: {PATTERN})",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there already")
    parser.set_defaults(run=run)


def _add_table_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--columns",
        nargs="+",
        choices=COLUMNS,
        metavar="COLUMN",
        help=f"CSV: which, beside file, start, end: {', '.join(COLUMNS)} (default: all)",
    )
    parser.add_argument(
        "--raters-as-columns", action="store_true", help="CSV: a column, not a row, for each rater"
    )
    parser.add_argument(
        "--probabilities",
        action="store_true",
        help="CSV: beside raters' labels, the newest prediction's probabilities",
    )
    parser.add_argument(
        "--features",
        nargs="+",
        choices=KINDS,
        default=(),
        help="CSV: features of each segment as further columns",
    )


def run(arguments: argparse.Namespace) -> int:
    """Export, and tell what was written and what was not; 1 where segments were left out."""
    with closing(Project.open(arguments.project, read_only=True)) as project:
        content = content_of(project)
    prepared = prepare_export(content, _order(arguments, content))
    if prepared.in_the_way and not arguments.overwrite:
        raise HumpcatError(
            f"{counted(len(prepared.in_the_way), 'file')} would be replaced, {prepared.in_the_way[0]} for one.",
            "Choose another place, or say --overwrite.",
        )
    for sentence in prepared.lost:
        sys.stderr.write(f"humpcat: {sentence}\n")
    with _progress(prepared) as tell:
        done = write_prepared(prepared, tell)
    for each in done.refused:
        sys.stderr.write(f"humpcat: {each.where}: {each.why}\n")
    files = counted(len(done.paths), "file")
    sys.stdout.write(f"{counted(done.segments, 'segment')} in {files}: {arguments.out}\n")
    return 1 if done.refused else 0


def _order(arguments: argparse.Namespace, content: Content) -> ExportOrder:
    if arguments.cut and arguments.format:
        raise HumpcatError("Segments are cut out, or exported in a format.", "Leave out --cut or --format.")
    form = arguments.cut or arguments.format or format_to_write(arguments.out).name
    options = Options(
        columns=tuple(arguments.columns or COLUMNS),
        raters_as_columns=arguments.raters_as_columns,
        short=arguments.short,
        utf16=arguments.utf16,
    )
    return ExportOrder(
        arguments.out.absolute(),
        form,
        _scope(arguments, content),
        options,
        arguments.probabilities,
        tuple(arguments.features),
        arguments.pattern,
    )


def _scope(arguments: argparse.Namespace, content: Content) -> Scope:
    recordings = [_recording(name, content) for name in arguments.recording or ()]
    wanted = arguments.rater or [tier_of(rater) for rater in content.raters]
    raters = [_rater(name, content) for name in wanted if name != PREDICTION]
    return Scope(
        frozenset(recordings) if recordings else None,
        raters=frozenset(raters),
        predictions=PREDICTION in wanted,
    )


def _rater(name: str, content: Content) -> int:
    for rater in content.raters:
        if name.casefold() in (rater.name.casefold(), tier_of(rater).casefold()):
            return rater.id
    names = ", ".join([*(rater.name for rater in content.raters), PREDICTION])
    raise HumpcatError(f"The project has no rater {name}.", f"It has: {names}.")


def _recording(name: str, content: Content) -> int:
    """By its path, or the end of its path."""
    parts = Path(name).parts
    found = [row for row in content.recordings if row.path in (Path(name), Path(name).absolute())]
    found = found or [row for row in content.recordings if row.path.parts[-len(parts) :] == parts]
    if len(found) != 1:
        why = "several recordings" if found else "no recording"
        raise HumpcatError(f"The project has {why} called {name}.", "Give its path, or more of it.")
    return found[0].id


@contextmanager
def _progress(prepared: Prepared) -> Iterator[Callable[[int, int, str], None]]:
    console = Console(stderr=True)
    columns: Sequence[TextColumn | BarColumn | MofNCompleteColumn | TimeRemainingColumn] = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("Exporting", total=prepared.segments)
        yield lambda done, of, text: bar.update(task, completed=done, total=of, description=text)
