"""`humpcat project new|add|relink`: a project and the files of its recordings."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from app.cli.project_parts import SCHEMES, opened, progress, scheme_named, tell, with_suffix
from app.recordings import rows_for, scan, segments_beyond
from core_model.errors import HumpcatError
from core_model.project.edit import Edit
from core_model.project.editing import change_scheme
from core_model.project.project import Project
from core_model.project.relinking import Move, add_hashes, find_moved, hash_missing, missing, relink
from core_model.project.rows import RecordingRow
from core_model.wording import counted

_HASHED = 64  # recordings between two edits


def add_actions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register them."""
    new = actions.add_parser(
        "new", help="begin a project", description="Begin a project, of recordings or empty."
    )
    new.add_argument("project", metavar="FILE", type=Path, help="it gets the ending .humpcat")
    new.add_argument("paths", metavar="RECORDING_OR_FOLDER", nargs="*", type=Path, help="as of 'add'")
    new.add_argument(
        "--scheme",
        metavar=f"{'|'.join(SCHEMES)}|JSON",
        help=f"the label scheme, or a file of one (default: {SCHEMES[0]})",
    )
    new.add_argument("--rater", metavar="NAME", default="R1", help="who annotates (default: %(default)s)")
    new.set_defaults(run=run_new)
    add = actions.add_parser(
        "add",
        help="add recordings to a project",
        description="Add recordings to a project, and hash them so that they are found again when they have moved. "
        "Files that cannot be read are named on stderr; the exit code is 1 where none of the files is of use.",
    )
    add.add_argument("project", metavar="FILE", type=Path, help="a .humpcat file")
    add.add_argument(
        "paths",
        metavar="RECORDING_OR_FOLDER",
        nargs="+",
        type=Path,
        help="audio, and folders (searched below)",
    )
    add.set_defaults(run=run_add)
    moved = actions.add_parser(
        "relink",
        help="find recordings whose files have moved",
        description="Look for the files of missing recordings below folders, by content, or where that was never "
        "hashed by size, name, rate and length. The exit code is 1 while recordings are missing.",
    )
    moved.add_argument("project", metavar="FILE", type=Path, help="a .humpcat file")
    moved.add_argument("folders", metavar="FOLDER", nargs="+", type=Path, help="where to look")
    moved.add_argument("--dry-run", action="store_true", help="show what is found, and change nothing")
    moved.set_defaults(run=run_relink)


def run_new(arguments: argparse.Namespace) -> int:
    """Make the project; one that was to hold recordings and has none is not left behind."""
    path = with_suffix(arguments.project)
    scheme = scheme_named(arguments.scheme) if arguments.scheme else None
    if not arguments.rater.strip():
        raise HumpcatError("A rater needs a name.", "Initials will do.")
    project = Project.create(path, arguments.rater.strip())
    try:
        with closing(project):
            if scheme is not None:
                project.apply(change_scheme(project, scheme, {}))
            if arguments.paths:
                add_recordings(project, arguments.paths)
            project.sync()
    finally:
        hollow = bool(arguments.paths) and not project.recordings
        if hollow:
            path.unlink(missing_ok=True)
    if not hollow:
        sys.stdout.write(f"{path}\n")
    return 1 if hollow else 0


def run_add(arguments: argparse.Namespace) -> int:
    """Add recordings."""
    with opened(arguments.project) as project:
        return 0 if add_recordings(project, arguments.paths) else 1


def run_relink(arguments: argparse.Namespace) -> int:
    """Show where the missing recordings are, and tell the project."""
    for folder in arguments.folders:
        if not folder.is_dir():
            raise HumpcatError(f"{folder} is no folder.", "Give the folder in which the recordings are now.")
    if arguments.dry_run:
        with closing(Project.open(arguments.project, read_only=True)) as project:
            rows = missing(project.recordings)
            moves = _moves(project, rows, arguments.folders)
    else:
        with opened(arguments.project) as project:
            rows = missing(project.recordings)
            moves = _moves(project, rows, arguments.folders)
            project.apply(relink(project, moves))
    return _tell_moves(rows, moves)


def add_recordings(project: Project, paths: Sequence[Path]) -> bool:
    """Add files and what is below folders, and hash them; whether any of the files is of use."""
    seen: set[Path] = set()
    changed: list[int] = []
    new = bad = 0
    with progress("Looking at files") as advance:
        for batch in scan(paths, lambda: None):
            changes = rows_for(project, batch)
            new += sum(change.before is None for change in changes)
            changed += [change.before.id for change in changes if isinstance(change.before, RecordingRow)]
            project.apply(Edit("add recordings", tuple(changes)))
            for each in batch:
                if each.error is not None:
                    tell(each.path, each.error)
                    bad += 1
                else:
                    seen.add(each.path)
            advance(len(seen) + bad, len(seen) + bad)
    if not seen and not bad:
        raise HumpcatError("No audio files were found.", "Give files, or folders that hold some.")
    _hash(project)
    if lost := segments_beyond(project, changed):
        told = f"{counted(lost, 'segment')} reaching beyond the end of a file that is shorter than it was"
        sys.stderr.write(f"humpcat: {told}.\n")
    there = f", {len(seen) - new} there already" if len(seen) > new else ""
    left_out = f", {bad} left out" if bad else ""
    sys.stdout.write(f"{counted(new, 'recording')} added{there}{left_out}.\n")
    return bool(seen)


def _hash(project: Project) -> None:
    """Also those that earlier runs did not get to."""
    rows = [row for row in project.recordings if not row.content_hash]
    with progress("Hashing") as advance:
        for start in range(0, len(rows), _HASHED):
            advance(start, len(rows))
            batch = rows[start : start + _HASHED]
            project.apply(add_hashes(project, hash_missing(batch, lambda: None)))


def _moves(project: Project, rows: Sequence[RecordingRow], folders: Sequence[Path]) -> list[Move]:
    taken = {row.path for row in project.recordings} - {row.path for row in rows}
    with progress("Looking for recordings") as advance:
        return find_moved(rows, folders, lambda: None, advance, taken)


def _tell_moves(rows: Sequence[RecordingRow], moves: Sequence[Move]) -> int:
    found = {move.recording.id for move in moves}
    for move in moves:
        doubt = "" if move.sure else " (by size, name and length only)"
        sys.stdout.write(f"{move.recording.path} -> {move.path}{doubt}\n")
    for row in rows:
        if row.id not in found:
            tell(row.path, "The file is not in these folders.")
    if not rows:
        sys.stdout.write("Every recording's file is where the project expects it.\n")
    else:
        sys.stdout.write(f"Found {len(moves)} of {counted(len(rows), 'missing recording')}.\n")
    return 1 if len(moves) < len(rows) else 0
