"""The `humpcat` command: the window, or one of the commands that do the same without it."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `humpcat`: with a command's name the command, else the window with the recordings named."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    from .cli.command_line import is_command, run_command

    if is_command(given):
        return run_command(given)
    from .window.program import run_window

    return run_window(given)


if __name__ == "__main__":
    sys.exit(main())
