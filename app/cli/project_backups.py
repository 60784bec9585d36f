"""`humpcat project backups|restore|salvage`: copies of a project, and what can be read out of a damaged one."""

import argparse
import sys
from pathlib import Path

from app.cli.project_parts import with_suffix
from core_model.errors import HumpcatError
from core_model.project.backups import Backup, backups_of, restore, salvage
from core_model.wording import counted


def add_actions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register them."""
    listed = actions.add_parser(
        "backups", help="list the copies that the program made", description="List backups, the newest first."
    )
    listed.add_argument("project", metavar="FILE", type=Path, help="a .humpcat file, or where it was")
    listed.set_defaults(run=run_backups)
    back = actions.add_parser(
        "restore",
        help="write a backup to a new project",
        description="Write a backup to a new project; nothing is replaced.",
    )
    back.add_argument("project", metavar="FILE", type=Path, help="a .humpcat file, or where it was")
    back.add_argument(
        "--backup", type=int, default=1, metavar="N", help="its number in 'backups' (default: 1, the newest)"
    )
    back.add_argument("--out", type=Path, required=True, metavar="NEW", help="the new project")
    back.set_defaults(run=run_restore)
    rescue = actions.add_parser(
        "salvage",
        help="rescue what can be read of a damaged project",
        description="Write what can be read of a damaged project to a new one; the damaged file stays as it is. The "
        "exit code is 1 where something is lost.",
    )
    rescue.add_argument("project", metavar="DAMAGED", type=Path, help="a .humpcat file")
    rescue.add_argument("--out", type=Path, required=True, metavar="NEW", help="the new project")
    rescue.set_defaults(run=run_salvage)


def run_backups(arguments: argparse.Namespace) -> int:
    """Number, time, size and file of each."""
    found = _backups(arguments.project)
    for number, backup in enumerate(found, 1):
        sys.stdout.write(f"{number}  {_time(backup)}  {backup.size / 1e6:.2f} MB  {backup.path}\n")
    return 0


def run_restore(arguments: argparse.Namespace) -> int:
    """Write one to a new project."""
    found, number = _backups(arguments.project), arguments.backup
    if not 1 <= number <= len(found):
        raise HumpcatError(
            f"{arguments.project.name} has no backup {number}.",
            f"It has {counted(len(found), 'backup')}; 1 is the newest.",
        )
    backup, out = found[number - 1], with_suffix(arguments.out)
    restore(backup.path, arguments.project, out)
    sys.stdout.write(f"{out}: as it was at {_time(backup)}.\n")
    return 0


def run_salvage(arguments: argparse.Namespace) -> int:
    """Read what can be read."""
    out = with_suffix(arguments.out)
    found = salvage(arguments.project, out)
    sys.stdout.write(f"{out}: {found.told}\n")
    return 1 if any(found.lost.values()) else 0


def _backups(project: Path) -> list[Backup]:
    found = backups_of(project)
    if not found:
        raise HumpcatError(
            f"There is no backup of {project}.",
            "Backups are made when a project is opened in the window, and before 'segment' and 'scheme' change it.",
        )
    return found


def _time(backup: Backup) -> str:
    return backup.time.astimezone().strftime("%Y-%m-%d %H:%M:%S")
