"""`humpcat convert`: annotations from one format to another."""

import argparse
import sys
from pathlib import Path

from core_model.errors import HumpcatError
from core_model.formats.convert import convert
from core_model.formats.registry import FORMATS, Options, format_named
from core_model.project.project_file import SUFFIX
from core_model.wording import counted


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    names = [each.name for each in FORMATS]
    parser = subparsers.add_parser(
        "convert",
        help="convert annotations from one format to another",
        description="Convert annotations from one format to another. What cannot be taken over is named on stderr; "
        "the exit code is then 1. Formats: "
        + ", ".join(f"{each.name} ({each.words})" for each in FORMATS)
        + ".",
    )
    parser.add_argument("source", metavar="IN", type=Path, help="a file, or a folder of files of one format")
    parser.add_argument(
        "target", metavar="OUT", type=Path, help="a file, or a folder where several are needed"
    )
    parser.add_argument(
        "--from", dest="of", choices=names, help="the format of IN (default: as its content tells)"
    )
    parser.add_argument("--to", choices=names, help="the format of OUT (default: as its name ends)")
    parser.add_argument("--rater", default="R1", help="the rater, where IN names none (default: %(default)s)")
    parser.add_argument("--short", action="store_true", help="TextGrid: the short form")
    parser.add_argument(
        "--utf16", action="store_true", help="TextGrid: UTF-16, as older versions of Praat want it"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace OUT where it is a file that is there"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Convert, and tell what did not come along."""
    if SUFFIX in (arguments.source.suffix, arguments.target.suffix):
        raise HumpcatError(
            "A project is not converted.",
            "Use 'humpcat export' to get out of one, 'humpcat import' to get into one.",
        )
    if arguments.target.is_file() and not arguments.overwrite:
        raise HumpcatError(
            f"{arguments.target} is there already.", "Choose another name, or say --overwrite."
        )
    done = convert(
        arguments.source,
        arguments.target,
        to=format_named(arguments.to) if arguments.to else None,
        of=format_named(arguments.of) if arguments.of else None,
        options=Options(short=arguments.short, utf16=arguments.utf16),
        tier=arguments.rater,
    )
    for each in done.refused:
        sys.stderr.write(f"humpcat: {each.where}: {each.why}\n")
    if done.lost:
        sys.stderr.write(f"humpcat: the new format does not keep: {', '.join(done.lost)}\n")
    files = counted(len(done.written), "file")
    sys.stdout.write(f"{counted(done.entries, 'segment')} in {files}: {arguments.target}\n")
    return 1 if done.refused else 0
