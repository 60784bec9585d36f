"""`humpcat encoder list|fetch|add|verify|remove`: the speech encoders at hand."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from core_model.encoders.known import KNOWN_ENCODERS
from core_model.encoders.registry import (
    EncoderRecord,
    add_encoder,
    list_encoders,
    remove_encoder,
    verify_encoder,
)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("encoder", help="list, fetch, add and remove speech encoders")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("list", help="encoders present, and those that can be fetched by name")
    action.set_defaults(run=run_list)
    action = actions.add_parser("fetch", help="download an encoder from the Hugging Face hub")
    action.add_argument("encoder", metavar="NAME", help="a name that `list` shows, or an id on the hub")
    action.add_argument("--name", help="what to call it here")
    action.set_defaults(run=run_fetch)
    action = actions.add_parser("add", help="add a local folder that transformers' save_pretrained wrote")
    action.add_argument("folder", metavar="FOLDER", type=Path)
    action.add_argument("--name", help="what to call it here (default: the folder's name)")
    action.set_defaults(run=run_add)
    action = actions.add_parser("verify", help="compare an encoder's weights with their hash")
    action.add_argument("name", metavar="NAME")
    action.set_defaults(run=run_verify)
    action = actions.add_parser("remove", help="delete an encoder that was fetched or added")
    action.add_argument("name", metavar="NAME")
    action.set_defaults(run=run_remove)


def run_list(_arguments: argparse.Namespace) -> int:
    """Show what is present and what can be fetched."""
    console = Console()
    present = list_encoders()
    console.print(_present_table(present))
    absent = set(KNOWN_ENCODERS) - {record.name for record in present}
    if absent:
        console.print()
        console.print(_known_table(absent))
    return 0


def run_fetch(arguments: argparse.Namespace) -> int:
    """Say what will be downloaded, then download it with a progress bar."""
    from core_model.encoders import (
        hub,
    )  # huggingface_hub takes half a second that no other command should wait

    console = Console()
    plan = hub.plan_fetch(arguments.encoder)
    licence = plan.licence or "not stated; see the repository's page"
    console.print(f"Source:  {hub.endpoint()}/{plan.source} ({plan.origin})", markup=False, soft_wrap=True)
    console.print(f"Size:    {plan.size / 1e6:.1f} MB", markup=False)
    console.print(f"Licence: {licence}", markup=False, soft_wrap=True)
    try:
        with _bar(console) as bar:
            task = bar.add_task(plan.source, total=plan.size)
            record = hub.fetch_encoder(
                arguments.encoder,
                arguments.name,
                progress=lambda done, of: bar.update(task, completed=done, total=of),
                plan=plan,
            )
    except KeyboardInterrupt:
        console.print("Stopped; the same command goes on from here.")
        raise
    _say_present(console, record)
    return 0


def run_add(arguments: argparse.Namespace) -> int:
    """Copy a folder in."""
    console = Console()
    with _bar(console) as bar:
        task = bar.add_task("checking the weights", total=None)
        record = add_encoder(
            arguments.folder,
            arguments.name,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    _say_present(console, record)
    return 0


def run_verify(arguments: argparse.Namespace) -> int:
    """Read all weights; damaged ones are an error."""
    record = verify_encoder(arguments.name)
    Console().print(f"{escape(record.name)}: {record.size / 1e6:.1f} MB, as they came ({record.hash[:12]})")
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    """Delete an encoder."""
    remove_encoder(arguments.name)
    Console().print(f"Removed {arguments.name}.", markup=False)
    return 0


def _say_present(console: Console, record: EncoderRecord) -> None:
    console.print(
        f"{record.name} is present: {record.family}, {record.layers} layers of width {record.width}, "
        f"{record.size / 1e6:.1f} MB, hash {record.hash[:12]}.",
        markup=False,
        soft_wrap=True,
    )


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    return Progress(*columns, TransferSpeedColumn(), TimeRemainingColumn(), console=console)


def _present_table(records: list[EncoderRecord]) -> Table:
    table = _table("Present", "name", "family", "layers", "width", "MB", "source", "hash")
    for record in records:
        source = f"{record.source} (shipped)" if record.shipped else record.source
        facts = (record.layers, record.width, f"{record.size / 1e6:.1f}", source, record.hash[:12])
        table.add_row(record.name, record.family, *(escape(str(fact)) for fact in facts))
    return table


def _known_table(names: set[str]) -> Table:
    table = _table("To fetch: humpcat encoder fetch NAME", "name", "MB", "source", "licence")
    for known in KNOWN_ENCODERS.values():
        if known.name in names:
            table.add_row(known.name, str(known.megabytes), known.source, known.licence)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        right = column in ("layers", "width", "MB")
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    return table
