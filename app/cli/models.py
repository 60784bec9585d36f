"""`humpcat models list|show|default|compare|export|import|delete`: the models installed."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from app.cli import following, learning
from app.models import installed_models
from core_model.bundle import find_bundle, list_bundles
from core_model.bundle_files import delete_bundle, export_bundle, import_bundle, missing_encoder
from core_model.files import write_json
from core_model.model_names import SUFFIX
from core_model.settings import read_settings, write_settings
from core_model.wording import counted
from training_jobs.comparison import compare_jobs
from training_jobs.jobs.options import EvaluateOptions


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("models", help="list the models, or show one with its card")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("list", help="models installed")
    action.set_defaults(run=run_list)
    action = actions.add_parser("show", help="a model's card")
    action.add_argument("model", metavar="NAME", help="a name that `list` shows, or a model's folder")
    action.set_defaults(run=run_show)
    action = actions.add_parser("default", help="show or choose the model that is used where none is named")
    action.add_argument("model", metavar="NAME", nargs="?", default="")
    action.set_defaults(run=run_default)
    action = actions.add_parser(
        "compare",
        help="measure two models on the same corpora",
        description="Measure two models on corpora that neither learned from, and tell which does better.",
    )
    action.add_argument("models", metavar="NAME", nargs=2)
    learning.add_data_options(action)
    learning.add_test_options(action, learns=False)
    action.add_argument("--json", type=Path, metavar="OUT", help="also write the figures to a file")
    action.set_defaults(run=run_compare)
    action = actions.add_parser("export", help="write a model as one file, to be given to others")
    action.add_argument("model", metavar="NAME", help="a name that `list` shows, or a model's folder")
    action.add_argument("file", metavar="FILE", type=Path)
    action.set_defaults(run=run_export)
    action = actions.add_parser(
        "import", help="check a model's file, or the folder of a job's model, and put it among the models"
    )
    action.add_argument("file", metavar="FILE", type=Path)
    action.add_argument("--name", default="", help="what to call it (default: as the file is called)")
    action.set_defaults(run=run_import)
    action = actions.add_parser("delete", help="delete a model that was trained or imported")
    action.add_argument("model", metavar="NAME")
    action.set_defaults(run=run_delete)


def run_list(_arguments: argparse.Namespace) -> int:
    """Show each model with its labels, what it learned from, its encoder, its size and its measured UA."""
    table = Table("model", "labels", "learned from", "encoder", "branches", "MB", "UA", "id")
    chosen = read_settings().default_model
    branches = {record.id: record.network.features for record in list_bundles()}
    for model in installed_models():
        table.add_row(
            escape(f"{model.name} (default)" if model.name == chosen else model.name),
            escape(", ".join(model.labels)),
            escape(", ".join(model.corpora)),
            escape(model.encoder) if model.encoder_here else f"{escape(model.encoder)} (missing)",
            ", ".join(branches.get(model.id, ())),
            f"{model.size / 1e6:.1f}",
            f"{100 * model.ua:.1f} %" if model.ua is not None else "not measured",
            model.id[:12],
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


def run_default(arguments: argparse.Namespace) -> int:
    """Show the default model, or choose another one."""
    settings = read_settings()
    if not arguments.model:
        sys.stdout.write(f"{settings.default_model}\n")
        return 0
    record = find_bundle(arguments.model)
    installed = any(each.folder == record.folder for each in list_bundles())
    name = record.name if installed else str(record.folder.resolve())
    write_settings(replace(settings, default_model=name))
    return 0


def run_compare(arguments: argparse.Namespace) -> int:
    """Evaluate one after the other, and tell the difference."""
    runs = []
    for record in [find_bundle(model) for model in arguments.models]:  # both, before the first is measured
        options = EvaluateOptions(
            **learning.data_options(arguments),
            allow_leaks=arguments.allow_leaks,
            model=str(record.folder.resolve()),
            standardisation=arguments.standardise,
        )
        runs.append(following.run_job("evaluate", record.name, options, detach=False))
    first, second = runs
    assert first is not None and second is not None  # noqa: PT018 - they were watched to their ends
    found = compare_jobs(first, second)
    table = Table("", *found.names)
    for name, pair, spans in (
        ("UA %", found.ua, found.ua_intervals),
        ("WA %", found.wa, found.wa_intervals),
    ):
        table.add_row(name, *(_share(value, span) for value, span in zip(pair, spans, strict=True)))
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(table)
    if found.alone:
        console.print(
            f"Left out, as only one of the two was tested on them: {counted(found.alone, 'utterance')}."
        )
    both, one, other, neither = found.agreement
    console.print(
        f"right: both {both}, only {found.names[0]} {one}, only {found.names[1]} {other}, neither {neither}"
    )
    console.print(f"{found.sentence()} McNemar's test: p = {found.chance:.3g}.")
    if arguments.json:
        write_json(arguments.json, found.to_json())
    return 0


def _share(value: float, span: tuple[float, float]) -> str:
    return f"{100 * value:.1f} ({100 * span[0]:.1f} to {100 * span[1]:.1f})"


def run_export(arguments: argparse.Namespace) -> int:
    """Write a model's file."""
    path = arguments.file
    if path.suffix != SUFFIX:
        path = path.with_name(f"{path.name}{SUFFIX}")
    export_bundle(find_bundle(arguments.model), path)
    sys.stdout.write(f"{path}\n")
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    """Take a model's file in."""
    record = import_bundle(arguments.file, arguments.name)
    sys.stdout.write(f"{record.name}: labels {', '.join(record.labels)}\n")
    if encoder := missing_encoder(record):
        sys.stderr.write(f"humpcat: it needs the encoder {encoder}: humpcat encoder fetch or add gets it\n")
    return 0


def run_delete(arguments: argparse.Namespace) -> int:
    """Delete a model."""
    chosen = read_settings().default_model
    sys.stdout.write(
        f"{arguments.model} is deleted: {delete_bundle(arguments.model) / 1e6:.1f} MB are free.\n"
    )
    if arguments.model == chosen and all(record.name != chosen for record in list_bundles()):
        sys.stderr.write(
            "humpcat: it was the default model; choose another one: humpcat models default NAME\n"
        )
    return 0
