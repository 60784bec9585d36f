"""From the words on the command line to the command that they name; a command's module loads only when it is called."""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence

import core_model
from core_model.errors import HumpcatError, Interrupted

# name -> what it does; each is the module app.cli.NAME, or of _MODULES, with add_parser(subparsers), which sets `run`.
COMMANDS = {
    "predict": "predict the emotion of recordings, or of their segments, into a CSV",
    "record": "record a take from a microphone",
    "live": "show the emotion of what is spoken, as it is spoken",
    "project": "make, fill, show, segment, predict and repair projects",
    "export": "write a project's annotations as files of other programs, or cut its segments out",
    "import": "take annotations of other programs into a project",
    "convert": "convert annotations from one format to another",
    "agreement": "measure how far the raters of a project agree",
    "corpus": "tell what a corpus folder holds, and whether it can be trusted",
    "features": "write prosody, MFCC or pitch of recordings as a CSV",
    "extract": "compute the features of corpora ahead of training",
    "jobs": "list, show, wait for, cancel, resume jobs, and read their logs",
    "train": "train a model from a corpus folder or a manifest",
    "finetune": "fine-tune a model on a small part of a corpus",
    "evaluate": "measure a model on a corpus",
    "benchmark": "measure the paper's tables on corpora, beside the paper's figures",
    "models": "list, show, compare, export, import and delete models, and choose the default one",
    "encoder": "list, fetch or add speech encoders",
    "cache": "show or clear the features that were kept",
    "settings": "show or change settings",
    "doctor": "show versions, devices, encoders, audio devices and folders",
}
_MODULES = {"import": "import_annotations"}  # `import` can be no module's name in Python
_INTERRUPTED = 130  # exit code
_HELP = ("-h", "--help", "--version")


def is_command(arguments: Sequence[str]) -> bool:
    """Whether the words ask for a command (or its help) instead of the window."""
    words = [word for word in arguments if word != "--debug"]
    return bool(words) and (words[0] in COMMANDS or words[0] in _HELP)


def run_command(arguments: Sequence[str]) -> int:
    """Run one command; 0: done, 1: an expected failure, told in one line, 2: wrong usage, 130: interrupted."""
    words = [word for word in arguments if word != "--debug"]
    if isinstance(
        sys.stdout, io.TextIOWrapper
    ):  # a name that the terminal's encoding lacks must not end the run
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options = _parser(words[0]).parse_args(words)
        return int(options.run(options))
    except HumpcatError as error:
        if "--debug" in arguments:
            raise
        sys.stderr.write(f"humpcat: {error}\n")
        return _INTERRUPTED if isinstance(error, Interrupted) else 1
    except KeyboardInterrupt:
        sys.stderr.write("humpcat: interrupted\n")
        return _INTERRUPTED
    except BrokenPipeError:  # `humpcat ... | head`
        # What is still buffered must not fail again when the interpreter flushes it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if "--debug" in arguments:
            raise
        sys.stderr.write(f"humpcat: unexpected {type(error).__name__}: {error} (--debug shows where)\n")
        return 1


def _parser(chosen: str) -> argparse.ArgumentParser:
    commands = "\n".join(f"  {name:<10}{text}" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="humpcat",
        usage="humpcat [RECORDING ...]  |  humpcat COMMAND ...",
        description="HuMP-CAT Studio: emotion in speech. Without a command it opens the window.",
        epilog=f"commands:\n{commands}\n\n'humpcat COMMAND --help' tells more; --debug shows where a failure arose.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"humpcat {core_model.__version__}")
    if chosen in COMMANDS:
        subparsers = parser.add_subparsers(dest="command", required=True, prog="humpcat")
        importlib.import_module(f"app.cli.{_MODULES.get(chosen, chosen)}").add_parser(subparsers)
    return parser
