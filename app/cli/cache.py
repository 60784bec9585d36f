"""`humpcat cache show|clear`: features that were computed and kept."""

import argparse
import sys

from core_model.cache import FeatureCache
from core_model.wording import counted


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("cache", help="show or clear the features that were kept")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("show", help="how much it holds, and where")
    action.set_defaults(run=run_show)
    action = actions.add_parser("clear", help="delete all of it; what is needed is computed again")
    action.set_defaults(run=run_clear)


def run_show(_arguments: argparse.Namespace) -> int:
    """Tell its size."""
    cache = FeatureCache()
    number, size = cache.size()
    sys.stdout.write(f"{counted(number, 'file')}, {size / 1e6:.1f} MB, in {cache.folder}\n")
    return 0


def run_clear(_arguments: argparse.Namespace) -> int:
    """Empty it."""
    sys.stdout.write(f"{FeatureCache().clear() / 1e6:.1f} MB are free.\n")
    return 0
