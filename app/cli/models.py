"""`humpcat models list|show`: the models installed."""

import argparse

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from core_model.bundle import find_bundle, list_bundles


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("models", help="list the models, or show one with its card")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("list", help="models installed")
    action.set_defaults(run=run_list)
    action = actions.add_parser("show", help="a model's card")
    action.add_argument("model", metavar="NAME", help="a name that `list` shows, or a model's folder")
    action.set_defaults(run=run_show)


def run_list(_arguments: argparse.Namespace) -> int:
    """Show each model with its labels, encoder and measured UA."""
    table = Table("model", "labels", "encoder", "branches", "UA", "id")
    for record in list_bundles():
        ua = record.metrics.get("ua")
        table.add_row(
            record.name,
            ", ".join(record.labels),
            record.encoder_name,
            ", ".join(record.network.features),
            f"{100 * ua:.1f} %" if ua is not None else "not measured",
            record.id[:12],
        )
    Console().print(table if table.rows else "No models are installed; train one with 'humpcat train'.")
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    """Show a model's card, and what it is made of."""
    record = find_bundle(arguments.model)
    console = Console()
    console.print(Markdown(record.card() or f"# {record.name}\n\nThis model has no card."))
    console.print()
    facts = Table(show_header=False, box=None)
    facts.add_row("folder", escape(str(record.folder)))
    facts.add_row("id", record.id)
    facts.add_row("labels", ", ".join(record.labels))
    facts.add_row("branches", ", ".join(record.network.features))
    layers = ", ".join(map(str, record.encoder.layers)) if record.encoder else ""
    facts.add_row("encoder", f"{record.encoder_name}{f', layers {layers}' if layers else ''}")
    facts.add_row("written by", f"HuMP-CAT Studio {record.code_version}")
    console.print(facts)
    return 0
