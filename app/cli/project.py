"""`humpcat project`: what the window does with projects."""

import argparse

from app.cli import project_backups, project_engine, project_recordings, project_show


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command; each action sets its own `run`."""
    parser = subparsers.add_parser(
        "project",
        help="make projects, add to them, segment and predict them",
        description="What the window does with projects, for many at once and by night. A project that a window has "
        "open can only be shown.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for module in (project_recordings, project_show, project_engine, project_backups):
        module.add_actions(actions)
