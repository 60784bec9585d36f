"""`humpcat settings show|set|reset`: what the settings dialog shows."""

import argparse
import sys
from dataclasses import asdict

from core_model.bundle import find_bundle
from core_model.settings import read_settings, reset_settings, settings_file, write_settings


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("settings", help="show or change settings")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("show", help="all settings, and where they are kept")
    action.set_defaults(run=run_show)
    action = actions.add_parser("set", help="set one")
    action.add_argument("name", metavar="NAME")
    action.add_argument("value", metavar="VALUE")
    action.set_defaults(run=run_set)
    action = actions.add_parser("reset", help="all settings, or one, as they came with the program")
    action.add_argument("name", metavar="NAME", nargs="?", default="")
    action.set_defaults(run=run_reset)


def run_show(_arguments: argparse.Namespace) -> int:
    """Show each setting."""
    lines = [f"{name} = {value!r}" for name, value in asdict(read_settings()).items()]
    sys.stdout.write("\n".join([*lines, f"kept in {settings_file()}"]) + "\n")
    return 0


def run_set(arguments: argparse.Namespace) -> int:
    """Set one."""
    settings = read_settings().changed(arguments.name, arguments.value)
    if arguments.name == "default_model":
        find_bundle(settings.default_model)  # a slip of the pen is told now, not by the next command
    write_settings(settings)
    return 0


def run_reset(arguments: argparse.Namespace) -> int:
    """Forget what was set."""
    reset_settings(arguments.name)
    return 0
